/* What happened to a name, seen run by run: what could not be concluded is nobody's change. */
#include <criterion/criterion.h>
#include <string.h>

#include "output/trend/trend_churn.h"

#define DAY 86400000ll

static struct trend *trend_of(unsigned runs)
{
	struct trend *t = trend_new();

	cr_assert_not_null(t);
	t->runs_n = runs;
	for (unsigned i = 0; i < runs; i++)
		t->runs[i].started_at_ms = 1790000000000 + i * 30 * DAY;
	return t;
}

/* A letter a run: a(bsent) e(nforce) t(esting) b(roken) ?(inconclusive), blank: not in the run. */
static void see(struct churn *c, const char *history)
{
	for (unsigned run = 0; history[run] != '\0'; run++) {
		struct facts f;
		facts_silence(&f);
		f.verdict = history[run] == 'a'	  ? VERDICT_ABSENT
			    : history[run] == 'e' ? VERDICT_ENFORCE
			    : history[run] == 't' ? VERDICT_TESTING
			    : history[run] == 'b' ? VERDICT_BROKEN
						  : VERDICT_INCONCLUSIVE;
		if (history[run] != ' ')
			churn_see(c, run, &f);
	}
	churn_end(c, true);
}

static struct trend_value value(struct trend *t, const char *table, const char *row, unsigned run)
{
	const struct trend_table *found = trend_table(t, table, SPAN_NULL, true);

	cr_assert_not_null(found, "%s", table);
	for (unsigned i = 0; i < found->rows_n; i++)
		if (span_eq(found->rows[i].key, span_str(row)))
			return found->rows[i].v[run];
	cr_assert_fail("%s.%s", table, row);
	return (struct trend_value){0};
}

static void expect(const char *history, const char *table, const char *row, unsigned run,
		   uint64_t n, uint64_t of)
{
	struct trend *t = trend_of((unsigned)strlen(history));
	struct churn *c = churn_new(t);

	cr_assert_not_null(c);
	see(c, history);
	cr_assert_eq(churn_tables(c, t), 0);
	struct trend_value v = value(t, table, row, run);
	cr_expect_eq(v.n, n, "%s: %s.%s of run %u: %llu", history, table, row, run,
		     (unsigned long long)v.n);
	cr_expect_eq(v.of, of, "%s: %s.%s of run %u: of %llu", history, table, row, run,
		     (unsigned long long)v.of);
	churn_free(c);
	trend_free(t);
}

Test(churn, an_inconclusive_run_is_no_change)
{
	expect("e?e", "churn_mta_sts", "broke", 1, 0, 0);
	expect("e?e", "churn_mta_sts", "broke", 2, 0, 1);
	expect("e?b", "churn_mta_sts", "broke", 2, 1, 1);
	expect("a?e", "churn_mta_sts", "adopted", 2, 1, 1);
	expect("??e", "churn_mta_sts", "adopted", 2, 0, 0);
}

Test(churn, each_change_is_what_it_is)
{
	expect("ae", "churn_mta_sts", "adopted", 1, 1, 1);
	expect("ab", "churn_mta_sts", "adopted", 1, 1, 1);
	expect("ea", "churn_mta_sts", "dropped", 1, 1, 1);
	expect("ba", "churn_mta_sts", "dropped", 1, 1, 1);
	expect("ba", "churn_mta_sts", "repaired", 1, 0, 0);
	expect("et", "churn_mta_sts", "downgraded", 1, 1, 1);
	expect("te", "churn_mta_sts", "upgraded", 1, 1, 1);
	expect("eb", "churn_mta_sts", "downgraded", 1, 0, 0);
	expect("bt", "churn_mta_sts", "repaired", 1, 1, 1);
}

Test(churn, names_come_and_go)
{
	expect("a a", "churn_names", "gone", 1, 1, 1);
	expect("a a", "churn_names", "new", 2, 1, 1);
	expect(" aa", "churn_names", "new", 1, 1, 1);
	expect(" aa", "churn_names", "new", 2, 0, 1);
	expect("aa ", "churn_names", "gone", 2, 1, 1);
	expect("aa ", "churn_names", "gone", 1, 0, 1);
	expect("e e", "churn_mta_sts", "dropped", 2, 0, 1);
}

Test(churn, a_repair_takes_from_the_first_broken_run_to_the_first_that_works)
{
	expect("be", "churn_repairs", "30", 1, 1, 1);
	expect("bbbe", "churn_repairs", "90", 3, 1, 1);
	expect("bb?be", "churn_repairs", "365", 4, 1, 1);
	expect("bebe", "churn_repairs", "30", 3, 1, 1);
	expect("bbab e", "churn_repairs", "90", 5, 1, 1);
}

Test(churn, of_a_name_that_does_not_count_nothing_stays)
{
	struct trend *t = trend_of(2);
	struct churn *c = churn_new(t);
	struct facts f;

	cr_assert_not_null(c);
	facts_silence(&f);
	f.verdict = VERDICT_ABSENT;
	churn_see(c, 0, &f);
	f.verdict = VERDICT_ENFORCE;
	churn_see(c, 1, &f);
	churn_end(c, false);
	see(c, "aa");
	cr_assert_eq(churn_tables(c, t), 0);
	cr_expect_eq(value(t, "churn_mta_sts", "adopted", 1).n, 0);
	cr_expect_eq(value(t, "churn_mta_sts", "adopted", 1).of, 1);
	churn_free(c);
	trend_free(t);
}

/* How long a repair took, at the last millisecond of each row and at the first of the next. */
Test(churn, repairs_at_the_borders)
{
	static const char *const rows[] = {"7", "30", "90", "365", "later"};
	static const struct {
		int64_t days;
		unsigned row;
	} of[] = {{0, 0},  {7, 0},  {8, 1},   {30, 1},	{31, 2},
		  {90, 2}, {91, 3}, {365, 3}, {366, 4}, {5000, 4}};

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		for (int64_t ms = 0; ms < 86400000; ms += 86399999) {
			struct trend *t = trend_of(2);
			struct churn *c = churn_new(t);
			t->runs[1].started_at_ms =
				t->runs[0].started_at_ms + of[i].days * 86400000 + ms;
			see(c, "be");
			cr_assert_eq(churn_tables(c, t), 0);
			for (unsigned k = 0; k < 5; k++) {
				struct trend_value v = value(t, "churn_repairs", rows[k], 1);
				cr_expect(v.n == (k == of[i].row) && v.of == 1, "%u: %s", i,
					  rows[k]);
			}
			churn_free(c);
			trend_free(t);
		}
	}
}

/* Two runs of one name; what the second one's facts make of the first one's. */
static void pair(const struct facts *before, const struct facts *after, const char *table,
		 const char *const rows[4], const char *wanted)
{
	struct trend *t = trend_of(2);
	struct churn *c = churn_new(t);

	churn_see(c, 0, before);
	churn_see(c, 1, after);
	churn_end(c, true);
	cr_assert_eq(churn_tables(c, t), 0);
	for (unsigned i = 0; i < 4 && rows[i] != NULL; i++) {
		struct trend_value v = value(t, table, rows[i], 1);
		cr_expect_eq(v.n, wanted[i] == '1', "%s of %s", rows[i], wanted);
		cr_expect_eq(v.of, wanted[i] != '-', "%s of %s", rows[i], wanted);
	}
	churn_free(c);
	trend_free(t);
}

Test(churn, reports_are_adopted_and_dropped)
{
	static const char *const rows[4] = {"adopted", "dropped"};
	static const char *const wanted[3][3] = {
		{"--", "--", "--"}, {"--", "0-", "1-"}, {"--", "-1", "-0"}};
	static struct facts f[2];

	for (unsigned i = 0; i < 9; i++) { /* not known, none, valid */
		for (unsigned k = 0; k < 2; k++) {
			unsigned state = k == 0 ? i / 3 : i % 3;
			facts_silence(&f[k]);
			f[k].verdict = VERDICT_INCONCLUSIVE;
			f[k].tlsrpt_known = state > 0;
			f[k].tlsrpt_valid = state > 1;
		}
		pair(&f[0], &f[1], "churn_tls_rpt", rows, wanted[i / 3][i % 3]);
	}
}

Test(churn, ids_and_policies)
{
	static const char *const rows[4] = {"both", "policy_alone", "id_alone"};
	static const struct {
		uint64_t id[2], policy[2];
		const char *wanted;
	} of[] = {{{1, 1}, {1, 1}, "000"}, {{1, 2}, {1, 2}, "100"}, {{1, 1}, {1, 2}, "010"},
		  {{1, 2}, {1, 1}, "001"}, {{0, 2}, {1, 2}, "---"}, {{1, 2}, {0, 2}, "---"},
		  {{1, 0}, {1, 2}, "---"}, {{1, 2}, {1, 0}, "---"}};
	static struct facts f[2];

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		for (unsigned k = 0; k < 2; k++) {
			facts_silence(&f[k]);
			f[k].verdict = VERDICT_INCONCLUSIVE;
			f[k].id_hash = of[i].id[k];
			f[k].policy_hash = of[i].policy[k];
		}
		pair(&f[0], &f[1], "churn_ids", rows, of[i].wanted);
	}
}

/* The runs are 30 days apart. */
Test(churn, certificates)
{
	static const char *const rows[4] = {"in_time", "between", "late", "lapsed"};
	static const struct {
		uint64_t cert[2];
		int64_t days[2];
		const char *wanted;
	} of[] = {{{1, 2}, {31, 60}, "100-"},
		  {{1, 2}, {30, 60}, "010-"},
		  {{1, 2}, {0, 60}, "010-"},
		  {{1, 2}, {-1, 60}, "001-"},
		  {{1, 1}, {31, 1}, "---0"},
		  {{1, 1}, {31, 0}, "---0"},
		  {{1, 1}, {29, -1}, "---1"},
		  {{1, 1}, {-1, -31}, "----"},
		  {{0, 1}, {60, 30}, "----"},
		  {{1, 0}, {60, 30}, "----"},
		  {{1, 2}, {FACTS_CERT_DAYS_NONE, 30}, "----"},
		  {{1, 2}, {60, FACTS_CERT_DAYS_NONE}, "----"}};
	static struct facts f[2];

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		for (unsigned k = 0; k < 2; k++) {
			facts_silence(&f[k]);
			f[k].verdict = VERDICT_INCONCLUSIVE;
			f[k].cert_hash = of[i].cert[k];
			f[k].cert_days = of[i].days[k];
		}
		pair(&f[0], &f[1], "churn_certificates", rows, of[i].wanted);
	}
}

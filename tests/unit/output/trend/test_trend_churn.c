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

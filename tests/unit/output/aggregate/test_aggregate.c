/* Memory that fails anywhere in the aggregate is told, each time; nothing is lost or counted twice
 * when it does not. The report of the same rows is in tests/scenario/commands.py. */
#include "tests/support/starve.h"

#include <criterion/criterion.h>

#include "output/aggregate/aggregate.h"
#include "output/aggregate/aggregate_data.h"
#include "output/base/arena.h"
#include "tests/support/wild.h"

#define ROWS 60u

static struct facts rows[ROWS];

static void make_rows(void)
{
	struct arena a;

	cr_assert_eq(arena_init(&a, 65536, 1u << 22), 0);
	for (unsigned i = 0; i < ROWS; i++) {
		struct record r;
		arena_reset(&a);
		wild_record(&r, &a, 9, i + 1);
		facts_from_record(&r, &rows[i]);
		/* Rows have their strings in themselves, or they would die with the arena. */
		uint8_t packed[FACTS_PACKED_MAX];
		size_t n = facts_pack(&rows[i], packed);
		static uint8_t kept[ROWS][FACTS_PACKED_MAX];
		memcpy(kept[i], packed, n);
		cr_assert_eq(facts_unpack(&rows[i], kept[i], n), n);
	}
	arena_release(&a);
}

/* 0, or -1 when it said that it has no memory. */
static int add_all(struct aggregate *a)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (aggregate_add(a, &rows[i]) != 0)
			return -1;
	return 0;
}

Test(aggregate, memory_that_fails_is_told)
{
	unsigned long k = 1, failed = 0;

	make_rows();
	for (; k < 100000; k++) {
		starve_at(k);
		struct aggregate *a = aggregate_new();
		int rc = a == NULL ? -1 : add_all(a);
		bool starved = starve_end();
		cr_assert_eq(rc == -1, starved, "allocation %lu: %s", k,
			     starved ? "failed and nobody said so" : "nothing failed");
		aggregate_free(a);
		failed += starved;
		if (!starved)
			break;
	}
	cr_expect(!STARVES || failed > 10, "%lu allocations", failed);
}

/* An error of some MX host: mail to it may be late, unless none is left, when mail is lost. */
Test(aggregate, mail_that_is_late_is_no_loss)
{
	struct aggregate *a = aggregate_new();
	struct facts f;

	cr_assert_not_null(a);
	for (unsigned i = 0; i < 3; i++) {
		facts_silence(&f);
		f.named = 1;
		f.verdict = VERDICT_ENFORCE;
		f.issues_n = 2;
		f.issues[0] = f.issues[1] = (struct facts_issue){
			ISSUE_mx_partial_match, i == 2 ? SEVERITY_WARNING : SEVERITY_ERROR, false};
		f.impact = i == 1 ? IMPACT_MAIL_LOSS : IMPACT_NONE;
		cr_assert_eq(aggregate_add(a, &f), 0);
	}
	cr_expect_eq(a->counts.mail_late, 1);
	cr_expect_eq(a->counts.impact[IMPACT_MAIL_LOSS], 1);
	aggregate_free(a);
}

Test(aggregate, every_row_is_in_one_verdict)
{
	unsigned verdicts[VERDICT_EXCLUDED + 1] = {0};
	struct aggregate *a = aggregate_new();

	make_rows();
	cr_assert_not_null(a);
	cr_assert_eq(add_all(a), 0);
	for (unsigned i = 0; i < ROWS; i++)
		verdicts[rows[i].verdict]++;
	for (unsigned v = 0; v <= VERDICT_EXCLUDED; v++)
		cr_expect_eq(a->counts.verdict[v], verdicts[v], "%s",
			     verdict_name((enum verdict)v));
	aggregate_free(a);
}

/* A sender without a policy is an exception only where the RFC has one, and the other way round. */
Test(aggregate, senders_that_read_otherwise_than_the_rfc)
{
	const uint32_t all = (1u << sender_count) - 1, mox = 1u << SENDER_MOX,
		       chasquid = 1u << SENDER_CHASQUID;
	const struct {
		enum verdict verdict;
		uint32_t refusing, otherwise;
	} names[] = {{VERDICT_ENFORCE, mox, mox},
		     {VERDICT_NONE, all, all},
		     {VERDICT_TESTING, 0, 0},
		     {VERDICT_BROKEN, all, 0},
		     {VERDICT_BROKEN, all & ~chasquid, chasquid},
		     {VERDICT_BROKEN, 0, 0},
		     {VERDICT_INCONCLUSIVE, 0, 0},
		     {VERDICT_ABSENT, 0, 0}};
	struct aggregate *a = aggregate_new();
	uint64_t want[16] = {0};
	static struct facts f;
	struct record r;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		record_init(&r);
		r.verdict = names[i].verdict;
		r.senders_refusing = names[i].refusing;
		r.interoperable = i < 6 ? names[i].refusing == 0 : -1;
		facts_from_record(&r, &f);
		cr_assert_eq(aggregate_add(a, &f), 0);
		for (unsigned k = 0; k < sender_count; k++)
			want[k] += names[i].otherwise >> k & 1;
	}
	cr_expect_eq(a->counts.readable, 6);
	cr_expect_eq(a->counts.read_otherwise_any, 3);
	for (unsigned k = 0; k < sender_count; k++)
		cr_expect_eq(a->counts.read_otherwise[k], want[k], "%s",
			     sender_name((enum sender)k));
	aggregate_free(a);
}

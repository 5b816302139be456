/* What is our choice or our limit is in no share of misconfiguration. */
#include <criterion/criterion.h>

#include "output/aggregate/aggregate.h"
#include "output/aggregate/aggregate_data.h"

static void count(struct aggregate *a, enum verdict verdict, enum stage stage, bool valid)
{
	struct facts f;
	struct record r;

	record_init(&r);
	r.domain = SPAN_LIT("example.com");
	r.verdict = verdict;
	r.sts.valid = valid;
	r.sts.answer.dns = valid ? DNS_OK : DNS_SKIPPED;
	r.policy.stage = stage;
	r.policy.dns = DNS_OK;
	facts_from_record(&r, &f);
	cr_assert_eq(aggregate_add(a, &f), 0);
}

Test(ours, no_share_of_what_we_did_not_do)
{
	struct aggregate *a = aggregate_new();

	count(a, VERDICT_ENFORCE, STAGE_OK, true);
	count(a, VERDICT_INCONCLUSIVE, STAGE_DNS, true);   /* an address that we do not contact */
	count(a, VERDICT_INCONCLUSIVE, STAGE_TCP, true);   /* passed over */
	count(a, VERDICT_INCONCLUSIVE, STAGE_NONE, true);  /* not fetched */
	count(a, VERDICT_INCONCLUSIVE, STAGE_NONE, false); /* crashed, or the scan ended */
	count(a, VERDICT_EXCLUDED, STAGE_NONE, false);
	count(a, VERDICT_INVALID_INPUT, STAGE_NONE, false);
	cr_expect_eq(a->counts.all[GROUP_BROKEN], 0);
	cr_expect_eq(a->counts.all[GROUP_MAIL_LOSS], 0);
	cr_expect_eq(a->counts.all[GROUP_JUDGED], 1, "%llu",
		     (unsigned long long)a->counts.all[GROUP_JUDGED]);
	cr_expect_eq(a->counts.all[GROUP_ENFORCE], 1);
	aggregate_free(a);
}

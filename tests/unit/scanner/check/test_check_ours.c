/* What is our choice or our limit never becomes advice to change something. */
#include <criterion/criterion.h>

#include "scanner/check/check_advice.h"
#include "tests/support/evidence.h"

Test(check_ours, no_advice_from_what_we_did_not_do)
{
	static const struct {
		const char *name;
		struct evidence evidence;
	} rows[] = {
		{"an excluded address", {.stage = GIVEN(STAGE_DNS), .not_contacted = "excluded"}},
		{"our own address", {.stage = GIVEN(STAGE_DNS), .not_contacted = "own"}},
		{"an excluded one beside one that refuses",
		 {.stage = GIVEN(STAGE_TCP), .refused = true, .not_contacted = "excluded"}},
		{"an excluded name", {.excluded = true}},
		{"a name that crashed us", {.worker_crashed = true, .sts_dns = GIVEN(DNS_SKIPPED)}},
		{"a scan that ended before", {.sts_dns = GIVEN(DNS_SKIPPED)}},
		{"a policy that was not fetched", {.stage = GIVEN(STAGE_NONE)}},
		{"a resolver that filters",
		 {.sts_dns = GIVEN(DNS_REFUSED), .mx_dns = GIVEN(DNS_REFUSED)}},
	};
	struct judge_config config;
	struct arena a;

	judge_config_init(&config);
	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct advice advice;
		struct record r;
		evidence_record(&a, &rows[i].evidence, &r);
		cr_assert_eq(judge(&config, &a, &r), 0);
		advice_make(&r, 1700000000, &advice);
		cr_expect(advice.kind == ADVICE_UNKNOWN || advice.kind == ADVICE_NONE,
			  "%s: kind %d", rows[i].name, advice.kind);
		cr_expect_not(advice.policy || advice.record_new || advice.host || advice.mx, "%s",
			      rows[i].name);
		cr_expect_neq(r.verdict, VERDICT_BROKEN, "%s", rows[i].name);
		cr_expect_eq(r.senders_refusing, 0, "%s", rows[i].name);
		for (unsigned k = 0; k < r.issues_n; k++)
			cr_expect_neq(r.issues[k].severity, SEVERITY_ERROR, "%s: %s", rows[i].name,
				      issue_info(r.issues[k].code)->code);
		arena_reset(&a);
	}
	arena_release(&a);
}

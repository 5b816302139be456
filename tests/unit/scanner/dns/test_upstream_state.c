/* How a resolver did, in the words of run.json and of the progress. */
#include <criterion/criterion.h>

#include "scanner/dns/upstream_state.h"

Test(upstream_state, words)
{
	cr_expect_null(upstream_state_trouble(UPSTREAM_UNPROVEN));
	cr_expect_null(upstream_state_trouble(UPSTREAM_GOOD));
	cr_expect_str_eq(upstream_state_trouble(UPSTREAM_SILENT), "silent");
	cr_expect_str_eq(upstream_state_trouble(UPSTREAM_FAILING), "failing");
	cr_expect_str_eq(upstream_state_trouble(UPSTREAM_LYING), "lying");
	cr_expect_str_eq(upstream_state_trouble(UPSTREAM_INSECURE), "not validating");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_INSECURE, 100, 0),
			 "not validating DNSSEC (dropped)");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_UNPROVEN, 0, 0), "unproven");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_SILENT, 100, 0), "silent");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_FAILING, 100, 0), "failing");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_LYING, 100, 0), "lying (dropped)");
}

Test(upstream_state, one_that_hardly_ever_helped_is_not_good)
{
	cr_expect_str_eq(upstream_state_text(UPSTREAM_GOOD, 100, 90), "good");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_GOOD, 100, 91), "failing");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_GOOD, 19, 19), "good", "too few to tell");
	cr_expect_str_eq(upstream_state_text(UPSTREAM_GOOD, 20, 20), "failing");
}

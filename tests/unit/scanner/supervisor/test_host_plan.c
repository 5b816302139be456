/* test_host_plan.c - which host is visited when: by operator, with pauses, and after a death. */
#include "scanner/supervisor/host_plan.h"

#include <criterion/criterion.h>

#define KEYS 3u

static const struct host_plan_config easy = {
	.at_once = 100, .key_at_once = 2, .key_rate = 1000, .retries = 2, .retry_ms = 1000};

/* Hosts of the operators "0", "1", "2" in turn. */
static struct host_plan *plan(const struct host_plan_config *config, unsigned n)
{
	static const char names[] = "012";
	static struct span keys[64];

	cr_assert_leq(n, 64u);
	for (unsigned i = 0; i < n; i++)
		keys[i] = span_of(names + i % KEYS, 1);
	struct host_plan *p = host_plan_new(config, keys, n, 1000);
	cr_assert_not_null(p);
	return p;
}

static struct record_mx_host outcome(enum mx_tls tls, int code)
{
	struct record_mx_host h;

	record_mx_host_init(&h);
	h.tls = (int)tls;
	h.probe.how = PROBE_DIRECT;
	h.probe.tried = 1;
	h.probe.code = code;
	h.probe.banner = SPAN_LIT("mx.0.example ESMTP");
	h.probe.address = SPAN_LIT("192.0.2.1");
	return h;
}

static bool finish(struct host_plan *p, unsigned host, enum mx_tls tls, int code)
{
	struct record_mx_host h = outcome(tls, code);
	bool believed;

	return host_plan_done(p, host, &h, &believed);
}

static unsigned take_all(struct host_plan *p, unsigned taken[64])
{
	unsigned n = 0;

	for (unsigned host; (host = host_plan_next(p)) != PLAN_NONE;)
		taken[n++] = host;
	return n;
}

Test(host_plan, few_of_an_operator_and_few_before_the_first_greeting)
{
	struct host_plan *p = plan(&easy, 30);
	unsigned taken[64];

	host_plan_turn(p, 2000);
	unsigned n = take_all(p, taken);
	for (unsigned now = 2001; now < 2010; now++) { /* the rate gives one a millisecond */
		host_plan_turn(p, now + 10);
		n += take_all(p, taken + n);
	}
	cr_expect_eq(n, 2 * KEYS, "two of each operator, not %u", n);
	for (unsigned i = 0; i < n; i++)
		cr_expect_lt(taken[i], 2 * KEYS, "in the order of the list");
	host_plan_free(p);
	const struct host_plan_config wide = {
		.at_once = 100, .key_at_once = 50, .key_rate = 1000, .retry_ms = 1};
	p = plan(&wide, 30);
	n = 0;
	for (unsigned now = 2000; now < 3000; now += 20) {
		host_plan_turn(p, now);
		n += take_all(p, taken + n);
	}
	cr_expect_eq(n, PLAN_UNPROVEN);
	host_plan_free(p);
}

Test(host_plan, new_visits_a_second_at_an_operator)
{
	const struct host_plan_config slow = {
		.at_once = 100, .key_at_once = 50, .key_rate = 2, .retry_ms = 1};
	struct host_plan *p = plan(&slow, 6);
	unsigned taken[64];

	host_plan_turn(p, 2000);
	cr_expect_eq(take_all(p, taken), KEYS);
	host_plan_turn(p, 2490);
	cr_expect_eq(take_all(p, taken), 0u);
	host_plan_turn(p, 2520);
	cr_expect_eq(take_all(p, taken), KEYS);
	host_plan_free(p);
}

/* Whoever looks only when it is due finds every host, in the time that the rate wants. */
Test(host_plan, tells_when_a_host_is_due)
{
	const struct host_plan_config slow = {
		.at_once = 100, .key_at_once = 50, .key_rate = 2, .retry_ms = 1};
	struct host_plan *p = plan(&slow, 6);
	unsigned taken[64], n = 0, looked = 0;
	uint64_t now = 2000;

	for (; n < 6 && looked < 50; looked++) {
		now = host_plan_due_ms(p) > now ? host_plan_due_ms(p) : now;
		host_plan_turn(p, now);
		n += take_all(p, taken + n);
	}
	cr_expect_eq(n, 6);
	cr_expect(now >= 2500 && now <= 2520, "%llu", (unsigned long long)now);
	cr_expect_leq(looked, 4, "%u", looked);
	for (unsigned i = 0; i < 6; i++)
		finish(p, taken[i], MX_TLS_OK, 220);
	host_plan_turn(p, now + 1000);
	cr_expect_eq(host_plan_due_ms(p), UINT64_MAX, "nothing is left");
	host_plan_free(p);
}

/* A quarter of one visit at a time: after one of a second the operator is left alone for three. */
Test(host_plan, a_share_of_one_visit_at_a_time)
{
	const struct host_plan_config share = {
		.at_once = 100, .key_at_once = 0.25, .key_rate = 1000, .retry_ms = 1};
	struct host_plan *p = plan(&share, 6);
	unsigned taken[64];

	host_plan_turn(p, 2000);
	cr_expect_eq(take_all(p, taken), KEYS);
	host_plan_turn(p, 3000);
	for (unsigned i = 0; i < KEYS; i++)
		cr_expect(finish(p, taken[i], MX_TLS_OK, 220));
	cr_expect_eq(take_all(p, taken), 0u);
	host_plan_turn(p, 5980);
	cr_expect_eq(take_all(p, taken), 0u);
	host_plan_turn(p, 6020);
	cr_expect_eq(take_all(p, taken), KEYS);
	host_plan_free(p);
}

Test(host_plan, later_is_asked_again_and_then_no_more)
{
	struct host_plan *p = plan(&easy, 1);
	unsigned taken[64];

	host_plan_turn(p, 2000);
	cr_expect_eq(take_all(p, taken), 1u);
	cr_expect_not(finish(p, 0, MX_TLS_BLOCKED, 421));
	host_plan_turn(p, 2900);
	cr_expect_eq(take_all(p, taken), 0u);
	host_plan_turn(p, 3020);
	cr_expect_eq(take_all(p, taken), 1u);
	cr_expect_not(finish(p, 0, MX_TLS_BLOCKED, 421));
	host_plan_turn(p, 6980); /* four times as long */
	cr_expect_eq(take_all(p, taken), 0u);
	host_plan_turn(p, 7040);
	cr_expect_eq(take_all(p, taken), 1u);
	cr_expect(finish(p, 0, MX_TLS_BLOCKED, 421));
	cr_expect(host_plan_over(p));
	cr_expect_eq(host_plan_totals(p)->retried, 2u);
	cr_expect_eq(host_plan_totals(p)->visits, 3u);
	cr_expect_eq(host_plan_totals(p)->blocked, 1u);
	host_plan_free(p);
}

Test(host_plan, a_refusal_for_good_is_not_asked_again)
{
	struct host_plan *p = plan(&easy, 1);
	unsigned taken[64];

	host_plan_turn(p, 2000);
	cr_expect_eq(take_all(p, taken), 1u);
	cr_expect(finish(p, 0, MX_TLS_BLOCKED, 554));
	host_plan_free(p);
}

Test(host_plan, what_a_dead_worker_had_is_visited_again_and_costs_no_try)
{
	struct host_plan *p = plan(&easy, 2);
	unsigned taken[64];

	for (unsigned now = 2000; now < 2000 + 20 * 20; now += 20) {
		host_plan_turn(p, now);
		cr_expect_eq(take_all(p, taken), 2u);
		host_plan_back(p, 0);
		host_plan_back(p, 1);
	}
	host_plan_turn(p, 3000);
	cr_expect_eq(take_all(p, taken), 2u);
	cr_expect_not(finish(p, 0, MX_TLS_TEMPFAIL, 454),
		      "its two further visits are still its own");
	host_plan_crashed(p, 1);
	cr_expect_eq(host_plan_totals(p)->crashed, 1u);
	cr_expect_eq(host_plan_totals(p)->over, 1u);
	cr_expect_not(host_plan_over(p));
	host_plan_free(p);
}

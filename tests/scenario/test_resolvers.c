/* Resolvers that refuse, lie, fall silent and come back, and how hard they are asked. */
#include "tests/support/world.h"

/* ---- bad resolvers among good ones ------------------------------------------------------- */

enum bad { LYING, SILENT, REFUSING, FAILING, UNREACHABLE };

static void dns_bad_first(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (p->upstream >= 2)
		return;
	switch (*(enum bad *)w->user) {
	case LYING: /* an address for everything: a portal */
		world_answer(w, p, DNS_RCODE_NOERROR, false);
		if (p->type == DNS_TYPE_A)
			world_rr_address(p, "203.0.113.9");
		break;
	case SILENT:
		p->status = DNS_TRANSPORT_TIMEOUT;
		p->due_ms = w->now_ms + w->timeout_ms;
		break;
	case REFUSING:
		world_answer(w, p, DNS_RCODE_REFUSED, false);
		break;
	case FAILING:
		world_answer(w, p, DNS_RCODE_SERVFAIL, false);
		break;
	case UNREACHABLE:
		p->status = DNS_TRANSPORT_REFUSED;
		p->due_ms = w->now_ms + 1;
		break;
	}
	if (p->status != DNS_TRANSPORT_ANSWER) {
		free(p->msg);
		p->msg = NULL;
		p->n = 0;
	}
}

Test(resolvers, two_bad_resolvers_and_a_good_one_give_the_same_verdicts)
{
	for (enum bad bad = LYING; bad <= UNREACHABLE; bad++) {
		struct world_config c = WORLD_DEFAULT;
		c.upstreams = 3;
		c.jobs = 300;
		struct world *w = world_open(&c);
		w->on_dns = dns_bad_first;
		w->user = &bad;
		world_submit_many(w, 1500, "sts");
		world_submit_many(w, 1500, "plain");
		world_run(w, 300000);
		cr_expect_eq(world_count(w, VERDICT_ENFORCE), 1500, "bad %d: %u", bad,
			     world_count(w, VERDICT_ENFORCE));
		cr_expect_eq(world_count(w, VERDICT_ABSENT), 1500, "bad %d: %u", bad,
			     world_count(w, VERDICT_ABSENT));
		for (unsigned i = 1; i <= w->submitted; i++)
			cr_assert_str_eq(w->results[i].resolver, "r2");
		struct upstream_stats u;
		resolver_upstream_stats(w->resolver, 0, &u);
		if (bad == LYING)
			cr_expect_eq(u.state, UPSTREAM_LYING);
		if (bad == LYING || bad == SILENT || bad == UNREACHABLE)
			cr_expect_leq(u.asked, 400, "bad %d is left alone: %llu", bad,
				      (unsigned long long)u.asked);
		world_close(w);
	}
}

/* Starts to lie in mid-run. What it is asked at that moment must not be believed once it is
 * known. */
static void dns_turns_liar(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (p->upstream != 0 || !*(bool *)w->user)
		return;
	world_answer(w, p, DNS_RCODE_NXDOMAIN, false);
	if (p->canary) {
		world_answer(w, p, DNS_RCODE_NOERROR, false);
		world_rr_address(p, "203.0.113.9");
	} else {
		p->due_ms += 500;
	}
}

Test(resolvers, answers_under_way_from_a_liar_are_not_believed)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = 2;
	struct world *w = world_open(&c);
	bool lies = false;

	w->on_dns = dns_turns_liar;
	w->user = &lies;
	world_wait(w, 29700); /* the second canary comes 30 s after the first */
	lies = true;
	world_submit_many(w, 20, "sts");
	world_run(w, 30000);
	struct upstream_stats u;
	resolver_upstream_stats(w->resolver, 0, &u);
	cr_expect_eq(u.state, UPSTREAM_LYING);
	cr_expect_geq(u.asked, 10, "the test asks nothing otherwise");
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 20);
	world_close(w);
}

/* The same where DNSSEC is needed, and it does not validate any more. */
static void dns_turns_insecure(struct world *w, struct world_packet *p)
{
	bool over = p->upstream == 0 && *(bool *)w->user;

	world_dns_healthy(w, p);
	if (p->canary && p->type == DNS_TYPE_NS && !over)
		p->msg[3] |= 0x20; /* AD */
	if (!p->canary && over) {
		world_answer(w, p, DNS_RCODE_NXDOMAIN, false);
		p->due_ms += 500;
	}
}

Test(resolvers, answers_under_way_from_who_validates_no_more_are_not_believed)
{
	struct world_config c = WORLD_DEFAULT;
	struct upstream_stats first, second;
	bool over = false;

	c.upstreams = 2;
	c.need_ad = true;
	struct world *w = world_open(&c);
	w->on_dns = dns_turns_insecure;
	w->user = &over;
	world_wait(w, 29700);
	over = true;
	world_submit_many(w, 20, "sts");
	world_run(w, 30000);
	resolver_upstream_stats(w->resolver, 0, &first);
	resolver_upstream_stats(w->resolver, 1, &second);
	cr_expect_eq(first.state, UPSTREAM_INSECURE);
	cr_expect_eq(second.state, UPSTREAM_GOOD);
	cr_expect_geq(first.asked, 10, "the test asks nothing otherwise");
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 20);
	for (unsigned i = 1; i <= 20; i++)
		cr_expect_str_eq(w->results[i].resolver, "r1");
	world_close(w);
}

/* ---- silence ----------------------------------------------------------------------------- */

static void dns_switched(struct world *w, struct world_packet *p)
{
	if (*(bool *)w->user)
		world_dns_healthy(w, p);
}

Test(resolvers, all_dead_ends_soon)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = 3;
	struct world *w = world_open(&c);
	bool alive = false;

	w->on_dns = dns_switched;
	w->user = &alive;
	uint64_t begin = w->now_ms;
	world_submit_many(w, 5000, "sts");
	world_run(w, 20000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 5000);
	cr_expect_lt(w->now_ms - begin, 20000);
	cr_expect(!resolver_ever_good(w->resolver));
	cr_expect(resolver_hopeless(w->resolver));
	cr_expect_eq(w->results[1].sts_dns, DNS_TIMEOUT);
	world_close(w);
}

/* Nothing is given up, and nothing leaves, before one is good: who asks decides how long. */
Test(resolvers, the_first_good_one_is_waited_for)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = 2;
	c.wait_for_first = true;
	struct world *w = world_open(&c);
	bool alive = false;
	struct upstream_stats u;

	w->on_dns = dns_switched;
	w->user = &alive;
	world_submit_many(w, 20, "sts");
	world_wait(w, 30000);
	cr_expect(resolver_hopeless(w->resolver) && !resolver_ever_good(w->resolver));
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 0);
	resolver_upstream_stats(w->resolver, 0, &u);
	cr_expect(u.asked > 0 && u.asked <= 40, "canaries alone: %llu",
		  (unsigned long long)u.asked);
	alive = true;
	world_run(w, 30000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 20);
	world_close(w);
}

Test(resolvers, all_lying_ends_soon)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = 2;
	struct world *w = world_open(&c);
	enum bad bad = LYING;

	w->on_dns = dns_bad_first;
	w->user = &bad;
	world_submit_many(w, 500, "sts");
	world_run(w, 5000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 500);
	cr_expect(!resolver_ever_good(w->resolver), "what a liar says is no answer");
	world_close(w);
}

Test(resolvers, an_outage_costs_no_name)
{
	struct world_config c = WORLD_DEFAULT;
	c.retries = 2;
	struct world *w = world_open(&c);
	bool alive = true;

	w->on_dns = dns_switched;
	w->user = &alive;
	world_submit_many(w, 500, "sts");
	alive = false;
	world_wait(w, 20000);
	struct upstream_stats u;
	resolver_upstream_stats(w->resolver, 0, &u);
	cr_expect_eq(u.state, UPSTREAM_SILENT);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 0, "nothing is given up");
	cr_expect_gt(machine_active(w->machine), 0);
	alive = true;
	world_run(w, 30000);
	resolver_upstream_stats(w->resolver, 0, &u);
	cr_expect_eq(u.state, UPSTREAM_GOOD);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 500);
	world_close(w);
}

Test(resolvers, an_outage_that_lasts_is_given_up)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	bool alive = true;

	w->on_dns = dns_switched;
	w->user = &alive;
	world_submit_many(w, 100, "sts");
	world_run(w, 20000);
	alive = false;
	world_submit_many(w, 60, "stslater");
	world_run(w, 90000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 60);
	world_close(w);
}

/* Fails until it is paused, then says nothing any more: the scan must still come to an end. */
static void dns_fails_then_dies(struct world *w, struct world_packet *p)
{
	if (p->canary && w->sent < 3)
		world_dns_healthy(w, p);
	else if (w->now_ms < *(uint64_t *)w->user)
		world_answer(w, p, DNS_RCODE_SERVFAIL, false);
}

Test(resolvers, failing_then_dead_ends)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 400;
	struct world *w = world_open(&c);
	uint64_t dies = w->now_ms + 5000;

	w->on_dns = dns_fails_then_dies;
	w->user = &dies;
	world_submit_many(w, 2000, "plain");
	world_run(w, 400000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 2000);
	world_close(w);
}

static void dns_refused_for_a_second(struct world *w, struct world_packet *p)
{
	if (w->now_ms > *(uint64_t *)w->user + 50 && w->now_ms < *(uint64_t *)w->user + 1050) {
		p->status = DNS_TRANSPORT_REFUSED; /* restarted: the port is closed */
		p->due_ms = w->now_ms + 1;
	} else {
		world_dns_healthy(w, p);
	}
}

Test(resolvers, a_resolver_that_restarts_costs_no_name)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 200;
	struct world *w = world_open(&c);
	uint64_t begin = w->now_ms;

	w->on_dns = dns_refused_for_a_second;
	w->user = &begin;
	world_submit_many(w, 1000, "sts");
	world_run(w, 60000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 1000);
	world_close(w);
}

/* ---- rate and windows -------------------------------------------------------------------- */

struct rate_script {
	uint64_t begin;
	unsigned per_second[600];
};

static void dns_counting(struct world *w, struct world_packet *p)
{
	struct rate_script *s = w->user;
	uint64_t second = (w->now_ms - s->begin) / 1000;

	if (second < 600)
		s->per_second[second]++;
	world_dns_healthy(w, p);
}

Test(resolvers, the_rate_holds_exactly)
{
	struct world_config c = WORLD_DEFAULT;
	c.rate = 200;
	c.upstreams = 3;
	struct world *w = world_open(&c);
	struct rate_script s = {.begin = w->now_ms};

	w->on_dns = dns_counting;
	w->user = &s;
	world_submit_many(w, 2000, "plain");
	world_run(w, 60000);
	unsigned seconds = (unsigned)((w->now_ms - s.begin) / 1000);
	unsigned total = 0;
	for (unsigned i = 0; i < seconds; i++) {
		cr_expect_leq(s.per_second[i], 200, "second %u: %u", i, s.per_second[i]);
		total += s.per_second[i];
	}
	cr_expect_geq(total, 194 * seconds - 200, "and it is used");
	cr_expect_leq(total, 200 * seconds + 10);
	world_close(w);
}

static void dns_one_of_ten(struct world *w, struct world_packet *p)
{
	if (p->upstream == 9)
		world_dns_healthy(w, p);
}

Test(resolvers, canaries_of_the_dead_leave_room_under_a_small_rate)
{
	struct world_config c = WORLD_DEFAULT;
	c.rate = 5;
	c.upstreams = 10;
	struct world *w = world_open(&c);

	w->on_dns = dns_one_of_ten;
	world_submit_many(w, 60, "plain");
	world_run(w, 200000); /* 120 questions and at most as many canaries at 5 a second */
	cr_expect_eq(world_count(w, VERDICT_ABSENT), 60);
	world_close(w);
}

static void dns_limited(struct world *w, struct world_packet *p)
{
	struct rate_script *s = w->user;
	uint64_t slot = (w->now_ms - s->begin) / 100;

	/* A resolver that answers 100 questions in 100 ms and drops the others. */
	if (slot >= 600 || s->per_second[slot]++ < 100)
		world_dns_healthy(w, p);
}

Test(resolvers, the_window_follows_a_resolver_that_drops)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 1000;
	struct world *w = world_open(&c);
	struct rate_script s = {.begin = w->now_ms};

	w->on_dns = dns_limited;
	w->user = &s;
	world_submit_many(w, 3000, "plain");
	world_run(w, 60000);
	cr_expect_leq(world_count(w, VERDICT_INCONCLUSIVE), 3);
	cr_expect_eq(world_count(w, VERDICT_ABSENT) + world_count(w, VERDICT_INCONCLUSIVE), 3000);
	world_close(w);
}

static void dns_watch_room(struct world *w, struct world_packet *p)
{
	unsigned *most = w->user, n = 0;

	for (unsigned i = 0; i < w->packets_top; i++)
		n += w->packets[i].x != NULL && !w->packets[i].canary;
	if (n > *most)
		*most = n;
	world_dns_healthy(w, p);
	p->due_ms = w->now_ms + 200;
}

Test(resolvers, never_more_in_flight_than_the_receive_buffer_holds)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 1000;
	struct world *w = world_open(&c);
	unsigned most = 0;

	w->room = 100;
	w->on_dns = dns_watch_room;
	w->user = &most;
	world_submit_many(w, 2000, "plain");
	world_run(w, 60000);
	cr_expect_leq(most, 100);
	cr_expect_geq(most, 90);
	world_close(w);
}

/* The window of an upstream: how it grows, when it is cut and how far, and what makes an upstream
 * silent or failing; the same for the connection that carries its questions over TCP. */
#include <criterion/criterion.h>
#include <string.h>

#include "scanner/dns/upstream.h"

#define ROOM 1000u
#define EPOCH 200u /* milliseconds */

static struct upstream good_one(uint64_t now)
{
	struct upstream u;

	upstream_init(&u, "192.0.2.53:53", now);
	u.stats.state = UPSTREAM_GOOD;
	return u;
}

/* So many failures and answers in one epoch that ends at once after it; returns the time then. */
static uint64_t epoch(struct upstream *u, unsigned bad, unsigned good, uint64_t now)
{
	for (unsigned i = 0; i < good; i++)
		upstream_good(u, ROOM, now + 1);
	for (unsigned i = 1; i < bad; i++)
		upstream_bad(u, now + 2);
	upstream_bad(u, now + EPOCH);
	return now + EPOCH;
}

Test(upstream, begins_unproven_and_with_32_questions)
{
	struct upstream u;

	upstream_init(&u, "192.0.2.53:53", 5000);
	cr_expect_str_eq(u.name, "192.0.2.53:53");
	cr_expect_eq(u.stats.state, UPSTREAM_UNPROVEN);
	cr_expect(!upstream_open(&u, ROOM), "nothing is sent to one that is not proven");
	cr_expect_eq(u.canary_due_ms, 5000);
	u.stats.state = UPSTREAM_GOOD;
	u.stats.in_flight = 31;
	cr_expect(upstream_open(&u, ROOM));
	cr_expect(!upstream_open(&u, 31), "no room in the sockets");
	u.stats.in_flight = 32;
	cr_expect(!upstream_open(&u, ROOM));
}

Test(upstream, doubles_a_round_trip_and_keeps_to_the_room)
{
	struct upstream u = good_one(1000);

	for (unsigned i = 0; i < 32; i++)
		upstream_good(&u, ROOM, 1001);
	cr_expect_float_eq(u.window, 64, 1e-9);
	upstream_good(&u, 40, 1001);
	cr_expect_float_eq(u.window, 40, 1e-9);
	for (unsigned i = 0; i < 5000; i++)
		upstream_good(&u, ROOM, 1001);
	cr_expect_float_eq(u.window, ROOM, 1e-9);
}

Test(upstream, a_burst_cuts_and_then_it_grows_by_one_a_round_trip)
{
	struct upstream u = good_one(1000);

	epoch(&u, 12, 0, 1000);
	cr_expect_float_eq(u.window, 32 * 0.7, 1e-9);
	cr_expect_float_eq(u.threshold, 32 * 0.7, 1e-9);
	double before = u.window;
	upstream_good(&u, ROOM, 1201);
	cr_expect_float_eq(u.window, before + 1 / before, 1e-9);
	for (unsigned i = 1; i < 22; i++)
		upstream_good(&u, ROOM, 1201);
	cr_expect_float_eq(u.window, before + 1, 0.1);
}

Test(upstream, what_is_no_burst_cuts_nothing)
{
	static const struct {
		unsigned bad, good;
		bool cut;
	} rows[] = {
		{11, 0, false},	 {12, 0, true},	  {12, 24, true},
		{12, 25, false}, {40, 81, false}, {40, 80, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct upstream u = good_one(1000);
		u.threshold = 32; /* so that answers hardly matter */
		epoch(&u, rows[i].bad, rows[i].good, 1000);
		cr_expect_eq(u.threshold != 32, rows[i].cut, "%u bad, %u good", rows[i].bad,
			     rows[i].good);
		cr_expect_eq(u.epoch_bad + u.epoch_good, 0, "each epoch is judged by itself");
	}
	/* Before the epoch ends nothing is decided. */
	struct upstream u = good_one(1000);
	for (unsigned i = 0; i < 100; i++)
		upstream_bad(&u, 1000 + EPOCH - 1);
	cr_expect_float_eq(u.window, 32, 1e-9);
	upstream_bad(&u, 1000 + EPOCH);
	cr_expect_float_eq(u.window, 32 * 0.7, 1e-9);
}

/* Whatever happens, some questions may always be sent: else nobody would find out that it is
 * better. */
Test(upstream, the_window_has_a_floor)
{
	struct upstream u = good_one(1000);
	uint64_t now = 1000;
	double expected = 32;

	for (unsigned i = 0; i < 30; i++) {
		now = epoch(&u, 13, 13, now); /* as many good ones: it is not failing */
		cr_expect_geq(u.window, 4);
		u.stats.in_flight = 3;
		cr_expect(upstream_open(&u, ROOM), "after %u cuts", i);
	}
	cr_expect_lt(u.window, 8);
	cr_expect_eq(u.stats.state, UPSTREAM_GOOD);
	u = good_one(1000);
	now = 1000;
	for (unsigned i = 0; i < 5; i++) {
		now = epoch(&u, 12, 0, now);
		expected *= 0.7;
		cr_expect_float_eq(u.window, expected, 1e-9);
	}
	now = epoch(&u, 12, 0, now);
	cr_expect_float_eq(u.window, 4, 1e-9, "%f", u.window);
}

Test(upstream, nothing_but_failures_at_the_floor_pauses_it)
{
	static const struct {
		unsigned bad, good;
		double window;
		enum upstream_state state;
	} rows[] = {
		{20, 1, 4, UPSTREAM_FAILING},
		{19, 1, 4, UPSTREAM_GOOD},
		{20, 0, 4, UPSTREAM_FAILING},
		{20, 0, 10, UPSTREAM_GOOD},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct upstream u = good_one(1000);
		u.window = u.threshold = rows[i].window;
		uint64_t now = epoch(&u, rows[i].bad, rows[i].good, 1000);
		cr_expect_eq(u.stats.state, rows[i].state, "row %zu", i);
		if (rows[i].state == UPSTREAM_FAILING)
			cr_expect_eq(u.canary_due_ms, now + 5000);
	}
	struct upstream u = good_one(1000);
	u.window = 4;
	u.stats.state = UPSTREAM_LYING; /* for good */
	epoch(&u, 30, 0, 1000);
	cr_expect_eq(u.stats.state, UPSTREAM_LYING);
}

Test(upstream, silence_is_eight_in_a_row_and_two_timeouts_long)
{
	struct upstream u = good_one(1000);

	upstream_good(&u, ROOM, 10000);
	for (unsigned i = 0; i < 8; i++)
		upstream_silent(&u, 12000, 1000);
	cr_expect_eq(u.stats.state, UPSTREAM_GOOD, "not longer than two timeouts");
	upstream_silent(&u, 12001, 1000);
	cr_expect_eq(u.stats.state, UPSTREAM_SILENT);
	cr_expect_eq(u.canary_due_ms, 12001);
	cr_expect_float_eq(u.window, 32, 1e-9, "begins anew");
	cr_expect_gt(u.threshold, 1e8);

	u = good_one(1000);
	upstream_good(&u, ROOM, 10000);
	for (unsigned i = 0; i < 7; i++)
		upstream_silent(&u, 90000, 1000);
	cr_expect_eq(u.stats.state, UPSTREAM_GOOD, "seven may be chance");
	upstream_heard(&u, 90000);
	cr_expect_eq(u.silent_since_answer, 0);
	for (unsigned i = 0; i < 8; i++)
		upstream_silent(&u, 92000, 1000);
	cr_expect_eq(u.stats.state, UPSTREAM_GOOD, "what was heard counts from then on");
	/* A failure is an answer, too. */
	upstream_bad(&u, 95000);
	cr_expect_eq(u.silent_since_answer, 0);
	cr_expect_eq(u.last_answer_ms, 95000);
}

Test(upstream, tcp_learns_how_many_questions_a_connection_takes)
{
	struct upstream u = good_one(1000);
	struct question q[20];

	memset(q, 0, sizeof(q));
	cr_expect_eq(u.tcp_window, 256);
	for (unsigned i = 0; i < 20; i++)
		upstream_tcp_sent(&u, &q[i]);
	cr_expect_eq(u.tcp_in_flight, 20);
	cr_expect(q[0].tcp_first && !q[1].tcp_first && !q[19].tcp_first);
	for (unsigned i = 0; i < 7; i++)
		upstream_tcp_answer(&u);
	cr_expect_eq(u.tcp_in_flight, 13);
	/* Closed after seven answers: so many at a time, then, and that is learnt once. */
	cr_expect(upstream_tcp_failed(&u, &q[7], true));
	cr_expect_eq(u.tcp_window, 7);
	cr_expect_eq(u.tcp_cuts, 1);
	cr_expect_eq(u.tcp_answers, 0);
	cr_expect(upstream_tcp_failed(&u, &q[8], true));
	cr_expect_eq(u.tcp_window, 7);
	cr_expect_eq(u.tcp_cuts, 1);
	/* A deadline says something about the question. */
	cr_expect(!upstream_tcp_failed(&u, &q[9], false));
	cr_expect_eq(u.tcp_in_flight, 10);
	while (u.tcp_in_flight > 0)
		cr_expect(upstream_tcp_failed(&u, &q[10], true) == (q[10].tcp_broken <= 16));
}

Test(upstream, tcp_grows_again_and_one_alone_is_told)
{
	struct upstream u = good_one(1000);
	struct question q = {0};

	/* Alone on a connection that closes: the question has no answer over TCP. */
	upstream_tcp_sent(&u, &q);
	cr_expect(!upstream_tcp_failed(&u, &q, true));
	cr_expect_eq(u.tcp_window, 1, "one at least");
	for (unsigned i = 1; i <= 24; i++) {
		upstream_tcp_sent(&u, &q);
		upstream_tcp_answer(&u);
		cr_expect_eq(u.tcp_window, 1 + i / 8, "after %u answers", i);
	}
	u.tcp_window = 256;
	for (unsigned i = 0; i < 8; i++) {
		upstream_tcp_sent(&u, &q);
		upstream_tcp_answer(&u);
	}
	cr_expect_eq(u.tcp_window, 256);
	/* Broken off sixteen times among others, it has been tried enough. */
	struct question often = {0}, other = {0};
	for (unsigned i = 1; i <= 17; i++) {
		upstream_tcp_sent(&u, &other);
		upstream_tcp_sent(&u, &often);
		cr_expect_eq(upstream_tcp_failed(&u, &often, true), i <= 16, "%u", i);
		upstream_tcp_answer(&u);
	}
}

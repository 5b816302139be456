/* Caps per address: connections at a time, new ones a second, and cancelled tickets. */
#include <criterion/criterion.h>

#include "scanner/hosts/gate.h"

static unsigned grants;

static void granted(struct gate_ticket *t)
{
	grants += t->state == GATE_GRANTED;
}

static struct gate_ticket ticket(void)
{
	return (struct gate_ticket){.address = {.family = 4, .bytes = {8, 8, 4, 4}},
				    .granted = granted};
}

Test(gate, connections_at_a_time)
{
	struct gate *g = gate_new(2, 0);
	struct gate_ticket t[5];

	for (unsigned i = 0; i < 5; i++) {
		t[i] = ticket();
		cr_assert_eq(gate_ask(g, &t[i]), 0);
	}
	cr_expect_eq(grants, 0, "never from inside gate_ask()");
	gate_turn(g, 1000);
	cr_expect_eq(grants, 2);
	gate_done(g, &t[0]);
	cr_expect(!gate_cancel(g, &t[2]), "it is still queued");
	gate_turn(g, 1010);
	cr_expect_eq(grants, 3);
	cr_expect_eq(t[3].state, GATE_GRANTED);
	cr_expect_eq(gate_waiting(g), 1);
	gate_free(g);
}

Test(gate, a_rate_below_one_a_second_holds_though_the_host_is_quiet)
{
	struct gate *g = gate_new(10, 0.2);

	for (uint64_t now = 0; now < 60000;) {
		struct gate_ticket t = ticket();
		gate_ask(g, &t);
		while (t.state != GATE_GRANTED && now < 60000)
			gate_turn(g, now += 10);
		if (t.state != GATE_GRANTED)
			break;
		gate_done(g, &t);
		for (unsigned i = 0; i < 150; i++) /* quiet for 1.5 s */
			gate_turn(g, now += 10);
	}
	cr_expect_leq(grants, 13, "%u in a minute", grants);
	cr_expect_geq(grants, 11, "%u in a minute", grants);
	gate_free(g);
}

/* Asks, waits for the grant and gives it back; returns whether it was in vain. */
static bool pass(struct gate *g, uint64_t *now, bool late)
{
	struct gate_ticket t = ticket();

	gate_ask(g, &t);
	while (t.state != GATE_GRANTED)
		gate_turn(g, *now += 10);
	t.late = late;
	gate_done(g, &t);
	return t.vain;
}

Test(gate, an_address_that_times_out_is_tried_one_at_a_time)
{
	struct gate *g = gate_new(10, 0);
	struct gate_ticket probe = ticket();
	uint64_t now = 0;

	for (unsigned i = 0; i < GATE_LATE_MAX - 1; i++)
		cr_expect(!pass(g, &now, true));
	cr_expect(!pass(g, &now, false), "one that is answered takes the others back");
	for (unsigned i = 0; i < GATE_LATE_MAX; i++)
		cr_expect(!pass(g, &now, true), "%u", i);
	for (unsigned i = 0; i < 3000; i++) /* half a minute is not long enough to be forgotten */
		gate_turn(g, now += 10);
	gate_ask(g, &probe);
	gate_turn(g, now += 10);
	cr_expect(probe.state == GATE_GRANTED && !probe.vain);
	for (unsigned i = 0; i < 100; i++)
		cr_expect(pass(g, &now, false), "as long as somebody tries");
	gate_done(g, &probe);
	cr_expect(!pass(g, &now, false));
	cr_expect(!pass(g, &now, true));
	gate_free(g);
}

struct seen {
	unsigned shut, opened;
	struct netaddr address;
};

static void changed(void *user, const struct netaddr *a, bool shut)
{
	struct seen *seen = user;

	seen->shut += shut;
	seen->opened += !shut;
	seen->address = *a;
}

Test(gate, tells_that_an_address_is_passed_over_and_when_it_answers)
{
	struct gate *g = gate_new(2, 0);
	struct seen seen = {0};
	uint64_t now = 1000;

	gate_watch(g, changed, &seen);
	pass(g, &now, false);
	for (unsigned i = 1; i < GATE_LATE_MAX; i++)
		pass(g, &now, true);
	cr_expect_eq(seen.shut + seen.opened, 0);
	pass(g, &now, true);
	cr_expect(seen.shut == 1 && seen.address.bytes[0] == 8, "said when it begins");
	pass(g, &now, true);
	cr_expect(seen.shut == 1 && seen.opened == 0, "and once");
	pass(g, &now, false);
	pass(g, &now, false);
	cr_expect(seen.shut == 1 && seen.opened == 1);
	gate_free(g);
}

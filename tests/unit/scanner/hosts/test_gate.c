/* Caps per address: connections at a time, new ones a second, and cancelled tickets. */
#include <criterion/criterion.h>

#include "scanner/base/list.h"
#include "scanner/hosts/gate.h"
#include "scanner/options/share.h"

static unsigned grants;

struct asked {
	struct gate_ticket ticket;
	bool granted;
};

static void granted(struct gate_ticket *t)
{
	struct asked *a = list_owner(t, struct asked, ticket);

	cr_expect(!a->granted, "once");
	a->granted = true;
	grants++;
}

static struct asked asked(void)
{
	return (struct asked){
		.ticket = {.address = {.family = 4, .bytes = {8, 8, 4, 4}}, .granted = granted}};
}

static struct gate *gate_of(double at_once, double rate)
{
	struct gate_limits limits = {.at_once = at_once, .rate = rate, .saved = 1};

	return gate_new(&limits);
}

Test(gate, connections_at_a_time)
{
	struct gate *g = gate_of(2, 0);
	struct asked a[5];

	for (unsigned i = 0; i < 5; i++) {
		a[i] = asked();
		cr_assert_eq(gate_ask(g, &a[i].ticket), 0);
	}
	cr_expect_eq(grants, 0, "never from inside gate_ask()");
	gate_turn(g, 1000);
	cr_expect_eq(grants, 2);
	gate_done(g, &a[0].ticket);
	gate_cancel(g, &a[2].ticket);
	gate_turn(g, 1010);
	cr_expect_eq(grants, 3);
	cr_expect(a[3].granted && !a[2].granted, "the one that was cancelled takes no turn");
	cr_expect_eq(gate_waiting(g), 1);
	gate_cancel(g, &a[1].ticket);
	gate_turn(g, 1020);
	cr_expect(a[4].granted, "a connection whose asker is gone is free again");
	gate_free(g);
}

/* Looked at only when the gate says so, tickets are granted as fast as the rate allows. */
Test(gate, tells_when_something_is_due)
{
	struct gate *g = gate_of(1, 2);
	struct asked a[4] = {asked(), asked(), asked(), asked()};
	unsigned turns = 0;
	uint64_t now = 1000;

	gate_turn(g, now);
	cr_expect_eq(gate_due_ms(g), UINT64_MAX, "nobody asks");
	grants = 0;
	for (unsigned i = 0; i < 4; i++) {
		cr_assert_eq(gate_ask(g, &a[i].ticket), 0);
		cr_expect_leq(gate_due_ms(g), now, "at once");
	}
	while (grants < 4) {
		unsigned before = grants;
		cr_assert_neq(gate_due_ms(g), UINT64_MAX);
		now = gate_due_ms(g) > now ? gate_due_ms(g) : now;
		gate_turn(g, now);
		turns++;
		if (grants == before)
			continue;
		cr_expect_eq(gate_due_ms(g), UINT64_MAX, "it is full");
		gate_done(g, &a[grants - 1].ticket);
		cr_expect_leq(gate_due_ms(g), now, "there is room");
	}
	cr_expect(now >= 2500 && now < 2520, "two a second: %llu", (unsigned long long)now);
	cr_expect_leq(turns, 8, "%u", turns);
	gate_turn(g, now);
	cr_expect_eq(gate_due_ms(g), UINT64_MAX);
	gate_free(g);
}

/* The memory of a cancelled ticket may be used for something else at once. */
Test(gate, cancelled_tickets_are_not_touched)
{
	struct gate *g = gate_of(1, 0);
	struct asked a[3] = {asked(), asked(), asked()};

	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(gate_ask(g, &a[i].ticket), 0);
	gate_turn(g, 1000);
	gate_cancel(g, &a[1].ticket);
	memset(&a[1], 0xff, sizeof(a[1]));
	gate_done(g, &a[0].ticket);
	memset(&a[0], 0xff, sizeof(a[0]));
	gate_turn(g, 1010);
	cr_expect(a[2].granted);
	gate_done(g, &a[2].ticket);
	cr_expect_eq(gate_waiting(g), 0);
	for (unsigned i = 0; i < 400; i++) /* the host is forgotten, and comes again */
		gate_turn(g, 1020 + 10 * i);
	a[0] = asked();
	cr_assert_eq(gate_ask(g, &a[0].ticket), 0);
	gate_turn(g, 9000);
	cr_expect(a[0].granted);
	gate_free(g);
}

Test(gate, a_door_is_all_that_an_asker_needs)
{
	struct gate *g = gate_of(1, 0);
	struct gate_door *door = gate_door(g);
	struct asked a = asked();

	cr_assert_eq(door->ask(door, &a.ticket), 0);
	gate_turn(g, 10);
	cr_expect(a.granted);
	door->done(door, &a.ticket);
	a.granted = false;
	cr_assert_eq(door->ask(door, &a.ticket), 0);
	gate_turn(g, 20);
	cr_expect(a.granted);
	gate_free(g); /* one is out: forgotten */
}

Test(gate, a_rate_below_one_a_second_holds_though_the_host_is_quiet)
{
	struct gate *g = gate_of(10, 0.2);

	for (uint64_t now = 0; now < 60000;) {
		struct asked a = asked();
		gate_ask(g, &a.ticket);
		while (!a.granted && now < 60000)
			gate_turn(g, now += 10);
		if (!a.granted)
			break;
		gate_done(g, &a.ticket);
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
	struct asked a = asked();

	gate_ask(g, &a.ticket);
	while (!a.granted)
		gate_turn(g, *now += 10);
	a.ticket.late = late;
	gate_done(g, &a.ticket);
	return a.ticket.vain;
}

Test(gate, an_address_that_times_out_is_tried_one_at_a_time)
{
	struct gate *g = gate_of(10, 0);
	struct asked probe = asked();
	uint64_t now = 0;

	for (unsigned i = 0; i < GATE_LATE_MAX - 1; i++)
		cr_expect(!pass(g, &now, true));
	cr_expect(!pass(g, &now, false), "one that is answered takes the others back");
	for (unsigned i = 0; i < GATE_LATE_MAX; i++)
		cr_expect(!pass(g, &now, true), "%u", i);
	for (unsigned i = 0; i < 3000; i++) /* half a minute is not long enough to be forgotten */
		gate_turn(g, now += 10);
	gate_ask(g, &probe.ticket);
	gate_turn(g, now += 10);
	cr_expect(probe.granted && !probe.ticket.vain);
	for (unsigned i = 0; i < 100; i++)
		cr_expect(pass(g, &now, false), "as long as somebody tries");
	gate_done(g, &probe.ticket);
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
	struct gate *g = gate_of(2, 0);
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

/* Connections that one of n shards opens to a host in ms, each of which lasts length_ms, and how
 * many milliseconds of them there were. */
static unsigned opened(const struct gate_limits *limits, uint64_t ms, uint64_t length_ms,
		       uint64_t *open_ms, unsigned *first_tenth)
{
	struct gate *g = gate_new(limits);
	struct asked t[64];
	uint64_t since[64] = {0};
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++) {
		t[i] = asked();
		gate_ask(g, &t[i].ticket);
	}
	for (uint64_t now = 10; now <= ms; now += 10) {
		gate_turn(g, now);
		for (unsigned i = 0; i < 64; i++) {
			if (!t[i].granted)
				continue;
			if (since[i] == 0) {
				since[i] = now;
				n++;
				*first_tenth += now <= 100;
			}
			*open_ms += 10;
			if (now - since[i] < length_ms)
				continue;
			gate_done(g, &t[i].ticket);
			since[i] = 0;
			t[i] = asked();
			gate_ask(g, &t[i].ticket);
		}
	}
	gate_free(g);
	return n;
}

Test(gate, shards_are_together_no_harder_than_one_machine)
{
	static const unsigned counts[] = {1, 2, 4, 7, 16, 64};

	for (unsigned c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct scan_options o = {.shards = counts[c],
					 .host_rate = 20,
					 .host_concurrency = 10,
					 .dns_rate = 1000};
		unsigned quick = 0, burst = 0, unused = 0;
		uint64_t spent = 0, slow = 0;
		double questions = 0;

		for (o.shard = 1; o.shard <= o.shards; o.shard++) {
			struct share s = share_of(&o);
			questions += s.dns_rate;
			quick += opened(&s.hosts, 20000, 10, &spent, &burst);
			s.hosts.rate = 0;
			opened(&s.hosts, 60000, 2000, &slow, &unused);
		}
		cr_expect_float_eq(questions, 1000, 1e-6);
		/* Each may have one more under way at the end of the time than its share of it. */
		cr_expect(quick <= 20 * 20 + counts[c] && quick >= 20 * 20 * 9 / 10,
			  "%u shards: %u connections", counts[c], quick);
		cr_expect_leq(burst, 3 + (counts[c] < 20 ? counts[c] : 0),
			      "%u shards: %u at the start", counts[c], burst);
		/* 10 / 7 is one and a rest that cannot be used. */
		cr_expect(slow <= 10 * 60000 * 11 / 10 && slow >= 10 * 60000 * 7 / 10,
			  "%u shards: %.2f open on the average", counts[c], (double)slow / 60000);
	}
}

/* Connections to a network of so many addresses at a time. */
static unsigned opened_in_network(struct gate *g, struct asked *a, unsigned n, unsigned family,
				  unsigned byte)
{
	grants = 0;
	for (unsigned i = 0; i < n; i++) {
		a[i] = asked();
		a[i].ticket.address =
			(struct netaddr){.family = (uint8_t)family, .bytes = {8, 8, 4}};
		a[i].ticket.address.bytes[byte] = (uint8_t)i;
		cr_assert_eq(gate_ask(g, &a[i].ticket), 0);
	}
	gate_turn(g, 1000);
	return grants;
}

Test(gate, neighbours_bear_so_much_together)
{
	struct gate_limits limits = {
		.at_once = 10, .saved = 1, .network_at_once = 50, .network_rate = 0};
	static struct asked a[200];
	struct gate *g = gate_new(&limits);

	cr_expect_eq(opened_in_network(g, a, 200, 4, 3), 50, "%u of a /24", grants);
	gate_done(g, &a[0].ticket);
	gate_turn(g, 1010);
	cr_expect_eq(grants, 51, "one has ended, and one more may come");
	gate_free(g);
	g = gate_new(&limits);
	cr_expect_eq(opened_in_network(g, a, 200, 4, 2), 200, "%u of as many /24", grants);
	gate_free(g);
	g = gate_new(&limits);
	cr_expect_eq(opened_in_network(g, a, 200, 6, 9), 50, "%u of a /48", grants);
	gate_free(g);
	g = gate_new(&limits);
	cr_expect_eq(opened_in_network(g, a, 200, 6, 5), 200, "%u of as many /48", grants);
	gate_free(g);
	limits = (struct gate_limits){.at_once = 10, .rate = 20, .saved = 1, .network_rate = 100};
	g = gate_new(&limits);
	unsigned first = opened_in_network(g, a, 200, 4, 3);
	for (unsigned ms = 10; ms <= 1000; ms += 10)
		gate_turn(g, 1000 + ms);
	cr_expect(first <= 2 && grants >= 95 && grants <= 102, "%u, then %u in a second", first,
		  grants);
	gate_free(g);
}

/* One asker, who may have been taken over, says that an address lets all connections time out. */
Test(gate, one_asker_alone_shuts_no_address)
{
	for (unsigned askers = 1; askers <= 2; askers++)
		for (unsigned others = 0; others < 2; others++) {
			struct gate_limits limits = {.at_once = 1, .saved = 1, .askers = askers};
			struct gate *g = gate_new(&limits);
			struct asked a[3];
			for (unsigned i = 0; i < GATE_LATE_MAX; i++) {
				a[0] = asked();
				a[0].ticket.asker = others && i == 7;
				cr_assert_eq(gate_ask(g, &a[0].ticket), 0);
				gate_turn(g, 1000 + i);
				a[0].ticket.late = true;
				gate_done(g, &a[0].ticket);
			}
			for (unsigned i = 0; i < 3; i++) {
				a[i] = asked();
				a[i].ticket.asker = i == 2 ? 9 : 0;
				cr_assert_eq(gate_ask(g, &a[i].ticket), 0);
			}
			gate_turn(g, 2000);
			cr_expect(a[0].granted && !a[0].ticket.vain, "one tries it");
			cr_expect(a[1].granted && a[1].ticket.vain, "who said so is believed");
			cr_expect_eq(a[2].ticket.vain, askers == 1 || others, "%u askers, %u",
				     askers, others);
			gate_free(g);
		}
}

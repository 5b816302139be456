/* Deadlines fire once, at or after their time and never before, however the clock advances. */
#include <criterion/criterion.h>

#include "scanner/base/ring.h"

struct alarm {
	struct ring_entry entry;
	unsigned fired;
	struct ring *again; /* put back when it fires ... */
	uint64_t delay_ms;  /* ... for so much later */
	struct ring_entry *takes_out;
};

static void alarm_fire(struct ring_entry *e)
{
	struct alarm *a = (struct alarm *)e;

	cr_assert_not(ring_waiting(e), "it is out already");
	a->fired++;
	if (a->again != NULL)
		ring_add(a->again, e, e->due_ms + a->delay_ms);
	if (a->takes_out != NULL)
		ring_remove(a->takes_out);
}

static struct alarm alarm_new(void)
{
	return (struct alarm){.entry.fire = alarm_fire};
}

Test(ring, never_early_and_within_one_tick)
{
	static struct ring r;

	for (uint64_t start = 1000000; start < 1000040; start += 7) {
		for (uint64_t delay = 0; delay < 60; delay++) {
			struct alarm a = alarm_new();
			uint64_t now = start;
			ring_init(&r, start);
			ring_add(&r, &a.entry, start + delay);
			while (a.fired == 0 && now < start + 1000)
				ring_advance(&r, ++now);
			cr_assert_geq(now, start + delay);
			cr_assert_leq(now, start + delay + 2 * RING_TICK_MS, "%llu for %llu",
				      (unsigned long long)(now - start), (unsigned long long)delay);
		}
	}
}

Test(ring, further_away_than_once_round)
{
	static struct ring r;
	const uint64_t round = RING_SLOTS * RING_TICK_MS, due = 5 * round + 35;
	struct alarm a = alarm_new();

	ring_init(&r, 0);
	ring_add(&r, &a.entry, due);
	for (uint64_t now = 0; now < due; now += 13)
		ring_advance(&r, now);
	cr_expect_eq(a.fired, 0);
	ring_advance(&r, due + RING_TICK_MS);
	cr_expect_eq(a.fired, 1);
	ring_advance(&r, due + 10 * round);
	cr_expect_eq(a.fired, 1, "once");
}

Test(ring, a_clock_that_leaps_forwards_forgets_nothing)
{
	static struct ring r;
	static struct alarm a[200];

	ring_init(&r, 0);
	for (unsigned i = 0; i < 200; i++) {
		a[i] = alarm_new();
		ring_add(&r, &a[i].entry, i * 777u);
	}
	ring_advance(&r, 1000000000);
	for (unsigned i = 0; i < 200; i++)
		cr_expect_eq(a[i].fired, 1, "number %u", i);
}

Test(ring, moved_removed_and_put_back)
{
	static struct ring r;
	struct alarm moved = alarm_new(), removed = alarm_new(), repeating = alarm_new();
	struct alarm victim = alarm_new(), killer = alarm_new();

	ring_init(&r, 0);
	ring_add(&r, &moved.entry, 50);
	ring_add(&r, &moved.entry, 500);
	ring_add(&r, &removed.entry, 50);
	ring_remove(&removed.entry);
	ring_remove(&removed.entry); /* twice is nothing */
	repeating.again = &r;
	repeating.delay_ms = 100;
	ring_add(&r, &repeating.entry, 100);
	killer.takes_out = &victim.entry; /* both are due in the same tick */
	ring_add(&r, &killer.entry, 60);
	ring_add(&r, &victim.entry, 60);
	for (uint64_t now = 0; now <= 450; now += 10)
		ring_advance(&r, now);
	cr_expect_eq(moved.fired, 0);
	cr_expect_eq(removed.fired, 0);
	cr_expect_eq(victim.fired, 0);
	cr_expect_eq(killer.fired, 1);
	cr_expect_eq(repeating.fired, 4);
	ring_advance(&r, 510);
	cr_expect_eq(moved.fired, 1);
	cr_expect_not(ring_waiting(&moved.entry));
	cr_expect(ring_waiting(&repeating.entry));
}

/* Whoever sleeps until then misses nothing, and wakes up in vain once for what was removed. */
Test(ring, tells_when_it_is_worth_while)
{
	static struct ring r;
	struct alarm soon = alarm_new(), far = alarm_new();
	const uint64_t round = RING_SLOTS * RING_TICK_MS;
	unsigned woken = 0;

	ring_init(&r, 1000);
	cr_expect_eq(ring_next_ms(&r), UINT64_MAX, "nothing waits");
	ring_add(&r, &far.entry, 1000 + 3 * round + 5);
	ring_add(&r, &soon.entry, 4321);
	cr_expect_eq(ring_next_ms(&r), 4330, "a tick later at most");
	ring_remove(&soon.entry);
	for (uint64_t at; (at = ring_next_ms(&r)) != UINT64_MAX; woken++) {
		cr_assert_leq(at, 1000 + 3 * round + 5 + RING_TICK_MS);
		ring_advance(&r, at);
	}
	cr_expect_eq(far.fired, 1);
	cr_expect_eq(soon.fired, 0);
	cr_expect_leq(woken, 6, "once for what was removed, once a round: %u", woken);
}

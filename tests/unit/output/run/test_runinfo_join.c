/* Shards of one scan, described as one run. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "output/run/runinfo.h"

static struct runinfo shard(unsigned number)
{
	return (struct runinfo){
		.vantage = "one",
		.shard = number,
		.shards = 3,
		.started_at_ms = 1000 * number,
		.ended_at_ms = 9000 - 1000 * number,
		.resumed = 1 + number,
		.totals = {100, 5, 15, 80 - 10 * number, 10 * number, number, 7 * number},
		.mx_hosts = {true, 1, 2, 3, 4, 5},
		.completed = true,
		.resolvers_n = 2,
		.resolvers = {{"a", 1, 2, 3, 4, 5, "good"}, {.address = "b", .sent = 9}},
	};
}

Test(runinfo_join, names)
{
	struct runinfo info = {.totals = {.lines = 10, .blank = 3, .comments = 4}};

	cr_expect_eq(runinfo_names(&info), 3);
	info.totals.blank = 6;
	cr_expect_eq(runinfo_names(&info), 0);
	info.totals.blank = 7;
	cr_expect_eq(runinfo_names(&info), 0);
}

Test(runinfo_join, sums)
{
	static struct runinfo whole, other;

	whole = shard(1); /* 70 names elsewhere: 10 are its own */
	other = shard(2); /* 60: 20 */
	other.resolvers[1].address[0] = 'c';
	runinfo_join(&whole, &other);
	cr_expect_eq(whole.totals.lines, 100);
	cr_expect_eq(whole.totals.elsewhere, 50);
	cr_expect_eq(whole.totals.records, 30);
	cr_expect_eq(whole.totals.frames, 3);
	cr_expect_eq(whole.totals.bytes, 21);
	cr_expect_eq(whole.started_at_ms, 1000);
	cr_expect_eq(whole.ended_at_ms, 8000);
	cr_expect_eq(whole.resumed, 2 + 3, "all of them");
	cr_expect_str_eq(whole.vantage, "one");
	cr_expect(whole.completed && whole.mx_hosts.done);
	cr_expect_eq(whole.mx_hosts.hosts, 2);
	cr_expect_eq(whole.mx_hosts.visits, 4);
	cr_expect_eq(whole.mx_hosts.again, 6);
	cr_expect_eq(whole.mx_hosts.refusing, 8);
	cr_expect_eq(whole.mx_hosts.crashed, 10);
	cr_expect_eq(whole.shard + whole.shards, 2);
	cr_assert_eq(whole.resolvers_n, 3);
	const struct runinfo_resolver *r = &whole.resolvers[0];
	cr_expect(r->sent == 2 && r->answered == 4 && r->timeouts == 6 && r->servfail == 8 &&
		  r->refused == 10);
	cr_expect_str_eq(whole.resolvers[1].address, "b");
	cr_expect_eq(whole.resolvers[1].sent, 9);
	cr_expect_str_eq(whole.resolvers[2].address, "c");
}

/* What is not known of one, or is other in one, in either order. */
Test(runinfo_join, what_one_lacks)
{
	static struct runinfo whole, other;

	for (unsigned first = 0; first < 2; first++) {
		struct runinfo *lacks = first == 0 ? &whole : &other;
		whole = shard(3);
		other = shard(2);
		lacks->started_at_ms = lacks->ended_at_ms = 0;
		lacks->completed = lacks->mx_hosts.done = false;
		snprintf(lacks->vantage, sizeof(lacks->vantage), "another");
		runinfo_join(&whole, &other);
		cr_expect_eq(whole.started_at_ms, first == 0 ? 2000 : 3000);
		cr_expect_eq(whole.ended_at_ms, first == 0 ? 7000 : 6000);
		cr_expect(!whole.completed && !whole.mx_hosts.done);
		cr_expect_str_eq(whole.vantage, "several machines");
	}
	whole = shard(3);
	other = shard(2);
	runinfo_join(&whole, &other);
	cr_expect_eq(whole.started_at_ms, 2000, "the first that began");
	cr_expect_eq(whole.ended_at_ms, 7000, "the last that ended");
}

/* Counts that cannot be true of one scan do not become less than nothing. */
Test(runinfo_join, never_below_nothing)
{
	static struct runinfo whole, other;

	whole = shard(1);
	other = shard(2);
	whole.totals.elsewhere = 20;
	runinfo_join(&whole, &other);
	cr_expect_eq(whole.totals.elsewhere, 0);
	whole.totals.elsewhere = 19;
	runinfo_join(&whole, &other);
	cr_expect_eq(whole.totals.elsewhere, 0);
	whole.totals.elsewhere = 5;
	other.totals.elsewhere = 80;
	runinfo_join(&whole, &other);
	cr_expect_eq(whole.totals.elsewhere, 5);
	other.totals.elsewhere = 81;
	runinfo_join(&whole, &other);
	cr_expect_eq(whole.totals.elsewhere, 5);
}

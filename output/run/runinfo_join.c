/* runinfo_join.c - shards of one scan described as one run; see runinfo.h. */
#include "output/run/runinfo.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void runinfo_add_resolver(struct runinfo *whole, const struct runinfo_resolver *r)
{
	unsigned i = 0;

	while (i < whole->resolvers_n && strcmp(whole->resolvers[i].address, r->address) != 0)
		i++;
	if (i == RUNINFO_RESOLVERS_MAX)
		return;
	if (i == whole->resolvers_n) {
		whole->resolvers[whole->resolvers_n++] = *r;
		return;
	}
	struct runinfo_resolver *sum = &whole->resolvers[i];
	sum->sent += r->sent;
	sum->answered += r->answered;
	sum->timeouts += r->timeouts;
	sum->servfail += r->servfail;
	sum->refused += r->refused;
}

uint64_t runinfo_names(const struct runinfo *info)
{
	uint64_t others = info->totals.blank + info->totals.comments;

	return info->totals.lines > others ? info->totals.lines - others : 0;
}

/* Every shard reads all lines and counts those of the others as elsewhere: what this one has is
 * elsewhere no more. */
static void join_totals(struct runinfo *whole, const struct runinfo *shard)
{
	uint64_t names = runinfo_names(shard), other = shard->totals.elsewhere;
	uint64_t own = names > other ? names - other : 0;

	whole->totals.elsewhere -= own < whole->totals.elsewhere ? own : whole->totals.elsewhere;
	whole->totals.records += shard->totals.records;
	whole->totals.frames += shard->totals.frames;
	whole->totals.bytes += shard->totals.bytes;
}

void runinfo_join(struct runinfo *whole, const struct runinfo *shard)
{
	assert(whole != shard);
	join_totals(whole, shard);
	for (unsigned i = 0; i < shard->resolvers_n; i++)
		runinfo_add_resolver(whole, &shard->resolvers[i]);
	if (shard->started_at_ms != 0 &&
	    (whole->started_at_ms == 0 || shard->started_at_ms < whole->started_at_ms))
		whole->started_at_ms = shard->started_at_ms;
	if (shard->ended_at_ms > whole->ended_at_ms)
		whole->ended_at_ms = shard->ended_at_ms;
	whole->resumed += shard->resumed;
	whole->mx_hosts.done = whole->mx_hosts.done && shard->mx_hosts.done;
	whole->mx_hosts.hosts += shard->mx_hosts.hosts;
	whole->mx_hosts.visits += shard->mx_hosts.visits;
	whole->mx_hosts.again += shard->mx_hosts.again;
	whole->mx_hosts.refusing += shard->mx_hosts.refusing;
	whole->mx_hosts.crashed += shard->mx_hosts.crashed;
	if (strcmp(whole->vantage, shard->vantage) != 0)
		snprintf(whole->vantage, sizeof(whole->vantage), "several machines");
	whole->completed = whole->completed && shard->completed;
	whole->shard = whole->shards = 1;
}

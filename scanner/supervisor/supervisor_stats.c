/* supervisor_stats.c - what all workers together did: those that are gone, and those that run. */
#include <assert.h>
#include <stdio.h>

#include "scanner/supervisor/supervisor_parts.h"

/* Counts are summed. The state is the receiver's to choose. */
static void upstream_add(struct message_upstream *to, const struct message_upstream *from)
{
	to->asked += from->asked;
	to->answered += from->answered;
	to->timeouts += from->timeouts;
	to->servfail += from->servfail;
	to->refused += from->refused;
}

static void stats_add(struct message_stats *to, const struct message_stats *from)
{
	to->questions += from->questions;
	to->packets += from->packets;
	to->retries += from->retries;
	to->fetched += from->fetched;
}

void supervisor_keep_stats(struct supervisor *s, const struct crew_worker *w)
{
	assert(!w->running); /* or it would count twice */
	stats_add(&s->past, &w->stats);
	for (unsigned i = 0; i < s->resolvers.n; i++) {
		upstream_add(&s->upstreams[i], &w->upstreams[i]);
		s->upstreams[i].state = w->upstreams[i].state;
	}
}

struct message_stats supervisor_stats(const struct supervisor *s)
{
	struct message_stats sum = s->past;

	for (unsigned k = 0; s->crew != NULL && k < s->options->workers; k++) {
		const struct crew_worker *w = crew_worker(s->crew, k);
		if (!w->running)
			continue;
		stats_add(&sum, &w->stats);
		sum.dns_in_flight += w->stats.dns_in_flight;
		sum.fetches += w->stats.fetches;
	}
	return sum;
}

struct message_upstream supervisor_upstream(const struct supervisor *s, unsigned i)
{
	struct message_upstream sum = s->upstreams[i];

	assert(i < s->resolvers.n);
	for (unsigned k = 0; s->crew != NULL && k < s->options->workers; k++) {
		const struct crew_worker *w = crew_worker(s->crew, k);
		if (!w->running)
			continue;
		upstream_add(&sum, &w->upstreams[i]);
		if (w->upstreams[i].state > sum.state) /* states are in order of trouble */
			sum.state = w->upstreams[i].state;
	}
	return sum;
}

void supervisor_info_resolvers(struct supervisor *s)
{
	s->info->resolvers_n = 0;
	for (unsigned i = 0; i < s->resolvers.n && i < RUNINFO_RESOLVERS_MAX; i++) {
		struct message_upstream u = supervisor_upstream(s, i);
		struct runinfo_resolver *to = &s->info->resolvers[s->info->resolvers_n++];
		snprintf(to->address, sizeof(to->address), "%s", s->resolvers.name[i]);
		snprintf(to->state, sizeof(to->state), "%s",
			 upstream_state_text(u.state, u.asked, u.servfail + u.refused));
		to->sent = u.asked;
		to->answered = u.answered;
		to->timeouts = u.timeouts;
		to->servfail = u.servfail;
		to->refused = u.refused;
	}
	for (size_t i = 0; i < s->resumed.resolvers_n; i++)
		runinfo_add_resolver(s->info, &s->resumed.resolvers[i]);
}

/*
 * supervisor_tell.c - what -v says: who is asked, which limits hold, what changes on the way, and
 * how each resolver did. Nothing of it is in the results. Who wants this wants it beside -q, too.
 */
#include <stdio.h>

#include "output/text/number.h"
#include "scanner/hosts/gate.h"
#include "scanner/supervisor/supervisor_parts.h"

#define TELL_RESOLVERS 32u /* that are named; run.json has them all */
#define TELL_CHANGES 1000u /* a resolver that comes and goes for days must not fill a disk */

/* Whether a change is to be told. */
static bool tell_change(struct supervisor *s)
{
	if (!s->options->verbose || s->told > TELL_CHANGES)
		return false;
	if (s->told++ < TELL_CHANGES)
		return true;
	supervisor_alert(s, "%u changes have been told; no more are", TELL_CHANGES);
	return false;
}

/* ---- at the start ------------------------------------------------------------------------ */

static void tell_resolvers(struct supervisor *s)
{
	const struct scan_options *o = s->options;
	bool ours = o->resolver_args_n == 0 && o->resolvers_file == NULL;

	supervisor_alert(s, "%s resolver%s%s", number_grouped(s->resolvers.n).s,
			 s->resolvers.n == 1 ? "" : "s", ours ? ", this system's" : "");
	for (unsigned i = 0; i < s->resolvers.n && i < TELL_RESOLVERS; i++)
		supervisor_alert(s, "  %s", s->resolvers.name[i]);
	if (s->resolvers.n > TELL_RESOLVERS)
		supervisor_alert(s, "  and %s more",
				 number_grouped(s->resolvers.n - TELL_RESOLVERS).s);
}

/* "20 new connections a second", or that there is no limit. */
static struct number tell_rate(double rate)
{
	struct number n;

	if (rate > 0)
		snprintf(n.s, sizeof(n.s), "%.10g", rate);
	else
		snprintf(n.s, sizeof(n.s), "any number of");
	return n;
}

void supervisor_tell_start(struct supervisor *s, unsigned fetch_slots)
{
	const struct scan_options *o = s->options;

	if (!o->verbose)
		return;
	tell_resolvers(s);
	supervisor_alert(s, "%s questions a second in total, %g s for an answer, %u repetitions",
			 tell_rate(o->dns_rate).s, o->timeout_dns_ms / 1000.0, o->retries);
	supervisor_alert(s,
			 "a policy-host address gets %s new connections a second and %u at a time; "
			 "%g s for a "
			 "policy",
			 tell_rate(o->host_rate).s, o->host_concurrency,
			 o->timeout_fetch_ms / 1000.0);
	supervisor_alert(
		s,
		"%u workers, each with %s names in flight (%s of them asked about) and %u fetches",
		o->workers, number_grouped(o->concurrency).s,
		number_grouped(scan_asking(o->concurrency)).s, fetch_slots);
	supervisor_alert(s, "CA certificates: %s",
			 o->ca_file != NULL ? o->ca_file : "this system's");
	if (o->shards > 1)
		supervisor_alert(s, "shard %u of %u", o->shard, o->shards);
	supervisor_alert(s, "seed %llu", (unsigned long long)o->seed);
}

/* ---- on the way -------------------------------------------------------------------------- */

void supervisor_tell_resolver(struct supervisor *s, unsigned i, const char *trouble)
{
	if (tell_change(s))
		supervisor_alert(s, "resolver %s %s%s", s->resolvers.name[i],
				 trouble != NULL ? "is " : "answers again",
				 trouble != NULL ? trouble : "");
}

void supervisor_tell_worker(struct supervisor *s, const struct crew_worker *w)
{
	if (tell_change(s))
		supervisor_alert(s, "worker %u ended (%s %d); its lines go to others", w->index,
				 w->exit_signal != 0 ? "signal" : "exit status",
				 w->exit_signal != 0 ? w->exit_signal : w->exit_status);
}

void supervisor_tell_host(void *user, const struct netaddr *address, bool shut)
{
	struct supervisor *s = user;
	char text[NETADDR_TEXT_MAX];

	if (!tell_change(s))
		return;
	netaddr_text(address, text);
	if (shut)
		supervisor_alert(
			s,
			"policy host %s is passed over: %u connections in a row timed out; "
			"one at a "
			"time still tries",
			text, GATE_LATE_MAX);
	else
		supervisor_alert(s, "policy host %s answers again", text);
}

/* ---- at the end -------------------------------------------------------------------------- */

void supervisor_tell_end(struct supervisor *s)
{
	if (!s->options->verbose)
		return;
	for (unsigned i = 0; i < s->resolvers.n && i < TELL_RESOLVERS; i++) {
		struct message_upstream u = supervisor_upstream(s, i);
		supervisor_alert(s,
				 "resolver %s: %s asked, %s answered, %s timeouts, %s SERVFAIL, %s "
				 "REFUSED; %s",
				 s->resolvers.name[i], number_grouped(u.asked).s,
				 number_grouped(u.answered).s, number_grouped(u.timeouts).s,
				 number_grouped(u.servfail).s, number_grouped(u.refused).s,
				 upstream_state_text(u.state, u.asked, u.servfail + u.refused));
	}
	if (s->gated_most > 0)
		supervisor_alert(s,
				 "up to %s fetches waited at a time for their policy host's turn "
				 "(--host-rate, "
				 "--host-concurrency)",
				 number_grouped(s->gated_most).s);
}

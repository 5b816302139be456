/*
 * supervisor_hung.c - told from each other: a worker that stands still, and one that is only slow.
 * And one that speaks but does not work: it keeps its lines, or does not leave when it is told to.
 *
 * A worker speaks every 250 ms, also between two pieces of long work. One that says nothing any
 * more either waits for something that will not come, or computes, or waits for a processor that
 * others have. Processor time tells: who stands still uses none. What computes and says nothing is
 * one single piece of work; none is known that lasts a second, but an endless loop does.
 */
#include <time.h>

#include "scanner/base/status.h"
#include "scanner/options/share.h"
#include "scanner/supervisor/haste.h"
#include "scanner/supervisor/supervisor_parts.h"

#define HEARTBEAT_LOST_MS haste_limit(20000, 2000, 1000)
#define COMPUTING_MAX_MS haste_limit(60000, 5000, 5000) /* processor time since its last word */
#define LEAVING_MAX_MS haste_limit(15000, 3000, 1000)	/* told to leave, with nothing left to do */
#define KEPT_MS haste_limit(900000, 12000, 1500)	/* not one record of all the lines it has */
#define KEPT_MAX_MS 21600000u			    /* ... while hosts or rates are waited for */
#define OLD_MS haste_limit(21600000, 600000, 12000) /* a chunk that is not done, rates aside */
#define KEPT_IN_ALL_MS haste_limit(43200000, 120000, 10000) /* then it is not the lines */
#define ASKED_A_LINE 12u      /* questions; repeated --retries times */
#define FETCHES_A_LINE 8u     /* four addresses, each twice */
#define SILENT_MAX_MS 600000u /* whatever it did meanwhile */
#define STANDSTILL_SHARE 100u /* who used less than this part of the time stands still */
#define LATE_MS 2000u	      /* the supervisor itself was held up */

/* Processor time of a process, ms; 0 when the system does not say, as if it stood still. */
static uint64_t hung_cpu_ms(int pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Lines may wait long for a rate or for a host's turn, of which the gate knows; not for ever. */
uint64_t supervisor_kept_ms(const struct scan_options *o, const struct crew_worker *w, uint64_t now)
{
	uint64_t kept_ms = now - w->delivered_ms;
	double rate = o->dns_rate / o->workers;
	bool waits = (rate > 0 && rate < 1) || w->ungranted > 0;

	return w->out > 0 && kept_ms > (waits ? KEPT_MAX_MS : KEPT_MS) ? kept_ms : 0;
}

bool supervisor_kept_too_long(uint64_t kept_in_all_ms)
{
	return kept_in_all_ms > KEPT_IN_ALL_MS;
}

/* How long a chunk may be at one worker that delivers others: as long as the rates allow that all
 * of its lines wait for, and a while. */
static uint64_t old_max_ms(const struct supervisor *s)
{
	const struct share share = share_of(s->options);
	double rate = share.dns_rate / s->options->workers, ms = 0;

	if (rate > 0)
		ms += ASKED_A_LINE * (s->options->retries + 1) * 1000.0 / rate;
	if (share.hosts.rate > 0)
		ms += FETCHES_A_LINE * 1000.0 / share.hosts.rate;
	ms *= supervisor_out_max(s);
	return OLD_MS + (ms < KEPT_MAX_MS * 100.0 ? (uint64_t)ms : KEPT_MAX_MS * 100ull);
}

static void condemn_for_keeping(struct supervisor *s, struct crew_worker *w, uint64_t kept_ms)
{
	if (w->condemned) /* its end is on the way */
		return;
	s->kept_ms += kept_ms;
	crew_condemn(w);
}

/* One that delivers a line now and then, and keeps the rest. Held up ourselves for so long, we
 * count none of that. */
static void look_for_old(struct supervisor *s, uint64_t now, uint64_t held_up_ms)
{
	uint64_t max = old_max_ms(s);

	for (size_t i = 0; i < s->ledger.n; i++) {
		struct chunk *c = s->ledger.v[i];
		struct crew_worker *w = c->holder;
		c->given_ms += held_up_ms;
		if (w != NULL && !w->ending && now > c->given_ms + max)
			condemn_for_keeping(s, w, now - c->given_ms);
	}
}

static bool is_hung(uint64_t silent_ms, uint64_t used_ms)
{
	if (silent_ms <= HEARTBEAT_LOST_MS)
		return false;
	return used_ms < silent_ms / STANDSTILL_SHARE || used_ms > COMPUTING_MAX_MS ||
	       silent_ms > SILENT_MAX_MS;
}

bool supervisor_worker_hung(struct crew_worker *w, uint64_t now, uint64_t before, bool late)
{
	uint64_t cpu_ms = hung_cpu_ms(uv_process_get_pid(&w->process));

	if (late)
		w->heard_ms = now;
	if (!late && w->heard_ms < before)
		return is_hung(now - w->heard_ms, cpu_ms - w->heard_cpu_ms);
	w->heard_cpu_ms = cpu_ms;
	return false;
}

void supervisor_look_for_hung(struct supervisor *s)
{
	uint64_t now = uv_now(&s->loop), before = s->looked_ms;
	bool late = now - before > LATE_MS; /* we were stopped, or blocked by a slow reader */

	s->looked_ms = now;
	for (unsigned i = 0; i < s->options->workers; i++) {
		struct crew_worker *w = crew_worker(s->crew, i);
		if (w->running && w->exited && now - w->exited_ms > LEAVING_MAX_MS)
			crew_give_up_pipe(w);
		if (!w->running || w->exited)
			continue;
		if (late)
			w->told_ms = w->delivered_ms = now;
		uint64_t kept_ms = supervisor_kept_ms(s->options, w, now);
		if (w->ending && now - w->told_ms > LEAVING_MAX_MS)
			crew_kill(w);
		else if (!w->ending && kept_ms > 0)
			condemn_for_keeping(s, w, kept_ms);
		if (supervisor_worker_hung(w, now, before, late))
			crew_condemn(w);
	}
	look_for_old(s, now, late && before > 0 ? now - before : 0);
	if (supervisor_kept_too_long(s->kept_ms))
		supervisor_fail(
			s, CMD_FAILURE,
			"workers keep their lines, whichever they are; the run can be resumed");
}

/* upstream.c - see upstream.h. */
#include "scanner/dns/upstream.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_START 32.0
#define WINDOW_MIN 4.0
#define EPOCH_MS 200u
#define EPOCH_BAD_MIN 12u /* fewer failures than this are no burst: zones break by themselves */
#define SILENT_MIN 8u	  /* unanswered in a row before silence means anything */
#define FAILING_PAUSE_MS 5000u
#define TCP_WINDOW_MAX 256u
#define TCP_GROW_EVERY 8u /* answers */
#define TCP_BROKEN_MAX 16u

void upstream_init(struct upstream *u, const char *name, uint64_t now_ms)
{
	*u = (struct upstream){
		.window = WINDOW_START,
		.threshold = 1e9,
		.epoch_ms = now_ms,
		.canary_due_ms = now_ms,
		.tcp_window = TCP_WINDOW_MAX,
	};
	snprintf(u->name, sizeof(u->name), "%s", name);
}

/* Ends an epoch: cut the window after a burst of failures; pause an upstream that does nothing
 * else. */
static void upstream_epoch(struct upstream *u, uint64_t now_ms)
{
	uint32_t good = u->epoch_good, bad = u->epoch_bad;

	if (now_ms - u->epoch_ms < EPOCH_MS)
		return;
	u->epoch_ms = now_ms;
	u->epoch_good = u->epoch_bad = 0;
	if (bad < EPOCH_BAD_MIN || bad * 2 < good)
		return;
	u->window *= 0.7;
	if (u->window < WINDOW_MIN)
		u->window = WINDOW_MIN;
	u->threshold = u->window;
	if (bad > 19 * good && u->window <= WINDOW_MIN && u->stats.state == UPSTREAM_GOOD) {
		u->stats.state = UPSTREAM_FAILING;
		u->canary_due_ms = now_ms + FAILING_PAUSE_MS;
	}
}

void upstream_good(struct upstream *u, unsigned room, uint64_t now_ms)
{
	u->last_answer_ms = now_ms;
	u->silent_since_answer = 0;
	u->epoch_good++;
	if (u->window < u->threshold)
		u->window += 1;
	else
		u->window += 1 / u->window;
	if (u->window > room)
		u->window = room;
	upstream_epoch(u, now_ms);
}

void upstream_heard(struct upstream *u, uint64_t now_ms)
{
	u->last_answer_ms = now_ms;
	u->silent_since_answer = 0;
}

void upstream_bad(struct upstream *u, uint64_t now_ms)
{
	u->last_answer_ms = now_ms;
	u->silent_since_answer = 0;
	u->epoch_bad++;
	upstream_epoch(u, now_ms);
}

void upstream_silent(struct upstream *u, uint64_t now_ms, uint32_t timeout_ms)
{
	u->silent_since_answer++;
	u->epoch_bad++;
	upstream_epoch(u, now_ms);
	if (u->stats.state == UPSTREAM_GOOD && u->silent_since_answer >= SILENT_MIN &&
	    now_ms - u->last_answer_ms > 2 * (uint64_t)timeout_ms) {
		u->stats.state = UPSTREAM_SILENT;
		u->canary_due_ms = now_ms;
		u->window = WINDOW_START;
		u->threshold = 1e9;
	}
}

bool upstream_open(const struct upstream *u, unsigned room)
{
	return u->stats.state == UPSTREAM_GOOD && u->stats.in_flight < (uint32_t)u->window &&
	       u->stats.in_flight < room;
}

void upstream_tcp_sent(struct upstream *u, struct question *q)
{
	q->tcp_first = u->tcp_in_flight == 0;
	q->tcp_cuts = u->tcp_cuts;
	u->tcp_in_flight++;
}

void upstream_tcp_answer(struct upstream *u)
{
	assert(u->tcp_in_flight > 0);
	u->tcp_in_flight--;
	if (++u->tcp_answers % TCP_GROW_EVERY == 0 && u->tcp_window < TCP_WINDOW_MAX)
		u->tcp_window++;
}

bool upstream_tcp_failed(struct upstream *u, struct question *q, bool closed)
{
	assert(u->tcp_in_flight > 0);
	bool alone = --u->tcp_in_flight == 0 && q->tcp_first && q->tcp_cuts == u->tcp_cuts;

	if (!closed)
		return false;
	if (q->tcp_cuts == u->tcp_cuts) { /* the first to tell of this connection */
		u->tcp_cuts++;
		if (u->tcp_window > u->tcp_answers)
			u->tcp_window = u->tcp_answers > 0 ? u->tcp_answers : 1;
		u->tcp_answers = 0;
	}
	return !alone && ++q->tcp_broken <= TCP_BROKEN_MAX;
}

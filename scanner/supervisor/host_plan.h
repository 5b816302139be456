/*
 * host_plan.h - which of many MX hosts is visited next, and how hard one operator is hit.
 *
 * Hosts wait in a queue a pace key (the operator's domain): so many visits at a time and so many
 * new ones a second. A host that says "later" (4xx) is visited again after a pause, behind all that
 * is fresh. Before anybody has greeted us few are tried at a time (host_canary.h).
 *
 * Pure: no process and no socket, and the clock is the caller's. Who visits is the caller's
 * matter, too.
 */
#ifndef MTASWEEP_HOST_PLAN_H
#define MTASWEEP_HOST_PLAN_H

#include "output/record/record.h"
#include "scanner/supervisor/host_canary.h"

#define PLAN_UNPROVEN 8u /* visits at a time before the first greeting */
#define PLAN_NONE 0xffffffffu

struct host_plan;

struct host_plan_config {
	unsigned at_once; /* visits */
	/* Of one pace key, above 0. Below 1: one, after which the operator is left alone until
	 * that many are under way on the average. */
	double key_at_once;
	double key_rate;   /* new ones a second, of one pace key */
	unsigned retries;  /* after 4xx */
	uint32_t retry_ms; /* pause before the first; then four times as long */
};

struct host_plan_totals {
	unsigned hosts, over, active;
	unsigned visits;  /* connections */
	unsigned retried; /* hosts' further visits */
	unsigned blocked; /* hosts that refuse us */
	unsigned crashed; /* given up because their worker dies of them */
};

/* names[n] and keys[n] outlive the plan; keys are compared as text. NULL without memory. */
struct host_plan *host_plan_new(const struct host_plan_config *config, const struct span *keys,
				unsigned n, uint64_t now_ms);
void host_plan_free(struct host_plan *p);
/* Time goes on: pauses end. */
void host_plan_turn(struct host_plan *p, uint64_t now_ms);
/* Until when host_plan_next() gives no host; UINT64_MAX: until one is back. It may be too early. */
uint64_t host_plan_due_ms(const struct host_plan *p);
/* A host that may be visited now, which is under way from here on; PLAN_NONE. */
unsigned host_plan_next(struct host_plan *p);
/* It was visited. True: that is its last word; false: it will be visited again. *believed: what
 * was doubted so far may be believed. */
bool host_plan_done(struct host_plan *p, unsigned host, const struct record_mx_host *h,
		    bool *believed);
/* Whoever visited it is gone: it waits again, as if it had not been begun. */
void host_plan_back(struct host_plan *p, unsigned host);
/* It is given up, because whoever visits it dies. */
void host_plan_crashed(struct host_plan *p, unsigned host);
/* All are over. */
bool host_plan_over(const struct host_plan *p);
const struct host_plan_totals *host_plan_totals(const struct host_plan *p);
const struct host_canary *host_plan_canary(const struct host_plan *p);

#endif

/*
 * host_run.h - visits many MX hosts, each once, and no harder than one operator bears.
 *
 * Hosts wait in a queue a pace key (the operator's domain): so many visits at a time and so many
 * new ones a second. A host that says "later" (4xx) is visited again after a pause, behind all that
 * is fresh. Before anybody has greeted us, our own way out may be closed: then few are tried, and
 * when none of PROOF_KEYS operators answers the run stops, and nobody is blamed.
 *
 * Runs on the loop of an engine, and is told to go on once a turn.
 */
#ifndef MTASWEEP_HOST_RUN_H
#define MTASWEEP_HOST_RUN_H

#include "output/record/record.h"
#include "scanner/worker/engine.h"

#define PROOF_KEYS 24u	/* operators that do not answer, one after the other */
#define PROOF_VISITS 8u /* at a time before the first greeting */

struct host_run;

struct host_run_config {
	struct engine *engine;
	unsigned at_once;     /* visits */
	unsigned key_at_once; /* of one pace key */
	double key_rate;      /* new ones a second, of one pace key */
	unsigned retries;     /* after 4xx */
	uint32_t retry_ms;    /* pause before the first; then four times as long */
	/* A host is done. Its evidence dies when this returns. */
	void (*done)(void *user, unsigned host, const struct record_mx_host *h);
	void *user;
};

struct host_run_totals {
	unsigned hosts, over, visits, retried;
	bool proven; /* somebody has greeted us */
	bool egress; /* stopped: nobody does */
};

/* names[n] and the keys outlive the run; keys are compared as text. NULL without memory. */
struct host_run *host_run_new(const struct host_run_config *config, const char *const *names,
			      const struct span *keys, unsigned n);
/* Nothing may be under way in the engine any more. */
void host_run_free(struct host_run *r);
/* Once a turn of the loop. True: all hosts are over. */
bool host_run_turn(struct host_run *r, uint64_t now_ms, int64_t wall_s);
bool host_run_failed(const struct host_run *r); /* no memory */
const struct host_run_totals *host_run_totals(const struct host_run *r);

#endif

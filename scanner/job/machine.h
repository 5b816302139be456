/*
 * machine.h - the job machine: drives every name from its line to its judged record.
 *
 * One job per name from a pool: the pool is the limit of names in flight, and an empty pool is the
 * back-pressure. A name that waits for its policy host, which may take minutes, does not count
 * among those that are asked about, so it takes nothing from the others until the pool is full of
 * such. States and their successors are in job_states.def; one
 * function changes a state and asserts the edge. Callbacks of the resolver, the fetcher and the
 * gate only record and put the job on the ready list; machine_turn() drains it, once per turn of
 * the loop, so nothing re-enters.
 *
 * Knows no sockets and no clock of its own: resolver, fetcher, gate and time are given.
 */
#ifndef MTASWEEP_MACHINE_H
#define MTASWEEP_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "output/base/arena.h"
#include "output/record/record.h"
#include "scanner/fetch/fetcher.h"
#include "scanner/hosts/gate.h"
#include "scanner/judge/judge.h"
#include "scanner/hosts/reach.h"
#include "scanner/dns/resolver.h"
#include "scanner/base/ring.h"

struct machine;
struct host_env; /* host_task.h */

struct machine_config {
	unsigned jobs;	    /* names in flight */
	unsigned asking;    /* of them, at most so many with questions under way */
	bool all_addresses; /* where one address of a policy host fails, the others are seen, too */
	bool lean;	    /* MX only where something is published */
	bool thorough;	    /* the policy also where no sender would ask for it */
	uint32_t fetch_timeout_ms; /* one attempt; no other begins after so long in all of them */
	unsigned fetch_retries;	   /* after 5xx and broken connections */
	const struct judge_config *judge;
	const struct reach *reach;
	struct resolver *resolver;
	struct fetcher *fetcher;
	struct gate_door *gate;
	const struct host_env *hosts; /* NULL: MX hosts are neither looked up nor visited */
	struct ring *ring;
	/* The record is done; it and its arena are reused when this returns. */
	void (*finished)(void *user, const struct record *r);
	void *finished_user;
};

/* One line of the input; copied by machine_submit(). */
struct machine_input {
	uint64_t line;
	struct span text;
	int64_t rank; /* -1 null */
	struct span tag;
	bool too_long;
};

/* NULL without memory. */
struct machine *machine_new(const struct machine_config *config);
/* No job may be under way in resolver or fetcher any more. */
void machine_free(struct machine *m);

/* How many names may begin now. machine_submit() needs one. */
unsigned machine_room(const struct machine *m);
unsigned machine_active(const struct machine *m);
void machine_submit(struct machine *m, const struct machine_input *in);
/* now: monotonic milliseconds; wall: Unix milliseconds. */
void machine_turn(struct machine *m, uint64_t now_ms, int64_t wall_ms);
/* True after memory ran out: records can no longer be trusted to be complete, stop. */
bool machine_failed(const struct machine *m);

/* How many names are in each stage now, for progress. */
struct machine_stats {
	unsigned asking, fetching, gated;
};
void machine_stats(const struct machine *m, struct machine_stats *out);

#endif

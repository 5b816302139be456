/*
 * host_slots.h - the MX hosts that a worker has in hand: each is looked up and visited in a slot of
 * its own. Runs on the loop of an engine and is told to go on once a turn.
 */
#ifndef MTASWEEP_HOST_SLOTS_H
#define MTASWEEP_HOST_SLOTS_H

#include "output/record/record.h"
#include "scanner/job/host_task.h"

struct host_slots;

struct host_slots_config {
	const struct host_env *env;
	unsigned n; /* slots */
	/* What it showed; dies when this returns. */
	void (*done)(void *user, uint64_t line, const struct record_mx_host *h);
	void *user;
};

/* NULL without memory. */
struct host_slots *host_slots_new(const struct host_slots_config *config);
/* Nothing may be under way in the environment any more. */
void host_slots_free(struct host_slots *s);
unsigned host_slots_room(const struct host_slots *s);
unsigned host_slots_active(const struct host_slots *s);
/* There must be room. 0, or -1 without memory. */
int host_slots_start(struct host_slots *s, uint64_t line, struct span host, bool only_secure);
void host_slots_turn(struct host_slots *s, int64_t wall_s);
bool host_slots_failed(const struct host_slots *s); /* no memory */

#endif

/*
 * engine.h - everything one worker needs to scan names, wired to a libuv loop: transport, resolver,
 * fetcher, job machine, and the order in which they take their turns.
 *
 * The same object runs inside a worker process (worker.c), in the calling process for `check`, and
 * in tests. It knows nothing of where lines come from and where records go.
 */
#ifndef MTASWEEP_ENGINE_H
#define MTASWEEP_ENGINE_H

#include <uv.h>

#include "output/base/errmsg.h"
#include "scanner/job/machine.h"
#include "scanner/options/scan_options.h"

struct engine;

struct engine_config {
	const struct scan_options *options; /* must outlive the engine */
	const struct resolver_list *resolvers;
	struct reach *reach; /* learns this network's NAT64 prefix */
	struct gate_door *gate;
	struct gate_door *smtp_gate; /* of MX hosts; where options ask for them */
	bool curious;		     /* see host_task.h */
	bool names_only;	     /* leave the MX hosts of names alone, whatever options say */
	unsigned smtp_slots;	     /* visits at a time; 0: SMTP_SLOTS of engine.c */
	unsigned jobs, asking, fetch_slots; /* the first two: see machine.h */
	bool all_addresses, thorough;	    /* see machine.h */
	double dns_rate;		    /* this engine's share */
	bool wait_for_resolver;		    /* resolver.h, wait_for_first */
	uint64_t seed;
	void (*finished)(void *user, const struct record *r);
	/* Called once per turn of the loop, before questions are sent: submit lines while there is
	 * room. */
	void (*turn)(void *user);
	/* Called between pieces of work, of which a turn of the loop may have many; may be NULL. */
	void (*pulse)(void *user);
	void *user;
};

/* NULL and err when something cannot be had (CA certificates, memory). Files are read here, none
 * later. */
struct engine *engine_new(uv_loop_t *loop, const struct engine_config *config, struct errmsg *err);
/* What is under way is dropped; handles close in the next turns of the loop. */
void engine_free(struct engine *e);

/* False while it is not known yet whom an address may lead to: begin no name before. */
bool engine_settled(const struct engine *e);
struct machine *engine_machine(struct engine *e);
struct resolver *engine_resolver(struct engine *e);
/* Whether a resolver was dropped because it does not validate DNSSEC, which --dane needs; err says
 * it for the person who named it. */
bool engine_insecure(const struct engine *e, struct errmsg *err);
/* For MX hosts that no name asks for; only where the options ask for MX hosts. */
const struct host_env *engine_hosts(const struct engine *e);
unsigned engine_visits(const struct engine *e); /* of MX hosts, under way */
/* What is said at EHLO; empty where nobody is visited. */
const char *engine_ehlo(const struct engine *e);
unsigned engine_fetches(const struct engine *e); /* under way */
uint64_t engine_fetched(const struct engine *e); /* done */
/* Smallest DNS receive buffer that the kernel granted, bytes; 0 before the first question. */
size_t engine_receive_buffer(const struct engine *e);
/* Monotonic milliseconds of this turn. */
uint64_t engine_now(const struct engine *e);

#endif

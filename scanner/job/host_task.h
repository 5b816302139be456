/*
 * host_task.h - what is to be known of one MX host: its addresses, its TLSA records, and how it
 * does STARTTLS at each address (RFC 8461 4.2, RFC 7672).
 *
 * Asks resolver, gate and prober of its environment; like a job it only records in callbacks, tells
 * its owner that there is something to do, and goes on when the owner calls host_task_step(). Knows
 * nothing of names: a name's hosts (job_mx.c) and a list of hosts use it alike.
 */
#ifndef MTASWEEP_HOST_TASK_H
#define MTASWEEP_HOST_TASK_H

#include "output/base/arena.h"
#include "output/record/record.h"
#include "scanner/dns/resolver.h"
#include "scanner/hosts/gate.h"
#include "scanner/hosts/reach.h"
#include "scanner/probe/prober.h"

#define HOST_ADDRESSES 16u /* of a host, kept */
#define HOST_VISITS_MAX 8u /* addresses that are visited */

/* The same for all hosts; outlives them. */
struct host_env {
	struct resolver *resolver;
	const struct reach *reach;
	struct gate_door *gate; /* of addresses, for SMTP alone */
	struct prober *prober;	/* NULL: nobody is visited */
	bool dane;		/* ask for TLSA, where it is secure */
	bool curious;		/* ask for TLSA where it cannot count, too; visit every address */
};

enum host_question { HOST_Q_A, HOST_Q_AAAA, HOST_Q_TLSA, HOST_Q_COUNT, HOST_Q_ALIAS = HOST_Q_TLSA };

enum host_state {
	HOST_LOCATING, /* A and AAAA */
	HOST_ALIAS,    /* is the host's own CNAME secure? */
	HOST_TLSA,
	HOST_GATED, /* waits for leave to visit an address */
	HOST_READY, /* leave is given; a slot may be missing */
	HOST_VISITING,
	HOST_VISITED,
	HOST_OVER,
};

struct host_task {
	/* Set by the owner before host_task_start(). */
	const struct host_env *env;
	struct arena *arena;
	struct record_mx_host *out; /* host is set */
	bool only_secure;	    /* visit it only when its TLSA records are secure */
	struct span next_hop; /* a further name for DANE-TA, when the MX RRset is secure; or null */
	void (*ready)(struct host_task *t); /* there is something to do: call host_task_step() */

	/* Its own. */
	enum host_state state;
	bool failed; /* no memory */
	unsigned outstanding;
	struct question questions[HOST_Q_COUNT];
	const char *name;
	enum dns_outcome address_dns[2];
	bool address_ad[2];
	struct netaddr addresses[HOST_ADDRESSES];
	unsigned addresses_n, address_at;
	struct span candidates[2]; /* TLSA base domains to ask for, in order */
	unsigned candidates_n, candidate_at;
	bool may_be_secure; /* the addresses are: TLSA counts */
	struct tlsa tlsa[PROBE_TLSA_MAX];
	unsigned tlsa_n;
	struct gate_ticket ticket;
	struct probe probe;
	struct probe_result visit;
	int dane_seen; /* enum dane of the visits so far, -1 */
	bool no_tls_seen;
};

void host_task_start(struct host_task *t);
/* wall_s: Unix seconds. False: it waits for something; true: it is over, out is filled in. */
bool host_task_step(struct host_task *t, int64_t wall_s);
/* True when it waits for a slot of the prober: to be stepped again in each turn. */
static inline bool host_task_wants_slot(const struct host_task *t)
{
	return t->state == HOST_READY;
}

/* host_visit.c: picks the next address, or ends it; starts and reads visits. */
void host_visit_begin(struct host_task *t);
void host_visit_start(struct host_task *t);
void host_visit_done(struct host_task *t, int64_t wall_s);

#endif

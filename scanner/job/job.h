/*
 * job.h - one name under way, and the machine as its jobs see it. Private to job/: machine.c
 * decides which step is next, job_dns.c and job_fetch.c carry it out, job.c begins and ends.
 */
#ifndef MTASWEEP_JOB_H
#define MTASWEEP_JOB_H

#include "parsers/name.h"
#include "scanner/job/machine.h"

#define JOB_ARENA_FIRST 3072u	 /* a usual answer of each kind; an MX host is 408 bytes */
#define JOB_ARENA_MAX (2u << 20) /* a full answer of each kind, a full body, and the judge */
#define JOB_ADDRESSES 16u	 /* of a policy host, kept */
#define JOB_ALIASES_MAX 8u	 /* targets of aliases that are asked for */
#define JOB_ATTEMPTS 4u		 /* addresses tried before the fetch counts as failed */

enum job_state {
#define STATE(name, next) JOB_##name,
#include "scanner/job/job_states.def"
#undef STATE
	JOB_STATES
};

/* Which question; the first three are asked for every name. */
enum job_question {
	JOB_Q_STS,
	JOB_Q_TLSRPT,
	JOB_Q_MX,
	JOB_Q_HOST_A,
	JOB_Q_HOST_AAAA,
	JOB_Q_COUNT,
	JOB_Q_OWN_A =
		JOB_Q_STS, /* the domain's own addresses: asked when the first three are done */
	JOB_Q_OWN_AAAA = JOB_Q_TLSRPT,
};

/*
 * Which of the questions that every name gets are under way. MX goes first, alone: it teaches the
 * resolver the delegation, which the others then find in its cache, and where the registry denies
 * the name it answers them, too. Where it fails the zone is probably lame, and each question would
 * cost the resolver the same walk: FAILING asks on with TXT _mta-sts, which the verdict needs.
 */
enum job_step {
	JOB_STEP_FIRST,
	JOB_STEP_FAILING,
	JOB_STEP_LAST,
};

struct job {
	struct list_item item; /* free list, ready list or waiting for a slot */
	struct machine *machine;
	enum job_state state;
	bool queued; /* on the ready list */
	enum job_step step;
	unsigned outstanding; /* questions not answered yet */
	uint64_t started_ms;
	uint64_t attempt_started_ms, fetching_ms; /* of the one under way; all that are over */
	struct arena arena;
	struct record record;
	struct question questions[JOB_Q_COUNT];

	const char *policy_host;       /* "mta-sts." and the domain */
	uint8_t followed[JOB_Q_COUNT]; /* aliases that this question went behind */
	uint8_t host_chain;	       /* the question whose aliases policy.cname shows */
	enum dns_outcome host_outcome[2], own_outcome[2];
	struct netaddr addresses[JOB_ADDRESSES]; /* may be contacted, in the order to be tried */
	unsigned addresses_n, address_at, attempts, retries;
	struct record_policy attempt; /* the one under way */
	struct fetch fetch;
	struct gate_ticket ticket;
	struct ring_entry pause;
	struct list alike;	/* jobs of the same name, in state ALIKE; job_again.c's */
	struct job_host *hosts; /* in the arena, one an MX host; job_mx.c's */
	unsigned hosts_started, hosts_over;
};

struct machine {
	struct machine_config config;
	uint64_t now_ms;
	int64_t wall_ms;
	struct again *again;
	bool failed;
	unsigned active, made; /* jobs from `made` on were never used */
	unsigned in_state[JOB_STATES];
	struct list free, ready, slot_wait;
	struct list host_wait; /* jobs with an MX host that waits for a slot of the prober */
	struct job jobs[];
};

/* The only way a state changes; asserts the edge. */
void job_enter(struct job *j, enum job_state next);
/* To be looked at in this turn. */
void job_ready(struct job *j);
/* Our failure: the record is dropped, the run must stop. */
void job_no_memory(struct job *j);
/* Copies the line into the record. False when there is nothing to look up. */
bool job_begin(struct job *j, const struct machine_input *in);
/* Judges the record, hands it over, gives the job back to the pool. */
void job_finish(struct job *j);

/* job_dns.c: puts the questions of a stage and takes their answers. */
void job_ask_first(struct job *j);
bool job_ask_next(struct job *j); /* the next of those that every name gets; false: none is left */
void job_ask_more(struct job *j); /* may ask nothing: then outstanding stays 0 */
void job_gather(struct job *j);	  /* after them: address outcomes into the record */
/* job_fetch.c */
bool job_wants_policy(const struct job *j);
void job_next_address(struct job *j); /* to GATED, or leaves the state alone when none is left */
bool job_start_fetch(struct job *j);  /* false: no slot */
void job_fetched(struct job *j);      /* after an attempt: next address, pause, or done */

/* job_mx.c */
/* Everything about the policy is known: visits the MX hosts if that is wanted, else the name is
 * done. */
void job_conclude(struct job *j);
void job_step_hosts(struct job *j); /* may finish it */

#endif

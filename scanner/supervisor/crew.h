/*
 * crew.h - the worker processes of a scan: started, spoken to, watched, replaced.
 *
 * A worker that dies takes nothing with it: the owner is told and hands its lines to another.
 * Nothing a worker says is trusted further than its bounds; one that speaks nonsense is killed.
 */
#ifndef MTASWEEP_CREW_H
#define MTASWEEP_CREW_H

#include <uv.h>

#include "output/base/errmsg.h"
#include "scanner/hosts/gate.h"
#include "scanner/pipe/message.h"

struct crew;

/* One ticket of a worker at the supervisor's gate. */
struct crew_ticket {
	struct gate_ticket gate;
	struct crew_worker *worker;
	uint32_t id;
	bool granted; /* and not given back */
};

struct crew_worker {
	struct crew *crew;
	unsigned index;
	uv_process_t process;
	struct proto_pipe *pipe;
	struct voice *voice;
	bool running;		 /* the process was started and its end was not handled yet */
	bool exited, pipe_ended; /* both must have come before its lines go elsewhere */
	bool ending;		 /* it was told to leave: its end is no death */
	bool condemned;		 /* killed by us for what it did, or did not do */
	bool delivered;		 /* it has sent a frame since it was started */
	int exit_status, exit_signal;
	uint64_t exited_ms;	    /* when; its pipe may be held by somebody else */
	uint64_t heard_ms;	    /* last sign of life */
	uint64_t heard_cpu_ms;	    /* processor time that it had used then */
	uint32_t waiting;	    /* lines sent that have not found a job */
	uint32_t out;		    /* lines sent whose records have not come */
	uint64_t delivered_ms;	    /* when records last came, or lines went to an idle one */
	uint64_t told_ms;	    /* when it was told to leave */
	struct message_stats stats; /* last heartbeat; of this process */
	struct message_upstream *upstreams; /* config.upstreams_n */
	struct crew_ticket **tickets; /* by their ids, which are below config.setup.jobs; or NULL */
	uint32_t ungranted;	      /* of them */
};

struct crew_config {
	uv_loop_t *loop;
	unsigned workers;
	struct message_setup setup; /* worker, seen_good, dns_rate, seed: the crew fills them in */
	char *command;		    /* hidden, that makes a worker of the program (proto.h) */
	char **args;		    /* NULL-terminated: the command line, args[0] its name */
	unsigned upstreams_n;
	struct gate *gate;
	/* One frame message, checked for length only. 0, or -1: it is nonsense, kill the worker. */
	int (*frame)(void *user, struct crew_worker *w, const uint8_t *body, size_t n);
	/* A worker's end, expected (w->ending) or not. It may be started again with
	 * crew_start(). */
	void (*ended)(void *user, struct crew_worker *w);
	/* It found room for lines. */
	void (*taken)(void *user, struct crew_worker *w);
	/* A line on a worker's standard error; whatever bytes it likes. The same warning
	 * ("warning: ...") once. */
	void (*said)(void *user, const char *line);
	/* A worker says that our machine failed it. */
	void (*failed)(void *user, const char *why);
	void *user;
};

/* Whether one of these workers, be it gone, has had a resolver that works. */
bool crew_seen_good(const struct crew *c);
/* Whether all workers have found that there is no resolver to ask. */
bool crew_hopeless(const struct crew *c);

/* From here on this process ignores SIGPIPE. */
struct crew *crew_new(const struct crew_config *config, struct errmsg *err);
/* No worker may be running. */
void crew_free(struct crew *c);
struct crew_worker *crew_worker(struct crew *c, unsigned index);
unsigned crew_running(const struct crew *c);

int crew_start(struct crew *c, unsigned index, struct errmsg *err);
int crew_send_lines(struct crew_worker *w, const uint8_t *bytes, size_t n, unsigned lines);
/* What is sent to workers from now on leaves at crew_flush(), a write for each of them. */
void crew_gather(struct crew *c);
void crew_flush(struct crew *c);
/* PROTO_END or PROTO_STOP. */
void crew_tell(struct crew_worker *w, enum proto_kind kind);
void crew_kill(struct crew_worker *w);
/* The same, and it is the worker's own fault. */
void crew_condemn(struct crew_worker *w);
/* It is gone, and somebody it started holds its pipe: what it was given goes elsewhere. */
void crew_give_up_pipe(struct crew_worker *w);
/* The handler of a worker's pipe (user is the worker): checks every message, acts on it. */
void crew_message(void *user, enum proto_kind kind, const uint8_t *body, size_t n);

#endif

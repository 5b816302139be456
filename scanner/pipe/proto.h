/*
 * proto.h - the pipe between supervisor and worker: whole messages in, whole messages out.
 *
 * A message is a fixed head (length of the body, kind) and a body, of which this file knows
 * nothing: message.h reads and writes it.
 */
#ifndef MTASWEEP_PROTO_H
#define MTASWEEP_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define PROTO_BODY_MAX (16u << 20)

enum proto_kind {
	/* to the worker */
	PROTO_SETUP,   /* its share of the work; first and once */
	PROTO_LINES,   /* lines of the input */
	PROTO_END,     /* no more lines: finish what is under way, then leave */
	PROTO_STOP,    /* hand over what is done, drop the rest, leave */
	PROTO_GRANTED, /* leave to contact an address, or that it would be in vain */
	/* to the supervisor */
	PROTO_STATS, /* heartbeat */
	PROTO_FRAME, /* records */
	PROTO_TAKEN, /* lines that found a job */
	PROTO_ASK,   /* may an address be contacted? */
	PROTO_DONE,  /* it was */
	PROTO_FAIL,  /* our own failure, the worker leaves */
	PROTO_KINDS
};

/* How `scan` starts a worker: this hidden subcommand before its own arguments, and the pipe as this
 * descriptor. */
#define PROTO_COMMAND "scan-worker"
/* The same for workers that visit MX hosts, by the command whose arguments follow. */
#define PROTO_COMMAND_SCAN_HOSTS "scan-hosts-worker"
#define PROTO_COMMAND_PROBE_HOSTS "probe-hosts-worker"
#define PROTO_FD 3

/* ---- one end of the pipe ----------------------------------------------------------------- */

struct proto_pipe;

struct proto_handler {
	/* One whole message; body dies with the call. */
	void (*message)(void *user, enum proto_kind kind, const uint8_t *body, size_t n);
	/* The other end is gone (status 0), or spoke nonsense or broke (negative). Nothing
	 * follows. */
	void (*closed)(void *user, int status);
	void *user;
};

/* Takes over an open descriptor. NULL without memory or when it is no pipe. */
struct proto_pipe *proto_open(uv_loop_t *loop, int fd, const struct proto_handler *handler);
/* The same over a pipe handle that uv_spawn() connects. */
struct proto_pipe *proto_new(uv_loop_t *loop, const struct proto_handler *handler);
uv_stream_t *proto_stream(struct proto_pipe *p);
/* After uv_spawn(): begin to read. */
int proto_start(struct proto_pipe *p);
/* Closes and frees it in the next turn of the loop; no handler is called any more. */
void proto_close(struct proto_pipe *p);

#define PROTO_PARTS_MAX 4u

struct proto_part {
	const void *p;
	size_t n;
};
/*
 * Sends one message, after those before it; the parts are the caller's again. What the pipe has no
 * room for now is copied and written in the loop: while the other end keeps up, nothing is
 * allocated. 0, or -1 without memory (the pipe then ends if half of the message has left) or when
 * the pipe is gone.
 */
int proto_send(struct proto_pipe *p, enum proto_kind kind, const struct proto_part *parts,
	       unsigned n);
/* From now on messages gather, as long as there is room for them; proto_flush() writes them in one
 * go, and from then on each is written at once again. For who says several things in a turn. */
void proto_gather(struct proto_pipe *p);
void proto_flush(struct proto_pipe *p);
/* Bytes that are queued and not written yet. */
size_t proto_queued(const struct proto_pipe *p);

#endif

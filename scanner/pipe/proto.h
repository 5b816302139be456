/*
 * proto.h - what supervisor and worker say to each other over their pipe.
 *
 * A message is a fixed head (length of the body, kind) and a body. Integers are in host order: both
 * ends are the same binary on the same machine. The supervisor still checks every length, because a
 * worker parses hostile bytes and may have been taken over; it never interprets what it only passes
 * on.
 */
#ifndef MTASWEEP_PROTO_H
#define MTASWEEP_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "parsers/span.h"

#define PROTO_BODY_MAX (16u << 20)

enum proto_kind {
	/* to the worker */
	PROTO_SETUP,   /* struct proto_setup */
	PROTO_LINES,   /* struct proto_line and its bytes, repeated */
	PROTO_END,     /* no more lines: finish what is under way, then leave */
	PROTO_STOP,    /* hand over what is done, drop the rest, leave */
	PROTO_GRANTED, /* struct proto_ticket */
	/* to the supervisor */
	PROTO_STATS, /* struct proto_stats and one proto_upstream a resolver: heartbeat */
	PROTO_FRAME, /* struct proto_frame, its line numbers, facts rows and bytes */
	PROTO_TAKEN, /* uint32_t: lines that found a job */
	PROTO_ASK,   /* struct proto_ticket */
	PROTO_DONE,  /* struct proto_ticket */
	PROTO_FAIL,  /* text: our own failure, the worker leaves */
	PROTO_KINDS
};

struct proto_setup {
	uint32_t worker;
	uint32_t jobs, fetch_slots;
	uint32_t plain; /* frames hold text, not zstd */
	double dns_rate;
	uint64_t seed;
};

struct proto_line {
	uint64_t line;
	int64_t rank;
	uint32_t text_n, tag_n; /* bytes that follow: text, then tag */
	uint8_t too_long, has_tag;
	uint8_t pad[6];
};

struct proto_ticket {
	uint32_t id; /* the worker's own */
	uint8_t family;
	uint8_t bytes[16];
	uint8_t late; /* PROTO_DONE: the connection timed out */
	uint8_t vain; /* PROTO_GRANTED: do not connect */
	uint8_t pad[1];
};

struct proto_frame {
	uint32_t lines_n; /* uint64_t each */
	uint32_t facts_n; /* bytes */
	uint32_t frame_n; /* bytes */
	uint32_t text_n;  /* bytes before compression */
};

struct proto_upstream {
	uint64_t asked, answered, timeouts, servfail, refused;
	uint32_t state; /* enum upstream_state */
	uint32_t in_flight;
};

struct proto_stats {
	uint64_t questions, packets, retries, fetched;
	uint32_t dns_in_flight, fetches, gated, active;
	uint32_t receive_buffer;
	uint8_t ever_good, hopeless;
	uint8_t pad[2];
	uint32_t upstreams_n;
	uint32_t pad2;
};

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
/* Bytes that are queued and not written yet. */
size_t proto_queued(const struct proto_pipe *p);

#endif

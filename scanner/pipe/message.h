/*
 * message.h - the bytes of each message between supervisor and worker: written and read here, side
 * by side, and known nowhere else. proto.h carries them.
 *
 * message_send_X() is proto_send() of such a message: 0, or -1. message_read_X() gives 0, or -1
 * when the body is none: cut, too long, or with a field that no honest peer writes. Whether a
 * message fits what its sender was given (its lines, its tickets, its resolvers) is the receiver's
 * to check. Spans of what was read point into the body and die with it.
 *
 * Integers are in host order: both ends are the same binary on the same machine. All is checked
 * nevertheless, because a worker parses hostile bytes and may have been taken over.
 */
#ifndef MTASWEEP_MESSAGE_H
#define MTASWEEP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/netaddr.h"
#include "parsers/span.h"
#include "scanner/pipe/proto.h"

/* ---- to the worker ----------------------------------------------------------------------- */

/* PROTO_SETUP: once, before all others. */
struct message_setup {
	uint32_t worker; /* which one of the crew, from 0 */
	uint32_t jobs, fetch_slots;
	uint32_t seen_good; /* 0 or 1: a worker of this session has had a resolver that works */
	double dns_rate;    /* this worker's share; 0: no limit */
	uint64_t seed;
};

int message_send_setup(struct proto_pipe *pipe, const struct message_setup *setup);
int message_read_setup(const uint8_t *body, size_t n, struct message_setup *out);

/* PROTO_LINES is one or more of these, one behind the other. */
struct message_line {
	uint64_t line; /* from 1 */
	int64_t rank;  /* -1: none */
	struct span text, tag;
	bool too_long; /* the input line was, and is cut */
};

/* Bytes that it takes. */
size_t message_line_size(const struct message_line *l);
/* out has room for so many. */
void message_write_line(const struct message_line *l, uint8_t *out);
/* Reads the line in front; returns the bytes it took, or 0 when there is no whole, sound one. */
size_t message_read_line(const uint8_t *p, size_t n, struct message_line *out);
/* Whether all of a PROTO_LINES is lines: then reading them one after the other cannot fail. */
bool message_lines_are_sound(const uint8_t *body, size_t n);

/* ---- both ways: the gate ----------------------------------------------------------------- */

/*
 * PROTO_ASK, PROTO_GRANTED and PROTO_DONE speak of one place at the gate. The id is the worker's
 * own and is used again after PROTO_DONE.
 */
struct message_ticket {
	uint32_t id;
	struct netaddr address; /* PROTO_ASK only */
	bool late;		/* PROTO_DONE only: the connection timed out */
	bool vain;		/* PROTO_GRANTED only: do not connect */
};

int message_send_ticket(struct proto_pipe *pipe, enum proto_kind kind,
			const struct message_ticket *t);
int message_read_ticket(enum proto_kind kind, const uint8_t *body, size_t n,
			struct message_ticket *out);

/* ---- to the supervisor ------------------------------------------------------------------- */

#define MESSAGE_STATES                                                                             \
	6u /* of a resolver: enum upstream_state, of which this folder knows nothing */

/* What a worker did with one resolver, since it was started. */
struct message_upstream {
	uint64_t asked, answered, timeouts, servfail, refused;
	uint32_t state; /* below MESSAGE_STATES */
	uint32_t in_flight;
};

/* PROTO_STATS, the heartbeat: this and one message_upstream a resolver. Counted since the worker
 * was started, or as it is now. */
struct message_stats {
	uint64_t questions, packets, retries, fetched;
	uint32_t dns_in_flight, fetches, gated, active;
	uint32_t receive_buffer;     /* bytes */
	uint8_t ever_good, hopeless; /* 0 or 1: resolver_ever_good(), resolver_hopeless() */
	uint8_t pad[2];
	uint32_t upstreams_n;
	uint32_t pad2;
};

int message_send_stats(struct proto_pipe *pipe, const struct message_stats *stats,
		       const struct message_upstream *upstreams);
/* There must be upstreams_n resolvers, of which upstreams gets the counts. Nothing is written when
 * it is refused. */
int message_read_stats(const uint8_t *body, size_t n, uint32_t upstreams_n,
		       struct message_stats *stats, struct message_upstream *upstreams);

#define MESSAGE_FRAME_LINES_MAX 4096u

/*
 * PROTO_FRAME: some records, their line numbers and their packed facts (aggregate/facts.h). The
 * records are text: the supervisor looks at each line, and compresses what it stores itself.
 */
struct message_frame {
	uint32_t lines_n;     /* 1 to MESSAGE_FRAME_LINES_MAX */
	const uint8_t *lines; /* message_frame_line() */
	const uint8_t *facts; /* a row a line, not looked at here */
	size_t facts_n;
	struct span text; /* never empty */
};

/* lines: f->lines_n numbers; f->lines is not looked at. */
int message_send_frame(struct proto_pipe *pipe, const struct message_frame *f,
		       const uint64_t *lines);
int message_read_frame(const uint8_t *body, size_t n, struct message_frame *out);
/* Number of the i-th line. */
uint64_t message_frame_line(const struct message_frame *f, uint32_t i);

/* PROTO_TAKEN: so many lines found a job, more may be sent. Never 0. */
int message_send_taken(struct proto_pipe *pipe, uint32_t lines);
int message_read_taken(const uint8_t *body, size_t n, uint32_t *lines);

#define MESSAGE_WHY_MAX 256u

/* PROTO_FAIL: a sentence, cut at MESSAGE_WHY_MAX - 1 bytes. It may hold any byte: clean it before
 * it is shown. Reading never fails. */
int message_send_fail(struct proto_pipe *pipe, const char *why);
void message_read_fail(const uint8_t *body, size_t n, char why[MESSAGE_WHY_MAX]);

#endif

/*
 * hear.h - the bytes of a message as they come out of a pipe: what one end sent, for tests of who
 * reads them.
 */
#ifndef MTASWEEP_TEST_HEAR_H
#define MTASWEEP_TEST_HEAR_H

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include "scanner/pipe/proto.h"

struct hear {
	uv_loop_t loop;
	struct proto_pipe *from, *to;
	enum proto_kind kind; /* of the last message */
	uint8_t body[1u << 16];
	size_t n;
	unsigned messages;
};

static inline void hear_message(void *user, enum proto_kind kind, const uint8_t *body, size_t n)
{
	struct hear *h = user;

	assert(n <= sizeof(h->body));
	h->kind = kind;
	h->n = n;
	memcpy(h->body, body, n);
	h->messages++;
}

static inline void hear_closed(void *user, int status)
{
	(void)user;
	(void)status;
}

static inline void hear_open(struct hear *h)
{
	struct proto_handler handler = {hear_message, hear_closed, h};
	int ends[2];
	int rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);

	assert(rc == 0);
	rc = uv_loop_init(&h->loop);
	assert(rc == 0);
	h->messages = 0;
	h->from = proto_open(&h->loop, ends[0], &handler);
	h->to = proto_open(&h->loop, ends[1], &handler);
	assert(h->from != NULL && h->to != NULL);
}

/* Waits for the next message that h->from sent. */
static inline void hear_next(struct hear *h)
{
	for (unsigned before = h->messages; h->messages == before;)
		uv_run(&h->loop, UV_RUN_ONCE);
}

static inline void hear_close(struct hear *h)
{
	proto_close(h->from);
	proto_close(h->to);
	uv_run(&h->loop, UV_RUN_DEFAULT);
	int rc = uv_loop_close(&h->loop);
	assert(rc == 0);
}

#endif

/*
 * What a worker that was taken over may say. The first byte chooses: the bytes of the pipe itself,
 * or whole messages (kind, length in two bytes, body) to the supervisor.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/supervisor/supervisor_parts.h"

#define LINES 40u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	unsigned messages;
	bool closed;
};

static void heard_message(void *user, enum proto_kind kind, const uint8_t *body, size_t n)
{
	struct heard *h = user;
	uint8_t sum = 0;

	assert(!h->closed && kind < PROTO_KINDS && n <= PROTO_BODY_MAX);
	for (size_t i = 0; i < n; i++)
		sum ^= body[i];
	h->messages += 1u + (sum & 0u);
}

static void heard_closed(void *user, int status)
{
	struct heard *h = user;

	(void)status;
	assert(!h->closed);
	h->closed = true;
}

static void fuzz_stream(const uint8_t *data, size_t size)
{
	struct heard heard = {0};
	struct proto_handler handler = {heard_message, heard_closed, &heard};
	uv_loop_t loop;
	int ends[2];

	assert(uv_loop_init(&loop) == 0);
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	struct proto_pipe *pipe = proto_open(&loop, ends[0], &handler);
	assert(pipe != NULL);
	for (size_t at = 0; at < size;) {
		size_t n = size - at < 1000 ? size - at : 1000;
		if (send(ends[1], data + at, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
		at += n;
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	close(ends[1]);
	while (!heard.closed)
		uv_run(&loop, UV_RUN_ONCE);
	proto_close(pipe);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert(uv_loop_close(&loop) == 0);
}

static void noted(void *user, struct crew_worker *w)
{
	(void)user;
	(void)w;
}

static void said(void *user, const char *why)
{
	(void)user;
	assert(strlen(why) < 256);
}

static void nothing(void *user)
{
	(void)user;
}

static void give_lines(struct supervisor *s, struct crew_worker *w)
{
	struct chunk *c = chunk_new();

	assert(c != NULL);
	for (uint64_t line = 1; line <= LINES; line++) {
		const struct message_line head = {.line = line, .rank = -1, .text = SPAN_LIT("x")};
		assert(chunk_add(c, &head) == 0);
	}
	c->holder = w;
	assert(ledger_add(&s->ledger, c) == 0);
	w->waiting = w->out = LINES;
}

static void fuzz_messages(const uint8_t *data, size_t size)
{
	static char *args[] = {NULL, NULL};
	static const char *const inputs[] = {"/dev/null"};
	struct scan_options options = {
		.workers = 1, .quiet = true, .inputs = inputs, .inputs_n = 1};
	struct feed_config feed = {.options = &options, .ready = nothing};
	struct errmsg err = {""};
	const struct supervisor_config wanted = {.options = &options};
	struct supervisor s = {.config = &wanted, .options = &options, .err = &err};
	uv_loop_t loop;

	assert(uv_loop_init(&loop) == 0);
	ledger_init(&s.ledger);
	s.feed = feed_open(&loop, &feed, &err); /* takes chunks back; nothing is read */
	s.gate = gate_new(&(struct gate_limits){.at_once = 2, .saved = 1});
	s.aggregate = aggregate_new();
	s.results = (struct results){.fd = memfd_create("results", MFD_CLOEXEC)};
	struct crew_config config = {
		.loop = &loop,
		.workers = 1,
		.setup = {.jobs = 8},
		.args = args,
		.upstreams_n = 2,
		.gate = s.gate,
		.frame = supervisor_frame,
		.ended = noted,
		.taken = noted,
		.failed = said,
		.user = &s,
	};
	s.crew = crew_new(&config, &err);
	assert(s.feed != NULL && s.gate != NULL && s.aggregate != NULL && s.crew != NULL);
	assert(s.results.fd >= 0);
	struct crew_worker *w = crew_worker(s.crew, 0);
	struct proto_handler handler = {crew_message, heard_closed, NULL};
	w->pipe = proto_new(&loop, &handler); /* leads nowhere */
	give_lines(&s, w);
	for (uint64_t now = 1; size >= 3; now += 20) {
		size_t n = (size_t)data[1] << 8 | data[2];
		n = n < size - 3 ? n : size - 3;
		crew_message(w, (enum proto_kind)(data[0] % PROTO_KINDS), data + 3, n);
		gate_turn(s.gate, now);
		data += 3 + n;
		size -= 3 + n;
		assert(s.ledger.lines + s.ledger.done == LINES && w->waiting <= LINES);
	}
	proto_close(w->pipe);
	uv_run(&loop, UV_RUN_DEFAULT);
	crew_free(s.crew);
	gate_free(s.gate);
	aggregate_free(s.aggregate);
	ledger_release(&s.ledger);
	free(s.rows);
	feed_close(s.feed);
	close(s.results.fd);
	assert(uv_loop_close(&loop) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 65536)
		return 0;
	if (data[0] % 2 == 0)
		fuzz_stream(data + 1, size - 1);
	else
		fuzz_messages(data + 1, size - 1);
	return 0;
}

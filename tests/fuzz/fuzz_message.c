/*
 * The body of each message as the program reads it: the first byte chooses the kind. What is read
 * lies within the body and within its ranges; a line that is read and written again is the same.
 */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/pipe/message.h"

#define UPSTREAMS 2u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_setup(const uint8_t *body, size_t n)
{
	struct message_setup setup;

	if (message_read_setup(body, n, &setup) == 0)
		assert(setup.jobs > 0 && setup.fetch_slots > 0 && isfinite(setup.dns_rate));
}

static void fuzz_lines(const uint8_t *body, size_t n)
{
	bool sound = message_lines_are_sound(body, n);
	struct message_line line, again;
	size_t at = 0, took;

	while ((took = message_read_line(body + at, n - at, &line)) > 0) {
		uint8_t *copy = malloc(took);
		assert(copy != NULL && took <= n - at && took == message_line_size(&line));
		message_write_line(&line, copy);
		assert(message_read_line(copy, took, &again) == took);
		assert(again.line == line.line && again.rank == line.rank &&
		       again.too_long == line.too_long && span_eq(again.text, line.text) &&
		       span_eq(again.tag, line.tag));
		free(copy);
		at += took;
	}
	assert(sound == (at == n));
}

static void fuzz_ticket(enum proto_kind kind, const uint8_t *body, size_t n)
{
	static const struct netaddr none;
	struct message_ticket t;

	if (message_read_ticket(kind, body, n, &t) != 0)
		return;
	assert(!t.late || kind == PROTO_DONE);
	assert(!t.vain || kind == PROTO_GRANTED);
	if (kind == PROTO_ASK)
		assert(t.address.family == 6 ||
		       memcmp(t.address.bytes + 4, none.bytes + 4, 12) == 0);
	else
		assert(t.address.family == 0);
}

static void fuzz_stats(const uint8_t *body, size_t n)
{
	struct message_stats stats;
	struct message_upstream upstreams[UPSTREAMS];

	if (message_read_stats(body, n, UPSTREAMS, &stats, upstreams) == 0)
		assert(stats.upstreams_n == UPSTREAMS && stats.ever_good <= 1);
}

static void fuzz_frame(const uint8_t *body, size_t n)
{
	struct message_frame f;
	uint64_t sum = 0;

	if (message_read_frame(body, n, &f) != 0)
		return;
	assert(f.lines_n > 0 && f.lines_n <= MESSAGE_FRAME_LINES_MAX && f.text.n > 0);
	for (uint32_t i = 0; i < f.lines_n; i++)
		sum += message_frame_line(&f, i);
	for (size_t i = 0; i < f.facts_n; i++)
		sum += f.facts[i];
	for (size_t i = 0; i < f.text.n; i++)
		sum += (unsigned char)f.text.p[i];
	assert((const uint8_t *)f.text.p + f.text.n == body + n);
	(void)sum;
}

static void fuzz_small(enum proto_kind kind, const uint8_t *body, size_t n)
{
	char why[MESSAGE_WHY_MAX];
	uint32_t taken;

	if (kind == PROTO_TAKEN && message_read_taken(body, n, &taken) == 0)
		assert(taken > 0);
	if (kind == PROTO_FAIL) {
		message_read_fail(body, n, why);
		assert(strlen(why) < sizeof(why));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	enum proto_kind kind = (enum proto_kind)(data[0] % PROTO_KINDS);
	/* Its own piece of memory, so that a byte read behind it is seen. */
	size_t n = size - 1;
	uint8_t *body = malloc(n > 0 ? n : 1);

	if (body == NULL)
		return 0;
	memcpy(body, data + 1, n);
	if (kind == PROTO_SETUP)
		fuzz_setup(body, n);
	else if (kind == PROTO_LINES)
		fuzz_lines(body, n);
	else if (kind == PROTO_ASK || kind == PROTO_GRANTED || kind == PROTO_DONE)
		fuzz_ticket(kind, body, n);
	else if (kind == PROTO_STATS)
		fuzz_stats(body, n);
	else if (kind == PROTO_FRAME)
		fuzz_frame(body, n);
	else
		fuzz_small(kind, body, n);
	free(body);
	return 0;
}

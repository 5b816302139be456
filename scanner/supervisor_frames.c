/* supervisor_frames.c - takes a worker's frame: checks it against the ledger, stores it, counts it. */
#include <string.h>

#include "scanner/cmd.h"
#include "scanner/supervisor_parts.h"

struct frame_view {
	struct proto_frame head;
	const uint8_t *lines, *facts, *frame;
};

static int frame_read(const uint8_t *body, size_t n, struct frame_view *v)
{
	if (n < sizeof(v->head))
		return -1;
	memcpy(&v->head, body, sizeof(v->head));
	uint64_t lines_size = (uint64_t)v->head.lines_n * sizeof(uint64_t);
	if (v->head.lines_n == 0 || v->head.frame_n == 0 ||
	    sizeof(v->head) + lines_size + v->head.facts_n + v->head.frame_n != n)
		return -1;
	v->lines = body + sizeof(v->head);
	v->facts = v->lines + lines_size;
	v->frame = v->facts + v->head.facts_n;
	return 0;
}

static uint64_t frame_line(const struct frame_view *v, uint32_t i)
{
	uint64_t line;

	memcpy(&line, v->lines + i * sizeof(line), sizeof(line));
	return line;
}

/* Every line must be out at this very worker, and there must be one facts row a line. */
static bool frame_is_sound(struct supervisor *s, struct crew_worker *w, const struct frame_view *v)
{
	struct facts facts;
	size_t at = 0;
	uint32_t rows = 0;

	for (uint32_t i = 0; i < v->head.lines_n; i++) {
		const struct chunk *c = ledger_find(&s->ledger, frame_line(v, i));
		if (c == NULL || c->holder != w)
			return false;
	}
	while (at < v->head.facts_n) {
		size_t took = facts_unpack(&facts, v->facts + at, v->head.facts_n - at);
		if (took == 0)
			return false;
		at += took;
		rows++;
	}
	return rows == v->head.lines_n;
}

static void frame_count(struct supervisor *s, const struct frame_view *v)
{
	struct facts facts;

	for (size_t at = 0; at < v->head.facts_n;) {
		at += facts_unpack(&facts, v->facts + at, v->head.facts_n - at);
		s->verdicts[facts.verdict]++;
		if (aggregate_add(s->aggregate, &facts) != 0)
			supervisor_fail(s, CMD_FAILURE, "out of memory for the report");
	}
}

int supervisor_frame(void *user, struct crew_worker *w, const uint8_t *body, size_t n)
{
	struct supervisor *s = user;
	struct frame_view v;
	struct errmsg err;

	if (frame_read(body, n, &v) != 0 || !frame_is_sound(s, w, &v))
		return -1;
	if (s->failed) /* the disk is full: what is not stored is scanned again */
		return 0;
	if (results_append(&s->results, v.frame, v.head.frame_n, &err) != 0) {
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
		return 0;
	}
	s->text_bytes += v.head.text_n;
	s->deaths_in_vain = 0;
	for (uint32_t i = 0; i < v.head.lines_n; i++) {
		bool finished;
		struct chunk *c = ledger_done(&s->ledger, frame_line(&v, i), &finished);
		if (c == NULL)
			return -1; /* the same line twice */
		if (finished)
			chunk_free(c);
	}
	frame_count(s, &v);
	return 0;
}

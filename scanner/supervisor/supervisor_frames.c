/* supervisor_frames.c - takes a worker's frame: checks it against the ledger, stores it, counts
 * it. */
#include <string.h>

#include "scanner/base/status.h"
#include "scanner/supervisor/supervisor_parts.h"

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

/* There must be one facts row a line. */
static bool frame_is_sound(const struct frame_view *v)
{
	struct facts facts;
	size_t at = 0;
	uint32_t rows = 0;

	while (at < v->head.facts_n) {
		size_t took = facts_unpack(&facts, v->facts + at, v->head.facts_n - at);
		if (took == 0)
			return false;
		at += took;
		rows++;
	}
	return rows == v->head.lines_n;
}

static void frame_unmark(struct supervisor *s, const struct frame_view *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		ledger_unmark(&s->ledger, frame_line(v, i));
}

/* Every line must be out at this very worker, and none may come twice: else nothing is marked. */
static int frame_mark(struct supervisor *s, const struct crew_worker *w, const struct frame_view *v)
{
	for (uint32_t i = 0; i < v->head.lines_n; i++) {
		if (ledger_mark(&s->ledger, frame_line(v, i), w) == 0)
			continue;
		frame_unmark(s, v, i);
		return -1;
	}
	return 0;
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

	if (frame_read(body, n, &v) != 0 || !frame_is_sound(&v))
		return -1;
	if (s->failed) /* the disk is full: what is not stored is scanned again */
		return 0;
	if (frame_mark(s, w, &v) != 0)
		return -1;
	if (results_append(&s->results, v.frame, v.head.frame_n, &err) != 0) {
		frame_unmark(s, &v, v.head.lines_n);
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
		return 0;
	}
	s->text_bytes += v.head.text_n;
	s->deaths_in_vain = s->crashed_in_row = 0;
	for (uint32_t i = 0; i < v.head.lines_n; i++)
		feed_give_back(s->feed, ledger_settle(&s->ledger, frame_line(&v, i)));
	frame_count(s, &v);
	return 0;
}

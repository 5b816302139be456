/* supervisor_frames.c - takes a worker's frame: checks it against the ledger, stores it, counts
 * it. */
#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "output/record/record_lines.h"
#include "scanner/base/status.h"
#include "scanner/supervisor/supervisor_parts.h"

#define WHOLE_LINES_BITS 4 /* one line in 16 */

/*
 * There must be one facts row a line. All rows are read before the first is counted, because a
 * frame counts as a whole or not at all, and are kept for the counting, because reading them costs
 * as much as that. 0, or -1: they are no rows, or there is no memory for them.
 */
static int frame_read_rows(struct supervisor *s, const struct message_frame *f)
{
	size_t at = 0;

	if (s->rows_cap < f->lines_n) {
		struct facts *rows = reallocarray(s->rows, f->lines_n, sizeof(*rows));
		if (rows == NULL) {
			supervisor_fail(s, CMD_FAILURE, "out of memory for the report");
			return -1;
		}
		s->rows = rows;
		s->rows_cap = f->lines_n;
	}
	for (uint32_t i = 0; i < f->lines_n; i++) {
		size_t took = facts_unpack(&s->rows[i], f->facts + at, f->facts_n - at);
		if (took == 0)
			return -1;
		at += took;
	}
	return at == f->facts_n ? 0 : -1;
}

static void frame_unmark(struct supervisor *s, const struct message_frame *f, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		ledger_unmark(&s->ledger, message_frame_line(f, i));
}

/* Every line must be out at this very worker, and none may come twice: else nothing is marked. */
static int frame_mark(struct supervisor *s, const struct crew_worker *w,
		      const struct message_frame *f)
{
	for (uint32_t i = 0; i < f->lines_n; i++) {
		if (ledger_mark(&s->ledger, message_frame_line(f, i), w) == 0)
			continue;
		frame_unmark(s, f, i);
		return -1;
	}
	return 0;
}

/* True for one line in so many, and no worker knows for which. xorshift64*. */
static bool frame_chance(struct supervisor *s)
{
	if (s->chance == 0 && getrandom(&s->chance, sizeof(s->chance), 0) != sizeof(s->chance))
		return true;
	s->chance ^= s->chance >> 12;
	s->chance ^= s->chance << 25;
	s->chance ^= s->chance >> 27;
	return s->chance * 0x2545f4914f6cdd1d >> (64 - WHOLE_LINES_BITS) == 0;
}

/*
 * What is stored has been looked at: as many lines as announced, in order, each with the number of
 * one that this worker was given; the first of each frame, and others by chance, down to the last
 * byte. What else a line says is the worker's word: it has asked.
 */
static bool frame_is_sound(struct supervisor *s, const struct message_frame *f)
{
	struct span text = f->text;

	for (uint32_t i = 0; i < f->lines_n; i++)
		if (record_lines_next(&text, i == 0 || frame_chance(s)) != message_frame_line(f, i))
			return false;
	return text.n == 0;
}

/* 0, or -1 and err. */
int supervisor_store(struct supervisor *s, struct span text, struct errmsg *err)
{
	const uint8_t *frame = (const uint8_t *)text.p;
	size_t n = text.n;

	if (s->dir != NULL &&
	    (frame_add(s->writer, text.p, text.n) != 0 || frame_finish(s->writer, &frame, &n) != 0))
		return errmsg_set(err, "out of memory for records");
	if (results_append(&s->results, frame, n, err) != 0)
		return -1;
	s->text_bytes += text.n;
	return 0;
}

static void frame_count(struct supervisor *s, const struct message_frame *f)
{
	for (uint32_t i = 0; i < f->lines_n; i++) {
		assert(s->rows[i].verdict >= 0 && s->rows[i].verdict <= VERDICT_EXCLUDED);
		s->verdicts[s->rows[i].verdict]++;
		if (aggregate_add(s->aggregate, &s->rows[i]) != 0)
			supervisor_fail(s, CMD_FAILURE, "out of memory for the report");
	}
}

int supervisor_frame(void *user, struct crew_worker *w, const uint8_t *body, size_t n)
{
	struct supervisor *s = user;
	struct message_frame f;
	struct errmsg err;

	if (message_read_frame(body, n, &f) != 0)
		return -1;
	if (s->failed) /* the disk is full: what is not stored is scanned again */
		return 0;
	if (frame_read_rows(s, &f) != 0)
		return s->failed ? 0 : -1;
	if (!frame_is_sound(s, &f) || frame_mark(s, w, &f) != 0)
		return -1;
	assert(w->out >= f.lines_n);
	w->out -= f.lines_n;
	w->delivered_ms = uv_now(&s->loop);
	if (supervisor_store(s, f.text, &err) != 0) {
		frame_unmark(s, &f, f.lines_n);
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
		return 0;
	}
	s->deaths_in_vain = s->crashed_in_row = 0;
	for (uint32_t i = 0; i < f.lines_n; i++)
		feed_give_back(s->feed, ledger_settle(&s->ledger, message_frame_line(&f, i)));
	frame_count(s, &f);
	return 0;
}

/* frame_box.c - see frame_box.h. */
#include "scanner/worker/frame_box.h"

#include <assert.h>
#include <stdlib.h>

#include "output/aggregate/facts.h"

#define TEXT_MAX (FRAME_BOX_TEXT + 2 * RECORD_LINE_MAX)

int frame_box_init(struct frame_box *b)
{
	*b = (struct frame_box){0};
	buf_init(&b->line, RECORD_LINE_MAX);
	buf_init(&b->text, TEXT_MAX);
	b->emitter = record_emitter_new();
	return b->emitter != NULL ? 0 : -1;
}

void frame_box_release(struct frame_box *b)
{
	record_emitter_free(b->emitter);
	buf_release(&b->line);
	buf_release(&b->text);
	free(b->facts);
}

static int frame_box_add_facts(struct frame_box *b, const struct record *r)
{
	struct facts facts;

	if (b->facts_cap - b->facts_n < FACTS_PACKED_MAX) {
		size_t cap = 2 * b->facts_cap + 16 * FACTS_PACKED_MAX;
		uint8_t *p = realloc(b->facts, cap);
		if (p == NULL)
			return -1;
		b->facts = p;
		b->facts_cap = cap;
	}
	facts_from_record(r, &facts);
	b->facts_n += facts_pack(&facts, b->facts + b->facts_n);
	assert(b->facts_n <= b->facts_cap);
	return 0;
}

int frame_box_add(struct frame_box *b, const struct record *r, uint64_t now_ms)
{
	assert(b->lines_n < FRAME_BOX_LINES);
	buf_reset(&b->line);
	if (record_emit(b->emitter, r, &b->line) != 0 || frame_box_add_facts(b, r) != 0)
		return -1;
	buf_bytes(&b->text, b->line.p, b->line.n);
	if (b->text.failed)
		return -1;
	if (b->lines_n == 0)
		b->first_ms = now_ms;
	b->lines[b->lines_n++] = r->line;
	return 0;
}

bool frame_box_full(const struct frame_box *b)
{
	return b->text.n >= FRAME_BOX_TEXT || b->lines_n == FRAME_BOX_LINES;
}

int frame_box_send(struct frame_box *b, struct proto_pipe *pipe)
{
	assert(b->lines_n > 0 || (b->facts_n == 0 && b->text.n == 0));
	if (b->lines_n == 0)
		return 0;
	const struct message_frame message = {
		.lines_n = b->lines_n,
		.facts = b->facts,
		.facts_n = b->facts_n,
		.text = span_of(b->text.p, b->text.n),
	};
	if (message_send_frame(pipe, &message, b->lines) != 0)
		return -1;
	buf_reset(&b->text);
	b->facts_n = 0;
	b->lines_n = 0;
	return 0;
}

/*
 * record_tails.h - between emitter and record_tails.c only: how each object of a record ends when
 * the rest of it says nothing.
 *
 * Most names deploy nothing, so most members of most records are as record_init() left them. An
 * object with all its members from the i-th on in that state ends in a text that is known ahead:
 * one comparison of memory and one copy in place of a walk over the fields. The comparison spans
 * every byte that the text depends on (and pads, so it may miss, but never errs), and no silent
 * member points anywhere.
 */
#ifndef MTASWEEP_RECORD_TAILS_H
#define MTASWEEP_RECORD_TAILS_H

#include <string.h>

#include "output/fields.h"
#include "output/json.h"
#include "output/record_emit.h"

struct tail {
	uint32_t from, to; /* bytes of the struct that it depends on; none: there is no tail */
	uint32_t first;	   /* of them the one to look at before all others are compared */
	uint32_t at;	   /* its text is text[at] to the end */
};

struct tails {
	const struct object *object;
	const char *silent; /* object->size bytes: the object with nothing to say */
	const char *text;   /* of the silent object, with its braces */
	uint32_t text_n;
	struct tail tail[FIELDS_MAX];
	const struct tails *inner[FIELDS_MAX]; /* of the object, or objects, that a field is */
};

const struct tails *record_tails(const struct record_emitter *e);

/* One field, of index i; false when the buffer has failed. */
bool record_emit_field(struct json_buf *b, const struct tails *t, unsigned i, const char *base);
void record_emit_object(struct json_buf *b, const struct tails *t, const char *base);

/* Whether the members from the i-th on say nothing. */
static inline bool tail_silent(const struct tails *t, unsigned i, const char *base)
{
	const struct tail *tail = &t->tail[i];

	return tail->to != 0 && base[tail->first] == t->silent[tail->first] &&
	       memcmp(base + tail->from, t->silent + tail->from, tail->to - tail->from) == 0;
}

#endif

/*
 * record_step.h - private to output/record/: the objects of a record as the emitter goes through
 * them.
 *
 * Most names deploy nothing, so most members of most records are as record_init() left them; such a
 * member is called silent. record_plan.c writes the text of every object once with all its members
 * silent. To emit a record is to copy that text up to the first member that is not silent, to write
 * its value instead (record_values.c), and to go on behind the value that it replaces.
 *
 * Whether a member is silent is seen from eight bytes of the struct, whatever its kind: a silent
 * string is a null pointer, a silent list a count of 0, and what the struct holds besides in such a
 * member is not looked at, as it changes nothing in the text.
 */
#ifndef MTASWEEP_RECORD_STEP_H
#define MTASWEEP_RECORD_STEP_H

#include <string.h>

#include "output/record/fields.h"
#include "output/text/buf.h"

struct step;

/* The value of a field, after its key; base is the object that the field is of, and there is room
 * for RECORD_EMIT_ROOM bytes. */
typedef void record_emit_fn(struct buf *b, const struct step *s, const char *base);

/* A field, or the end of an object. */
struct step {
	/* Silent when the eight bytes at `from`, of which those in `mask` count, are `silent`. A
	 * constant has mask and silent 0; an object and the end have silent 1, which is never
	 * so. */
	uint64_t mask, silent;
	uint32_t from;
	record_emit_fn *emit;	   /* NULL: the end */
	const char *value, *after; /* where the silent value stands in the object's text */
	const struct field *field;
	const struct plan *inner; /* of the object, or objects, that the field is */
};

struct plan {
	const struct object *object;
	const char *silent; /* object->size bytes: the object with nothing to say */
	/* Of the silent object, with its braces; RECORD_EMIT_STEP bytes more may be read. */
	const char *text;
	unsigned text_n;
	struct step steps[FIELDS_MAX + 1];
};

/* Bytes that a copy of a short text takes at once. */
#define RECORD_EMIT_STEP 32
#define RECORD_EMIT_ROOM (RECORD_EMIT_STEP + 64)

static inline bool step_silent(const struct step *s, const char *base)
{
	uint64_t v;

	memcpy(&v, base + s->from, sizeof(v));
	return (v & s->mask) == s->silent;
}

/* Of an object in its own struct: all its members, and those of the objects in it. Looks at every
 * byte, pads too, so it may miss a silent one, but never errs. */
static inline bool plan_silent(const struct plan *p, const char *base)
{
	return step_silent(&p->steps[0], base) && memcmp(base, p->silent, p->object->size) == 0;
}

#endif

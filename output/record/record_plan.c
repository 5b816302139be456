/* record_plan.c - see record_plan.h. */
#include "output/record/record_plan.h"

#include <assert.h>
#include <stdlib.h>

#include "output/record/record_values.h"

#define OBJECTS_MAX 16	   /* objects of a record: nine today */
#define TEXT_MAX (8 << 10) /* of the silent record and of all its objects */
#define LISTED_MAX 1024	   /* size of a struct that stands in a list */

struct record_emitter {
	struct record silent;
	unsigned plans_n;
	struct plan plans[OBJECTS_MAX];
	char listed[OBJECTS_MAX][LISTED_MAX]; /* silent objects of lists: no part of `silent` */
	size_t text_n;
	char text[TEXT_MAX + RECORD_EMIT_STEP];
};

const struct plan *record_plan(const struct record_emitter *e)
{
	return &e->plans[0];
}

const struct plan *record_plan_of(const struct record_emitter *e, const char *object)
{
	for (unsigned i = 0; i < e->plans_n; i++)
		if (strcmp(e->plans[i].object->name, object) == 0)
			return &e->plans[i];
	assert(0 && "no such object in a record");
	return NULL;
}

/* ---- which bytes a field depends on ------------------------------------------------------ */

/* How many bytes of the member decide whether it is silent. Of a list its count. */
static size_t kind_size(enum field_kind kind)
{
	switch (kind) {
	case FIELD_SCHEMA:
	case FIELD_OBJECT:
		return 0;
	case FIELD_BOOL:
		return sizeof(bool);
	case FIELD_U16:
		return sizeof(uint16_t);
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_TRI:
	case FIELD_WORD:
	case FIELD_WORDS:
		return sizeof(int);
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		return sizeof(int64_t);
	case FIELD_STR:
	case FIELD_RAW:
		return sizeof(const char *);
	case FIELD_STRS:
	case FIELD_RAWS:
	case FIELD_PIECES:
	case FIELD_OBJECTS:
		return sizeof(unsigned);
	}
	assert(0 && "a kind of field without a size");
	return 0;
}

static void step_open(struct step *s, const struct field *f, const struct plan *p)
{
	enum field_kind kind = (enum field_kind)f->kind;
	bool list = kind == FIELD_STRS || kind == FIELD_RAWS || kind == FIELD_PIECES ||
		    kind == FIELD_OBJECTS;
	size_t at = list ? f->at_n : f->at, last = p->object->size - sizeof(uint64_t);

	s->field = f;
	s->emit = record_emit_of(kind);
	s->silent = kind == FIELD_OBJECT;
	s->from = (uint32_t)(at < last ? at : last);
	memset((char *)&s->mask + (at - s->from), 0xff, kind_size(kind));
	if (s->mask != 0) {
		memcpy(&s->silent, p->silent + s->from, sizeof(s->silent));
		s->silent &= s->mask;
	}
}

/* ---- plans ------------------------------------------------------------------------------- */

/* The text of a silent object, those of the objects in it being known. */
static bool plan_write(struct record_emitter *e, struct plan *p)
{
	char *to = e->text + e->text_n;
	struct buf text;

	buf_init(&text, TEXT_MAX - e->text_n);
	for (unsigned i = 0; i < p->object->n; i++) {
		struct step *s = &p->steps[i];
		buf_bytes(&text, s->field->lead, s->field->lead_n);
		if (!buf_room(&text, RECORD_EMIT_ROOM))
			break;
		if (i == 0)
			text.p[0] = '{'; /* where the others have their comma */
		s->value = to + text.n;
		s->emit(&text, s, p->silent);
		s->after = to + text.n;
	}
	buf_bytes(&text, "}", 1);
	p->steps[p->object->n] = (struct step){.silent = 1, .value = to + text.n};
	bool ok = !text.failed;
	if (ok) {
		p->text = memcpy(to, text.p, text.n);
		p->text_n = (unsigned)text.n;
		e->text_n += text.n;
	}
	buf_release(&text);
	return ok;
}

/* Of `o` and, before its text, of the objects in it. NULL without memory. silent: NULL for an
 * object that stands in a list. */
static const struct plan *plan_new(struct record_emitter *e, const struct object *o,
				   const char *silent)
{
	assert(e->plans_n < OBJECTS_MAX && o->n <= FIELDS_MAX && o->size >= sizeof(uint64_t));
	char *listed = e->listed[e->plans_n];
	struct plan *p = &e->plans[e->plans_n++];

	p->object = o;
	p->silent = silent;
	if (silent == NULL) {
		assert(o->size <= LISTED_MAX);
		fields_silence(o, listed);
		p->silent = listed;
	}
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		step_open(&p->steps[i], f, p);
		if (f->object == NULL)
			continue;
		p->steps[i].inner =
			plan_new(e, f->object, f->kind == FIELD_OBJECT ? p->silent + f->at : NULL);
		if (p->steps[i].inner == NULL)
			return NULL;
	}
	return plan_write(e, p) ? p : NULL;
}

struct record_emitter *record_emitter_new(void)
{
	struct record_emitter *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	record_init(&e->silent);
	if (plan_new(e, fields_record(), (const char *)&e->silent) == NULL) {
		record_emitter_free(e);
		return NULL;
	}
	return e;
}

void record_emitter_free(struct record_emitter *e)
{
	free(e);
}

/* record_tails.c - see record_tails.h. */
#include "output/record_tails.h"

#include <assert.h>
#include <stdlib.h>

#define OBJECTS_MAX 16	   /* objects of a record: nine today */
#define TEXT_MAX (8 << 10) /* of the silent record with all its objects */
#define LISTED_MAX 256	   /* size of a struct that stands in a list */

struct record_emitter {
	struct record silent;
	char listed[OBJECTS_MAX][LISTED_MAX]; /* silent objects of lists: no part of `silent` */
	unsigned tails_n;
	struct tails tails[OBJECTS_MAX];
	struct json_buf text;
};

const struct tails *record_tails(const struct record_emitter *e)
{
	return &e->tails[0];
}

/* ---- which bytes a field depends on ------------------------------------------------------------
 */

static size_t kind_size(enum field_kind kind)
{
	switch (kind) {
	case FIELD_SCHEMA:
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
		return sizeof(struct span);
	case FIELD_STRS:
	case FIELD_RAWS:
	case FIELD_PIECES:
	case FIELD_OBJECTS:
		return sizeof(void *);
	case FIELD_OBJECT:
		break;
	}
	assert(0 && "objects have fields, no kind");
	return 0;
}

static bool kind_list(enum field_kind kind)
{
	return kind == FIELD_STRS || kind == FIELD_RAWS || kind == FIELD_PIECES ||
	       kind == FIELD_OBJECTS;
}

static void tail_cover(struct tail *t, size_t from, size_t to)
{
	if (to == from)
		return;
	if (t->to == 0 || from < t->from)
		t->from = (uint32_t)from;
	if (to > t->to)
		t->to = (uint32_t)to;
}

/* What an object that is null when it says nothing looks at, nobody knows: all of its struct. */
static void tail_cover_field(struct tail *t, const struct field *f, size_t at)
{
	const struct object *o = f->object;

	at += f->at;
	if (f->kind != FIELD_OBJECT)
		tail_cover(t, at, at + kind_size((enum field_kind)f->kind));
	else if (o->present != NULL)
		tail_cover(t, at, at + o->size);
	for (unsigned i = 0; f->kind == FIELD_OBJECT && i < o->n; i++)
		tail_cover_field(t, &o->fields[i], at);
	if (kind_list((enum field_kind)f->kind))
		tail_cover(t, at - f->at + f->at_n, at - f->at + f->at_n + sizeof(unsigned));
}

/* ---- silent objects -------------------------------------------------------------------------- */

/* For an object that stands in a list: what may be null is null, what may not is zero. */
static void silence(const struct object *o, char *base)
{
	assert(o->size <= LISTED_MAX);
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		assert(f->kind != FIELD_OBJECT);
		if (!f->nullable)
			continue;
		if (f->kind == FIELD_TRI || f->kind == FIELD_WORD)
			memcpy(base + f->at, &(int){-1}, sizeof(int));
		else if (f->kind == FIELD_INT)
			memcpy(base + f->at, &(int){(int)f->null_value}, sizeof(int));
		else if (f->kind == FIELD_I64)
			memcpy(base + f->at, &f->null_value, sizeof(int64_t));
		else if (f->kind == FIELD_TIME_S)
			memcpy(base + f->at, &(int64_t){INT64_MIN}, sizeof(int64_t));
	}
}

/* The objects in an object, each with its place among the tails; -> the tails of `o`. */
static struct tails *tails_plan(struct record_emitter *e, const struct object *o,
				const char *silent)
{
	assert(e->tails_n < OBJECTS_MAX && o->n <= FIELDS_MAX);
	char *listed = e->listed[e->tails_n];
	struct tails *t = &e->tails[e->tails_n++];

	t->object = o;
	t->silent = silent;
	if (silent == NULL) {
		silence(o, listed);
		t->silent = listed;
	}
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		if (f->kind == FIELD_OBJECT)
			t->inner[i] = tails_plan(e, f->object, t->silent + f->at);
		else if (f->kind == FIELD_OBJECTS)
			t->inner[i] = tails_plan(e, f->object, NULL);
	}
	return t;
}

/* ---- their text ------------------------------------------------------------------------------ */

/* Without tails yet, so that the emitter walks over the fields. */
static void tails_write(struct tails *t, struct json_buf *text)
{
	const struct object *o = t->object;
	size_t start = text->n;

	for (unsigned i = 0; i < o->n; i++) {
		t->tail[i].at = (uint32_t)(text->n - start);
		if (!record_emit_field(text, t, i, t->silent))
			return;
	}
	json_raw(text, "}", 1);
	t->text_n = (uint32_t)(text->n - start);
}

/* The last field has no tail: a walk costs as little. */
static void tails_open(struct tails *t, const char *text)
{
	const struct object *o = t->object;
	struct tail rest = {0};

	t->text = text;
	for (unsigned i = o->n; i-- > 0;) {
		tail_cover_field(&rest, &o->fields[i], 0);
		if (rest.to == 0 || i + 1 == o->n)
			continue;
		t->tail[i].from = rest.from;
		t->tail[i].to = rest.to;
		t->tail[i].first = o->fields[i].kind != FIELD_SCHEMA ? o->fields[i].at : rest.from;
	}
}

struct record_emitter *record_emitter_new(void)
{
	struct record_emitter *e = calloc(1, sizeof(*e));
	const char *at;

	if (e == NULL)
		return NULL;
	record_init(&e->silent);
	json_init(&e->text, TEXT_MAX);
	tails_plan(e, fields_record(), (const char *)&e->silent);
	for (unsigned i = 0; i < e->tails_n; i++)
		tails_write(&e->tails[i], &e->text);
	if (e->text.failed) {
		record_emitter_free(e);
		return NULL;
	}
	at = e->text.p;
	for (unsigned i = 0; i < e->tails_n; at += e->tails[i++].text_n)
		tails_open(&e->tails[i], at);
	return e;
}

void record_emitter_free(struct record_emitter *e)
{
	if (e == NULL)
		return;
	json_release(&e->text);
	free(e);
}

/* record_emit.c - walks the table of fields; see record_emit.h. */
#include "output/record_emit.h"

#include <assert.h>
#include <string.h>

#include "output/record_tails.h"

/* Enough for the lead of a key and any value of bounded size: a number, a word, a time. */
#define FIELD_ROOM (FIELD_LEAD_MAX + 80)
#define WORD_MAX 64

/* Appends without a look at the room, which emit_object() has made. */
static void put(struct json_buf *b, const char *p, size_t n)
{
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

/* Words are our own: nothing in them needs an escape. */
static void emit_word(struct json_buf *b, const struct field_words *words, unsigned v)
{
	assert(v < words->count);
	const char *word = words->word(v);
	size_t n = strlen(word);

	assert(n <= WORD_MAX);
	put(b, "\"", 1);
	put(b, word, n);
	put(b, "\"", 1);
}

static void emit_words(struct json_buf *b, const struct field_words *words, uint32_t set)
{
	bool first = true;

	json_raw(b, "[", 1);
	for (unsigned i = 0; i < words->count; i++) {
		if ((set >> i & 1) == 0)
			continue;
		if (!first)
			json_raw(b, ",", 1);
		first = false;
		if (json_room(b, FIELD_ROOM))
			emit_word(b, words, i);
	}
	json_raw(b, "]", 1);
}

static void emit_strs(struct json_buf *b, const struct span *v, unsigned n)
{
	json_raw(b, "[", 1);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			json_raw(b, ",", 1);
		json_str(b, v[i].p != NULL ? v[i] : SPAN_LIT(""));
	}
	json_raw(b, "]", 1);
}

/* The list again in base64 when one of its strings lost something, else an empty list. */
static void emit_raws(struct json_buf *b, const struct span *v, unsigned n)
{
	bool kept = true;

	for (unsigned i = 0; i < n && kept; i++)
		kept = json_keeps(v[i]);
	json_raw(b, "[", 1);
	for (unsigned i = 0; i < n && !kept; i++) {
		if (i > 0)
			json_raw(b, ",", 1);
		json_base64(b, v[i].p != NULL ? v[i] : SPAN_LIT(""));
	}
	json_raw(b, "]", 1);
}

static void emit_pieces(struct json_buf *b, const uint16_t *v, unsigned n)
{
	json_raw(b, "[", 1);
	for (unsigned i = 0; i < n && v != NULL; i++) {
		if (i > 0)
			json_raw(b, ",", 1);
		json_uint(b, v[i]);
	}
	json_raw(b, "]", 1);
}

static void emit_objects(struct json_buf *b, const struct tails *t, const char *v, unsigned n)
{
	json_raw(b, "[", 1);
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			json_raw(b, ",", 1);
		record_emit_object(b, t, v + i * t->object->size);
	}
	json_raw(b, "]", 1);
}

static void emit_bool(struct json_buf *b, bool v)
{
	if (v)
		put(b, "true", 4);
	else
		put(b, "false", 5);
}

static void emit_null(struct json_buf *b)
{
	put(b, "null", 4);
}

static void emit_null_or_int(struct json_buf *b, const struct field *f, int64_t v)
{
	if (f->nullable && v == f->null_value)
		emit_null(b);
	else
		json_int(b, v);
}

static void emit_list(struct json_buf *b, const struct field *f, const struct tails *inner,
		      const char *base)
{
	const void *v = *(const void *const *)(base + f->at);
	unsigned n = *(const unsigned *)(base + f->at_n);

	assert(n == 0 || v != NULL || f->kind == FIELD_PIECES);
	if (n == 0)
		put(b, "[]", 2);
	else if (f->kind == FIELD_STRS)
		emit_strs(b, v, n);
	else if (f->kind == FIELD_RAWS)
		emit_raws(b, v, n);
	else if (f->kind == FIELD_PIECES)
		emit_pieces(b, v, n);
	else
		emit_objects(b, inner, v, n);
}

/* Seconds as a time; those whose milliseconds do not fit become the outermost time there is. */
static void emit_time_s(struct json_buf *b, int64_t v)
{
	if (v == INT64_MIN)
		emit_null(b);
	else if (v > INT64_MAX / 1000 || v < INT64_MIN / 1000)
		json_time_ms(b, v > 0 ? INT64_MAX : INT64_MIN);
	else
		json_time_ms(b, v * 1000);
}

static void emit_object_or_null(struct json_buf *b, const struct tails *t, const char *m)
{
	if (t->object->present != NULL && !t->object->present(m))
		emit_null(b);
	else
		record_emit_object(b, t, m);
}

static void emit_str(struct json_buf *b, const struct field *f, struct span s)
{
	if (s.p != NULL)
		json_str(b, s);
	else if (f->nullable)
		emit_null(b);
	else
		put(b, "\"\"", 2);
}

/* inner: of the object or of each object in the list that the field is. */
static void emit_value(struct json_buf *b, const struct field *f, const struct tails *inner,
		       const char *base)
{
	const char *m = base + f->at;
	struct span s;

	switch ((enum field_kind)f->kind) {
	case FIELD_SCHEMA:
		json_int(b, RECORD_SCHEMA);
		return;
	case FIELD_I64:
		emit_null_or_int(b, f, *(const int64_t *)m);
		return;
	case FIELD_U64:
		json_uint(b, *(const uint64_t *)m);
		return;
	case FIELD_INT:
		emit_null_or_int(b, f, *(const int *)m);
		return;
	case FIELD_U32:
		json_uint(b, *(const uint32_t *)m);
		return;
	case FIELD_U16:
		json_uint(b, *(const uint16_t *)m);
		return;
	case FIELD_BOOL:
		emit_bool(b, *(const bool *)m);
		return;
	case FIELD_TRI:
		if (f->nullable && *(const int *)m < 0)
			emit_null(b);
		else
			emit_bool(b, *(const int *)m > 0);
		return;
	case FIELD_WORD:
		if (f->nullable && *(const int *)m < 0)
			emit_null(b);
		else
			emit_word(b, f->words, *(const unsigned *)m);
		return;
	case FIELD_WORDS:
		emit_words(b, f->words, *(const uint32_t *)m);
		return;
	case FIELD_STR:
		emit_str(b, f, *(const struct span *)m);
		return;
	case FIELD_RAW:
		s = *(const struct span *)m;
		json_base64(b, json_keeps(s) ? SPAN_NULL : s);
		return;
	case FIELD_TIME_MS:
		json_time_ms(b, *(const int64_t *)m);
		return;
	case FIELD_TIME_S:
		emit_time_s(b, *(const int64_t *)m);
		return;
	case FIELD_OBJECT:
		emit_object_or_null(b, inner, m);
		return;
	case FIELD_STRS:
	case FIELD_RAWS:
	case FIELD_PIECES:
	case FIELD_OBJECTS:
		emit_list(b, f, inner, base);
		return;
	}
	assert(0 && "a kind of field without an emitter");
}

bool record_emit_field(struct json_buf *b, const struct tails *t, unsigned i, const char *base)
{
	const struct field *f = &t->object->fields[i];

	if (!json_room(b, FIELD_ROOM))
		return false;
	memcpy(b->p + b->n, f->lead, FIELD_LEAD_MAX);
	if (i == 0)
		b->p[b->n] = '{'; /* where the others have their comma */
	b->n += f->lead_n;
	emit_value(b, f, t->inner[i], base);
	return true;
}

void record_emit_object(struct json_buf *b, const struct tails *t, const char *base)
{
	for (unsigned i = 0; i < t->object->n; i++) {
		if (tail_silent(t, i, base)) {
			json_raw(b, t->text + t->tail[i].at, t->text_n - t->tail[i].at);
			return;
		}
		if (!record_emit_field(b, t, i, base))
			return;
	}
	json_raw(b, "}", 1);
}

int record_emit(const struct record_emitter *e, const struct record *r, struct json_buf *out)
{
	size_t before = out->n;

	record_emit_object(out, record_tails(e), (const char *)r);
	json_raw(out, "\n", 1);
	if (out->failed) {
		out->n = before;
		return -1;
	}
	return 0;
}

int record_emit_once(const struct record *r, struct json_buf *out)
{
	struct record_emitter *e = record_emitter_new();
	int rc = e != NULL ? record_emit(e, r, out) : -1;

	record_emitter_free(e);
	return rc;
}

/* record_values.c - the values of a record, one function a kind of field; see record_values.h. */
#include "output/record/record_values.h"

#include <assert.h>
#include <string.h>

#include "output/text/json.h"

/* Appends without a look at the room, which record_emit_object() has made. */
static void put(struct buf *b, const char *p, size_t n)
{
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

/* A text behind which RECORD_EMIT_STEP bytes may be read and written: short ones in constant
 * size. */
static inline void put_known(struct buf *b, const char *p, size_t n)
{
	char *out = b->p + b->n;

	b->n += n;
	memcpy(out, p, RECORD_EMIT_STEP);
	if (n > RECORD_EMIT_STEP)
		memcpy(out + RECORD_EMIT_STEP, p + RECORD_EMIT_STEP, n - RECORD_EMIT_STEP);
}

static void put_null(struct buf *b)
{
	put(b, "null", 4);
}

static void put_bool(struct buf *b, bool v)
{
	if (v)
		put(b, "true", 4);
	else
		put(b, "false", 5);
}

static_assert(sizeof(((struct field_word *)NULL)->text) >= RECORD_EMIT_STEP, "copied in one step");

/* Words are our own: nothing in them needs an escape. */
static void put_word(struct buf *b, const struct field_word *word)
{
	put_known(b, word->text, word->n);
}

/* Between the values of a list. */
static void comma(struct buf *b, unsigned i)
{
	if (i > 0)
		buf_bytes(b, ",", 1);
}

/* ---- one function a kind of field -------------------------------------------------------- */

static void emit_schema(struct buf *b, const struct step *s, const char *base)
{
	(void)s;
	(void)base;
	json_int(b, RECORD_SCHEMA);
}

static void emit_i64(struct buf *b, const struct step *s, const char *base)
{
	int64_t v = *(const int64_t *)(base + s->field->at);

	if (v == s->field->null_value && s->field->nullable)
		put_null(b);
	else
		json_int(b, v);
}

static void emit_u64(struct buf *b, const struct step *s, const char *base)
{
	json_uint(b, *(const uint64_t *)(base + s->field->at));
}

static void emit_int(struct buf *b, const struct step *s, const char *base)
{
	int v = *(const int *)(base + s->field->at);

	if (v == s->field->null_value && s->field->nullable)
		put_null(b);
	else
		json_int(b, v);
}

static void emit_u32(struct buf *b, const struct step *s, const char *base)
{
	json_uint(b, *(const uint32_t *)(base + s->field->at));
}

static void emit_u16(struct buf *b, const struct step *s, const char *base)
{
	json_uint(b, *(const uint16_t *)(base + s->field->at));
}

static void emit_bool(struct buf *b, const struct step *s, const char *base)
{
	put_bool(b, *(const bool *)(base + s->field->at));
}

static void emit_tri(struct buf *b, const struct step *s, const char *base)
{
	int v = *(const int *)(base + s->field->at);

	if (v < 0 && s->field->nullable)
		put_null(b);
	else
		put_bool(b, v > 0);
}

static void emit_word(struct buf *b, const struct step *s, const char *base)
{
	unsigned v = *(const unsigned *)(base + s->field->at);

	if (v < s->field->words->count) {
		put_word(b, &s->field->words->quoted[v]);
		return;
	}
	assert(s->field->nullable && (int)v < 0);
	put_null(b);
}

static void emit_words(struct buf *b, const struct step *s, const char *base)
{
	uint32_t set = *(const uint32_t *)(base + s->field->at);
	unsigned n = 0;

	buf_bytes(b, "[", 1);
	for (unsigned i = 0; i < s->field->words->count; i++) {
		if ((set >> i & 1) == 0)
			continue;
		comma(b, n++);
		if (buf_room(b, RECORD_EMIT_ROOM))
			put_word(b, &s->field->words->quoted[i]);
	}
	buf_bytes(b, "]", 1);
}

static void emit_str(struct buf *b, const struct step *s, const char *base)
{
	struct span v = *(const struct span *)(base + s->field->at);

	if (v.p != NULL)
		json_str(b, v);
	else if (s->field->nullable)
		put_null(b);
	else
		put(b, "\"\"", 2);
}

static void emit_raw(struct buf *b, const struct step *s, const char *base)
{
	struct span v = *(const struct span *)(base + s->field->at);

	json_base64(b, json_keeps(v) ? SPAN_NULL : v);
}

static void emit_time_ms(struct buf *b, const struct step *s, const char *base)
{
	json_time_ms(b, *(const int64_t *)(base + s->field->at));
}

/* Seconds whose milliseconds do not fit become the outermost time there is. */
static void emit_time_s(struct buf *b, const struct step *s, const char *base)
{
	int64_t v = *(const int64_t *)(base + s->field->at);

	if (v == INT64_MIN)
		put_null(b);
	else if (v > INT64_MAX / 1000 || v < INT64_MIN / 1000)
		json_time_ms(b, v > 0 ? INT64_MAX : INT64_MIN);
	else
		json_time_ms(b, v * 1000);
}

static void emit_object(struct buf *b, const struct step *s, const char *base)
{
	const struct plan *p = s->inner;
	const char *m = base + s->field->at;

	if (p->object->present != NULL && !p->object->present(m))
		put_null(b);
	else if (!plan_silent(p, m))
		record_emit_object(b, p, m);
	else if (buf_room(b, p->text_n + RECORD_EMIT_STEP))
		put_known(b, p->text, p->text_n);
}

/* ---- lists ------------------------------------------------------------------------------- */

static unsigned list_n(const struct step *s, const char *base)
{
	return *(const unsigned *)(base + s->field->at_n);
}

static const void *list(const struct step *s, const char *base)
{
	const void *v = *(const void *const *)(base + s->field->at);

	assert(v != NULL || list_n(s, base) == 0);
	return v;
}

static void emit_strs(struct buf *b, const struct step *s, const char *base)
{
	const struct span *v = list(s, base);

	buf_bytes(b, "[", 1);
	for (unsigned i = 0; i < list_n(s, base); i++) {
		comma(b, i);
		json_str(b, v[i].p != NULL ? v[i] : SPAN_LIT(""));
	}
	buf_bytes(b, "]", 1);
}

/* The list again in base64 when one of its strings lost something, else an empty list. */
static void emit_raws(struct buf *b, const struct step *s, const char *base)
{
	const struct span *v = list(s, base);
	unsigned n = list_n(s, base), kept = 0;

	while (kept < n && json_keeps(v[kept]))
		kept++;
	buf_bytes(b, "[", 1);
	for (unsigned i = 0; i < n && kept < n; i++) {
		comma(b, i);
		json_base64(b, v[i].p != NULL ? v[i] : SPAN_LIT(""));
	}
	buf_bytes(b, "]", 1);
}

/* Counted with the texts that they are of, and not there when they are not known. */
static void emit_pieces(struct buf *b, const struct step *s, const char *base)
{
	const uint16_t *v = *(const uint16_t *const *)(base + s->field->at);

	buf_bytes(b, "[", 1);
	for (unsigned i = 0; v != NULL && i < list_n(s, base); i++) {
		comma(b, i);
		json_uint(b, v[i]);
	}
	buf_bytes(b, "]", 1);
}

static void emit_objects(struct buf *b, const struct step *s, const char *base)
{
	const char *v = list(s, base);

	buf_bytes(b, "[", 1);
	for (unsigned i = 0; i < list_n(s, base); i++) {
		comma(b, i);
		record_emit_object(b, s->inner, v + i * s->inner->object->size);
	}
	buf_bytes(b, "]", 1);
}

/* ---- records ----------------------------------------------------------------------------- */

record_emit_fn *record_emit_of(enum field_kind kind)
{
	static record_emit_fn *const of[] = {
		[FIELD_SCHEMA] = emit_schema,  [FIELD_I64] = emit_i64,
		[FIELD_U64] = emit_u64,	       [FIELD_INT] = emit_int,
		[FIELD_U32] = emit_u32,	       [FIELD_U16] = emit_u16,
		[FIELD_BOOL] = emit_bool,      [FIELD_TRI] = emit_tri,
		[FIELD_WORD] = emit_word,      [FIELD_WORDS] = emit_words,
		[FIELD_STR] = emit_str,	       [FIELD_STRS] = emit_strs,
		[FIELD_PIECES] = emit_pieces,  [FIELD_RAW] = emit_raw,
		[FIELD_RAWS] = emit_raws,      [FIELD_TIME_MS] = emit_time_ms,
		[FIELD_TIME_S] = emit_time_s,  [FIELD_OBJECT] = emit_object,
		[FIELD_OBJECTS] = emit_objects};

	assert(kind < sizeof(of) / sizeof(of[0]) && of[kind] != NULL);
	return of[kind];
}

/* The first from `s` on that says something, or the end. */
static const struct step *loud(const struct step *s, const char *base)
{
	while (step_silent(s, base))
		s++;
	return s;
}

void record_emit_object(struct buf *b, const struct plan *p, const char *base)
{
	const char *known = p->text; /* not copied yet */

	for (const struct step *s = loud(p->steps, base);; s = loud(s + 1, base)) {
		size_t n = (size_t)(s->value - known);
		if (!buf_room(b, n + RECORD_EMIT_ROOM))
			return;
		put_known(b, known, n);
		if (s->emit == NULL)
			return;
		s->emit(b, s, base);
		known = s->after;
	}
}

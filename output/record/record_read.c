/* record_read.c - one pass over a line, led by the table of fields; see record_read.h. */
#include "output/record/record_read.h"

#include <assert.h>

#include "output/text/json.h"
#include "output/record/record_emit.h"
#include "output/record/record_read_parts.h"

#define READ_LIST_MAX 65536u /* elements of one list */

static bool read_object(struct reading *in, const struct object *o, char *base);

/* ---- lists ------------------------------------------------------------------------------- */

/* A list that grows in the arena; old copies stay there until the arena is reset. */
struct read_list {
	char *v;
	unsigned n, cap;
};

static void *read_list_add(struct reading *in, struct read_list *l, size_t size)
{
	if (l->n == l->cap) {
		unsigned cap = l->cap > 0 ? l->cap * 2 : 4;
		if (cap > READ_LIST_MAX) {
			read_fail(in, "a list is too long");
			return NULL;
		}
		char *v = read_alloc(in, cap * size);
		if (v == NULL)
			return NULL;
		if (l->n > 0)
			memcpy(v, l->v, l->n * size);
		l->v = v;
		l->cap = cap;
	}
	return l->v + l->n++ * size;
}

/* After '[' or an element: 1 another element follows, 0 the list has ended, -1 broken. */
static int read_more(struct reading *in, bool first)
{
	if (read_char(in, ']'))
		return 0;
	if (first || read_char(in, ','))
		return 1;
	read_fail(in, "a list is broken");
	return -1;
}

static bool read_strings(struct reading *in, struct read_list *l)
{
	int more;

	while ((more = read_more(in, l->n == 0)) > 0) {
		struct span *s = read_list_add(in, l, sizeof(*s));
		if (s == NULL || !read_string(in, s))
			return false;
	}
	return more == 0;
}

static bool read_numbers(struct reading *in, struct read_list *l)
{
	int more;

	while ((more = read_more(in, l->n == 0)) > 0) {
		uint16_t *at = read_list_add(in, l, sizeof(*at));
		int64_t v = 0;
		if (at == NULL || !read_integer(in, 0, UINT16_MAX, &v))
			return false;
		*at = (uint16_t)v;
	}
	return more == 0;
}

/* -1 when the vocabulary does not have it. */
static int read_word_find(struct reading *in, const struct field_words *words, struct span s)
{
	if (words->count <= 32)
		return words->parse(s);
	uint32_t h = (uint32_t)s.n;
	for (size_t i = 0; i < s.n; i++)
		h = h * 31 + (unsigned char)s.p[i];
	uint16_t *slot = &in->rr->codes[(h ^ h >> 11) % 512];
	if (*slot > 0 && *slot <= words->count && span_eq(span_str(words->word(*slot - 1u)), s))
		return *slot - 1;
	int found = words->parse(s);
	if (found >= 0)
		*slot = (uint16_t)(found + 1);
	return found;
}

static bool read_words(struct reading *in, const struct field_words *words, uint32_t *set)
{
	bool first = true;
	struct span s = SPAN_NULL;
	int more;

	*set = 0;
	while ((more = read_more(in, first)) > 0) {
		if (!read_string(in, &s))
			return false;
		int v = read_word_find(in, words, s);
		if (v < 0)
			in->rr->unknown_words++;
		else
			*set |= 1u << v;
		first = false;
	}
	return more == 0;
}

static bool read_objects(struct reading *in, const struct object *o, struct read_list *l)
{
	bool first = true;
	int more;

	while ((more = read_more(in, first)) > 0) {
		char *element = read_list_add(in, l, o->size);
		if (element == NULL)
			return false;
		unsigned unknown = in->rr->unknown_words;
		fields_silence(o, element);
		if (!read_object(in, o, element))
			return false;
		if (in->rr->unknown_words > unknown)
			l->n--; /* a finding of a newer version: it cannot be shown */
		first = false;
	}
	return more == 0;
}

static bool read_later(struct reading *in, const struct field *f, char *base, void *v, unsigned n)
{
	if (n == 0)
		return true;
	if (in->later_n == READ_LATER_MAX)
		return read_fail(in, "a key is repeated too often");
	in->later[in->later_n++] = (struct later){f, base, v, n};
	return true;
}

static bool read_list(struct reading *in, const struct field *f, char *base)
{
	struct read_list l = {0};
	bool ok;

	if (!read_char(in, '['))
		return read_fail(in, "a list was expected");
	if (f->kind == FIELD_PIECES)
		ok = read_numbers(in, &l);
	else if (f->kind == FIELD_OBJECTS)
		ok = read_objects(in, f->object, &l);
	else
		ok = read_strings(in, &l);
	if (!ok)
		return false;
	if (f->kind == FIELD_PIECES || f->kind == FIELD_RAWS)
		return read_later(in, f, base, l.v, l.n);
	*(void **)(base + f->at) = l.v;
	*(unsigned *)(base + f->at_n) = l.n;
	return true;
}

/* ---- values ------------------------------------------------------------------------------ */

static bool read_bool(struct reading *in, bool *v)
{
	read_blank(in);
	*v = in->p < in->end && *in->p == 't';
	if (!(*v ? read_literal(in, "true", 4) : read_literal(in, "false", 5)))
		return read_fail(in, "true or false was expected");
	return true;
}

static bool read_number(struct reading *in, const struct field *f, char *m)
{
	int64_t v = 0;

	switch ((enum field_kind)f->kind) {
	case FIELD_U64:
		if (!read_integer(in, 0, UINT64_MAX, &v))
			return false;
		*(uint64_t *)m = (uint64_t)v;
		return true;
	case FIELD_INT:
		if (!read_integer(in, INT32_MIN, INT32_MAX, &v))
			return false;
		*(int *)m = (int)v;
		return true;
	case FIELD_U32:
		if (!read_integer(in, 0, UINT32_MAX, &v))
			return false;
		*(uint32_t *)m = (uint32_t)v;
		return true;
	case FIELD_U16:
		if (!read_integer(in, 0, UINT16_MAX, &v))
			return false;
		*(uint16_t *)m = (uint16_t)v;
		return true;
	default:
		return read_integer(in, INT64_MIN, INT64_MAX, (int64_t *)m);
	}
}

static bool read_word(struct reading *in, const struct field *f, char *m)
{
	struct span s = SPAN_NULL;

	if (!read_string(in, &s))
		return false;
	int v = read_word_find(in, f->words, s);
	if (v < 0)
		in->rr->unknown_words++;
	else
		*(int *)m = v;
	return true;
}

static bool read_raw(struct reading *in, const struct field *f, char *base)
{
	struct span *s = read_alloc(in, sizeof(*s));

	return s != NULL && read_string(in, s) && read_later(in, f, base, s, 1);
}

static bool read_value(struct reading *in, const struct field *f, char *base)
{
	char *m = base + f->at;
	int64_t ms;
	bool flag;

	if (read_null(in))
		return true; /* the field stays as it was initialised */
	switch ((enum field_kind)f->kind) {
	case FIELD_SCHEMA:
		return read_integer(in, 0, INT32_MAX, &in->rr->schema);
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_U16:
		return read_number(in, f, m);
	case FIELD_BOOL:
		return read_bool(in, (bool *)m);
	case FIELD_TRI:
		if (!read_bool(in, &flag))
			return false;
		*(int *)m = flag;
		return true;
	case FIELD_WORD:
		return read_word(in, f, m);
	case FIELD_WORDS:
		if (!read_char(in, '['))
			return read_fail(in, "a list was expected");
		return read_words(in, f->words, (uint32_t *)m);
	case FIELD_STR:
		return read_string(in, (struct span *)m);
	case FIELD_RAW:
		return read_raw(in, f, base);
	case FIELD_TIME_MS:
		return read_time(in, (int64_t *)m);
	case FIELD_TIME_S:
		if (!read_time(in, &ms))
			return false;
		*(int64_t *)m = ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
		return true;
	case FIELD_OBJECT:
		if (in->rr->no_policy_n > 0 &&
		    read_literal(in, in->rr->no_policy, in->rr->no_policy_n))
			return true;
		return read_object(in, f->object, m);
	case FIELD_STRS:
	case FIELD_RAWS:
	case FIELD_PIECES:
	case FIELD_OBJECTS:
		return read_list(in, f, base);
	}
	assert(false && "a kind of field without a reader");
	return false;
}

/* ---- objects ----------------------------------------------------------------------------- */

/* The field of the key at in->p, moved behind the ':'. Keys nearly always come in the table's
 * order, so `next` is tried first. NULL for an unknown key, or on failure. */
static const struct field *read_key(struct reading *in, const struct object *o, unsigned next)
{
	struct span key = SPAN_NULL;

	read_blank(in);
	if (next < o->n) {
		const struct field *f = &o->fields[next];
		if (read_literal(in, f->lead + 1, f->lead_n - 1u))
			return f;
	}
	if (!read_string(in, &key))
		return NULL;
	if (!read_char(in, ':')) {
		read_fail(in, "a ':' was expected");
		return NULL;
	}
	for (unsigned i = 0; i < o->n; i++)
		if (span_eq(span_of(o->fields[i].key, o->fields[i].key_n), key))
			return &o->fields[i];
	in->rr->unknown_keys++;
	return NULL;
}

static bool read_object(struct reading *in, const struct object *o, char *base)
{
	uint64_t seen = 0;
	unsigned next = 0;
	bool first = true;

	if (!read_char(in, '{'))
		return read_fail(in, "an object was expected");
	while (!read_char(in, '}')) {
		if (!first && !read_char(in, ','))
			return read_fail(in, "a ',' or '}' was expected");
		first = false;
		const struct field *f = read_key(in, o, next);
		if (in->status != RECORD_READ_OK)
			return false;
		if (f == NULL) {
			if (!read_skip(in))
				return false;
			continue;
		}
		if (!read_value(in, f, base)) {
			if (in->rr->key == NULL)
				in->rr->key = f->key;
			return false;
		}
		next = (unsigned)(f - o->fields);
		seen |= 1ull << next;
		next++;
	}
	in->rr->missing += o->n - (unsigned)__builtin_popcountll(seen);
	return true;
}

static bool read_apply_raws(struct reading *in, struct span *target, const struct span *raw,
			    unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char *bytes = read_alloc(in, raw[i].n / 4 * 3 + 1);
		int64_t got = bytes != NULL ? json_base64_decode(raw[i], bytes) : -1;
		if (got < 0)
			return read_fail(in, "base64 was expected");
		target[i] = span_of(bytes, (size_t)got);
	}
	return true;
}

/* Lists that refine a field count only where they fit it. */
static bool read_apply(struct reading *in)
{
	for (unsigned i = 0; i < in->later_n; i++) {
		struct later *l = &in->later[i];
		const struct field *f = l->field;
		char *m = l->base + f->at;
		bool ok = true;
		if (f->kind == FIELD_RAW)
			ok = read_apply_raws(in, (struct span *)m, l->v, 1);
		else if (*(unsigned *)(l->base + f->at_n) != l->n)
			continue;
		else if (f->kind == FIELD_PIECES)
			*(void **)m = l->v;
		else
			ok = read_apply_raws(in, *(struct span **)m, l->v, l->n);
		if (!ok)
			return false;
	}
	return true;
}

void record_reader_init(struct record_reader *rr)
{
	struct buf text;
	struct record r;

	*rr = (struct record_reader){0};
	record_init(&r);
	buf_init(&text, 65536);
	if (record_emit_once(&r, &text) == 0) {
		const char *from = memmem(text.p, text.n, "\"policy\":{", 10);
		const char *to = memmem(text.p, text.n, ",\"tlsrpt\":", 10);
		assert(from != NULL && to != NULL);
		from += 9;
		if ((size_t)(to - from) <= sizeof(rr->no_policy)) {
			rr->no_policy_n = (size_t)(to - from);
			memcpy(rr->no_policy, from, rr->no_policy_n);
		}
	} /* else without memory: only slower */
	buf_release(&text);
}

enum record_read_status record_read(struct record_reader *rr, struct span line, struct arena *a,
				    struct record *r)
{
	struct reading in = {.rr = rr, .arena = a, .start = line.p, .p = line.p};

	in.end = line.p + line.n;
	in.status = RECORD_READ_OK;
	rr->schema = 0;
	rr->missing = rr->unknown_keys = rr->unknown_words = 0;
	rr->error = rr->key = NULL;
	rr->at = 0;
	record_init(r);
	if (!read_object(&in, fields_record(), (char *)r) || !read_apply(&in))
		return in.status;
	read_blank(&in);
	if (in.p != in.end)
		read_fail(&in, "something follows the object");
	else if (rr->schema < 1 || r->line == 0)
		read_fail(&in, "an object, but no record of this program");
	/* The one piece of evidence that is stored as its finding only. */
	for (unsigned i = 0; in.status == RECORD_READ_OK && i < r->issues_n; i++)
		r->worker_crashed |= r->issues[i].code == ISSUE_scan_worker_crashed;
	return in.status;
}

/* An object that describes an MX host, whatever else. */
static enum record_read_status read_host(struct record_reader *rr, struct span text,
					 struct arena *a, const struct object *o,
					 struct record_mx_host *h)
{
	struct reading in = {.rr = rr, .arena = a, .start = text.p, .p = text.p};

	in.end = text.p + text.n;
	in.status = RECORD_READ_OK;
	rr->missing = rr->unknown_keys = rr->unknown_words = 0;
	rr->error = rr->key = NULL;
	record_mx_host_init(h);
	if (!read_object(&in, o, (char *)h) || !read_apply(&in))
		return in.status;
	read_blank(&in);
	if (in.p != in.end || h->host.n == 0)
		read_fail(&in, "an object, but no MX host");
	return in.status;
}

enum record_read_status record_read_mx_host(struct record_reader *rr, struct span text,
					    struct arena *a, struct record_mx_host *h)
{
	return read_host(rr, text, a, fields_mx_host(), h);
}

enum record_read_status record_read_host(struct record_reader *rr, struct span line,
					 struct arena *a, struct record_host *h)
{
	h->pace_key = SPAN_NULL;
	h->names = 0;
	return read_host(rr, line, a, fields_host(), &h->mx);
}

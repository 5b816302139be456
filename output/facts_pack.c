/*
 * facts_pack.c - the row as bytes, for the pipe between worker and supervisor.
 *
 * Numbers are zigzag varints (most are 0 or -1: one byte), strings a length and bytes, in the order
 * of the lists in facts.h. The reader trusts nothing: every number is checked against its range.
 */
#include "output/facts.h"

#include <assert.h>

#define FACTS_VERSION 1u

struct facts_out {
	uint8_t *p;
	size_t n;
};

static void put_varint(struct facts_out *o, uint64_t v)
{
	while (v >= 0x80) {
		o->p[o->n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	o->p[o->n++] = (uint8_t)v;
}

static void put_number(struct facts_out *o, int64_t v)
{
	put_varint(o, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

/* Length + 1, 0 for null. */
static void put_string(struct facts_out *o, struct span s)
{
	put_varint(o, s.p == NULL ? 0 : s.n + 1);
	if (s.p == NULL || s.n == 0)
		return;
	memcpy(o->p + o->n, s.p, s.n);
	o->n += s.n;
}

static void put_hash(struct facts_out *o, uint64_t v)
{
	memcpy(o->p + o->n, &v, sizeof(v));
	o->n += sizeof(v);
}

size_t facts_pack(const struct facts *f, uint8_t out[FACTS_PACKED_MAX])
{
	struct facts_out o = {.p = out};

	put_varint(&o, FACTS_VERSION);
#define PUT(name, low, high)                                                                       \
	assert(f->name >= (low) && f->name <= (high));                                             \
	put_number(&o, f->name);
	FACTS_NUMBERS(PUT)
#undef PUT
#define PUT(name) put_hash(&o, f->name);
	FACTS_HASHES(PUT)
#undef PUT
#define PUT(name, max)                                                                             \
	assert(f->name.n <= (max));                                                                \
	put_string(&o, f->name);
	FACTS_STRINGS(PUT)
#undef PUT
	assert(f->issues_n <= FINDINGS_MAX);
	put_varint(&o, f->issues_n);
	for (unsigned i = 0; i < f->issues_n; i++)
		put_varint(&o, (uint64_t)f->issues[i].code << 3 |
				       (unsigned)f->issues[i].severity << 1 | f->issues[i].root);
	assert(o.n <= FACTS_PACKED_MAX);
	return o.n;
}

/* Largest row: 10 bytes a number, 8 a hash, 2 more a string, 4 an issue. */
#define COUNT_NUMBER(name, low, high) +10
#define COUNT_HASH(name) +8
#define COUNT_STRING(name, max) +2 + (max)
static_assert(1 FACTS_NUMBERS(COUNT_NUMBER) FACTS_HASHES(COUNT_HASH) FACTS_STRINGS(COUNT_STRING) +
			      1 + 4 * FINDINGS_MAX <=
		      FACTS_PACKED_MAX,
	      "a row must fit");

/* Cursor with a sticky error: read what you like, look once. */
struct facts_in {
	const uint8_t *p;
	size_t n, at;
	bool bad;
};

static uint64_t get_varint(struct facts_in *in)
{
	uint64_t v = 0;

	if (in->at < in->n && in->p[in->at] < 0x80) /* nearly always */
		return in->p[in->at++];
	for (unsigned shift = 0; shift < 64 && in->at < in->n && !in->bad; shift += 7) {
		uint8_t byte = in->p[in->at++];
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	in->bad = true;
	return 0;
}

static int64_t get_number(struct facts_in *in, int64_t low, int64_t high)
{
	uint64_t raw = get_varint(in);
	int64_t v = (int64_t)(raw >> 1 ^ (0 - (raw & 1)));

	if (v < low || v > high) {
		in->bad = true;
		return low;
	}
	return v;
}

static struct span get_string(struct facts_in *in, size_t max)
{
	uint64_t n = get_varint(in);

	if (n == 0 || in->bad)
		return SPAN_NULL;
	n--;
	if (n > max || n > in->n - in->at) {
		in->bad = true;
		return SPAN_NULL;
	}
	struct span s = {(const char *)in->p + in->at, n};
	in->at += n;
	return s;
}

static uint64_t get_hash(struct facts_in *in)
{
	uint64_t v = 0;

	if (in->bad || in->n - in->at < sizeof(v)) {
		in->bad = true;
		return 0;
	}
	memcpy(&v, in->p + in->at, sizeof(v));
	in->at += sizeof(v);
	return v;
}

static void get_issues(struct facts_in *in, struct facts *f)
{
	uint64_t n = get_varint(in);

	f->issues_n = 0;
	if (n > FINDINGS_MAX)
		in->bad = true;
	for (uint64_t i = 0; i < n && !in->bad; i++) {
		uint64_t v = get_varint(in);
		if (v >> 3 >= ISSUE_COUNT) {
			in->bad = true;
			return;
		}
		f->issues[f->issues_n++] =
			(struct facts_issue){(uint16_t)(v >> 3), (uint8_t)(v >> 1 & 3), v & 1};
	}
}

size_t facts_unpack(struct facts *f, const uint8_t *p, size_t n)
{
	struct facts_in in = {.p = p, .n = n};

	if (get_varint(&in) != FACTS_VERSION)
		return 0;
#define GET(name, low, high) f->name = get_number(&in, low, high);
	FACTS_NUMBERS(GET)
#undef GET
#define GET(name) f->name = get_hash(&in);
	FACTS_HASHES(GET)
#undef GET
#define GET(name, max) f->name = get_string(&in, max);
	FACTS_STRINGS(GET)
#undef GET
	get_issues(&in, f);
	return in.bad ? 0 : in.at;
}

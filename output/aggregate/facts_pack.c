/*
 * facts_pack.c - the row as bytes, for the pipe between worker and supervisor.
 *
 * First a bit a member, in the order of the lists in facts.h: whether it says anything. A number at
 * the low end of its range, no hash and no string say nothing, and as most names deploy nothing,
 * most bits are 0. Then the members that do: numbers as zigzag varints, hashes in eight bytes,
 * strings as length and bytes. The reader trusts nothing: every number is checked against its
 * range.
 */
#include "output/aggregate/facts.h"

#include <assert.h>
#include <stddef.h>

/* One more with each change of what is packed: worker and supervisor are of one version, and check
 * it. */
#define FACTS_VERSION 4u

/* Where each member is, and its range. */
static const struct {
	size_t at;
	int64_t low, high;
} numbers[] = {
#define ROW(name, low, high) {offsetof(struct facts, name), low, high},
	FACTS_NUMBERS(ROW)
#undef ROW
};
static const size_t hashes[] = {
#define ROW(name) offsetof(struct facts, name),
	FACTS_HASHES(ROW)
#undef ROW
};
static const struct {
	size_t at, max;
} strings[] = {
#define ROW(name, max) {offsetof(struct facts, name), max},
	FACTS_STRINGS(ROW)
#undef ROW
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Which members say something: a bit a row of each table. */
struct facts_said {
	uint64_t numbers;
	uint8_t hashes;
	uint16_t strings;
};

static_assert(COUNT(numbers) <= 64 && COUNT(hashes) <= 8 && COUNT(strings) <= 16, "a bit a member");

/* The lowest bit of a set that is not empty, which it leaves. */
static unsigned take_bit(uint64_t *set)
{
	unsigned bit = (unsigned)__builtin_ctzll(*set);

	*set &= *set - 1;
	return bit;
}

struct facts_out {
	uint8_t *p;
	size_t n;
};

static void put_bytes(struct facts_out *o, const void *p, size_t n)
{
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void put_varint(struct facts_out *o, uint64_t v)
{
	while (v >= 0x80) {
		o->p[o->n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	o->p[o->n++] = (uint8_t)v;
}

static struct facts_said facts_say(const struct facts *f)
{
	struct facts_said said = {0};
	unsigned bit = 0;

#define SAID(name, low, high) said.numbers |= (uint64_t)(f->name != (low)) << bit++;
	FACTS_NUMBERS(SAID)
#undef SAID
	bit = 0;
#define SAID(name) said.hashes |= (uint8_t)((f->name != 0) << bit++);
	FACTS_HASHES(SAID)
#undef SAID
	bit = 0;
#define SAID(name, max) said.strings |= (uint16_t)((f->name.p != NULL) << bit++);
	FACTS_STRINGS(SAID)
#undef SAID
	return said;
}

size_t facts_pack(const struct facts *f, uint8_t out[FACTS_PACKED_MAX])
{
	const char *base = (const char *)f;
	struct facts_out o = {.p = out};
	struct facts_said said = facts_say(f);

	put_varint(&o, FACTS_VERSION);
	put_bytes(&o, &said.numbers, sizeof(said.numbers));
	put_bytes(&o, &said.hashes, sizeof(said.hashes));
	put_bytes(&o, &said.strings, sizeof(said.strings));
	for (uint64_t left = said.numbers; left != 0;) {
		unsigned i = take_bit(&left);
		int64_t v = *(const int64_t *)(const void *)(base + numbers[i].at);
		assert(v >= numbers[i].low && v <= numbers[i].high);
		put_varint(&o, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
	}
	for (uint64_t left = said.hashes; left != 0;)
		put_bytes(&o, base + hashes[take_bit(&left)], sizeof(uint64_t));
	for (uint64_t left = said.strings; left != 0;) {
		unsigned i = take_bit(&left);
		const struct span *s = (const void *)(base + strings[i].at);
		assert(s->n <= strings[i].max);
		put_varint(&o, s->n);
		put_bytes(&o, s->p, s->n);
	}
	assert(f->issues_n <= FINDINGS_MAX);
	put_varint(&o, f->issues_n);
	for (unsigned i = 0; i < f->issues_n; i++)
		put_varint(&o, (uint64_t)f->issues[i].code << 3 |
				       (unsigned)f->issues[i].severity << 1 | f->issues[i].root);
	assert(o.n <= FACTS_PACKED_MAX);
	return o.n;
}

/* Largest row: version and bits, 10 bytes a number, 8 a hash, 2 more a string, 4 an issue. */
#define COUNT_STRING(name, max) +2 + (max)
static_assert(1 + 11 + 10 * COUNT(numbers) + 8 * COUNT(hashes) FACTS_STRINGS(COUNT_STRING) + 1 +
			      4 * FINDINGS_MAX <=
		      FACTS_PACKED_MAX,
	      "a row must fit");

/* Cursor with a sticky error: read what you like, look once. */
struct facts_in {
	const uint8_t *p;
	size_t n, at;
	bool bad;
};

static uint64_t get_long_varint(struct facts_in *in)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && in->at < in->n && !in->bad; shift += 7) {
		uint8_t byte = in->p[in->at++];
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	in->bad = true;
	return 0;
}

/* Nearly always it is one byte. */
static inline uint64_t get_varint(struct facts_in *in)
{
	if (in->at < in->n && in->p[in->at] < 0x80)
		return in->p[in->at++];
	return get_long_varint(in);
}

/* Copies n bytes, or nothing when there are not so many left. */
static void get_bytes(struct facts_in *in, void *out, size_t n)
{
	if (in->bad || n > in->n - in->at) {
		in->bad = true;
		return;
	}
	memcpy(out, in->p + in->at, n);
	in->at += n;
}

/* A bit without a member is as bad as a value out of its range. */
static void get_numbers(struct facts_in *in, char *base, uint64_t said)
{
	while (said != 0 && !in->bad) {
		unsigned i = take_bit(&said);
		uint64_t raw = get_varint(in);
		int64_t v = (int64_t)(raw >> 1 ^ (0 - (raw & 1)));
		if (i >= COUNT(numbers) || v < numbers[i].low || v > numbers[i].high)
			in->bad = true;
		else
			*(int64_t *)(void *)(base + numbers[i].at) = v;
	}
}

static void get_hashes(struct facts_in *in, char *base, uint64_t said)
{
	while (said != 0 && !in->bad) {
		unsigned i = take_bit(&said);
		if (i >= COUNT(hashes))
			in->bad = true;
		else
			get_bytes(in, base + hashes[i], sizeof(uint64_t));
	}
}

static void get_strings(struct facts_in *in, char *base, uint64_t said)
{
	while (said != 0 && !in->bad) {
		unsigned i = take_bit(&said);
		uint64_t n = get_varint(in);
		if (in->bad || i >= COUNT(strings) || n > strings[i].max || n > in->n - in->at) {
			in->bad = true;
			return;
		}
		*(struct span *)(void *)(base + strings[i].at) =
			span_of((const char *)in->p + in->at, n);
		in->at += n;
	}
}

static void get_issues(struct facts_in *in, struct facts *f)
{
	uint64_t n = get_varint(in);

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
	struct facts_said said = {0};

	if (get_varint(&in) != FACTS_VERSION)
		return 0;
	get_bytes(&in, &said.numbers, sizeof(said.numbers));
	get_bytes(&in, &said.hashes, sizeof(said.hashes));
	get_bytes(&in, &said.strings, sizeof(said.strings));
	facts_silence(f);
	get_numbers(&in, (char *)f, said.numbers);
	get_hashes(&in, (char *)f, said.hashes);
	get_strings(&in, (char *)f, said.strings);
	get_issues(&in, f);
	return in.bad ? 0 : in.at;
}

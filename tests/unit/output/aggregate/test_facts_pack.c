/* Packed rows, written here byte by byte: what is in its range is taken, the next value is not. */
#include <criterion/criterion.h>

#include "output/aggregate/facts.h"
#include "tests/support/guard.h"

#define VERSION 4

struct row {
	uint8_t p[512];
	size_t n;
};

static void put(struct row *r, uint64_t v)
{
	for (; v >= 128; v >>= 7)
		r->p[r->n++] = (uint8_t)(v % 128 + 128);
	r->p[r->n++] = (uint8_t)v;
}

/* A row whose bits say so; what they promise has to follow. */
static struct row row_of(uint64_t numbers, unsigned hashes, unsigned strings)
{
	struct row r = {.p = {VERSION}, .n = 1};

	for (unsigned i = 0; i < 8; i++)
		r.p[r.n++] = (uint8_t)(numbers >> 8 * i);
	r.p[r.n++] = (uint8_t)hashes;
	r.p[r.n++] = (uint8_t)strings;
	r.p[r.n++] = (uint8_t)(strings >> 8);
	return r;
}

static bool taken(struct facts *f, const struct row *r)
{
	struct guard g = guard_copy(r->p, r->n);
	size_t n = facts_unpack(f, (const uint8_t *)g.p, r->n);

	cr_assert(n == 0 || n == r->n, "%zu of %zu", n, r->n);
	guard_free(&g);
	cr_assert_eq(facts_unpack(f, r->p, r->n), n); /* strings point into the row */
	return n > 0;
}

static bool takes_number(struct facts *f, unsigned bit, int64_t v)
{
	struct row r = row_of(1ull << bit, 0, 0);

	put(&r, v < 0 ? 2 * (uint64_t)(-(v + 1)) + 1 : 2 * (uint64_t)v);
	put(&r, 0); /* issues */
	return taken(f, &r);
}

Test(facts_pack, every_number_at_the_ends_of_its_range)
{
	static struct facts f;
	unsigned bit = 0;

#define CHECK(name, low, high)                                                                     \
	cr_expect(takes_number(&f, bit, high) && f.name == (high), #name);                         \
	cr_expect(takes_number(&f, bit, low) && f.name == (low), #name);                           \
	cr_expect_not(takes_number(&f, bit, (int64_t)(low)-1), #name);                             \
	cr_expect(INT64_MAX == (high) || !takes_number(&f, bit, (int64_t)((uint64_t)(high) + 1)),  \
		  #name);                                                                          \
	bit++;
	FACTS_NUMBERS(CHECK)
#undef CHECK
	cr_assert_lt(bit, 65);
	for (; bit < 64; bit++)
		cr_expect_not(takes_number(&f, bit, 0), "%u is no number", bit);
}

Test(facts_pack, every_string_at_its_longest)
{
	static struct facts f;
	static const char text[300] = "a text that is long enough";
	unsigned bit = 0;

	for (unsigned more = 0; more < 2; more++) {
		bit = 0;
#define CHECK(name, max)                                                                           \
	{                                                                                          \
		struct row r = row_of(0, 0, 1u << bit++);                                          \
		put(&r, (max) + more);                                                             \
		memcpy(r.p + r.n, text, (max) + more);                                             \
		r.n += (max) + more;                                                               \
		put(&r, 0);                                                                        \
		cr_expect_eq(taken(&f, &r), more == 0, #name);                                     \
		cr_expect(more > 0 || (f.name.n == (max) && memcmp(f.name.p, text, (max)) == 0));  \
	}
		FACTS_STRINGS(CHECK)
#undef CHECK
	}
	for (; bit < 16; bit++) {
		struct row r = row_of(0, 0, 1u << bit);
		put(&r, 0);
		put(&r, 0);
		cr_expect_not(taken(&f, &r), "%u is no string", bit);
	}
	struct row cut = row_of(0, 0, 1);
	put(&cut, 3);
	memcpy(cut.p + cut.n, "ab", 2);
	cut.n += 2;
	cr_expect_not(taken(&f, &cut), "a string goes on behind the end");
}

Test(facts_pack, hashes)
{
	static struct facts f;
	unsigned bit = 0;

#define CHECK(name)                                                                                \
	{                                                                                          \
		struct row r = row_of(0, 1u << bit++, 0);                                          \
		const uint64_t v = 0x0123456789abcdef;                                             \
		memcpy(r.p + r.n, &v, sizeof(v));                                                  \
		r.n += sizeof(v);                                                                  \
		put(&r, 0);                                                                        \
		cr_expect(taken(&f, &r) && f.name == v, #name);                                    \
	}
	FACTS_HASHES(CHECK)
#undef CHECK
	for (; bit < 8; bit++) {
		struct row r = row_of(0, 1u << bit, 0);
		memset(r.p + r.n, 1, 8);
		r.n += 8;
		put(&r, 0);
		cr_expect_not(taken(&f, &r), "%u is no hash", bit);
	}
}

Test(facts_pack, issues)
{
	static struct facts f;
	struct row r = row_of(0, 0, 0);

	put(&r, 3);
	put(&r, 0);
	put(&r, (uint64_t)(ISSUE_COUNT - 1) << 3 | 7);
	put(&r, 1 << 3 | 2);
	cr_assert(taken(&f, &r));
	cr_expect_eq(f.issues_n, 3);
	cr_expect(f.issues[0].code == 0 && f.issues[0].severity == 0 && !f.issues[0].root);
	cr_expect(f.issues[1].code == ISSUE_COUNT - 1 && f.issues[1].severity == 3 &&
		  f.issues[1].root);
	cr_expect(f.issues[2].code == 1 && f.issues[2].severity == 1 && !f.issues[2].root);
	r = row_of(0, 0, 0);
	put(&r, 1);
	put(&r, (uint64_t)ISSUE_COUNT << 3);
	cr_expect_not(taken(&f, &r), "a code that there is not");
	for (unsigned more = 0; more < 2; more++) {
		r = row_of(0, 0, 0);
		put(&r, FINDINGS_MAX + more);
		for (unsigned i = 0; i < FINDINGS_MAX + more; i++)
			put(&r, 0);
		cr_expect_eq(taken(&f, &r), more == 0);
	}
}

Test(facts_pack, versions_and_endless_numbers)
{
	static struct facts f;
	struct row r = row_of(0, 0, 0);

	put(&r, 0);
	cr_expect(taken(&f, &r));
	cr_expect_eq(f.issues_n, 0);
	r.p[0] = VERSION - 1;
	cr_expect_not(taken(&f, &r));
	r.p[0] = VERSION + 1;
	cr_expect_not(taken(&f, &r));
	r = row_of(1, 0, 0);
	memset(r.p + r.n, 0x80, 10); /* 0, in eleven bytes */
	r.n += 10;
	put(&r, 0);
	put(&r, 0);
	cr_expect_not(taken(&f, &r));
}

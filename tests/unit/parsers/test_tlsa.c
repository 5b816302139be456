/* test_tlsa.c - records that can be used and why others cannot, digest agility, presentation. */
#include <criterion/criterion.h>

#include "parsers/tlsa.h"
#include "tests/support/guard.h"

#define D8 "12345678"
#define D32 D8 D8 D8 D8
#define D64 D32 D32

static struct tlsa tlsa_of(const void *rdata, size_t n, struct guard *g)
{
	struct tlsa t;

	*g = guard_copy(rdata, n);
	tlsa_read((const uint8_t *)g->p, n, &t);
	return t;
}

Test(tlsa, cases)
{
#define ROW(literal, use)                                                                          \
	{                                                                                          \
		literal, sizeof(literal) - 1, use                                                  \
	}
	static const struct {
		const char *rdata;
		size_t n;
		enum tlsa_use use;
	} cases[] = {
		ROW("\3\1\1" D32, TLSA_USABLE),
		ROW("\3\0\2" D64, TLSA_USABLE),
		ROW("\2\0\1" D32, TLSA_USABLE),
		ROW("\2\1\0\x30\3abc", TLSA_USABLE),
		ROW("\3\0\0\x30\x81\4abcd", TLSA_USABLE),
		ROW("\3\0\0\x30\x82\0\4abcd", TLSA_USABLE),
		ROW("", TLSA_BAD_SHORT),
		ROW("\3\1", TLSA_BAD_SHORT),
		ROW("\3\1\1", TLSA_BAD_EMPTY),
		ROW("\0\1\1", TLSA_BAD_EMPTY),
		ROW("\4\1\1" D32, TLSA_BAD_USAGE),
		ROW("\xff\1\1" D32, TLSA_BAD_USAGE),
		ROW("\3\2\1" D32, TLSA_BAD_SELECTOR),
		ROW("\3\1\3" D32, TLSA_BAD_MATCHING),
		ROW("\3\1\xff" D32, TLSA_BAD_MATCHING),
		ROW("\3\1\1" D32 "x", TLSA_BAD_LENGTH),
		ROW("\3\1\1" D8 D8 D8 "1234567", TLSA_BAD_LENGTH),
		ROW("\3\1\2" D32, TLSA_BAD_LENGTH),
		ROW("\3\1\1" D64, TLSA_BAD_LENGTH),
		ROW("\3\1\0\x30", TLSA_BAD_DATA),
		ROW("\3\1\0\x30\4abc", TLSA_BAD_DATA),
		ROW("\3\1\0\x30\2abc", TLSA_BAD_DATA),
		ROW("\3\1\0\x31\3abc", TLSA_BAD_DATA),
		ROW("\3\1\0\x30\x80\0\0", TLSA_BAD_DATA),
		ROW("\3\1\0\x30\x84\0\0\0\3abc", TLSA_BAD_DATA),
		ROW("\3\1\0\x30\x83\0", TLSA_BAD_DATA),
		ROW("\0\0\1" D32, TLSA_BAD_PKIX),
		ROW("\1\1\2" D64, TLSA_BAD_PKIX),
		ROW("\1\1\2" D32, TLSA_BAD_LENGTH),
	};
#undef ROW

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard g;
		struct tlsa t = tlsa_of(cases[i].rdata, cases[i].n, &g);
		cr_expect_eq(t.use, cases[i].use, "row %zu: %d", i, t.use);
		cr_expect_eq(tlsa_use_text(t.use) == NULL, t.use == TLSA_USABLE);
		cr_expect_eq(t.data.n, cases[i].n < 3 ? 0 : cases[i].n - 3);
		guard_free(&g);
	}
}

Test(tlsa, of_digests_only_the_strongest_counts)
{
	static const char *const rdata[] = {
		"\3\1\1" D32,	   "\3\1\2" D64, "\3\1\2" D32 /* too short */,
		"\3\1\0\x30\3abc", "\3\0\1" D32, "\2\1\1" D32,
	};
	static const size_t n[] = {35, 67, 35, 8, 35, 35};
	static const bool counts[] = {false, true, false, true, true, true};
	struct tlsa set[6];

	for (unsigned i = 0; i < 6; i++)
		tlsa_read((const uint8_t *)rdata[i], n[i], &set[i]);
	for (unsigned i = 0; i < 6; i++)
		if (set[i].use == TLSA_USABLE)
			cr_expect_eq(tlsa_counts(set, 6, i), counts[i], "record %u", i);
	/* A digest that cannot be used pushes nobody out. */
	set[1] = set[2];
	cr_expect(tlsa_counts(set, 6, 0));
}

Test(tlsa, text_and_back)
{
	static const char *const bad[] = {"",	       "3",	   "3 1 1",    "3 1 256 00",
					  "3 1 x 00",  "3 1 1 0",  "3 1 1 0g", "3 1 1 AA",
					  "3  1 1 00", "-3 1 1 00"};
	static uint8_t rdata[3 + 2000] = {3, 1, 0, 0x30, 0x82, 0x07, 0xcc};
	uint8_t back[TLSA_RDATA_MAX];
	char text[TLSA_TEXT_MAX];
	struct tlsa t, u;

	cr_assert(tlsa_parse(SPAN_LIT("3 1 1 0aff"), back, &u));
	cr_expect(u.use == TLSA_BAD_LENGTH && u.data.n == 2 && u.usage == 3 && u.matching == 1);
	tlsa_read(rdata, sizeof(rdata), &t);
	cr_assert_eq(t.use, TLSA_USABLE);
	cr_assert(tlsa_parse(span_of(text, tlsa_text(&t, text)), back, &u));
	cr_expect_eq(u.use, TLSA_USABLE, "cut, and yet no digest: %d", u.use);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct guard g = guard_copy(bad[i], strlen(bad[i]));
		cr_expect_not(tlsa_parse(span_of(g.p, g.n), back, &u), "%s", bad[i]);
		guard_free(&g);
	}
}

Test(tlsa, text)
{
	static uint8_t rdata[3 + 5000] = {3, 1, 1, 0x0a, 0xff};
	char text[TLSA_TEXT_MAX];
	struct tlsa t;

	tlsa_read(rdata, 5, &t);
	cr_expect_eq(tlsa_text(&t, text), 10);
	cr_expect_str_eq(text, "3 1 1 0aff");
	tlsa_read(rdata, 1, &t);
	tlsa_text(&t, text);
	cr_expect_str_eq(text, "0 0 0 ");
	rdata[0] = rdata[1] = rdata[2] = 255;
	tlsa_read(rdata, sizeof(rdata), &t);
	size_t length = tlsa_text(&t, text);
	cr_expect_eq(length, strlen(text));
	cr_expect_eq(length, strlen("255 255 255 ") + 2 * TLSA_TEXT_DATA_MAX + 3);
	cr_expect_str_eq(text + length - 5, "00...");
}

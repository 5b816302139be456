/* test_utf8.c - every code point, and what RFC 3629 forbids. */
#include <criterion/criterion.h>
#include <stdint.h>

#include "parsers/utf8.h"
#include "tests/support/guard.h"

static size_t encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)((0xf00 >> n & 0xf0) | c);
	return n;
}

Test(utf8, every_code_point)
{
	char text[4];

	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		size_t n = encode(c, text);
		bool surrogate = c >= 0xd800 && c <= 0xdfff;
		cr_assert_eq(utf8_sequence(text, n), surrogate ? 0 : n, "U+%04X", c);
		if (n > 1)
			cr_assert_eq(utf8_sequence(text, n - 1), 0, "U+%04X cut", c);
	}
}

Test(utf8, ill_formed)
{
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xe0\x80\x80",
					  "\xe0\x9f\xbf",
					  "\xf0\x80\x80\x80",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xff",
					  "\xc3(",
					  "\xe2\x82(",
					  "\xed\xa0\x80"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(utf8_sequence(bad[i], strlen(bad[i])), 0, "%zu", i);
}

Test(utf8, prefix)
{
	for (size_t n = 0; n < 40; n++)
		for (size_t at = 0; at <= n; at++) {
			char text[41];
			memset(text, 'a', sizeof(text));
			if (at < n)
				text[at] = '\xff';
			struct guard g = guard_copy(text, n);
			cr_assert_eq(utf8_valid_prefix(span_of(g.p, g.n)), at);
			guard_free(&g);
		}
}

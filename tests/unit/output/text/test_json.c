/* JSON text: strings, numbers, times, base64. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#include "output/text/json.h"

static const char *text_of(struct buf *b)
{
	buf_bytes(b, "", 0);
	static char text[4096];
	cr_assert_lt(b->n, sizeof(text));
	memcpy(text, b->p, b->n);
	text[b->n] = '\0';
	return text;
}

#define EXPECT_JSON(call, expected)                                                                \
	do {                                                                                       \
		struct buf b;                                                                      \
		buf_init(&b, 4096);                                                                \
		call;                                                                              \
		cr_expect_str_eq(text_of(&b), expected, "%s", text_of(&b));                        \
		buf_release(&b);                                                                   \
	} while (0)

#define BAD "\xef\xbf\xbd"

Test(json, strings)
{
	EXPECT_JSON(json_str(&b, SPAN_NULL), "null");
	EXPECT_JSON(json_str(&b, SPAN_LIT("")), "\"\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("a\"b\\c/")), "\"a\\\"b\\\\c/\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\b\t\n\f\r\x01\x1f\x7f")),
		    "\"\\b\\t\\n\\f\\r\\u0001\\u001f\\u007f\"");
	/* C1 controls, and their neighbours; in steps of eight, too. */
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0\xc3\x9b")),
		    "\"\\u0080\\u009b\\u009f\\u00a0\xc3\x9b\"");
	/* What reorders, joins or hides; three bytes and four. */
	EXPECT_JSON(
		json_str(&b,
			 SPAN_LIT("a\xe2\x80\xae\xef\xbb\xbf\xf3\xa0\x81\x81\xf4\x8f\xbf\xbfz")),
		"\"a\\u202e\\ufeff\\udb40\\udc41\\udbff\\udfffz\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("abcdefgh1234567\x7f")), "\"abcdefgh1234567\\u007f\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\0")), "\"" BAD "\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80")),
		    "\"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

/* One U+FFFD a maximal bad run, as in Unicode's table 3-8. */
Test(json, invalid_utf8)
{
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xff")), "\"" BAD "\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xc0\xaf")), "\"" BAD BAD "\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xe0\x80\xaf")), "\"" BAD BAD BAD "\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xed\xa0\x80")), "\"" BAD BAD BAD "\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xf4\x90\x80\x80")), "\"" BAD BAD BAD BAD "\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xf0\x9f\x98")), "\"" BAD "\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\xf0\x9f\x98z")), "\"" BAD "z\"");
	EXPECT_JSON(json_str(&b, SPAN_LIT("\x80")), "\"" BAD "\"");
}

/* A step of eight bytes must find the byte wherever it is, and what follows is plain again. */
Test(json, one_byte_that_is_not_plain_anywhere)
{
	static const char *const special[][2] = {{"\"", "\\\""},
						 {"\\", "\\\\"},
						 {"\x1f", "\\u001f"},
						 {"\x7f", "\\u007f"},
						 {"\xff", BAD},
						 {"\xc3\xbc", "\xc3\xbc"},
						 {"\xe2\x82\xac", "\xe2\x82\xac"},
						 {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}};
	static const char plain[] = " !#[]^`~ abcdefghijklmnopqrstuvw";

	for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++) {
		for (int before = 0; before < 20; before++) {
			for (int after = 0; after < 20; after++) {
				char in[64], expected[64];
				snprintf(in, sizeof(in), "%.*s%s%.*s", before, plain, special[i][0],
					 after, plain);
				snprintf(expected, sizeof(expected), "\"%.*s%s%.*s\"", before,
					 plain, special[i][1], after, plain);
				EXPECT_JSON(json_str(&b, span_str(in)), expected);
			}
		}
	}
}

/* Each pair of bytes, alone and in a step of eight, byte by byte. */
Test(json, a_step_finds_what_single_bytes_need)
{
	struct buf alone, step;

	buf_init(&alone, 4096);
	buf_init(&step, 4096);
	for (unsigned v = 0; v < 0x10000; v++) {
		char in[8] = {(char)(v >> 8), (char)v, 'c', 'd', 'e', 'f', 'g', 'h'};
		buf_reset(&alone);
		buf_reset(&step);
		json_str(&alone, span_of(in, 7));
		json_str(&step, span_of(in, 8));
		alone.n--;
		buf_bytes(&alone, "h\"", 2);
		cr_assert_eq(alone.n, step.n, "%04x", v);
		cr_assert_arr_eq(alone.p, step.p, step.n, "%04x", v);
	}
	buf_release(&alone);
	buf_release(&step);
}

Test(json, numbers_and_times)
{
	EXPECT_JSON(json_int(&b, 0), "0");
	EXPECT_JSON(json_int(&b, INT64_MIN), "-9223372036854775808");
	EXPECT_JSON(json_uint(&b, UINT64_MAX), "18446744073709551615");
	EXPECT_JSON(json_time_ms(&b, 0), "\"1970-01-01T00:00:00.000Z\"");
	EXPECT_JSON(json_time_ms(&b, -1), "\"1969-12-31T23:59:59.999Z\"");
	EXPECT_JSON(json_time_ms(&b, 951827696789), "\"2000-02-29T12:34:56.789Z\"");
	EXPECT_JSON(json_time_ms(&b, INT64_MAX), "\"9999-12-31T23:59:59.999Z\"");
	EXPECT_JSON(json_time_ms(&b, INT64_MIN), "\"0000-01-01T00:00:00.000Z\"");
}

/* Every number of digits at both its ends. */
Test(json, numbers_of_every_length)
{
	uint64_t least = 1;

	for (unsigned n = 1; n <= 20; n++, least *= 10) {
		const uint64_t some[] = {least, least - 1, least + 1, least / 7 * 9};
		for (unsigned i = 0; i < 4; i++) {
			char expected[24];
			snprintf(expected, sizeof(expected), "%llu", (unsigned long long)some[i]);
			EXPECT_JSON(json_uint(&b, some[i]), expected);
		}
	}
}

/* Every day of the years that a time may have, as the C library has them. */
Test(json, every_day)
{
	struct buf b;

	buf_init(&b, 64);
	for (time_t t = -62167219200 + 86399; t <= 253402300799; t += 86400) {
		struct tm tm;
		char expected[64];
		size_t n;
		cr_assert_not_null(gmtime_r(&t, &tm));
		n = (size_t)snprintf(expected, sizeof(expected), "\"%04d-%02d-%02dT23:59:59.987Z\"",
				     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		buf_reset(&b);
		json_time_ms(&b, t * 1000 + 987);
		cr_assert_eq(b.n, n);
		cr_assert_arr_eq(b.p, expected, n, "%s", expected);
	}
	buf_release(&b);
}

/* RFC 4648 section 10. */
Test(json, base64)
{
	static const char *const vectors[][2] = {{"", ""},
						 {"f", "Zg=="},
						 {"fo", "Zm8="},
						 {"foo", "Zm9v"},
						 {"foob", "Zm9vYg=="},
						 {"fooba", "Zm9vYmE="},
						 {"foobar", "Zm9vYmFy"}};
	for (size_t i = 0; i < 7; i++) {
		char quoted[32], out[16];
		snprintf(quoted, sizeof(quoted), "\"%s\"", vectors[i][1]);
		EXPECT_JSON(json_base64(&b, span_str(vectors[i][0])), quoted);
		int64_t n = json_base64_decode(span_str(vectors[i][1]), out);
		cr_expect(span_eq(span_of(out, (size_t)n), span_str(vectors[i][0])));
	}
	static const char *const bad[] = {"Z", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9$", "Z=g="};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char out[16];
		cr_expect_eq(json_base64_decode(span_str(bad[i]), out), -1, "%s", bad[i]);
	}
}

Test(json, keeps)
{
	cr_expect(json_keeps(SPAN_NULL));
	cr_expect(json_keeps(SPAN_LIT("a\n\xc3\xbc\x7f")));
	cr_expect_not(json_keeps(SPAN_LIT("a\0b")));
	cr_expect_not(json_keeps(SPAN_LIT("\xc3")));
	cr_expect_not(json_keeps(SPAN_LIT("\xed\xb0\x80")));
}

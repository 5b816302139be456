/* JSON text: strings, numbers, times, base64. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "output/json.h"

static const char *text_of(struct json_buf *b)
{
	json_raw(b, "", 0);
	static char text[4096];
	cr_assert_lt(b->n, sizeof(text));
	memcpy(text, b->p, b->n);
	text[b->n] = '\0';
	return text;
}

#define EXPECT_JSON(call, expected)                                                                \
	do {                                                                                       \
		struct json_buf b;                                                                 \
		json_init(&b, 4096);                                                               \
		call;                                                                              \
		cr_expect_str_eq(text_of(&b), expected, "%s", text_of(&b));                        \
		json_release(&b);                                                                  \
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
		    "\"\\u0080\\u009b\\u009f\xc2\xa0\xc3\x9b\"");
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

Test(json, a_form_across_a_chunk_stays_whole)
{
	for (size_t before = 2040; before < 2056; before++) {
		char in[2100], expected[2104];
		struct json_buf b;
		memset(in, 'a', before);
		memcpy(in + before, "\xf0\x9f\x98\x80z", 5);
		expected[0] = '"';
		memcpy(expected + 1, in, before + 5);
		expected[before + 6] = '"';
		json_init(&b, 16384);
		json_str(&b, span_of(in, before + 5));
		cr_assert_eq(b.n, before + 7);
		cr_assert_arr_eq(b.p, expected, b.n);
		json_release(&b);
	}
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

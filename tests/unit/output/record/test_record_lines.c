/* Lines that somebody else wrote: each is one of our records, or has no number. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "output/record/record_emit.h"
#include "output/record/record_lines.h"
#include "tests/support/guard.h"

static uint64_t number_of(const char *line)
{
	struct guard g = guard_copy(line, strlen(line));
	struct span text = span_of(g.p, g.n), other = text;
	uint64_t number = record_lines_next(&text, true);
	uint64_t quick = record_lines_next(&other, false);

	cr_expect(text.n == 0 || number == 0);
	cr_expect(number == 0 || quick == number, "what is sound as a whole is so at a glance");
	cr_expect(other.p == text.p && other.n == text.n);
	guard_free(&g);
	return number;
}

Test(record_lines, numbers_are_those_of_records)
{
	cr_expect_eq(number_of("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}\n"), 7);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}"), 0);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"\n"), 0);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":7.5,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":7}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}\n"), 0);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":-7,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(number_of("{\"line\":7,\"schema\":1,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":99999999999999999999999999}\n"), 0);
	cr_expect_eq(number_of("[]\n"), 0);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":07,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(
		number_of("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\",\"line\":8}\n"), 0);
	cr_expect_eq(number_of("{\"schema\":1,\"line\":7,\"input\":\"a.example\"}{\"line\":8}\n"),
		     0);
	cr_expect_eq(number_of("\n"), 0);
	cr_expect_eq(number_of(""), 0);
}

static uint64_t glance(const char *line)
{
	struct span text = span_str(line);

	return record_lines_next(&text, false);
}

/* Of most lines only where they begin and end is looked at, and for controls. */
Test(record_lines, at_a_glance)
{
	cr_expect_eq(glance("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}\n"), 7);
	cr_expect_eq(glance("{\"schema\":1,\"line\":7,\"input\":a.example.com}}}}\n"), 7);
	cr_expect_eq(glance("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"]\n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"} \n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}\r\n"), 0);
	cr_expect_eq(glance("[\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(glance(" {\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(glance("{\"schema\":2,\"line\":7,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":7;\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":,7\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":07,\"input\":\"a.example.com\"}\n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":7,\"input\":\"a\x01xample.com\"}\n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":1234567890123456789,\"i\":\"aaaaaaa\"}\n"),
		     1234567890123456789u);
	cr_expect_eq(glance("{\"schema\":1,\"line\":12345678901234567890,\"i\":\"aaaaaaa\"}\n"), 0);
	cr_expect_eq(glance("{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}"), 0);
}

Test(record_lines, no_control_at_any_place)
{
	static const char line[] = "{\"schema\":1,\"line\":7,\"input\":\"a.example.com\"}\n";
	char changed[sizeof(line)];

	for (unsigned byte = 1; byte < 256; byte++)
		for (size_t at = 30; at < sizeof(line) - 4; at++) {
			memcpy(changed, line, sizeof(line));
			changed[at] = (char)byte;
			cr_expect_eq(number_of(changed),
				     byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\'
					     ? 0u
					     : 7u,
				     "%#x at %zu", byte, at);
		}
}

Test(record_lines, one_after_the_other)
{
	struct buf json;
	struct record r;

	buf_init(&json, RECORD_LINE_MAX);
	record_init(&r);
	for (r.line = UINT32_MAX; r.line < UINT32_MAX + 3ull; r.line++)
		cr_assert_eq(record_emit_once(&r, &json), 0);
	struct span text = span_of(json.p, json.n);
	for (uint64_t line = UINT32_MAX; line < UINT32_MAX + 3ull; line++)
		cr_expect_eq(record_lines_next(&text, true), line);
	cr_expect_eq(text.n, 0);
	buf_release(&json);
}

/* Wherever it stands, and however long the line is. */
Test(record_lines, a_control_is_seen_at_each_place)
{
	static const char begin[] = "{\"schema\":1,\"line\":7,\"input\":\"";

	for (size_t n = sizeof(begin) + 12; n < sizeof(begin) + 150; n++) {
		char line[256];
		memset(line, 'a', n);
		memcpy(line, begin, sizeof(begin) - 1);
		memcpy(line + n - 3, "\"}\n", 4);
		cr_assert_eq(glance(line), 7, "%zu", n);
		for (size_t at = sizeof(begin) - 1; at < n - 3; at++) {
			static const char bad[] = {1, 9, 13, 27, 31}, good[] = {32, 127, -128, -1};
			line[at] = bad[at % sizeof(bad)];
			cr_assert_eq(glance(line), 0, "%zu of %zu", at, n);
			line[at] = good[at % sizeof(good)];
			cr_assert_eq(glance(line), 7, "%zu of %zu", at, n);
			line[at] = 'a';
		}
	}
}

/* test_smtp_reply.c - replies whole and byte by byte, what is kept of long ones, and what is no
 * reply. */
#include <criterion/criterion.h>

#include "parsers/smtp_reply.h"
#include "tests/support/guard.h"

/* The same bytes at once and one at a time, each time against a guard page, must read the same. */
static enum smtp_reply_status read_both(const char *bytes, size_t n, struct smtp_reply *out)
{
	struct guard whole = guard_copy(bytes, n);
	struct smtp_reply slow = {0};
	enum smtp_reply_status status = SMTP_REPLY_MORE;

	*out = (struct smtp_reply){0};
	enum smtp_reply_status at_once = smtp_reply_read(out, whole.p, n);
	for (size_t i = 1; i <= n && status == SMTP_REPLY_MORE; i++) {
		struct guard part = guard_copy(bytes, i);
		status = smtp_reply_read(&slow, part.p, i);
		guard_free(&part);
	}
	cr_expect_eq(status, at_once);
	cr_expect_eq(slow.at, out->at);
	cr_expect_eq(slow.code, out->code);
	cr_expect_eq(slow.lines_n, out->lines_n);
	guard_free(&whole);
	return at_once;
}

Test(smtp_reply, cases)
{
	static const struct {
		const char *bytes;
		enum smtp_reply_status status;
		int code;
		unsigned lines;
		size_t end; /* where the reply ends */
		bool bare_lf, differ;
	} cases[] = {
		{"220 mx ESMTP\r\n", SMTP_REPLY_DONE, 220, 1, 14, false, false},
		{"220\r\n", SMTP_REPLY_DONE, 220, 1, 5, false, false},
		{"220 \r\n", SMTP_REPLY_DONE, 220, 1, 6, false, false},
		{"250-a\r\n250-b\r\n250 c\r\n", SMTP_REPLY_DONE, 250, 3, 21, false, false},
		{"250-\r\n250\r\n", SMTP_REPLY_DONE, 250, 2, 11, false, false},
		{"220 go\r\nINJECTED", SMTP_REPLY_DONE, 220, 1, 8, false, false},
		{"220 mx\n", SMTP_REPLY_DONE, 220, 1, 7, true, false},
		{"220-wait\r\n521 5.3.2 no\r\n", SMTP_REPLY_DONE, 521, 2, 24, false, true},
		{"220 a\rb\r\n", SMTP_REPLY_DONE, 220, 1, 9, false, false},
		{"299 x\r\n", SMTP_REPLY_DONE, 299, 1, 7, false, false},
		{"", SMTP_REPLY_MORE, 0, 0, 0, false, false},
		{"220 mx ESMTP\r", SMTP_REPLY_MORE, 0, 0, 0, false, false},
		{"220-mx\r\n", SMTP_REPLY_MORE, 220, 1, 8, false, false},
		{"SSH-2.0-OpenSSH_9.2\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"HTTP/1.1 400 Bad Request\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"22\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"2200 x\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"220mx\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"120 x\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"620 x\r\n", SMTP_REPLY_MALFORMED, 0, 0, 0, false, false},
		{"250-a\r\nb\r\n", SMTP_REPLY_MALFORMED, 250, 1, 7, false, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smtp_reply r;
		enum smtp_reply_status status =
			read_both(cases[i].bytes, strlen(cases[i].bytes), &r);
		cr_expect_eq(status, cases[i].status, "%s: %d", cases[i].bytes, status);
		cr_expect_eq(r.code, cases[i].code, "%s: %d", cases[i].bytes, r.code);
		cr_expect_eq(r.lines_n, cases[i].lines, "%s", cases[i].bytes);
		cr_expect_eq(r.at, cases[i].end, "%s: %zu", cases[i].bytes, r.at);
		cr_expect_eq(r.codes_differ, cases[i].differ, "%s", cases[i].bytes);
		if (status == SMTP_REPLY_DONE)
			cr_expect_eq(r.bare_lf, cases[i].bare_lf, "%s", cases[i].bytes);
		if (status == SMTP_REPLY_MALFORMED)
			cr_expect_eq(r.bad, r.at, "%s", cases[i].bytes);
	}
}

Test(smtp_reply, texts_are_what_stands_behind_the_code)
{
	static const char bytes[] = "250-mx.example greets\r\n250-\r\n250 A\0B\xff\r\n";
	struct smtp_reply r = {0};

	cr_assert_eq(smtp_reply_read(&r, bytes, sizeof(bytes) - 1), SMTP_REPLY_DONE);
	cr_expect(span_eq(smtp_reply_text(&r, bytes, 0), SPAN_LIT("mx.example greets")));
	cr_expect(span_eq(smtp_reply_text(&r, bytes, 1), SPAN_LIT("")));
	cr_expect(span_eq(smtp_reply_text(&r, bytes, 2), SPAN_LIT("A\0B\xff")));
}

Test(smtp_reply, many_lines_are_counted_and_long_ones_cut)
{
	static char bytes[SMTP_REPLY_MAX];
	size_t n = 0;
	struct smtp_reply r = {0};

	for (unsigned i = 0; i < 199; i++, n += 7)
		memcpy(bytes + n, "250-x\r\n", 7);
	memcpy(bytes + n, "250 ", 4);
	memset(bytes + n + 4, 'y', 4000);
	memcpy(bytes + n + 4004, "\r\n", 2);
	n += 4006;
	cr_assert_eq(smtp_reply_read(&r, bytes, n), SMTP_REPLY_DONE);
	cr_expect_eq(r.lines_n, SMTP_LINES_KEPT);
	cr_expect_eq(r.lines_dropped, 200 - SMTP_LINES_KEPT);
	cr_expect_not(r.line_cut, "that line was not kept at all");

	r = (struct smtp_reply){0};
	memmove(bytes, bytes + n - 4006, 4006);
	cr_assert_eq(smtp_reply_read(&r, bytes, 4006), SMTP_REPLY_DONE);
	cr_expect(r.line_cut);
	cr_expect_eq(smtp_reply_text(&r, bytes, 0).n, SMTP_LINE_MAX);
}

Test(smtp_reply, no_end_is_given_up)
{
	static char bytes[SMTP_REPLY_MAX + 9];
	struct smtp_reply r = {0}, lines = {0};

	memset(bytes, '2', sizeof(bytes));
	cr_expect_eq(smtp_reply_read(&r, bytes, SMTP_REPLY_MAX - 1), SMTP_REPLY_MORE);
	cr_expect_eq(smtp_reply_read(&r, bytes, SMTP_REPLY_MAX), SMTP_REPLY_ENDLESS);
	for (size_t n = 0; n + 6 <= sizeof(bytes); n += 6)
		memcpy(bytes + n, "220-\r\n", 6);
	cr_expect_eq(smtp_reply_read(&lines, bytes, sizeof(bytes)), SMTP_REPLY_ENDLESS);
	cr_expect_leq(lines.at, SMTP_REPLY_MAX);
}

Test(smtp_reply, masked)
{
	cr_expect(smtp_reply_masked(SPAN_LIT("**************************0******2****")));
	cr_expect(smtp_reply_masked(SPAN_LIT("********")));
	cr_expect_not(smtp_reply_masked(SPAN_LIT("*** mx.example ***********")));
	cr_expect_not(smtp_reply_masked(SPAN_LIT("***")));
	cr_expect_not(smtp_reply_masked(SPAN_LIT("")));
}

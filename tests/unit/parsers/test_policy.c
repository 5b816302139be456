/* test_policy.c - the policy parser: places, best reading, bounds, hostile files. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#include "parsers/policy.h"
#include "tests/support/guard.h"

#define GOOD "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n"

static struct findings f;
static struct policy p;

static void parse(const char *text, size_t n)
{
	struct guard g = guard_copy(text, n);

	policy_parse(span_of(g.p, g.n), &f, &p);
	cr_assert_eq(p.valid, f.root < 0);
	for (unsigned i = 0; i < f.n; i++)
		cr_assert(f.v[i].at.p == NULL ||
			  (f.v[i].at.p >= g.p && f.v[i].at.p + f.v[i].at.n <= g.p + g.n &&
			   f.v[i].offset == f.v[i].at.p - g.p));
	guard_free(&g);
}

static const struct finding *find(enum issue code)
{
	for (unsigned i = 0; i < f.n; i++)
		if (f.v[i].code == code)
			return &f.v[i];
	return NULL;
}

Test(policy, best_reading)
{
	parse(GOOD, sizeof(GOOD) - 1);
	cr_assert(p.valid);
	cr_expect_eq(p.mode, MODE_ENFORCE);
	cr_expect_eq(p.max_age, 604800);
	cr_expect_eq(p.mx_n, 1);
	cr_expect_eq(p.newline, NEWLINE_LF);
	cr_expect_eq(f.n, 0);
}

/* The bytes that a finding names. */
Test(policy, places)
{
	static const struct {
		const char *text;
		enum issue code;
		uint32_t offset, line, column;
	} cases[] = {
		{"version: STSv1\nmode: enforced\nmx: a.b\nmax_age: 1\n", ISSUE_policy_mode_invalid,
		 21, 2, 7},
		{"version: STSv1\r\nmode:\tenforced\r\n", ISSUE_policy_mode_invalid, 22, 2, 7},
		{"version: STSv1\n\nmode: none\nmax_age: 1\n", ISSUE_policy_empty_line, 15, 2, 1},
		{"version: STSv1\nmode: none\n  max_age: 1\n", ISSUE_policy_leading_ws, 26, 3, 1},
		{"version: STSv1\nmode : none\nmax_age: 1\n", ISSUE_policy_ws_before_colon, 19, 2,
		 5},
		{"version: STSv1\nmode: none\nmax_age: 1\na: b\x01"
		 "c\n",
		 ISSUE_policy_control_char, 41, 4, 5},
		{"version: STSv1\nmode: none\nmax_age: 1\na: b\xff\n", ISSUE_policy_not_utf8, 41, 4,
		 5},
		{"version: STSv1\nmode: none\nmx: a@b\nmax_age: 1", ISSUE_policy_mx_email, 30, 3,
		 5},
		{"version: STSv1\rmode: none\rmax_age: 1", ISSUE_policy_bare_cr, 14, 1, 15},
		{"\xef\xbb\xbfversion: STSv1\nmode: none\nmax_age: 1", ISSUE_policy_bom, 0, 1, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(cases[i].text, strlen(cases[i].text));
		const struct finding *one = find(cases[i].code);
		const char *name = issue_info(cases[i].code)->code;
		cr_assert_not_null(one, "%s", name);
		cr_expect(one->offset == cases[i].offset && one->line == cases[i].line &&
				  one->column == cases[i].column,
			  "%s: offset %u line %u column %u", name, one->offset, one->line,
			  one->column);
	}
}

Test(policy, all_findings_in_one_pass)
{
	const char *text =
		"version: STSv2\nmode: enforced\nmx: a@b\nmx: c.d.\nmax_age: 1 week\n# x\n\n";

	parse(text, strlen(text));
	cr_expect_not_null(find(ISSUE_policy_version_invalid));
	cr_expect_not_null(find(ISSUE_policy_mode_invalid));
	cr_expect_not_null(find(ISSUE_policy_mx_email));
	cr_expect_not_null(find(ISSUE_policy_mx_trailing_dot));
	cr_expect_not_null(find(ISSUE_policy_max_age_invalid));
	cr_expect_not_null(find(ISSUE_policy_comment));
	cr_expect_not_null(find(ISSUE_policy_empty_line));
	cr_expect_null(find(ISSUE_policy_mx_missing));
	cr_expect_eq(f.n, 7);
	cr_expect_eq(f.v[f.root].code, ISSUE_policy_version_invalid);
}

Test(policy, newlines)
{
	static const struct {
		const char *text;
		int newline;
		bool valid;
	} cases[] = {
		{"version: STSv1\nmode: none\nmax_age: 1", NEWLINE_LF, true},
		{"version: STSv1\r\nmode: none\r\nmax_age: 1\r\n", NEWLINE_CRLF, true},
		{"version: STSv1\r\nmode: none\nmax_age: 1", NEWLINE_MIXED, true},
		{"version: STSv1\rmode: none\rmax_age: 1\r", NEWLINE_CR, false},
		{"version: STSv1\nmode: none\nmax_age: 1\r", NEWLINE_MIXED, false},
		{"mode: none", NEWLINE_NONE, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(cases[i].text, strlen(cases[i].text));
		cr_expect_eq(p.newline, cases[i].newline, "%zu", i);
		cr_expect_eq(p.valid, cases[i].valid, "%zu", i);
	}
}

/* Whole-file findings stand alone. */
Test(policy, something_else_altogether)
{
	static const struct {
		const char *text;
		size_t n;
		enum issue code;
	} cases[] = {
		{"", 0, ISSUE_policy_empty},
		{" \r\n\t\n", 5, ISSUE_policy_empty},
		{"\n\n<html>\nmode: none", 19, ISSUE_policy_is_html},
		{"{\"mode\": 1}", 11, ISSUE_policy_json},
		{"\xff\xfev\0e\0", 6, ISSUE_policy_utf16},
		{"\xfe\xff\0v\0e", 6, ISSUE_policy_utf16},
		{"v\0e\0r\0s\0", 8, ISSUE_policy_utf16},
		{"It works!", 9, ISSUE_policy_not_a_policy},
		{"\0\0\0\0", 4, ISSUE_policy_not_a_policy},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(cases[i].text, cases[i].n);
		cr_expect_eq(f.n, 1, "%zu: %u findings", i, f.n);
		cr_expect_eq(f.v[0].code, cases[i].code, "%zu: %s", i,
			     issue_info(f.v[0].code)->code);
	}
}

/* The head of a site generator's source is one finding, whatever it holds; only if it ends. */
Test(policy, front_matter)
{
	static const char head[] =
		"---\nlayout: none\n\n# To do:\n# 1. this\nmode: x\n--- \r\n" GOOD;
	static const char no_end[] = "---\n" GOOD "a: ---\n";

	parse(head, sizeof(head) - 1);
	cr_expect_eq(f.v[f.root].code, ISSUE_policy_front_matter);
	cr_expect_null(find(ISSUE_policy_empty_line));
	cr_expect_null(find(ISSUE_policy_comment));
	cr_expect_eq(p.mode, MODE_ENFORCE);
	cr_expect_not(p.valid);
	parse(no_end, sizeof(no_end) - 1);
	cr_expect_eq(f.v[f.root].code, ISSUE_policy_line_no_colon);
	cr_expect_null(find(ISSUE_policy_front_matter));
	cr_expect_eq(p.mode, MODE_ENFORCE);
	cr_expect_not(p.valid);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

Test(policy, sixty_thousand_mx_lines)
{
	enum { LINES = 60000 };
	size_t room = 64 + LINES * 32;
	char *text = malloc(room);
	size_t n = (size_t)snprintf(text, room, "version: STSv1\nmode: enforce\nmax_age: 604800\n");

	for (int i = 0; i < LINES; i++)
		n += (size_t)snprintf(text + n, room - n, "mx: m%d.example.com\r\n", i);
	struct guard g = guard_copy(text, n);
	uint64_t start = now_ns();
	policy_parse(span_of(g.p, g.n), &f, &p);
	cr_expect_lt(now_ns() - start, 2000000000u);
	cr_expect_eq(p.mx_n, LINES);
	cr_expect_not_null(find(ISSUE_policy_too_large));

	struct policy_mx it = policy_mx_start(&p);
	struct span pattern;
	char want[64];
	for (int i = 0; i < LINES; i++) {
		cr_assert(policy_mx_next(&it, &pattern), "%d", i);
		snprintf(want, sizeof(want), "m%d.example.com", i);
		cr_assert(span_eq(pattern, span_str(want)), "%d: %.*s", i, (int)pattern.n,
			  pattern.p);
	}
	cr_expect_not(policy_mx_next(&it, &pattern));
	guard_free(&g);
	free(text);
}

/* The cause of invalidity is kept however many other remarks come first. */
Test(policy, findings_are_bounded)
{
	char text[8192];
	size_t n = (size_t)snprintf(text, sizeof(text), "version: STSv1\nmode: none\nmax_age: 1\n");

	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "mx: a.b\nx%d: y\n", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "mx: a@b\n");
	parse(text, n);
	cr_expect_not(p.valid);
	cr_expect_eq(f.v[f.root].code, ISSUE_policy_mx_email);
	cr_expect_leq(f.n, FINDINGS_MAX);
	cr_expect_gt(f.dropped, 500);
}

Test(policy, one_line_of_64_kib)
{
	static char text[65536];

	memset(text, 'a', sizeof(text));
	parse(text, sizeof(text));
	cr_expect_eq(f.v[0].code, ISSUE_policy_not_a_policy);
	memcpy(text, "mx: ", 4);
	parse(text, sizeof(text));
	cr_expect_not_null(find(ISSUE_policy_mx_invalid));
	memset(text, '.', sizeof(text));
	memcpy(text, "mx: ", 4);
	parse(text, sizeof(text));
	cr_expect_not(p.valid);
}

/* A 500-label name, and every byte value as a value and as a key. */
Test(policy, hostile_values)
{
	char text[2048];
	size_t n = (size_t)snprintf(text, sizeof(text),
				    "version: STSv1\nmode: enforce\nmax_age: 1\nmx: ");

	for (int i = 0; i < 500; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a.");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "com");
	parse(text, n);
	cr_expect_not_null(find(ISSUE_policy_mx_invalid));
	for (int c = 0; c < 256; c++)
		for (int where = 0; where < 4; where++) {
			static const size_t at[] = {sizeof(GOOD) - 1, sizeof(GOOD),
						    sizeof(GOOD) + 2, sizeof(GOOD) + 4};
			n = (size_t)snprintf(text, sizeof(text), GOOD "kk: vv\n");
			text[at[where]] = (char)c;
			parse(text, n);
			cr_expect_eq(p.mode, MODE_ENFORCE);
		}
}

/* Every key is misspelt: nothing of it is a field that a sender knows, and each is told with what
 * was meant, in place of what is missing. */
Test(policy, misspelt_keys_only)
{
	static const char text[] =
		"verison: STSv1\nmod: enforce\nmxx: mail.example.com\nmax-age: 604800\n";
	static const enum issue wanted[] = {ISSUE_policy_version_missing, ISSUE_policy_mode_missing,
					    ISSUE_policy_max_age_missing};

	parse(text, sizeof(text) - 1);
	cr_expect_not(p.valid);
	cr_expect_eq(p.mode, TERM_NULL);
	cr_expect_eq(p.max_age, -1);
	cr_expect_eq(p.mx_n, 0);
	cr_expect_null(find(ISSUE_policy_unknown_key), "what was meant is known");
	cr_expect_null(find(ISSUE_policy_not_a_policy), "somebody wrote a policy");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		cr_expect_not_null(find(wanted[i]), "%s", issue_info(wanted[i])->code);
}

Test(policy, the_nearest_key_is_meant)
{
	static const struct {
		const char *name;
		enum policy_key key;
	} rows[] = {
		{"version", POLICY_VERSION},
		{"verison", POLICY_VERSION},
		{"Version", POLICY_VERSION},
		{"versio", POLICY_VERSION},
		{"vers", POLICY_UNKNOWN},
		{"mode", POLICY_MODE},
		{"mod", POLICY_MODE},
		{"modes", POLICY_MODE},
		{"mo", POLICY_MX},
		{"mx", POLICY_MX},
		{"mxs", POLICY_MX},
		{"m", POLICY_MX},
		{"mxss", POLICY_UNKNOWN},
		{"max_age", POLICY_MAX_AGE},
		{"max-age", POLICY_MAX_AGE},
		{"maxage", POLICY_MAX_AGE},
		{"max_ages", POLICY_MAX_AGE},
		{"max", POLICY_MX},
		{"age", POLICY_UNKNOWN},
		{"", POLICY_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(policy_key_guess(span_str(rows[i].name)), rows[i].key, "%s: %d",
			     rows[i].name, policy_key_guess(span_str(rows[i].name)));
}

/* RFC 8461 3.3: 64 kilobytes are what a sender has to take. */
Test(policy, size_of_the_file)
{
	static char text[65536 + 8];

	for (size_t n = 65530; n <= 65540; n++) {
		memset(text, 'x', sizeof(text));
		memcpy(text, GOOD "pad: ", sizeof(GOOD "pad: ") - 1);
		/* Lines that are long, but none of which is too long to be read. */
		for (size_t at = 200; at + 200 < n; at += 200)
			memcpy(text + at, "\npad: ", 6);
		text[n - 1] = '\n';
		parse(text, n);
		cr_expect_eq(p.valid, n <= 65536, "%zu", n);
		cr_expect_eq(find(ISSUE_policy_too_large) != NULL, n > 65536, "%zu", n);
		cr_expect(p.mx_n == 1 && p.mode == MODE_ENFORCE && p.max_age == 604800, "%zu", n);
	}
}

/* Each of four lines with the one end or the other. */
Test(policy, ends_of_lines_in_every_mixture)
{
	static const char *const lines[] = {"version: STSv1", "mode: enforce", "mx: b.example",
					    "max_age: 604800"};

	for (unsigned which = 0; which < 16; which++) {
		char text[128] = "";
		for (unsigned i = 0; i < 4; i++) {
			strcat(text, lines[i]);
			strcat(text, (which >> i & 1) != 0 ? "\r\n" : "\n");
		}
		parse(text, strlen(text));
		cr_expect(p.valid, "%u", which);
		cr_expect_eq(p.newline,
			     which == 0	   ? NEWLINE_LF
			     : which == 15 ? NEWLINE_CRLF
					   : NEWLINE_MIXED,
			     "%u: %d", which, (int)p.newline);
		cr_expect_eq(find(ISSUE_policy_mixed_newlines) != NULL, which != 0 && which != 15,
			     "%u", which);
		cr_expect_eq(f.n, which != 0 && which != 15, "%u: %u", which, f.n);
	}
}

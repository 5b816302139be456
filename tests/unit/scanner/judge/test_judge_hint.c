/* What to write instead: every kind of hint, each at its borders, and where there must be none. A
 * row of each table is a value, the finding that it raises, and what its detail says behind the
 * place: "" is nothing. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "output/base/arena.h"
#include "scanner/judge/judge_parts.h"

#define TEN(s) s s s s s s s s s s
#define A50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
/* A policy around the line in question. */
#define IN_POLICY(line) "version: STSv1\n" line "\nmax_age: 604800\n"
#define MODE(value) "version: STSv1\nmode: " value "\nmx: a.example\nmax_age: 604800\n"
#define MX(value) "version: STSv1\nmode: testing\nmx: " value "\nmax_age: 604800\n"
#define AGE(value) "version: STSv1\nmode: testing\nmx: a.example\nmax_age: " value "\n"

struct row {
	const char *value, *code, *hint;
};

static const struct record_issue *issue_of(const struct judge_value *v, const char *code)
{
	for (unsigned i = 0; i < v->issues_n; i++)
		if (strcmp(issue_info(v->issues[i].code)->code, code) == 0)
			return &v->issues[i];
	return NULL;
}

/* The detail ends with the place, or with it and the hint. */
static void expect_hint(const struct row *row, struct span detail)
{
	char text[FINDING_DETAIL_MAX + 1], tail[FINDING_DETAIL_MAX];
	const char *gap = "\"; ";

	snprintf(text, sizeof(text), "%.*s", (int)detail.n, detail.n > 0 ? detail.p : "");
	snprintf(tail, sizeof(tail), "%s%s", row->hint[0] != '\0' ? gap : "\"", row->hint);
	size_t n = strlen(text), m = strlen(tail);
	cr_expect(n > m && strcmp(text + n - m, tail) == 0, "%s: %s, wanted: %s", row->value, text,
		  tail);
	cr_expect(row->hint[0] != '\0' || strstr(text, gap) == NULL, "%s: %s, wanted none",
		  row->value, text);
}

static void check_all(enum judge_kind kind, const struct row *rows, size_t n)
{
	struct judge_config config;
	struct arena a;

	judge_config_init(&config);
	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	for (size_t i = 0; i < n; i++) {
		struct judge_value v;
		char text[1024]; /* what follows the value is none of it */
		snprintf(text, sizeof(text), "%sz1z", rows[i].value);
		struct span value = span_of(text, strlen(rows[i].value));
		cr_assert_eq(judge_value(&config, &a, kind, value, &v), 0);
		const struct record_issue *one = issue_of(&v, rows[i].code);
		cr_expect(one != NULL, "%s: no %s", rows[i].value, rows[i].code);
		if (one != NULL)
			expect_hint(&rows[i], one->detail);
		arena_reset(&a);
	}
	arena_release(&a);
}

#define CHECK(kind, rows) check_all(kind, rows, sizeof(rows) / sizeof((rows)[0]))

Test(judge_hint, ids)
{
	static const char set[] = "sts_record_id_charset", too_long[] = "sts_record_id_too_long";
	static const struct row rows[] = {
		{"v=STSv1; id=2026-11-24;", set, "\"id=20261124\" would be valid"},
		{"v=STSv1; id=2026-11-24", set, "\"id=20261124\" would be valid"},
		{"v=STSv1; id=-1; a=b;", set, "\"id=1\" would be valid"},
		{"v=STSv1; id=a_=b;", set, "\"id=ab\" would be valid"},
		{"v=STSv1; id=a=b;", set, "\"id=ab\" would be valid"},
		{"v=STSv1; id==b;", set, "\"id=b\" would be valid"},
		/* The ends of what is allowed, and what stands beside them. */
		{"v=STSv1; id=/0:9@A[Z`a{z;", set, "\"id=09AZaz\" would be valid"},
		{"v=STSv1; id=/:@[`{;", set, ""},
		{"v=STSv1; id=_;", set, ""},
		{"v=STSv1; id=" TEN("abc") "123;", too_long,
		 "\"id=" TEN("abc") "12\" would be valid"},
		{"v=STSv1; id=" TEN("abc") "-12;", set, "\"id=" TEN("abc") "12\" would be valid"},
		{"v=STSv1; id=" TEN("abc") "-123;", set, "\"id=" TEN("abc") "12\" would be valid"},
	};

	CHECK(JUDGE_STS, rows);
}

Test(judge_hint, lines_of_a_policy)
{
	static const char leading[] = "policy_leading_ws", before[] = "policy_ws_before_colon";
	static const struct row rows[] = {
		{" version: STSv1\nmode: none\nmax_age: 1\n", leading, "write \"version: STSv1\""},
		{"version: STSv1\nmode: none\n  max_age:  604800 \t", leading,
		 "write \"max_age: 604800\""},
		{"version: STSv1\r\n\tmode:none\r\nmax_age: 604800\r\n", leading,
		 "write \"mode: none\""},
		{IN_POLICY("mode : none"), before, "write \"mode: none\""},
		{IN_POLICY("mode \t: none"), before, "write \"mode: none\""},
		{IN_POLICY("mode: none\n a:b:c"), leading, "write \"a: b:c\""},
		{IN_POLICY("mode: none\n nothing"), leading, ""},
		{IN_POLICY("mode: none\n # none"), leading, ""},
		/* What a quote cannot show, of the name and of the value. */
		{IN_POLICY("mode: none\n a\\b: c"), leading, ""},
		{IN_POLICY("mode: none\n a: b\\c"), leading, ""},
		{IN_POLICY("mode: none\n a: " A50 A50), leading, ""},
		/* A hint that is cut would be another line: then there is none. */
		{IN_POLICY("mode: none\n" TEN("          ") "a: " A50), leading,
		 "write \"a: " A50 "\""},
		{IN_POLICY("mode: none\n" TEN("          ") A50 "abcdefghi: " A50 "abcdefghi"),
		 leading, ""},
	};

	CHECK(JUDGE_POLICY, rows);
}

Test(judge_hint, modes_and_keys)
{
	static const char invalid[] = "policy_mode_invalid", wrong_case[] = "policy_mode_case";
	static const char key[] = "policy_key_case", typo[] = "policy_key_typo";
	static const struct row rows[] = {
		{MODE("enforced"), invalid, "did you mean \"enforce\"?"},
		{MODE("enforce123"), invalid, "did you mean \"enforce\"?"},
		{MODE("enforce1234"), invalid, ""},
		{MODE("test"), invalid, "did you mean \"testing\"?"},
		{MODE("tes"), invalid, ""},
		{MODE("non"), invalid, "did you mean \"none\"?"},
		{MODE("off-by-much"), invalid, ""},
		{MODE("Enforce"), wrong_case, "did you mean \"enforce\"?"},
		{MODE("TESTING"), wrong_case, "did you mean \"testing\"?"},
		{MODE("nonE"), wrong_case, "did you mean \"none\"?"},
		{"Version: STSv1\nmode: none\nmax_age: 1\n", key, "did you mean \"version\"?"},
		{IN_POLICY("MODE: none"), key, "did you mean \"mode\"?"},
		{"version: STSv1\nmode: none\nMax_Age: 1\n", key, "did you mean \"max_age\"?"},
		{"version: STSv1\nmode: testing\nMX: a.example\nmax_age: 1\n", key,
		 "did you mean \"mx\"?"},
		{IN_POLICY("mod: none"), typo, "did you mean \"mode\"?"},
		{"version: STSv1\nmode: none\nmax-age: 1\n", typo, "did you mean \"max_age\"?"},
	};

	CHECK(JUDGE_POLICY, rows);
}

Test(judge_hint, seconds)
{
	static const char invalid[] = "policy_max_age_invalid", digits[] = "policy_max_age_digits";
	static const struct row rows[] = {
		{AGE("604,800"), invalid, "did you mean \"max_age: 604800\"?"},
		{AGE("6.0'4_8 00s"), invalid, "did you mean \"max_age: 604800\"?"},
		{AGE("+604800"), invalid, "did you mean \"max_age: 604800\"?"},
		{AGE("-604800"), invalid, ""},
		{AGE("604800m"), invalid, ""},
		{AGE("604800;"), invalid, ""},
		{AGE("1e6"), invalid, ""},
		{AGE("/604800"), invalid, ""},
		{AGE("s"), invalid, ""},
		{AGE("59s"), invalid, ""},
		{AGE("60s"), invalid, "did you mean \"max_age: 60\"?"},
		{AGE("31557600s"), invalid, "did you mean \"max_age: 31557600\"?"},
		{AGE("31557601s"), invalid, ""},
		{AGE("00000604800"), digits, "did you mean \"max_age: 604800\"?"},
		/* Sixteen are looked at; of more, none. */
		{AGE("0000000000604899"), digits, "did you mean \"max_age: 604899\"?"},
		{AGE("00000000000604899"), digits, ""},
		{AGE("000000000060480099"), digits, ""},
		{AGE("604,800,,,,,,,,,99"), invalid, ""},
	};

	CHECK(JUDGE_POLICY, rows);
}

Test(judge_hint, comments)
{
	static const char comment[] = "policy_trailing_comment";
	static const struct row rows[] = {
		{MODE("enforce # for now"), comment, "keep only \"enforce\""},
		{MODE("enforce\t# for now"), comment, "keep only \"enforce\""},
		{AGE("604800 # a week"), comment, "keep only \"604800\""},
		{MX("a.example # ours"), comment, "keep only \"a.example\""},
		{MX("a.example (ours)"), comment, "keep only \"a.example\""},
		{MX("a.example, // ours"), comment, "keep only \"a.example\""},
	};

	CHECK(JUDGE_POLICY, rows);
}

Test(judge_hint, hosts)
{
	static const char dot[] = "policy_mx_trailing_dot", front[] = "policy_mx_leading_dot";
	static const char priority[] = "policy_mx_priority_included", url[] = "policy_mx_url";
	static const char several[] = "policy_mx_multiple_on_line", u_label[] = "policy_mx_u_label";
	static const struct row rows[] = {
		{MX("a.example."), dot, "write \"mx: a.example\""},
		{MX("a."), dot, "write \"mx: a\""},
		{MX("*.a.example."), dot, "write \"mx: *.a.example\""},
		{MX(".a.example"), front, "write \"mx: *.a.example\""},
		{MX("10 a.example"), priority, "write \"mx: a.example\""},
		{MX("10 a"), priority, "write \"mx: a\""},
		{MX("a, b.example"), several, "write \"mx: a\""},
		{MX("10\ta.example;"), priority, "write \"mx: a.example\""},
		{MX("Priority: 10 a.example, "), priority, "write \"mx: a.example\""},
		{MX("10 a.example."), priority, ""},
		{MX("10 *.a.example"), priority, ""},
		{MX("a.example b.example"), several, "write \"mx: a.example\""},
		{MX("a.example,b.example;c.example"), several, "write \"mx: a.example\""},
		{MX(", ;a.example"), several, "write \"mx: a.example\""},
		{MX(",;"), several, ""},
		{MX("a_.example b.example"), several, ""},
		{MX("https://a.example/x:1"), url, "write \"mx: a.example\""},
		{MX("smtp://a.example:25"), url, "write \"mx: a.example\""},
		{MX("a.example:25/x"), url, "write \"mx: a.example\""},
		{MX("a.example/"), url, "write \"mx: a.example\""},
		{MX("//a"), url, "write \"mx: a\""},
		{MX("https://"), url, ""},
		{MX("/a.example"), url, ""},
		{MX("b\303\274cher.example"), u_label, "write \"mx: xn--bcher-kva.example\""},
		{MX("*.b\303\274cher.example"), u_label, "write \"mx: *.xn--bcher-kva.example\""},
		{MX("http://b\303\274cher.example/"), u_label, ""},
		{MX("\303\274 \303\274"), u_label, ""},
	};

	CHECK(JUDGE_POLICY, rows);
}

Test(judge_hint, what_does_not_fit)
{
	static const char dot[] = "policy_mx_trailing_dot", url[] = "policy_mx_url";
	static const char priority[] = "policy_mx_priority_included";
	/* A quote shows 92 bytes as they are; a detail has 240. */
	static const struct row rows[] = {
		{MX(A50 "." A50 "."), dot, ""},
		{MX(A50 ".abcdefghijabcdefghijabcdefghijabcdefghija."), dot,
		 "write \"mx: " A50 ".abcdefghijabcdefghijabcdefghijabcdefghija\""},
		{MX(A50 ".abcdefghijabcdefghijabcdefghijabcdefghijab."), dot, ""},
		{MX("10 " A50 "." A50), priority, "write \"mx: " A50 "." A50 "\""},
		{MX("10 " A50 "." A50 ".abcdefghij"), priority, ""},
		{MX("10 " A50 "." A50 ".abcdefghi"), priority,
		 "write \"mx: " A50 "." A50 ".abcdefghi\""},
		{MX("https://" A50 "." A50 "." A50 "." A50), url, ""},
	};

	CHECK(JUDGE_POLICY, rows);
}

/* By itself a hint may have 199 bytes. */
Test(judge_hint, as_long_as_it_may_be)
{
	static const char host[] = A50 "." A50 "." A50 ".abcdefghijabcdefghijabcdefghijabcdefghi";

	for (size_t n = 180; n < sizeof(host); n++) {
		struct finding one = {.code = ISSUE_policy_mx_url, .at = span_of(host, n)};
		char hint[JUDGE_HINT_MAX] = "", wanted[JUDGE_HINT_MAX] = "";
		if (n <= 187)
			snprintf(wanted, sizeof(wanted), "write \"mx: %.*s\"", (int)n, host);
		judge_suggest_policy(&one, one.at, hint);
		cr_expect_str_eq(hint, wanted, "%zu bytes", n);
	}
}

Test(judge_hint, where_reports_go)
{
	static const char bare[] = "tlsrpt_rua_no_scheme", scheme[] = "tlsrpt_rua_scheme";
	static const char size[] = "tlsrpt_rua_size_suffix";
	static const struct row rows[] = {
		{"v=TLSRPTv1; rua=a@b.example;", bare, "write \"rua=mailto:a@b.example\""},
		{"v=TLSRPTv1; rua=@", bare, "write \"rua=mailto:@\""},
		{"v=TLSRPTv1; rua=b.example/x", bare, "write \"rua=https://b.example/x\""},
		{"v=TLSRPTv1; rua=b.example:8443/", bare, "write \"rua=https://b.example:8443/\""},
		{"v=TLSRPTv1; rua=http://b.example/", scheme,
		 "did you mean \"rua=https://b.example/\"?"},
		{"v=TLSRPTv1; rua=HTTP://b", scheme, "did you mean \"rua=https://b\"?"},
		{"v=TLSRPTv1; rua=http://", scheme, ""},
		{"v=TLSRPTv1; rua=http:/b.example/", scheme, ""},
		{"v=TLSRPTv1; rua=ftp://b.example/", scheme, ""},
		{"v=TLSRPTv1; rua=mailto:a@b.example!10m", size,
		 "write \"rua=mailto:a@b.example\""},
		{"v=TLSRPTv1; rua=mailto:a!b@c.example!10m", size,
		 "write \"rua=mailto:a!b@c.example\""},
		{"v=TLSRPTv1; rua=" A50 "@" A50, bare, ""},
	};

	CHECK(JUDGE_TLSRPT, rows);
}

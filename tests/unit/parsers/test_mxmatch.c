/* test_mxmatch.c - RFC 8461 4.1: "*.example.com" matches "mail.example.com", but neither
 * "example.com" nor "foo.bar.example.com". */
#include <criterion/criterion.h>

#include "parsers/mxmatch.h"
#include "tests/support/guard.h"

Test(mxmatch, cases)
{
	static const struct {
		const char *pattern, *host;
		enum mxmatch want;
	} cases[] = {
		{"*.example.com", "mail.example.com", MXMATCH_YES},
		{"*.example.com", "example.com", MXMATCH_APEX},
		{"*.example.com", "foo.bar.example.com", MXMATCH_DEEP},
		{"*.example.com", "badexample.com", MXMATCH_NO},
		{"*.example.com", ".example.com", MXMATCH_NO},
		{"*.example.com", "mail.example.com.evil.org", MXMATCH_NO},
		{"mail.example.com", "mail.example.com", MXMATCH_YES},
		{"Mail.Example.com", "mail.eXample.com", MXMATCH_YES},
		{"mail.example.com", "mail.example.com.", MXMATCH_YES},
		{"mail.example.com", "amail.example.com", MXMATCH_NO},
		{"mail.example.com", "", MXMATCH_NO},
		{"", "mail.example.com", MXMATCH_NO},
		{"*", "com", MXMATCH_NO},
		{"*.", "com", MXMATCH_NO},
		{"*.com", "example.com", MXMATCH_YES},
		{"*.*.com", "a.b.com", MXMATCH_NO},
		{".example.com", "a.example.com", MXMATCH_NO},
		/* One final dot is taken off each, and what is left is no name. */
		{".", "..", MXMATCH_NO},
		{"..", ".", MXMATCH_NO},
		{".", ".", MXMATCH_NO},
		{"*.example.com.", "a.example.com", MXMATCH_YES},
		{"*.example.com..", "a.example.com", MXMATCH_NO},
		{"*.example.com", "a.example.com..", MXMATCH_NO},
		{"a", "a.", MXMATCH_YES},
		{"a.", "a", MXMATCH_YES},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard p = guard_copy(cases[i].pattern, strlen(cases[i].pattern));
		struct guard h = guard_copy(cases[i].host, strlen(cases[i].host));
		enum mxmatch got = mxmatch(span_of(p.p, p.n), span_of(h.p, h.n));
		cr_expect_eq(got, cases[i].want, "%s, %s: %d", cases[i].pattern, cases[i].host,
			     got);
		guard_free(&p);
		guard_free(&h);
	}
}

Test(mxmatch, names_of_a_certificate)
{
	static const struct {
		const char *names;
		bool holds;
	} cases[] = {
		{"example.com", true},
		{"a.example, example.com", true},
		{"example.com, a.example", true},
		{"a.example, *.com", true},
		{"a.example, b.example", false},
		{"a.example, xexample.com", false},
		{"", false},
		{",", false},
		{"a.example,", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard names = guard_copy(cases[i].names, strlen(cases[i].names));
		cr_expect_eq(mxmatch_any(span_of(names.p, names.n), SPAN_LIT("example.com")),
			     cases[i].holds, "%s", cases[i].names);
		guard_free(&names);
	}
}

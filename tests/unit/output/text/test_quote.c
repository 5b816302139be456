/* Quotes of what strangers write: nothing in them drives a terminal, nothing hides. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "output/text/quote.h"
#include "parsers/utf8.h"

Test(quote, shows_what_is_there)
{
	static const struct {
		const char *in, *want;
		bool exact;
	} rows[] = {
		{"", "", true},
		{"v=STSv1; id=1;", "v=STSv1; id=1;", true},
		{"say \"hi\"", "say \"hi\"", true},
		{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xab",
		 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x93\xab", true},
		{"a\\x1B", "a\\x5Cx1B", false},
		{"\x1b[2J\r\n\x7f", "\\x1B[2J\\x0D\\x0A\\x7F", false},
		{"\xff\xc3", "\\xFF\\xC3", false},
		{"\xc2\x9b", "\\xC2\\x9B", false},		     /* C1 */
		{"\xc2\xad", "\\xC2\\xAD", false},		     /* soft hyphen */
		{"\xd8\x9c", "\\xD8\\x9C", false},		     /* U+061C */
		{"\xe3\x85\xa4", "\\xE3\\x85\\xA4", false},	     /* U+3164 */
		{"\xf3\xa0\x81\x81", "\\xF3\\xA0\\x81\\x81", false}, /* a tag character */
		{"\xe2\x80\xae\xef\xbb\xbf", "\\xE2\\x80\\xAE\\xEF\\xBB\\xBF", false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct quote q = quote_of(span_str(rows[i].in));
		cr_expect_str_eq(q.text, rows[i].want, "row %u: %s", i, q.text);
		cr_expect_eq(q.exact, rows[i].exact, "row %u", i);
	}
	cr_expect_str_eq(quote_of(SPAN_NULL).text, "");
	cr_expect_str_eq(quote_of(SPAN_LIT("a\0b")).text, "a\\x00b");
}

Test(quote, is_cut_at_characters)
{
	char text[400];

	for (size_t n = 0; n < 200; n++) {
		memset(text, 'x', n);
		memcpy(text + n, "\xe2\x82\xac\x1b", 4);
		for (size_t more = 0; more <= 4; more++) {
			struct quote q = quote_of(span_of(text, n + more));
			struct span got = span_str(q.text);
			cr_expect_leq(got.n, QUOTE_MAX);
			cr_expect_eq(utf8_valid_prefix(got), got.n, "%s", q.text);
			cr_expect_eq(q.exact,
				     got.n == n + more && memcmp(q.text, text, got.n) == 0);
			if (got.n < n)
				cr_expect_str_eq(q.text + got.n - 3, "...");
		}
	}
}

Test(quote, dots_of_the_domain_are_no_cut)
{
	cr_expect(quote_of(SPAN_LIT("mx1.example.com...")).exact);
}

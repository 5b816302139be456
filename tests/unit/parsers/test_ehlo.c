/* test_ehlo.c - which lines are keywords, and which keyword is STARTTLS. */
#include <criterion/criterion.h>

#include "parsers/ehlo.h"
#include "tests/support/guard.h"

static struct ehlo ehlo_of(const char *bytes)
{
	struct guard g = guard_copy(bytes, strlen(bytes));
	struct smtp_reply r = {0};
	struct ehlo e;

	cr_assert_eq(smtp_reply_read(&r, g.p, g.n), SMTP_REPLY_DONE, "%s", bytes);
	ehlo_read(&r, g.p, &e);
	guard_free(&g);
	return e;
}

Test(ehlo, starttls)
{
	static const struct {
		const char *bytes;
		bool starttls, masked;
		unsigned keywords;
	} cases[] = {
		{"250-mx.example\r\n250-STARTTLS\r\n250 8BITMIME\r\n", true, false, 2},
		{"250-mx.example\r\n250 STARTTLS\r\n", true, false, 1},
		{"250-mx.example\r\n250-starttls\r\n250 SIZE 1\r\n", true, false, 2},
		{"250-mx.example\r\n250 STARTTLS \r\n", true, false, 1},
		{"250-mx.example\r\n250 STARTTLSX\r\n", false, false, 1},
		{"250-mx.example\r\n250 XSTARTTLS\r\n", false, false, 1},
		{"250-mx.example\r\n250-X-STARTTLS\r\n250 SIZE\r\n", false, false, 2},
		{"250-mx.example\r\n250  STARTTLS\r\n", false, false, 0},
		{"250-mx.example\r\n250 AUTH STARTTLS\r\n", false, false, 1},
		{"250-mx.example\r\n250-AUTH=LOGIN\r\n250 XXXXXXXA\r\n", false, true, 2},
		{"250-mx.example\r\n250 XXXXXXXX\r\n", false, true, 1},
		{"250-mx.example\r\n250 XXXXXXXAB\r\n", false, false, 1},
		{"250 STARTTLS\r\n", false, false, 0}, /* the first line greets */
		{"250 mx.example\r\n", false, false, 0},
		{"250-mx.example\r\n250 START\xd0\xa2LS\r\n", false, false, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ehlo e = ehlo_of(cases[i].bytes);
		cr_expect_eq(e.starttls, cases[i].starttls, "%s", cases[i].bytes);
		cr_expect_eq(e.starttls_masked, cases[i].masked, "%s", cases[i].bytes);
		cr_expect_eq(e.keywords_n, cases[i].keywords, "%s: %u", cases[i].bytes,
			     e.keywords_n);
	}
}

Test(ehlo, others)
{
	struct ehlo e = ehlo_of("250-mx\r\n250-REQUIRETLS\r\n250 smtputf8\r\n");

	cr_expect(e.requiretls && e.smtputf8 && !e.starttls);
	cr_expect(span_eq(ehlo_keyword(SPAN_LIT("SIZE 1000")), SPAN_LIT("SIZE")));
	cr_expect(span_eq(ehlo_keyword(SPAN_LIT("8BITMIME")), SPAN_LIT("8BITMIME")));
	cr_expect_null(ehlo_keyword(SPAN_LIT("-A")).p);
	cr_expect_null(ehlo_keyword(SPAN_LIT("")).p);
	cr_expect_null(ehlo_keyword(SPAN_LIT("A_B")).p);
}

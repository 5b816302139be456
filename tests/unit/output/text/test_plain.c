/* Lines of a text: no longer than asked for, no number without its sign, every word there. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/text/plain.h"

static void check(const char *text, const char *indent, int width, const char *want)
{
	char *got = NULL;
	size_t n;
	FILE *out = open_memstream(&got, &n);

	plain_wrapped(out, span_str(text), indent, indent, width);
	fclose(out);
	cr_expect_str_eq(got, want, "of '%s': %s", text, got);
	free(got);
}

Test(plain, wraps)
{
	check("", "  ", 10, "\n");
	check("one", "", 2, "one\n");
	check("one two three", "", 7, "one two\nthree\n");
	check("one two three", " ", 7, " one\n two\n three\n");
	check("one  two ", "", 80, "one two\n");
	check("\xc3\xa4\xc3\xb6 \xc3\xbc", "", 4, "\xc3\xa4\xc3\xb6 \xc3\xbc\n");
	check("a\033[2Jb c", "", 80, "a?[2Jb c\n");
}

Test(plain, the_first_line_has_a_lead)
{
	char *got = NULL;
	size_t n;
	FILE *out = open_memstream(&got, &n);

	plain_wrapped(out, SPAN_LIT("one two"), "! ", "  ", 5);
	fclose(out);
	cr_expect_str_eq(got, "! one\n  two\n");
	free(got);
}

Test(plain, a_number_and_its_sign_are_on_one_line)
{
	check("it is 26.6 % of all", "", 10, "it is\n26.6 % of\nall\n");
	check("a % b", "", 1, "a\n%\nb\n");
	check("% 1 %", "", 1, "%\n1 %\n");
}

static void check_put(const char *text, int width, int max, const char *want)
{
	char *got = NULL;
	size_t n;
	FILE *out = open_memstream(&got, &n);

	plain_put(out, span_str(text), width, max);
	fclose(out);
	cr_expect_str_eq(got, want, "of '%s': %s", text, got);
	free(got);
}

/* Characters count, not bytes; what is cut is cut between them. */
Test(plain, a_cell)
{
	check_put("", 0, 9, "");
	check_put("", 2, 9, "  ");
	check_put("ab", 1, 9, "ab");
	check_put("ab", 2, 9, "ab");
	check_put("ab", 4, 9, "ab  ");
	check_put("abc", 0, 2, "ab");
	check_put("abc", 0, 3, "abc");
	check_put("abc", 0, 0, "");
	check_put("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z", 5, 3,
		  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80  ");
	check_put("\xc3\xff\xe2\x80\xaez", 0, 9, "???z");
	cr_expect_eq(plain_width(SPAN_LIT("")), 0);
	cr_expect_eq(plain_width(SPAN_LIT("a\xc3\xa4\xf0\x9f\x98\x80")), 3);
}

Test(plain, where_a_line_may_break)
{
	static const struct {
		const char *text;
		size_t at;
		bool breaks;
	} of[] = {{"a b", 1, true},  {"a b", 0, false}, {"a b", 3, false}, {" b", 0, true},
		  {"1 %", 1, false}, {"9 %", 1, false}, {"0 %", 1, false}, {"/ %", 1, true},
		  {": %", 1, true},  {"1 b", 1, true},	{"1 ", 1, true}};

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++)
		cr_expect_eq(plain_breaks(span_str(of[i].text), of[i].at), of[i].breaks, "'%s'",
			     of[i].text);
	cr_expect(plain_breaks(span_of("1 %", 2), 1), "what is behind the end is not read");
}

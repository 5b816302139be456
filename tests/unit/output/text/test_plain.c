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

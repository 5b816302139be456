/* Sentences about failures: harmless, cut to their room, and words that a shell takes back. */
#include <criterion/criterion.h>
#include <string.h>

#include "output/base/errmsg.h"

Test(errmsg, is_clean)
{
	struct errmsg err;

	cr_expect_eq(errmsg_set(NULL, "nobody listens"), -1);
	cr_expect_eq(errmsg_set(&err, "%s: %d", "a\033[2J\xff\xc3\xbc\xe2\x80\xae", 3), -1);
	cr_expect_str_eq(err.text, "a?[2J?\xc3\xbc???: 3");
	cr_expect_str_eq(errmsg_shown(&err, "x\ny"), "x?y");
	cr_expect_str_eq(errmsg_shown(&err, ""), "");
	cr_expect_str_eq(errmsg_shown(&err, "50%"), "50%", "no format");
}

Test(errmsg, is_cut)
{
	struct errmsg err;
	char text[600];

	memset(text, 'x', sizeof(text));
	text[599] = '\0';
	errmsg_set(&err, "%s", text);
	cr_expect_eq(strlen(err.text), sizeof(err.text) - 1);
	memcpy(text + 509, "\xe2\x82\xac", 3);
	errmsg_set(&err, "%s", text);
	cr_expect_str_eq(err.text + 508, "x??", "half a character is none");
}

Test(errmsg, words_to_type)
{
	static const char *const of[][2] = {
		{"a.example", "a.example"},
		{"/x/y-z_1.2:3@4%5+6=7,8", "/x/y-z_1.2:3@4%5+6=7,8"},
		{"", "''"},
		{"a b", "'a b'"},
		{"~", "'~'"},
		{"$(x)", "'$(x)'"},
		{"it's", "'it'\\''s'"},
		{"'", "''\\'''"},
		{"a\tb", "'a?b'"},
		{"\xc3\xbc", "'\xc3\xbc'"},
	};
	struct errmsg m;

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++)
		cr_expect_str_eq(errmsg_typed(&m, of[i][0]), of[i][1], "%u: %s", i, m.text);
}

/* Whatever is cut, the quotes are closed. */
Test(errmsg, long_words_to_type)
{
	struct {
		struct errmsg m;
		char behind[8];
	} x = {.behind = "behind"};
	char text[700];

	for (unsigned n = 505; n < 600; n++) {
		for (unsigned i = 0; i < n; i++)
			text[i] = i % 9 == n % 9 ? '\'' : ' ';
		text[n] = '\0';
		errmsg_typed(&x.m, text);
		size_t length = strnlen((const char *)&x, sizeof(x));
		cr_assert(x.m.text[0] == '\'' && x.m.text[length - 1] == '\'');
		cr_assert_gt(length, sizeof(x.m.text) - 8);
		cr_assert_str_eq(x.behind, "behind");
		unsigned quotes = 0, slashes = 0;
		for (size_t i = 0; i < length; i++) {
			quotes += x.m.text[i] == '\'';
			slashes += x.m.text[i] == '\\';
		}
		cr_assert_eq(quotes, 2 + 3 * slashes, "%s", x.m.text);
	}
}

/* Text for a terminal: where it is, what fits, and that nothing published drives it. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/text/text.h"

static const char *said(struct text *t)
{
	buf_bytes(&t->out, "", 1);
	t->out.n--;
	return t->out.p;
}

Test(text, knows_its_column)
{
	struct text t;

	text_init(&t, false, 20, 4096);
	text_put(&t, "");
	cr_expect_eq(t.column, 0);
	text_put(&t, "abc");
	cr_expect_eq(t.column, 3);
	text_printf(&t, "%u", 12345);
	cr_expect_eq(t.column, 8);
	text_put(&t, "x\ny\nzz");
	cr_expect_eq(t.column, 2);
	text_to(&t, 5);
	cr_expect_eq(t.column, 5);
	text_to(&t, 5);
	cr_expect_eq(t.column, 6, "words never touch");
	text_line(&t);
	cr_expect_eq(t.column, 0);
	text_to(&t, 0);
	cr_expect_eq(t.column, 1);
	cr_expect_str_eq(said(&t), "abc12345x\ny\nzz    \n ");
	text_release(&t);
}

Test(text, styles)
{
	struct text t;

	text_init(&t, false, 20, 4096);
	text_styled(&t, TEXT_ERROR, "a");
	cr_expect_str_eq(said(&t), "a");
	text_release(&t);
	text_init(&t, true, 20, 4096);
	text_styled(&t, TEXT_ERROR, "a");
	text_styled(&t, TEXT_GOOD, "b");
	cr_expect_eq(t.column, 2, "codes take no room");
	cr_expect_str_eq(said(&t), "\033[1;31ma\033[0m\033[32mb\033[0m");
	text_release(&t);
}

Test(text, a_part_stands_where_it_fits)
{
	struct text t;
	char longest[161];

	text_init(&t, false, 10, 4096);
	cr_expect(text_part(&t, 3, TEXT_PLAIN, "%s", "abc"));
	cr_expect_eq(t.column, 3, "no gap at the beginning of a line");
	cr_expect_not(text_part(&t, 3, TEXT_PLAIN, "%s", "defgh"));
	cr_expect_eq(t.column, 3);
	cr_expect(text_part(&t, 2, TEXT_PLAIN, "%s", "de\tg\x7f"));
	cr_expect_eq(t.column, 10);
	cr_expect_not(text_part(&t, 0, TEXT_PLAIN, "%s", "h"));
	cr_expect(text_part(&t, 0, TEXT_PLAIN, "%s", ""));
	cr_expect_str_eq(said(&t), "abc  de?g?");
	text_release(&t);
	memset(longest, '~', 160);
	longest[160] = '\0';
	text_init(&t, true, 1000, 4096);
	cr_expect_not(text_part(&t, 0, TEXT_PLAIN, "%s", longest), "too long to be a part");
	longest[159] = '\0';
	cr_expect(text_part(&t, 0, TEXT_GOOD, "%s", longest));
	cr_expect_eq(t.column, 159);
	cr_expect_eq(t.out.n, 159 + 9);
	text_release(&t);
}

Test(text, bytes)
{
	struct text t;
	char out[5];

	cr_expect_eq(text_byte(' ', out), 1);
	cr_expect_str_eq(out, " ");
	cr_expect_eq(text_byte('~', out), 1);
	cr_expect_str_eq(out, "~");
	cr_expect_eq(text_byte(0x7f, out), 4);
	cr_expect_str_eq(out, "\\x7F");
	cr_expect_eq(text_byte(0x1f, out), 4);
	cr_expect_str_eq(out, "\\x1F");
	text_init(&t, false, 20, 4096);
	text_value(&t, SPAN_LIT("a\0\xff z"));
	cr_expect_eq(t.column, 11);
	cr_expect_str_eq(said(&t), "a\\x00\\xFF z");
	text_release(&t);
}

static void fills(unsigned width, unsigned column, unsigned indent, const char *s, const char *want)
{
	struct text t;

	text_init(&t, false, width, 4096);
	for (unsigned i = 0; i < column; i++)
		text_put(&t, "-");
	text_fill(&t, indent, span_str(s));
	cr_expect_eq(t.column, 0);
	cr_expect_str_eq(said(&t), want, "'%s': %s", s, t.out.p);
	text_release(&t);
}

Test(text, fills_lines)
{
	fills(10, 0, 2, "", "\n");
	fills(10, 0, 2, "one two", "one two\n");
	fills(7, 0, 2, "one two", "one two\n");
	fills(6, 0, 2, "one two", "one\n  two\n");
	fills(10, 3, 3, "one two", "---one two\n");
	fills(10, 4, 4, "one two", "----one\n    two\n");
	fills(10, 0, 2, "a   b", "a   b\n");
	fills(10, 0, 2, "a        b", "a        b\n");
	fills(10, 0, 2, "a         b", "a\n  b\n");
	fills(10, 0, 2, " a", " a\n");
	fills(5, 0, 2, "abcdefgh", "abcde\n  fgh\n");
	fills(5, 0, 2, "abcdefghi", "abcde\n  fgh\n  i\n");
	fills(10, 0, 1, "\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac z\xf0\x9f\x98\x80 abc",
	      "\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac z\xf0\x9f\x98\x80\n abc\n");
	fills(9, 0, 1, "a\x01\xc2\x9b", "a\\x01\n \\xC2\\x9B\n");
	fills(5, 2, 2, "\xff", "--\\xFF\n");
	fills(8, 0, 0, "\xff\xff\xff", "\\xFF\\xFF\n \\xFF\n");
}

/* ---- what is quoted ---------------------------------------------------------------------- */

#define WIDTH 24u

/* What is in quotes is to be copied, and stays on a line where it has room. */
Test(text, quotations_are_whole)
{
	static const struct {
		const char *text, *filled;
	} cases[] = {
		{"", "  \n"},
		{"one word more than fits", "  one word more than\n  fits\n"},
		{"fits to the last column", "  fits to the last\n  column\n"},
		{"this is twenty-two wid", "  this is twenty-two wid\n"},
		{"this is twenty-two wide", "  this is twenty-two\n  wide\n"},
		{"write \"mode: testing\" now", "  write \"mode: testing\"\n  now\n"},
		{"change to \"mode: none\"; go", "  change to\n  \"mode: none\"; go\n"},
		{"a \"as wide as a line is\"", "  a\n  \"as wide as a line is\"\n"},
		{"a \"wider than any line is\"", "  a \"wider than any line\n  is\"\n"},
		{"no \"end of it at all here", "  no \"end of it at all\n  here\n"},
		{"two \"a b\" \"c d\" of them", "  two \"a b\" \"c d\" of\n  them\n"},
		{"kept   blanks  here", "  kept   blanks  here\n"},
		{"\"kept   blanks\" in  quotes", "  \"kept   blanks\" in\n  quotes\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text t;
		text_init(&t, false, WIDTH, 4096);
		text_to(&t, 2);
		text_fill(&t, 2, span_str(cases[i].text));
		cr_assert_not(t.out.failed);
		cr_expect(span_eq(span_of(t.out.p, t.out.n), span_str(cases[i].filled)),
			  "'%s': '%.*s'", cases[i].text, (int)t.out.n, t.out.p);
		buf_release(&t.out);
	}
}

/* Whatever is in it: no line is wider, and nothing but blanks at its breaks goes. */
Test(text, nothing_goes_and_nothing_sticks_out)
{
	static const char alphabet[] = "ab\" \"c d";
	uint64_t seed = 1;

	for (unsigned n = 0; n < 3000; n++) {
		char in[80], kept[80] = "";
		size_t k = 0, column = 0;
		struct text t;
		for (size_t i = 0; i < n % 79; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			in[i] = alphabet[seed >> 61];
		}
		in[n % 79] = '\0';
		text_init(&t, false, WIDTH, 4096);
		text_fill(&t, 0, span_str(in));
		for (size_t i = 0; i < t.out.n; i++) {
			column = t.out.p[i] == '\n' ? 0 : column + 1;
			cr_assert_leq(column, WIDTH, "%.*s", (int)t.out.n, t.out.p);
			if (t.out.p[i] != '\n' && t.out.p[i] != ' ')
				kept[k++] = t.out.p[i];
		}
		k = 0;
		for (const char *p = in; *p != '\0'; p++)
			if (*p != ' ')
				cr_assert_eq(kept[k++], *p, "%s", in);
		buf_release(&t.out);
	}
}

/* Rows of CSV: a reader of RFC 4180 gets the cells back, and a spreadsheet no formula. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/text/csv.h"

static char *row(const struct span *cells, unsigned n)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	csv_row(out, cells, n);
	fclose(out);
	return text;
}

Test(csv, which_cells_have_quotes)
{
	static const char *const of[][2] = {
		{"", ""},
		{"a", "a"},
		{"a b", "a b"},
		{" a", "\" a\""},
		{"a ", "\"a \""},
		{"a,b", "\"a,b\""},
		{"a;b", "\"a;b\""},
		{"a'b", "\"a'b\""},
		{"a\"b", "\"a\"\"b\""},
		{"\"", "\"\"\"\""},
		{"a\nb", "\"a b\""},
		{"=1+1", "\"'=1+1\""},
		{"+1", "\"'+1\""},
		{"-1", "\"'-1\""},
		{"@a", "\"'@a\""},
		{"\ta", "\"' a\""},
		{"\ra", "\"' a\""},
		{"a=1", "a=1"},
		{"a+b-c@d", "a+b-c@d"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"a\xff\xc3z", "a  z"},
		{"a\xe2\x80\xaez", "a z"},
		{"a\033[2J", "a [2J"},
	};

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		char want[64], *got = row(&(struct span){of[i][0], strlen(of[i][0])}, 1);
		snprintf(want, sizeof(want), "%s\n", of[i][1]);
		cr_expect_str_eq(got, want, "%u: %s", i, got);
		free(got);
	}
}

Test(csv, rows)
{
	static const char *const columns[] = {"domain", "tag", "code"};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	csv_heading(out, columns, 3);
	csv_heading(out, columns, 1);
	csv_row(out, (const struct span[]){SPAN_LIT("a"), SPAN_NULL, SPAN_LIT("b")}, 3);
	csv_row(out, (const struct span[]){SPAN_NULL, SPAN_LIT("b")}, 2);
	csv_row(out, (const struct span[]){SPAN_NULL}, 1);
	fclose(out);
	cr_expect_str_eq(text, "domain,tag,code\ndomain\na,,b\n,b\n\n");
	free(text);
}

/* The next cell of a row, unquoted; where it ends. */
static const char *read_cell(const char *p, char *cell)
{
	bool quoted = *p == '"';

	for (p += quoted; quoted ? *p != '"' || p[1] == '"' : *p != ',' && *p != '\n'; p++) {
		p += quoted && *p == '"';
		*cell++ = *p;
	}
	*cell = '\0';
	p += quoted;
	cr_assert(*p == ',' || *p == '\n', "'%c'", *p);
	return p + 1;
}

/* Every pair of characters that mean something. */
Test(csv, a_reader_gets_them_back)
{
	static const char some[] = ",;'\"=+-@ ab";

	for (unsigned i = 0; i < sizeof(some); i++) {
		for (unsigned k = 0; k < sizeof(some); k++) {
			char cells[3][3] = {{some[i], some[k]}, {some[k]}, {some[k], some[i]}};
			const struct span spans[] = {span_str(cells[0]), span_str(cells[1]),
						     span_str(cells[2])};
			char *text = row(spans, 3), cell[16];
			const char *p = text;
			for (unsigned j = 0; j < 3; j++) {
				p = read_cell(p, cell);
				bool formula = spans[j].n > 0 && strchr("=+-@", cells[j][0]);
				cr_assert_eq(cell[0] == '\'', formula || cells[j][0] == '\'');
				cr_assert_str_eq(cell + formula, cells[j], "%s", text);
			}
			cr_assert_eq(*p, '\0');
			free(text);
		}
	}
}

/*
 * test_kit_tables.c - tables of every kind of column, of no row, of one, and around the number of
 * rows that LaTeX is given, in a golden file; every byte of a label in LaTeX.
 */
#include <criterion/criterion.h>

#include "output/report/kit.h"
#include "tests/support/golden.h"

#define ROWS 27u

static const struct report_column every_kind[] = {
	{"share", "Share", CELL_SHARE}, {"word", "A & B", CELL_TEXT},
	{"count", "Count", CELL_COUNT}, {"about", "About", CELL_ABOUT},
	{"took", "Time", CELL_MS},	{"size", "Size", CELL_BYTES},
	{"other", "Other", CELL_SHARE},
};

static void table_of(struct report_table *t, struct report_row *rows, unsigned columns_n,
		     unsigned rows_n)
{
	*t = (struct report_table){.key = "key",
				   .title = "50 % of a_b",
				   .key_title = "#",
				   .columns_n = columns_n,
				   .rows_n = rows_n,
				   .rows = rows};
	for (unsigned i = 0; i < rows_n; i++) {
		rows[i] = (struct report_row){
			.key = i % 3 ? SPAN_LIT("a_key") : SPAN_LIT("a,\"key"),
			.label = i % 2 ? SPAN_LIT("Zo\u00eb, \"50 %\"") : SPAN_LIT("[label]")};
		for (unsigned k = 0; k < columns_n; k++)
			rows[i].cells[k] = (struct report_cell){
				.n = 1234567 * i, .of = 12345678 * i, .text = SPAN_LIT("a_b\n{c}")};
	}
}

static void shares_of(struct report_table *t, unsigned n)
{
	static const char *const keys[] = {"one", "two", "three", "four"};

	for (unsigned k = 0; k < n; k++)
		t->columns[k] = (struct report_column){keys[k], keys[k], CELL_SHARE};
}

static void print(FILE *out, const char *what, const struct report_table *t)
{
	struct arena a;

	cr_assert_eq(arena_init(&a, 4096, 1u << 20), 0);
	fprintf(out, "== %s\n", what);
	kit_csv(out, t, &a);
	kit_tex(out, t, "a run; another");
	arena_release(&a);
}

Test(kit_tables, every_kind)
{
	static struct report_row rows[ROWS];
	struct report_table t;
	struct golden g;
	FILE *out = golden_begin(&g, "kit/tables.txt");

	table_of(&t, rows, 7, 4);
	memcpy(t.columns, every_kind, sizeof(every_kind));
	t.note = "100 % are names_";
	rows[2].cells[1].text = SPAN_NULL;
	print(out, "every kind of column, not all of as many", &t);
	for (unsigned i = 0; i < 4; i++)
		rows[i].cells[6].of = 20000000;
	print(out, "all of as many in one column", &t);
	for (unsigned i = 1; i < 4; i++) {
		table_of(&t, rows, 1, 4);
		shares_of(&t, 1);
		for (unsigned k = 0; k < 4; k++)
			rows[k].cells[0] = (struct report_cell){.n = k, .of = k == i ? 41 : 40};
		print(out, "all but one of as many", &t);
	}
	for (unsigned shares = 3; shares <= 4; shares++) {
		table_of(&t, rows, shares, 2);
		shares_of(&t, shares);
		print(out, shares == 3 ? "three shares" : "four shares", &t);
	}
	for (unsigned n = 0; n <= 1; n++) {
		table_of(&t, rows, 1, n);
		shares_of(&t, 1);
		print(out, n == 0 ? "no row" : "a row of nothing", &t);
	}
	for (unsigned n = 25; n <= ROWS; n++) {
		table_of(&t, rows, 1, n);
		shares_of(&t, 1);
		/* What is said of the rows that are shown is not what others are of. */
		for (unsigned i = 0; i < n; i++)
			rows[i].cells[0] = (struct report_cell){.n = i, .of = i < 25 ? 50 : 60};
		print(out, "around the last row that is shown", &t);
	}
	golden_end(&g);
}

/* Ten characters mean something to LaTeX, two more behind the end of a row. */
Test(kit_tables, every_byte_of_a_label)
{
	static const struct {
		unsigned char byte;
		const char *tex;
	} special[] = {
		{'\\', "\\textbackslash{}"},
		{'~', "\\textasciitilde{}"},
		{'^', "\\textasciicircum{}"},
		{'[', "{[}"},
		{'*', "{*}"},
		{'&', "\\&"},
		{'%', "\\%"},
		{'$', "\\$"},
		{'#', "\\#"},
		{'_', "\\_"},
		{'{', "\\{"},
		{'}', "\\}"},
	};

	for (unsigned byte = 1; byte < 0x80; byte++) {
		struct report_row row;
		struct report_table t;
		char label[] = "a?b", want[64], *said;
		size_t size;
		label[1] = (char)byte;
		snprintf(want, sizeof(want), "\na%cb \\\\\n",
			 byte < 0x20 || byte == 0x7f ? ' ' : byte);
		for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
			if (special[i].byte == byte)
				snprintf(want, sizeof(want), "\na%sb \\\\\n", special[i].tex);
		table_of(&t, &row, 0, 1);
		row.label = span_str(label);
		FILE *out = open_memstream(&said, &size);
		cr_assert_not_null(out);
		kit_tex(out, &t, "x");
		cr_assert_eq(fclose(out), 0);
		cr_expect_not_null(strstr(said, want), "%#x: %s", byte, said);
		free(said);
	}
}

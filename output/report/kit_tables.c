/* kit_tables.c - a report's tables for spreadsheets (CSV) and for LaTeX (booktabs). */
#include "output/report/kit.h"

#include "output/text/csv.h"
#include "output/text/json.h"
#include "output/text/number.h"

#define TEX_ROWS 25u
#define TEX_SHARES 3u /* with intervals, side by side */
#define CSV_COLUMNS_MAX (2 + 5 * REPORT_COLUMNS_MAX)

static struct span print_share(struct arena *a, double v)
{
	return arena_printf(a, "%.8f", v);
}

/* n, of, share, low, high; the last three are empty where nothing is known. */
static unsigned csv_share(struct arena *a, const struct report_cell *c, struct span out[5])
{
	double low, high;

	out[0] = arena_printf(a, "%llu", (unsigned long long)c->n);
	out[1] = arena_printf(a, "%llu", (unsigned long long)c->of);
	out[2] = out[3] = out[4] = SPAN_NULL;
	if (c->of > 0) {
		report_wilson(c->n, c->of, &low, &high);
		out[2] = print_share(a, (double)c->n / (double)c->of);
		out[3] = print_share(a, low);
		out[4] = print_share(a, high);
	}
	return 5;
}

void kit_csv(FILE *out, const struct report_table *t, struct arena *a)
{
	static const char *const parts[] = {"n", "of", "share", "low", "high"};
	char names[CSV_COLUMNS_MAX][64];
	const char *heading[CSV_COLUMNS_MAX] = {"key", "label"};
	struct span cells[CSV_COLUMNS_MAX];
	unsigned n = 2;

	for (unsigned k = 0; k < t->columns_n; k++)
		for (unsigned i = 0; i < (t->columns[k].kind == CELL_SHARE ? 5u : 1u); i++) {
			bool share = t->columns[k].kind == CELL_SHARE;
			snprintf(names[n], sizeof(names[n]), "%s%s%s", t->columns[k].key,
				 share ? "_" : "", share ? parts[i] : "");
			heading[n] = names[n];
			n++;
		}
	csv_heading(out, heading, n);
	for (unsigned i = 0; i < t->rows_n; i++) {
		cells[0] = t->rows[i].key;
		cells[1] = t->rows[i].label;
		n = 2;
		for (unsigned k = 0; k < t->columns_n; k++) {
			const struct report_cell *c = &t->rows[i].cells[k];
			if (t->columns[k].kind == CELL_SHARE)
				n += csv_share(a, c, cells + n);
			else if (t->columns[k].kind == CELL_TEXT)
				cells[n++] = c->text;
			else
				cells[n++] = arena_printf(a, "%llu", (unsigned long long)c->n);
		}
		csv_row(out, cells, n);
	}
}

/* ---- LaTeX ------------------------------------------------------------------------------- */

static void tex_text(FILE *out, struct span s)
{
	char clean[3 * 512];
	size_t n = json_clean(span_of(s.p, s.n < 512 ? s.n : 512), clean);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)clean[i];
		if (c == '\\')
			fputs("\\textbackslash{}", out);
		else if (c == '~')
			fputs("\\textasciitilde{}", out);
		else if (c == '^')
			fputs("\\textasciicircum{}", out);
		else if (c == '[' || c == '*') /* behind a row's end they would be its argument */
			fprintf(out, "{%c}", c);
		else if (memchr("&%$#_{}", c, 7) != NULL)
			fprintf(out, "\\%c", c);
		else
			fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
	}
}

/* of: what all shares of the column are of, 0 when each says it. */
static void tex_cell(FILE *out, const struct report_column *column, const struct report_cell *c,
		     uint64_t of, bool narrow)
{
	struct number low, high;

	fputs(" & ", out);
	switch (column->kind) {
	case CELL_TEXT:
		tex_text(out, c->text);
		return;
	case CELL_MS:
		fprintf(out, "%s\\,ms", number_grouped(c->n).s);
		return;
	case CELL_BYTES:
		tex_text(out, span_str(number_bytes(c->n).s));
		return;
	case CELL_COUNT:
	case CELL_ABOUT:
		fputs(number_grouped(c->n).s, out);
		return;
	case CELL_SHARE:
		break;
	}
	if (c->of == 0) {
		fputs(narrow ? "--" : "-- & ", out);
		return;
	}
	tex_text(out, span_str(number_share(c->n, c->of).s));
	if (narrow)
		return;
	report_interval(c->n, c->of, &low, &high);
	fprintf(out, " [%s--%s] & %s", low.s, high.s, number_grouped(c->n).s);
	if (of == 0)
		fprintf(out, " of %s", number_grouped(c->of).s);
}

/* Of how many, where all rows that are shown say the same of a column; 0 else. */
static uint64_t tex_of(const struct report_table *t, unsigned column, unsigned rows)
{
	uint64_t of = rows > 0 ? t->rows[0].cells[column].of : 0;

	for (unsigned i = 1; i < rows; i++)
		if (t->rows[i].cells[column].of != of)
			return 0;
	return of;
}

/* The second half of a share's heading: its interval, and the column of its number. */
static void tex_share_heading(FILE *out, uint64_t of)
{
	fputs(" [95\\,\\%] & $n$", out);
	if (of > 0)
		fprintf(out, " of %s", number_grouped(of).s);
}

/* Many shares side by side are percentages alone: with their intervals no page is wide enough. */
static bool tex_narrow(const struct report_table *t)
{
	unsigned shares = 0;

	for (unsigned k = 0; k < t->columns_n; k++)
		shares += t->columns[k].kind == CELL_SHARE;
	return shares > TEX_SHARES;
}

/* Comments, and the columns: "lrrrr". */
static void tex_begin(FILE *out, const struct report_table *t, const char *origin, unsigned rows,
		      bool narrow)
{
	fputs("% \\usepackage{booktabs,graphicx}; then \\input this file inside a table (table* "
	      "where a page has\n% two columns): it is made smaller where it would be too "
	      "wide.\n% ",
	      out);
	tex_text(out, span_str(t->title));
	if (t->note != NULL) {
		fputs(". ", out);
		tex_text(out, span_str(t->note));
	}
	fprintf(out, "\n%% Source: %s.", origin);
	if (rows < t->rows_n)
		fprintf(out, "\n%% The first %u of %u rows; the CSV file has the others.", rows,
			t->rows_n);
	if (narrow)
		fputs("\n% Intervals and numbers are in the CSV file.", out);
	fputs("\n\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
	      "\\begin{tabular}{l",
	      out);
	for (unsigned k = 0; k < t->columns_n; k++)
		fputs(t->columns[k].kind == CELL_SHARE && !narrow ? "rr"
		      : t->columns[k].kind == CELL_TEXT		  ? "l"
								  : "r",
		      out);
	fputs("}\n\\toprule\n", out);
}

void kit_tex(FILE *out, const struct report_table *t, const char *origin)
{
	unsigned rows = t->rows_n < TEX_ROWS ? t->rows_n : TEX_ROWS;
	bool narrow = tex_narrow(t);

	tex_begin(out, t, origin, rows, narrow);
	tex_text(out, span_str(t->key_title));
	for (unsigned k = 0; k < t->columns_n; k++) {
		fputs(" & ", out);
		tex_text(out, span_str(t->columns[k].title));
		if (t->columns[k].kind == CELL_SHARE && !narrow)
			tex_share_heading(out, tex_of(t, k, rows));
	}
	fputs(" \\\\\n\\midrule\n", out);
	for (unsigned i = 0; i < rows; i++) {
		tex_text(out, t->rows[i].label);
		for (unsigned k = 0; k < t->columns_n; k++)
			tex_cell(out, &t->columns[k], &t->rows[i].cells[k], tex_of(t, k, rows),
				 narrow);
		fputs(" \\\\\n", out);
	}
	fputs("\\bottomrule\n\\end{tabular}}\n", out);
}

/* trend_text.c - a trend on a terminal; see trend_print.h. */
#include <string.h>

#include "output/text/number.h"
#include "output/text/plain.h"
#include "output/trend/trend_print.h"
#include "output/trend/trend_view.h"

#define TEXT_LABEL 32
#define TEXT_CELL 8
#define TEXT_RUNS 5 /* and what changed: 32 + 6 * 8 = 80 */
#define TEXT_NAME 34
#define TEXT_WIDTH 80
#define TEXT_ROWS 12

/* Which runs are shown: all, or so many with the same distance. */
struct text_columns {
	unsigned n, run[TEXT_RUNS];
};

static struct text_columns text_columns(const struct trend *t)
{
	struct text_columns c = {.n = t->runs_n < TEXT_RUNS ? t->runs_n : TEXT_RUNS};

	for (unsigned i = 0; i < c.n; i++)
		c.run[i] = c.n == 1 ? 0 : (i * (t->runs_n - 1) + (c.n - 1) / 2) / (c.n - 1);
	return c;
}

/* At most seven characters. */
static struct number text_count(uint64_t n)
{
	struct number text = number_grouped(n);

	if (n > 999999)
		snprintf(text.s, sizeof(text.s), n < 100000000 ? "%.1fM" : "%.0fM",
			 (double)n / 1e6);
	return text;
}

static struct number text_cell(const struct trend_table *table, const struct trend_value *v)
{
	struct number text = {"-"};

	if (!v->known || (table->share && v->of == 0))
		return text;
	if (!table->share)
		return text_count(v->n);
	text = number_share(v->n, v->of);
	text.s[strcspn(text.s, " ")] = '%'; /* "12.3%": the column is narrow */
	text.s[strcspn(text.s, "%") + 1] = '\0';
	return text;
}

static void text_runs(FILE *out, const struct trend *t)
{
	int width = 10;

	for (unsigned i = 0; i < t->runs_n; i++)
		width = trend_when(t, i).s[10] != '\0' ? 16 : width;
	fprintf(out, "\n%4s  %-*s  %13s  run\n", "", width, "began", "records");
	for (unsigned i = 0; i < t->runs_n; i++) {
		const struct trend_run *run = &t->runs[i];
		fprintf(out, "%4u  %-*s  %13s  ", i + 1, width, trend_when(t, i).s,
			number_grouped(run->records).s);
		plain_put(out, span_str(run->name), 0, TEXT_NAME);
		fputs(run->complete ? "\n" : ", not complete\n", out);
	}
}

static void text_heading(FILE *out, const struct trend *t, const struct text_columns *c)
{
	int lines = 2; /* year, day; and time, where a run has one */

	for (unsigned i = 0; i < c->n; i++)
		lines = trend_when(t, c->run[i]).s[10] != '\0' ? 3 : lines;
	for (int line = 0; line < lines; line++) {
		static const int from[] = {0, 5, 11};
		fprintf(out, "%*s", TEXT_LABEL, "");
		for (unsigned i = 0; i < c->n; i++) {
			struct number when = trend_when(t, c->run[i]);
			bool has = strlen(when.s) > (size_t)from[line];
			fprintf(out, "%*.*s", TEXT_CELL, line == 0 ? 4 : 5,
				has ? when.s + from[line] : "");
		}
		fprintf(out, "%*s\n", TEXT_CELL, line + 1 < lines ? "" : "change");
	}
}

static void text_row(FILE *out, const struct trend *t, const struct trend_table *table,
		     const struct trend_row *row, const struct text_columns *c)
{
	bool cut = plain_width(row->label) > TEXT_LABEL - 2;

	fputs("  ", out);
	plain_put(out, row->label, cut ? 0 : TEXT_LABEL - 2, TEXT_LABEL - (cut ? 5 : 2));
	fputs(cut ? "..." : "", out);
	for (unsigned i = 0; i < c->n; i++)
		fprintf(out, "%*s", TEXT_CELL, text_cell(table, &row->v[c->run[i]]).s);
	fprintf(out, "%*s\n", TEXT_CELL, trend_change(t, table, row).s);
}

static void text_of(FILE *out, const struct trend *t, const struct trend_table *table,
		    const struct text_columns *c)
{
	fprintf(out, "  %-*s", TEXT_LABEL - 2, trend_of_label(t, table));
	for (unsigned i = 0; i < c->n; i++) {
		uint64_t of = trend_of(table, c->run[i]);
		fprintf(out, "%*s", TEXT_CELL, of > 0 ? text_count(of).s : "-");
	}
	fputc('\n', out);
}

static void text_table(FILE *out, const struct trend *t, const struct trend_table *table,
		       const struct text_columns *c)
{
	unsigned shown = 0;

	for (unsigned i = 0; i < table->rows_n && shown < TEXT_ROWS; i++) {
		if (trend_row_empty(t, &table->rows[i]))
			continue;
		if (shown++ == 0) {
			fputc('\n', out);
			plain_put(out, table->title, 0, 78);
			fputc('\n', out);
		}
		text_row(out, t, table, &table->rows[i], c);
	}
	if (shown > 0 && trend_has_of(t, table))
		text_of(out, t, table, c);
}

int trend_text(FILE *out, const struct trend *t, const struct remarks *remarks)
{
	struct text_columns c = text_columns(t);
	char story[TREND_STORY];

	fprintf(out, "mtasweep trend: %u runs from %s to %s\n", t->runs_n, trend_when(t, 0).s,
		trend_when(t, t->runs_n - 1).s);
	if (t->same_names)
		fprintf(out, "of the %s that %s in all of them\n", number_names(t->names).s,
			number_word(t->names, "is", "are"));
	trend_story(t, story);
	if (story[0] != '\0')
		plain_wrapped(out, span_str(story), "", "", TEXT_WIDTH);
	for (unsigned i = 0; i < remarks->n; i++) {
		fputs(i == 0 ? "\n" : "", out);
		plain_wrapped(out, span_str(remarks->v[i]), "! ", "  ", TEXT_WIDTH);
	}
	text_runs(out, t);
	if (c.n < t->runs_n)
		fprintf(out, "\n%u of the %u runs are shown; csv, json and html have all.\n", c.n,
			t->runs_n);
	fputs("change: in percentage points of shares, in per cent of counts, first to last.\n"
	      "-: not in that report; of operators and domains also what is under five.\n\n",
	      out);
	text_heading(out, t, &c);
	for (unsigned i = 0; i < t->tables_n; i++)
		text_table(out, t, &t->tables[i], &c);
	return ferror(out) ? -1 : 0;
}

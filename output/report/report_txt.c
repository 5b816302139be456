/*
 * report_txt.c - report.txt: the tables on a terminal of 80 columns. Columns that do not fit are
 * left out from the right (report.json and report.html have them), and long tables are cut after
 * TXT_ROWS rows.
 */
#include <assert.h>
#include <stdlib.h>

#include "output/text/number.h"
#include "output/text/plain.h"
#include "output/report/report_model.h"

#define TXT_WIDTH 80
#define TXT_ROWS 12
#define TXT_LABEL_MAX 44
#define TXT_LABEL_MIN 12
#define TXT_CELL_MAX 256

static void txt_share(char out[TXT_CELL_MAX], const struct report_cell *cell)
{
	struct number low, high;

	if (cell->of == 0) {
		snprintf(out, TXT_CELL_MAX, "-");
		return;
	}
	report_interval(cell->n, cell->of, &low, &high);
	snprintf(out, TXT_CELL_MAX, "%s/%s %s [%s-%s]", number_grouped(cell->n).s,
		 number_grouped(cell->of).s, number_share(cell->n, cell->of).s, low.s, high.s);
}

static void txt_cell(char out[TXT_CELL_MAX], const struct report_column *column,
		     const struct report_cell *cell)
{
	switch (column->kind) {
	case CELL_TEXT:
		snprintf(out, TXT_CELL_MAX, "%.*s", (int)(cell->text.n < 80 ? cell->text.n : 80),
			 cell->text.p != NULL ? cell->text.p : "");
		return;
	case CELL_COUNT:
		snprintf(out, TXT_CELL_MAX, "%s", number_grouped(cell->n).s);
		return;
	case CELL_MS:
		snprintf(out, TXT_CELL_MAX, "%s ms", number_grouped(cell->n).s);
		return;
	case CELL_ABOUT:
		snprintf(out, TXT_CELL_MAX, "~%s", number_grouped(cell->n).s);
		return;
	case CELL_SHARE:
		txt_share(out, cell);
		return;
	case CELL_BYTES:
		snprintf(out, TXT_CELL_MAX, "%s", number_bytes(cell->n).s);
		return;
	}
}

/* The label's width, so that the widest column fits beside it. */
static int txt_label(const struct report_table *t, unsigned rows,
		     const int width[REPORT_COLUMNS_MAX])
{
	int label = plain_width(span_str(t->key_title)), most = 0;

	assert(rows <= t->rows_n);
	for (unsigned i = 0; i < rows; i++) {
		int w = plain_width(t->rows[i].label);
		label = w > label ? w : label;
	}
	for (unsigned k = 0; k < t->columns_n; k++)
		most = width[k] > most && t->columns[k].kind != CELL_TEXT ? width[k] : most;
	label = label > TXT_LABEL_MAX ? TXT_LABEL_MAX : label;
	label = label > TXT_WIDTH - 4 - most ? TXT_WIDTH - 4 - most : label;
	return label < TXT_LABEL_MIN ? TXT_LABEL_MIN : label;
}

static void txt_widths(const struct report_table *t, unsigned rows, int width[REPORT_COLUMNS_MAX])
{
	char cell[TXT_CELL_MAX];

	for (unsigned k = 0; k < t->columns_n; k++) {
		width[k] = plain_width(span_str(t->columns[k].title));
		for (unsigned i = 0; i < rows; i++) {
			txt_cell(cell, &t->columns[k], &t->rows[i].cells[k]);
			int w = plain_width(span_str(cell));
			width[k] = w > width[k] ? w : width[k];
		}
	}
}

/* Past the last column from `from` on that fits beside the label. */
static unsigned txt_fit(const struct report_table *t, unsigned from, int label,
			const int width[REPORT_COLUMNS_MAX])
{
	int total = 2 + label;
	unsigned k = from;

	assert(label >= TXT_LABEL_MIN && from <= t->columns_n);
	while (k < t->columns_n && total + 2 + width[k] <= TXT_WIDTH)
		total += 2 + width[k++];
	return k;
}

static void txt_wrapped(FILE *out, const char *text, const char *indent)
{
	plain_wrapped(out, span_str(text), indent, indent, TXT_WIDTH);
}

/* The beginning of a label that fits into a line, up to a blank where there is one. */
static struct span txt_line(struct span *rest, int width)
{
	size_t good = 0, any = 0;

	for (size_t i = 1; i <= rest->n; i++) {
		if (i < rest->n && ((unsigned char)rest->p[i] & 0xc0) == 0x80)
			continue;
		if (plain_width(span_of(rest->p, i)) > width)
			break;
		any = i;
		if (i == rest->n || plain_breaks(*rest, i))
			good = i;
	}
	size_t n = good > 0 ? good : any > 0 ? any : rest->n;
	struct span line = span_of(rest->p, n);
	n += n < rest->n && rest->p[n] == ' ';
	*rest = span_of(rest->p + n, rest->n - n);
	return line;
}

/* A label in as many lines as it needs; the cells stand beside the last one. */
static void txt_label_put(FILE *out, struct span label, int width)
{
	struct span line = txt_line(&label, width);

	for (; label.n > 0; line = txt_line(&label, width)) {
		fputs("  ", out);
		plain_put(out, line, 0, width);
		fputc('\n', out);
	}
	fputs("  ", out);
	plain_put(out, line, width, width);
}

/* The rows with columns [from, to). */
static void txt_block(FILE *out, const struct report_table *t, unsigned rows, int label,
		      const int width[REPORT_COLUMNS_MAX], unsigned from, unsigned to)
{
	char cell[TXT_CELL_MAX];

	txt_label_put(out, span_str(t->key_title), label);
	for (unsigned k = from; k < to; k++)
		fprintf(out, "  %*s", t->columns[k].kind == CELL_TEXT ? -width[k] : width[k],
			t->columns[k].title);
	fputc('\n', out);
	for (unsigned i = 0; i < rows; i++) {
		if (!report_row_shown(t, i))
			continue;
		txt_label_put(out, t->rows[i].label, label);
		for (unsigned k = from; k < to; k++) {
			txt_cell(cell, &t->columns[k], &t->rows[i].cells[k]);
			int pad = width[k] - plain_width(span_str(cell));
			bool left = t->columns[k].kind == CELL_TEXT;
			fprintf(out, "  %*s", left ? 0 : pad, "");
			plain_put(out, span_str(cell), left && k + 1 < to ? width[k] : 0, width[k]);
		}
		fputc('\n', out);
	}
}

static void txt_table(FILE *out, const struct report_table *t)
{
	unsigned rows = t->rows_n <= TXT_ROWS + 3 || t->keyed ? t->rows_n : TXT_ROWS;
	int width[REPORT_COLUMNS_MAX];

	txt_widths(t, rows, width);
	int label = txt_label(t, rows, width);
	fprintf(out, "\n%s\n", t->title);
	/* A fixed set of rows shows all its columns, a long list those that fit. */
	for (unsigned from = 0; from < t->columns_n && (from == 0 || t->keyed);) {
		unsigned to = txt_fit(t, from, label, width);
		to += to == from; /* wider than the page: on a line of its own it is whole */
		txt_block(out, t, rows, label, width, from, to);
		from = to;
	}
	if (rows < t->rows_n)
		fprintf(out, "  ... and %u more rows in report.json\n", t->rows_n - rows);
	if (t->error > 0)
		fprintf(out, "  (approximate: a count may be up to %llu too high)\n",
			(unsigned long long)t->error);
}

/* ---- head -------------------------------------------------------------------------------- */

static void txt_time(FILE *out, int64_t ms)
{
	struct buf b;

	buf_init(&b, 64);
	json_time_ms(&b, ms);
	if (ms != 0 && !b.failed)
		fprintf(out, "%.10s %.8s UTC", b.p + 1, b.p + 12);
	else
		fputs("unknown", out);
	buf_release(&b);
}

static void txt_run(FILE *out, const struct runinfo *run)
{
	fputs("  ", out);
	txt_time(out, run->started_at_ms);
	fputs(" to ", out);
	if (run->completed)
		txt_time(out, run->ended_at_ms);
	else
		fputs("now (not completed)", out);
	fputs(", from ", out);
	plain_put(out, span_str(run->vantage[0] != '\0' ? run->vantage : "an unknown host"), 0, 24);
	if (run->shards > 1)
		fprintf(out, ", shard %u/%u", run->shard, run->shards);
	if (run->resumed > 0)
		fprintf(out, ", interrupted %s %s", number_grouped(run->resumed).s,
			number_word(run->resumed, "time", "times"));
	fputc('\n', out);
	for (unsigned i = 0; i < run->inputs_n; i++) {
		fputs("    ", out);
		plain_put(out, span_str(runinfo_input_name(&run->inputs[i])), 0, 44);
		if (run->inputs[i].sha256[0] != '\0')
			fprintf(out, "  SHA-256 %.16s...", run->inputs[i].sha256);
		fputc('\n', out);
	}
}

/* Of all runs, and by what it was written. */
static void txt_when(FILE *out, const struct report_meta *meta)
{
	int64_t first, last;

	if (report_when(meta, &first, &last)) {
		fprintf(out, "Scanned %s", number_time(first / 1000).s);
		fprintf(out, " to %s, ", number_time(last / 1000).s);
	}
	fputs("mtasweep " MTASWEEP_VERSION "\n\n", out);
}

static void txt_head(FILE *out, const struct report_model *m)
{
	if (m->meta->title != NULL) {
		txt_wrapped(out, m->meta->title, "");
		fputc('\n', out);
	}
	/* Of a scan that has not ended it is known what it has read of its list. */
	fprintf(out, "mtasweep report: %s%s, %s %s: %s\n", number_names(m->expected).s,
		m->expected > m->records ? " read" : "", number_grouped(m->records).s,
		number_word(m->records, "record", "records"),
		report_complete(m) ? "complete" : "NOT COMPLETE, see 'Bookkeeping'");
	txt_when(out, m->meta);
	for (unsigned i = 0; i < m->meta->remarks_n; i++) {
		plain_wrapped(out, span_str(m->meta->remarks[i]), "  ! ", "    ", TXT_WIDTH);
	}
	for (unsigned i = 0; i < m->story_n; i++) {
		char line[REPORT_STORY_TEXT + 64];
		snprintf(line, sizeof(line), "%s %s", m->story[i].figure.s, m->story[i].text);
		txt_wrapped(out, line, "  ");
	}
	fputs("\nn/N share [95 % Wilson interval]. Inconclusive names are in no denominator\n"
	      "unless it is said. Rows whose keys come from outside have five names or more;\n"
	      "what is smaller is in 'all others'. Definitions: report.json and report.html.\n",
	      out);
}

static void txt_runs(FILE *out, const struct report_model *m)
{
	fputs("\nRuns\n", out);
	for (unsigned i = 0; i < m->meta->runs_n && i < 16; i++)
		txt_run(out, m->meta->runs[i]);
	if (m->meta->runs_n > 16)
		fprintf(out, "  ... and %u more runs\n", m->meta->runs_n - 16);
}

int report_txt_model(FILE *out, const struct report_model *m)
{
	txt_head(out, m);
	for (unsigned i = 0; i < m->sections_n; i++) {
		const struct report_section *s = &m->sections[i];
		if (report_section_empty(m, s) && strcmp(s->key, "run") != 0)
			continue;
		fprintf(out, "\n== %s ==\n", s->title);
		if (s->intro != NULL)
			txt_wrapped(out, s->intro, "");
		if (strcmp(s->key, "run") == 0)
			txt_runs(out, m);
		for (unsigned k = 0; k < s->n; k++)
			if (!report_table_empty(&m->tables[s->first + k]))
				txt_table(out, &m->tables[s->first + k]);
	}
	return ferror(out) ? -1 : 0;
}

/*
 * report_json.c - report.json: the tables by key, every share with numerator, denominator and
 * interval.
 *
 *   .tables.verdicts.rows.enforce.names            {"n", "of", "share", "low", "high"}
 *   .tables.by_tld.rows[] | select(.key == "com")  .names, .mta_sts ...
 *
 * A row whose name for people is another than its key has it as "label".
 */
#include "output/report/report_model.h"

struct writer {
	FILE *out;
	struct buf b; /* for one string at a time */
};

static void put_string(struct writer *w, struct span s)
{
	buf_reset(&w->b);
	json_str(&w->b, s);
	fwrite(w->b.p, 1, w->b.n, w->out);
}

static void put_text(struct writer *w, const char *s)
{
	put_string(w, s != NULL ? span_str(s) : SPAN_NULL);
}

static void put_time(struct writer *w, int64_t ms)
{
	if (ms == 0) {
		fputs("null", w->out);
		return;
	}
	buf_reset(&w->b);
	json_time_ms(&w->b, ms);
	fwrite(w->b.p, 1, w->b.n, w->out);
}

static void put_share(FILE *out, const struct report_cell *cell)
{
	double low, high;

	fprintf(out, "{\"n\": %llu, \"of\": %llu, ", (unsigned long long)cell->n,
		(unsigned long long)cell->of);
	if (cell->of == 0) {
		fputs("\"share\": null, \"low\": null, \"high\": null}", out);
		return;
	}
	report_wilson(cell->n, cell->of, &low, &high);
	fprintf(out, "\"share\": %.8f, \"low\": %.8f, \"high\": %.8f}",
		(double)cell->n / (double)cell->of, low, high);
}

static void put_cell(struct writer *w, const struct report_column *column,
		     const struct report_cell *cell)
{
	if (column->kind == CELL_SHARE)
		put_share(w->out, cell);
	else if (column->kind == CELL_TEXT)
		put_string(w, cell->text);
	else
		fprintf(w->out, "%llu", (unsigned long long)cell->n);
}

static void put_row(struct writer *w, const struct report_table *t, const struct report_row *row)
{
	fputs("        ", w->out);
	if (t->keyed)
		put_string(w, row->key);
	fputs(t->keyed ? ": {" : "{\"key\": ", w->out);
	if (!t->keyed)
		put_string(w, row->key);
	for (unsigned i = 0; i < t->columns_n; i++) {
		fprintf(w->out, "%s\"%s\": ", i > 0 || !t->keyed ? ", " : "", t->columns[i].key);
		put_cell(w, &t->columns[i], &row->cells[i]);
	}
	if (row->label.p != NULL && !span_eq(row->label, row->key)) {
		fputs(t->columns_n > 0 || !t->keyed ? ", \"label\": " : "\"label\": ", w->out);
		put_string(w, row->label);
	}
	fputs("}", w->out);
}

static void put_table(struct writer *w, const struct report_table *t)
{
	fprintf(w->out, "    \"%s\": {\n      \"title\": ", t->key);
	put_text(w, t->title);
	fputs(",\n      \"note\": ", w->out);
	put_text(w, t->note);
	if (t->bounded)
		fprintf(w->out,
			",\n      \"keys\": %llu,\n      \"exact\": %s,\n      "
			"\"too_high_by_at_most\": %llu",
			(unsigned long long)t->keys, t->error == 0 ? "true" : "false",
			(unsigned long long)t->error);
	fputs(t->keyed ? ",\n      \"rows\": {\n" : ",\n      \"rows\": [\n", w->out);
	for (unsigned i = 0; i < t->rows_n; i++) {
		put_row(w, t, &t->rows[i]);
		fputs(i + 1 < t->rows_n ? ",\n" : "\n", w->out);
	}
	fputs(t->keyed ? "      }\n    }" : "      ]\n    }", w->out);
}

static void put_run(struct writer *w, const struct runinfo *run)
{
	fputs("    {\"version\": ", w->out);
	put_text(w, run->version);
	fprintf(w->out, ", \"completed\": %s, \"started_at\": ", run->completed ? "true" : "false");
	put_time(w, run->started_at_ms);
	fputs(", \"ended_at\": ", w->out);
	put_time(w, run->ended_at_ms);
	fprintf(w->out, ", \"resumed\": %u, \"vantage\": ", run->resumed);
	put_text(w, run->vantage);
	fprintf(w->out, ", \"shard\": %u, \"shards\": %u, \"inputs\": [",
		run->shard > 0 ? run->shard : 1, run->shards > 0 ? run->shards : 1);
	for (unsigned i = 0; i < run->inputs_n; i++) {
		fputs(i > 0 ? ", {\"path\": " : "{\"path\": ", w->out);
		put_text(w, run->inputs[i].path);
		fputs(", \"sha256\": ", w->out);
		put_text(w, run->inputs[i].sha256[0] != '\0' ? run->inputs[i].sha256 : NULL);
		fprintf(w->out, ", \"bytes\": %llu}", (unsigned long long)run->inputs[i].bytes);
	}
	fputs("]}", w->out);
}

static void put_head(struct writer *w, const struct report_model *m)
{
	fprintf(w->out,
		"{\n  \"report_schema\": %d,\n  \"record_schema\": %d,\n  \"generator\": "
		"\"mtasweep %s\",\n",
		REPORT_SCHEMA, RECORD_SCHEMA, MTASWEEP_VERSION);
	fputs("  \"title\": ", w->out);
	put_text(w, m->meta->title);
	fprintf(w->out,
		",\n  \"complete\": %s,\n  \"interval\": \"Wilson, 95 %%\",\n  \"runs\": [\n",
		report_complete(m) ? "true" : "false");
	for (unsigned i = 0; i < m->meta->runs_n; i++) {
		put_run(w, m->meta->runs[i]);
		fputs(i + 1 < m->meta->runs_n ? ",\n" : "\n", w->out);
	}
	fputs("  ],\n  \"remarks\": [", w->out);
	for (unsigned i = 0; i < m->meta->remarks_n; i++) {
		fputs(i > 0 ? ",\n    " : "\n    ", w->out);
		put_text(w, m->meta->remarks[i]);
	}
	fputs(m->meta->remarks_n > 0 ? "\n  ],\n" : "],\n", w->out);
}

int report_json_model(FILE *out, const struct report_model *m)
{
	struct writer w = {.out = out};

	buf_init(&w.b, 1u << 20);
	put_head(&w, m);
	fputs("  \"tables\": {\n", out);
	for (unsigned i = 0; i < m->tables_n; i++) {
		put_table(&w, &m->tables[i]);
		fputs(i + 1 < m->tables_n ? ",\n" : "\n", out);
	}
	fputs("  }\n}\n", out);
	int rc = w.b.failed || ferror(out) ? -1 : 0;
	buf_release(&w.b);
	return rc;
}

/*
 * trend_data.c - a trend for programs; see trend_print.h.
 *
 *   .tables.adoption.rows.mta_sts.values[]   {"n", "of", "share", "low", "high"} or null, one a run
 *   .runs[]                                  in the same order
 */
#include <assert.h>

#include "output/report/report_model.h"
#include "output/text/csv.h"
#include "output/text/json.h"
#include "output/trend/trend_print.h"

#define DATA_MAX (64u << 20)

static const char *const csv_columns[] = {"run", "started_at", "table", "row", "label",
					  "n",	 "of",	       "share", "low", "high"};
#define CSV_COLUMNS 10u

/* ---- CSV ----------------------------------------------------------------------------------- */

static void csv_value(FILE *out, const struct trend *t, const struct trend_table *table,
		      const struct trend_row *row, unsigned run)
{
	const struct trend_value *v = &row->v[run];
	struct buf time;
	char text[5][32] = {""};
	double low, high;

	assert(run < t->runs_n && v->known);
	buf_init(&time, 64);
	json_time_ms(&time, t->runs[run].started_at_ms);
	struct span cells[CSV_COLUMNS] = {
		span_str(t->runs[run].name),
		time.n > 2 ? span_of(time.p + 1, time.n - 2) : SPAN_NULL,
		span_str(table->key),
		row->key,
		row->label,
	};
	snprintf(text[0], sizeof(text[0]), "%llu", (unsigned long long)v->n);
	if (table->share)
		snprintf(text[1], sizeof(text[1]), "%llu", (unsigned long long)v->of);
	if (table->share && v->of > 0) {
		report_wilson(v->n, v->of, &low, &high);
		snprintf(text[2], sizeof(text[2]), "%.8f", (double)v->n / (double)v->of);
		snprintf(text[3], sizeof(text[3]), "%.8f", low);
		snprintf(text[4], sizeof(text[4]), "%.8f", high);
	}
	for (unsigned i = 0; i < 5; i++)
		cells[5 + i] = span_str(text[i]);
	csv_row(out, cells, CSV_COLUMNS);
	buf_release(&time);
}

int trend_csv(FILE *out, const struct trend *t, const struct remarks *remarks)
{
	(void)remarks; /* they go to standard error */
	csv_heading(out, csv_columns, CSV_COLUMNS);
	for (unsigned i = 0; i < t->tables_n; i++)
		for (unsigned k = 0; k < t->tables[i].rows_n; k++)
			for (unsigned run = 0; run < t->runs_n; run++)
				if (t->tables[i].rows[k].v[run].known)
					csv_value(out, t, &t->tables[i], &t->tables[i].rows[k],
						  run);
	return ferror(out) ? -1 : 0;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void put(struct buf *b, const char *lead, struct span text)
{
	buf_text(b, lead);
	json_str(b, text);
}

static void put_count(struct buf *b, const char *lead, uint64_t n)
{
	buf_text(b, lead);
	json_uint(b, n);
}

static void put_run(struct buf *b, const struct trend_run *run)
{
	put(b, "    {\"run\": ", span_str(run->name));
	buf_text(b, ", \"started_at\": ");
	json_time_ms(b, run->started_at_ms);
	buf_text(b, ", \"ended_at\": ");
	if (run->ended_at_ms != 0)
		json_time_ms(b, run->ended_at_ms);
	else
		buf_text(b, "null");
	put(b, ", \"version\": ", span_str(run->version));
	put(b, ", \"input_sha256\": ", run->input[0] != '\0' ? span_str(run->input) : SPAN_NULL);
	put_count(b, ", \"shards\": ", run->shards);
	put_count(b, ", \"records\": ", run->records);
	buf_text(b, run->complete ? ", \"complete\": true}" : ", \"complete\": false}");
}

static void put_value(struct buf *b, const struct trend_table *table, const struct trend_value *v)
{
	char text[128];
	double low, high;

	if (!v->known) {
		buf_text(b, "null");
		return;
	}
	put_count(b, "{\"n\": ", v->n);
	if (table->share)
		put_count(b, ", \"of\": ", v->of);
	if (table->share && v->of > 0) {
		report_wilson(v->n, v->of, &low, &high);
		snprintf(text, sizeof(text), ", \"share\": %.8f, \"low\": %.8f, \"high\": %.8f",
			 (double)v->n / (double)v->of, low, high);
		buf_text(b, text);
	} else if (table->share) {
		buf_text(b, ", \"share\": null, \"low\": null, \"high\": null");
	}
	buf_text(b, "}");
}

static void put_table(struct buf *b, const struct trend *t, const struct trend_table *table)
{
	put(b, "    ", span_str(table->key));
	put(b, ": {\"title\": ", table->title);
	put(b, ", \"note\": ", table->note != NULL ? span_str(table->note) : SPAN_NULL);
	buf_text(b, table->share ? ", \"kind\": \"share\"" : ", \"kind\": \"count\"");
	buf_text(b, ", \"rows\": {");
	for (unsigned i = 0; i < table->rows_n; i++) {
		put(b, i > 0 ? ",\n      " : "\n      ", table->rows[i].key);
		put(b, ": {\"label\": ", table->rows[i].label);
		for (unsigned run = 0; run < t->runs_n; run++) {
			buf_text(b, run > 0 ? ", " : ", \"values\": [");
			put_value(b, table, &table->rows[i].v[run]);
		}
		buf_text(b, "]}");
	}
	buf_text(b, table->rows_n > 0 ? "\n    }}" : "}}");
}

int trend_json(FILE *out, const struct trend *t, const struct remarks *remarks)
{
	struct buf b;

	buf_init(&b, DATA_MAX);
	put_count(&b, "{\n  \"trend_schema\": ", TREND_SCHEMA);
	put(&b, ",\n  \"generator\": ", SPAN_LIT("mtasweep " MTASWEEP_VERSION));
	if (t->same_names)
		put_count(&b, ",\n  \"names_in_all_runs\": ", t->names);
	else
		buf_text(&b, ",\n  \"names_in_all_runs\": null");
	for (unsigned i = 0; i < t->runs_n; i++) {
		buf_text(&b, i > 0 ? ",\n" : ",\n  \"runs\": [\n");
		put_run(&b, &t->runs[i]);
	}
	buf_text(&b, "\n  ],\n  \"remarks\": [");
	for (unsigned i = 0; i < remarks->n; i++)
		put(&b, i > 0 ? ",\n    " : "\n    ", span_str(remarks->v[i]));
	buf_text(&b, "],\n  \"tables\": {\n");
	for (unsigned i = 0; i < t->tables_n; i++) {
		put_table(&b, t, &t->tables[i]);
		buf_text(&b, i + 1 < t->tables_n ? ",\n" : "\n");
	}
	buf_text(&b, "  }\n}\n");
	int rc = b.failed || fwrite(b.p, 1, b.n, out) != b.n || ferror(out) ? -1 : 0;
	buf_release(&b);
	return rc;
}

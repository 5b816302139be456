/* list.c - rows of a list; see list.h. */
#include "output/list/list.h"

#include <stdlib.h>

#include "output/diff/rowsort.h"
#include "output/list/list_tags.h"
#include "output/text/csv.h"
#include "output/text/number.h"

#define LIST_MEMORY (64u << 20) /* bytes of rows that wait for their order */

/* ---- what was asked for ------------------------------------------------------------------ */

static int list_words(struct list_column *v, unsigned *n, unsigned max, const char *text, bool sort,
		      struct errmsg *err)
{
	for (*n = 0; *text != '\0';) {
		size_t len = strcspn(text, ",");
		if (*n == max)
			return errmsg_set(err, "more than %u %s", max, sort ? "keys" : "columns");
		if (list_column_parse(&v[*n], span_of(text, len), sort, err) != 0)
			return -1;
		++*n;
		text += len + (text[len] == ',');
	}
	return *n > 0 ? 0 : errmsg_set(err, "no %s", sort ? "key to sort by" : "column");
}

int list_parse(struct list *l, const char *columns, const char *sort, struct errmsg *err)
{
	if (columns == NULL)
		columns = l->by == LIST_BY_NAME
				  ? "domain,tag,verdict,impact,severity,code,title,action"
				  : "domain,tag,line,verdict,impact,code,severity,detail,title,"
				    "fix";
	if (sort == NULL && l->by == LIST_BY_NAME)
		sort = "danger,tag,domain"; /* what cannot wait stands on top */
	l->sort_n = 0;
	if (list_words(l->columns, &l->columns_n, LIST_COLUMNS_MAX, columns, false, err) != 0)
		return -1;
	return sort == NULL ? 0 : list_words(l->sort, &l->sort_n, LIST_SORT_MAX, sort, true, err);
}

/* ---- rows -------------------------------------------------------------------------------- */

struct list_writer {
	const struct list *l;
	FILE *out;
	struct rowsort *rows; /* NULL: they are streamed */
	struct buf line, key;
	struct buf cells[LIST_COLUMNS_MAX];
	uint64_t seen, met; /* records */
};

static void list_ndjson(struct list_writer *w, const struct list_row *row)
{
	struct buf *b = &w->line;

	for (unsigned k = 0; k < w->l->columns_n; k++) {
		buf_text(b, k > 0 ? "," : "{");
		json_str(b, w->l->columns[k].name);
		buf_text(b, ":");
		list_column_json(&w->l->columns[k], row, b);
	}
	buf_text(b, "}\n");
}

/* CSV is written by csv.h, into a file. 0 or -1. */
static int list_csv(struct list_writer *w, const struct list_row *row, FILE *out)
{
	struct span cells[LIST_COLUMNS_MAX];

	for (unsigned k = 0; k < w->l->columns_n; k++) {
		struct buf *b = &w->cells[k];
		buf_reset(b);
		bool some = list_column_text(&w->l->columns[k], row, b);
		if (b->failed)
			return -1;
		cells[k] = some ? span_of(b->n > 0 ? b->p : "", b->n) : SPAN_NULL;
	}
	csv_row(out, cells, w->l->columns_n);
	return 0;
}

static int list_csv_line(struct list_writer *w, const struct list_row *row)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (out == NULL)
		return -1;
	int rc = list_csv(w, row, out);
	if (fclose(out) != 0)
		rc = -1;
	if (rc == 0)
		buf_bytes(&w->line, text, n);
	free(text);
	return rc;
}

static int list_row(struct list_writer *w, const struct list_row *row, struct errmsg *err)
{
	buf_reset(&w->line);
	buf_reset(&w->key);
	int rc = 0;
	if (w->l->ndjson)
		list_ndjson(w, row);
	else if (w->rows == NULL)
		rc = list_csv(w, row, w->out);
	else
		rc = list_csv_line(w, row);
	if (w->rows == NULL && w->l->ndjson && !w->line.failed)
		fwrite(w->line.p, 1, w->line.n, w->out);
	for (unsigned k = 0; w->rows != NULL && k < w->l->sort_n; k++)
		list_column_order(&w->l->sort[k], row, &w->key);
	if (rc != 0 || w->line.failed || w->key.failed)
		return errmsg_set(err, "no memory for a row");
	if (w->rows == NULL)
		return 0;
	return rowsort_add(w->rows, span_of(w->key.p, w->key.n), span_of(w->line.p, w->line.n),
			   err);
}

static int list_record(struct list_writer *w, const struct record *r, struct errmsg *err)
{
	struct list_row row = {.r = r, .action = w->l->action, .owner = w->l->owner};
	unsigned shown = 0;

	if (w->l->by == LIST_BY_NAME) {
		/* Whatever was asked for: what to do first is about it, too. */
		row.issue = record_first_issue(r);
		return list_row(w, &row, err);
	}
	for (unsigned i = 0; i <= r->issues_n; i++) {
		row.issue = i < r->issues_n ? &r->issues[i] : NULL;
		if (row.issue != NULL ? !select_finding(w->l->select, r, row.issue) : shown > 0)
			continue;
		if (list_row(w, &row, err) != 0)
			return -1;
		shown++;
	}
	return 0;
}

static int list_run(struct list_writer *w, struct run_source *s, struct errmsg *err)
{
	struct record r;
	struct span line;
	enum run_status status;

	while ((status = run_next(s, &r, &line, err)) == RUN_RECORD) {
		const bool met = select_matches(w->l->select, &r);
		w->seen++;
		w->met += met;
		if (w->l->by == LIST_BY_TAG) {
			if (list_tags_add(w->rows, &r, met, err) != 0)
				return -1;
		} else if (met && list_record(w, &r, err) != 0) {
			return -1;
		}
	}
	if (status == RUN_FAILED)
		return -1;
	return ferror(w->out) ? errmsg_set(err, "standard output cannot be written") : 0;
}

static int list_sorted(struct list_writer *w, struct errmsg *err)
{
	struct span key, line;
	int rc;

	while ((rc = rowsort_next(w->rows, &key, &line, err)) == 1)
		fwrite(line.p, 1, line.n, w->out);
	return rc;
}

static void list_heading(const struct list *l, FILE *out)
{
	for (unsigned k = 0; k < l->columns_n; k++)
		fprintf(out, "%.*s%s", (int)l->columns[k].name.n, l->columns[k].name.p,
			k + 1 < l->columns_n ? "," : "\n");
}

static int list_runs(struct list_writer *w, const struct run_set *set, struct run_source *s,
		     struct remarks *remarks, struct errmsg *err)
{
	int rc = 0;

	if (!w->l->ndjson && w->l->by != LIST_BY_TAG)
		list_heading(w->l, w->out);
	for (unsigned i = 0; i < set->n && rc == 0; i++) {
		rc = run_open(s, set->v[i], remarks, err);
		if (rc == 0)
			rc = list_run(w, s, err);
		run_close(s);
	}
	if (rc == 0 && w->l->by == LIST_BY_TAG)
		rc = list_tags_write(w->rows, w->l->ndjson, w->out, err);
	else if (rc == 0 && w->rows != NULL)
		rc = list_sorted(w, err);
	if (rc == 0 && fflush(w->out) != 0)
		rc = errmsg_set(err, "standard output cannot be written");
	if (rc == 0 && w->met == 0 && w->seen > 0)
		remarks_add(remarks, SELECT_NONE, number_names(w->seen).s);
	return rc;
}

static void list_release(struct list_writer *w)
{
	rowsort_free(w->rows);
	buf_release(&w->line);
	buf_release(&w->key);
	for (unsigned k = 0; k < LIST_COLUMNS_MAX; k++)
		buf_release(&w->cells[k]);
}

int list_write(const struct list *l, const char *const *runs, unsigned runs_n, FILE *out,
	       struct remarks *remarks, struct errmsg *err)
{
	struct run_set *set = calloc(1, sizeof(*set));
	struct run_source *s = calloc(1, sizeof(*s));
	struct list_writer w = {.l = l, .out = out};
	int rc = -1;

	buf_init(&w.line, 2 * RECORD_LINE_MAX);
	buf_init(&w.key, 2 * RECORD_LINE_MAX);
	for (unsigned k = 0; k < LIST_COLUMNS_MAX; k++)
		buf_init(&w.cells[k], RECORD_LINE_MAX);
	const bool sorted = l->sort_n > 0 || l->by == LIST_BY_TAG;
	if (sorted)
		w.rows = rowsort_new(LIST_MEMORY);
	if (set == NULL || s == NULL || (sorted && w.rows == NULL))
		errmsg_set(err, "no memory");
	else if (run_set_open(set, runs, runs_n, remarks, err) == 0)
		rc = list_runs(&w, set, s, remarks, err);
	if (set != NULL)
		run_set_release(set);
	list_release(&w);
	free(set);
	free(s);
	return rc;
}

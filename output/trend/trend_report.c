/* trend_report.c - see trend_report.h. */
#include "output/trend/trend_report.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "output/base/runfile.h"
#include "output/report/report.h"
#include "output/run/run_set.h"

#define REPORT_PATH_MAX 4096
#define REPORT_MAX (256u << 20) /* bytes; one of a million operators has 40 MB */
#define EVERY_ROW 0u

/* Which tables of a report are followed: each with one of its columns. */
static const struct followed {
	const char *key;   /* of the trend's table */
	const char *table; /* of the report's */
	const char *column;
	const char *title; /* NULL: the report's */
	const char *aside;
	unsigned top; /* rows that are kept */
	bool share;
	bool common; /* all rows are of the same names: a row that is not there is none of them */
} followed[] = {
	{"adoption", "adoption", "all", NULL, NULL, EVERY_ROW, true, false},
	{"verdicts", "verdicts", "names", NULL, "absent", EVERY_ROW, true, false},
	{"outcomes", "outcomes", "names", NULL, NULL, EVERY_ROW, true, false},
	{"modes", "modes", "names", NULL, NULL, EVERY_ROW, true, false},
	{"impact", "impact", "names", NULL, "none", EVERY_ROW, true, false},
	{"misconfigured", "misconfigured", "names", NULL, NULL, EVERY_ROW, true, false},
	{"stages", "stages", "all", NULL, "ok", EVERY_ROW, true, false},
	{"tls_reasons", "tls_reasons", "all", NULL, NULL, EVERY_ROW, true, false},
	{"http_status", "http_status", "all", NULL, NULL, 8, true, true},
	{"mismatches", "mismatches", "all", NULL, NULL, EVERY_ROW, true, false},
	{"findings", "findings", "names", NULL, NULL, 12, true, false},
	{"policy_operators", "policy_operators", "names", NULL, NULL, 10, false, false},
	{"policy_operators_failing", "policy_operators", "failing",
	 "Providers of policy hosts: policies that cannot be had", NULL, 10, true, false},
	{"mx_operators", "by_mx_operator", "mta_sts", "MTA-STS by operator of the MX hosts", NULL,
	 10, true, false},
	{"inconclusive", "inconclusive", "names", NULL, NULL, 8, true, true},
};
#define FOLLOWED_N (sizeof(followed) / sizeof(followed[0]))
static_assert(FOLLOWED_N <= TREND_TABLES_MAX && TREND_TABLES_MAX <= 32, "a table and a bit each");

static struct span json_span(const json_t *v)
{
	return json_is_string(v) ? span_of(json_string_value(v), json_string_length(v)) : SPAN_NULL;
}

static uint64_t json_count_of(const json_t *v)
{
	json_int_t n = json_integer_value(v);

	return n > 0 ? (uint64_t)n : 0;
}

/* ---- values -------------------------------------------------------------------------------- */

static struct trend_value value_of(const json_t *cell, bool share)
{
	struct trend_value v = {0};

	if (!share && json_is_integer(cell)) {
		v = (struct trend_value){true, json_count_of(cell), 0};
	} else if (share && json_is_object(cell)) {
		v.known = true;
		v.n = json_count_of(json_object_get(cell, "n"));
		v.of = json_count_of(json_object_get(cell, "of"));
		if (v.n > v.of) /* somebody edited it */
			v.of = 0;
	}
	return v;
}

static void take_row(struct trend *t, struct trend_table *table, unsigned run,
		     const struct followed *f, struct span key, const json_t *row)
{
	struct span label = json_span(json_object_get(row, "label"));
	const json_t *cell = json_object_get(row, f->column);

	if (key.p == NULL || cell == NULL)
		return;
	struct trend_row *mine = trend_row(t, table, key, label.p != NULL ? label : key);
	if (mine != NULL)
		mine->v[run] = value_of(cell, f->share);
}

/* A row that a whole list of the same names does not have has none of them. */
static void take_absent(const struct trend *t, struct trend_table *table, unsigned run)
{
	uint64_t of = 0;

	if (t->runs[run].cut & 1u << (table - t->tables))
		return;

	for (unsigned i = 0; i < table->rows_n && of == 0; i++)
		of = table->rows[i].v[run].known ? table->rows[i].v[run].of : 0;
	for (unsigned i = 0; i < table->rows_n; i++)
		if (!table->rows[i].v[run].known)
			table->rows[i].v[run] = (struct trend_value){true, 0, of};
}

static json_t *last_of(const json_t *rows)
{
	size_t n = json_array_size(rows);

	return n > 0 ? json_array_get(rows, n - 1) : NULL;
}

static void take_table(struct trend *t, unsigned run, const struct followed *f,
		       const json_t *report)
{
	const json_t *from = json_object_get(report, f->table);
	json_t *rows = json_object_get(from, "rows"), *row;
	struct span title = json_span(json_object_get(from, "title"));
	const char *key;
	size_t i;

	if (f->title != NULL || title.p == NULL)
		title = span_str(f->title != NULL ? f->title : f->key);
	struct trend_table *table = trend_table(t, f->key, title, f->share);
	if (table == NULL)
		return;
	table->aside = f->aside;
	if (json_is_object(rows)) {
		json_object_foreach(rows, key, row)
		{
			take_row(t, table, run, f, span_str(key), row);
		}
	}
	json_array_foreach(rows, i, row)
	{
		take_row(t, table, run, f, json_span(json_object_get(row, "key")), row);
	}
	/* Rows that are too small to be named are summed up in one without a key. */
	if (!json_is_array(rows) || json_is_null(json_object_get(last_of(rows), "key")))
		t->runs[run].cut |= 1u << (table - t->tables);
}

static void take_tables(struct trend *t, unsigned run, const json_t *root)
{
	for (unsigned i = 0; i < FOLLOWED_N; i++)
		take_table(t, run, &followed[i], json_object_get(root, "tables"));
}

int trend_report_values(struct trend *t, unsigned run, const char *text, size_t n,
			struct errmsg *err)
{
	json_error_t error;
	json_t *root = json_loadb(text, n, 0, &error);

	assert(run < t->runs_n);
	if (root == NULL)
		return errmsg_set(err, "no memory for the tables of %s", t->runs[run].name);
	take_tables(t, run, root);
	json_decref(root);
	return 0;
}

/* ---- the rows that are kept ---------------------------------------------------------------- */

/* How common a row is in the last run that has it. */
static uint64_t row_weight(const struct trend_row *row, unsigned runs_n)
{
	for (unsigned i = runs_n; i-- > 0;)
		if (row->v[i].known)
			return row->v[i].n;
	return 0;
}

/* By the size of the thing itself, so that a share's rows are not those of three names. */
static void sort_rows(struct trend_table *table, unsigned runs_n)
{
	for (unsigned i = 1; i < table->rows_n; i++) {
		struct trend_row row = table->rows[i];
		uint64_t weight = row_weight(&row, runs_n);
		unsigned at = i;
		for (; at > 0 && row_weight(&table->rows[at - 1], runs_n) < weight; at--)
			table->rows[at] = table->rows[at - 1];
		table->rows[at] = row;
	}
}

void trend_report_top(struct trend *t)
{
	for (unsigned i = 0; i < FOLLOWED_N; i++) {
		struct trend_table *table =
			trend_table(t, followed[i].key, SPAN_NULL, followed[i].share);
		if (table == NULL || followed[i].top == EVERY_ROW)
			continue;
		for (unsigned k = 0; followed[i].common && k < t->runs_n; k++)
			take_absent(t, table, k);
		sort_rows(table, t->runs_n);
		if (table->rows_n > followed[i].top)
			table->rows_n = followed[i].top;
	}
}

/* ---- what the run was ---------------------------------------------------------------------- */

/* "YYYY-MM-DDThh:mm:ss.mmmZ" */
static int64_t time_of(const json_t *v)
{
	return runinfo_time_parse(json_string_value(v));
}

/* The hash of a run's list; of several lists a hash of theirs. Empty when one is not known. */
static void input_of(const json_t *run, char out[65])
{
	json_t *inputs = json_object_get(run, "inputs"), *one;
	uint64_t all = 0;
	size_t i;

	out[0] = '\0';
	json_array_foreach(inputs, i, one)
	{
		struct span hash = json_span(json_object_get(one, "sha256"));
		if (hash.p == NULL || hash.n > 64) {
			out[0] = '\0';
			return;
		}
		all = XXH3_64bits_withSeed(hash.p, hash.n, all);
		if (i == 0)
			snprintf(out, 65, "%.*s", (int)hash.n, hash.p);
		else
			snprintf(out, 65, "%016llx", (unsigned long long)all);
	}
}

static void describe_times(struct trend_run *run, const json_t *root)
{
	json_t *runs = json_object_get(root, "runs"), *one;
	size_t i;

	json_array_foreach(runs, i, one)
	{
		int64_t started = time_of(json_object_get(one, "started_at"));
		int64_t ended = time_of(json_object_get(one, "ended_at"));
		char input[65];
		if (started != 0 && (run->started_at_ms == 0 || started < run->started_at_ms))
			run->started_at_ms = started;
		if (ended > run->ended_at_ms)
			run->ended_at_ms = ended;
		input_of(one, input);
		if (i == 0)
			memcpy(run->input, input, sizeof(input));
		else if (strcmp(run->input, input) != 0)
			run->input[0] = '\0';
	}
}

static void describe(struct trend_run *run, const json_t *root)
{
	const json_t *runs = json_object_get(root, "runs");
	struct span version = json_span(json_object_get(json_array_get(runs, 0), "version"));
	const json_t *rows = json_object_get(
		json_object_get(json_object_get(root, "tables"), "completeness"), "rows");

	run->complete = json_is_true(json_object_get(root, "complete"));
	run->shards = (unsigned)json_array_size(runs);
	run->records = json_count_of(json_object_get(json_object_get(rows, "records"), "n"));
	if (version.p != NULL && version.n < sizeof(run->version))
		snprintf(run->version, sizeof(run->version), "%.*s", (int)version.n, version.p);
	describe_times(run, root);
}

static int check_report(const struct trend_run *run, const json_t *root, const char *path,
			struct errmsg *err)
{
	json_int_t schema = json_integer_value(json_object_get(root, "report_schema"));

	if (schema <= 0 || !json_is_object(json_object_get(root, "tables")))
		return errmsg_set(err,
				  "%s is no report of mtasweep; give run directories, or the "
				  "report.json that `mtasweep report RUN -o DIR` makes",
				  path);
	if (schema > REPORT_SCHEMA)
		return errmsg_set(err,
				  "%s was written by a newer version (its schema is %lld, this "
				  "program's %d); make it anew with `mtasweep report`, or update",
				  path, (long long)schema, REPORT_SCHEMA);
	if (run->started_at_ms == 0)
		return errmsg_set(err,
				  "%s does not say when its run was: it was made of records "
				  "without a run.json",
				  path);
	return 0;
}

/* ---- finding it ---------------------------------------------------------------------------- */

static bool is_there(char path[REPORT_PATH_MAX], const char *folder, const char *name)
{
	return snprintf(path, REPORT_PATH_MAX, "%s/%s", folder, name) < REPORT_PATH_MAX &&
	       access(path, F_OK) == 0;
}

/* Where the report of a name is. 0 or -1 (err). */
static int find_report(struct trend_run *run, char path[REPORT_PATH_MAX], struct errmsg *err)
{
	struct stat st;
	bool shards = run_set_is_shards(run->name);

	if (stat(run->name, &st) != 0)
		return errmsg_set(err, "%s: %s", run->name, strerror(errno));
	run->records_there = S_ISDIR(st.st_mode) && (shards || run_set_is_run(run->name));
	if (!S_ISDIR(st.st_mode)) {
		if (snprintf(path, REPORT_PATH_MAX, "%s", run->name) >= REPORT_PATH_MAX)
			return errmsg_set(err, "%.100s...: the path is too long", run->name);
		return 0;
	}
	if (is_there(path, run->name, "report.json") ||
	    (shards && is_there(path, run->name, "merged/report.json")))
		return 0;
	if (shards)
		return errmsg_set(err,
				  "%s holds shards and no report of them; `mtasweep report %s -o "
				  "%s/merged` makes it",
				  run->name, run->name, run->name);
	if (run->records_there)
		return errmsg_set(err, "%s has no report.json; `mtasweep report %s -o %s` makes it",
				  run->name, run->name, run->name);
	return errmsg_set(err, "%s is not a run: it has neither report.json nor records",
			  run->name);
}

/* A merged report that is older than its shards is of fewer. */
static void check_shards(const struct trend_run *run, struct remarks *remarks)
{
	struct run_set *set = malloc(sizeof(*set));
	struct errmsg err;

	if (set == NULL)
		return;
	if (run_set_open(set, &run->name, 1, remarks, &err) != 0)
		remarks_add(remarks, "%s", err.text);
	else if (set->n != run->shards)
		remarks_add(remarks,
			    "the report in %s is of %u shards, and %u are there; `mtasweep report "
			    "%s -o %s/merged` makes it anew",
			    run->name, run->shards, set->n, run->name, run->name);
	run_set_release(set);
	free(set);
}

/* Tables that a report of an older version does not have. */
static void check_tables(const struct trend_run *run, const json_t *root, struct remarks *remarks)
{
	const json_t *tables = json_object_get(root, "tables");

	for (unsigned i = 0; i < FOLLOWED_N; i++) {
		if (json_object_get(tables, followed[i].table) != NULL)
			continue;
		remarks_add(remarks,
			    "the report of %s has no table \"%s\": another version made it; "
			    "`mtasweep report` makes it anew",
			    run->name, followed[i].table);
		return;
	}
}

int trend_report_read(struct trend *t, unsigned run, const char *name, bool values,
		      struct remarks *remarks, struct errmsg *err)
{
	struct trend_run *mine = &t->runs[run];
	char path[REPORT_PATH_MAX];
	json_error_t error;

	*mine = (struct trend_run){.name = name};
	if (find_report(mine, path, err) != 0)
		return -1;
	/* What was named itself may be a pipe. */
	FILE *in = strcmp(path, name) == 0 ? fopen(path, "rbe") : runfile_stream(path, REPORT_MAX);
	if (in == NULL)
		return errmsg_set(err, "%s: %s", path, runfile_error(errno));
	json_t *root = json_loadf(in, 0, &error);
	fclose(in);
	if (root == NULL)
		return errmsg_set(err,
				  "%s is no report.json (line %d: %s); give run directories, or "
				  "the report.json of runs",
				  path, error.line, error.text);
	describe(mine, root);
	int rc = check_report(mine, root, path, err);
	if (rc == 0 && run_set_is_shards(name))
		check_shards(mine, remarks);
	if (rc == 0)
		check_tables(mine, root, remarks);
	if (rc == 0 && values)
		take_tables(t, run, root);
	json_decref(root);
	return rc;
}

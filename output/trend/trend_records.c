/*
 * trend_records.c - see trend_records.h.
 *
 * A row is the number of its run and the record's facts as they are packed for the pipe; rows of
 * one name come back in the order in which they were added, which is that of time. Of several
 * records of one name in a run the first counts, as in diff.
 */
#include "output/trend/trend_records.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/aggregate/run_rows.h"
#include "output/diff/rowsort.h"
#include "output/report/report.h"
#include "output/run/run_set.h"
#include "output/text/buf.h"
#include "output/trend/trend_churn.h"
#include "output/trend/trend_report.h"

struct trend_records {
	struct trend *t;
	struct rowsort *rows;
	struct churn *churn;	       /* NULL when it was not asked for */
	struct aggregate **aggregates; /* one a run; NULL when not asked for */
	struct runinfo **infos;	       /* one a run, for their reports; likewise */
	/* The name whose rows are coming. */
	uint64_t name;
	unsigned seen;	 /* runs that have it */
	unsigned last;	 /* number of the latest of them */
	struct buf kept; /* their packed rows, where a second look is needed */
	struct facts facts;
};

/* ---- reading ------------------------------------------------------------------------------- */

static int add_row(struct trend_records *r, unsigned run, const struct facts *f, struct errmsg *err)
{
	uint8_t value[sizeof(uint16_t) + FACTS_PACKED_MAX];
	uint16_t number = (uint16_t)run;

	static_assert(TREND_RUNS_MAX <= UINT16_MAX, "a run's number in two bytes");
	if (f->domain_hash == 0) /* a line that holds no name */
		return 0;
	memcpy(value, &number, sizeof(number));
	size_t n = sizeof(number) + facts_pack(f, value + sizeof(number));
	return rowsort_add(r->rows, span_of((const char *)&f->domain_hash, sizeof(f->domain_hash)),
			   span_of((const char *)value, n), err);
}

static int add_source(struct trend_records *r, unsigned run, struct run_source *s, unsigned threads,
		      struct errmsg *err)
{
	struct run_rows *rows = run_rows_new(s, threads);
	enum run_status status = RUN_FAILED;
	int rc = rows != NULL ? 0 : errmsg_set(err, "no memory to read %s", s->path);

	while (rc == 0 && (status = run_rows_next(rows, &r->facts, err)) == RUN_RECORD)
		rc = add_row(r, run, &r->facts, err);
	run_rows_free(rows);
	return rc == 0 && status == RUN_END ? 0 : -1;
}

/* The first source's description is the run's. */
static int keep_info(struct trend_records *r, unsigned run, struct run_source *s)
{
	if (r->infos == NULL || r->infos[run] != NULL)
		return 0;
	r->infos[run] = malloc(sizeof(*r->infos[run]));
	if (r->infos[run] == NULL)
		return -1;
	*r->infos[run] = s->info;
	s->info = (struct runinfo){0};
	return 0;
}

static int add_run(struct trend_records *r, unsigned run, unsigned threads, struct remarks *remarks,
		   struct errmsg *err)
{
	struct run_source *s = malloc(sizeof(*s));
	struct run_set *set = malloc(sizeof(*set));
	int rc = -1;

	if (s == NULL || set == NULL) {
		errmsg_set(err, "no memory");
	} else {
		/* What is wrong with a set was said when its report was read. */
		struct remarks again = {0};
		rc = run_set_open(set, &r->t->runs[run].name, 1, &again, err);
		remarks_release(&again);
		for (unsigned i = 0; i < set->n && rc == 0; i++) {
			rc = run_open(s, set->v[i], remarks, err);
			if (rc == 0)
				rc = add_source(r, run, s, threads, err);
			if (rc == 0 && keep_info(r, run, s) != 0)
				rc = errmsg_set(err, "no memory");
			run_close(s);
		}
		run_set_release(set);
	}
	free(set);
	free(s);
	return rc;
}

/* ---- walking ------------------------------------------------------------------------------- */

/* A name that all runs have goes into the numbers of each. */
static int name_counts(struct trend_records *r, struct errmsg *err)
{
	size_t at = 0;

	r->t->names++;
	for (unsigned run = 0; run < r->t->runs_n; run++) {
		size_t n = facts_unpack(&r->facts, (const uint8_t *)r->kept.p + at, r->kept.n - at);
		assert(n > 0);
		at += n;
		if (aggregate_add(r->aggregates[run], &r->facts) != 0)
			return errmsg_set(err, "no memory for a report of the same names");
	}
	return 0;
}

/* All rows of a name were seen. */
static int name_ends(struct trend_records *r, struct errmsg *err)
{
	bool all = r->seen == r->t->runs_n;

	if (r->seen == 0)
		return 0;
	if (r->churn != NULL)
		churn_end(r->churn, !r->t->same_names || all);
	return all && r->aggregates != NULL ? name_counts(r, err) : 0;
}

static int name_row(struct trend_records *r, unsigned run, struct span packed, struct errmsg *err)
{
	if (r->seen > 0 && run == r->last)
		return 0;
	r->seen++;
	r->last = run;
	if (r->churn != NULL) {
		if (facts_unpack(&r->facts, (const uint8_t *)packed.p, packed.n) == 0)
			return errmsg_set(err, "rows that waited to be sorted came back damaged");
		churn_see(r->churn, run, &r->facts);
	}
	if (r->aggregates != NULL)
		buf_bytes(&r->kept, packed.p, packed.n);
	return r->kept.failed ? errmsg_set(err, "no memory for a name") : 0;
}

static int walk(struct trend_records *r, struct errmsg *err)
{
	struct span key, value;
	int more = 0, rc = 0;

	while (rc == 0 && (more = rowsort_next(r->rows, &key, &value, err)) == 1) {
		uint64_t name;
		uint16_t run;
		assert(key.n == sizeof(name) && value.n > sizeof(run));
		memcpy(&name, key.p, sizeof(name));
		memcpy(&run, value.p, sizeof(run));
		if (name != r->name) {
			rc = name_ends(r, err);
			r->name = name;
			r->seen = 0;
			buf_reset(&r->kept);
		}
		if (rc == 0)
			rc = name_row(r, run, span_of(value.p + sizeof(run), value.n - sizeof(run)),
				      err);
	}
	if (rc == 0 && more < 0)
		rc = -1;
	return rc == 0 ? name_ends(r, err) : rc;
}

/* ---- the same names ------------------------------------------------------------------------ */

/* The report of one run's share of them, taken as if it had been read from a file. */
static int take_report(struct trend_records *r, unsigned run, struct errmsg *err)
{
	const struct runinfo *info = r->infos[run];
	struct report_meta meta = {.runs = &info, .runs_n = 1};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	int rc = out != NULL ? report_json(out, r->aggregates[run], &meta) : -1;

	if (out != NULL && fclose(out) != 0)
		rc = -1;
	if (rc != 0)
		errmsg_set(err, "no memory for a report of the same names");
	else
		rc = trend_report_values(r->t, run, text, n, err);
	free(text);
	return rc;
}

static int same_names_init(struct trend_records *r)
{
	r->aggregates = calloc(r->t->runs_n, sizeof(struct aggregate *));
	r->infos = calloc(r->t->runs_n, sizeof(struct runinfo *));
	if (r->aggregates == NULL || r->infos == NULL)
		return -1;
	for (unsigned i = 0; i < r->t->runs_n; i++)
		if ((r->aggregates[i] = aggregate_new()) == NULL)
			return -1;
	return 0;
}

static void records_release(struct trend_records *r)
{
	for (unsigned i = 0; i < r->t->runs_n; i++) {
		if (r->aggregates != NULL)
			aggregate_free(r->aggregates[i]);
		if (r->infos != NULL && r->infos[i] != NULL) {
			runinfo_release(r->infos[i]);
			free(r->infos[i]);
		}
	}
	free(r->aggregates);
	free(r->infos);
	churn_free(r->churn);
	rowsort_free(r->rows);
	buf_release(&r->kept);
	free(r);
}

int trend_records_read(struct trend *t, const struct trend_options *options,
		       struct remarks *remarks, struct errmsg *err)
{
	struct trend_records *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return errmsg_set(err, "no memory");
	r->t = t;
	buf_init(&r->kept, (size_t)TREND_RUNS_MAX * FACTS_PACKED_MAX);
	r->rows = rowsort_new(TREND_MEMORY);
	if (options->churn)
		r->churn = churn_new(t);
	int rc = r->rows != NULL && (!options->churn || r->churn != NULL) &&
				 (!options->same_names || same_names_init(r) == 0)
			 ? 0
			 : errmsg_set(err, "no memory for the trend");
	for (unsigned i = 0; i < t->runs_n && rc == 0; i++)
		rc = add_run(r, i, options->threads, remarks, err);
	if (rc == 0)
		rc = walk(r, err);
	for (unsigned i = 0; i < t->runs_n && rc == 0 && options->same_names; i++)
		rc = take_report(r, i, err);
	if (rc == 0 && r->churn != NULL && churn_tables(r->churn, t) != 0)
		rc = errmsg_set(err, "no memory for the trend");
	if (rc == 0 && t->same_names && t->names == 0)
		remarks_add(remarks, "no name is in all runs");
	records_release(r);
	return rc;
}

/* trend_build.c - from names to a trend; see trend.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "output/text/number.h"
#include "output/trend/trend_records.h"
#include "output/trend/trend_report.h"

/* ---- order --------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b, void *owner)
{
	const struct trend *t = owner;
	unsigned i = *(const unsigned *)a, k = *(const unsigned *)b;
	int64_t x = t->runs[i].started_at_ms, y = t->runs[k].started_at_ms;

	return x != y ? (x < y ? -1 : 1) : (i > k) - (i < k);
}

static void order_values(struct trend *t, const unsigned *order, struct trend_value *scratch)
{
	for (unsigned i = 0; i < t->tables_n; i++) {
		for (unsigned k = 0; k < t->tables[i].rows_n; k++) {
			struct trend_value *v = t->tables[i].rows[k].v;
			memcpy(scratch, v, t->runs_n * sizeof(*v));
			for (unsigned at = 0; at < t->runs_n; at++)
				v[at] = scratch[order[at]];
		}
	}
}

static int order_runs(struct trend *t, struct errmsg *err)
{
	unsigned *order = malloc(t->runs_n * sizeof(*order));
	struct trend_run *runs = malloc(t->runs_n * sizeof(*runs));
	struct trend_value *scratch = malloc(t->runs_n * sizeof(*scratch));
	bool there = order != NULL && runs != NULL && scratch != NULL;
	int rc = there ? 0 : errmsg_set(err, "no memory for the trend");

	if (there) {
		for (unsigned i = 0; i < t->runs_n; i++)
			order[i] = i;
		qsort_r(order, t->runs_n, sizeof(*order), by_time, t);
		memcpy(runs, t->runs, t->runs_n * sizeof(*runs));
		for (unsigned i = 0; i < t->runs_n; i++)
			t->runs[i] = runs[order[i]];
		order_values(t, order, scratch);
	}
	free(scratch);
	free(runs);
	free(order);
	return rc;
}

/* ---- what has to be known of it ------------------------------------------------------------ */

static void say_lists(const struct trend *t, struct remarks *remarks)
{
	unsigned others = 0, unknown = 0;
	const struct trend_run *first = NULL;

	for (unsigned i = 0; i < t->runs_n; i++) {
		const struct trend_run *run = &t->runs[i], *before = i > 0 ? run - 1 : NULL;
		unknown += run->input[0] == '\0';
		if (before == NULL || before->input[0] == '\0' || run->input[0] == '\0' ||
		    strcmp(before->input, run->input) == 0)
			continue;
		others++;
		first = first == NULL ? run : first;
	}
	if (others > 0)
		remarks_add(remarks,
			    "the list of names changed between the runs: %u of %u %s another list "
			    "than the run before, the first of them %s of %s%s",
			    others, t->runs_n, number_word(others, "has", "have"), first->name,
			    number_date(first->started_at_ms / 1000).s,
			    t->same_names ? ""
					  : ". So a share may have changed because the names did; "
					    "--same-names counts only names that are in all runs");
	if (unknown > 0)
		remarks_add(remarks, "of %u %s it is not known whether %s scanned the same list",
			    unknown, number_word(unknown, "run", "runs"),
			    number_word(unknown, "it", "they"));
}

static void say_runs(const struct trend *t, struct remarks *remarks)
{
	unsigned versions = 0;

	for (unsigned i = 0; i < t->runs_n; i++) {
		const struct trend_run *run = &t->runs[i], *before = i > 0 ? run - 1 : NULL;
		if (!run->complete)
			remarks_add(remarks, "%s is not complete: its report says why", run->name);
		if (before != NULL && before->started_at_ms == run->started_at_ms)
			remarks_add(remarks, "%s and %s began in the same moment: one run twice?",
				    before->name, run->name);
		versions += before != NULL && strcmp(before->version, run->version) != 0;
	}
	if (versions > 0)
		remarks_add(remarks,
			    "the runs are of different versions of mtasweep, which may judge "
			    "differently; `mtasweep recheck` judges old answers by today's rules");
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int read_reports(struct trend *t, const char *const *names, unsigned n,
			const struct trend_options *options, struct remarks *remarks,
			struct errmsg *err)
{
	int rc = 0;

	for (unsigned i = 0; i < n && rc == 0; i++) {
		rc = trend_report_read(t, i, names[i], !options->same_names, remarks, err);
		if (rc == 0 && (options->churn || options->same_names) && !t->runs[i].records_there)
			rc = errmsg_set(err,
					"%s is a report without records; --churn and --same-names "
					"need the runs themselves",
					names[i]);
	}
	return rc;
}

int trend_build(struct trend *t, const char *const *names, unsigned n,
		const struct trend_options *options, struct remarks *remarks, struct errmsg *err)
{
	assert(options->threads > 0);
	if (n < 2)
		return errmsg_set(err, "a trend needs two runs or more");
	if (n > TREND_RUNS_MAX)
		return errmsg_set(err, "%u runs; up to %u can be put in a row", n, TREND_RUNS_MAX);
	t->runs_n = n;
	t->same_names = options->same_names;
	int rc = read_reports(t, names, n, options, remarks, err);
	if (rc == 0)
		rc = order_runs(t, err);
	if (rc == 0 && (options->churn || options->same_names))
		rc = trend_records_read(t, options, remarks, err);
	if (rc == 0 && t->failed)
		rc = errmsg_set(err, "no memory for the trend");
	if (rc != 0)
		return rc;
	trend_report_top(t);
	say_runs(t, remarks);
	say_lists(t, remarks);
	return 0;
}

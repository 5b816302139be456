/* report_build.c - see report_build.h. */
#include "output/report/report_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "output/aggregate/aggregate_data.h"
#include "output/aggregate/run_rows.h"

#define OVERLAP_RUNS_MAX 128 /* pairs of more runs are not compared */
#define MISSING_TEXT 200

static int build_records(struct report_build *b, struct run_rows *rows, struct hll *names,
			 struct errmsg *err)
{
	struct facts f;
	enum run_status status;

	while ((status = run_rows_next(rows, &f, err)) == RUN_RECORD) {
		if (f.domain_hash != 0)
			hll_add(names, f.domain_hash);
		if (aggregate_add(b->a, &f) != 0)
			return errmsg_set(err, "no memory for the report");
	}
	return status == RUN_END ? 0 : -1;
}

static int build_run(struct report_build *b, const char *path, unsigned threads, struct hll *names,
		     struct errmsg *err)
{
	struct run_source *s = malloc(sizeof(*s));
	struct runinfo *info = malloc(sizeof(*info));
	struct run_rows *rows = NULL;
	int rc = -1;

	if (s == NULL || info == NULL)
		errmsg_set(err, "no memory to read %s", path);
	else if (run_open(s, path, &b->remarks, err) != 0)
		rc = -1;
	else if ((rows = run_rows_new(s, threads)) == NULL)
		errmsg_set(err, "no memory to read %s", path);
	else
		rc = build_records(b, rows, names, err);
	run_rows_free(rows);
	if (rc == 0) {
		*info = s->info;
		s->info = (struct runinfo){0};
		b->runs[b->runs_n++] = info;
		b->meta.damaged += s->damaged;
	} else {
		free(info);
	}
	if (s != NULL)
		run_close(s);
	free(s);
	return rc;
}

/* Names that two runs share, when that is more than the estimate's own error (three times 0.81
 * %). */
static void build_overlap(struct report_build *b, const char *const *paths, const struct hll *names,
			  unsigned i, unsigned k)
{
	const struct runinfo *x = b->runs[i], *y = b->runs[k];
	bool same = runinfo_same_input(x, y);
	struct hll both = names[i];

	if (runinfo_same_shards(x, y) && x->shard != y->shard)
		return; /* by construction they have none in common */
	hll_merge(&both, &names[k]);
	uint64_t n = hll_count(&names[i]), m = hll_count(&names[k]), all = hll_count(&both);
	uint64_t shared = n + m > all ? n + m - all : 0;
	if (shared * 1000000 <= 3ull * HLL_ERROR_PPM * all || shared == 0)
		return;
	remarks_add(&b->remarks, "%s and %s have about %llu names in common, which count twice%s",
		    paths[i], paths[k], (unsigned long long)shared,
		    same && x->shard == y->shard && x->shards == y->shards
			    ? " (they are scans of the same input)"
			    : "");
}

static int by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

/* "3" or "2, 5 to 7": which numbers up to `shards` are not among the n sorted ones. How many. */
static unsigned missing_shards(const unsigned *there, unsigned n, unsigned shards,
			       char text[MISSING_TEXT])
{
	unsigned missing = 0, last = 0;
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i <= n; i++) {
		unsigned next = i < n ? there[i] : shards + 1;
		unsigned gap = next > last + 1 ? next - last - 1 : 0;
		if (gap > 0 && at < MISSING_TEXT - 40)
			at += (size_t)snprintf(text + at, MISSING_TEXT - at,
					       gap == 1 ? "%s%u" : "%s%u to %u",
					       missing > 0 ? ", " : "", last + 1, next - 1);
		else if (gap > 0 && at < MISSING_TEXT - 8)
			at += (size_t)snprintf(text + at, MISSING_TEXT - at, ", ...");
		missing += gap;
		last = next;
	}
	return missing;
}

/* Run i and those that scanned other shards of the same input: which shards nobody scanned? The
 * first of them answers for all. A shard alone is no merge. */
static void build_missing(struct report_build *b, unsigned i)
{
	unsigned there[REPORT_RUNS_MAX], n = 0;
	const struct runinfo *run = b->runs[i];
	char text[MISSING_TEXT];

	for (unsigned k = 0; k < b->runs_n; k++) {
		if (k != i && !runinfo_same_shards(run, b->runs[k]))
			continue;
		if (k < i)
			return;
		there[n++] = b->runs[k]->shard;
	}
	if (run->shards <= 1 || b->runs_n == 1)
		return;
	qsort(there, n, sizeof(there[0]), by_number);
	unsigned missing = missing_shards(there, n, run->shards, text);
	if (missing == 0)
		return;
	b->meta.shards_missing += missing;
	remarks_add(&b->remarks, "%u of the %u shards of %s %s not here: %s", missing, run->shards,
		    run->inputs_n > 0 ? run->inputs[0].path : "the input",
		    missing == 1 ? "is" : "are", text);
}

int report_build(struct report_build *b, const char *const *paths, unsigned n, unsigned threads,
		 struct errmsg *err)
{
	memset(b, 0, sizeof(*b));
	if (n > REPORT_RUNS_MAX)
		return errmsg_set(err, "%u runs at once; up to %u can be merged", n,
				  REPORT_RUNS_MAX);
	struct hll *names = calloc(n, sizeof(*names));
	b->a = aggregate_new();
	int rc = names != NULL && b->a != NULL ? 0 : errmsg_set(err, "no memory for the report");
	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = build_run(b, paths[i], threads, &names[i], err);
	for (unsigned i = 0; i < b->runs_n && rc == 0; i++)
		build_missing(b, i);
	for (unsigned i = 0; names != NULL && i < n && rc == 0 && n <= OVERLAP_RUNS_MAX; i++)
		for (unsigned k = i + 1; k < n; k++)
			build_overlap(b, paths, names, i, k);
	free(names);
	if (b->remarks.dropped > 0 && b->remarks.n == REMARKS_MAX) {
		free((void *)(uintptr_t)b->remarks.v[--b->remarks.n]);
		remarks_add(&b->remarks, "and %u further remarks", b->remarks.dropped + 1);
	}
	b->meta.runs = (const struct runinfo *const *)b->runs;
	b->meta.runs_n = b->runs_n;
	b->meta.remarks = b->remarks.v;
	b->meta.remarks_n = b->remarks.n;
	return rc;
}

void report_build_release(struct report_build *b)
{
	aggregate_free(b->a);
	remarks_release(&b->remarks);
	for (unsigned i = 0; i < b->runs_n; i++) {
		runinfo_release(b->runs[i]);
		free(b->runs[i]);
	}
	b->runs_n = 0;
}

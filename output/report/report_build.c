/* report_build.c - see report_build.h. */
#include "output/report/report_build.h"

#include <assert.h>
#include <stdlib.h>

#include "output/aggregate/aggregate_data.h"
#include "output/aggregate/run_rows.h"
#include "output/text/number.h"

#define OVERLAP_RUNS_MAX 128 /* pairs of more runs are not compared */

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
	if (rc == 0)
		rc = aggregate_add_hosts(b->a, path, &b->meta.damaged, err);
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
	remarks_add(&b->remarks, "%s and %s have about %s in common, which %s twice%s", paths[i],
		    paths[k], number_names(shared).s, number_word(shared, "counts", "count"),
		    same && x->shard == y->shard && x->shards == y->shards
			    ? " (they are scans of the same input)"
			    : "");
}

/* Of those that the set lists. 0 or -1 (err). */
static int build_runs(struct report_build *b, const struct run_set *set, unsigned threads,
		      struct errmsg *err)
{
	assert(set != NULL);
	struct hll *names = calloc(set->n > 0 ? set->n : 1, sizeof(*names));
	int rc = names != NULL ? 0 : errmsg_set(err, "no memory for the report");

	for (unsigned i = 0; i < set->n && rc == 0; i++)
		rc = build_run(b, set->v[i], threads, &names[i], err);
	for (unsigned i = 0; i < set->n && rc == 0 && set->n <= OVERLAP_RUNS_MAX; i++)
		for (unsigned k = i + 1; k < set->n; k++)
			build_overlap(b, set->v, names, i, k);
	free(names);
	b->meta.shards_missing = set->shards_missing;
	b->meta.shards_doubled = set->shards_doubled;
	return rc;
}

int report_build(struct report_build *b, const char *const *names, unsigned n, unsigned threads,
		 struct errmsg *err)
{
	struct run_set *set = malloc(sizeof(*set));

	memset(b, 0, sizeof(*b));
	b->a = aggregate_new();
	int rc = set != NULL && b->a != NULL ? 0 : errmsg_set(err, "no memory for the report");
	if (rc == 0) {
		rc = run_set_open(set, names, n, &b->remarks, err);
		if (rc == 0)
			rc = build_runs(b, set, threads, err);
		run_set_release(set);
	}
	free(set);
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

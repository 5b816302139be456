/*
 * diff.h - what changed between two stored runs: each name that changed, and all of them counted.
 *
 * Both runs are read once and sorted by name, so memory is bounded however many names there are
 * (rowsort.h), and the order of their records does not matter. A name that one of the runs could
 * not conclude about has not changed: it is counted apart. Of several records of one name in a
 * run the first counts.
 */
#ifndef MTASWEEP_DIFF_H
#define MTASWEEP_DIFF_H

#include "output/diff/diff_state.h"
#include "output/run/run_source.h"

#define DIFF_MEMORY (64u << 20) /* bytes of rows a run */

enum diff_kind { DIFF_CHANGED, DIFF_ONLY_OLD, DIFF_ONLY_NEW };
const char *diff_kind_name(enum diff_kind kind);

/* One name; everything is valid during the call that gives it. */
struct diff_change {
	enum diff_kind kind;
	struct span domain;
	const struct diff_state *before, *after; /* NULL where the run has no such name */
	/* Of DIFF_CHANGED; each may be empty. */
	unsigned appeared_n, gone_n;
	enum issue appeared[DIFF_FINDINGS_MAX], gone[DIFF_FINDINGS_MAX];
};

struct diff_side {
	uint64_t records;
	uint64_t nameless; /* of lines that hold no name */
	uint64_t repeated; /* of names that had one already */
};

struct diff_totals {
	struct diff_side old, new;
	uint64_t both; /* names of both runs: same + changed + unknown */
	uint64_t same, changed;
	uint64_t unknown; /* inconclusive or excluded in one of them */
	uint64_t only_old, only_new;
	/* Of the names that can be compared. */
	uint64_t verdicts[VERDICT_EXCLUDED + 1][VERDICT_EXCLUDED + 1]; /* [old][new] */
	uint64_t keys[DIFF_VALUES];
	uint64_t appeared[ISSUE_COUNT], gone[ISSUE_COUNT];
};

typedef void diff_tell(void *owner, const struct diff_change *change);

enum diff_status {
	DIFF_DONE,
	DIFF_UNREADABLE, /* a run cannot be read: err */
	DIFF_FAILED,	 /* our own failure, memory or disk: err */
};

/* Calls tell for each name that is not the same, in the order of their bytes. memory: see
 * DIFF_MEMORY. */
enum diff_status diff_runs(const char *const runs[2], size_t memory, diff_tell *tell, void *owner,
			   struct diff_totals *totals, struct remarks *remarks, struct errmsg *err);

#endif

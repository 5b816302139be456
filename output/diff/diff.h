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

/* The last three are no changes: they are told of names that lose mail now, because a name that
 * still does, or of which it was not known before, is not well. */
enum diff_kind {
	DIFF_CHANGED,
	DIFF_ONLY_OLD,
	DIFF_ONLY_NEW,
	DIFF_SAME,
	DIFF_UNKNOWN,	  /* inconclusive or excluded in one of the runs */
	DIFF_NOT_SCANNED, /* not scanned by the older run */
	DIFF_KINDS
};
const char *diff_kind_name(enum diff_kind kind);

/*
 * For whom it is to be read: first the names that newly lose mail, those that are new in the list
 * and lose it, those that lose it now and of which it was not known before, and those that still
 * do; then those whose protection is worse than before, or that have an error where there was none;
 * those that are broken before and now, in another way, be they better protected; those that are
 * better, and have no error that is new; other changes; and the other names of one run alone.
 */
enum diff_direction {
	DIFF_LOSS,
	DIFF_NEW_LOSS,
	DIFF_UNSURE_LOSS,
	DIFF_STILL_LOSS,
	DIFF_WORSE,
	DIFF_STILL,
	DIFF_BETTER,
	DIFF_OTHER,
	DIFF_NEW,
	DIFF_GONE,
	DIFF_DIRECTIONS
};
const char *diff_direction_name(enum diff_direction direction);

/* One name; everything is valid during the call that gives it. */
struct diff_change {
	enum diff_kind kind;
	enum diff_direction direction;
	unsigned gravity; /* inside its direction: smaller ones are told first */
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
	/* Names of its list have no record here: a shard alone, a sample, a scan that did not end,
	 * damage. So a name that it does not have need not be new or gone. */
	bool partial;
	int64_t started_at_ms; /* the first shard's; 0 where no run.json says it */
};

struct diff_totals {
	struct diff_side old, new;
	uint64_t both; /* names of both runs: same + changed + unknown */
	uint64_t same, changed;
	uint64_t unknown; /* inconclusive or excluded in one of them */
	uint64_t only_old, only_new;
	uint64_t not_scanned; /* names of one run, of which the other left names out */
	uint64_t directions[DIFF_DIRECTIONS]; /* of changes */
	/* Names that lose mail now without a change, by direction and by kind. */
	uint64_t quiet[DIFF_DIRECTIONS], quiet_kinds[DIFF_KINDS];
	/* Names of both that lost mail and do not any more, as senders get a policy that says so;
	 * of them by direction. */
	uint64_t loss_ended, loss_ended_by[DIFF_DIRECTIONS];
	/* Of the names that can be compared. */
	uint64_t verdicts[VERDICT_EXCLUDED + 1][VERDICT_EXCLUDED + 1]; /* [old][new] */
	uint64_t keys[DIFF_VALUES];
	uint64_t appeared[ISSUE_COUNT], gone[ISSUE_COUNT];
};

/* diff_rank.c: of a change that is known but for its direction, and of its gravity. */
enum diff_direction diff_direction(const struct diff_change *c);
#define DIFF_GRAVITIES 32u
unsigned diff_gravity(const struct diff_change *c);
/* Whether the record says that mail is lost; not NULL's. */
bool diff_state_loses(const struct diff_state *s);
/* Names of the direction, whether changed or not; and all that lose mail now. */
uint64_t diff_told(const struct diff_totals *t, enum diff_direction direction);
uint64_t diff_losing(const struct diff_totals *t);
/* Whether somebody is to be called: what --fail-on worse asks. */
bool diff_worse(const struct diff_totals *t);
/* Whether no name could be compared, though there were some: what is told is no good news. */
bool diff_blind(const struct diff_totals *t);

typedef void diff_tell(void *owner, const struct diff_change *change);
/* What to do first about a record, appended to out. */
typedef void diff_action(void *owner, const struct record *r, struct buf *out);

enum diff_status {
	DIFF_DONE,
	DIFF_UNREADABLE, /* a run cannot be read: err */
	DIFF_FAILED,	 /* our own failure, memory or disk: err */
};

struct select;

struct diff_wish {
	/* NULL, or of all names those alone whose record meets it in one of the runs. */
	const struct select *select;
	size_t memory;	     /* see DIFF_MEMORY */
	diff_action *action; /* NULL: states have none */
	void *action_owner;
	diff_tell *tell;
	void *owner;
};

/* Calls tell for each name that is not the same, or loses mail, in the order of their bytes. */
enum diff_status diff_runs(const char *const runs[2], const struct diff_wish *wish,
			   struct diff_totals *totals, struct remarks *remarks, struct errmsg *err);

#endif

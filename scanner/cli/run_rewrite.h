/*
 * run_rewrite.h - stored runs, record by record, into a new run directory: each is judged by
 * today's rules, after somebody may have changed its evidence. What `recheck` and `probe` have in
 * common.
 */
#ifndef MTASWEEP_RUN_REWRITE_H
#define MTASWEEP_RUN_REWRITE_H

#include "output/aggregate/aggregate.h"
#include "output/run/results.h"
#include "output/run/run_set.h"
#include "output/text/buf.h"
#include "scanner/judge/judge.h"

struct frame_writer;
struct record_emitter;

struct run_rewrite {
	/* Set by the caller, the rest zero. */
	const char *const *from; /* runs; at least one */
	unsigned from_n;
	const char *to; /* the new directory */
	bool made;	/* it is there already, and the caller's */
	bool same;	/* it takes the place of the run that is read: the same command made it */
	const struct runinfo_hosts *hosts; /* what the pass over them did; NULL: as it was */
	const char *what;		   /* for run.json: what was done to the run */
	char **args;			   /* the command line */
	unsigned args_n;
	const struct judge_config *judge;
	/* NULL: the evidence stays. 0, or -1 and err. */
	int (*change)(void *user, struct arena *a, struct record *r, struct errmsg *err);
	void *user;

	/* What came of it. */
	uint64_t records, changed; /* changed: another verdict than before */
	struct remarks remarks;

	/* Its own. */
	struct run_set set;
	struct run_source source; /* the run of the set that is being read */
	struct runinfo info;	  /* of all that were read; owned */
	uint64_t damaged;
	struct results results;
	struct frame_writer *frames;
	struct record_emitter *emitter;
	struct buf line;
	struct aggregate *aggregate;
	struct facts facts;
};

/* 0, or -1 without memory (err). Close in both cases. */
int run_rewrite_open(struct run_rewrite *r, struct errmsg *err);
/* All of it. An enum cmd_exit; err is set when it is not CMD_OK. */
int run_rewrite_all(struct run_rewrite *r, struct errmsg *err);
void run_rewrite_close(struct run_rewrite *r);

/* Makes a directory that must not be there. An enum cmd_exit. */
int run_rewrite_directory(const char *path, struct errmsg *err);

#endif

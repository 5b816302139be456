/*
 * run_set.h - the stored runs that names on a command line stand for.
 *
 * A run directory, a file of records and "-" stand for themselves. A directory that holds shards of
 * one scan (shard-K-of-N, as datasets/cluster leaves them) stands for all of them, in the order of
 * K; what else is in it (a merged report, shards that are not finished) is passed over. So a scan
 * of many machines is named like a scan of one.
 *
 * What belongs together is judged before a record is read. Of a directory it is refused what can be
 * no parts of one scan: its numbers would be wrong however they are read. Runs that were named one
 * by one are whatever their user wants to add up, so there it is only said. A shard that is missing
 * or doubled is always said and counted, and what it leaves is still read: nothing is wrong with
 * the others.
 */
#ifndef MTASWEEP_RUN_SET_H
#define MTASWEEP_RUN_SET_H

#include "output/base/errmsg.h"
#include "output/run/run_source.h"

#define RUN_SET_MAX 1024 /* runs that are read as one */

struct run_set {
	unsigned n;
	const char *v[RUN_SET_MAX]; /* for run_open(), in order; owned */
	unsigned shards_missing, shards_doubled;
};

/* 0, or -1 (err): too many, or no parts of one scan. Remarks say what is not as it should be.
 * Release in both cases. */
int run_set_open(struct run_set *set, const char *const *names, unsigned n, struct remarks *remarks,
		 struct errmsg *err);
void run_set_release(struct run_set *set);

/* The name of a shard's directory: "shard-K-of-N", K from 1 to N. */
bool run_set_shard_name(const char *name, unsigned *shard, unsigned *shards);
/* Whether a directory has records of its own. */
bool run_set_is_run(const char *folder);
/* Whether a name stands for shards: a directory without records of its own that holds some. */
bool run_set_is_shards(const char *name);

#endif

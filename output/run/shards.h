/*
 * shards.h - whether runs are the parts of one scan, and which parts there are. Private to this
 * folder: run_set.h is what readers use.
 */
#ifndef MTASWEEP_SHARDS_H
#define MTASWEEP_SHARDS_H

#include "output/run/run_set.h"

/* The name of a shard's directory: "shard-K-of-N", K from 1 to N, without leading zeros. */
bool shards_name(const char *name, unsigned *shard, unsigned *shards);

struct shard_run {
	const char *path;
	int folder;		    /* which of the named directories it was found in, or -1 */
	unsigned shard, shards;	    /* as its directory's name says; 0 without such a name */
	const struct runinfo *info; /* NULL without run.json */
};

/* Sets the set's counts. 0, or -1 (err): a directory holds what cannot be one scan. */
int shards_judge(struct run_set *set, const struct shard_run *runs, unsigned n,
		 struct remarks *remarks, struct errmsg *err);

#endif

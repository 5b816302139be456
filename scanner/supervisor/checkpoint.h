/*
 * checkpoint.h - what an interrupted run needs to go on: how much of the results is durable, and
 * which lines are in it.
 *
 * Every line below `next` is in the first `bytes` bytes of the results, except those in `pending`.
 * Written only after these bytes are on the disk, by rename, so that the file is always whole.
 */
#ifndef MTASWEEP_CHECKPOINT_H
#define MTASWEEP_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "output/run/runinfo.h"

struct checkpoint_input {
	char *path;	 /* as read back: with escapes, to be compared only */
	uint64_t bytes;	 /* raw bytes that had been read ... */
	char sha256[65]; /* ... and their hash, to recognise the file */
};

/* What the run has sent so far, in all its sessions. */
struct checkpoint_used {
	uint64_t queries, repeated, fetches;
};

struct checkpoint {
	uint64_t next;
	uint64_t *pending; /* rising */
	size_t pending_n;
	uint64_t bytes, frames, records;
	uint64_t seed;
	bool names_done; /* all names have their records; MX hosts are to be visited */
	struct checkpoint_used used;
	struct runinfo_resolver *resolvers; /* likewise */
	size_t resolvers_n;
	char *configuration; /* JSON text of the options (scan_config.h) */
	struct checkpoint_input *inputs;
	size_t inputs_n;
};

/* 0, or -1 and err. */
int checkpoint_write(const char *dir, const struct checkpoint *c, struct errmsg *err);
/* Fills *c with memory of its own; release it. err says what to do when there is none. */
int checkpoint_read(const char *dir, struct checkpoint *c, struct errmsg *err);
void checkpoint_remove(const char *dir);
void checkpoint_release(struct checkpoint *c);

/* Whether the input files still begin with what was read. 0, or -1 and err naming the
 * difference. */
int checkpoint_check_inputs(const struct checkpoint *c, const char *const *paths, size_t n,
			    struct errmsg *err);
/* Whether the options mean the same scan; err names the first that differs. */
int checkpoint_check_options(const struct checkpoint *c, const char *configuration,
			     struct errmsg *err);

#endif

/*
 * results.h - the file that frames are appended to, or standard output.
 */
#ifndef MTASWEEP_RESULTS_H
#define MTASWEEP_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/base/errmsg.h"

struct results {
	int fd;		/* -1 closed */
	bool standard;	/* standard output: nothing to sync */
	uint64_t bytes; /* written */
	uint64_t frames;
	char path[4096]; /* for messages */
};

/* A new file in dir; dir NULL is standard output. 0, or -1 and err. */
int results_create(struct results *r, const char *dir, struct errmsg *err);
/* An existing file, locked: before its checkpoint is read, so that nobody writes another one. */
int results_reopen(struct results *r, const char *dir, struct errmsg *err);
/* Cuts it to `bytes`: everything after the checkpoint is scanned again. */
int results_cut(struct results *r, uint64_t bytes, uint64_t frames, struct errmsg *err);
/* Writes all of it, or fails. On failure of a file, it is cut back to the last whole frame. */
int results_append(struct results *r, const void *frame, size_t n, struct errmsg *err);
/* Durable on disk from here. */
int results_sync(struct results *r, struct errmsg *err);
int results_close(struct results *r, struct errmsg *err);

#endif

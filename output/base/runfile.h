/*
 * runfile.h - the files of a run directory, which may come from a stranger or stand where others
 * may write: nothing is waited for that is no regular file, and nothing is written through a link.
 */
#ifndef MTASWEEP_RUNFILE_H
#define MTASWEEP_RUNFILE_H

#include <stdint.h>
#include <stdio.h>

#include "output/base/errmsg.h"

/* For reading. A descriptor, or -1: errno, EINVAL for what is no regular file (a FIFO would never
 * end). */
int runfile_open(const char *path);
/* The same with a stream, for what is read whole: at most max bytes (EFBIG). NULL: errno. */
FILE *runfile_stream(const char *path, uint64_t max);
/* What errno means for such a file. */
const char *runfile_error(int error);
/* A new, empty file in the place of whatever stands there; a link is replaced, not followed. A
 * descriptor, or -1: errno. */
int runfile_create(const char *path);
/* One of ours, to be written on. No link of any kind leads there: -1 and errno (ELOOP, EMLINK). */
int runfile_reopen(const char *path);

#endif

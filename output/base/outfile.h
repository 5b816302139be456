/*
 * outfile.h - a file that appears whole or not at all: written beside its place, then renamed.
 */
#ifndef MTASWEEP_OUTFILE_H
#define MTASWEEP_OUTFILE_H

#include <stdio.h>

#include "output/base/errmsg.h"

struct outfile {
	FILE *out;
	char path[4096], temporary[4096];
};

int outfile_open(struct outfile *f, const char *dir, const char *name, struct errmsg *err);
/* The same, of a path. */
int outfile_open_path(struct outfile *f, const char *path, struct errmsg *err);
/* Flushes to the disk and renames. A write that failed in between is noticed here. */
int outfile_commit(struct outfile *f, struct errmsg *err);
/* Gives the file up; its place keeps what it had. */
void outfile_abandon(struct outfile *f);

#endif

/*
 * host_rows.h - the lines of a run's hosts.ndjson.zst, one after the other: what each MX host
 * showed.
 *
 * A run without that file has no hosts. A line that is none, and what is cut off at the end, is
 * passed over and counted: the file is written while a probe goes on.
 */
#ifndef MTASWEEP_HOST_ROWS_H
#define MTASWEEP_HOST_ROWS_H

#include "output/base/errmsg.h"
#include "output/record/record.h"

#define HOST_LINE_MAX (1u << 20)

struct host_rows;

/* DIR/hosts.ndjson.zst. *out is NULL when there is none. 0, or -1 (err). */
int host_rows_open(struct host_rows **out, const char *dir, struct errmsg *err);
/* 1 and *h and *line, valid until the next call; 0 at the end; -1 (err). */
int host_rows_next(struct host_rows *rows, struct record_host *h, struct span *line,
		   struct errmsg *err);
uint64_t host_rows_damaged(const struct host_rows *rows);
void host_rows_close(struct host_rows *rows); /* NULL does nothing */

/* The hosts of n runs, line by line, into DIR/hosts.ndjson.zst; where none has any, no file. 0 or
 * -1 (err). */
int host_rows_copy(const char *const *from, unsigned n, const char *dir, struct errmsg *err);

#endif

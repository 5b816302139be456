/*
 * rowsort.h - rows in the order of their keys, in bounded memory however many there are.
 *
 * A row is a key and a value, any bytes; keys compare as bytes, and rows of one key stay in the
 * order in which they were added. What does not fit into memory waits in one unnamed file in
 * $TMPDIR (else /var/tmp), which is gone with the process.
 */
#ifndef MTASWEEP_ROWSORT_H
#define MTASWEEP_ROWSORT_H

#include <stdint.h>

#include "output/base/errmsg.h"
#include "parsers/span.h"

struct rowsort;

/* memory: bytes for rows, from 64 KB; a row that is larger takes what it needs. NULL without
 * memory. */
struct rowsort *rowsort_new(size_t memory);
/* Copies. 0 or -1 (err). Not after the first rowsort_next(). */
int rowsort_add(struct rowsort *s, struct span key, struct span value, struct errmsg *err);
/* 1: *key and *value are the next row, valid until the next call; 0 behind the last; -1 (err). */
int rowsort_next(struct rowsort *s, struct span *key, struct span *value, struct errmsg *err);
void rowsort_free(struct rowsort *s);

#endif

/*
 * list_tags.h - how many names of each tag meet the conditions, and how badly off they are: for who
 * has many customers.
 *
 * Every record is added, for a row also says of how many names it speaks. A name that stands on two
 * lines of the input is one name.
 */
#ifndef MTASWEEP_LIST_TAGS_H
#define MTASWEEP_LIST_TAGS_H

#include <stdio.h>

#include "output/base/errmsg.h"
#include "output/diff/rowsort.h"
#include "output/record/record.h"

/* rows is new; met: the record meets the conditions. 0 or -1 (err). */
int list_tags_add(struct rowsort *rows, const struct record *r, bool met, struct errmsg *err);
/* A row a tag of which some name meets the conditions: most mail loss first, then late mail, then
 * errors, then names. With CSV under a heading. 0 or -1 (err). */
int list_tags_write(struct rowsort *rows, bool ndjson, FILE *out, struct errmsg *err);

#endif

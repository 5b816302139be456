/*
 * wild.h - seeded records with every field at random, whether or not the values make sense
 * together: for what must hold of any record (the way to disk and back, the sums of a report). Made
 * by a walk over fields.def, so that a new field is in it by itself.
 */
#ifndef MTASWEEP_TEST_WILD_H
#define MTASWEEP_TEST_WILD_H

#include "output/base/arena.h"
#include "output/record/fields.h"

/* Everything lives in the arena. A record number gives the same name whatever the seed. */
void wild_record(struct record *r, struct arena *a, uint64_t seed, uint64_t line);

/* Whether a field is written at all: what an object that may be null holds is not, when it is. */
bool wild_written(const struct field *f, const void *base);

/* The first field in which two objects differ; NULL when none does. */
const char *wild_differs(const struct object *o, const void *a, const void *b);

#endif

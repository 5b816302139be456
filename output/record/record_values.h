/*
 * record_values.h - private to output/record/: the values of a record as JSON text.
 */
#ifndef MTASWEEP_RECORD_VALUES_H
#define MTASWEEP_RECORD_VALUES_H

#include "output/record/record_step.h"

/* The function that writes a field of this kind. */
record_emit_fn *record_emit_of(enum field_kind kind);

/* The object of plan p that stands at base, with its braces. Makes its own room. */
void record_emit_object(struct buf *b, const struct plan *p, const char *base);

#endif

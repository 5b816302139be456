/*
 * record_emit.h - a record as one NDJSON line.
 */
#ifndef MTASWEEP_RECORD_EMIT_H
#define MTASWEEP_RECORD_EMIT_H

#include "output/json.h"
#include "output/record.h"

/*
 * Appends one line with its '\n': every key of fields.def, in that order. `out` should have been
 * initialised with RECORD_LINE_MAX or, to collect several lines, more. 0, or -1 when the buffer
 * could not grow (our failure); then out->n is as before, out->failed stays set.
 */
int record_emit(const struct record *r, struct json_buf *out);

#endif

/*
 * record_emit.h - a record as one NDJSON line.
 */
#ifndef MTASWEEP_RECORD_EMIT_H
#define MTASWEEP_RECORD_EMIT_H

#include "output/text/json.h"
#include "output/record/record.h"

/*
 * What the emitter knows ahead: the text of every object of a name that has nothing to say there,
 * as most have. Written once, never changed, so shared by as many threads as like. NULL without
 * memory; record_emitter_free(NULL) does nothing.
 */
struct record_emitter;
struct record_emitter *record_emitter_new(void);
void record_emitter_free(struct record_emitter *e);

/*
 * Appends one line with its '\n': every key of fields.def, in that order. `out` should have been
 * initialised with RECORD_LINE_MAX or, to collect several lines, more. 0, or -1 when the buffer
 * could not grow (our failure); then out->n is as before, out->failed stays set.
 */
int record_emit(const struct record_emitter *e, const struct record *r, struct buf *out);
/* One MX host as it stands in mx.hosts of a record, without a line's end. 0 or -1 as above. */
int record_emit_mx_host(const struct record_emitter *e, const struct record_mx_host *h,
			struct buf *out);
/* The same for those who write few records. */
int record_emit_once(const struct record *r, struct buf *out);

#endif

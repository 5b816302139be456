/*
 * first_step.h - what to do first about a name, for lists and pages that hold many of them.
 */
#ifndef MTASWEEP_FIRST_STEP_H
#define MTASWEEP_FIRST_STEP_H

#include "output/record/record.h"
#include "output/text/buf.h"

/* Appends what `check` advises first, without the numbers of steps that only its page has. now: an
 * int64_t of Unix seconds. */
void first_step(void *now, const struct record *r, struct buf *out);

#endif

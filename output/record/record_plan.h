/*
 * record_plan.h - private to output/record/: the steps of every object, and the text of the silent
 * one, made once for an emitter.
 */
#ifndef MTASWEEP_RECORD_PLAN_H
#define MTASWEEP_RECORD_PLAN_H

#include "output/record/record_emit.h"
#include "output/record/record_step.h"

/* Of the record itself; the objects in it hang on its steps. Lives as long as the emitter. */
const struct plan *record_plan(const struct record_emitter *e);
/* Of one of the objects in it, by the name that fields.def gives it; it must be there. */
const struct plan *record_plan_of(const struct record_emitter *e, const char *object);

#endif

/*
 * sample.h - a seeded population of records for tests and benchmarks of the output layer.
 * Plausible, with a sprinkle of hostile bytes; not a measurement of anything. Everything lives in
 * the arena.
 */
#ifndef MTASWEEP_TEST_SAMPLE_H
#define MTASWEEP_TEST_SAMPLE_H

#include "output/base/arena.h"
#include "output/record/record.h"

/* Record number `line` (from 1) of the population of that seed. adopters: names in 1000 with a
 * record. */
void sample_record(struct record *r, struct arena *a, uint64_t seed, uint64_t line,
		   unsigned adopters);

#endif

/*
 * run_rows.h - the facts rows of a stored run, in its order, made by several threads.
 *
 * Gives what run_next() and facts_from_record() give, with the same remarks in the same order,
 * whatever the number of threads: only the lines' meaning is found out of order. Memory: some 600
 * KB a thread; more only where single lines are longer than that.
 */
#ifndef MTASWEEP_RUN_ROWS_H
#define MTASWEEP_RUN_ROWS_H

#include "output/aggregate/facts.h"
#include "output/run/run_source.h"

struct run_rows;

/*
 * The source was opened, and nothing read from it; until run_rows_free() only its counters may be
 * looked at. threads: the caller's included, from 1 (see pipeline.h). NULL without memory.
 */
struct run_rows *run_rows_new(struct run_source *s, unsigned threads);
/* RUN_RECORD: *f is the next row, and valid until the next call. */
enum run_status run_rows_next(struct run_rows *rows, struct facts *f, struct errmsg *err);
void run_rows_free(struct run_rows *rows);

#endif

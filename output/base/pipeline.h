/*
 * pipeline.h - batches that are filled one after the other, worked on by several threads at once
 * and taken in the order in which they were filled.
 *
 * Made for reading stored runs: to read a file and to count what it holds are matters of order, to
 * understand it is most of the work and is not. There is no thread for any one of the three: who
 * has nothing to do, the caller of pipeline_next() included, fills the next batch or works on one.
 * So a single thread is no special case, and a machine that grants fewer threads gives the same,
 * later.
 *
 * The batches are the caller's, and all the memory there is: they are used in turn. Between fill()
 * and work(), and until pipeline_next() has returned it and is called again, a batch belongs to one
 * thread at a time; handing it on is a synchronisation.
 */
#ifndef MTASWEEP_PIPELINE_H
#define MTASWEEP_PIPELINE_H

#include <stdbool.h>

#define PIPELINE_THREADS_MAX 8
/* Batches for so many threads: one each, one that the caller looks at, two that wait. */
#define PIPELINE_BATCHES(threads) ((threads) + 3u)

struct pipeline_job {
	/* Fills the next batch. false: it is the last one. One call at a time, none after the
	 * last. */
	bool (*fill)(void *owner, void *batch);
	/* Several calls at a time, each with another batch: it must not touch what they share. */
	void (*work)(void *batch);
};

struct pipeline;

/*
 * threads: how many may work, the caller's included, from 1; more than PIPELINE_THREADS_MAX are not
 * used. They begin at once. `batches` (at least one, PIPELINE_BATCHES() are good) and `owner` must
 * outlive the pipeline. NULL without memory; that threads cannot be had is no failure.
 */
struct pipeline *pipeline_new(struct pipeline_job job, void *owner, void *const *batches,
			      unsigned batches_n, unsigned threads);
/* The next batch, filled and worked on, until the next call; NULL behind the last. */
void *pipeline_next(struct pipeline *p);
/* At any time. Waits for the calls of fill() and work() that are under way. */
void pipeline_free(struct pipeline *p);

#endif

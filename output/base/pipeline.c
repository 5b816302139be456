/* pipeline.c - see pipeline.h. */
#include "output/base/pipeline.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * Batch i is batches[i % batches_n]. All counters only grow:
 * returned <= taken <= filled <= returned + batches_n.
 */
struct pipeline {
	struct pipeline_job job;
	void *owner;
	void *const *batches;
	unsigned batches_n;
	unsigned threads_n; /* besides the caller's */
	pthread_t threads[PIPELINE_THREADS_MAX];
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t changed;
	uint64_t filled, taken, returned;
	bool filling; /* somebody is at it */
	bool ended;   /* the last batch is filled */
	bool stopped;
	bool *worked; /* by batch */
	bool lent;    /* the caller looks at batch `returned` */
};

static bool pipeline_may_fill(const struct pipeline *p)
{
	/* As many as there are threads may wait to be worked on; more would only leave the
	 * cache. */
	return !p->filling && !p->ended && p->filled - p->returned < p->batches_n &&
	       p->filled - p->taken <= p->threads_n;
}

/* With the lock held, which is given up meanwhile: does one thing that is to be done. false: there
 * is none. Filling comes first, since nobody else can do it at the same time. */
static bool pipeline_step(struct pipeline *p)
{
	if (pipeline_may_fill(p)) {
		void *batch = p->batches[p->filled % p->batches_n];
		p->filling = true;
		pthread_mutex_unlock(&p->lock);
		bool more = p->job.fill(p->owner, batch);
		pthread_mutex_lock(&p->lock);
		p->filling = false;
		p->ended = !more;
		p->filled++;
	} else if (p->taken < p->filled) {
		uint64_t slot = p->taken++ % p->batches_n;
		pthread_mutex_unlock(&p->lock);
		p->job.work(p->batches[slot]);
		pthread_mutex_lock(&p->lock);
		p->worked[slot] = true;
	} else {
		return false;
	}
	pthread_cond_broadcast(&p->changed);
	return true;
}

static void *pipeline_thread(void *arg)
{
	struct pipeline *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->stopped)
		if (!pipeline_step(p))
			pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pipeline *pipeline_new(struct pipeline_job job, void *owner, void *const *batches,
			      unsigned batches_n, unsigned threads)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	bool *worked = calloc(batches_n, sizeof(*worked));

	assert(batches_n > 0 && threads > 0);
	if (p == NULL || worked == NULL) {
		free(p);
		free(worked);
		return NULL;
	}
	p->job = job;
	p->owner = owner;
	p->batches = batches;
	p->batches_n = batches_n;
	p->worked = worked;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	/* Those that began wait here: threads_n is read by them. */
	pthread_mutex_lock(&p->lock);
	if (threads > PIPELINE_THREADS_MAX)
		threads = PIPELINE_THREADS_MAX;
	while (p->threads_n + 1 < threads &&
	       pthread_create(&p->threads[p->threads_n], NULL, pipeline_thread, p) == 0)
		p->threads_n++;
	pthread_mutex_unlock(&p->lock);
	return p;
}

void *pipeline_next(struct pipeline *p)
{
	void *batch = NULL;

	pthread_mutex_lock(&p->lock);
	if (p->lent) {
		p->lent = false;
		p->worked[p->returned++ % p->batches_n] = false;
		pthread_cond_broadcast(&p->changed);
	}
	uint64_t slot = p->returned % p->batches_n;
	while (!p->worked[slot] && !(p->ended && p->returned == p->filled))
		if (!pipeline_step(p))
			pthread_cond_wait(&p->changed, &p->lock);
	if (p->worked[slot]) {
		p->lent = true;
		batch = p->batches[slot];
	}
	pthread_mutex_unlock(&p->lock);
	return batch;
}

void pipeline_free(struct pipeline *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopped = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads_n; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p->worked);
	free(p);
}

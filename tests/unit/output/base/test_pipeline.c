/* The pipeline: whatever the threads do, the batches come in the order in which they were
 * filled. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "output/base/pipeline.h"

struct batch {
	int number; /* from 1; 0: empty */
	int worked; /* calls of work() */
	pthread_t by;
};

struct source {
	int n, next; /* batches that there are; filled so far */
	atomic_int inside;
	bool overlapped, again;
};

/* The system may refuse threads: none behind so many. */
static int threads_granted = INT_MAX;

int pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return threads_granted-- > 0 ? real(t, attr, run, arg) : EAGAIN;
}

static bool fill(void *owner, void *batch)
{
	struct source *s = owner;
	struct batch *b = batch;

	s->overlapped |= atomic_fetch_add(&s->inside, 1) > 0;
	s->again |= s->next > 0 && s->next >= s->n;
	usleep(s->next % 7 == 3 ? 2000 : 0);
	*b = (struct batch){.number = s->next < s->n ? ++s->next : 0};
	atomic_fetch_sub(&s->inside, 1);
	return s->next < s->n;
}

static void work(void *batch)
{
	struct batch *b = batch;

	/* The first of several takes longest. */
	usleep(b->number % 5 == 1 ? 3000 : b->number % 3 == 0 ? 500 : 0);
	b->worked++;
	b->by = pthread_self();
}

struct run {
	struct source source;
	struct batch batches[PIPELINE_BATCHES(PIPELINE_THREADS_MAX)];
	void *pointers[PIPELINE_BATCHES(PIPELINE_THREADS_MAX)];
	struct pipeline *pipeline;
};

static void begin(struct run *r, int n, unsigned threads, unsigned batches_n)
{
	*r = (struct run){.source.n = n};
	for (unsigned i = 0; i < batches_n; i++)
		r->pointers[i] = &r->batches[i];
	r->pipeline = pipeline_new((struct pipeline_job){fill, work}, &r->source, r->pointers,
				   batches_n, threads);
	cr_assert_not_null(r->pipeline);
}

static void take(struct run *r, int number)
{
	struct batch *b = pipeline_next(r->pipeline);

	cr_assert_not_null(b, "batch %d", number);
	cr_assert_eq(b->number, number, "%d instead of %d", b->number, number);
	cr_assert_eq(b->worked, 1, "batch %d: worked on %d times", number, b->worked);
}

static void end(struct run *r)
{
	cr_assert_null(pipeline_next(r->pipeline));
	cr_assert_null(pipeline_next(r->pipeline), "the end stays the end");
	pipeline_free(r->pipeline);
	cr_assert_not(r->source.overlapped, "two threads filled at once");
	cr_assert_not(r->source.again, "filled behind the last");
}

Test(pipeline, order)
{
	struct run r;

	for (unsigned threads = 1; threads <= PIPELINE_THREADS_MAX; threads++) {
		begin(&r, 300, threads, PIPELINE_BATCHES(threads));
		for (int i = 1; i <= 300; i++)
			take(&r, i);
		end(&r);
	}
}

Test(pipeline, fewer_batches_than_threads)
{
	struct run r;

	for (unsigned batches_n = 1; batches_n <= 3; batches_n++) {
		begin(&r, 50, 8, batches_n);
		for (int i = 1; i <= 50; i++)
			take(&r, i);
		end(&r);
	}
}

Test(pipeline, one_and_none)
{
	struct run r;

	for (unsigned threads = 1; threads <= PIPELINE_THREADS_MAX; threads++) {
		begin(&r, 1, threads, PIPELINE_BATCHES(threads));
		take(&r, 1);
		end(&r);
		begin(&r, 0, threads, PIPELINE_BATCHES(threads));
		take(&r, 0); /* an empty one */
		end(&r);
	}
}

/* The caller met an error and takes no more. */
Test(pipeline, an_early_stop)
{
	struct run r;

	for (int stop = 0; stop <= 40; stop++) {
		begin(&r, 40, 1 + (unsigned)stop % PIPELINE_THREADS_MAX,
		      PIPELINE_BATCHES(PIPELINE_THREADS_MAX));
		for (int i = 1; i <= stop; i++)
			take(&r, i);
		pipeline_free(r.pipeline);
		int next = r.source.next;
		usleep(100);
		cr_assert_eq(r.source.next, next, "a thread lives on");
		cr_assert_leq(next, stop + (int)PIPELINE_BATCHES(PIPELINE_THREADS_MAX));
	}
	pipeline_free(NULL);
}

Test(pipeline, a_machine_that_refuses_threads)
{
	struct run r;
	bool other;

	for (int granted = 0; granted <= 3; granted++) {
		threads_granted = granted;
		begin(&r, 100, 4, PIPELINE_BATCHES(4));
		other = false;
		for (int i = 1; i <= 100; i++) {
			take(&r, i);
			for (unsigned k = 0; k < PIPELINE_BATCHES(4); k++)
				other |= r.batches[k].worked > 0 && granted == 0 &&
					 !pthread_equal(r.batches[k].by, pthread_self());
		}
		end(&r);
		cr_assert_not(other, "none was granted, and one worked");
		cr_assert_leq(threads_granted, 0, "more were granted than asked for");
		threads_granted = INT_MAX;
	}
}

/* Batch 1 is worked on until the work on batch 2 has begun: by another thread, then. */
static atomic_int begun;

static void work_together(void *batch)
{
	struct batch *b = batch;

	b->worked++;
	atomic_fetch_or(&begun, 1 << b->number);
	for (int ms = 0; b->number == 1 && (atomic_load(&begun) & 1 << 2) == 0; ms++) {
		usleep(1000);
		if (ms > 10000)
			b->worked = -1;
	}
}

Test(pipeline, two_at_once, .timeout = 20)
{
	struct source s = {.n = 3};
	struct batch batches[5];
	void *const pointers[5] = {&batches[0], &batches[1], &batches[2], &batches[3], &batches[4]};
	struct pipeline *p =
		pipeline_new((struct pipeline_job){fill, work_together}, &s, pointers, 5, 2);
	for (int i = 1; i <= 3; i++) {
		struct batch *b = pipeline_next(p);
		cr_assert_eq(b->number, i);
		cr_assert_eq(b->worked, 1, "batch %d", i);
	}
	cr_assert_null(pipeline_next(p));
	pipeline_free(p);
}

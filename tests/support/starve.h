/*
 * starve.h - the allocation that fails: starve_at(k) lets the k-th from now on fail, and only it.
 *
 * Whoever tests with it tries every k until none fails any more; each time the code under test must
 * say that it failed, and lose nothing. In a sanitized build, whose allocator is not ours to
 * replace, nothing ever fails: STARVES is 0.
 */
#ifndef MTASWEEP_TEST_STARVE_H
#define MTASWEEP_TEST_STARVE_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/support/sanitized.h"

#if defined(__GLIBC__) && !SANITIZED
#define STARVES 1
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static unsigned long starve_left; /* allocations until one fails; 0: none will */
static bool starve_failed;

static bool starve_now(void)
{
	if (starve_left == 0 || --starve_left > 0)
		return false;
	starve_failed = true;
	return true;
}

void *malloc(size_t n)
{
	return starve_now() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return starve_now() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return starve_now() ? NULL : __libc_realloc(p, n);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	return starve_now() || (size > 0 && n > (size_t)-1 / size) ? NULL
								   : __libc_realloc(p, n * size);
}
#else
#define STARVES 0
static unsigned long starve_left;
static bool starve_failed;
#endif

static inline void starve_at(unsigned long k)
{
	starve_failed = false;
	starve_left = STARVES ? k : 0;
}

/* Ends it; whether one failed. */
static inline bool starve_end(void)
{
	starve_left = 0;
	return starve_failed;
}

#endif

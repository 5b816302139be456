/*
 * haste.h - limits on workers. Tests do not wait for them: the program that is built for tests has
 * shorter ones, and shorter ones still when MTASWEEP_TEST_HASTE is set.
 */
#ifndef MTASWEEP_HASTE_H
#define MTASWEEP_HASTE_H

#include <stdint.h>

#ifdef MTASWEEP_TEST_HOOKS
#include <stdlib.h>

static inline uint64_t haste_limit(uint64_t usual, uint64_t hooked, uint64_t hasty)
{
	(void)usual;
	return getenv("MTASWEEP_TEST_HASTE") != NULL ? hasty : hooked;
}
#else
#define haste_limit(usual, hooked, hasty) ((uint64_t)(usual))
#endif

#endif

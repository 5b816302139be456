/*
 * histogram.h - the distribution of a count or duration over its whole range, in fixed memory.
 *
 * Log-linear buckets: exact below 64, then 32 buckets to each doubling, so a quantile is at most
 * 1/32 (3.2 %) above the true value. Minimum, maximum and sum are exact.
 */
#ifndef MTASWEEP_HISTOGRAM_H
#define MTASWEEP_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB 32u
#define HISTOGRAM_BUCKETS (60u * HISTOGRAM_SUB)

struct histogram {
	uint64_t n, sum, max;
	uint64_t min; /* 0 while n is 0 */
	uint64_t count[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t v);
/* Smallest value that at least permille of the values do not exceed; 0 when empty. */
uint64_t histogram_quantile(const struct histogram *h, unsigned permille);

#endif

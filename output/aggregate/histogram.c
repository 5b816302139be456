/* histogram.c - see histogram.h. */
#include "output/aggregate/histogram.h"

#include <assert.h>

static unsigned histogram_bucket(uint64_t v)
{
	if (v < 2 * HISTOGRAM_SUB)
		return (unsigned)v;
	unsigned top = 63 - (unsigned)__builtin_clzll(v); /* >= 6 */
	return (top - 5) * HISTOGRAM_SUB + (unsigned)(v >> (top - 5));
}

/* Largest value of a bucket. */
static uint64_t histogram_upper(unsigned bucket)
{
	if (bucket < 2 * HISTOGRAM_SUB)
		return bucket;
	unsigned shift = bucket / HISTOGRAM_SUB - 1;
	uint64_t lower = (uint64_t)(bucket % HISTOGRAM_SUB + HISTOGRAM_SUB) << shift;
	return lower + (1ull << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t v)
{
	unsigned bucket = histogram_bucket(v);

	assert(bucket < HISTOGRAM_BUCKETS);
	h->min = h->n == 0 || v < h->min ? v : h->min;
	h->max = v > h->max ? v : h->max;
	h->n++;
	h->sum += v;
	h->count[bucket]++;
}

uint64_t histogram_quantile(const struct histogram *h, unsigned permille)
{
	uint64_t seen = 0;

	assert(permille <= 1000);
	if (h->n == 0)
		return 0;
	/* n * permille / 1000, rounded up, without overflow. */
	uint64_t wanted = h->n / 1000 * permille + (h->n % 1000 * permille + 999) / 1000;
	if (wanted == 0)
		return h->min;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->count[i];
		if (seen >= wanted) {
			uint64_t upper = histogram_upper(i);
			return upper < h->max ? upper : h->max;
		}
	}
	return h->max;
}

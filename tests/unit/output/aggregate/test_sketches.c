/* HyperLogLog and histogram against the truth. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/aggregate/histogram.h"
#include "output/aggregate/hll.h"

static uint64_t mix(uint64_t z)
{
	z = (z + 1) * 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

Test(hll, counts_within_three_standard_errors)
{
	static const uint64_t sizes[] = {0, 1, 10, 1000, 20000, 50000, 300000, 3000000};
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct hll *h = calloc(1, sizeof(*h));
		for (uint64_t k = 0; k < sizes[i]; k++)
			hll_add(h, mix(k));
		double error = (double)hll_count(h) - (double)sizes[i];
		double bound = 3.0 * HLL_ERROR_PPM / 1e6 * (double)sizes[i];
		cr_expect(error <= bound && error >= -bound, "%llu: %g off, bound %g",
			  (unsigned long long)sizes[i], error, bound);
		free(h);
	}
}

Test(hll, merging_is_adding)
{
	static struct hll a, b, all;
	for (uint64_t k = 0; k < 100000; k++) {
		hll_add(k % 3 == 0 ? &a : &b, mix(k));
		if (k % 5 == 0)
			hll_add(&a, mix(k));
		hll_add(&all, mix(k));
	}
	hll_merge(&a, &b);
	cr_assert_arr_eq(a.r, all.r, sizeof(a.r));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

Test(histogram, quantiles_are_at_most_a_32nd_too_high)
{
	enum { N = 20000 };
	static uint64_t v[N];
	static struct histogram h;
	for (unsigned i = 0; i < N; i++) {
		v[i] = mix(i) >> (mix(i + N) % 60);
		histogram_add(&h, v[i]);
	}
	qsort(v, N, sizeof(*v), compare);
	for (unsigned permille = 0; permille <= 1000; permille++) {
		unsigned at = (N * permille + 999) / 1000;
		uint64_t real = v[at > 0 ? at - 1 : 0], got = histogram_quantile(&h, permille);
		cr_assert_geq(got, real);
		cr_assert_leq(got - real, real / 32 + 1);
	}
	cr_assert_eq(histogram_quantile(&h, 1000), v[N - 1]);
}

Test(histogram, edges)
{
	static struct histogram h;
	cr_assert_eq(histogram_quantile(&h, 500), 0);
	histogram_add(&h, UINT64_MAX);
	cr_assert_eq(histogram_quantile(&h, 500), UINT64_MAX);
	histogram_add(&h, 0);
	cr_assert_eq(histogram_quantile(&h, 500), 0);
	cr_assert_eq(histogram_quantile(&h, 501), UINT64_MAX);
}

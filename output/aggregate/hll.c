/* hll.c - see hll.h. */
#include "output/aggregate/hll.h"

#include <math.h>

#define HLL_Q (64 - HLL_BITS)

void hll_add(struct hll *h, uint64_t hash)
{
	uint32_t i = (uint32_t)(hash >> (64 - HLL_BITS));
	uint64_t rest = hash << HLL_BITS;
	uint8_t rank = (uint8_t)(rest == 0 ? HLL_Q + 1 : __builtin_clzll(rest) + 1);

	if (rank > h->r[i])
		h->r[i] = rank;
}

void hll_merge(struct hll *into, const struct hll *from)
{
	for (unsigned i = 0; i < HLL_REGISTERS; i++)
		if (from->r[i] > into->r[i])
			into->r[i] = from->r[i];
}

/* Ertl's sigma and tau: corrections for registers that are still zero, and for full ones. */
static double hll_sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

static double hll_tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

uint64_t hll_count(const struct hll *h)
{
	unsigned of[HLL_Q + 2] = {0};
	const double m = HLL_REGISTERS;

	for (unsigned i = 0; i < HLL_REGISTERS; i++)
		of[h->r[i]]++;
	double z = m * hll_tau(1 - of[HLL_Q + 1] / m);
	for (int k = HLL_Q; k >= 1; k--)
		z = 0.5 * (z + of[k]);
	z += m * hll_sigma(of[0] / m);
	return (uint64_t)llround(m * m / (2 * M_LN2 * z));
}

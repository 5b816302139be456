/*
 * hll.h - how many different things there were, in 16 KiB (HyperLogLog; Flajolet et al. 2007, with
 * Ertl's improved estimator, 2017, which needs no bias tables). Standard error 0.81 %.
 */
#ifndef MTASWEEP_HLL_H
#define MTASWEEP_HLL_H

#include <stdint.h>

#define HLL_BITS 14
#define HLL_REGISTERS (1u << HLL_BITS)
#define HLL_ERROR_PPM 8125 /* 1.04 / sqrt(registers), in millionths */

struct hll {
	uint8_t r[HLL_REGISTERS];
};

/* hash: 64 good bits of the thing. All zero bytes is an empty counter. */
void hll_add(struct hll *h, uint64_t hash);
void hll_merge(struct hll *into, const struct hll *from);
uint64_t hll_count(const struct hll *h);

#endif

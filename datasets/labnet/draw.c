/* draw.c - the hash behind draw.h: eight bytes a step, multiply and fold. */
#include "datasets/labnet/draw.h"

#include <string.h>

uint64_t draw_hash(uint64_t seed, const char *text, size_t n)
{
	uint64_t h = draw_mix(seed + 0x9e3779b97f4a7c15u) ^ n;
	uint64_t word;

	for (; n >= sizeof(word); text += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		h = draw_mix(h ^ word);
	}
	word = 0;
	memcpy(&word, text, n);
	return draw_mix(h ^ word);
}

/*
 * draw.h - the lab's dice: every property of a name is a draw from (seed, name, which property).
 *
 * Nothing is remembered; asking again throws the same number. Not cryptography.
 */
#ifndef LABNET_DRAW_H
#define LABNET_DRAW_H

#include <stddef.h>
#include <stdint.h>

/* Which property: gives independent draws from one hash. */
enum draw {
	DRAW_POOL = 1,
	DRAW_OPERATED,
	DRAW_OPERATOR,
	DRAW_KIND,
	DRAW_MAIL,
	DRAW_RPT,
	DRAW_RPT_KIND,
	DRAW_MODE,
	DRAW_MAX_AGE,
	DRAW_MX_OPERATOR,
	DRAW_MX_COUNT,
	DRAW_NEWLINE,
	DRAW_FINAL_NEWLINE,
	DRAW_WILDCARD,
	DRAW_STRINGS,
	DRAW_CNAME,
	DRAW_AD,
	DRAW_TTL,
	DRAW_ID,
	DRAW_WEB,
	DRAW_IPV6,
	DRAW_H2,
	DRAW_CHAIN,
	DRAW_HANGING,
	DRAW_TLD,
	DRAW_WORD,
	DRAW_MAIL_HOST,
	DRAW_MAIL_ADDRESS,
};

static inline uint64_t draw_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static inline uint32_t draw(uint64_t hash, enum draw which)
{
	return (uint32_t)(draw_mix(hash + which * 0x9e3779b97f4a7c15u) >> 32);
}

/* 0 .. n-1 */
static inline uint32_t draw_below(uint64_t hash, enum draw which, uint32_t n)
{
	return (uint32_t)(((uint64_t)draw(hash, which) * n) >> 32);
}

uint64_t draw_hash(uint64_t seed, const char *text, size_t n);

#endif

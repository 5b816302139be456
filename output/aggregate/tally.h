/*
 * tally.h - counts by keys that come from outside (providers, TLDs, tags): bounded, and the same
 * whatever the order of the rows and however they were split over shards.
 *
 * Every key has a vector of counters; counter 0 counts its rows. Up to keys_max different keys
 * everything is exact. Past that the counts move into a Count-Min sketch (Cormode, Muthukrishnan
 * 2005), which is linear and so does not depend on the order, and the keys become a Misra-Gries
 * candidate list, which surely holds every key with more than 2 / keys_max of the rows. tally_top()
 * then shows only keys whose estimate is above both error bounds: those that any order of the rows
 * would have kept.
 */
#ifndef MTASWEEP_TALLY_H
#define MTASWEEP_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/span.h"

#define TALLY_WIDTH_MAX 24
#define TALLY_SKETCH_ROWS 4
#define TALLY_SKETCH_COLUMNS 8192

struct tally_entry;

struct tally {
	unsigned width;	   /* counters a key */
	unsigned keys_max; /* a power of two */
	unsigned n;	   /* keys held */
	unsigned cap;	   /* entries allocated; slots has twice as many */
	struct tally_entry *entries;
	uint64_t *counters; /* width a key; only counter 0 counts once there is a sketch */
	uint32_t *slots;    /* 1 + index of an entry, 0 free */
	char *pool;	    /* the keys' bytes */
	size_t pool_n, pool_cap;
	uint64_t rows;
	uint64_t *sketch; /* NULL while exact */
};

void tally_init(struct tally *t, unsigned width, unsigned keys_max);
void tally_release(struct tally *t);

/* Adds delta[0..width) to the key's vector; delta[0] is the number of rows. 0, or -1 without
 * memory. */
int tally_add(struct tally *t, struct span key, const uint64_t *delta);

struct tally_row {
	struct span key; /* lives as long as the tally is not changed */
	uint64_t v[TALLY_WIDTH_MAX];
};

/* The keys with most rows, ties by the key's bytes. Returns how many; at most max. */
unsigned tally_top(const struct tally *t, struct tally_row *out, unsigned max);
/* What the rows of tally_top() leave of the sum of all keys; its key is null. */
void tally_rest(const struct tally *t, const struct tally_row *rows, unsigned n,
		struct tally_row *rest);
/* 0 when exact; else by how much a count may be too high (with 98 % confidence), never too low. */
uint64_t tally_error(const struct tally *t);
/* Different keys; a lower bound when not exact. */
unsigned tally_keys(const struct tally *t);

#endif

/* selection.c - see selection.h. */
#include "scanner/options/selection.h"

#include <assert.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "parsers/name.h"

/* Shards and samples go by the name as it is scanned, so that "Example.COM." falls where
 * "example.com" does. */
static uint64_t selection_hash(struct span text, uint64_t seed)
{
	struct name name;

	name_normalise(text, &name);
	if (name.status == NAME_OK)
		return XXH3_64bits_withSeed(name.text, name.n, seed);
	return XXH3_64bits_withSeed(text.p, text.n, seed);
}

#define SAMPLE_SALT 0x73616d706c65ull /* "sample": a sample must not be one of the shards */
#define SAMPLE_BITS 53		      /* of the hash: as many as a double holds */

bool selection_has(const struct scan_options *o, struct span text)
{
	assert(o->shards <= 1 || (o->shard >= 1 && o->shard <= o->shards));
	if (o->shards > 1 && selection_hash(text, 0) % o->shards != o->shard - 1)
		return false;
	if (o->sample >= 1)
		return true;
	uint64_t drawn = selection_hash(text, o->seed ^ SAMPLE_SALT) >> (64 - SAMPLE_BITS);
	return (double)drawn < o->sample * (double)(1ull << SAMPLE_BITS);
}

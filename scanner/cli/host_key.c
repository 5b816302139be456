/* host_key.c - see host_key.h. */
#include "scanner/cli/host_key.h"

#include <assert.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "parsers/suffix.h"

struct span host_key(const char *host)
{
	struct span name = span_str(host), key = suffix_registrable(name);

	return key.p != NULL ? key : name;
}

unsigned host_key_shard(struct span key, unsigned shards)
{
	assert(shards > 0);
	return (unsigned)(XXH3_64bits(key.p, key.n) % shards) + 1;
}

bool host_key_ours(const struct scan_options *o, struct span key)
{
	return !o->by_operator || host_key_shard(key, o->shards) == o->shard;
}

/*
 * host_shards.h - MX hosts that several machines visit (`probe --shard K/N`), and what they showed
 * put together again (`probe --visited`).
 *
 * Hosts are dealt by operator, so that one machine alone visits an operator and keeps to its
 * limits. A shard's directory has its hosts and a run.json, and no results: these are judged when
 * every host of a name is known, whichever machine visited it.
 */
#ifndef MTASWEEP_HOST_SHARDS_H
#define MTASWEEP_HOST_SHARDS_H

#include "scanner/cli/host_stage.h"

#define HOST_SHARDS_MAX 1024u

/* run.json of a shard that begins (completed false) or has visited all its hosts. 0 or -1 (err). */
int host_shards_write(const struct host_stage *s, bool completed, struct errmsg *err);

/* What stands in the directories of shards (or in directories of such): whose hosts were asked for
 * goes into the options, which the stage then reads its hosts by. 0, or -1 (err): a shard is
 * missing, is there twice, is not finished, or belongs to another probe. */
struct host_shards;
struct host_shards *host_shards_open(const char *const *dirs, unsigned n, struct scan_options *o,
				     struct errmsg *err);
/* Takes up their hosts. 0, or -1 (err): hosts of these runs that no shard has visited. */
int host_shards_load(const struct host_shards *h, struct host_stage *s, struct errmsg *err);
void host_shards_free(struct host_shards *h);

#endif

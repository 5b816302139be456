/*
 * host_key.h - whose an MX host is, and which of several machines visits it.
 */
#ifndef MTASWEEP_HOST_KEY_H
#define MTASWEEP_HOST_KEY_H

#include "parsers/span.h"
#include "scanner/options/scan_options.h"

/* Its operator, as far as names tell: the registrable domain, or the host itself. */
struct span host_key(const char *host);
/* Hosts are dealt by operator: 1 .. shards. The same on every machine. */
unsigned host_key_shard(struct span key, unsigned shards);
/* Whether it falls to us. */
bool host_key_ours(const struct scan_options *o, struct span key);

#endif

/*
 * aggregate.h - the numbers of a report: bounded memory, whatever the number of names.
 *
 * Fed with facts rows in any order and in any number of parts: the same rows give the same numbers,
 * and so the same report, to the byte. Counters are exact. Tables whose keys come from outside
 * (providers, TLDs, tags ...) are exact up to TALLY_KEYS different keys and then state an error
 * bound (tally.h); numbers of different things are HyperLogLog (hll.h); quantiles come from a
 * histogram (histogram.h).
 */
#ifndef MTASWEEP_AGGREGATE_H
#define MTASWEEP_AGGREGATE_H

#include "output/aggregate/facts.h"
#include "output/base/errmsg.h"

struct aggregate;

/* NULL without memory. */
struct aggregate *aggregate_new(void);
void aggregate_free(struct aggregate *a);
/* 0, or -1 without memory (our failure). */
int aggregate_add(struct aggregate *a, const struct facts *f);

/* How many rows lose mail. */
uint64_t aggregate_losing(const struct aggregate *a);

/*
 * The MX hosts of a run's directory, from hosts.ndjson.zst, if it has any. Each host counts once,
 * however many runs have it: then the first. Memory: 16 bytes a host. *damaged grows by what could
 * not be read. 0, or -1 (err).
 */
int aggregate_add_hosts(struct aggregate *a, const char *dir, uint64_t *damaged,
			struct errmsg *err);

#endif

/*
 * diff_hosts.h - what changed at the MX hosts between two runs that visited them: certificates,
 * STARTTLS, TLSA records, host by host and counted.
 *
 * Compared are the lines of hosts.ndjson.zst, sorted in bounded memory. What a visit could not
 * conclude about has not changed; a host of one run alone is neither better nor worse.
 */
#ifndef MTASWEEP_DIFF_HOSTS_H
#define MTASWEEP_DIFF_HOSTS_H

#include "output/diff/host_change.h"

struct host_totals {
	bool compared; /* both runs have hosts */
	uint64_t hosts[2];
	uint64_t both, same, changed;
	uint64_t unknown; /* nothing that both runs know */
	uint64_t only_old, only_new;
	uint64_t directions[DIFF_DIRECTIONS], events[HOST_EVENT_COUNT];
};

typedef void host_tell(void *owner, const struct host_change *change);

/* Calls tell for each host that changed, in the order of their names. Runs and memory as for
 * diff_runs(). */
enum diff_status diff_hosts(const char *const runs[2], size_t memory, host_tell *tell, void *owner,
			    struct host_totals *totals, struct remarks *remarks,
			    struct errmsg *err);

#endif

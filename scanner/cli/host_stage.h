/*
 * host_stage.h - the MX hosts of stored runs: which there are, what they show, and every name
 * judged again with its hosts. What `probe` does with finished runs, and `scan --mx-tls` with its
 * own when all names are done.
 *
 * Three steps. Read: the distinct hosts in scope. Visit: each once (host_pass.h); what is known of
 * one is in DIR/hosts.ndjson.zst, and a later start visits those that it lacks. Join: the runs once
 * more, record by record, into new results (run_rewrite.h).
 */
#ifndef MTASWEEP_HOST_STAGE_H
#define MTASWEEP_HOST_STAGE_H

#include "output/run/host_table.h"
#include "scanner/options/scan_options.h"
#include "scanner/supervisor/host_pass.h"

struct host_stage {
	/* Set by the caller, the rest zero. */
	const struct scan_options *options;
	const char *command; /* in front of what is said */
	char *worker;	     /* the hidden command of its workers (proto.h) ... */
	char **args;	     /* ... and its command line, NULL-terminated */
	const char *const *from;
	unsigned from_n;
	const char *to; /* run directory; there already */
	bool in_place;	/* it is the one that is read: its files are replaced */

	/* What came of it. */
	struct host_pass_outcome outcome;
	uint64_t records;
	struct errmsg err;

	/* Its own. */
	struct host_table *table;
	bool *full; /* by the table's order: a name wants it visited in any case */
	unsigned full_n;
	const char **names; /* of the hosts that are not known yet, their operators, ... */
	struct span *keys;
	bool *only_secure;
	unsigned *place; /* ... and their places in the table */
	unsigned n;
	unsigned dealt_n;   /* hosts that fall to this machine, known ones too */
	int64_t started_ms; /* Unix */
};

/* All give an enum cmd_exit; err says why it is not CMD_OK. Close in any case. */
int host_stage_read(struct host_stage *s);
/* Takes up what DIR/hosts.ndjson.zst has already, when there was a start before. */
int host_stage_recall(struct host_stage *s);
int host_stage_visit(struct host_stage *s);
int host_stage_join(struct host_stage *s);
void host_stage_close(struct host_stage *s);
/* A sentence about the hosts that are not known yet: how many, of whom, and how long it takes at
 * least. After host_stage_read(). */
#define HOST_STAGE_TEXT 400u
int host_stage_cost(struct host_stage *s, char out[HOST_STAGE_TEXT]);

#endif

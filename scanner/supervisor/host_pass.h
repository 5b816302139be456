/*
 * host_pass.h - the pass over the distinct MX hosts: confined workers visit them, this hands the
 * hosts out and takes what they showed.
 *
 * As with names, a worker may crash, hang or be taken over: what it says is read like any stored
 * line and must be about a host that it was given. The hosts that a dead worker had are visited
 * again by a worker that has nothing else, half as many together each time that it dies; one that
 * kills its workers alone is ours to explain and recorded as not tried.
 */
#ifndef MTASWEEP_HOST_PASS_H
#define MTASWEEP_HOST_PASS_H

#include "output/base/errmsg.h"
#include "scanner/options/scan_options.h"
#include "scanner/supervisor/host_plan.h"

struct host_pass_outcome {
	struct host_plan_totals totals;
	enum canary_state canary;
	enum canary_listed listed;
	unsigned replaced; /* workers */
};

/* Borrowed for the pass. */
struct host_pass_config {
	const struct scan_options *options;
	char **args;  /* the command line, NULL-terminated, for the workers */
	char *worker; /* the hidden command that parses it in a worker */
	const char *const *names;
	const struct span *keys; /* their operators */
	const bool *only_secure; /* visited only when its TLSA records are secure */
	unsigned n;
	/* What is known of a host; dies with the call. Then, perhaps much later, that it may be
	 * kept for good: until then it may be our own network's doing. 0, or -1 and err. */
	int (*told)(void *user, unsigned host, const struct record_mx_host *h, struct errmsg *err);
	int (*keep)(void *user, unsigned host, struct errmsg *err);
	/* Every ten seconds. */
	void (*progress)(void *user, const struct host_pass_outcome *o);
	/* A sentence for the person who runs it; important: even if they asked for quiet. */
	void (*note)(void *user, bool important, const char *text);
	void *user;
};

/* An enum cmd_exit; err says why unless it is CMD_OK. */
int host_pass_run(const struct host_pass_config *config, struct host_pass_outcome *outcome,
		  struct errmsg *err);

#endif

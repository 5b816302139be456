/*
 * supervisor.h - runs a scan: feeds workers, takes their frames, keeps the books, ends with a
 * report.
 *
 * The supervisor never parses network bytes. It owns the files; workers own the sockets. It shows
 * progress, but explains nothing: what there is to say goes to the subcommand.
 */
#ifndef MTASWEEP_SUPERVISOR_H
#define MTASWEEP_SUPERVISOR_H

#include <stdbool.h>

#include "output/base/errmsg.h"
#include "scanner/options/scan_options.h"

/* Borrowed for the run. */
struct supervisor_config {
	const struct scan_options *options;
	char **args; /* the command line of `scan`, NULL-terminated, for the workers */
	/* A sentence for the person who runs it, while it runs; important: even if they asked for
	 * quiet. It can be shown as it is. NULL: nobody listens. */
	void (*note)(void *user, bool important, const char *text);
	/* Nothing refuses the run any more, and nothing was sent. NULL: nobody listens. */
	void (*begin)(void *user);
	void *user;
};

struct supervisor_outcome {
	struct errmsg err; /* why, unless the status is CMD_OK or CMD_STOPPED */
	bool begun;	   /* there are results, perhaps not of all lines */
	bool complete;	   /* of all, and the report is written */
	uint64_t losing;   /* names that lose mail, as far as their policies tell */
};

/* Fills in the outcome; returns an enum cmd_exit. */
int supervisor_run(const struct supervisor_config *config, struct supervisor_outcome *outcome);

#endif

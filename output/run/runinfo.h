/*
 * runinfo.h - run.json: what the supervisor knows about a run that no record holds.
 *
 * Written when a run begins (completed: false) and again when it ends, for people and for `report`,
 * which takes everything the report says about the run from here, so that it can be rebuilt to the
 * byte.
 */
#ifndef MTASWEEP_RUNINFO_H
#define MTASWEEP_RUNINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "parsers/span.h"

#define RUNINFO_SCHEMA 1
#define RUNINFO_INPUTS_MAX 64
#define RUNINFO_RESOLVERS_MAX 64
#define RUNINFO_ARGS_MAX 256

struct runinfo_input {
	char path[1024]; /* as the user named it; "-" for standard input */
	char sha256[65]; /* hex, empty when not known (standard input of a stopped run) */
	uint64_t bytes;
};

/* One upstream resolver and how it did. */
struct runinfo_resolver {
	char address[64];
	uint64_t sent, answered, timeouts, servfail, refused;
	char state[32]; /* "good", "dropped: lies about names that cannot exist" ... */
};

/* The pass over the MX hosts, when there was one. Hosts are all that are in scope; the rest counts
 * from the last --resume on. */
struct runinfo_hosts {
	bool done;
	uint64_t hosts, visits, again, refusing, crashed;
};

struct runinfo {
	char version[32];
	char vantage[256]; /* host name of the scanning machine */
	char folder[1024]; /* where it was begun: relative paths are from there; empty not known */
	unsigned args_n;
	const char *args[RUNINFO_ARGS_MAX]; /* the command line; the caller's when written */
	/* Effective configuration as one JSON object text, for people; NULL is {}. */
	const char *configuration;
	unsigned inputs_n, resolvers_n;
	struct runinfo_input inputs[RUNINFO_INPUTS_MAX];
	struct runinfo_resolver resolvers[RUNINFO_RESOLVERS_MAX];
	unsigned shard, shards;		    /* K/N; 1/1 for a whole run */
	int64_t started_at_ms, ended_at_ms; /* Unix; ended 0 while running */
	unsigned resumed;		    /* times that it was interrupted and went on */
	struct {
		uint64_t lines, blank,
			comments;   /* of the input: lines = blank + comments + names */
		uint64_t elsewhere; /* lines of other shards, or not in the sample */
		uint64_t records, frames, bytes; /* of results.ndjson.zst */
	} totals;
	struct runinfo_hosts mx_hosts;
	bool completed;
	bool owned; /* args and configuration were allocated by runinfo_read() */
};

/* What this process is: version, machine, folder and command line, which is the caller's. */
void runinfo_here(struct runinfo *info, char *const *args);
/* Writes dir/run.json by a temporary file and rename. */
int runinfo_write(const char *dir, const struct runinfo *info, struct errmsg *err);
/* Free with runinfo_release(). A missing or damaged file is an error that says so. */
int runinfo_read(const char *dir, struct runinfo *info, struct errmsg *err);
void runinfo_release(struct runinfo *info);
/* Milliseconds since 1970 of "YYYY-MM-DDThh:mm:ss.mmmZ"; anything else, NULL too, is 0. */
int64_t runinfo_time_parse(const char *text);

/* What readers elsewhere are told of a list: its name without the folders, which are of this
 * machine. */
const char *runinfo_input_name(const struct runinfo_input *input);

/* Both read the same bytes, as far as is known; files of which that is not known are never the
 * same. */
bool runinfo_same_input(const struct runinfo *a, const struct runinfo *b);
/* Parts of one scan: different shards, or one of them again, of one input. All read the same
 * lines. */
bool runinfo_same_shards(const struct runinfo *a, const struct runinfo *b);

/* Names of the list, whichever shard has to scan them. */
uint64_t runinfo_names(const struct runinfo *info);

/* Adds counts to those of the same resolver; one that is new comes last. */
void runinfo_add_resolver(struct runinfo *whole, const struct runinfo_resolver *r);

/* Adds another shard of the scan to what `whole` says, which began as the first of them and becomes
 * the description of one run that has the records of all. */
void runinfo_join(struct runinfo *whole, const struct runinfo *shard);

#endif

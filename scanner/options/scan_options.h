/*
 * scan_options.h - what the user asked of `scan` (and, for the network part, of `check`).
 *
 * Parsed once from the command line by an argp table, checked as a whole, then constant. Workers
 * parse the same command line again, so supervisor and workers cannot disagree.
 */
#ifndef MTASWEEP_SCAN_OPTIONS_H
#define MTASWEEP_SCAN_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "scanner/judge/judge.h"
#include "scanner/hosts/reach.h"
#include "scanner/dns/resolver_list.h"

#define SCAN_WORKERS_MAX 256u
#define SCAN_CONCURRENCY_MAX 20000u
#define SCAN_FETCH_SLOTS_MAX 256u
#define SCAN_ASKING 2000u

enum scan_progress {
	SCAN_PROGRESS_AUTO,
	SCAN_PROGRESS_PLAIN,
	SCAN_PROGRESS_JSON,
	SCAN_PROGRESS_NONE
};

struct scan_options {
	const char *const *inputs; /* at least one; "-" is standard input */
	unsigned inputs_n;
	const char *output; /* run directory, "-" standard output; NULL until given */
	bool resume, dry_run, lean, mx_tls, dane, quiet;
	unsigned verbose;
	enum scan_progress progress;

	const char *resolver_args[RESOLVER_UPSTREAM_MAX > 256 ? 256 : RESOLVER_UPSTREAM_MAX];
	unsigned resolver_args_n;
	const char *resolvers_file;
	unsigned workers, concurrency;
	double dns_rate; /* questions a second in total; 0 no limit */
	double host_rate;
	unsigned host_concurrency;
	uint32_t timeout_dns_ms, timeout_fetch_ms;
	unsigned retries;
	const char *ca_file;
	uint16_t https_port, smtp_port;
	const char *allow_net[64];
	unsigned allow_net_n;
	const char *exclude[16];
	unsigned exclude_n;
	const char *contact;
	const char *tag_column;
	unsigned shard, shards; /* 1-based K of N; 1/1 is everything */
	double sample;		/* share of names, 0 to 1 */
	uint64_t seed;
	bool seed_given;
	int level; /* of zstd */
	bool sandbox;
	struct judge_config judge;
};

extern const struct argp scan_argp;
/* The part that `check` shares: DNS, policy hosts, severities. A child parser whose input is the
 * struct scan_options. */
extern const struct argp network_argp;

void scan_options_init(struct scan_options *o); /* the defaults */

/* How many of the names in flight may be asked about at a time: SCAN_ASKING, enough to fill any
 * resolver's window, or a quarter if that is more. The rest waits for policy hosts. */
unsigned scan_asking(unsigned concurrency);

/* Defaults, the environment (SLURM_ARRAY_TASK_*, JOB_COMPLETION_INDEX), then argv. Prints usage
 * errors and
 * --help itself (argp). 0, or an enum cmd_exit to leave with. */
int scan_options_parse(struct scan_options *o, int argc, char **argv);
/* What the options name on this machine: resolvers and whom we may contact. 0, or -1 and err. */
int scan_options_resolvers(const struct scan_options *o, struct resolver_list *out,
			   struct errmsg *err);
struct reach *scan_options_reach(const struct scan_options *o, struct errmsg *err);

#endif

/*
 * scan_options.h - what the user asked of `scan` (and, for the network part, of `check`): a plain
 * struct, its defaults, and what its words name on this machine.
 *
 * Filled once (cli/scan_args.h), checked as a whole, then constant. Strings belong to the command
 * line and live as long as the process.
 */
#ifndef MTASWEEP_SCAN_OPTIONS_H
#define MTASWEEP_SCAN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "scanner/dns/resolver_list.h"
#include "scanner/hosts/reach.h"
#include "scanner/judge/judge.h"

struct tls_trust;

#define SCAN_WORKERS_MAX 256u
#define SCAN_CONCURRENCY_MAX 20000u
/* A fetch that waits costs a place and nothing else; who has few stands still before as many hosts
 * that never answer. FEW are enough without such hosts. */
#define SCAN_FETCH_SLOTS_MAX 2048u
#define SCAN_FETCH_SLOTS_FEW 256u
#define SCAN_FETCH_FILES 2u /* curl opens the next connection before it has closed the last */
#define SCAN_ASKING 2000u
#define SCAN_VISITS_MAX 2000u
#define SCAN_SHARDS_MAX 1000000u

enum scan_progress {
	SCAN_PROGRESS_AUTO,
	SCAN_PROGRESS_PLAIN,
	SCAN_PROGRESS_JSON,
	SCAN_PROGRESS_NONE
};

struct scan_options {
	const char *const *inputs; /* at least one; "-" is standard input */
	unsigned inputs_n;
	bool inputs_given;  /* false: standard input, because nothing was named */
	const char *output; /* run directory, "-" standard output; NULL until given */
	bool resume, dry_run, lean, quiet, verbose;
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
	/* MX hosts are visited, are asked for TLSA records; neither unless asked for. Those of all
	 * names, or of names that a policy or DNSSEC protects. */
	bool mx_tls, dane, mx_tls_all, dane_all;
	double smtp_rate;	   /* new visits a second at one operator */
	unsigned smtp_concurrency; /* visits at a time there */
	unsigned visits;	   /* visits at a time in all */
	unsigned smtp_retries;	   /* of a host that says "later" */
	uint32_t smtp_pause_ms;	   /* before the first of these */
	const char *ehlo;	   /* NULL: our own name */
	uint32_t timeout_smtp_ms;
	const char *tag_column;
	const char *domain_column; /* NULL: found by the header and the first rows */
	char delimiter;		   /* '\0': found likewise; ' ' any run of blanks */
	bool no_header;
	unsigned shard, shards; /* 1-based K of N; 1/1 is everything; 0 until it is known */
	bool by_operator;	/* shards are of MX hosts, which are dealt by operator */
	double sample;		/* share of names, 0 to 1 */
	uint64_t seed;
	bool seed_given;
	int level; /* of zstd */
	bool sandbox;
	struct judge_config judge;
};

void scan_options_init(struct scan_options *o); /* the defaults */
/* Whether MX hosts are to be asked about, after the names. */
static inline bool scan_visits_hosts(const struct scan_options *o)
{
	return o->mx_tls || o->dane;
}
/* Whether hosts would be visited that expect nobody, and could not ask who it was: refused. */
static inline bool scan_lacks_contact(const struct scan_options *o)
{
	return ((o->mx_tls && o->mx_tls_all) || (o->dane && o->dane_all)) && o->contact == NULL;
}

/* How many of the names in flight may be asked about at a time: SCAN_ASKING, enough to fill any
 * resolver's window, or a quarter if that is more. The rest waits for policy hosts. */
unsigned scan_asking(unsigned concurrency);
/* Descriptors that a worker with so many resolvers and fetches at a time may hold. The supervisor
 * counts backwards from the limit to the fetches, the sandbox makes it the worker's limit. */
unsigned scan_worker_files(unsigned resolvers, unsigned fetch_slots);

/* Without --shard, which part of the work is ours. Job arrays say it (SLURM_ARRAY_TASK_ID, _MIN,
 * _MAX and _COUNT; JOB_COMPLETION_INDEX and JOB_COMPLETIONS), and where none does it is everything.
 * 0, or -1 and err when an array does not say it clearly: every task would scan the whole list. */
int scan_options_environment(struct scan_options *o, struct errmsg *err);
/* A seed for a run that was given none: another one each time. */
uint64_t scan_options_draw_seed(void);

/* What the options name on this machine: resolvers and whom we may contact. 0, or -1 and err. */
int scan_options_resolvers(const struct scan_options *o, struct resolver_list *out,
			   struct errmsg *err);
/* The caller's; NULL and err. */
struct reach *scan_options_reach(const struct scan_options *o, struct errmsg *err);
/* The CA certificates of --ca-file or of this system, the caller's; NULL and err. */
struct tls_trust *scan_options_trust(const struct scan_options *o, struct errmsg *err);
/* Tries all three, so that what cannot work is said before a file is made or a process started; the
 * resolvers are kept in out. 0, or -1 and err. */
int scan_options_check(const struct scan_options *o, struct resolver_list *out, struct errmsg *err);

#endif

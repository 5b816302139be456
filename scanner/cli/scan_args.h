/*
 * scan_args.h - the command line of `scan`, and the part of it that `check` shares. Two argp tables
 * describe every option: --help, the man page and completion come from them, and a struct
 * scan_options from what was typed.
 */
#ifndef MTASWEEP_SCAN_ARGS_H
#define MTASWEEP_SCAN_ARGS_H

#include <argp.h>

#include "scanner/options/scan_options.h"

extern const struct argp scan_argp;
/* The part that `check` shares: DNS, policy hosts, severities. A child parser whose input is the
 * struct scan_options. */
extern const struct argp network_argp;
/* What concerns the MX hosts, for the commands that visit them. The same input. */
extern const struct argp smtp_argp;
/* How hard they are visited where there are many. The same input. */
extern const struct argp visits_argp;

/*
 * Defaults, then the environment, then argv, whose strings must outlive o. Workers parse the same
 * command line in the same environment as their supervisor, so they cannot disagree. Prints usage
 * errors and --help itself (argp). 0, or an enum cmd_exit to leave with.
 */
int scan_args_parse(struct scan_options *o, int argc, char **argv);

/* K/N of --shard, or argp's usage error; and what stands in for it where it is not given: a job
 * array, or everything. */
void scan_args_shard(const char *arg, struct scan_options *o, struct argp_state *state);
void scan_args_environment(struct scan_options *o, struct argp_state *state);

#endif

/*
 * cmd_probe.c - the subcommand `probe`: the distinct MX hosts of finished runs are visited, each
 * once, and what they showed is joined to the names (host_stage.h). Between the two everything is
 * in hosts.ndjson.zst, so that an interrupted probe goes on with the hosts that it lacks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scanner/base/privilege.h"
#include "scanner/cli/cmd.h"
#include "scanner/cli/host_shards.h"
#include "scanner/cli/host_stage.h"
#include "scanner/cli/run_rewrite.h"
#include "scanner/cli/scan_args.h"
#include "scanner/pipe/proto.h"

#define SCOPE_WORDS "policy|all"
#define VISITED_MAX 64u

enum {
	OPTION_OUTPUT = 'o',
	OPTION_RESUME = 512, /* above the keys of the tables that are shared */
	OPTION_SCOPE,
	OPTION_DRY_RUN,
	OPTION_SHARD,
	OPTION_VISITED,
};

struct probing {
	struct scan_options options;
	const char *const *from;
	unsigned from_n;
	const char *to;
	bool resume;
	const char *visited[VISITED_MAX]; /* directories of shards */
	unsigned visited_n;
	struct host_shards *shards; /* what stands there, or NULL */
};

/* ---- options ----------------------------------------------------------------------------- */

/* clang-format off */
static const struct argp_option probe_table[] = {
	{NULL, 0, NULL, 0, "Input and output:", 1},
	{"output", OPTION_OUTPUT, "DIR", 0, "The new run directory; must not exist, or --resume", 0},
	{"resume", OPTION_RESUME, NULL, 0, "Go on with the interrupted probe in DIR", 0},
	{"scope", OPTION_SCOPE, SCOPE_WORDS, 0, "Whose hosts: of names with a policy in mode enforce or testing (default), or of all names, which needs --contact", 0},
	{"shard", OPTION_SHARD, "K/N", 0, "Only visit, and only the K-th of N shares of the hosts, dealt by operator: rates at one operator hold as they are, those at one address and of questions are the N-th", 0},
	{"visited", OPTION_VISITED, "DIR", 0, "Visit nobody: take what the shards of a probe found, all of them in DIR (shard-K-of-N) or each named", 0},
	{"dry-run", OPTION_DRY_RUN, NULL, 0, "Say how many hosts there are, contact nobody", 0},
	{0},
};
/* clang-format on */

static error_t probe_end(struct probing *p, struct argp_state *state)
{
	if (p->from_n == 0)
		cmd_refuse(state, "which runs? Give directories that `mtasweep scan -o` wrote");
	if (p->to == NULL && !p->options.dry_run)
		cmd_refuse(state, "where to? Give a new directory with --output");
	if (p->visited_n > 0) {
		if (p->options.shards > 1 || p->resume || p->options.dry_run)
			cmd_refuse(state, "--visited visits nobody: no --shard, --resume or "
					  "--dry-run with it");
		p->options.shard = p->options.shards = 1;
	}
	scan_args_environment(&p->options, state);
	p->options.by_operator = p->options.shards > 1;
	if ((p->options.mx_tls_all || p->options.dane_all) && p->options.contact == NULL &&
	    !p->options.dry_run)
		cmd_refuse(state, "hosts of all names do not expect to be visited: say "
				  "who you are with --contact URL");
	return 0;
}

static error_t probe_option(int key, char *arg, struct argp_state *state)
{
	struct probing *p = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = state->child_inputs[2] =
			&p->options;
		return 0;
	case OPTION_OUTPUT:
		p->to = arg;
		return 0;
	case OPTION_RESUME:
		p->resume = true;
		return 0;
	case OPTION_DRY_RUN:
		p->options.dry_run = true;
		return 0;
	case OPTION_SHARD:
		scan_args_shard(arg, &p->options, state);
		return 0;
	case OPTION_VISITED:
		if (p->visited_n == VISITED_MAX)
			cmd_refuse(state,
				   "--visited can be given %u times; name a directory that "
				   "holds the shards",
				   VISITED_MAX);
		p->visited[p->visited_n++] = arg;
		return 0;
	case OPTION_SCOPE:
		if (cmd_word(SCOPE_WORDS, arg) < 0)
			cmd_refuse(state, "--scope wants " SCOPE_WORDS ", not '%s'", arg);
		p->options.mx_tls_all = cmd_word(SCOPE_WORDS, arg) == 1;
		return 0;
	case ARGP_KEY_ARGS:
		p->from = (const char *const *)state->argv + state->next;
		p->from_n = (unsigned)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		return probe_end(p, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child probe_children[] = {
	{.argp = &network_argp}, {.argp = &smtp_argp}, {.argp = &visits_argp}, {0}};

static const struct argp probe_argp = {
	.options = probe_table,
	.parser = probe_option,
	.children = probe_children,
	.args_doc = "RUN...",
	.doc = "Visits the MX hosts of the names of finished runs, each host once: STARTTLS and "
	       "its "
	       "certificate, with --dane its TLSA records; never MAIL. Then judges all names again "
	       "with what was found and writes a new run; what each host showed is in "
	       "hosts.ndjson.zst. Port 25 must be open: when nobody greets, it stops and blames "
	       "nobody.\v"
	       "Keeps about 1.5 KB of memory a host. Runs of several shards are named together.\n\n"
	       "Several machines: each visits its share with --shard K/N, into a directory "
	       "shard-K-of-N, where its hosts then are and no results. An operator falls to one "
	       "machine, whatever host of its is meant. When all are done, --visited puts them "
	       "together and judges the names; with which options they were probed, they know.\n\n"
	       "Exit status: 0 done, 2 wrong usage or an unreadable run, 3 our own failure (no "
	       "resolver, port 25 closed, disk full), 130 stopped by a signal.\n\n"
	       "Examples:\n"
	       "  mtasweep probe run-2026-11 --dry-run\n"
	       "  mtasweep probe run-2026-11 -o run-mx --dane --ehlo scanner.example.net\n"
	       "  mtasweep probe run-2026-11 -o mx/shard-1-of-4 --shard 1/4 --dane\n"
	       "  mtasweep probe run-2026-11 -o run-mx --visited mx",
};

/* ---- life -------------------------------------------------------------------------------- */

/* The directory: new, or that of an interrupted probe. An enum cmd_exit. */
static int probe_directory(struct probing *p, struct host_stage *s)
{
	char done[4200];
	struct stat st;

	if (!p->resume)
		return run_rewrite_directory(p->to, &s->err);
	snprintf(done, sizeof(done), "%s/results.ndjson.zst", p->to);
	if (stat(p->to, &st) != 0 || !S_ISDIR(st.st_mode)) {
		errmsg_set(&s->err, "%s is no directory: nothing to go on with", p->to);
		return CMD_USAGE;
	}
	if (stat(done, &st) == 0) {
		errmsg_set(&s->err,
			   "%s has results: that probe is done, or broke off while it "
			   "wrote them; remove %s to have them written again",
			   p->to, done);
		return CMD_USAGE;
	}
	return host_stage_recall(s);
}

/* A share of the hosts: they are all that there is to its directory. */
static int probe_shard(struct probing *p, struct host_stage *s)
{
	const struct scan_options *o = &p->options;
	struct errmsg err;

	int status = host_shards_write(s, false, &s->err) == 0 ? host_stage_visit(s) : CMD_FAILURE;
	if (status == CMD_OK && host_shards_write(s, true, &s->err) != 0)
		status = CMD_FAILURE;
	if (status == CMD_OK)
		printf("shard %u of %u: %u of %u hosts, %u visited now, with %u connections\n"
		       "hosts    %s/hosts.ndjson.zst\n"
		       "When all shards are done: mtasweep probe RUN... -o NEW --visited %s/..\n",
		       o->shard, o->shards, s->dealt_n, host_table_n(s->table),
		       s->outcome.totals.over, s->outcome.totals.visits, errmsg_shown(&err, p->to),
		       err.text);
	return status;
}

static int probe_visit(struct probing *p, struct host_stage *s)
{
	char cost[HOST_STAGE_TEXT];
	int status;

	if (p->shards != NULL) {
		if (host_shards_load(p->shards, s, &s->err) != 0)
			return CMD_USAGE;
		struct host_plan_totals before = s->outcome.totals;
		status = host_stage_visit(s); /* all are known: writes them */
		s->outcome.totals = before;
		return status;
	}
	if (host_stage_cost(s, cost) != 0)
		return CMD_FAILURE;
	fprintf(stderr, "mtasweep probe: %s\n", cost);
	status = p->options.by_operator ? probe_shard(p, s) : host_stage_visit(s);
	if (status == CMD_STOPPED)
		errmsg_set(&s->err, "stopped; go on with the same command and --resume");
	return status;
}

static int probe_all(struct probing *p, struct host_stage *s)
{
	char cost[HOST_STAGE_TEXT];
	int status = host_stage_read(s);

	if (status == CMD_OK && p->options.dry_run) {
		if (host_stage_cost(s, cost) != 0)
			return CMD_FAILURE;
		printf("%s\n", cost);
		return CMD_OK;
	}
	if (status == CMD_OK)
		status = probe_directory(p, s);
	if (status == CMD_OK)
		status = probe_visit(p, s);
	if (p->options.by_operator)
		return status;
	if (status == CMD_OK)
		status = host_stage_join(s);
	if (status == CMD_OK)
		printf("%u hosts, %llu records judged with them\nresults  "
		       "%s/results.ndjson.zst\nhosts    %s/hosts.ndjson.zst\n",
		       host_table_n(s->table), (unsigned long long)s->records, p->to, p->to);
	return status;
}

/* 0, or an enum cmd_exit to leave with. */
static int probe_parse(struct probing *p, int argc, char **argv)
{
	*p = (struct probing){0};
	scan_options_init(&p->options);
	p->options.mx_tls = true;
	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&probe_argp, argc, argv, 0, NULL, p) != 0)
		return CMD_USAGE;
	p->options.seed = scan_options_draw_seed();
	return 0;
}

int probe_args_parse(struct scan_options *o, int argc, char **argv)
{
	struct probing p;
	int rc = probe_parse(&p, argc, argv);

	*o = p.options;
	return rc;
}

static int probe_run(int argc, char **argv)
{
	static char worker[] = PROTO_COMMAND_PROBE_HOSTS;
	struct probing p;

	if (probe_parse(&p, argc, argv) != 0)
		return CMD_USAGE;
	privilege_keep_files();
	struct host_stage stage = {
		.options = &p.options,
		.command = "probe",
		.worker = worker,
		.args = argv,
		.from = p.from,
		.from_n = p.from_n,
		.to = p.to,
	};
	int status = CMD_USAGE;
	if (p.visited_n > 0)
		p.shards = host_shards_open(p.visited, p.visited_n, &p.options, &stage.err);
	if (p.visited_n == 0 || p.shards != NULL)
		status = probe_all(&p, &stage);
	host_shards_free(p.shards);
	if (status != CMD_OK)
		fprintf(stderr, "mtasweep probe: %s\n", stage.err.text);
	host_stage_close(&stage);
	return status;
}

const struct command cmd_probe = {
	.name = "probe",
	.summary = "visit the MX hosts of finished runs: STARTTLS, certificates, DANE",
	.argp = &probe_argp,
	.run = probe_run,
};

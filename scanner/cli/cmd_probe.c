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
#include "scanner/cli/host_stage.h"
#include "scanner/cli/run_rewrite.h"
#include "scanner/cli/scan_args.h"
#include "scanner/pipe/proto.h"

#define SCOPE_WORDS "policy|all"

enum {
	OPTION_OUTPUT = 'o',
	OPTION_RESUME = 512, /* above the keys of the tables that are shared */
	OPTION_SCOPE,
	OPTION_DRY_RUN,
};

struct probing {
	struct scan_options options;
	const char *const *from;
	unsigned from_n;
	const char *to;
	bool resume;
};

/* ---- options ----------------------------------------------------------------------------- */

/* clang-format off */
static const struct argp_option probe_table[] = {
	{NULL, 0, NULL, 0, "Input and output:", 1},
	{"output", OPTION_OUTPUT, "DIR", 0, "The new run directory; must not exist, or --resume", 0},
	{"resume", OPTION_RESUME, NULL, 0, "Go on with the interrupted probe in DIR", 0},
	{"scope", OPTION_SCOPE, SCOPE_WORDS, 0, "Whose hosts: of names with a policy in mode enforce or testing (default), or of all names, which needs --contact", 0},
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
	       "Exit status: 0 done, 2 wrong usage or an unreadable run, 3 our own failure (no "
	       "resolver, port 25 closed, disk full), 130 stopped by a signal.\n\n"
	       "Examples:\n"
	       "  mtasweep probe run-2026-11 --dry-run\n"
	       "  mtasweep probe run-2026-11 -o run-mx --dane --ehlo scanner.example.net",
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

static int probe_all(struct probing *p, struct host_stage *s)
{
	int status = host_stage_read(s);

	if (status == CMD_OK && p->options.dry_run) {
		printf("%u distinct MX hosts would be visited\n", host_table_n(s->table));
		return CMD_OK;
	}
	if (status == CMD_OK)
		status = probe_directory(p, s);
	if (status == CMD_OK)
		status = host_stage_visit(s);
	if (status == CMD_STOPPED)
		errmsg_set(&s->err, "stopped; go on with the same command and --resume");
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
	int status = probe_all(&p, &stage);
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

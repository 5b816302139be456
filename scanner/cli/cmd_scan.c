/* cmd_scan.c - the subcommand `scan`: checks what was asked for and lets the supervisor run it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scanner/supervisor/checkpoint.h"
#include "scanner/cli/cmd.h"
#include "scanner/cli/dry_run.h"
#include "scanner/cli/scan_args.h"
#include "scanner/options/cost.h"
#include "scanner/options/share.h"
#include "scanner/supervisor/supervisor.h"

/* A run that drew its own seed goes on with it. */
static int scan_resume_seed(struct scan_options *o, struct errmsg *err)
{
	struct checkpoint c;

	if (strcmp(o->output, "-") == 0)
		return errmsg_set(err, "--resume wants the run directory of an interrupted run");
	if (checkpoint_read(o->output, &c, err) != 0)
		return -1;
	if (!o->seed_given) {
		o->seed = c.seed;
		o->seed_given = true;
	}
	checkpoint_release(&c);
	return 0;
}

static void scan_note(void *user, bool important, const char *text)
{
	const struct scan_options *o = user;

	if (important || !o->quiet)
		fprintf(stderr, "mtasweep scan: %s\n", text);
}

/* Where the files lie, and how to go on. */
static void scan_say_files(const struct scan_options *o, const struct supervisor_outcome *outcome)
{
	struct errmsg dir;

	if (o->quiet || !outcome->begun || strcmp(o->output, "-") == 0)
		return;
	errmsg_shown(&dir, o->output);
	fprintf(stderr, "results  %s/results.ndjson.zst\n", dir.text);
	if (outcome->complete)
		fprintf(stderr, "report   %s/report.txt, report.html, report.json\n", dir.text);
	else
		fputs("To continue this run, give the same command again with --resume\n", stderr);
}

/* What it costs whom, before anything is sent. */
static void scan_say_cost(const struct scan_options *o)
{
	struct resolver_list resolvers = {0};
	struct errmsg err;
	char text[COST_TEXT];

	if (o->quiet || o->resume)
		return;
	for (unsigned i = 0; i < o->inputs_n; i++)
		if (strcmp(o->inputs[i], "-") != 0 && access(o->inputs[i], R_OK) != 0)
			return; /* what cannot work costs nothing; the supervisor says why */
	if (scan_options_check(o, &resolvers, &err) == 0) {
		uint64_t names = cost_guess_names(o);
		cost_text(o, &resolvers, names, text);
		fprintf(stderr, "mtasweep scan: %s%s\n", names > 0 ? "about " : "", text);
		if (cost_warning(o, &resolvers, names, text))
			fprintf(stderr, "mtasweep scan: warning: %s\n", text);
	}
	resolver_list_release(&resolvers);
}

static int scan_supervise(struct scan_options *o, char **argv, struct errmsg *err)
{
	const struct supervisor_config config = {
		.options = o,
		.args = argv,
		.note = scan_note,
		.user = o,
	};
	struct supervisor_outcome outcome;
	char share[SHARE_TEXT];

	if (o->shards > 1) {
		share_text(o, share, sizeof(share));
		scan_note(o, false, share);
	}
	scan_say_cost(o);
	int rc = supervisor_run(&config, &outcome);

	scan_say_files(o, &outcome);
	*err = outcome.err;
	return rc;
}

static int scan_run(int argc, char **argv)
{
	struct scan_options options;
	struct errmsg err = {""};
	int rc = scan_args_parse(&options, argc, argv);

	if (rc != 0)
		return rc;
	if (options.output == NULL) {
		fputs("mtasweep scan: name the run directory to make with --output DIR "
		      "('-' writes NDJSON to standard output)\n",
		      stderr);
		return CMD_USAGE;
	}
	if (strcmp(options.inputs[0], "-") == 0 && isatty(STDIN_FILENO))
		fputs("mtasweep scan: reading domain names from the terminal (end with Ctrl-D)\n",
		      stderr);
	if (options.resume && scan_resume_seed(&options, &err) != 0) {
		fprintf(stderr, "mtasweep scan: %s\n", err.text);
		return CMD_USAGE;
	}
	if (!options.seed_given)
		options.seed = scan_options_draw_seed();
	rc = options.dry_run ? dry_run(&options, &err) : scan_supervise(&options, argv, &err);
	int status = rc & ~CMD_AT_ONCE;
	if (status == CMD_USAGE || status == CMD_FAILURE || status == CMD_NO_NAMES)
		fprintf(stderr, "mtasweep scan: %s\n", err.text);
	return rc;
}

const struct command cmd_scan = {
	.name = "scan",
	.summary = "scan every domain name of a list",
	.argp = &scan_argp,
	.run = scan_run,
};

/* cmd_scan.c - the subcommand `scan`: checks what was asked for and lets the supervisor run it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/run/results.h"
#include "output/run/runinfo.h"
#include "output/text/number.h"
#include "scanner/supervisor/checkpoint.h"
#include "scanner/base/privilege.h"
#include "scanner/base/stamp.h"
#include "scanner/cli/cmd.h"
#include "scanner/cli/dry_run.h"
#include "scanner/cli/host_join.h"
#include "scanner/cli/host_stage.h"
#include "scanner/cli/scan_args.h"
#include "scanner/options/cost.h"
#include "scanner/options/scan_config.h"
#include "scanner/pipe/proto.h"
#include "scanner/options/share.h"
#include "scanner/supervisor/supervisor.h"

/* Where a scan stands. */
enum scan_stage { STAGE_NAMES, STAGE_HOSTS, STAGE_FILES };

/* Whether the options mean the same scan; the supervisor asks the same about the names. */
static int scan_same_options(const struct scan_options *o, const struct checkpoint *c,
			     struct errmsg *err)
{
	struct resolver_list resolvers = {0};
	int rc = scan_options_resolvers(o, &resolvers, err);

	if (rc == 0) {
		char *configuration = scan_config_json(o, &resolvers);
		rc = configuration == NULL ? errmsg_set(err, "out of memory")
					   : checkpoint_check_options(c, configuration, err);
		free(configuration);
	}
	resolver_list_release(&resolvers);
	return rc;
}

/* A run that drew its own seed goes on with it. */
static int scan_resume(struct scan_options *o, enum scan_stage *stage, struct errmsg *err)
{
	struct checkpoint c;
	int rc = 0;

	if (strcmp(o->output, "-") == 0)
		return errmsg_set(err, "--resume wants the run directory of an interrupted run");
	if (checkpoint_read(o->output, &c, err) != 0)
		return -1;
	if (!o->seed_given) {
		o->seed = c.seed;
		o->seed_given = true;
	}
	if (host_join_pending(o->output)) {
		*stage = STAGE_FILES;
	} else if (c.names_done) {
		*stage = STAGE_HOSTS;
		rc = scan_same_options(o, &c, err);
	}
	checkpoint_release(&c);
	return rc;
}

static void scan_note(void *user, bool important, const char *text)
{
	const struct scan_options *o = user;
	char stamp[STAMP_MAX];

	if (important || !o->quiet)
		fprintf(stderr, "%smtasweep scan: %s\n", stamp_now(STDERR_FILENO, stamp), text);
}

static bool scan_from_pipe(const struct scan_options *o)
{
	for (size_t i = 0; i < o->inputs_n; i++)
		if (strcmp(o->inputs[i], "-") == 0)
			return true;
	return false;
}

/* As it can be typed: this program may stand in no search path. */
static const char *scan_program(struct errmsg *program)
{
	bool path = strchr(program_invocation_name, '/') != NULL;

	return errmsg_typed(program, path ? program_invocation_name : "mtasweep");
}

static void scan_say_resume(const struct scan_options *o, const char *dir, bool piped)
{
	struct errmsg program, to;

	if (!o->quiet)
		fprintf(stderr, "To continue this run%s: %s%s scan --resume -o %s\n",
			piped ? ", with the same list" : "", piped ? "... | " : "",
			scan_program(&program), errmsg_typed(&to, dir));
}

/* Where MX hosts are visited yet, more may be seen to. */
static void scan_say_losing(const struct scan_options *o, uint64_t losing)
{
	struct errmsg program, dir;

	if (losing > 0 && !scan_visits_hosts(o))
		fprintf(stderr,
			"%s %s mail now: %s report --by name --select impact=mail_loss %s\n",
			number_grouped(losing).s, number_word(losing, "name loses", "names lose"),
			scan_program(&program), errmsg_typed(&dir, o->output));
}

/* Where the files lie, and how to go on. */
static void scan_say_files(const struct scan_options *o, const struct supervisor_outcome *outcome)
{
	struct errmsg dir;

	if (o->quiet || !outcome->begun || strcmp(o->output, "-") == 0)
		return;
	errmsg_shown(&dir, o->output);
	fprintf(stderr, "results  %s/results.ndjson.zst\n", dir.text);
	if (!outcome->complete) {
		scan_say_resume(o, o->output, scan_from_pipe(o));
		return;
	}
	fprintf(stderr, "report   %s/report.txt, report.html, report.json\n", dir.text);
	scan_say_losing(o, outcome->losing);
}

/* What it costs whom, before anything is sent. */
static void scan_say_cost(const struct scan_options *o)
{
	struct resolver_list resolvers = {0};
	struct errmsg err;
	char text[COST_TEXT];

	if (o->quiet || o->resume)
		return;
	if (scan_options_check(o, &resolvers, &err) == 0) {
		uint64_t names = cost_guess_names(o);
		cost_text(o, &resolvers, names, text);
		fprintf(stderr, "mtasweep scan: %s%s\n", names > 0 ? "about " : "", text);
		if (scan_visits_hosts(o)) {
			cost_hosts_text(o, text);
			fprintf(stderr, "mtasweep scan: %s\n", text);
		}
		if (cost_warning(o, &resolvers, names, text))
			fprintf(stderr, "mtasweep scan: warning: %s\n", text);
	}
	resolver_list_release(&resolvers);
}

/* What is refused costs nothing: this is told of a run that begins. */
static void scan_say_begin(void *user)
{
	const struct scan_options *o = user;
	char share[SHARE_TEXT];

	if (o->shards > 1) {
		share_text(o, share, sizeof(share));
		scan_note(user, false, share);
	}
	scan_say_cost(o);
}

/* ---- MX hosts ---------------------------------------------------------------------------- */

static void scan_say_hosts(const struct host_stage *s)
{
	const struct host_plan_totals *t = &s->outcome.totals;
	struct errmsg dir;

	if (s->options->quiet)
		return;
	fprintf(stderr,
		"%u MX hosts: %u visited now, with %u connections; %u said \"later\", %u refuse "
		"us\n"
		"hosts    %s/hosts.ndjson.zst\n",
		host_table_n(s->table), t->over, t->visits, t->retried, t->blocked,
		errmsg_shown(&dir, s->to));
}

static int scan_visit(struct host_stage *s)
{
	char cost[HOST_STAGE_TEXT];
	int rc = host_stage_read(s);

	if (rc == CMD_OK)
		rc = host_stage_recall(s);
	if (rc == CMD_OK && host_stage_cost(s, cost) != 0)
		rc = CMD_FAILURE;
	if (rc == CMD_OK && !s->options->quiet)
		fprintf(stderr, "mtasweep scan: %s\n", cost);
	if (rc == CMD_OK)
		rc = host_stage_visit(s);
	if (rc == CMD_OK)
		rc = host_stage_join(s);
	if (rc == CMD_OK)
		scan_say_hosts(s);
	else if (rc == CMD_STOPPED)
		scan_say_resume(s->options, s->to, false);
	return rc;
}

/* All names have their records: their MX hosts are visited, and the records judged with them. The
 * checkpoint says until the end that this is to be done. */
static int scan_hosts(const struct scan_options *o, char **argv, enum scan_stage stage,
		      struct errmsg *err)
{
	static char worker[] = PROTO_COMMAND_SCAN_HOSTS;
	const char *const run[] = {o->output};
	struct results held; /* its lock keeps others off the run */
	struct host_stage s = {
		.options = o,
		.command = "scan",
		.worker = worker,
		.args = argv,
		.from = run,
		.from_n = 1,
		.to = o->output,
		.in_place = true,
	};
	int rc = results_reopen(&held, o->output, err) == 0 ? CMD_OK : CMD_FAILURE;

	if (rc != CMD_OK)
		return rc;
	if (stage == STAGE_FILES) {
		rc = host_join_finish(o->output, err) == 0 ? CMD_OK : CMD_FAILURE;
	} else {
		rc = scan_visit(&s);
		*err = s.err;
	}
	if (rc == CMD_OK)
		checkpoint_remove(o->output);
	results_close(&held, NULL);
	host_stage_close(&s);
	return rc;
}

/* ---- names ------------------------------------------------------------------------------- */

static int scan_supervise(struct scan_options *o, char **argv, struct errmsg *err)
{
	const struct supervisor_config config = {
		.options = o,
		.args = argv,
		.note = scan_note,
		.begin = scan_say_begin,
		.user = o,
	};
	struct supervisor_outcome outcome;
	int rc = supervisor_run(&config, &outcome);

	scan_say_files(o, &outcome);
	*err = outcome.err;
	if ((rc & CMD_AT_ONCE) != 0 || !outcome.complete || rc == CMD_FAILURE ||
	    !scan_visits_hosts(o))
		return rc;
	int hosts = scan_hosts(o, argv, STAGE_HOSTS, err);
	if (hosts != CMD_OK)
		return hosts;
	*err = outcome.err; /* of a list that is none, say */
	return rc;
}

static int scan_begin(struct scan_options *o, char **argv)
{
	struct errmsg err = {""};
	enum scan_stage stage = STAGE_NAMES;
	int rc;

	if (o->output == NULL) {
		fputs("mtasweep scan: name the run directory to make with --output DIR "
		      "('-' writes NDJSON to standard output)\n",
		      stderr);
		return CMD_USAGE;
	}
	if (o->resume && scan_resume(o, &stage, &err) != 0) {
		fprintf(stderr, "mtasweep scan: %s\n", err.text);
		return CMD_USAGE;
	}
	if (o->resume && stage == STAGE_NAMES && scan_from_pipe(o) && isatty(STDIN_FILENO)) {
		fputs("mtasweep scan: the list of this run came from standard input; give it the "
		      "same "
		      "again: ... | mtasweep scan --resume\n",
		      stderr);
		return CMD_USAGE;
	}
	if (stage == STAGE_NAMES && scan_from_pipe(o) && isatty(STDIN_FILENO))
		fputs("mtasweep scan: reading domain names from the terminal (end with Ctrl-D)\n",
		      stderr);
	if (!o->seed_given)
		o->seed = scan_options_draw_seed();
	if (o->dry_run)
		rc = dry_run(o, &err);
	else if (stage != STAGE_NAMES)
		rc = scan_hosts(o, argv, stage, &err);
	else
		rc = scan_supervise(o, argv, &err);
	int status = rc & ~CMD_AT_ONCE;
	if (status == CMD_USAGE || status == CMD_FAILURE || status == CMD_NO_NAMES)
		fprintf(stderr, "mtasweep scan: %s\n", err.text);
	return rc;
}

/* Options that say where and how loud, and not how to scan; 2: a value of its own follows. */
static int scan_says_nothing_new(const char *arg)
{
	static const char *const alone[] = {"--resume", "-q",	     "--quiet",
					    "-v",	"--verbose", "--dry-run"};
	static const char *const valued[] = {"-o", "--output", "--progress"};

	for (size_t i = 0; i < sizeof(alone) / sizeof(*alone); i++)
		if (strcmp(arg, alone[i]) == 0)
			return 1;
	for (size_t i = 0; i < sizeof(valued) / sizeof(*valued); i++)
		if (strcmp(arg, valued[i]) == 0)
			return 2;
	return strncmp(arg, "--output=", 9) == 0 || strncmp(arg, "--progress=", 11) == 0;
}

/* What is given now changes the rest of the run, and every later --resume. */
static void scan_say_added(const struct scan_options *o, int argc, char **argv)
{
	struct errmsg shown;
	bool said = false;

	for (int i = 1; i < argc && !o->quiet; i++) {
		int skip = scan_says_nothing_new(argv[i]);
		if (skip > 0) {
			i += skip - 1;
			continue;
		}
		fprintf(stderr, "%s %s",
			said ? ""
			     : "mtasweep scan: the run keeps its options; from here on it also has",
			errmsg_shown(&shown, argv[i]));
		said = true;
	}
	if (said)
		fputc('\n', stderr);
}

/*
 * Relative paths of a run's command line are from where it was begun. Its own place is then named
 * as a whole in to[], of PATH_MAX bytes. Whether this process went there; where that folder is no
 * more, or is this one, it stays.
 */
static bool scan_go_where_begun(const char *folder, const char *output, char *to)
{
	char here[PATH_MAX];
	bool elsewhere =
		folder[0] == '/' && getcwd(here, sizeof(here)) != NULL && strcmp(here, folder) != 0;

	return elsewhere && realpath(output, to) != NULL && chdir(folder) == 0;
}

/*
 * With --resume and without a list the run knows its command line itself: what is given now stands
 * behind it, so that it counts. Also the workers', so *argv becomes the whole; both it and what it
 * points to live in *before and in place, of PATH_MAX bytes. 0, or an enum cmd_exit to leave with.
 */
static int scan_recall(struct scan_options *o, int argc, char ***argv, struct runinfo *before,
		       char *place)
{
	static char output[] = "-o";
	struct errmsg err;
	unsigned n = 0;

	if (runinfo_read(o->output, before, &err) != 0 || before->args_n == 0)
		return 0; /* whoever reads the checkpoint says what is missing */
	if (before->args_n == RUNINFO_ARGS_MAX) {
		fprintf(stderr,
			"mtasweep scan: %s/run.json does not hold the whole command line; "
			"give it again with --resume\n",
			errmsg_shown(&err, o->output));
		runinfo_release(before);
		return CMD_USAGE;
	}
	char **whole = calloc(before->args_n + (size_t)argc + 3, sizeof(*whole));
	if (whole == NULL) {
		runinfo_release(before);
		return CMD_FAILURE;
	}
	whole[n++] = (*argv)[0];
	for (unsigned i = 1; i < before->args_n; i++)
		whole[n++] = (char *)(uintptr_t)before->args[i];
	for (int i = 1; i < argc; i++)
		whole[n++] = (*argv)[i];
	if (scan_go_where_begun(before->folder, o->output, place)) {
		whole[n++] = output;
		whole[n++] = place;
	}
	scan_say_added(o, argc, *argv);
	*argv = whole;
	/* How loud the session before was is nothing that the run keeps. */
	const bool quiet = o->quiet, verbose = o->verbose;
	const enum scan_progress progress = o->progress;
	int rc = scan_args_parse(o, (int)n, whole);
	o->quiet = quiet;
	o->verbose = verbose;
	o->progress = progress;
	return rc;
}

static int scan_run(int argc, char **argv)
{
	struct scan_options options;
	struct runinfo before = {0};
	char **given = argv, place[PATH_MAX];
	int rc = scan_args_parse(&options, argc, argv);

	if (rc != 0)
		return rc;
	privilege_keep_files();
	bool alone = options.resume && options.output != NULL && strcmp(options.output, "-") != 0 &&
		     !options.inputs_given;
	if (alone)
		rc = scan_recall(&options, argc, &argv, &before, place);
	if (rc == 0)
		rc = scan_begin(&options, argv);
	if (argv != given)
		free(argv);
	runinfo_release(&before);
	return rc;
}
const struct command cmd_scan = {
	.name = "scan",
	.summary = "scan every domain name of a list",
	.argp = &scan_argp,
	.run = scan_run,
};

/* cmd_recheck.c - `mtasweep recheck`: today's rules over stored answers, without a packet. */
#include <stdio.h>
#include <stdlib.h>

#include "scanner/cli/cmd.h"
#include "scanner/cli/run_rewrite.h"

enum recheck_option { OPTION_OUTPUT = 'o', OPTION_SEVERITY = 's', OPTION_CERT_DAYS = 256 };

struct recheck {
	const char *from;
	struct judge_config judge;
	struct run_rewrite rewrite;
};

static error_t recheck_parse(int key, char *arg, struct argp_state *state)
{
	struct recheck *r = state->input;

	switch (key) {
	case OPTION_OUTPUT:
		r->rewrite.to = arg;
		return 0;
	case OPTION_SEVERITY:
		cmd_severity(state, &r->judge, arg);
		return 0;
	case OPTION_CERT_DAYS:
		cmd_cert_days(state, &r->judge, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (r->from != NULL)
			cmd_refuse(state, "one run at a time");
		r->from = arg;
		return 0;
	case ARGP_KEY_END:
		if (r->from == NULL)
			cmd_refuse(state,
				   "which run? Give the directory that `mtasweep scan -o` wrote");
		if (r->rewrite.to == NULL)
			cmd_refuse(state, "where to? Give a new directory with --output");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option recheck_options[] = {
	{"output", OPTION_OUTPUT, "DIR", 0, "The new run directory; must not exist", 0},
	{"severity", OPTION_SEVERITY, CMD_SEVERITY, 0},
	{"cert-days", OPTION_CERT_DAYS, CMD_CERT_DAYS, 0},
	{0},
};

static const struct argp recheck_argp = {
	.options = recheck_options,
	.parser = recheck_parse,
	.args_doc = "RUN",
	.doc = "Judges the stored raw answers of a run again with this version's rules and writes "
	       "a new run. "
	       "Nothing is sent to the network; times stay those of the scan. A directory of "
	       "shards becomes one run.\v"
	       "Exit status: 0 done, 2 wrong usage or an unreadable run, 3 our own failure.\n\n"
	       "Examples:\n"
	       "  mtasweep recheck run-2026-10 -o run-2026-10-again\n"
	       "  mtasweep diff run-2026-10 run-2026-10-again\n"
	       "  mtasweep recheck run-2026-10 -o stricter -s policy_max_age_short=error",
};

static int recheck_run(int argc, char **argv)
{
	struct recheck *r = calloc(1, sizeof(*r));
	struct errmsg err = {""};

	if (r == NULL) {
		fputs("mtasweep recheck: no memory\n", stderr);
		return CMD_FAILURE;
	}
	judge_config_init(&r->judge);
	argp_err_exit_status = CMD_USAGE;
	argp_parse(&recheck_argp, argc, argv, 0, NULL, r);
	struct run_rewrite *w = &r->rewrite;
	w->from = &r->from;
	w->from_n = 1;
	w->what = "rechecked";
	w->args = argv;
	w->args_n = (unsigned)argc;
	w->judge = &r->judge;
	int status = run_rewrite_open(w, &err) == 0 ? run_rewrite_all(w, &err) : CMD_FAILURE;
	for (unsigned i = 0; i < w->remarks.n; i++)
		fprintf(stderr, "mtasweep recheck: %s\n", w->remarks.v[i]);
	if (status != CMD_OK)
		fprintf(stderr, "mtasweep recheck: %s\n", err.text);
	else
		printf("%llu records judged again, %llu with another verdict\nresults  "
		       "%s/results.ndjson.zst\n",
		       (unsigned long long)w->records, (unsigned long long)w->changed, w->to);
	run_rewrite_close(w);
	free(r);
	return status;
}

const struct command cmd_recheck = {
	.name = "recheck",
	.summary = "judge the stored answers of a run again with today's rules",
	.argp = &recheck_argp,
	.run = recheck_run,
};

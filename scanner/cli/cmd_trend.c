/* cmd_trend.c - `mtasweep trend`: any number of runs in time order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/trend/trend_print.h"
#include "scanner/cli/cmd.h"

enum trend_option { OPTION_FORMAT = 'f', OPTION_CHURN = 'c', OPTION_SAME = 's' };

#define TREND_FORMATS "text|csv|json|html"

typedef int trend_printer(FILE *out, const struct trend *t, const struct remarks *remarks);
static trend_printer *const printers[] = {trend_text, trend_csv, trend_json, trend_html};

struct trend_args {
	const char **runs;
	unsigned runs_n;
	unsigned format; /* of printers */
	struct trend_options options;
};

static error_t trend_parse(int key, char *arg, struct argp_state *state)
{
	struct trend_args *a = state->input;
	int word;

	switch (key) {
	case OPTION_FORMAT:
		word = cmd_word(TREND_FORMATS, arg);
		if (word < 0)
			cmd_refuse(state, "no format '%s'; there are " TREND_FORMATS, arg);
		a->format = (unsigned)word;
		return 0;
	case OPTION_CHURN:
		a->options.churn = true;
		return 0;
	case OPTION_SAME:
		a->options.same_names = true;
		return 0;
	case ARGP_KEY_ARG:
		if (strcmp(arg, "-") == 0)
			cmd_refuse(state, "a trend reads runs, not standard input");
		a->runs[a->runs_n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->runs_n < 2)
			cmd_refuse(state, "which runs? Give two or more that `mtasweep scan -o` "
					  "wrote, in any order");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option trend_options[] = {
	{"format", OPTION_FORMAT, TREND_FORMATS, 0,
	 "text (default): 80 columns; csv: a row a value; json; html: a page with charts", 0},
	{"churn", OPTION_CHURN, NULL, 0,
	 "Read the records, too, and count what happened to single names: new, gone, adopted, "
	 "dropped, downgraded, broken, repaired and within how long, policies that changed without "
	 "their id, certificates that were replaced in time",
	 0},
	{"same-names", OPTION_SAME, NULL, 0,
	 "Count only names that are in all runs: for lists that change. Reads the records", 0},
	{0},
};

static const struct argp trend_argp = {
	.options = trend_options,
	.parser = trend_parse,
	.args_doc = "RUN...",
	.doc = "Shows how adoption, modes, failures and operators went over any number of runs, in "
	       "the order of their times. RUN is a run directory, a directory of shards with a "
	       "merged report, or a report.json.\v"
	       "The numbers are those of the runs' reports, so it takes seconds. With --churn or "
	       "--same-names all records are read once and sorted by name: memory is bounded, what "
	       "does not fit waits in a temporary file in $TMPDIR (else /var/tmp).\n\n"
	       "Exit status: 0 done, 2 wrong usage or an unreadable run, 3 our own failure.\n\n"
	       "Examples:\n"
	       "  mtasweep trend run-2026-* | less\n"
	       "  mtasweep trend -f html run-2026-* >trend.html\n"
	       "  mtasweep trend -f csv --same-names run-2026-* >trend.csv\n"
	       "  mtasweep trend -f json --churn run-2026-1? | jq .tables.churn_mta_sts",
};

/* enum cmd_exit. */
static int trend_all(struct trend *t, const struct trend_args *a, struct remarks *remarks,
		     struct errmsg *err)
{
	if (trend_build(t, a->runs, a->runs_n, &a->options, remarks, err) != 0)
		return CMD_USAGE;
	if (printers[a->format](stdout, t, remarks) != 0 || fflush(stdout) != 0) {
		errmsg_set(err, "standard output cannot be written");
		return CMD_FAILURE;
	}
	return CMD_OK;
}

static int trend_run(int argc, char **argv)
{
	struct trend_args a = {.runs = calloc((size_t)argc, sizeof(*a.runs)),
			       .options = {.threads = cmd_threads()}};
	struct trend *t = trend_new();
	struct remarks remarks = {0};
	struct errmsg err = {"no memory"};
	int status = CMD_FAILURE;

	argp_err_exit_status = CMD_USAGE;
	if (t != NULL && a.runs != NULL) {
		argp_parse(&trend_argp, argc, argv, 0, NULL, &a);
		status = trend_all(t, &a, &remarks, &err);
	}
	for (unsigned i = 0; i < remarks.n && printers[a.format] != trend_text; i++)
		fprintf(stderr, "mtasweep trend: %s\n", remarks.v[i]);
	if (status != CMD_OK)
		fprintf(stderr, "mtasweep trend: %s\n", err.text);
	remarks_release(&remarks);
	trend_free(t);
	free(a.runs);
	return status;
}

const struct command cmd_trend = {
	.name = "trend",
	.summary = "any number of runs in time order: adoption, modes, failures, churn",
	.argp = &trend_argp,
	.run = trend_run,
};

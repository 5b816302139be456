/* cmd_diff.c - `mtasweep diff`: what changed between two runs, domain by domain and in total. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output/diff/diff_print.h"
#include "output/run/select.h"
#include "scanner/cli/cmd.h"

enum diff_option { OPTION_FORMAT = 'f', OPTION_SELECT = 's', OPTION_FAIL_ON = 1024 };

struct diff_args {
	const char *runs[2];
	unsigned runs_n;
	enum diff_format format;
	const char *select;
	bool fail_on_worse;
};

#define DIFF_FORMATS "text|json|csv|ndjson"

/* 0, or -1 for a word that is none. */
static int diff_format_of(const char *arg, enum diff_format *format)
{
	static const enum diff_format formats[] = {DIFF_TEXT, DIFF_JSON, DIFF_CSV, DIFF_NDJSON};
	int word = cmd_word(DIFF_FORMATS, arg);

	if (word < 0)
		return -1;
	*format = formats[word];
	return 0;
}

static error_t diff_parse(int key, char *arg, struct argp_state *state)
{
	struct diff_args *a = state->input;

	switch (key) {
	case OPTION_FORMAT:
		if (diff_format_of(arg, &a->format) != 0)
			cmd_refuse(state, "no format '%s'; there are " DIFF_FORMATS, arg);
		return 0;
	case OPTION_SELECT:
		a->select = arg;
		return 0;
	case OPTION_FAIL_ON:
		if (strcmp(arg, "worse") != 0)
			cmd_refuse(state, "--fail-on worse, not '%s'", arg);
		a->fail_on_worse = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->runs_n == 2)
			cmd_refuse(state, "two runs at a time: OLD NEW");
		a->runs[a->runs_n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->runs_n < 2)
			cmd_refuse(state, "which runs? Give two directories that `mtasweep scan "
					  "-o` wrote, the older one first");
		if (strcmp(a->runs[0], "-") == 0 && strcmp(a->runs[1], "-") == 0)
			cmd_refuse(state, "only one of the runs can be standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option diff_options[] = {
	{"format", OPTION_FORMAT, DIFF_FORMATS, 0,
	 "text (default): the names, what is worse first, and the totals; json: the totals; csv, "
	 "ndjson: the names",
	 0},
	{"select", OPTION_SELECT, "CONDITIONS", 0,
	 "Only names whose record meets all conditions in one of the runs; see mtasweep report "
	 "--help",
	 0},
	{"fail-on", OPTION_FAIL_ON, "worse", 0,
	 "End with status 1 when a name loses mail now or is worse than before", 0},
	{0},
};

static const struct argp diff_argp = {
	.options = diff_options,
	.parser = diff_parse,
	.args_doc = "OLD NEW",
	.doc = "Shows what changed between two runs: verdicts, ids, modes, policies, report "
	       "destinations and findings, domain by domain and in total. OLD and NEW are run "
	       "directories, directories of shards, files of records, or - for standard input.\v"
	       "A name that one of the runs could not conclude about, because of a temporary "
	       "failure, has not changed: it is counted apart. So is a name that one of them did "
	       "not "
	       "scan, because it is a shard, a sample or was stopped. Memory is bounded: what does "
	       "not "
	       "fit is sorted in a temporary file in $TMPDIR (else /var/tmp).\n\n"
	       "Worse is what loses mail or protection, or has a new finding of severity error.\n\n"
	       "Exit status: 0 done, 1 with --fail-on when a name is worse, 2 wrong usage or an "
	       "unreadable run, 3 our own failure.\n\n"
	       "Examples:\n"
	       "  mtasweep diff run-2026-10 run-2026-11 | less\n"
	       "  mtasweep diff --fail-on worse yesterday today || ./call\n"
	       "  mtasweep diff --select tag=acme yesterday today\n"
	       "  mtasweep diff -f json run-2026-10 run-2026-11 | jq .names\n"
	       "  mtasweep diff -f csv yesterday today >changes.csv",
};

/* enum cmd_exit. */
static int diff_all(const struct diff_args *a, struct diff_totals *totals, struct remarks *remarks,
		    struct errmsg *err)
{
	struct diff_printer printer;
	struct select select;
	enum diff_status status = DIFF_FAILED;

	if (a->select != NULL && select_parse(&select, a->select, time(NULL), err) != 0)
		return CMD_USAGE;
	if (diff_print_begin(&printer, stdout, a->format) != 0)
		errmsg_set(err, "no temporary file can be had");
	else
		status = diff_runs(a->runs, a->select != NULL ? &select : NULL, DIFF_MEMORY,
				   diff_print_change, &printer, totals, remarks, err);
	if (status == DIFF_DONE)
		diff_print_totals(&printer, a->runs, totals, remarks);
	if (diff_print_end(&printer) != 0 && status == DIFF_DONE) {
		errmsg_set(err, "standard output cannot be written");
		status = DIFF_FAILED;
	}
	bool worse = totals->directions[DIFF_LOSS] + totals->directions[DIFF_WORSE] > 0;
	if (status == DIFF_DONE)
		return a->fail_on_worse && worse ? CMD_FINDINGS : CMD_OK;
	return status == DIFF_FAILED ? CMD_FAILURE : CMD_USAGE;
}

static int diff_run(int argc, char **argv)
{
	struct diff_args a = {.format = DIFF_TEXT};
	struct diff_totals *totals = calloc(1, sizeof(*totals));
	struct remarks remarks = {0};
	struct errmsg err = {"no memory"};
	int status = CMD_FAILURE;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&diff_argp, argc, argv, 0, NULL, &a);
	if (totals != NULL)
		status = diff_all(&a, totals, &remarks, &err);
	for (unsigned i = 0; i < remarks.n; i++)
		fprintf(stderr, "mtasweep diff: %s\n", remarks.v[i]);
	if (status != CMD_OK && status != CMD_FINDINGS)
		fprintf(stderr, "mtasweep diff: %s\n", err.text);
	remarks_release(&remarks);
	free(totals);
	return status;
}

const struct command cmd_diff = {
	.name = "diff",
	.summary = "what changed between two runs, domain by domain and in total",
	.argp = &diff_argp,
	.run = diff_run,
};

/* cmd_report.c - `mtasweep report`: the aggregate of stored runs, and lists of names picked from
 * them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output/report/report_build.h"
#include "output/report/report_kit.h"
#include "output/run/select.h"
#include "scanner/cli/cmd.h"

enum report_option {
	OPTION_OUTPUT = 'o',
	OPTION_FORMAT = 'f',
	OPTION_SELECT = 's',
	OPTION_FIGURES = 256,
	OPTION_TITLE,
};

#define REPORT_FORMATS "text|json|html|csv|ndjson"

/* In this order, then none. */
enum report_format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_HTML,
	FORMAT_CSV,
	FORMAT_NDJSON,
	FORMAT_NONE
};

struct report_args {
	const char *output;
	const char *select;
	const char *title;
	bool figures;
	enum report_format format;
	const char **runs;
	unsigned runs_n;
};

static enum report_format report_format_of(const char *arg)
{
	int word = cmd_word(REPORT_FORMATS, arg);

	return word < 0 ? FORMAT_NONE : (enum report_format)word;
}

static void report_check(struct argp_state *state, struct report_args *a)
{
	bool listing = a->format == FORMAT_CSV || a->format == FORMAT_NDJSON;

	if (a->runs_n == 0)
		cmd_refuse(state, "which run? Give the directory that `mtasweep scan -o` wrote");
	if (a->select != NULL && a->format == FORMAT_NONE)
		a->format = FORMAT_CSV;
	else if (a->select != NULL && !listing)
		cmd_refuse(state, "--select lists names as csv or ndjson");
	else if (a->select == NULL && listing)
		cmd_refuse(state, "csv and ndjson are for --select");
	if (a->select != NULL && a->output != NULL)
		cmd_refuse(state,
			   "--select writes to standard output; redirect it instead of --output");
	if (a->output != NULL && a->format != FORMAT_NONE)
		cmd_refuse(state, "--output writes all three formats; leave --format out");
	if (a->figures && a->output == NULL)
		cmd_refuse(state, "--figures writes files: say where with --output DIR");
	if (a->select != NULL && a->title != NULL)
		cmd_refuse(state, "--title is for the report, and --select lists names");
	if (a->format == FORMAT_NONE)
		a->format = FORMAT_TEXT;
}

static error_t report_parse(int key, char *arg, struct argp_state *state)
{
	struct report_args *a = state->input;

	switch (key) {
	case OPTION_OUTPUT:
		a->output = arg;
		return 0;
	case OPTION_FIGURES:
		a->figures = true;
		return 0;
	case OPTION_TITLE:
		a->title = arg;
		return 0;
	case OPTION_SELECT:
		a->select = arg;
		return 0;
	case OPTION_FORMAT:
		a->format = report_format_of(arg);
		if (a->format == FORMAT_NONE)
			cmd_refuse(state, "no format '%s'; there are " REPORT_FORMATS, arg);
		return 0;
	case ARGP_KEY_ARG:
		a->runs[a->runs_n++] = arg;
		return 0;
	case ARGP_KEY_END:
		report_check(state, a);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option report_options[] = {
	{"output", OPTION_OUTPUT, "DIR", 0,
	 "Write report.json, report.txt and report.html into DIR (made if need be)", 0},
	{"figures", OPTION_FIGURES, NULL, 0,
	 "With --output, too: figures/ (SVG and PDF), tables/ (CSV and LaTeX), METHOD.md and "
	 "CODEBOOK.md for a paper",
	 0},
	{"title", OPTION_TITLE, "TEXT", 0, "Title of the report, in place of the number of names",
	 0},
	{"format", OPTION_FORMAT, REPORT_FORMATS, 0,
	 "To standard output: text (default), json or html; with --select csv (default) or ndjson",
	 0},
	{"select", OPTION_SELECT, "CONDITIONS", 0,
	 "List the names that meet all conditions, with finding and fix", 0},
	{0},
};

static const struct argp report_argp = {
	.options = report_options,
	.parser = report_parse,
	.args_doc = "RUN...",
	.doc = "Makes the report from stored records: of one run, or of several runs or shards "
	       "together. RUN is a "
	       "run directory, a directory that holds the shards of one (shard-K-of-N), a file of "
	       "records, or - for standard input.\v"
	       "CONDITIONS are KEY=VALUE, KEY!=VALUE, KEY<N or KEY>N with commas between, where "
	       "KEY is a key of "
	       "the record with dots (mtasweep schema markdown lists them) and null is a VALUE.\n\n"
	       "Examples:\n"
	       "  mtasweep report run | less\n"
	       "  mtasweep report -o run-2026-11/merged run-2026-11\n"
	       "  mtasweep report -o merged part1 part2 part3\n"
	       "  mtasweep report -o paper --figures --title 'MTA-STS in .example, 2026' run\n"
	       "  mtasweep report -f json run | jq .tables.verdicts\n"
	       "  mtasweep report --select impact=mail_loss run >urgent.csv\n"
	       "  mtasweep report --select 'verdict=broken,policy.stage=tls,tag=acme' run\n"
	       "  mtasweep report --select issues.code=policy_cert_expired -f ndjson run",
};

static int report_fail(const struct errmsg *err, int status)
{
	fprintf(stderr, "mtasweep report: %s\n", err->text);
	return status;
}

static int report_list(const struct report_args *a)
{
	struct select query;
	struct errmsg err;

	if (select_parse(&query, a->select, &err) != 0)
		return report_fail(&err, CMD_USAGE);
	struct remarks remarks = {0};
	int rc = select_list(&query, a->runs, a->runs_n, a->format == FORMAT_NDJSON, stdout,
			     &remarks, &err);
	for (unsigned i = 0; i < remarks.n; i++)
		fprintf(stderr, "mtasweep report: %s\n", remarks.v[i]);
	remarks_release(&remarks);
	if (rc == 0)
		return CMD_OK;
	return report_fail(&err, ferror(stdout) != 0 ? CMD_FAILURE : CMD_USAGE);
}

/* Made if need be. An enum cmd_exit. */
static int report_directory(const char *path, struct errmsg *err)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return CMD_OK;
	int why = errno;
	if (why == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return CMD_OK;
	errmsg_set(err, "%s cannot be made: %s", path, strerror(why));
	return status_of_directory(why);
}

static int report_print(const struct report_args *a, const struct report_build *b)
{
	struct errmsg err;
	int rc;

	if (a->output != NULL) {
		int status = report_directory(a->output, &err);
		if (status != CMD_OK)
			return report_fail(&err, status);
		if (report_write(a->output, b->a, &b->meta, &err) != 0)
			return report_fail(&err, CMD_FAILURE);
		if (a->figures && report_kit(a->output, b->a, &b->meta, &err) != 0)
			return report_fail(&err, CMD_FAILURE);
		return CMD_OK;
	}
	if (a->format == FORMAT_JSON)
		rc = report_json(stdout, b->a, &b->meta);
	else if (a->format == FORMAT_HTML)
		rc = report_html(stdout, b->a, &b->meta);
	else
		rc = report_text(stdout, b->a, &b->meta);
	if (rc != 0) {
		errmsg_set(&err, "standard output cannot be written");
		return report_fail(&err, CMD_FAILURE);
	}
	return CMD_OK;
}

static int report_run(int argc, char **argv)
{
	struct report_args a = {.format = FORMAT_NONE};
	struct report_build *b = calloc(1, sizeof(*b));
	struct errmsg err;
	int status;

	a.runs = calloc((size_t)argc, sizeof(*a.runs));
	if (a.runs == NULL || b == NULL) {
		errmsg_set(&err, "no memory");
		status = report_fail(&err, CMD_FAILURE);
	} else {
		argp_err_exit_status = CMD_USAGE;
		argp_parse(&report_argp, argc, argv, 0, NULL, &a);
		if (a.select != NULL)
			status = report_list(&a);
		else if (report_build(b, a.runs, a.runs_n, cmd_threads(), &err) != 0)
			status = report_fail(&err, CMD_USAGE);
		else {
			b->meta.title = a.title;
			status = report_print(&a, b);
		}
		for (unsigned i = 0; i < b->remarks.n && a.format != FORMAT_TEXT; i++)
			fprintf(stderr, "mtasweep report: %s\n", b->remarks.v[i]);
		report_build_release(b);
	}
	free(a.runs);
	free(b);
	return status;
}

const struct command cmd_report = {
	.name = "report",
	.summary = "(re)build the report from stored runs, merge shards, list names",
	.argp = &report_argp,
	.run = report_run,
};

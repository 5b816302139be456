/* cmd_report.c - `mtasweep report`: the aggregate of stored runs, and lists of names picked from
 * them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "output/list/list.h"
#include "output/list/sheet.h"
#include "output/report/report_build.h"
#include "output/report/report_kit.h"
#include "scanner/check/check_view.h"
#include "scanner/cli/cmd.h"

enum report_option {
	OPTION_OUTPUT = 'o',
	OPTION_FORMAT = 'f',
	OPTION_SELECT = 's',
	OPTION_FIGURES = 256,
	OPTION_TITLE,
	OPTION_BY,
	OPTION_COLUMNS,
	OPTION_SORT,
	OPTION_EXPIRING,
	OPTION_SHEET,
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
	struct select_texts select;
	const char *title;
	const char *columns, *sort, *expiring;
	bool figures, sheet;
	bool by_given;
	enum list_by by;
	bool listing; /* names, not the report */
	enum report_format format;
	const char **runs;
	unsigned runs_n;
};

static enum report_format report_format_of(const char *arg)
{
	int word = cmd_word(REPORT_FORMATS, arg);

	return word < 0 ? FORMAT_NONE : (enum report_format)word;
}

#define REPORT_BY "finding|name|tag" /* as enum list_by */

/* What lists names. */
static void report_check_list(struct argp_state *state, struct report_args *a)
{
	bool rows = a->format == FORMAT_CSV || a->format == FORMAT_NDJSON;

	if (a->format == FORMAT_NONE)
		a->format = FORMAT_CSV;
	else if (!rows)
		cmd_refuse(state, "--select lists names as csv or ndjson");
	if (a->output != NULL)
		cmd_refuse(state,
			   "--select writes to standard output; redirect it instead of --output");
	if (a->title != NULL)
		cmd_refuse(state, "--title is for the report, and --select lists names");
	if (a->by == LIST_BY_TAG && (a->columns != NULL || a->sort != NULL))
		cmd_refuse(state, "--by tag has columns and an order of its own; leave --columns "
				  "and --sort out");
}

static void report_check(struct argp_state *state, struct report_args *a)
{
	bool wish = a->columns != NULL || a->sort != NULL || a->by_given || a->expiring != NULL;

	a->listing = !a->sheet && (a->select.n > 0 || wish);
	if (a->runs_n == 0)
		cmd_refuse(state, "which run? Give the directory that `mtasweep scan -o` wrote");
	if (a->sheet && (wish || a->output != NULL || a->figures || a->format != FORMAT_NONE))
		cmd_refuse(state, "--sheet is a page of its own: only --select and --title go "
				  "with it");
	if (a->listing)
		report_check_list(state, a);
	else if (a->format == FORMAT_CSV || a->format == FORMAT_NDJSON)
		cmd_refuse(state, "csv and ndjson are for --select");
	if (a->output != NULL && a->format != FORMAT_NONE)
		cmd_refuse(state, "--output writes all three formats; leave --format out");
	if (a->figures && a->output == NULL)
		cmd_refuse(state, "--figures writes files: say where with --output DIR");
	if (a->format == FORMAT_NONE)
		a->format = FORMAT_TEXT;
}

/* What is about lists of names. */
static error_t report_parse_list(int key, char *arg, struct argp_state *state)
{
	struct report_args *a = state->input;

	switch (key) {
	case OPTION_SELECT:
		cmd_select(state, &a->select, arg);
		return 0;
	case OPTION_BY:
		if (cmd_word(REPORT_BY, arg) < 0)
			cmd_refuse(state, "--by " REPORT_BY ", not '%s'", arg);
		a->by = (enum list_by)cmd_word(REPORT_BY, arg);
		a->by_given = true;
		return 0;
	case OPTION_COLUMNS:
		a->columns = arg;
		return 0;
	case OPTION_SORT:
		a->sort = arg;
		return 0;
	case OPTION_EXPIRING:
		a->expiring = arg;
		return 0;
	case OPTION_SHEET:
		a->sheet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
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
		return report_parse_list(key, arg, state);
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
	 "List the names that meet the conditions, with finding and fix; repeatable: those that "
	 "meet them all",
	 0},
	{"by", OPTION_BY, REPORT_BY, 0,
	 "A row for each finding that meets the conditions (default), or one a name with its worst "
	 "finding of all and what to do first, ordered by danger, then tag, or one a tag: how many "
	 "of its names meet the conditions, of how many scanned, and how many of them lose mail, "
	 "have it late, or have an error, most mail loss first",
	 0},
	{"columns", OPTION_COLUMNS, "KEYS", 0,
	 "Columns of the list: keys of the record, and code, severity, detail, title, fix, action, "
	 "expires (when the certificate that ends first does), expires_at (the host that has it), "
	 "expires_issuer",
	 0},
	{"sort", OPTION_SORT, "KEYS", 0, "Order of the list: columns, and danger (worst first)", 0},
	{"expiring", OPTION_EXPIRING, "TIME", 0,
	 "List the names of which a certificate ends before TIME (30d, 2026-12-31), the policy "
	 "host's or an MX host's, the next first",
	 0},
	{"sheet", OPTION_SHEET, NULL, 0,
	 "A sheet for those who decide, as HTML: two pages of A4 with names", 0},
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
	       "CONDITIONS are KEY=VALUE, KEY!=VALUE, KEY<N or KEY>N with commas between (and), "
	       "or with the word or, which binds less; several --select must all be met. KEY is a "
	       "key of the record with dots "
	       "(mtasweep schema markdown lists them; without its object where one alone has it), "
	       "null is a VALUE, and a time is compared with +30d, -12h, +2w, now or a date. A "
	       "VALUE "
	       "with a comma stands in double quotes, with \\\" and \\\\ in it: 'tag=\"Acme, "
	       "Inc.\"'. Of a key that a name has many times, = asks for one that is so and != for "
	       "none that is: severity!=error are the names without an error.\n\n"
	       "Exit status: 0 done, 2 wrong usage or an unreadable run, 3 our own failure.\n\n"
	       "Examples:\n"
	       "  mtasweep report run | less\n"
	       "  mtasweep report -o run-2026-11/merged run-2026-11\n"
	       "  mtasweep report -o merged part1 part2 part3\n"
	       "  mtasweep report -o paper --figures --title 'MTA-STS in .example, 2026' run\n"
	       "  mtasweep report -f json run | jq .tables.verdicts\n"
	       "  mtasweep report --by name --select impact=mail_loss run >urgent.csv\n"
	       "  mtasweep report --by tag --select severity=error run\n"
	       "  mtasweep report --select 'verdict=broken,policy.stage=tls,tag=acme' run\n"
	       "  mtasweep report --select issues.code=policy_cert_expired -f ndjson run\n"
	       "  mtasweep report --by name --select 'impact=mail_loss or severity=error' run\n"
	       "  mtasweep report --by name --select severity=error --sort tag,danger run\n"
	       "  mtasweep report --select mode=enforce --columns tag,domain,mx.hosts.host run\n"
	       "  mtasweep report --expiring 30d run >renew.csv\n"
	       "  mtasweep report --sheet --title 'Our customers, today' run >sheet.html",
};

static int report_fail(const struct errmsg *err, int status)
{
	fprintf(stderr, "mtasweep report: %s\n", err->text);
	return status;
}

/* Certificates that --expiring asks for: policy hosts' and MX hosts'. */
#define REPORT_ENDING 200
static const char *const report_ends[] = {"policy.cert_not_after", "mx.hosts.probe.cert_not_after"};

/* What --expiring asks for, as a condition. */
static void report_ending(const char *time, char text[REPORT_ENDING])
{
	size_t n = strlen(time);
	bool sign = n > 0 && time[0] >= '0' && time[0] <= '9' && strchr("hdw", time[n - 1]) != NULL;

	text[0] = '\0';
	for (unsigned i = 0; i < sizeof(report_ends) / sizeof(*report_ends); i++) {
		size_t at = strlen(text);
		snprintf(text + at, REPORT_ENDING - at, "%s%s<%s%.40s", i > 0 ? " or " : "",
			 report_ends[i], sign ? "+" : "", time);
	}
}

static void report_remarks(struct remarks *remarks)
{
	for (unsigned i = 0; i < remarks->n; i++)
		fprintf(stderr, "mtasweep report: %s\n", remarks->v[i]);
	remarks_release(remarks);
}

static int report_write_list(const struct report_args *a, const struct select *query, int64_t now,
			     struct remarks *remarks, struct errmsg *err)
{
	static const char expiry[] = "expires,expires_at,domain,tag,expires_issuer,"
				     "provider.policy";
	struct list *l = calloc(1, sizeof(*l));
	const char *columns = a->columns, *sort = a->sort;
	int rc = -1;

	if (a->expiring != NULL && columns == NULL)
		columns = expiry;
	if (a->expiring != NULL && sort == NULL)
		sort = "expires,tag,domain";
	if (l == NULL)
		return errmsg_set(err, "no memory");
	l->select = query;
	l->by = a->expiring != NULL && a->by != LIST_BY_TAG ? LIST_BY_NAME : a->by;
	l->ndjson = a->format == FORMAT_NDJSON;
	l->action = check_action;
	l->owner = &now;
	if (list_parse(l, columns, sort, err) == 0)
		rc = list_write(l, a->runs, a->runs_n, stdout, remarks, err);
	free(l);
	return rc;
}

static int report_list(const struct report_args *a)
{
	struct select query;
	struct errmsg err = {"no memory"};
	struct remarks remarks = {0};
	int64_t now = time(NULL);
	struct select_texts texts = a->select;
	char ending[REPORT_ENDING];
	int rc;

	if (a->expiring != NULL) {
		report_ending(a->expiring, ending);
		texts.v[texts.n++] = ending;
	}
	rc = select_parse_all(&query, &texts, now, &err);

	if (rc == 0 && a->sheet) {
		const struct sheet_wish wish = {&query, a->title, now, check_action, &now};
		rc = sheet_write(&wish, a->runs, a->runs_n, stdout, &remarks, &err);
	} else if (rc == 0) {
		rc = report_write_list(a, &query, now, &remarks, &err);
	}
	report_remarks(&remarks);
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

static int report_print_files(const struct report_args *a, const struct report_build *b)
{
	struct report_kit_files files;
	struct errmsg err, to;
	int status = report_directory(a->output, &err);

	if (status != CMD_OK)
		return report_fail(&err, status);
	if (report_write(a->output, b->a, &b->meta, &err) != 0 ||
	    (a->figures && report_kit(a->output, b->a, &b->meta, &files, &err) != 0))
		return report_fail(&err, CMD_FAILURE);
	errmsg_shown(&to, a->output);
	printf("report   %s/report.html, report.txt, report.json\n", to.text);
	if (a->figures)
		printf("figures  %s/figures: %u, as SVG and PDF\n"
		       "tables   %s/tables: %u, as CSV and LaTeX\n"
		       "method   %s/METHOD.md, CODEBOOK.md\n",
		       to.text, files.figures, to.text, files.tables, to.text);
	return CMD_OK;
}

static int report_print(const struct report_args *a, const struct report_build *b)
{
	struct errmsg err;
	int rc;

	if (a->output != NULL)
		return report_print_files(a, b);
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
		if (a.listing || a.sheet)
			status = report_list(&a);
		else if (report_build(b, a.runs, a.runs_n, cmd_threads(), &err) != 0)
			status = report_fail(&err, CMD_USAGE);
		else {
			b->meta.title = a.title;
			status = report_print(&a, b);
		}
		const bool told = a.format == FORMAT_TEXT && a.output == NULL;
		for (unsigned i = 0; i < b->remarks.n && !told; i++)
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

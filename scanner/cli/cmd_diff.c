/* cmd_diff.c - `mtasweep diff`: what changed between two runs, domain by domain and in total. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output/base/outfile.h"
#include "output/diff/diff_page.h"
#include "output/diff/diff_print.h"
#include "output/run/select.h"
#include "scanner/check/check_view.h"
#include "scanner/cli/cmd.h"

enum diff_option { OPTION_FORMAT = 'f', OPTION_SELECT = 's', OPTION_FAIL_ON = 1024, OPTION_HTML };

struct diff_args {
	const char *runs[2];
	unsigned runs_n;
	enum diff_format format;
	struct select_texts select;
	const char *html;
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
			cmd_refuse(state,
				   "no format '%s'; there are " DIFF_FORMATS
				   "; a page is written with --html FILE",
				   arg);
		return 0;
	case OPTION_SELECT:
		cmd_select(state, &a->select, arg);
		return 0;
	case OPTION_FAIL_ON:
		if (strcmp(arg, "worse") != 0)
			cmd_refuse(state, "--fail-on worse, not '%s'", arg);
		a->fail_on_worse = true;
		return 0;
	case OPTION_HTML:
		a->html = arg;
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
	 "text (default): the names, what is worse first, and the totals; of names that came or "
	 "went, have no MTA-STS and no error, the number; json: the totals; csv, ndjson: the names",
	 0},
	{"select", OPTION_SELECT, "CONDITIONS", 0,
	 "Only names whose record meets all conditions in one of the runs (repeatable); see "
	 "mtasweep report --help",
	 0},
	{"html", OPTION_HTML, "FILE", 0,
	 "Also write a page to send on: what changed in words, mail that is lost first, and what "
	 "to "
	 "do first",
	 0},
	{"fail-on", OPTION_FAIL_ON, "worse", 0,
	 "End with status 1 when a name loses mail that was not known to (also one that is new in "
	 "the list), or is worse than before, or an MX host is",
	 0},
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
	       "Worse is what loses mail or protection, or has an error where there was none. What "
	       "was broken and is broken in another way is told apart, be it better protected: "
	       "what is better has no error that is new. A name that is new in the list and loses "
	       "mail is told with those that "
	       "newly do. "
	       "Names that still lose mail, or lose it and the older run does not know, are told "
	       "in text and on the page even when nothing changed.\n\n"
	       "Where both runs visited MX hosts (mtasweep probe), these are compared, too: "
	       "STARTTLS that is gone, certificates that senders refuse now, TLSA records that no "
	       "longer match are worse; renewed certificates and rolled TLSA records are told. In "
	       "csv and ndjson their change is host_changed. Not with --select, which is about "
	       "names.\n\n"
	       "Exit status: 0 done, 1 with --fail-on when a name newly loses mail, or a name or "
	       "MX host is worse, 2 wrong usage, an unreadable run, or no name that both runs "
	       "know, 3 our own failure.\n\n"
	       "Examples:\n"
	       "  mtasweep diff run-2026-10 run-2026-11 | less\n"
	       "  mtasweep diff --fail-on worse yesterday today || ./call\n"
	       "  mtasweep diff --select tag=acme yesterday today\n"
	       "  mtasweep diff --html changes.html yesterday today\n"
	       "  mtasweep diff -f json run-2026-10 run-2026-11 | jq .names\n"
	       "  mtasweep diff -f csv yesterday today >changes.csv",
};

/* What each change is told to. */
struct diff_hearers {
	struct diff_printer printer;
	struct diff_page page;
	struct outfile file; /* of the page */
	struct host_totals hosts;
	bool html;
};

static void diff_heard(void *owner, const struct diff_change *c)
{
	struct diff_hearers *h = owner;

	diff_print_change(&h->printer, c);
	if (h->html)
		diff_page_change(&h->page, c);
}

static void diff_heard_host(void *owner, const struct host_change *c)
{
	struct diff_hearers *h = owner;

	diff_print_host(&h->printer, c);
	if (h->html)
		diff_page_host(&h->page, c);
}

/* The page appears when it is whole. */
static int diff_end_page(struct diff_hearers *h, bool done, const struct diff_args *a,
			 const struct diff_totals *totals, const struct remarks *remarks,
			 struct errmsg *err)
{
	if (!h->html)
		return 0;
	int rc = done ? diff_page_write(&h->page, h->file.out, a->runs, totals, &h->hosts, remarks)
		      : -1;
	diff_page_release(&h->page);
	if (rc == 0)
		return outfile_commit(&h->file, err);
	outfile_abandon(&h->file);
	return done ? errmsg_set(err, "no room for the page") : -1;
}

static enum diff_status diff_tell_all(struct diff_hearers *h, const struct diff_args *a,
				      const struct select *select, struct diff_totals *totals,
				      struct remarks *remarks, struct errmsg *err)
{
	int64_t now = time(NULL);
	const struct diff_wish wish = {
		.select = select,
		.memory = DIFF_MEMORY,
		.action = h->html ? check_action : NULL,
		.action_owner = &now,
		.tell = diff_heard,
		.owner = h,
	};
	bool page = !h->html || diff_page_begin(&h->page) == 0;
	enum diff_status status = DIFF_FAILED;

	if (diff_print_begin(&h->printer, stdout, a->format) != 0 || !page)
		errmsg_set(err, "no temporary file can be had");
	else
		status = diff_runs(a->runs, &wish, totals, remarks, err);
	if (status == DIFF_DONE && select == NULL)
		status = diff_hosts(a->runs, DIFF_MEMORY, diff_heard_host, h, &h->hosts, remarks,
				    err);
	if (status == DIFF_DONE && select != NULL &&
	    totals->both + totals->only_old + totals->only_new + totals->not_scanned == 0)
		remarks_add(remarks, "no name of the two runs meets the conditions");
	if (status == DIFF_DONE)
		diff_print_totals(&h->printer, a->runs, totals, &h->hosts, remarks);
	if (diff_print_end(&h->printer) != 0 && status == DIFF_DONE) {
		errmsg_set(err, "standard output cannot be written");
		status = DIFF_FAILED;
	}
	if (diff_end_page(h, status == DIFF_DONE, a, totals, remarks, err) != 0 &&
	    status == DIFF_DONE)
		status = DIFF_FAILED;
	return status;
}

/* enum cmd_exit. */
static int diff_all(const struct diff_args *a, struct diff_totals *totals, struct remarks *remarks,
		    struct errmsg *err)
{
	struct diff_hearers h = {.html = a->html != NULL};
	struct select select;

	if (select_parse_all(&select, &a->select, time(NULL), err) != 0)
		return CMD_USAGE;
	if (h.html && outfile_open_path(&h.file, a->html, err) != 0)
		return CMD_USAGE;
	enum diff_status status =
		diff_tell_all(&h, a, a->select.n > 0 ? &select : NULL, totals, remarks, err);
	bool worse = diff_worse(totals) || h.hosts.directions[DIFF_WORSE] > 0;
	if (status == DIFF_DONE && a->fail_on_worse && worse)
		return CMD_FINDINGS;
	if (status == DIFF_DONE && diff_blind(totals)) {
		errmsg_set(err, "no name could be compared: one of the runs does not have it, or "
				"does not know about it");
		return CMD_USAGE;
	}
	if (status == DIFF_DONE)
		return CMD_OK;
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

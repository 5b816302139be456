/*
 * cmd_lint.c - the subcommand `lint`: one TXT value or policy file, offline.
 *
 * A file holds one value, byte for byte; a TXT value has no final newline of its own, so one is
 * dropped. What dig and its like print is read as such (parsers/txtform.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/base/errmsg.h"
#include "output/text/json.h"
#include "output/text/plain.h"
#include "parsers/txtform.h"
#include "scanner/cli/cmd.h"
#include "scanner/judge/judge.h"

#define LINT_FILE_MAX (16u << 20)
#define LINT_ARENA_MAX (4u << 20)
#define LINT_JSON_MAX (1u << 20)

struct lint {
	enum judge_kind kind;
	bool kind_given, json;
	char **files;
	unsigned files_n;
	struct judge_config judge;
	bool errors;  /* a finding of severity error was shown */
	char *text;   /* the current file; LINT_FILE_MAX + 1 bytes */
	char *joined; /* the strings of its records, likewise */
	struct txtform form;
	struct arena arena;
	struct buf line;
};

/* ---- options ----------------------------------------------------------------------------- */

static const struct argp_option lint_options[] = {
	{"json", 'j', NULL, 0, "Print one JSON object a file", 0},
	{"severity", 's', CMD_SEVERITY, 0},
	{0},
};

#define LINT_KINDS "sts|policy|tlsrpt"

static void lint_kind(struct lint *l, struct argp_state *state, const char *word)
{
	static const enum judge_kind kinds[] = {JUDGE_STS, JUDGE_POLICY, JUDGE_TLSRPT};
	int k = cmd_word(LINT_KINDS, word);

	if (k < 0)
		cmd_refuse(state, "'%s' is none of " LINT_KINDS, word);
	l->kind = kinds[k];
	l->kind_given = true;
}

static error_t lint_option(int key, char *arg, struct argp_state *state)
{
	struct lint *l = state->input;

	switch (key) {
	case 'j':
		l->json = true;
		return 0;
	case 's':
		cmd_severity(state, &l->judge, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (l->kind_given)
			return ARGP_ERR_UNKNOWN; /* the files come as a whole */
		lint_kind(l, state, arg);
		return 0;
	case ARGP_KEY_ARGS:
		l->files = state->argv + state->next;
		l->files_n = (unsigned)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (!l->kind_given)
			cmd_refuse(state, "say what to validate: sts, policy or tlsrpt");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp lint_argp = {
	.options = lint_options,
	.parser = lint_option,
	.args_doc = LINT_KINDS " [FILE...]",
	.doc = "Validates MTA-STS and TLS-RPT records and MTA-STS policy files without any "
	       "network.\v"
	       "A file holds one value, byte for byte; without FILE, or for '-', standard input is "
	       "read. "
	       "Lines of dig (also +short), host, nslookup and zone files are read as such: leave "
	       "their quotes, which tell where the strings of a record end. "
	       "\"valid\" follows the grammar of RFC 8461 and RFC 8460 to the letter.\n\n"
	       "Exit status: 0 no finding of severity error, 1 there are some, 2 usage or "
	       "unreadable input.\n\n"
	       "Examples:\n"
	       "  mtasweep lint policy mta-sts.txt\n"
	       "  printf 'v=STSv1; id=20261124;' | mtasweep lint sts\n"
	       "  dig +short TXT _smtp._tls.example.com | mtasweep lint tlsrpt\n"
	       "  mtasweep lint policy --json policies/*.txt | jq -r '.issues[].code'",
};

/* ---- one file ---------------------------------------------------------------------------- */

static int lint_read(struct lint *l, const char *name, size_t *n, struct errmsg *err)
{
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");

	*n = 0;
	if (f == NULL)
		return errmsg_set(err, "cannot open %s: %s", name, strerror(errno));
	*n = fread(l->text, 1, LINT_FILE_MAX + 1, f);
	int bad = ferror(f);
	if (f != stdin)
		fclose(f);
	if (bad != 0)
		return errmsg_set(err, "cannot read %s: %s", name, strerror(errno));
	if (*n > LINT_FILE_MAX)
		return errmsg_set(err, "%s is larger than %u bytes; no record or policy is", name,
				  LINT_FILE_MAX);
	return 0;
}

static struct span lint_value(const struct lint *l, size_t n)
{
	struct span value = span_of(l->text, n);

	if (l->kind == JUDGE_POLICY || value.n == 0 || value.p[value.n - 1] != '\n')
		return value;
	value.n--;
	if (value.n > 0 && value.p[value.n - 1] == '\r')
		value.n--;
	return value;
}

static int lint_print_json(struct lint *l, const char *name, const struct judge_value *v,
			   struct errmsg *err)
{
	struct buf *b = &l->line;

	buf_reset(b);
	buf_text(b, "{\"file\":");
	json_str(b, span_str(name));
	buf_text(b, v->valid ? ",\"valid\":true" : ",\"valid\":false");
	buf_text(b, ",\"issues\":[");
	for (unsigned i = 0; i < v->issues_n; i++) {
		const struct record_issue *one = &v->issues[i];
		buf_text(b, i == 0 ? "{\"code\":" : ",{\"code\":");
		json_str(b, span_str(issue_info(one->code)->code));
		buf_text(b, ",\"severity\":");
		json_str(b, span_str(severity_name(one->severity)));
		buf_text(b, ",\"impact\":");
		json_str(b, span_str(impact_name(one->impact)));
		buf_text(b, ",\"detail\":");
		json_str(b, one->detail);
		buf_text(b,
			 one->root ? ",\"root\":true,\"offset\":" : ",\"root\":false,\"offset\":");
		json_uint(b, one->offset);
		buf_text(b, ",\"line\":");
		json_uint(b, one->line);
		buf_text(b, ",\"column\":");
		json_uint(b, one->column);
		buf_text(b, "}");
	}
	buf_text(b, "],\"issues_dropped\":");
	json_uint(b, v->issues_dropped);
	buf_text(b, "}\n");
	if (b->failed)
		return errmsg_set(err, "out of memory");
	fwrite(b->p, 1, b->n, stdout);
	return 0;
}

/* A detail quotes what a stranger wrote; the last step before the terminal trusts nobody. */
static void lint_print_detail(struct span detail)
{
	fputs("      ", stdout);
	plain_put(stdout, detail, 0, (int)detail.n);
	putchar('\n');
}

/* The blank that dig puts between the strings of a record, if its quotes were taken off. */
static void lint_hint(const struct lint *l, struct span value, const struct judge_value *v)
{
	bool blank = false;

	for (size_t i = 1; i < value.n; i++)
		blank = blank || (value.p[i] == ' ' && strchr(";, =", value.p[i - 1]) == NULL);
	if (l->kind != JUDGE_POLICY && !v->valid && blank)
		fputs("mtasweep lint: a blank in the middle: if this came from dig, leave its "
		      "quotes (no tr); a record of several strings has nothing between them\n",
		      stderr);
}

static void lint_print_text(const struct lint *l, const char *name, const struct judge_value *v)
{
	struct errmsg shown;

	printf("%s: %s", errmsg_shown(&shown, name), v->valid ? "valid" : "invalid");
	if (l->form.n > 1)
		printf(" (of %u records)", l->form.n + l->form.dropped);
	putchar('\n');
	for (unsigned i = 0; i < v->issues_n; i++) {
		const struct record_issue *one = &v->issues[i];
		const struct issue_info *info = issue_info(one->code);
		printf("  %s: %s [%s]\n", severity_name(one->severity), info->title, info->code);
		if (one->detail.n > 0)
			lint_print_detail(one->detail);
		printf("      %s\n", info->fix);
	}
	if (v->issues_dropped > 0)
		printf("  and %u more\n", v->issues_dropped);
}

static int lint_file(struct lint *l, const char *name, struct errmsg *err)
{
	struct judge_value v;
	size_t n = 0;

	if (lint_read(l, name, &n, err) != 0)
		return CMD_USAGE;
	arena_reset(&l->arena);
	struct span value = lint_value(l, n);
	l->form.n = 0;
	bool raw =
		l->kind == JUDGE_POLICY || !txtform_read(span_of(l->text, n), l->joined, &l->form);
	if (raw) {
		l->form.n = 1;
		l->form.dropped = 0;
		l->form.value[0] = value;
	}
	if (l->form.n == 0) {
		errmsg_set(err, "%s: there are aliases, but no TXT record at their end", name);
		return CMD_USAGE;
	}
	if (judge_values(&l->judge, &l->arena, l->kind, l->form.value, l->form.n, &v) != 0) {
		errmsg_set(err, "out of memory");
		return CMD_FAILURE;
	}
	for (unsigned i = 0; i < v.issues_n; i++)
		l->errors = l->errors || v.issues[i].severity == SEVERITY_ERROR;
	if (raw)
		lint_hint(l, value, &v);
	if (!l->json)
		lint_print_text(l, name, &v);
	else if (lint_print_json(l, name, &v, err) != 0)
		return CMD_FAILURE;
	return CMD_OK;
}

static int lint_run(int argc, char **argv)
{
	static char standard_input[] = "-";
	static char *just_input[] = {standard_input};
	struct lint l = {.files = NULL};
	struct errmsg err = {""};
	int worst = CMD_OK;

	argp_err_exit_status = CMD_USAGE;
	judge_config_init(&l.judge);
	if (argp_parse(&lint_argp, argc, argv, 0, NULL, &l) != 0)
		return CMD_USAGE;
	if (l.files_n == 0) {
		l.files = just_input;
		l.files_n = 1;
	}
	buf_init(&l.line, LINT_JSON_MAX);
	l.text = malloc(LINT_FILE_MAX + 1);
	l.joined = malloc(LINT_FILE_MAX + 1);
	if (l.text == NULL || l.joined == NULL ||
	    arena_init(&l.arena, 65536, LINT_ARENA_MAX) != 0) {
		free(l.text);
		free(l.joined);
		fputs("mtasweep lint: out of memory\n", stderr);
		return CMD_FAILURE;
	}
	for (unsigned i = 0; i < l.files_n; i++) {
		int rc = lint_file(&l, l.files[i], &err);
		if (rc != CMD_OK)
			fprintf(stderr, "mtasweep lint: %s\n", err.text);
		worst = rc > worst ? rc : worst;
	}
	buf_release(&l.line);
	arena_release(&l.arena);
	free(l.text);
	free(l.joined);
	return worst == CMD_OK && l.errors ? CMD_FINDINGS : worst;
}

const struct command cmd_lint = {
	.name = "lint",
	.summary = "validate a record or a policy file offline",
	.argp = &lint_argp,
	.run = lint_run,
};

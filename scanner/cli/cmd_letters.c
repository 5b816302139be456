/*
 * cmd_letters.c - `mtasweep letters`: one text a customer, or a name, from stored records. Nothing
 * is sent.
 *
 * The records that are picked are sorted by whom they are for; so memory does not grow with the
 * run. The names of a letter wait in a temporary file, as its head says how many they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "output/base/outfile.h"
#include "output/diff/rowsort.h"
#include "output/run/run_set.h"
#include "output/run/select.h"
#include "output/text/buf.h"
#include "output/text/csv.h"
#include "output/text/number.h"
#include "scanner/check/letter.h"
#include "scanner/cli/cmd.h"

#define LETTERS_MEMORY (64u << 20)
#define LETTERS_NAME_MAX 100u /* bytes of a file's name; longer ones are cut and numbered */
#define INDEX_COLUMNS 5u
#define LETTERS_SELECT "impact=mail_loss or issues.severity=error"

enum letters_option {
	OPTION_OUTPUT = 'o',
	OPTION_SELECT = 's',
	OPTION_TEMPLATE = 't',
	OPTION_BY = 1024,
	OPTION_PRINT,
};

#define LETTERS_BY "tag|name"

struct letters_args {
	struct select_texts select;
	const char *output, *template;
	bool names, print;
	const char **runs;
	unsigned runs_n;
};

static error_t letters_parse(int key, char *arg, struct argp_state *state)
{
	struct letters_args *a = state->input;

	switch (key) {
	case OPTION_OUTPUT:
		a->output = arg;
		return 0;
	case OPTION_SELECT:
		cmd_select(state, &a->select, arg);
		return 0;
	case OPTION_TEMPLATE:
		a->template = arg;
		return 0;
	case OPTION_BY:
		if (cmd_word(LETTERS_BY, arg) < 0)
			cmd_refuse(state, "--by " LETTERS_BY ", not '%s'", arg);
		a->names = cmd_word(LETTERS_BY, arg) == 1;
		return 0;
	case OPTION_PRINT:
		a->print = true;
		return 0;
	case ARGP_KEY_ARG:
		a->runs[a->runs_n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->select.n == 0)
			cmd_select(state, &a->select, LETTERS_SELECT);
		if (a->runs_n == 0 && !a->print)
			cmd_refuse(state,
				   "which run? Give the directory that `mtasweep scan -o` wrote");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option letters_options[] = {
	{"output", OPTION_OUTPUT, "DIR", 0,
	 "Directory for the letters, which must not exist (default: letters)", 0},
	{"template", OPTION_TEMPLATE, "FILE", 0,
	 "Text with words in double braces (default: see --print-template)", 0},
	{"print-template", OPTION_PRINT, NULL, 0, "Print the default template, to begin with", 0},
	{"by", OPTION_BY, LETTERS_BY, 0,
	 "One letter a tag, with all its names (default), or one a name", 0},
	{"select", OPTION_SELECT, "CONDITIONS", 0,
	 "Only names that meet the conditions, see mtasweep report --help (default: " LETTERS_SELECT
	 "; repeatable)",
	 0},
	{0},
};

static const struct argp letters_argp = {
	.options = letters_options,
	.parser = letters_parse,
	.args_doc = "RUN...",
	.doc = "Writes one text a customer (the tag of a scan), or a name, from stored records, "
	       "with the advice of `mtasweep check`, as far as the scan saw. Nothing is sent: "
	       "index.csv in DIR says which file is for whom: for a tag, or for a name (one "
	       "without a tag, and with --by name), about how many names, and how many of them "
	       "lose mail.\v"
	       "Words of a template: {{tag}} (without one the blank before it goes, too), "
	       "{{count}} (of names), {{urgent}} (a sentence that ends in a blank, where some of "
	       "them lose mail, else nothing), {{date}} (of the scan) and {{list}} (the names, and "
	       "what is wrong with each in a line); "
	       "between {{#names}} and {{/names}}, which is written once a name, also {{domain}}, "
	       "{{verdict}}, {{impact}}, {{code}} and {{title}} of the worst finding, {{action}} "
	       "(what to do first), {{brief}} (the head of a page like that of `check`) and "
	       "{{advice}} "
	       "(the whole page). A name without a tag has a letter of its own.\n\n"
	       "Exit status: 0 done, 2 wrong usage, a template or run that cannot be read, 3 our "
	       "own failure.\n\n"
	       "Examples:\n"
	       "  mtasweep letters --print-template >letter.txt\n"
	       "  mtasweep letters run --template letter.txt -o letters-2026-11\n"
	       "  mtasweep letters run --select impact=mail_loss\n"
	       "  mtasweep letters run --by name --select 'tag=acme,severity=error'",
};

/* ---- files ------------------------------------------------------------------------------- */

/* A file's name that is nobody else's: what could leave the directory or mislead is %XX, and what
 * stands for a name and not for a tag begins with '~', which no tag's does. None begins with what
 * csv.h puts an apostrophe before: the index names files as they are. */
static void letters_file_name(struct span who, bool name, uint64_t number, char *out, size_t room)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-_.";
	char text[LETTERS_NAME_MAX + 8];
	size_t at = 0, i = 0;

	if (name)
		text[at++] = '~';
	for (; i < who.n && at < LETTERS_NAME_MAX; i++) {
		bool keep = strchr(plain, who.p[i]) != NULL && who.p[i] != '\0' &&
			    (i > 0 || (who.p[i] != '.' && who.p[i] != '-'));
		at += (size_t)snprintf(text + at, sizeof(text) - at, keep ? "%c" : "%%%02X",
				       (unsigned char)who.p[i]);
	}
	if (i < who.n)
		snprintf(out, room, "%.*s%%-%s.txt", (int)at, text, number_grouped(number).s);
	else
		snprintf(out, room, "%.*s.txt", (int)at, text);
}

/* All of a file, at most LETTER_TEMPLATE_MAX bytes; free() it. NULL and err. */
static char *letters_read(const char *path, size_t *n, struct errmsg *err)
{
	char *text = malloc(LETTER_TEMPLATE_MAX + 1);
	FILE *in = text != NULL ? fopen(path, "rb") : NULL;

	if (in == NULL) {
		errmsg_set(err, "%s: %s", path, strerror(errno));
		free(text);
		return NULL;
	}
	*n = fread(text, 1, LETTER_TEMPLATE_MAX + 1, in);
	bool failed = ferror(in) != 0;
	fclose(in);
	if (!failed && *n <= LETTER_TEMPLATE_MAX)
		return text;
	errmsg_set(err, failed ? "%s cannot be read" : "%s is longer than a letter may be", path);
	free(text);
	return NULL;
}

/* ---- letters ----------------------------------------------------------------------------- */

struct letters {
	const struct letters_args *args;
	struct letter_template template;
	struct letter letter; /* under way */
	struct rowsort *rows;
	struct record_reader reader;
	struct arena arena;
	struct buf who; /* of the letter under way: '0' and a tag, '1' and a name */
	struct buf key; /* of the record before */
	FILE *names;	/* its names, until it ends */
	FILE *index;
	uint64_t letters, names_n;
	struct errmsg *err;
};

static int letters_add(struct letters *s, const struct record *r, struct span line, struct buf *key)
{
	bool tagged = r->tag.n > 0 && !s->args->names;
	bool loss = r->impact == IMPACT_MAIL_LOSS;

	buf_reset(key);
	buf_text(key, tagged ? "0" : "1");
	buf_bytes(key, tagged ? r->tag.p : r->domain.p, tagged ? r->tag.n : r->domain.n);
	buf_bytes(key, loss ? "\0000" : "\0001", 2); /* NUL is in no tag: json.h */
	buf_bytes(key, r->domain.p, r->domain.n);
	if (key->failed)
		return errmsg_set(s->err, "no memory");
	return rowsort_add(s->rows, span_of(key->p, key->n), line, s->err);
}

static int letters_collect(struct letters *s, const struct run_set *set, const struct select *q,
			   struct remarks *remarks)
{
	struct run_source *source = calloc(1, sizeof(*source));
	enum run_status status = RUN_END;
	struct record r;
	struct span line;
	struct buf key;
	int rc = source != NULL ? 0 : errmsg_set(s->err, "no memory");

	buf_init(&key, RECORD_LINE_MAX);
	for (unsigned i = 0; i < set->n && rc == 0; i++) {
		status = RUN_FAILED;
		if (run_open(source, set->v[i], remarks, s->err) == 0)
			while (rc == 0 &&
			       (status = run_next(source, &r, &line, s->err)) == RUN_RECORD)
				if (r.domain.p != NULL && select_matches(q, &r))
					rc = letters_add(s, &r, line, &key);
		run_close(source);
		rc = status == RUN_FAILED ? -1 : rc;
	}
	buf_release(&key);
	free(source);
	return rc;
}

/* The letter under way is written down. */
static int letters_end(struct letters *s)
{
	struct span who = span_of(s->who.p + 1, s->who.n - 1);
	bool name = s->who.p[0] == '1';
	char file[LETTERS_NAME_MAX + 64];
	struct outfile f;

	s->letter.tag = name ? SPAN_NULL : who;
	letters_file_name(who, name, s->letters + 1, file, sizeof(file));
	if (outfile_open(&f, s->args->output, file, s->err) != 0)
		return -1;
	letter_head(f.out, &s->template, &s->letter);
	letter_copy(s->names, f.out);
	letter_tail(f.out, &s->template, &s->letter);
	if (ferror(s->names) != 0 || ferror(s->letter.list) != 0) {
		outfile_abandon(&f);
		return errmsg_set(s->err, "a temporary file cannot be read");
	}
	if (outfile_commit(&f, s->err) != 0)
		return -1;
	char count[24], losing[24];
	snprintf(count, sizeof(count), "%" PRIu64, s->letter.names);
	snprintf(losing, sizeof(losing), "%" PRIu64, s->letter.losing);
	struct span cells[] = {span_str(file), s->letter.tag, name ? who : SPAN_NULL,
			       span_str(count), span_str(losing)};
	csv_row(s->index, cells, INDEX_COLUMNS);
	s->letters++;
	s->names_n += s->letter.names;
	s->letter.names = s->letter.losing = 0;
	rewind(s->names);
	rewind(s->letter.list);
	return ftruncate(fileno(s->names), 0) == 0 && ftruncate(fileno(s->letter.list), 0) == 0
		       ? 0
		       : errmsg_set(s->err, "a temporary file cannot be emptied");
}

static int letters_row(struct letters *s, struct span key, struct span line)
{
	const char *nul = memchr(key.p, '\0', key.n);
	struct span who = span_of(key.p, nul != NULL ? (size_t)(nul - key.p) : key.n);
	struct record r;

	/* A name that stands on two lines of the list is one name. */
	if (span_eq(key, span_of(s->key.p, s->key.n)))
		return 0;
	buf_reset(&s->key);
	buf_bytes(&s->key, key.p, key.n);
	if (s->letter.names > 0 && !span_eq(who, span_of(s->who.p, s->who.n)) &&
	    letters_end(s) != 0)
		return -1;
	if (s->letter.names == 0) {
		buf_reset(&s->who);
		buf_bytes(&s->who, who.p, who.n);
	}
	arena_reset(&s->arena);
	if (s->who.failed || s->key.failed ||
	    record_read(&s->reader, line, &s->arena, &r) != RECORD_READ_OK)
		return errmsg_set(s->err, "no memory for a record");
	s->letter.tag = s->who.p[0] == '1' ? SPAN_NULL : span_of(s->who.p + 1, s->who.n - 1);
	s->letter.names++;
	s->letter.losing += r.impact == IMPACT_MAIL_LOSS;
	if (s->letter.names == 1 || r.scanned_at_ms / 1000 > s->letter.scanned)
		s->letter.scanned = r.scanned_at_ms / 1000;
	if (letter_line(s->letter.list, &r) != 0 ||
	    letter_name(s->names, &s->template, &s->letter, &r) != 0 || ferror(s->names) != 0)
		return errmsg_set(s->err, "no room for a letter");
	return 0;
}

static int letters_write(struct letters *s)
{
	static const char *const columns[INDEX_COLUMNS] = {"file", "tag", "name", "names",
							   "mail_loss"};
	struct outfile index;
	struct span key, line;
	int rc;

	if (outfile_open(&index, s->args->output, "index.csv", s->err) != 0)
		return -1;
	s->index = index.out;
	csv_heading(s->index, columns, INDEX_COLUMNS);
	while ((rc = rowsort_next(s->rows, &key, &line, s->err)) == 1)
		if ((rc = letters_row(s, key, line)) != 0)
			break;
	if (rc == 0 && s->letter.names > 0)
		rc = letters_end(s);
	if (rc == 0)
		return outfile_commit(&index, s->err);
	outfile_abandon(&index);
	return -1;
}

/* ---- the command ------------------------------------------------------------------------- */

static void letters_release(struct letters *s)
{
	rowsort_free(s->rows);
	arena_release(&s->arena);
	buf_release(&s->who);
	buf_release(&s->key);
	if (s->names != NULL)
		fclose(s->names);
	if (s->letter.list != NULL)
		fclose(s->letter.list);
}

/* enum cmd_exit */
static int letters_all(struct letters *s, const struct select *q, struct remarks *remarks)
{
	struct run_set *set = calloc(1, sizeof(*set));
	int status = CMD_FAILURE;

	s->rows = rowsort_new(LETTERS_MEMORY);
	s->names = tmpfile();
	s->letter.list = tmpfile();
	buf_init(&s->who, RECORD_LINE_MAX);
	buf_init(&s->key, RECORD_LINE_MAX);
	record_reader_init(&s->reader);
	if (set == NULL || s->rows == NULL || s->names == NULL || s->letter.list == NULL ||
	    arena_init(&s->arena, 65536, RUN_ARENA_MAX) != 0) {
		errmsg_set(s->err, "no memory, or no temporary file can be had");
	} else if (run_set_open(set, s->args->runs, s->args->runs_n, remarks, s->err) != 0 ||
		   letters_collect(s, set, q, remarks) != 0) {
		status = CMD_USAGE;
	} else if (mkdir(s->args->output, 0777) != 0) {
		status = errno == EEXIST ? CMD_USAGE : status_of_directory(errno);
		errmsg_set(s->err, "%s cannot be made: %s; name another directory with --output",
			   s->args->output, strerror(errno));
	} else if (letters_write(s) == 0) {
		status = CMD_OK;
	}
	if (set != NULL)
		run_set_release(set);
	free(set);
	return status;
}

static int letters_start(const struct letters_args *a, struct errmsg *err)
{
	struct letters s = {.args = a, .letter = {.now = time(NULL)}, .err = err};
	struct remarks remarks = {0};
	struct select query;
	size_t n = 0;
	char *text = a->template != NULL ? letters_read(a->template, &n, err) : NULL;
	struct span template = a->template != NULL ? span_of(text, n) : span_str(letter_default);
	int status = CMD_USAGE;

	if (template.p != NULL && letter_parse(&s.template, template, err) == 0 &&
	    select_parse_all(&query, &a->select, s.letter.now, err) == 0)
		status = letters_all(&s, &query, &remarks);
	for (unsigned i = 0; i < remarks.n; i++)
		fprintf(stderr, "mtasweep letters: %s\n", remarks.v[i]);
	if (status == CMD_OK && s.letters == 0)
		fprintf(stderr, "mtasweep letters: no name meets the conditions\n");
	if (status == CMD_OK)
		printf("%s letter%s about %s name%s in %s; nothing was sent\n",
		       number_grouped(s.letters).s, s.letters == 1 ? "" : "s",
		       number_grouped(s.names_n).s, s.names_n == 1 ? "" : "s", a->output);
	remarks_release(&remarks);
	letters_release(&s);
	free(text);
	return status;
}

static int letters_run(int argc, char **argv)
{
	struct letters_args a = {.output = "letters"};
	struct errmsg err = {"no memory"};
	int status = CMD_FAILURE;

	a.runs = calloc((size_t)argc, sizeof(*a.runs));
	argp_err_exit_status = CMD_USAGE;
	if (a.runs != NULL)
		argp_parse(&letters_argp, argc, argv, 0, NULL, &a);
	if (a.runs != NULL && a.print) {
		fputs(letter_default, stdout);
		status = fflush(stdout) == 0 ? CMD_OK : CMD_FAILURE;
		errmsg_set(&err, "standard output cannot be written");
	} else if (a.runs != NULL) {
		status = letters_start(&a, &err);
	}
	if (status != CMD_OK)
		fprintf(stderr, "mtasweep letters: %s\n", err.text);
	free(a.runs);
	return status;
}

const struct command cmd_letters = {
	.name = "letters",
	.summary = "one text a customer with what to repair, from stored records",
	.argp = &letters_argp,
	.run = letters_run,
};

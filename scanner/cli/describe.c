/* describe.c - see describe.h. */
#include "scanner/cli/describe.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "parsers/issue.h"
#include "parsers/terms.h"
#include "scanner/check/check_guide.h"
#include "scanner/cli/cmd.h"

static void describe_field(FILE *out, const char *text, size_t n)
{
	fputc('\t', out);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			fputs("\\n", out);
		else if (text[i] == '\t')
			fputs("\\t", out);
		else if (text[i] == '\\')
			fputs("\\\\", out);
		else
			fputc(text[i], out);
	}
}

static void describe_word(FILE *out, const char *text)
{
	describe_field(out, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

static void describe_options(FILE *out, const struct argp *argp)
{
	const struct argp_option *o = argp->options;

	for (; o != NULL && (o->name != NULL || o->doc != NULL || o->key != 0); o++) {
		bool has_short = o->key > 0 && o->key < 256 && isprint(o->key);
		char letter[2] = {has_short ? (char)o->key : '\0', '\0'};
		if ((o->flags & OPTION_HIDDEN) != 0)
			continue;
		fputs(o->name == NULL ? "group" : "option", out);
		if (o->name != NULL) {
			describe_word(out, o->name);
			describe_word(out, letter);
			describe_word(out, o->arg);
		}
		describe_word(out, o->doc);
		fputc('\n', out);
	}
	for (const struct argp_child *c = argp->children; c != NULL && c->argp != NULL; c++)
		describe_options(out, c->argp);
}

static void describe_topic(FILE *out, const char *word)
{
	fputs("topic", out);
	describe_word(out, word);
	fputc('\n', out);
}

/* What else `explain` knows. */
static void describe_explained(FILE *out)
{
	for (const struct guide_topic *t = guide_topics; t->name != NULL; t++)
		describe_topic(out, t->name);
	describe_topic(out, "verdict");
	for (unsigned i = 0; i < verdict_count; i++)
		describe_topic(out, verdict_name((enum verdict)i));
	describe_topic(out, "impact");
	for (unsigned i = 0; i < impact_count; i++)
		if (verdict_parse(span_str(impact_name((enum impact)i))) < 0)
			describe_topic(out, impact_name((enum impact)i));
}

void describe_commands(FILE *out)
{
	for (const struct command *const *c = commands; *c != NULL; c++) {
		const char *doc = (*c)->argp->doc != NULL ? (*c)->argp->doc : "";
		const char *notes = strchr(doc, '\v');
		fputs("command", out);
		describe_word(out, (*c)->name);
		describe_word(out, (*c)->summary);
		describe_word(out, (*c)->argp->args_doc);
		describe_field(out, doc, notes != NULL ? (size_t)(notes - doc) : strlen(doc));
		describe_word(out, notes != NULL ? notes + 1 : "");
		fputc('\n', out);
		describe_options(out, (*c)->argp);
	}
	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		fputs("code", out);
		describe_word(out, issue_info((enum issue)i)->code);
		fputc('\n', out);
	}
	describe_explained(out);
}

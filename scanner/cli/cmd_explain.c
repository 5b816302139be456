/*
 * cmd_explain.c - the subcommand `explain`: what a finding means, or a word of the output.
 * Everything it says stands in parsers/issues.def, parsers/senders.def, parsers/terms.h and
 * output/record/fields.def.
 */
#include <stdio.h>
#include <string.h>

#include "parsers/issue.h"
#include "parsers/senders.h"
#include "parsers/terms.h"
#include "output/record/fields.h"
#include "output/text/text.h"
#include "scanner/check/check_guide.h"
#include "scanner/check/check_view.h"
#include "scanner/cli/cmd.h"
#include "scanner/cli/suggest.h"

#define EXPLAIN_WIDTH 78u

struct explain {
	bool markdown;
	char **words;
	unsigned words_n;
};

static const struct argp_option explain_options[] = {
	{"markdown", 'm', NULL, 0, "Print the whole catalogue as a Markdown page", 0},
	{0},
};

static error_t explain_option(int key, char *arg, struct argp_state *state)
{
	struct explain *e = state->input;

	(void)arg;
	switch (key) {
	case 'm':
		e->markdown = true;
		return 0;
	case ARGP_KEY_ARGS:
		e->words = state->argv + state->next;
		e->words_n = (unsigned)(state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp explain_argp = {
	.options = explain_options,
	.parser = explain_option,
	.args_doc = "[CODE|TOPIC|WORD...]",
	.doc = "Explains findings: what they mean, why they matter, how to fix them, where the "
	       "standard says "
	       "so.\vWithout arguments all codes are listed. A WORD that is no code lists the "
	       "codes and titles "
	       "that contain it. A TOPIC is a part of the guide: basics, modes, setup, risks, "
	       "practices. "
	       "Verdicts and impacts are explained, too: verdict and impact list them.\n\n"
	       "Exit status: 0 done, 2 there is no such code, topic or word.\n\n"
	       "Examples:\n"
	       "  mtasweep explain policy_cert_expired\n"
	       "  mtasweep explain modes\n"
	       "  mtasweep explain mail_loss\n"
	       "  mtasweep explain mx\n"
	       "  mtasweep explain | grep ' error '\n"
	       "  mtasweep explain -m >findings.md",
};

/* ---- one finding ------------------------------------------------------------------------- */

/* Fills lines between an indent and the right margin. */
static void explain_fill(const char *label, const char *text)
{
	enum { INDENT = 13 };
	unsigned column = INDENT;

	printf("  %-11s", label);
	while (*text != '\0') {
		size_t word = strcspn(text, " ");
		if (column > INDENT && column + 1 + word > EXPLAIN_WIDTH) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		}
		if (column > INDENT) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)word, text);
		column += (unsigned)word;
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void explain_senders(const char *label, uint32_t senders)
{
	char text[256];
	size_t at = 0;

	for (unsigned i = 0; i < sender_count; i++)
		if ((senders >> i & 1) != 0)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
					       at > 0 ? ", " : "", sender_name((enum sender)i));
	if (at > 0)
		explain_fill(label, text);
}

/* A value in lines; a record in quotes, as it stands in a zone. */
static void explain_value(const char *label, struct span value, bool file)
{
	struct text t;

	text_init(&t, false, EXPLAIN_WIDTH, CHECK_TEXT_MAX);
	while (value.n > 0) {
		const char *lf = file ? memchr(value.p, '\n', value.n) : NULL;
		size_t n = lf != NULL ? (size_t)(lf - value.p) : value.n;
		text_printf(&t, "  %-11s%s", label, file ? "" : "\"");
		text_value(&t, span_of(value.p, n));
		text_put(&t, file ? "\n" : "\"\n");
		label = "";
		n += lf != NULL;
		value = span_of(value.p + n, value.n - n);
	}
	fwrite(t.out.p, 1, t.out.n, stdout);
	text_release(&t);
}

static void explain_example(enum issue code)
{
	struct span wrong, right;
	enum issue_example kind = issue_example(code, &wrong, &right);

	if (kind == ISSUE_EXAMPLE_NONE)
		return;
	explain_value("Wrong", wrong, kind == ISSUE_EXAMPLE_POLICY);
	explain_value("Right", right, kind == ISSUE_EXAMPLE_POLICY);
}

static void explain_code(enum issue code)
{
	const struct issue_info *info = issue_info(code);

	printf("%s\n", info->code);
	explain_fill("", info->title);
	explain_fill("Severity", severity_name(info->severity));
	if (info->impact != IMPACT_NONE)
		explain_fill("Impact", impact_label(info->impact));
	explain_fill("Why", info->why);
	explain_fill("Fix", info->fix);
	if (info->rfc[0] != '\0')
		explain_fill("Standard", info->rfc);
	explain_senders("Refused by", senders_refusing(code));
	explain_senders("Misread by", senders_misreading(code));
	explain_example(code);
	if (issue_group_info(info->group)->verify[0] != '\0')
		printf("  %-11s%s\n", "Verify", issue_group_info(info->group)->verify);
	printf("  %-11s%s\n", issue_group_info(info->group)->verify[0] != '\0' ? "" : "Verify",
	       "mtasweep check <domain>");
}

/* ---- words of the output ----------------------------------------------------------------- */

static void explain_doc(const char *key)
{
	const struct object *record = fields_record();

	for (unsigned i = 0; i < record->n; i++)
		if (strcmp(record->fields[i].key, key) == 0)
			explain_fill("", record->fields[i].doc);
}

/* A key of the record with what it may say. */
static bool explain_key(const char *word)
{
	bool verdict = strcmp(word, "verdict") == 0;

	if (!verdict && strcmp(word, "impact") != 0)
		return false;
	puts(word);
	explain_doc(word);
	for (unsigned i = 0; verdict && i < verdict_count; i++)
		printf("  %-14s %s\n", verdict_name((enum verdict)i),
		       verdict_label((enum verdict)i));
	for (unsigned i = 0; !verdict && i < impact_count; i++)
		printf("  %-14s %s\n", impact_name((enum impact)i), impact_stake((enum impact)i));
	return true;
}

static void explain_names(const char *key, const char *word)
{
	printf("  %-11smtasweep report --by name --select %s=%s RUN\n", "Names", key, word);
}

/* A verdict, an impact, or both: "none" is. */
static bool explain_value_of_key(const char *word)
{
	int verdict = verdict_parse(span_str(word)), impact = impact_parse(span_str(word));

	if (verdict >= 0) {
		printf("%s (verdict)\n", word);
		explain_fill("", verdict_label((enum verdict)verdict));
		explain_fill("Means", verdict_sentence((enum verdict)verdict));
		explain_names("verdict", word);
	}
	if (impact >= 0) {
		printf("%s%s (impact)\n", verdict >= 0 ? "\n" : "", word);
		if (impact_sentence((enum impact)impact)[0] != '\0')
			explain_fill("Means", impact_sentence((enum impact)impact));
		explain_fill("At stake", impact_stake((enum impact)impact));
		explain_names("impact", word);
	}
	return verdict >= 0 || impact >= 0;
}

/* ---- lists ------------------------------------------------------------------------------- */

static void explain_line(const struct issue_info *info)
{
	printf("  %-34s %-12s  %s\n", info->code, severity_name(info->severity), info->title);
}

/* The codes that contain word, or all of them, behind what was said of it before; returns their
 * number. */
static unsigned explain_list(const char *word, bool said)
{
	unsigned found = 0;
	int group = -1;

	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		const struct issue_info *info = issue_info((enum issue)i);
		if (word != NULL && strcasestr(info->code, word) == NULL &&
		    strcasestr(info->title, word) == NULL)
			continue;
		if (group != (int)info->group)
			printf("%s%s\n", found > 0 || said ? "\n" : "",
			       issue_group_info(info->group)->title);
		group = (int)info->group;
		explain_line(info);
		found++;
	}
	return found;
}

static void explain_cell_senders(enum issue code)
{
	bool any = false;

	for (unsigned i = 0; i < sender_count; i++) {
		bool refuses = (senders_refusing(code) >> i & 1) != 0;
		if (!refuses && (senders_misreading(code) >> i & 1) == 0)
			continue;
		printf("%s%s%s", any ? ", " : "", sender_name((enum sender)i),
		       refuses ? "" : " (misreads)");
		any = true;
	}
}

static void explain_row(enum issue code)
{
	const struct issue_info *info = issue_info(code);

	printf("| `%s` | %s | %s | **%s.** %s | %s | %s | ", info->code,
	       severity_name(info->severity), impact_name(info->impact), info->title, info->why,
	       info->fix, info->rfc);
	explain_cell_senders(code);
	puts(" |");
}

static void explain_markdown(void)
{
	int group = -1;

	puts("# Catalogue of findings\n\n"
	     "Made by `mtasweep explain --markdown`; do not edit. The source is "
	     "`parsers/issues.def`, for the last\n"
	     "column `parsers/senders.def`.\n\n"
	     "Severity: *error* no protection, or another one than was meant, or mail may be lost; "
	     "*warning* works,\n"
	     "but should be changed; *info*; *inconclusive* a temporary failure, never a "
	     "misconfiguration. Impact:\n"
	     "what happens at worst.\n\n"
	     "Senders whose reading is known:\n");
	for (unsigned i = 0; i < sender_count; i++)
		printf("- %s: %s\n", sender_name((enum sender)i), senders_version((enum sender)i));
	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		const struct issue_info *info = issue_info((enum issue)i);
		if (group != (int)info->group)
			printf("\n## %s\n\n| code | severity | impact | what and why | fix | "
			       "standard | senders |\n"
			       "|---|---|---|---|---|---|---|\n",
			       issue_group_info(info->group)->title);
		group = (int)info->group;
		explain_row((enum issue)i);
	}
}

static int explain_word(const char *word)
{
	int code = issue_parse(span_str(word));
	const struct guide_topic *topic = guide_topic(word);
	struct errmsg shown;

	if (code >= 0) {
		explain_code((enum issue)code);
		return CMD_OK;
	}
	if (topic != NULL) {
		guide_print(stdout, topic);
		return CMD_OK;
	}
	bool said = explain_key(word) || explain_value_of_key(word);
	if (explain_list(word, said) > 0 || said)
		return CMD_OK;
	const char *meant = suggest_code(word);
	fprintf(stderr, "mtasweep explain: no code and no title contains '%s'%s%s%s\n",
		errmsg_shown(&shown, word), meant != NULL ? ", did you mean " : "",
		meant != NULL ? meant : "", meant != NULL ? "?" : "");
	return CMD_USAGE;
}

static int explain_run(int argc, char **argv)
{
	struct explain e = {.words = NULL};
	int worst = CMD_OK;

	argp_err_exit_status = CMD_USAGE;
	if (argp_parse(&explain_argp, argc, argv, 0, NULL, &e) != 0)
		return CMD_USAGE;
	if (e.markdown) {
		explain_markdown();
		return CMD_OK;
	}
	if (e.words_n == 0)
		explain_list(NULL, false);
	for (unsigned i = 0; i < e.words_n; i++) {
		if (i > 0)
			putchar('\n');
		int rc = explain_word(e.words[i]);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}

const struct command cmd_explain = {
	.name = "explain",
	.summary = "what a finding means and how to fix it",
	.argp = &explain_argp,
	.run = explain_run,
};

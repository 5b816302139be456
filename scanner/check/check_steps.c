/* check_steps.c - see check_steps.h. */
#include "scanner/check/check_steps.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "scanner/check/check_parts.h"

#define STEPS_HOSTS_MAX 300u /* bytes of hosts that are named behind a step */

void steps_init(struct steps *c, struct text *t, const struct advice *a)
{
	const struct record_issue *first = record_first_issue(&a->record);

	*c = (struct steps){.t = t, .r = &a->record, .a = a};
	if (first != NULL && advice_acts(first))
		c->cause = first;
}

bool steps_cause_in(const struct steps *c, enum issue_group group)
{
	return c->cause != NULL && issue_info(c->cause->code)->group == group &&
	       !issue_has(c->cause->code, ISSUE_OF_SERVER);
}

void steps_short(struct steps *c, bool removes, const char *fmt, ...)
{
	va_list args;

	if (c->first == NULL || c->met || (c->first[0] != '\0' && !removes))
		return;
	va_start(args, fmt);
	vsnprintf(c->first, CHECK_SENTENCE_MAX, fmt, args);
	va_end(args);
	c->met = removes;
}

struct steps_note steps_note(const struct steps *c, unsigned steps)
{
	struct steps_note note = {""};

	assert(steps == 1 || steps == 2);
	if (c->numbers && steps == 1)
		snprintf(note.s, sizeof(note.s), " (step %u)", c->n + 1);
	else if (c->numbers)
		snprintf(note.s, sizeof(note.s), " (steps %u and %u)", c->n + 1, c->n + 2);
	return note;
}

void steps_add(struct steps *c, bool removes, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	steps_short(c, removes, "%s", line);
	text_printf(c->t, "  %u. ", ++c->n);
	text_fill(c->t, STEPS_INDENT, span_str(line));
}

void steps_more(struct steps *c, const char *line)
{
	unsigned indent = c->n > 0 ? STEPS_INDENT : CHECK_INDENT;

	text_to(c->t, indent);
	text_fill(c->t, indent, span_str(line));
}

void steps_copy(struct steps *c, const char *prefix, const char *text)
{
	text_to(c->t, STEPS_INDENT);
	text_style(c->t, TEXT_CODE);
	text_put(c->t, prefix);
	if (prefix[0] != '\0') {
		text_value(c->t, c->r->domain);
		text_put(c->t, ". IN TXT ");
	}
	text_value(c->t, span_str(text));
	text_style(c->t, TEXT_PLAIN);
	text_line(c->t);
}

void steps_txt(struct steps *c, const char *prefix, const char *value)
{
	char quoted[ADVICE_RECORD_MAX + 2];

	snprintf(quoted, sizeof(quoted), "\"%s\"", value);
	steps_copy(c, prefix, quoted);
}

/* ---- each thing once --------------------------------------------------------------------- */

/* Who follows the advice on one has followed that on the other: in words, or because it is told of
 * all hosts what is told of each. */
static bool steps_implies(enum issue one, enum issue other)
{
	const struct issue_info *a = issue_info(one), *b = issue_info(other);
	size_t stem = strlen(b->fix);

	if (issue_has(other, ISSUE_SUMS_UP) && !issue_has(one, ISSUE_SUMS_UP) &&
	    issue_has(one, ISSUE_OF_SERVER) && a->group == b->group)
		return true;
	stem -= stem > 0 && b->fix[stem - 1] == '.';
	return strncmp(a->fix, b->fix, stem) == 0;
}

/* What the head names is removed by following the catalogue's advice on this code, too. */
static bool steps_cause_like(const struct steps *c, enum issue code)
{
	if (c->cause == NULL)
		return false;
	/* A service that does not know the domain has neither certificate nor policy for it. */
	if (issue_info(code)->group == ISSUE_GROUP_PROVIDER &&
	    issue_info(code)->severity == SEVERITY_ERROR && steps_cause_in(c, ISSUE_GROUP_HOST))
		return true;
	return steps_implies(code, c->cause->code);
}

/* Which hosts a finding is about, as its detail says it; null where it is about all of them. */
static struct span steps_hosts(const struct record_issue *one)
{
	bool named = issue_has(one->code, ISSUE_OF_SERVER) && one->detail.n <= STEPS_HOSTS_MAX &&
		     span_starts(one->detail, SPAN_LIT("MX \""));

	return named ? one->detail : SPAN_NULL;
}

void steps_fix(struct steps *c, const struct record_issue *one, const char *fix)
{
	char line[CHECK_SENTENCE_MAX];
	struct span hosts = steps_hosts(one);
	bool removes = steps_cause_like(c, one->code);

	check_sentence(c->r, fix, line);
	/* In lists what is alike is told in the same words. */
	if (hosts.n == 0 || !c->numbers)
		steps_short(c, removes, "%s", line);
	if (hosts.n == 0)
		steps_add(c, removes, "%s", line);
	else
		steps_add(c, removes, "%s (%.*s)", line, (int)hosts.n, hosts.p);
}

/* The steps of the page say it already, and better. */
static bool steps_said(const struct steps *c, enum issue code)
{
	return issue_has(code, ISSUE_SAID) ||
	       (c->a->record_new && issue_has(code, ISSUE_OF_RECORD)) ||
	       (c->a->policy && issue_has(code, ISSUE_SAID_BY_POLICY));
}

static bool steps_is_of(enum issue code, enum issue_group group)
{
	bool server = issue_has(code, ISSUE_OF_SERVER);

	return group == ISSUE_GROUP_COUNT ? server : !server && issue_info(code)->group == group;
}

/* Another finding of the group says as much, or the same before. */
static bool steps_repeats(const struct steps *c, unsigned at, enum issue_group group)
{
	enum issue code = c->r->issues[at].code;

	for (unsigned i = 0; i < c->r->issues_n; i++) {
		const struct record_issue *other = &c->r->issues[i];
		if (i == at || !advice_acts(other) || !steps_is_of(other->code, group) ||
		    !steps_implies(other->code, code))
			continue;
		if (i < at || !steps_implies(code, other->code))
			return true;
	}
	return false;
}

void steps_fixes(struct steps *c, enum issue_group group)
{
	for (unsigned i = 0; i < c->r->issues_n; i++) {
		const struct record_issue *one = &c->r->issues[i];
		if (advice_acts(one) && !steps_said(c, one->code) &&
		    steps_is_of(one->code, group) && !steps_repeats(c, i, group))
			steps_fix(c, one, issue_info(one->code)->fix);
	}
}

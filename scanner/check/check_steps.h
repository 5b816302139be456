/*
 * check_steps.h - the numbered steps of the recommendations: what they are made of; private to
 * check/.
 *
 * The head of the page tells one of them, which is the first that removes the cause named there;
 * the first of all when none does.
 */
#ifndef MTASWEEP_CHECK_STEPS_H
#define MTASWEEP_CHECK_STEPS_H

#include "scanner/check/check_advice.h"
#include "scanner/check/check_view.h"

#define STEPS_INDENT 5u

struct steps {
	struct text *t;
	const struct record *r; /* the advice's: with the policy as far as it was seen */
	const struct advice *a;
	unsigned n;
	const struct record_issue *cause; /* what the head names, if it is to be acted on */
	char *first;  /* NULL, or where that one goes in short; CHECK_SENTENCE_MAX bytes */
	bool met;     /* first removes the cause */
	bool numbers; /* first names the steps, as they are shown */
	bool letter;  /* many names follow each other: nothing that is the same of all */
};

void steps_init(struct steps *c, struct text *t, const struct advice *a);

/* Whether the head names a finding of this group as the cause, not one of a mail server itself. */
bool steps_cause_in(const struct steps *c, enum issue_group group);

/* The next step in short, for the head of the page; removes: the cause. */
void steps_short(struct steps *c, bool removes, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* " (steps 1 and 2)" of those that come next, for steps_short(); empty where none is shown. */
struct steps_note {
	char s[48];
};
struct steps_note steps_note(const struct steps *c, unsigned steps);
/* A step, whose short form it is when none was given. */
void steps_add(struct steps *c, bool removes, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Belongs to the step before it, or stands alone. */
void steps_more(struct steps *c, const char *line);
/* A line to be copied: never wrapped, whatever the width. */
void steps_copy(struct steps *c, const char *prefix, const char *text);
void steps_txt(struct steps *c, const char *prefix, const char *value);
/* A sentence of the catalogue on a finding, with the mail servers that it is about. */
void steps_fix(struct steps *c, const struct record_issue *one, const char *fix);
/* What the catalogue says on each finding that is to be acted on, each thing once: of a group, or
 * with ISSUE_GROUP_COUNT of the mail servers themselves. */
void steps_fixes(struct steps *c, enum issue_group group);

#endif

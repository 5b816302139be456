/*
 * check_view.h - a record as a page for a mail administrator: what is published, what a sender
 * concludes, what is wrong, what to do. Pure rendering: the record, the clock and the style decide
 * every byte.
 */
#ifndef MTASWEEP_CHECK_VIEW_H
#define MTASWEEP_CHECK_VIEW_H

#include "output/record/record.h"
#include "output/text/text.h"

#define CHECK_WIDTH_MIN 60u
#define CHECK_WIDTH 80u
#define CHECK_WIDTH_MAX 120u
#define CHECK_WIDTH_UNBROKEN 8192u /* where whoever shows the page wraps it */
#define CHECK_TEXT_MAX                                                                             \
	(8u << 20) /* one page; what is shown of a body or answer is cut long before */

struct check_page {
	int64_t now;	     /* Unix seconds, for the fresh id */
	const char *version; /* of this program; not in a letter */
	bool brief;	     /* the head alone */
	bool stepless;	     /* the steps are not shown: the head does not name their numbers */
	bool letter;	     /* to one who does not run this program: nothing of its insides */
};

/* Appends the page to t, its width one of those above or between them. Memory: t->out.failed. */
void check_view(struct text *t, const struct record *r, const struct check_page *page);

/* The words of the first step that is recommended; empty when there is nothing to do. numbers:
 * where it is one of those that are shown, "(step 1)". */
#define CHECK_SENTENCE_MAX 1024u
struct span check_recommend_first(const struct record *r, int64_t now, bool numbers,
				  char out[CHECK_SENTENCE_MAX]);
/* The same, appended; now: an int64_t of Unix seconds. For lists and pages of many names. */
void check_action(void *now, const struct record *r, struct buf *out);

/* How it stands: the worst severity among the findings; TERM_NULL when there is none. An error is
 * worse than what is not known, and that worse than a warning. */
int check_worst(const struct record *r);

#endif

/* check_parts.h - what the parts of the page share; private to check/: pieces of text, then
 * the sections. No section calls another. */
#ifndef MTASWEEP_CHECK_PARTS_H
#define MTASWEEP_CHECK_PARTS_H

#include "parsers/issue.h"
#include "scanner/check/check_view.h"

#define CHECK_INDENT 2u
#define CHECK_LABEL 14u /* where the text behind a label begins */

/* check_text.c */
void check_section(struct text *t, const char *title);
/* "  label     text", wrapped. */
void check_label(struct text *t, const char *label, struct span s);
/* Whether s begins with a label that leaves a single blank before its text: who looks for two does
 * not see where that begins. */
bool check_label_fills(struct span s);
void check_labelf(struct text *t, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A sentence of its own, wrapped. */
void check_note(struct text *t, struct span s);
/* Whether a finding like this one stands before it, of another place: they have one heading. */
bool check_repeats(const struct record *r, const struct record_issue *one);
/* A sentence of the catalogue with this domain in the place of "<domain>", cut at 1 KiB. */
struct span check_sentence(const struct record *r, const char *s, char out[CHECK_SENTENCE_MAX]);
enum text_style check_style_of(enum severity severity);

/*
 * check_value.c: a value as published, with carets under what the findings f point at. Only
 * findings that the record has are marked; a value that is another's (not the one that was judged)
 * is shown with f NULL.
 */
struct check_value {
	struct span value;
	const struct findings *f;
	const struct record *r;
	bool lines;	   /* a file: numbered lines; else one line in quotes */
	unsigned rows_max; /* then the rest is only counted */
};
void check_value(struct text *t, const struct check_value *v);

/* The sections, in the order of the page, each in the file of its name. */
void check_head(struct text *t, const struct record *r, const struct check_page *page);
void check_published(struct text *t, const struct record *r);
void check_hosts(struct text *t, const struct record *r);
void check_issues(struct text *t, const struct record *r);
void check_recommend(struct text *t, const struct record *r, const struct check_page *page);

#endif

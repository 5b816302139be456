/*
 * letter.h - letters to those who run domains: a template, filled in from records.
 *
 * A template is text with {{words}}. What stands between {{#names}} and {{/names}} is written once
 * a name. What comes from outside is made harmless; the advice is the page that `check` prints.
 */
#ifndef MTASWEEP_LETTER_H
#define MTASWEEP_LETTER_H

#include <stdio.h>

#include "output/base/errmsg.h"
#include "output/record/record.h"

#define LETTER_TEMPLATE_MAX (1u << 20)

struct letter_template {
	struct span head, names, tail;
};

/* What a letter is about. */
struct letter {
	struct span tag;	/* null: nobody's in particular */
	uint64_t names, losing; /* ... of them those that lose mail */
	FILE *list;		/* of letter_line()s */
	int64_t now;		/* Unix seconds, for fresh ids */
	int64_t scanned;	/* when the last of the names was */
};

/* The template for those who have none. */
extern const char letter_default[];

/* 0, or -1 with a sentence that names the line. text outlives t. */
int letter_parse(struct letter_template *t, struct span text, struct errmsg *err);
/* What stands before and behind the names. Errors are those of the file. */
void letter_head(FILE *out, const struct letter_template *t, const struct letter *l);
void letter_tail(FILE *out, const struct letter_template *t, const struct letter *l);
/* One name in a line or two, for the list of all. 0, or -1 without memory. */
int letter_line(FILE *list, const struct record *r);
/* All of a temporary file, appended to out. Errors are those of the files. */
void letter_copy(FILE *from, FILE *out);
/* One name. 0, or -1 without memory. */
int letter_name(FILE *out, const struct letter_template *t, const struct letter *l,
		const struct record *r);

#endif

/*
 * text.h - text for a terminal: colours, filled paragraphs, and network bytes made harmless.
 *
 * Everything is written into a buffer, so that what is shown can be compared in tests. Bytes that
 * came from the network go through text_value() or text_fill(); control bytes, ESC, C1 codes and
 * characters that reorder or hide text never reach the terminal. Without colour the same words
 * stand at the same places.
 */
#ifndef MTASWEEP_TEXT_H
#define MTASWEEP_TEXT_H

#include <stdbool.h>

#include "output/text/json.h"
#include "parsers/span.h"

enum text_style {
	TEXT_PLAIN,
	TEXT_TITLE,
	TEXT_ERROR,
	TEXT_WARNING,
	TEXT_INFO,
	TEXT_GOOD,
	TEXT_BAD, /* one among several words, where an error's style would shout */
	TEXT_DIM,
	TEXT_CODE, /* what is or should be published */
};

/* Errors are sticky: out.failed. column is where the next character goes, from 0. */
struct text {
	struct buf out;
	bool colour;
	unsigned width, column;
};

void text_init(struct text *t, bool colour, unsigned width, size_t max);
void text_release(struct text *t);

/* Our own words, printable ASCII and newlines. */
void text_put(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_style(struct text *t, enum text_style style);
/* What it writes where there is colour. */
const char *text_style_code(enum text_style style);
/* Our own words in a style. */
void text_styled(struct text *t, enum text_style style, const char *s);
/* Blanks up to a column, at least one. */
void text_to(struct text *t, unsigned column);
void text_line(struct text *t); /* ends the line */

/* A part of a line, `gap` columns behind the one before, at most 160 bytes; left out as a whole
 * where the width has no room. Whoever wrote what is in it: all but printable ASCII becomes '?'. */
bool text_part(struct text *t, unsigned gap, enum text_style style, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Any bytes in printable ASCII: all others as \xNN, so that each byte has its place. */
void text_value(struct text *t, struct span s);
/* The form of one byte in text_value(); its length. */
unsigned text_byte(unsigned char c, char out[5]);

/* Words of s from the current column on, wrapped at the width and indented by `indent` (less); what
 * stands in quotes is not broken where it has room on a line. Then ends the line. Well-formed UTF-8
 * is kept, except what could deceive. */
void text_fill(struct text *t, unsigned indent, struct span s);

#endif

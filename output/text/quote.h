/*
 * quote.h - bytes from outside inside a sentence.
 *
 * A quote shows what is there: whatever could drive a terminal, or hide, join or reorder what
 * stands around it, is told as \xHH, byte for byte, and so is a backslash, so that no quote can be
 * taken for another. What is too long ends in "...".
 */
#ifndef MTASWEEP_QUOTE_H
#define MTASWEEP_QUOTE_H

#include <stdbool.h>

#include "parsers/span.h"

#define QUOTE_MAX 95 /* bytes of a quote's text: a line of a terminal has room for it and a name */

struct quote {
	char text[QUOTE_MAX + 1]; /* well-formed UTF-8, NUL-terminated */
	bool exact;		  /* the bytes themselves: nothing cut, nothing escaped */
};

/* The quotation marks are the caller's. A span without bytes makes an empty, exact quote. */
struct quote quote_of(struct span s);

#endif

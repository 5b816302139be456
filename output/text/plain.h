/*
 * plain.h - text from outside on a terminal or in a text file.
 */
#ifndef MTASWEEP_PLAIN_H
#define MTASWEEP_PLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "parsers/span.h"

/* Characters, not bytes, of valid or invalid UTF-8. */
int plain_width(struct span s);
/* At most max characters, filled up with blanks to `width`. What could drive a terminal, or hide
 * and reorder the text, becomes '?'. */
void plain_put(FILE *out, struct span s, int width, int max);
/* Whether a line of s may end before its byte at `at`: a blank, but for that between a number and
 * its "%". */
bool plain_breaks(struct span s, size_t at);
/* The text in lines of `width` characters at most, the first behind `lead`, others behind `indent`,
 * which is as long; a word that is longer is a line. Blanks at a break are dropped. */
void plain_wrapped(FILE *out, struct span s, const char *lead, const char *indent, int width);

#endif

/*
 * plain.h - text from outside on a terminal or in a text file.
 */
#ifndef MTASWEEP_PLAIN_H
#define MTASWEEP_PLAIN_H

#include <stdio.h>

#include "parsers/span.h"

/* Characters, not bytes, of valid or invalid UTF-8. */
int plain_width(struct span s);
/* At most max characters, filled up with blanks to `width`. What could drive a terminal, or hide
 * and reorder the text, becomes '?'. */
void plain_put(FILE *out, struct span s, int width, int max);

#endif

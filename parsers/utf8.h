/*
 * utf8.h - is it UTF-8 (RFC 3629)? No overlong forms, no surrogates, nothing past U+10FFFF.
 */
#ifndef MTASWEEP_UTF8_H
#define MTASWEEP_UTF8_H

#include <stdbool.h>

#include "parsers/span.h"

/* Bytes before the first ill-formed one; s.n when all of it is well-formed. */
size_t utf8_valid_prefix(struct span s);

/* Length of the well-formed sequence at p (n bytes follow), or 0. */
unsigned utf8_sequence(const char *p, size_t n);

/* Whether the sequence of n bytes must not reach a terminal: controls (C0, DEL, C1), and characters
 * without a shape of their own, which reorder, join or hide what stands around them. */
bool utf8_deceives(const char *p, unsigned n);

#endif

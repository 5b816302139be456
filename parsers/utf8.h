/*
 * utf8.h - is it UTF-8 (RFC 3629)? No overlong forms, no surrogates, nothing past U+10FFFF.
 */
#ifndef MTASWEEP_UTF8_H
#define MTASWEEP_UTF8_H

#include "parsers/span.h"

/* Bytes before the first ill-formed one; s.n when all of it is well-formed. */
size_t utf8_valid_prefix(struct span s);

/* Length of the well-formed sequence at p (n bytes follow), or 0. */
unsigned utf8_sequence(const char *p, size_t n);

#endif

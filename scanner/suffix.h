/*
 * suffix.h - the public suffix list: which part of a name somebody registered.
 */
#ifndef MTASWEEP_SUFFIX_H
#define MTASWEEP_SUFFIX_H

#include "parsers/span.h"

struct suffix;

/* The system's list, or the one built into libpsl. NULL when there is none. */
struct suffix *suffix_new(void);
void suffix_free(struct suffix *s);

/* Last label, and public suffix plus one label; spans into `domain`, which is a lower-case A-label name with
 * a NUL behind it. *registrable is null when the name is a public suffix itself. */
void suffix_split(const struct suffix *s, struct span domain, struct span *tld,
		  struct span *registrable);

#endif

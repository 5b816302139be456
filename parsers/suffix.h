/*
 * suffix.h - the public suffix list (libpsl's built-in copy): where registrations happen.
 */
#ifndef MTASWEEP_SUFFIX_H
#define MTASWEEP_SUFFIX_H

#include "parsers/span.h"

/* Names as in struct record: lower-case A-labels without a final dot. */
bool suffix_is_public(struct span name);
/* Public suffix and one label more, a part of name; null when name is a public suffix itself. */
struct span suffix_registrable(struct span name);

#endif

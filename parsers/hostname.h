/*
 * hostname.h - host names as text: the Domain of RFC 5321 4.1.2, labels, distance.
 *
 * Names compare without case (RFC 4343) and have no final dot here. Nothing allocates; everything
 * is linear in the name's length.
 */
#ifndef MTASWEEP_HOSTNAME_H
#define MTASWEEP_HOSTNAME_H

#include "parsers/limits.h"
#include "parsers/span.h"

enum hostname_fault {
	HOSTNAME_OK,
	HOSTNAME_EMPTY,
	HOSTNAME_LONG,	      /* over NAME_TEXT_MAX */
	HOSTNAME_LABEL_EMPTY, /* two dots, one at the start or at the end */
	HOSTNAME_LABEL_LONG,  /* over NAME_LABEL_MAX */
	HOSTNAME_CHARACTER,   /* not a letter, digit or hyphen */
	HOSTNAME_HYPHEN,      /* a label begins or ends with '-' */
};

/* Domain = sub-domain *("." sub-domain), sub-domain = Let-dig [Ldh-str]. *at: the offending
 * byte. */
enum hostname_fault hostname_check(struct span name, size_t *at);

bool hostname_is_ipv4(struct span name);
unsigned hostname_labels(struct span name);
/* The name without its first label; empty (p NULL) when there is only one. */
struct span hostname_parent(struct span name);
/* The last n labels; the whole name when it has no more. */
struct span hostname_tail(struct span name, unsigned n);
/* name is suffix, or ends with "." suffix. */
bool hostname_under(struct span name, struct span suffix);
/* Whether some label starts with `prefix`. */
bool hostname_has_label(struct span name, struct span prefix);

/* Edit distance (insert, delete, replace), without case, if <= max <= HOSTNAME_DISTANCE_MAX; else
 * max + 1. Linear: only a band of 2 * max + 1 is computed. */
#define HOSTNAME_DISTANCE_MAX 3u
unsigned hostname_distance(struct span a, struct span b, unsigned max);

#endif

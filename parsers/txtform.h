/*
 * txtform.h - TXT records as tools write them (RFC 1035 5.1): lines of `dig`, with and without
 * +short, of `kdig`, `host` and `nslookup`, and of zone files with their parentheses.
 *
 * One record can be several strings, which belong together without anything between them (RFC 8461
 * 3.1); only the quotes tell where one ends. Aliases before the record are lines of their own.
 */
#ifndef MTASWEEP_TXTFORM_H
#define MTASWEEP_TXTFORM_H

#include <stdbool.h>

#include "parsers/span.h"

#define TXTFORM_RECORDS_MAX 64

struct txtform {
	struct span value[TXTFORM_RECORDS_MAX]; /* strings joined, escapes undone */
	unsigned strings[TXTFORM_RECORDS_MAX];
	unsigned n, dropped; /* records */
	unsigned aliases;    /* lines that name the target of one */
};

/*
 * `out` holds text.n bytes; the values point into it. True when the whole text is of that form:
 * then its n may still be 0, if there are aliases only. A text without a newline at its end is
 * never of that form: it is a value itself.
 */
bool txtform_read(struct span text, char *out, struct txtform *form);

#endif

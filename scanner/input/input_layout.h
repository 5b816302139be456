/*
 * input_layout.h - how a file is to be read, decided from its header and its first rows together.
 *
 * What a header says is believed only if the rows bear it out, and what looks like a name is taken
 * for one only in a place where lists have names: the column that the header names, a line's only
 * field, the first of several, or behind a rank. Everything else is refused with the option that
 * settles it, before a name is scanned.
 */
#ifndef MTASWEEP_INPUT_LAYOUT_H
#define MTASWEEP_INPUT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "parsers/span.h"
#include "scanner/input/input_csv.h"

/* What a header may call the column of the names, in order of preference: for people. */
#define INPUT_LAYOUT_NAMES                                                                         \
	"domain, domain name, fqdn, hostname, origin, domains, mail domain, email domain, "        \
	"DNS name, host_rev, root domain, registered domain, host, website, url, site, "           \
	"web address, name, email, email address, mail"

#define INPUT_SAMPLE_MAX 64 /* lines that are looked at */

/* What the user said about it; borrowed. All zero: nothing. */
struct input_wishes {
	const char *domain_column; /* a name of the header, or a number from 1; NULL: find it */
	const char *tag_column;	   /* likewise; NULL: none */
	char separator;		   /* '\0': find it */
	bool no_header;
};

/* The first lines of a file, blank ones left out. */
struct input_sample {
	const char *path; /* as people know it, for messages */
	struct span row[INPUT_SAMPLE_MAX];
	uint64_t line[INPUT_SAMPLE_MAX]; /* of the file */
	size_t n;
	/* The last comment before the first row, a header perhaps; SPAN_NULL: none. */
	struct span comment;
};

/* 0, or -1 when the file cannot be read as it is: the message says which option would. */
int input_layout_decide(const struct input_sample *sample, const struct input_wishes *wishes,
			struct input_columns *out, struct errmsg *err);

/* "columns parted by ',', a header; names from column 2, ranks from column 1": for people. */
void input_layout_describe(const struct input_columns *c, char *buf, size_t cap);

/* "tab", "space", "\t" or one character: the separator, or '\0' for what is none. */
char input_separator_parse(const char *arg);

#endif

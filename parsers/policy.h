/*
 * policy.h - the policy file at https://mta-sts.DOMAIN/.well-known/mta-sts.txt (RFC 8461 3.2).
 *
 * Zero-copy, no allocation, one pass over the bytes whatever they are. The parser recovers: it
 * reports every independent defect with its line and column and still gives the best reading;
 * `valid` follows the grammar to the letter. LF or CRLF ends a line, the last may have none, the
 * first of a duplicated field counts, unknown fields are ignored.
 *
 * Where the file as a whole is something else (HTML, JSON, UTF-16, nothing at all, no line that
 * looks like a policy field) that is the only finding: remarks about its lines would not help
 * anybody.
 */
#ifndef MTASWEEP_POLICY_H
#define MTASWEEP_POLICY_H

#include <stdint.h>

#include "parsers/issue.h"
#include "parsers/limits.h"
#include "parsers/span.h"

struct policy {
	bool valid;
	int newline;	 /* enum newline or -1 when there is no byte */
	int mode;	 /* enum mode; -1 missing or not a mode */
	int64_t max_age; /* seconds; -1 missing or not a number */
	uint32_t mx_n;	 /* mx fields whose value is a pattern; all of them, also past mx[] */
	uint32_t mx_line[POLICY_MX_KEPT];
	struct span mx[POLICY_MX_KEPT]; /* the first of them */
	struct span body;		/* what was parsed */
};

void policy_parse(struct span body, struct findings *f, struct policy *out);

/* Walks the mx patterns (the valid ones) of a parsed policy, without a limit to their number. */
struct policy_mx {
	const struct policy *policy;
	size_t at;
	uint32_t i;
};

struct policy_mx policy_mx_start(const struct policy *p);
bool policy_mx_next(struct policy_mx *it, struct span *pattern);

/* The known fields, for hints. */
enum policy_key { POLICY_VERSION, POLICY_MODE, POLICY_MAX_AGE, POLICY_MX, POLICY_UNKNOWN };
const char *policy_key_name(enum policy_key key);
/* The known field that an unknown name was probably meant to be, by case or spelling; else
 * UNKNOWN. */
enum policy_key policy_key_guess(struct span name);

/* policy_mx.c: what is wrong with one mx value, an enum issue or -1; *breaks: it is no pattern. */
int policy_mx_check(struct span value, bool *breaks);
bool policy_mx_valid(struct span value);
/* Whether a policy can name this MX host: a host name of at least two labels, and no address. */
bool policy_mx_names(struct span host);

#endif

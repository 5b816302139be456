/*
 * ehlo.h - what a server says it can do: the keywords of its reply to EHLO (RFC 5321 4.1.1.1).
 */
#ifndef MTASWEEP_EHLO_H
#define MTASWEEP_EHLO_H

#include "parsers/smtp_reply.h"

struct ehlo {
	unsigned keywords_n;  /* lines after the first that begin with one */
	bool starttls;	      /* RFC 3207; any case (RFC 5321 2.4), the whole word */
	bool starttls_masked; /* "XXXXXXXA" stands where it was: a middlebox took it out */
	bool requiretls;      /* RFC 8689 */
	bool smtputf8;	      /* RFC 6531 */
};

/* The keyword of a line after the first: (ALPHA / DIGIT) *(ALPHA / DIGIT / "-"), up to a blank,
 * "=" or the end; SPAN_NULL when the line begins otherwise. Points into line. */
struct span ehlo_keyword(struct span line);

/* r is a complete reply. Lines that were not kept are not looked at. */
void ehlo_read(const struct smtp_reply *r, const char *bytes, struct ehlo *out);

#endif

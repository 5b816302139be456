/*
 * truth.h - what a scan must find, one NDJSON line a name.
 */
#ifndef LABNET_TRUTH_H
#define LABNET_TRUTH_H

#include <stdio.h>

#include "datasets/labnet/population.h"

struct truth {
	int verdict, impact, stage; /* enumerations of terms.h */
	const char *cause;	    /* NULL: nothing to be found */
	int mode;		    /* TERM_NULL unless a policy was had */
	bool tlsrpt;		    /* one valid record */
	int sts_dns, policy_dns, mx_dns;
	int tls_reason;	      /* TERM_NULL: verified, or no handshake */
	int http_status;      /* of a completed request, whatever the certificate; 0 none */
	const char *mx_match; /* all, partial, none; NULL: nothing to compare */
};

/*
 * Left out is what a scanner may do one way or the other: "stage", "policy_dns", "tls_reason" and
 * "http_status" where the record is void (is the policy host worth a look?), "mode" where the
 * policy is (is the line that can be read worth a word?).
 */
void truth_print(FILE *out, const struct population *p, const struct situation *s);

/* Lines of a list: "name" or "rank,name", any case, final dot, CRLF, BOM; blank lines and #
 * comments are passed over. False at the end. */
bool truth_read_name(FILE *in, char name[NAME_BUF]);

#endif

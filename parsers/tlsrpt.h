/*
 * tlsrpt.h - the TXT record at _smtp._tls.DOMAIN (RFC 8460 3).
 *
 * Zero-copy, no allocation, one pass; recovers like the MTA-STS record's parser (sts_record.h).
 */
#ifndef MTASWEEP_TLSRPT_H
#define MTASWEEP_TLSRPT_H

#include "parsers/issue.h"
#include "parsers/limits.h"
#include "parsers/span.h"

struct tlsrpt {
	bool valid;
	unsigned rua_n,
		rua_dropped; /* URIs, of all rua fields, good and bad; kept and past the limit */
	struct span rua[TLSRPT_RUA_MAX];
};

void tlsrpt_parse(struct span txt, struct findings *f, struct tlsrpt *out);

/* RFC 8460 3: records that do not begin with "v=TLSRPTv1;" are discarded, what is left must be one.
 * The members mean the same as those of struct sts_choice. */
enum tlsrpt_set { TLSRPT_SET_NONE, TLSRPT_SET_ONE, TLSRPT_SET_MULTIPLE, TLSRPT_SET_DISCARDED };

struct tlsrpt_choice {
	enum tlsrpt_set set;
	unsigned chosen, candidates, others;
};

void tlsrpt_choose(const struct span *txt, unsigned n, struct tlsrpt_choice *out);
/* Chooses and parses: the index of the record that is to be judged, or -1 when choice->set is none
 * or multiple; f and out are only written with an index. */
int tlsrpt_take(const struct span *txt, unsigned n, struct tlsrpt_choice *choice,
		struct findings *f, struct tlsrpt *out);
bool tlsrpt_meant(struct span txt);

#endif

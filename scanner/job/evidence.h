/*
 * evidence.h - writes DNS answers into a record: copies what is kept out of a message that is about
 * to die.
 *
 * Every function returns 0, or -1 when the arena is exhausted (our failure).
 */
#ifndef MTASWEEP_EVIDENCE_H
#define MTASWEEP_EVIDENCE_H

#include "output/base/arena.h"
#include "output/record/record.h"
#include "parsers/dnsmsg.h"
#include "parsers/netaddr.h"

/* What came of one question; m and set are NULL when there is no message. */
struct evidence_answer {
	enum dns_outcome outcome;
	struct span resolver; /* outlives the record */
	const struct dnsmsg *m;
	const struct dnsmsg_rrset *set;
};

int evidence_txt(struct arena *a, const struct evidence_answer *answer, struct record_txt *out);
int evidence_mx(struct arena *a, const struct evidence_answer *answer, struct record_mx *out);
/* Adds the CNAME chain of an answer, as text, to what is there. */
int evidence_cname(struct arena *a, const struct evidence_answer *answer, const struct span **out,
		   unsigned *n);
/* Addresses of an A or AAAA answer; returns how many were written. */
unsigned evidence_addresses(const struct evidence_answer *answer, struct netaddr *out,
			    unsigned max);
/* Of two questions for addresses (A and AAAA), what is known about the name. */
enum dns_outcome evidence_address_outcome(enum dns_outcome a, enum dns_outcome aaaa);

#endif

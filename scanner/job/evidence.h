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
/* Who says that nothing exists at this name and below it (RFC 8020 2): the zone that denies, which
 * must be one above the name. Null when the answer is no such denial: no SOA, that of the name
 * itself (a zone's apex exists), or one of an alias' target. */
int evidence_denier(struct arena *a, const struct evidence_answer *answer, struct span name,
		    struct span *by);
/* What that denial means for a TXT question below the name. */
void evidence_txt_denied(const struct evidence_answer *answer, struct span by,
			 struct record_txt *out);
/* Adds the CNAME chain of an answer, as text, to what is there. */
int evidence_cname(struct arena *a, const struct evidence_answer *answer, const struct span **out,
		   unsigned *n);
/* Addresses of an A or AAAA answer; returns how many were written. */
unsigned evidence_addresses(const struct evidence_answer *answer, struct netaddr *out,
			    unsigned max);
/* Of two questions for addresses (A and AAAA), what is known about the name. */
enum dns_outcome evidence_address_outcome(enum dns_outcome a, enum dns_outcome aaaa);

#endif

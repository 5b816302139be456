/*
 * sts_record.h - the TXT record at _mta-sts.DOMAIN (RFC 8461 3.1).
 *
 * Zero-copy, no allocation, one pass. The parser recovers: it reports every independent defect of a
 * value and still gives the best reading of it; `valid` follows the grammar to the letter.
 */
#ifndef MTASWEEP_STS_RECORD_H
#define MTASWEEP_STS_RECORD_H

#include "parsers/issue.h"
#include "parsers/span.h"

struct sts_record {
	bool valid;
	struct span
		id; /* first id, in the value; null when there is none. Valid records: never null */
};

/* Judges one TXT value (its strings joined). f is initialised here. */
void sts_record_parse(struct span txt, struct findings *f, struct sts_record *out);

/*
 * Which of the TXT records at the name is the record. RFC 8461 3.1: "If multiple TXT records ...
 * are returned ..., records which do not begin with "v=STSv1;" are discarded."; what is left must
 * be one.
 */
enum sts_set {
	STS_SET_NONE,	   /* nothing here was ever meant to be an MTA-STS record */
	STS_SET_ONE,	   /* txt[chosen] is to be judged; it need not be valid */
	STS_SET_MULTIPLE,  /* several begin with "v=STSv1;" */
	STS_SET_DISCARDED, /* txt[chosen] was meant, but the rule above discards it */
};

struct sts_choice {
	enum sts_set set;
	unsigned chosen;
	unsigned candidates; /* records that begin with "v=STSv1;" */
	unsigned others;     /* records that are not one of them and not the chosen one */
};

void sts_record_choose(const struct span *txt, unsigned n, struct sts_choice *out);
/* Chooses and parses: the index of the record that is to be judged, or -1 when choice->set is none
 * or multiple; f and out are only written with an index. */
int sts_record_take(const struct span *txt, unsigned n, struct sts_choice *choice,
		    struct findings *f, struct sts_record *out);

/* True when a policy is to be fetched: exactly one record counts and it is valid. */
bool sts_record_usable(const struct span *txt, unsigned n);

/* Somebody meant this text to be an MTA-STS record, however wrong it is. */
bool sts_record_meant(struct span txt);

#endif

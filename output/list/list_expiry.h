/*
 * list_expiry.h - of a record's certificates, its policy host's and those that its MX hosts showed,
 * the one that ends first.
 */
#ifndef MTASWEEP_LIST_EXPIRY_H
#define MTASWEEP_LIST_EXPIRY_H

#include "output/record/record.h"

struct list_expiry {
	int64_t at;	    /* Unix seconds; INT64_MIN: no certificate was seen */
	struct span host;   /* the MX host; null: the policy host */
	struct span issuer; /* into the record */
};

struct list_expiry list_expiry(const struct record *r);

#endif

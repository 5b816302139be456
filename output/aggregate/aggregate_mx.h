/*
 * aggregate_mx.h - the part of an aggregate that is about MX hosts: aggregate.c's own.
 */
#ifndef MTASWEEP_AGGREGATE_MX_H
#define MTASWEEP_AGGREGATE_MX_H

#include "output/aggregate/aggregate_data.h"

/* What DANE senders make of a name some of whose hosts have secure TLSA records. */
enum name_dane {
	NAME_DANE_NULL,	    /* not known, or no such host */
	NAME_DANE_OK,	    /* deliver to each of these hosts */
	NAME_DANE_REFUSED,  /* turn away from some host */
	NAME_DANE_EVERY,    /* ... from every one */
	NAME_DANE_UNUSABLE, /* use TLS, and authenticate nobody at some host */
};
enum name_dane aggregate_dane(const struct facts *f);

/* A name's MX hosts. 0, or -1 without memory. */
int aggregate_add_mx(struct aggregate *a, const struct facts *f);

/* Index of the range that v is in; from[] is the smallest of each. */
static inline unsigned aggregate_bucket(const int64_t *from, unsigned n, int64_t v)
{
	unsigned i = 0;

	while (i + 1 < n && v >= from[i + 1])
		i++;
	return i;
}

#endif

/*
 * providers.h - who operates a host, by its name; the table is datasets/providers.tsv.
 */
#ifndef MTASWEEP_PROVIDERS_H
#define MTASWEEP_PROVIDERS_H

#include "parsers/span.h"

/* Operator's name, or NULL. Names as in struct record: lower case, no final dot. */
const char *provider_of_policy(struct span target);  /* a service that manages policies */
const char *provider_of_hosting(struct span target); /* web hosting: the customer writes the file */
const char *provider_of_mx(struct span host);
const char *provider_of_parking(struct span host);
/* A wildcard over all of this domain covers hosts of strangers. */
bool provider_is_broad(struct span domain);

#endif

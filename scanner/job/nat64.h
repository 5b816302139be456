/*
 * nat64.h - asks once for the prefix under which this network's translator hides IPv4 (RFC 7050),
 * so that a scanned domain cannot have us contact an address of the inside behind it.
 *
 * Only where we have IPv6 ourselves. Not to learn it is no error: most networks have none.
 */
#ifndef MTASWEEP_NAT64_H
#define MTASWEEP_NAT64_H

#include "scanner/dns/resolver.h"
#include "scanner/hosts/reach.h"

struct nat64 {
	struct reach *reach;
	struct question question;
	bool asked; /* and not answered yet: nobody should be contacted before */
};

void nat64_start(struct nat64 *n, struct resolver *resolver, struct reach *reach);

#endif

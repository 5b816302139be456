/*
 * netaddr.h - addresses and networks, and which of them a stranger may make us contact.
 */
#ifndef MTASWEEP_NETADDR_H
#define MTASWEEP_NETADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/span.h"

/* An IPv4 or IPv6 address in network byte order; v4 uses the first four bytes. */
struct netaddr {
	uint8_t family; /* 4 or 6 */
	uint8_t bytes[16];
};

struct netaddr_cidr {
	struct netaddr base;
	uint8_t bits;
};

#define NETADDR_TEXT_MAX 46

int netaddr_parse(struct span text, struct netaddr *out);           /* 0 or -1; no brackets, no zone */
int netaddr_cidr_parse(struct span text, struct netaddr_cidr *out); /* "a/b", or a lone address */
void netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT_MAX]);
bool netaddr_in(const struct netaddr *a, const struct netaddr_cidr *net);

/*
 * NULL for a globally reachable unicast address (IANA special-purpose registries, RFC 6890 and its
 * updates), else what it is, for people: "loopback", "private", "link-local", "shared (CGNAT)" ...
 * Looks through v4-mapped, v4-compatible, NAT64 (RFC 6052), 6to4 and Teredo forms.
 */
const char *netaddr_special(const struct netaddr *a);

#endif

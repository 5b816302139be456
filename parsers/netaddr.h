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

/* 0 or -1; no brackets, no zone, four decimal numbers for IPv4. */
int netaddr_parse(struct span text, struct netaddr *out);
/* "a/b", or a lone address; 0 or -1. Bits behind the prefix are cleared in base. */
int netaddr_cidr_parse(struct span text, struct netaddr_cidr *out);
void netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT_MAX]);
/* Plain prefix comparison; families never mix. See netaddr_embedded() for --exclude. */
bool netaddr_in(const struct netaddr *a, const struct netaddr_cidr *net);

/*
 * The IPv4 address where packets to an IPv6 address end up: v4-mapped, v4-compatible,
 * v4-translated, NAT64 (both prefixes), 6to4, ISATAP; for Teredo the client's. False when there is
 * none. A list of excluded networks must be asked for both addresses.
 */
bool netaddr_embedded(const struct netaddr *a, struct netaddr *v4);

/*
 * A network's own NAT64 prefix, as the answer for ipv4only.arpa shows it (RFC 7050 3, 192.0.0.170
 * and .171 behind it): the longest that fits, of the lengths that RFC 6052 2.2 knows. 0, or -1:
 * there is none.
 */
int netaddr_nat64_prefix(const struct netaddr *shown, struct netaddr_cidr *out);
/* The IPv4 address behind such a prefix. False when the address is not below it. */
bool netaddr_behind(const struct netaddr *a, const struct netaddr_cidr *nat64, struct netaddr *v4);

/*
 * NULL for a globally reachable unicast address (IANA special-purpose registries, RFC 6890 and its
 * updates), else what it is, for people: "loopback", "private", "link-local", "shared (CGNAT)" ...
 * An embedded IPv4 address that is special makes the whole special. v4-mapped, v4-compatible,
 * local-use NAT64 (64:ff9b:1::/48) and Teredo addresses are special whatever they embed. Of the few
 * blocks that IANA lists as reachable inside 192.0.0.0/24 and 2001::/23 none holds web servers:
 * special as well.
 */
const char *netaddr_special(const struct netaddr *a);

#endif

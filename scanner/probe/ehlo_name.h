/*
 * ehlo_name.h - who we say we are at EHLO (RFC 5321 4.1.4) when nobody told us.
 */
#ifndef MTASWEEP_EHLO_NAME_H
#define MTASWEEP_EHLO_NAME_H

#include <sys/socket.h>

#include "parsers/limits.h"
#include "parsers/netaddr.h"

/*
 * This machine's name when it is one of the public DNS (with a dot, and not below "local" and the
 * like, which block lists take for a broken client), else the address literal of the source address
 * towards `peer`. Sends nothing.
 */
void ehlo_own_name(const struct sockaddr_storage *peer, char out[NAME_BUF]);

/* The IPv4 address that hosts of the world see us come from, as far as this machine can tell:
 * family 0 when it is none of theirs (a translator stands in between). Sends nothing. */
void ehlo_own_address(struct netaddr *out);

#endif

/*
 * ehlo_name.h - who we say we are at EHLO (RFC 5321 4.1.4) when nobody told us.
 */
#ifndef MTASWEEP_EHLO_NAME_H
#define MTASWEEP_EHLO_NAME_H

#include <sys/socket.h>

#include "parsers/limits.h"

/*
 * This machine's name when it is one of the public DNS (with a dot, and not below "local" and the
 * like, which block lists take for a broken client), else the address literal of the source address
 * towards `peer`. Sends nothing.
 */
void ehlo_own_name(const struct sockaddr_storage *peer, char out[NAME_BUF]);

#endif

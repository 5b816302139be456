/*
 * reach.h - whom we may contact. A scanned domain chooses where its policy host points, so the
 * decision is ours: only global unicast addresses, unless --allow-net says more; never what
 * --exclude names.
 */
#ifndef MTASWEEP_REACH_H
#define MTASWEEP_REACH_H

#include <stdbool.h>

#include "output/base/errmsg.h"
#include "parsers/netaddr.h"
#include "parsers/span.h"

struct reach;

/* Blocks special addresses and every address of our own interfaces: in a scan, a stranger could
 * make us talk to ourselves. NULL without memory. */
struct reach *reach_new(void);
void reach_free(struct reach *r);

/* Global addresses of our own may be contacted: for whoever checks a domain on the machine that
 * serves its policy. */
void reach_allow_own(struct reach *r);
/* Whether one of our interfaces has a global IPv6 address. */
bool reach_has_ipv6(const struct reach *r);
/* An answer for ipv4only.arpa (RFC 7050): what is below the prefix that it shows is judged by the
 * IPv4 address behind it. Without room or meaning nothing is learnt. */
void reach_learn_nat64(struct reach *r, const struct netaddr *shown);
/* "CIDR" or a lone address. 0, or -1 and err. */
int reach_allow(struct reach *r, const char *cidr, struct errmsg *err);
/* A file of domain names, addresses and CIDRs, one a line, '#' comments. A name covers itself and
 * everything below it. 0, or -1 and err naming the line. */
int reach_exclude_file(struct reach *r, const char *path, struct errmsg *err);

/* NULL when the address may be contacted, else why not, for people. Exclusion beats --allow-net. */
const char *reach_blocked(const struct reach *r, const struct netaddr *a);
/* Of a blocked address: "excluded" or "own" when that is our choice alone, and says nothing about
 * whom the address belongs to; NULL when nobody on the Internet can reach it. */
const char *reach_chosen(const struct reach *r, const struct netaddr *a);
bool reach_excludes_name(const struct reach *r, struct span domain);

#endif

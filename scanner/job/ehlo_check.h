/*
 * ehlo_check.h - whether the name that we say at EHLO is ours, as mail servers look at it: it has
 * addresses, the one that we come from is among them, and the reverse name of that is the name
 * (RFC 5321 4.1.4, RFC 1912 2.1). Many refuse or distrust those of whom it is not so.
 *
 * Like host_task.h it only records in callbacks and goes on when it is called once a turn.
 */
#ifndef MTASWEEP_EHLO_CHECK_H
#define MTASWEEP_EHLO_CHECK_H

#include "output/base/errmsg.h"
#include "parsers/limits.h"
#include "parsers/netaddr.h"
#include "scanner/dns/resolver.h"

#define EHLO_ADDRESSES 16u

enum ehlo_state { EHLO_IDLE, EHLO_FORWARD, EHLO_FORWARD_DONE, EHLO_REVERSE, EHLO_OVER };

struct ehlo_check {
	/* Set by the owner before ehlo_check_start(), the rest zero. */
	struct resolver *resolver;
	const char *name;   /* outlives it */
	struct netaddr own; /* that we come from; family 0: not known, or behind a translator */
	/* What is wrong, as a sentence with its consequence; at most once. */
	void (*warn)(void *user, const char *text);
	void *user;

	/* Its own. */
	enum ehlo_state state;
	unsigned outstanding;
	struct question questions[3]; /* A, AAAA, PTR */
	enum dns_outcome outcome[3];
	struct netaddr addresses[EHLO_ADDRESSES];
	unsigned addresses_n;
	struct netaddr asked; /* whose reverse name is asked for */
	char reverse[80];
	bool confirmed; /* the reverse name is the name */
	char found[DNS_NAME_TEXT_MAX];
};

void ehlo_check_start(struct ehlo_check *c);
void ehlo_check_turn(struct ehlo_check *c);

#endif

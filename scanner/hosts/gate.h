/*
 * gate.h - how hard one policy-host address may be hit: connections at a time and new ones a
 * second.
 *
 * Thousands of names share one policy host, whoever scans them, so one gate in the supervisor
 * serves all workers. A ticket is asked for before a connection and given back after it. Addresses
 * that were quiet for a second, and long enough to have earned a connection, are forgotten.
 *
 * An address that lets connections time out, GATE_LATE_MAX in a row, would hold up thousands of
 * names for hours, and with them all jobs of the workers. From then on one at a time tries it, and
 * the others are told that it is in vain; the first that is answered opens the gate again.
 */
#ifndef MTASWEEP_GATE_H
#define MTASWEEP_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/netaddr.h"
#include "scanner/base/list.h"

#define GATE_LATE_MAX 20u

struct gate;
struct gate_host;

/* Embedded in the asker; must stay put from gate_ask() to gate_done() or gate_cancel(). */
struct gate_ticket {
	struct netaddr address;
	void (*granted)(struct gate_ticket *t); /* never from inside gate_ask() */
	bool vain;				/* set when granted: do not connect, give it back */
	bool late; /* the asker's, before gate_done(): the connection timed out */
	/* The gate's own. */
	struct gate_host *host;
	struct list_item item;
	enum { GATE_IDLE, GATE_QUEUED, GATE_GRANTED, GATE_CANCELLED } state;
};

/* per_host connections at a time (at least 1); rate new connections a second and address, 0: any.
 * NULL without memory. */
struct gate *gate_new(unsigned per_host, double rate);
/* Whom to tell, from inside gate_done(), that an address is passed over from now on (shut) or
 * answers again. */
void gate_watch(struct gate *g, void (*changed)(void *user, const struct netaddr *a, bool shut),
		void *user);
void gate_free(struct gate *g); /* tickets that wait are forgotten */

/* 0, or -1 without memory. */
int gate_ask(struct gate *g, struct gate_ticket *t);
/* The connection is over. */
void gate_done(struct gate *g, struct gate_ticket *t);
/* The asker is gone, before or after the grant. Returns true when the ticket is free at once; else
 * it is still queued and granted() will be called later with state GATE_CANCELLED. */
bool gate_cancel(struct gate *g, struct gate_ticket *t);
/* Grants what may go; call at least every 10 ms while tickets wait. */
void gate_turn(struct gate *g, uint64_t now_ms);
/* Tickets that were asked for and not granted yet. */
unsigned gate_waiting(const struct gate *g);

#endif

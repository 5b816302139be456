/*
 * gate.h - how hard one address of other people's hosts may be hit: connections at a time and new
 * ones a second.
 *
 * Thousands of names share one policy host, whoever scans them, so one gate in the supervisor
 * serves all workers. A ticket is asked for before a connection and given back after it. Addresses
 * that were quiet for a second, and long enough to have earned a connection, are forgotten.
 *
 * An address that lets connections time out, GATE_LATE_MAX in a row, would hold up thousands of
 * names for hours, and with them all jobs of the workers. From then on one at a time tries it, and
 * the others are told that it is in vain; the first that is answered opens the gate again.
 *
 * So one asker says, or many. What one alone says holds for itself, because one that has been taken
 * over could say it of any address; when a second one has waited in vain, it holds for all.
 *
 * Neighbours are one host more often than not: a /24 (IPv4) or /48 (IPv6) bears so much together.
 *
 * Whoever wants to connect knows a ticket and a door, and not what is behind it: a gate in the same
 * process, or a pipe to one (worker/worker_gate.h).
 */
#ifndef MTASWEEP_GATE_H
#define MTASWEEP_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/netaddr.h"

#define GATE_LATE_MAX 20u
#define GATE_NETWORK_HOSTS 5u /* addresses' worth of connections that a network bears */

/* Embedded in the asker; must stay put until it is given back. */
struct gate_ticket {
	struct netaddr address;
	uint32_t asker; /* who asks: one alone cannot shut an address for the others */
	void (*granted)(struct gate_ticket *t); /* once, never from inside ask() */
	bool vain;				/* set when granted: do not connect, give it back */
	bool late;   /* the asker's, before done(): the connection timed out */
	void *place; /* the door's own */
};

struct gate_door {
	/* 0, or -1 without memory: then the ticket was never asked for. */
	int (*ask)(struct gate_door *door, struct gate_ticket *t);
	/* The connection is over, or was in vain. Only after granted(). */
	void (*done)(struct gate_door *door, struct gate_ticket *t);
};

struct gate;

/* What an address has to bear. A share of a scan that many machines make may be less than one. */
struct gate_limits {
	/* Connections at a time, above 0. Below 1: one, after which the address is left alone until
	 * that many are open on the average. */
	double at_once;
	double rate;	 /* new connections a second; 0: any */
	unsigned askers; /* that there are; 0 and 1: one */
	/* To all addresses of a network, a /24 or a /48, together: connections at a time, and
	 * new ones a second; 0: any number. */
	double network_at_once, network_rate;
	double saved; /* of these, what a new address begins with: 1, or less to begin later */
};

/* NULL without memory. */
struct gate *gate_new(const struct gate_limits *limits);
/* Whom to tell, from inside gate_done(), that an address is passed over from now on (shut) or
 * answers again. */
void gate_watch(struct gate *g, void (*changed)(void *user, const struct netaddr *a, bool shut),
		void *user);
void gate_free(struct gate *g); /* tickets that are out are forgotten */

/* The door of this gate, for askers in its own process; these two are what it calls. */
struct gate_door *gate_door(struct gate *g);
int gate_ask(struct gate *g, struct gate_ticket *t);
void gate_done(struct gate *g, struct gate_ticket *t);
/* The asker is gone, before or after the grant: from now on the ticket is not touched any more, and
 * nothing is learnt about the address. */
void gate_cancel(struct gate *g, struct gate_ticket *t);
/* Grants what may go; call at least every 10 ms while tickets wait, or when gate_due_ms() says. */
void gate_turn(struct gate *g, uint64_t now_ms);
/* Until when gate_turn() would grant nothing; UINT64_MAX: until something is asked for or given
 * back. */
uint64_t gate_due_ms(const struct gate *g);
/* How long the tickets that are queued for the slowest address take by its rate, ms; which one that
 * is, and how many there are (both left alone when the answer is 0). */
uint64_t gate_slowest(const struct gate *g, struct netaddr *address, uint64_t *queued);
unsigned gate_waiting(const struct gate *g); /* tickets that are queued, cancelled ones too */

#endif

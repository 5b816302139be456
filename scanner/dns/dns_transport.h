/*
 * dns_transport.h - carries one DNS message to one upstream resolver and brings back what came.
 *
 * The resolver (resolver.h) decides whom to ask, how often and what an answer means; a transport
 * only moves packets. The real one is dns_ares.h; tests script their own.
 */
#ifndef MTASWEEP_DNS_TRANSPORT_H
#define MTASWEEP_DNS_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/base/list.h"

enum dns_transport_status {
	DNS_TRANSPORT_ANSWER,  /* msg holds a reply to this very question */
	DNS_TRANSPORT_TIMEOUT, /* nothing came in time */
	DNS_TRANSPORT_REFUSED, /* the network said at once that nobody listens there */
	DNS_TRANSPORT_FAILED,  /* our side: no socket, no memory, shutting down */
};

/* One question under way. Embedded in the asker; must stay put until done() was called, which
 * happens exactly once for every send, never from inside it. msg dies with the call. */
struct dns_exchange {
	void (*done)(struct dns_exchange *x, enum dns_transport_status status, const uint8_t *msg,
		     size_t n);
	/* The asker's: no letter goes out in capitals at random (dns_case.h). For what is asked
	 * again: there are servers that know their own names in one spelling. */
	bool plain;
	/* The transport's own. */
	void *carrier;
	uint16_t id;
	bool spelt;	   /* letters were mixed */
	uint32_t spelling; /* a hash of how */
	struct list_item item;
};

struct dns_transport {
	/* The packet is copied; its id is replaced by one that is unique and unpredictable for the
	 * upstream. */
	void (*send)(struct dns_transport *t, unsigned upstream, bool tcp, const uint8_t *packet,
		     size_t n, struct dns_exchange *x);
	/* How many questions may be in flight to the upstream before its answers could overrun our
	 * receive buffer. */
	unsigned (*room)(struct dns_transport *t, unsigned upstream);
};

#endif

/*
 * resolver.h - asks DNS questions of the upstream resolvers and says what came of each.
 *
 * Owns everything that is policy: which upstream is asked, how many questions are in flight to it,
 * the rate, retries, health. Knows no sockets (dns_transport.h) and no clock but the one it is
 * told.
 *
 * An upstream is used once it has answered two canaries: a question for a name that cannot exist
 * (under "invalid.", RFC 6761) and one for the root, which always exists. One that has data for the
 * first, or says NXDOMAIN to the second (a captive network, a filter), is lying and is dropped for
 * the run; one that is silent is asked again each second (less often under a rate that would not
 * allow for it); what it failed to answer does not count as a try. The canaries are repeated during
 * the run.
 *
 * Rate: a window of questions in flight per upstream, grown by answers and cut when over a third of
 * an epoch's questions fail (timeout, SERVFAIL, REFUSED); a token bucket holds the total.
 *
 * A temporary outcome (dns_outcome other than ok, nodata, nxdomain) is asked again up to `retries`
 * times, at an upstream that was not asked yet if there is one, with back-off, before it is
 * reported. A truncated answer is asked again over TCP at the same upstream. One connection carries
 * many questions; when the upstream closes it, those that were not answered share no blame with the
 * one that was to be: they go again, as many at a time as it answered before it closed.
 */
#ifndef MTASWEEP_RESOLVER_H
#define MTASWEEP_RESOLVER_H

#include <stdint.h>

#include "parsers/dnsmsg.h"
#include "parsers/span.h"
#include "parsers/terms.h"
#include "scanner/dns/dns_transport.h"
#include "scanner/dns/upstream_state.h"
#include "scanner/base/list.h"
#include "scanner/base/ring.h"

struct resolver;

/*
 * One question. The asker owns it and its name, sets the first block and leaves it alone until
 * answered() is called: exactly once, never from inside resolver_ask(). m and set are NULL when no
 * message is at hand; they die when the call returns.
 */
struct question {
	struct span name; /* text without the final dot */
	uint16_t type;
	void (*answered)(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			 const struct dnsmsg_rrset *set);
	unsigned tag;	    /* the asker's own: which of its questions this is */
	unsigned tries_max; /* at most so many in one go; 0: as many as are configured */

	/* Valid in answered(): who gave this outcome; -1 nobody was asked. */
	int upstream;

	/* The resolver's own. */
	struct resolver *resolver;
	uint64_t tried;		   /* bit set of upstream % 64 */
	unsigned tries, tries_end; /* so far; when no other follows */
	bool at_once;		   /* what came of the last one took no time to come */
	bool tcp, canary;
	bool tcp_first;		/* no other question was on the connection before it */
	unsigned tcp_broken;	/* connections that closed under it */
	unsigned tcp_cuts;	/* the upstream's, when it was sent */
	enum dns_outcome worst; /* the most telling temporary outcome so far */
	int worst_upstream;
	struct dns_exchange exchange;
	struct ring_entry retry;
	struct list_item item;
};

struct resolver_config {
	unsigned upstreams;
	char (*names)[RESOLVER_NAME_MAX]; /* as in the record; copied */
	double rate; /* questions a second, all upstreams together; 0: no limit */
	unsigned retries;
	uint32_t timeout_ms; /* of one question; only used to judge how long silence may last */
	uint32_t outage_ms;  /* how long to wait for a network that has answered before */
	bool want_do;	     /* set the DO bit */
	bool need_ad; /* an upstream that does not validate DNSSEC is dropped: the root is signed */
	bool wait_for_first; /* no question leaves, or is given up, until an upstream is good */
	uint64_t seed;	     /* jitter and canary names */
};

struct upstream_stats {
	enum upstream_state state;
	uint64_t asked, answered, timeouts, servfails, refused, tcp;
	uint32_t window, in_flight;
};

struct resolver_stats {
	uint64_t questions; /* resolver_ask() calls */
	uint64_t packets;   /* sent, canaries included */
	uint64_t retries;
	uint64_t in_flight, waiting;
};

/* NULL without memory. transport and ring must outlive the resolver. */
struct resolver *resolver_new(const struct resolver_config *config, struct dns_transport *transport,
			      struct ring *ring, uint64_t now_ms);
/* Questions that wait are forgotten; none may be with the transport any more. */
void resolver_free(struct resolver *r);

void resolver_ask(struct resolver *r, struct question *q);
/*
 * The same where another question of the zone, or an earlier go at this one (failed == q), has just
 * ended in a temporary outcome: the tries, and the pauses between them, go on where that one
 * ended, so that all together they are as many as are configured. One is left in any case, unless
 * q itself was tried that often: then false, and nothing is asked.
 */
bool resolver_ask_after(struct resolver *r, struct question *q, const struct question *failed);
/* Call once per turn of the loop and at least every RING_TICK_MS: refills the rate, sends what
 * waits. */
void resolver_turn(struct resolver *r, uint64_t now_ms);
/* From now on nothing is asked again: what is under way ends with the outcome it has. */
void resolver_hurry(struct resolver *r);

/* Whether the upstream is in good standing: its last canaries were answered, and truly. */
bool resolver_trusts(const struct resolver *r, int upstream);
struct span resolver_upstream_name(const struct resolver *r, int upstream);
void resolver_upstream_stats(const struct resolver *r, unsigned upstream,
			     struct upstream_stats *out);
const struct resolver_stats *resolver_stats(const struct resolver *r);
/* True when no upstream answers: questions are given up at once, or wait (wait_for_first). */
bool resolver_hopeless(const struct resolver *r);
/* True once any upstream has passed its canaries. */
bool resolver_ever_good(const struct resolver *r);

#endif

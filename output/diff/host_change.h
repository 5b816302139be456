/*
 * host_change.h - what happened at an MX host between two visits: certificate, STARTTLS, TLSA
 * records. What one of the visits could not conclude about has not changed.
 */
#ifndef MTASWEEP_HOST_CHANGE_H
#define MTASWEEP_HOST_CHANGE_H

#include "output/diff/diff.h"

/* What may happen to a host: X(id, word, direction). */
#define HOST_EVENTS(X)                                                                             \
	X(HOST_STARTTLS_LOST, "mx_starttls_lost", DIFF_WORSE)                                      \
	X(HOST_CERT_DEGRADED, "mx_cert_degraded", DIFF_WORSE)	    /* TLS or its certificate */   \
	X(HOST_ROLLOVER_BROKEN, "dane_rollover_broken", DIFF_WORSE) /* new key, old TLSA */        \
	X(HOST_DANE_BROKEN, "dane_broken", DIFF_WORSE)		    /* in another way */           \
	X(HOST_DANE_LOST, "dane_lost", DIFF_WORSE) /* no secure TLSA records any more */           \
	X(HOST_STARTTLS_GAINED, "mx_starttls_gained", DIFF_BETTER)                                 \
	X(HOST_CERT_REPAIRED, "mx_cert_repaired", DIFF_BETTER)                                     \
	X(HOST_DANE_REPAIRED, "dane_repaired", DIFF_BETTER)                                        \
	X(HOST_DANE_GAINED, "dane_gained", DIFF_BETTER)                                            \
	X(HOST_CERT_RENEWED, "mx_cert_renewed", DIFF_OTHER)                                        \
	X(HOST_KEY_CHANGED, "mx_key_changed", DIFF_OTHER)                                          \
	X(HOST_TLSA_ROLLED, "tlsa_rolled", DIFF_OTHER) /* other records, and both runs match */    \
	X(HOST_TLSA_CHANGED, "tlsa_changed", DIFF_OTHER)                                           \
	X(HOST_TLS_VERSION, "mx_tls_version", DIFF_OTHER)

#define HOST_EVENT_ITEM(id, word, direction) id,
enum host_event { HOST_EVENTS(HOST_EVENT_ITEM) HOST_EVENT_COUNT };
#undef HOST_EVENT_ITEM
const char *host_event_name(enum host_event event);

/* What of a host is compared, for people and tables: X(id, key). */
#define HOST_DIFF_KEYS(X)                                                                          \
	X(HOST_DIFF_TLS, "tls")                                                                    \
	X(HOST_DIFF_VERSION, "probe.tls_version")                                                  \
	X(HOST_DIFF_ISSUER, "probe.cert_issuer")                                                   \
	X(HOST_DIFF_UNTIL, "probe.cert_not_after")                                                 \
	X(HOST_DIFF_CERT, "probe.cert_sha256")                                                     \
	X(HOST_DIFF_KEY, "probe.spki_sha256")                                                      \
	X(HOST_DIFF_DANE, "dane")                                                                  \
	X(HOST_DIFF_TLSA, "tlsa_records")

#define HOST_DIFF_ITEM(id, key) id,
enum host_diff_key { HOST_DIFF_KEYS(HOST_DIFF_ITEM) HOST_DIFF_COUNT };
#undef HOST_DIFF_ITEM
const char *host_diff_key_name(enum host_diff_key key);

/* Valid during the call that gives it. */
struct host_change {
	enum diff_direction direction; /* worse, better or other */
	uint64_t names;		       /* in the newer run */
	uint32_t events, keys;	       /* bit sets */
	const struct record_mx_host *before, *after;
};

/* Of two visits at one host; false when both know nothing in common. c->events 0: the same. */
bool host_compare(const struct record_mx_host *a, const struct record_mx_host *b,
		  struct host_change *c);

#endif

/*
 * tls_link.h - the TLS of one probe over bytes that somebody else carries: OpenSSL with memory
 * BIOs, so that nothing is read or sent behind our back.
 *
 * One tls_client a process holds the contexts that all links share. A link takes TLS 1.0 and weak
 * keys, too: what a server shows is a fact to be judged, not a reason to know nothing. Verification
 * is that of hosts/tls_facts.h: everything is written down, nothing ends the handshake. What a
 * server may cost is bounded: the certificates' size and depth, and the group of a Diffie-Hellman
 * exchange.
 */
#ifndef MTASWEEP_TLS_LINK_H
#define MTASWEEP_TLS_LINK_H

#include "scanner/hosts/tls_facts.h"
#include "scanner/probe/prober.h"

struct tls_client;

/* trust must outlive it. NULL and err without memory. */
struct tls_client *tls_client_new(struct tls_trust *trust, struct errmsg *err);
void tls_client_free(struct tls_client *c);

enum tls_link_status { TLS_LINK_WAITS, TLS_LINK_OPEN, TLS_LINK_FAILED };

struct tls_link {
	struct tls_client *client;
	void *ssl;		 /* SSL *; NULL: closed */
	struct tls_facts *facts; /* the caller's */
	size_t received;
};

/* facts->host is the SNI and the name to check. 0, or -1 without memory. */
int tls_link_open(struct tls_link *l, struct tls_client *c, struct tls_facts *facts);
void tls_link_close(struct tls_link *l);

/* Takes what came, and goes on with the handshake. n 0 begins it. TLS_LINK_FAILED also past
 * TLS_RECEIVED_MAX bytes. */
enum tls_link_status tls_link_feed(struct tls_link *l, const char *bytes, size_t n);
/* What is to be sent now: valid until the next call; then dropped. */
struct span tls_link_output(struct tls_link *l);
void tls_link_sent(struct tls_link *l);

/* Inside TLS. Both return how many bytes, 0 when nothing can be read, -1 when it is over. */
int tls_link_read(struct tls_link *l, char *out, size_t cap);
int tls_link_write(struct tls_link *l, const char *bytes, size_t n);
/* Queues close_notify. */
void tls_link_shut(struct tls_link *l);

/* Why the handshake failed, for people; valid until the next failure. */
const char *tls_link_error(void);

/* After the handshake: version, cipher and certificate, and what p->tlsa says about the chain. */
void tls_link_write_down(const struct tls_link *l, const struct probe *p);

#endif

/*
 * tls_facts.h - what a TLS server showed: its certificate, and every reason not to trust it.
 *
 * Hooked into the SSL_CTX of one connection. Verification runs to its end, records all reasons and
 * lets the handshake go on, so that one fetch tells both "expired" and "and the file is wrong too".
 * The name is checked by DNS-ID only (RFC 8461 3.3, RFC 6125 6.4): a CN never counts.
 *
 * Bounds what a server may have us compute (tls_bounds.h), and says what was refused.
 *
 * Counts what comes in, too. Libraries go on reading for as long as there is something to read, so
 * a server that sends fast and without end (empty records, HTTP/2 frames that carry nothing) would
 * keep them from returning at all; at TLS_RECEIVED_MAX the connection is shut.
 */
#ifndef MTASWEEP_TLS_FACTS_H
#define MTASWEEP_TLS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "scanner/hosts/tls_bounds.h"

#define TLS_NAMES_SHOWN 200
/* Bytes of TLS records. Certificates (OpenSSL takes 100 KB), headers and body need less than half
 * of it. */
#define TLS_RECEIVED_MAX (512u << 10)

struct tls_trust; /* the CA certificates; shared by all connections of a process */

/*
 * ca_file replaces `system_bundle`. NULL and err when it cannot be read or holds no certificate.
 *
 * The system's bundle is 40 ms of parsing, and most scans of a few names fetch nothing: it is only
 * read here, with its first certificate as the sample, and parsed when the first connection needs
 * it, by which time a worker can open no file. What the user gave is parsed in full, so that
 * whatever is wrong with it is said now.
 */
struct tls_trust *tls_trust_load(const char *ca_file, const char *system_bundle,
				 struct errmsg *err);
void tls_trust_free(struct tls_trust *t);

struct tls_facts {
	const char *host; /* set by the caller: the name to check; outlives the connection */
	int fd;		  /* set by the caller as soon as there is one, -1 before */
	bool started;	  /* the handshake began: TCP stands */
	bool seen;	  /* a certificate was verified */
	bool endless;	  /* shut because of TLS_RECEIVED_MAX */
	bool signed_all;  /* each certificate of the chain that was built is signed by the next */
	/* What we would not compute, and so ended the handshake; "" when nothing. */
	char refused[TLS_REFUSED_MAX];
	size_t received;
	uint32_t reasons;  /* bit set of enum tls_reason */
	int alert_read;	   /* TLS alert the server sent, -1 none */
	int alert_written; /* and the one we sent */
	const char *fault; /* why the library refuses the chain when it is TLS_OTHER; NULL */
	char version[16];
	char issuer[128];
	char names[TLS_NAMES_SHOWN + 32]; /* of DNS, ", " between; the rest is counted */
	char sha256[65];
	int64_t not_before, not_after; /* Unix seconds; INT64_MIN unknown */
	unsigned rsa_bits;	       /* 0 for other keys */
	bool sha1, cn_only, wildcard_partial;
};

void tls_facts_init(struct tls_facts *f, const char *host);
/* ssl_ctx is the SSL_CTX of a new connection. 0 or -1. f must outlive the connection. */
int tls_facts_hook(void *ssl_ctx, struct tls_trust *trust, struct tls_facts *f);
/* The same for an SSL_CTX that many connections share: the facts of each are its SSL's app data,
 * set before the handshake. 0 or -1. */
int tls_facts_share(void *ssl_ctx, struct tls_trust *trust);
/* store_ctx is an X509_STORE_CTX that was not verified yet: verifies it and writes everything
 * down. False when that would cost too much: then the handshake must end. */
bool tls_facts_verify(struct tls_facts *f, void *store_ctx);
/* What a security callback of OpenSSL is asked: op and other are its arguments. False when it is
 * too dear to be computed; written down, if the connection has facts. */
bool tls_facts_affords(const void *ssl, int op, void *other);
/* After a handshake that failed: why, as far as alerts and the library's text tell. */
int tls_facts_failure(const struct tls_facts *f, const char *library_text);

#endif

/*
 * dane_chain.h - what the TLSA records of a host say about the chain it served (RFC 7672 3, RFC
 * 7671).
 *
 * Judged after the handshake, which was made for an MTA-STS sender: one connection, two verdicts
 * that differ in names, dates and trust. OpenSSL verifies the chain a second time, against the
 * records and nothing else; the signatures that the handshake checked are not computed again.
 */
#ifndef MTASWEEP_DANE_CHAIN_H
#define MTASWEEP_DANE_CHAIN_H

#include "scanner/probe/prober.h"

struct dane_judge;

struct dane_judge *dane_judge_new(void); /* NULL without memory */
void dane_judge_free(struct dane_judge *j);

/* An X509 * and STACK_OF(X509) *, which stay the caller's. */
struct dane_certs {
	void *leaf;
	void *served;	 /* what came with it, the leaf included */
	void *built;	 /* the chain up to the root as our own store completes it, or NULL */
	bool signed_all; /* each of `built` is signed by the next; false: that is not known */
};

/* Fills in p->out->dane, the key's size and its digest. */
void dane_judge_chain(struct dane_judge *j, const struct dane_certs *certs, const struct probe *p);

#endif

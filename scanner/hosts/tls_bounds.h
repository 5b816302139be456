/*
 * tls_bounds.h - how much a server may have us compute in one handshake.
 *
 * A handshake costs the server one signature and us whatever it chose: a Diffie-Hellman group of
 * 10,000 bits takes a core a second, 21 certificates with RSA keys of 16,384 bits take 0.15 s, and
 * all other names of the worker wait meanwhile. So what costs more than any honest host's does is
 * not computed. That is our refusal and says nothing about the host: a sender that is built on
 * OpenSSL or GnuTLS would have gone on, with patience.
 *
 * The bounds, and whom they follow:
 * - Diffie-Hellman: 4096 bits. The largest group that web servers' manuals tell people to make;
 *   the senders of Google and Microsoft, and everything in Go, offer no such key exchange at all.
 *   A group that somebody made himself costs as many steps as it has bits (33 to 58 ms of 4096),
 *   one that is known by its name a few hundred (RFC 7919 5.2). So the former is bounded to 3072
 *   bits, the strength of an RSA key of so many.
 * - RSA: 8192 bits, and an exponent of 33: Go's crypto/tls and BoringSSL refuse more as well. No
 *   public CA ever issued larger ones, but for tests. Below 3072 bits OpenSSL itself bounds no
 *   exponent, and then one as long as the modulus makes a small key dear.
 * - DSA: 3072 bits, the largest of FIPS 186-4.
 * - Elliptic curves: named ones of 521 bits at most. Explicit parameters are for X.509 what RFC
 *   5480 2.1.1 forbids. P-256, P-384 and P-521 are those that CAs use and OpenSSL is fast
 *   at; a signature on brainpoolP512 takes three times as long as on P-521, so of keys on any other
 *   curve (Germany's BSI recommends those) a chain has 6 at most.
 * - Length of a chain: 16 certificates between leaf and root. GnuTLS stops there, NSS at 20;
 *   public CAs' have 1 to 3.
 * - The certificate list: 100 KB, which is OpenSSL's own limit, and so that of senders; and 32
 *   certificates, because reading a key can cost a millisecond (a compressed point on P-224) and
 *   400 fit into the 100 KB.
 */
#ifndef MTASWEEP_TLS_BOUNDS_H
#define MTASWEEP_TLS_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_DH_BITS_MAX 4096
#define TLS_DH_OWN_BITS_MAX 3072
#define TLS_RSA_BITS_MAX 8192
#define TLS_RSA_EXPONENT_MAX 33
#define TLS_DSA_BITS_MAX 3072
#define TLS_EC_BITS_MAX 521
#define TLS_EC_RARE_MAX 6
#define TLS_CHAIN_MAX 16
#define TLS_LISTED_MAX 32

#define TLS_REFUSED_MAX 96u

/* key: an EVP_PKEY of a certificate or of a server's key exchange; NULL for one that cannot be read
 * (which costs nothing). False when computing with it is too dear; then `why` says, as "an RSA key
 * of 16384 bits, more than 8192". */
bool tls_bounds_key(void *key, char why[TLS_REFUSED_MAX]);
/* The same for all certificates of an X509_STORE_CTX that was not verified yet. Bounds the length
 * of its chain, too: verifying then ends with X509_V_ERR_CERT_CHAIN_TOO_LONG. */
bool tls_bounds_chain(void *store_ctx, char why[TLS_REFUSED_MAX]);
void tls_bounds_chain_too_long(char why[TLS_REFUSED_MAX]);
/* The same for the body of a Certificate message (RFC 8446 4.4.2, RFC 5246 7.4.2), before anybody
 * reads the certificates in it. One that is malformed costs nothing. */
bool tls_bounds_list(const uint8_t *body, size_t n, bool tls13, char why[TLS_REFUSED_MAX]);

#endif

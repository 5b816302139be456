/*
 * certs.h - the lab's certification authority, and the certificate a name deserves, made on the
 * fly.
 *
 * One root (written to ca.pem), one intermediate, one root that nobody trusts. All leaves share one
 * key: making a certificate is one signature, and the last few thousand are kept.
 */
#ifndef LABNET_CERTS_H
#define LABNET_CERTS_H

#include <openssl/ssl.h>

#include "datasets/labnet/lab.h"

struct authority;  /* constant after authority_new; shared by all threads */
struct cert_cache; /* one a thread */

/* NULL with a sentence in err. */
struct authority *authority_new(const char *dir, char err[LAB_ERROR_MAX]);
void authority_free(struct authority *a);

struct cert_cache *cert_cache_new(const struct authority *a);
void cert_cache_free(struct cert_cache *c);
/* Gives the connection a certificate of that kind for host. 0 or -1. */
int cert_cache_use(struct cert_cache *c, SSL *ssl, const char *host, enum cert kind,
		   bool intermediate);

#endif

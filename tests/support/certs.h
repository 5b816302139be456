/*
 * certs.h - certificates for tests, made on the spot: an issuer, or a leaf for a name, with any key
 * and dates.
 */
#ifndef MTASWEEP_TEST_CERTS_H
#define MTASWEEP_TEST_CERTS_H

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "parsers/tlsa.h"

#define DAY 86400L

struct cert {
	X509 *x509;
	EVP_PKEY *key;
};

static inline void cert_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert(e != NULL && X509_add_ext(cert, e, -1) == 1);
	X509_EXTENSION_free(e);
}

/* dns: a name of the leaf, or NULL for an issuer; by NULL: signed by itself. Days from now. rsa:
 * bits, or 0 for an elliptic curve. */
static inline struct cert cert_make(const struct cert *by, const char *cn, const char *dns,
				    int from, int to, unsigned rsa)
{
	struct cert c = {X509_new(), rsa > 0 ? EVP_RSA_gen(rsa) : EVP_EC_gen("P-256")};
	const struct cert *issuer = by != NULL ? by : &c;
	static long serial;
	char san[300];

	assert(c.x509 != NULL && c.key != NULL);
	X509_set_version(c.x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c.x509), ++serial);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(c.x509), "CN", MBSTRING_ASC,
				   (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(c.x509, X509_get_subject_name(issuer->x509));
	X509_gmtime_adj(X509_getm_notBefore(c.x509), from * DAY);
	X509_gmtime_adj(X509_getm_notAfter(c.x509), to * DAY);
	X509_set_pubkey(c.x509, c.key);
	cert_extend(c.x509, issuer->x509, NID_subject_key_identifier, "hash");
	if (dns == NULL)
		cert_extend(c.x509, issuer->x509, NID_basic_constraints, "critical,CA:TRUE");
	if (dns != NULL && dns[0] != '\0') {
		snprintf(san, sizeof(san), "DNS:%s", dns);
		cert_extend(c.x509, issuer->x509, NID_subject_alt_name, san);
	}
	assert(X509_sign(c.x509, issuer->key, EVP_sha256()) > 0);
	return c;
}

static inline void cert_free(struct cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
}

/* rdata of a TLSA record for this certificate; data points into `rdata`. */
struct cert_tlsa {
	struct tlsa t;
	uint8_t rdata[3 + 4096];
};

static inline void cert_tlsa(const struct cert *c, uint8_t usage, uint8_t selector,
			     uint8_t matching, struct cert_tlsa *out)
{
	unsigned char *der = NULL;
	int n = selector == TLSA_CERT ? i2d_X509(c->x509, &der)
				      : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), &der);
	unsigned digest_n = (unsigned)n;

	assert(n > 0 && n <= 4096);
	out->rdata[0] = usage;
	out->rdata[1] = selector;
	out->rdata[2] = matching;
	if (matching == TLSA_FULL)
		memcpy(out->rdata + 3, der, (size_t)n);
	else
		EVP_Digest(der, (size_t)n, out->rdata + 3, &digest_n,
			   matching == TLSA_SHA256 ? EVP_sha256() : EVP_sha512(), NULL);
	OPENSSL_free(der);
	tlsa_read(out->rdata, 3 + digest_n, &out->t);
}

#endif

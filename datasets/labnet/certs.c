/* certs.c - see certs.h. */
#include "datasets/labnet/certs.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "datasets/labnet/draw.h"

#define DAY 86400L
#define SLOTS 4096 /* power of two; a newcomer pushes out whoever has its slot */

struct issuer {
	X509 *cert;
	EVP_PKEY *key;
};

struct authority {
	struct issuer root, intermediate, rogue;
	EVP_PKEY *leaf_key;
};

struct slot {
	X509 *cert;
	enum cert kind;
	bool intermediate;
	char host[NAME_BUF];
};

struct cert_cache {
	const struct authority *authority;
	struct slot slots[SLOTS];
};

static int add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (!extension)
		return -1;
	int ok = X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return ok ? 0 : -1;
}

/* RFC 5280 upper bound of a common name is 64 bytes; longer ones are cut. */
static int set_name(X509_NAME *name, const char *common)
{
	int n = (int)strnlen(common, 64);

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"labnet",
					  -1, -1, 0) &&
			       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
							  (const unsigned char *)common, n, -1, 0)
		       ? 0
		       : -1;
}

static int set_basics(X509 *cert, const char *common, long from, long to, EVP_PKEY *key)
{
	unsigned char serial[8];

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return -1;
	serial[0] = 0x40 | (serial[0] & 0x3f);
	BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
	bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) &&
		  X509_set_version(cert, X509_VERSION_3) &&
		  set_name(X509_get_subject_name(cert), common) == 0 &&
		  X509_gmtime_adj(X509_getm_notBefore(cert), from) &&
		  X509_gmtime_adj(X509_getm_notAfter(cert), to) && X509_set_pubkey(cert, key);
	BN_free(number);
	return ok ? 0 : -1;
}

/* A certificate for `san` (NULL: none), valid from..to seconds from now, signed by `by` (NULL:
 * itself). */
static X509 *issue(const struct issuer *by, EVP_PKEY *key, const char *common, const char *san,
		   bool is_ca, long from, long to)
{
	X509 *cert = X509_new();
	bool ok = cert && set_basics(cert, common, from, to, key) == 0;
	X509 *issuer = by ? by->cert : cert;
	EVP_PKEY *sign_key = by ? by->key : key;

	ok = ok && X509_set_issuer_name(cert, X509_get_subject_name(issuer));
	ok = ok && add_extension(cert, issuer, NID_basic_constraints,
				 is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE") == 0;
	ok = ok && add_extension(cert, issuer, NID_key_usage,
				 is_ca ? "critical,keyCertSign,cRLSign"
				       : "critical,digitalSignature") == 0;
	ok = ok && add_extension(cert, issuer, NID_subject_key_identifier, "hash") == 0;
	ok = ok && (!by || add_extension(cert, issuer, NID_authority_key_identifier, "keyid") == 0);
	ok = ok && (is_ca || add_extension(cert, issuer, NID_ext_key_usage, "serverAuth") == 0);
	/* Where the missing link could be had (RFC 5280 4.2.2.1): hierarchies have it, own CAs
	 * not. */
	if (by && !is_ca && X509_get_ext_by_NID(by->cert, NID_authority_key_identifier, -1) >= 0)
		ok = ok && add_extension(cert, issuer, NID_info_access,
					 "caIssuers;URI:http://pki.example/intermediate.cer") == 0;
	if (san) {
		char value[NAME_BUF + 8];
		snprintf(value, sizeof(value), "DNS:%s", san);
		ok = ok && add_extension(cert, issuer, NID_subject_alt_name, value) == 0;
	}
	if (ok && X509_sign(cert, sign_key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static int make_issuer(struct issuer *out, const struct issuer *by, const char *common)
{
	out->key = EVP_EC_gen("P-256");
	if (out->key)
		out->cert = issue(by, out->key, common, NULL, true, -DAY, 3650 * DAY);
	return out->cert ? 0 : -1;
}

static int write_root(const struct authority *a, const char *dir)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/ca.pem", dir) >= sizeof(path))
		return -1;
	FILE *f = fopen(path, "w");
	if (!f)
		return -1;
	int ok = PEM_write_X509(f, a->root.cert);
	return fclose(f) == 0 && ok ? 0 : -1;
}

struct authority *authority_new(const char *dir, char err[LAB_ERROR_MAX])
{
	struct authority *a = calloc(1, sizeof(*a));

	if (a && make_issuer(&a->root, NULL, "labnet root") == 0 &&
	    make_issuer(&a->intermediate, &a->root, "labnet intermediate") == 0 &&
	    make_issuer(&a->rogue, NULL, "labnet untrusted root") == 0)
		a->leaf_key = EVP_EC_gen("P-256");
	if (!a || !a->leaf_key)
		snprintf(err, LAB_ERROR_MAX, "cannot make the lab's certification authority");
	else if (write_root(a, dir) != 0)
		snprintf(err, LAB_ERROR_MAX, "cannot write ca.pem in %s", dir);
	else
		return a;
	authority_free(a);
	return NULL;
}

static void issuer_free(struct issuer *i)
{
	X509_free(i->cert);
	EVP_PKEY_free(i->key);
}

void authority_free(struct authority *a)
{
	if (!a)
		return;
	issuer_free(&a->root);
	issuer_free(&a->intermediate);
	issuer_free(&a->rogue);
	EVP_PKEY_free(a->leaf_key);
	free(a);
}

struct cert_cache *cert_cache_new(const struct authority *a)
{
	struct cert_cache *c = calloc(1, sizeof(*c));

	if (c)
		c->authority = a;
	return c;
}

void cert_cache_free(struct cert_cache *c)
{
	for (unsigned i = 0; c && i < SLOTS; i++)
		X509_free(c->slots[i].cert);
	free(c);
}

static X509 *make_leaf(const struct authority *a, const char *host, enum cert kind,
		       bool intermediate)
{
	const struct issuer *by = intermediate ? &a->intermediate : &a->root;
	const char *other = "hosting.example";

	switch (kind) {
	case CERT_NAME:
		return issue(by, a->leaf_key, other, other, false, -DAY, 90 * DAY);
	case CERT_CN_ONLY:
		return issue(by, a->leaf_key, host, NULL, false, -DAY, 90 * DAY);
	case CERT_EXPIRED:
		return issue(by, a->leaf_key, host, host, false, -90 * DAY, -2 * DAY);
	case CERT_NOT_YET:
		return issue(by, a->leaf_key, host, host, false, 2 * DAY, 90 * DAY);
	case CERT_SELF_SIGNED:
		return issue(NULL, a->leaf_key, host, host, false, -DAY, 90 * DAY);
	case CERT_UNTRUSTED:
		return issue(&a->rogue, a->leaf_key, host, host, false, -DAY, 90 * DAY);
	case CERT_INCOMPLETE:
		return issue(&a->intermediate, a->leaf_key, host, host, false, -DAY, 90 * DAY);
	case CERT_OK:
	case CERT_ALERT:
	case CERT_OLD:
		break;
	}
	return issue(by, a->leaf_key, host, host, false, -DAY, 90 * DAY);
}

/* The cached certificate, made when it is not there. */
static X509 *leaf(struct cert_cache *c, const char *host, enum cert kind, bool intermediate)
{
	struct slot *s = &c->slots[draw_hash(kind, host, strlen(host)) & (SLOTS - 1)];

	if (s->cert && s->kind == kind && s->intermediate == intermediate &&
	    strcmp(s->host, host) == 0)
		return s->cert;
	X509_free(s->cert);
	s->cert = make_leaf(c->authority, host, kind, intermediate);
	s->kind = kind;
	s->intermediate = intermediate;
	snprintf(s->host, sizeof(s->host), "%s", host);
	return s->cert;
}

int cert_cache_use(struct cert_cache *c, SSL *ssl, const char *host, enum cert kind,
		   bool intermediate)
{
	const struct authority *a = c->authority;
	X509 *cert = leaf(c, host, kind, intermediate);
	X509 *link = NULL;

	assert(strlen(host) < NAME_BUF);
	if (kind == CERT_UNTRUSTED)
		link = a->rogue.cert; /* the whole chain, whose root nobody has */
	else if (intermediate && kind != CERT_SELF_SIGNED && kind != CERT_INCOMPLETE)
		link = a->intermediate.cert;
	if (!cert || SSL_use_certificate(ssl, cert) != 1 ||
	    SSL_use_PrivateKey(ssl, a->leaf_key) != 1)
		return -1;
	return !link || SSL_add1_chain_cert(ssl, link) == 1 ? 0 : -1;
}

/*
 * Certificates in DER, the leaf first, as a server would show them; and the same bytes as a bundle
 * of the CAs that are trusted, in PEM.
 */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "scanner/hosts/tls_facts.h"
#include "tests/support/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* More than are followed, so that a chain can be too long. */
#define CHAIN_MAX (2 * TLS_CHAIN_MAX)

static STACK_OF(X509) * read_chain(const uint8_t *data, size_t size)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	const uint8_t *p = data;
	X509 *one;

	assert(chain != NULL);
	while (p < data + size && sk_X509_num(chain) < CHAIN_MAX &&
	       (one = d2i_X509(NULL, &p, (long)(data + size - p))) != NULL)
		assert(sk_X509_push(chain, one) > 0);
	return chain;
}

/* The first certificate is among what is trusted, whatever follows it. */
static void check_trust(struct tls_trust *trust, X509 *first)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	assert(ctx != NULL && tls_facts_share(ctx, trust) == 0);
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx));
	assert(sk_X509_OBJECT_num(all) > 0);
	assert(first == NULL ||
	       X509_OBJECT_retrieve_by_subject(all, X509_LU_X509, X509_get_subject_name(first)));
	SSL_CTX_free(ctx);
}

/* A bundle that begins with a certificate is taken; one that is not taken has its error. */
static void read_bundle(const uint8_t *data, size_t size)
{
	BIO *pem = BIO_new_mem_buf(data, (int)size);
	X509 *first = pem != NULL ? PEM_read_bio_X509_AUX(pem, NULL, NULL, NULL) : NULL;
	struct errmsg err = {""};
	char path[128];

	scratch_write("bundle.pem", data, size);
	snprintf(path, sizeof(path), "%s/bundle.pem", scratch_dir());
	struct tls_trust *trust = tls_trust_load(NULL, path, &err);
	assert((trust == NULL) == (err.text[0] != '\0'));
	assert(trust != NULL || first == NULL);
	if (trust != NULL)
		check_trust(trust, first);
	tls_trust_free(trust);
	X509_free(first);
	BIO_free(pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	STACK_OF(X509) *chain = read_chain(data, size);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct tls_facts f;
	char why[TLS_REFUSED_MAX];

	for (unsigned tls13 = 0; tls13 < 2; tls13++)
		tls_bounds_list(data, size, tls13, why);
	read_bundle(data, size);
	assert(store != NULL && ctx != NULL);
	if (sk_X509_num(chain) > 0) {
		tls_facts_init(&f, "mta-sts.example.org");
		assert(X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain) == 1);
		EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, 0));
		tls_bounds_key(key, why);
		bool computed = tls_facts_verify(&f, ctx);
		assert(computed == (f.refused[0] == '\0'));
		assert(!computed ||
		       sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) <= TLS_CHAIN_MAX + 1);
		assert(!computed || (f.seen && f.reasons != 0)); /* nobody is trusted here */
		assert(strnlen(f.names, sizeof(f.names)) < sizeof(f.names));
		assert(strnlen(f.issuer, sizeof(f.issuer)) < sizeof(f.issuer));
		assert(strlen(f.sha256) == 64 || f.sha256[0] == '\0');
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_pop_free(chain, X509_free);
	ERR_clear_error();
	return 0;
}

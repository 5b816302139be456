/* Certificates in DER, the leaf first, as a server would show them. */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>

#include "scanner/hosts/tls_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static STACK_OF(X509) * read_chain(const uint8_t *data, size_t size)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	const uint8_t *p = data;
	X509 *one;

	assert(chain != NULL);
	while (p < data + size && sk_X509_num(chain) < 8 &&
	       (one = d2i_X509(NULL, &p, (long)(data + size - p))) != NULL)
		assert(sk_X509_push(chain, one) > 0);
	return chain;
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
	assert(store != NULL && ctx != NULL);
	if (sk_X509_num(chain) > 0) {
		tls_facts_init(&f, "mta-sts.example.org");
		assert(X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain) == 1);
		bool computed = tls_facts_verify(&f, ctx);
		assert(computed == (f.refused[0] == '\0'));
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

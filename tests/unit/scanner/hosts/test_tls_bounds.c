/* What a server may have us compute: keys at and above each bound, and lists of certificates. */
#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "scanner/hosts/tls_bounds.h"
#include "tests/support/guard.h"

static BIGNUM *odd(int bits)
{
	BIGNUM *n = BN_new();

	cr_assert(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1);
	return n;
}

static EVP_PKEY *key_of(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	cr_assert(EVP_PKEY_fromdata_init(ctx) == 1);
	cr_assert(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *rsa_key(int bits, int exponent_bits)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = odd(bits), *e = odd(exponent_bits);

	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	EVP_PKEY *key = key_of("RSA", build);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *dh_key(int bits)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *p = odd(bits), *g = odd(2), *y = odd(bits - 1);

	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, p);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_G, g);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PUB_KEY, y);
	EVP_PKEY *key = key_of("DH", build);
	BN_free(p);
	BN_free(g);
	BN_free(y);
	return key;
}

static void expect(EVP_PKEY *key, const char *wanted)
{
	char why[TLS_REFUSED_MAX] = "";

	cr_expect_eq(tls_bounds_key(key, why), wanted[0] == '\0', "%s", why);
	cr_expect_str_eq(why, wanted);
	EVP_PKEY_free(key);
}

Test(tls_bounds, keys)
{
	expect(rsa_key(8192, 17), "");
	expect(rsa_key(8192, 33), "");
	expect(rsa_key(8193, 17), "an RSA key of 8193 bits, more than 8192");
	expect(rsa_key(2048, 34), "an RSA key with an exponent of 34 bits, more than 33");
	expect(rsa_key(1024, 1024), "an RSA key with an exponent of 1024 bits, more than 33");
	expect(EVP_EC_gen("P-521"), "");
	expect(EVP_EC_gen("sect571r1"), "a key on an elliptic curve of 570 bits, more than 521");
	expect(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "");
	expect(NULL, "");
	expect(dh_key(4097), "a Diffie-Hellman group of 4097 bits, more than 4096");
}

static EVP_PKEY *known_group(const char *name)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *y = odd(4000);

	OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PUB_KEY, y);
	EVP_PKEY *key = key_of("DH", build);
	BN_free(y);
	return key;
}

Test(tls_bounds, groups_that_have_a_name_and_others)
{
	expect(dh_key(3072), "");
	expect(dh_key(3073), "a Diffie-Hellman group without a name of 3073 bits, more than 3072");
	expect(known_group("ffdhe4096"), "");
	expect(known_group("modp_4096"), "");
	expect(known_group("ffdhe6144"), "a Diffie-Hellman group of 6144 bits, more than 4096");
	expect(NULL, "");
}

/* Whether a chain is taken whose certificates have these keys, first the leaf's. */
static void expect_chain(const char *const curves[], int n, const char *wanted)
{
	STACK_OF(X509) *sent = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	char why[TLS_REFUSED_MAX] = "";

	for (int i = 0; i < n; i++) {
		X509 *cert = X509_new();
		EVP_PKEY *key = EVP_EC_gen(curves[i]);
		cr_assert(X509_set_pubkey(cert, key) == 1);
		cr_assert(sk_X509_push(sent, cert) > 0);
		EVP_PKEY_free(key);
	}
	cr_assert(X509_STORE_CTX_init(ctx, store, sk_X509_value(sent, 0), sent) == 1);
	cr_expect_eq(tls_bounds_chain(ctx, why), wanted[0] == '\0', "%s", why);
	cr_expect_str_eq(why, wanted);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_pop_free(sent, X509_free);
}

Test(tls_bounds, rare_curves_in_a_chain)
{
	const char *common[10] = {"P-256",     "prime256v1", "P-384", "secp384r1", "P-521",
				  "secp521r1", "P-256",	     "P-384", "P-521",	   "P-521"};
	const char *rare[7] = {"brainpoolP512r1", "secp256k1", "P-224",	   "brainpoolP256r1",
			       "sect283k1",	  "secp224k1", "secp256k1"};

	expect_chain(common, 10, "");
	expect_chain(rare, 6, "");
	expect_chain(rare, 7, "7 keys on rare elliptic curves, more than 6");
}

/* A Certificate message with so many certificates of one byte each. */
static size_t list(uint8_t *out, unsigned count, bool tls13)
{
	size_t at = 0, entry = tls13 ? 6 : 4, n = count * entry;

	if (tls13)
		out[at++] = 0;
	out[at++] = 0;
	out[at++] = (uint8_t)(n >> 8);
	out[at++] = (uint8_t)n;
	for (unsigned i = 0; i < count; i++) {
		memcpy(out + at, "\0\0\1x\0\0", entry);
		at += entry;
	}
	return at;
}

static bool takes(const uint8_t *bytes, size_t n, bool tls13)
{
	struct guard g = guard_copy(bytes, n);
	char why[TLS_REFUSED_MAX] = "";
	bool fine = tls_bounds_list((const uint8_t *)g.p, n, tls13, why);

	cr_expect_eq(fine, why[0] == '\0');
	guard_free(&g);
	return fine;
}

Test(tls_bounds, lists)
{
	uint8_t bytes[4096];

	for (unsigned tls13 = 0; tls13 < 2; tls13++) {
		cr_expect(takes(bytes, list(bytes, TLS_LISTED_MAX, tls13), tls13));
		cr_expect_not(takes(bytes, list(bytes, TLS_LISTED_MAX + 1, tls13), tls13));
		cr_expect_not(takes(bytes, list(bytes, 400, tls13), tls13));
		/* Cut anywhere: what is not there is not read, and nothing else either. */
		size_t n = list(bytes, 40, tls13);
		for (size_t cut = 0; cut < n; cut++)
			takes(bytes, cut, tls13);
	}
	/* A server's context is empty; one that is not is skipped all the same. */
	uint8_t shifted[4096] = {3, 'a', 'b', 'c'};
	size_t n = list(bytes, TLS_LISTED_MAX + 1, true);
	memcpy(shifted + 4, bytes + 1, n - 1);
	cr_expect_not(takes(shifted, n + 3, true));
}

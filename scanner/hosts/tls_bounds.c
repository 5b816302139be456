/* tls_bounds.c - see tls_bounds.h. */
#include "scanner/hosts/tls_bounds.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static bool bounds_bits(const char *what, int bits, int max, char why[TLS_REFUSED_MAX])
{
	if (bits <= max)
		return true;
	snprintf(why, TLS_REFUSED_MAX, "%s of %d bits, more than %d", what, bits, max);
	return false;
}

static bool bounds_rsa(const EVP_PKEY *key, char why[TLS_REFUSED_MAX])
{
	BIGNUM *e = NULL;
	int bits = 0;

	if (!bounds_bits("an RSA key", EVP_PKEY_get_bits(key), TLS_RSA_BITS_MAX, why))
		return false;
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1)
		bits = BN_num_bits(e);
	BN_free(e);
	return bounds_bits("an RSA key with an exponent", bits, TLS_RSA_EXPONENT_MAX, why);
}

static bool bounds_ec(EVP_PKEY *key, char why[TLS_REFUSED_MAX])
{
	char name[80];
	size_t n = 0;

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), &n) != 1) {
		snprintf(why, TLS_REFUSED_MAX, "a key on an elliptic curve without a name");
		return false;
	}
	return bounds_bits("a key on an elliptic curve", EVP_PKEY_get_bits(key), TLS_EC_BITS_MAX,
			   why);
}

/* One without a name costs as many steps as it has bits. */
static bool bounds_group(const EVP_PKEY *key, char why[TLS_REFUSED_MAX])
{
	char name[80];
	size_t n = 0;
	int bits = EVP_PKEY_get_bits(key);

	if (!bounds_bits("a Diffie-Hellman group", bits, TLS_DH_BITS_MAX, why))
		return false;
	return EVP_PKEY_get_group_name(key, name, sizeof(name), &n) == 1 ||
	       bounds_bits("a Diffie-Hellman group without a name", bits, TLS_DH_OWN_BITS_MAX, why);
}

bool tls_bounds_key(void *key, char why[TLS_REFUSED_MAX])
{
	if (key == NULL)
		return true;
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return bounds_rsa(key, why);
	case EVP_PKEY_EC:
	case EVP_PKEY_SM2:
		return bounds_ec(key, why);
	case EVP_PKEY_DSA:
		return bounds_bits("a DSA key", EVP_PKEY_get_bits(key), TLS_DSA_BITS_MAX, why);
	case EVP_PKEY_DH:
	case EVP_PKEY_DHX:
		return bounds_group(key, why);
	default: /* Ed25519, Ed448 and what nothing can be verified with */
		return bounds_bits("a key", EVP_PKEY_get_bits(key), TLS_EC_BITS_MAX, why);
	}
}

static bool bounds_is_rare(const EVP_PKEY *key)
{
	char name[80];
	size_t n = 0;

	if (key == NULL ||
	    (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC && EVP_PKEY_get_base_id(key) != EVP_PKEY_SM2))
		return false;
	if (EVP_PKEY_get_group_name(key, name, sizeof(name), &n) != 1)
		return true;
	return strcmp(name, "prime256v1") != 0 && strcmp(name, "secp384r1") != 0 &&
	       strcmp(name, "secp521r1") != 0;
}

bool tls_bounds_chain(void *store_ctx, char why[TLS_REFUSED_MAX])
{
	X509_STORE_CTX *ctx = store_ctx;
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
	const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(ctx);
	int rare = 0;

	if (leaf != NULL && !tls_bounds_key(X509_get0_pubkey(leaf), why))
		return false;
	for (int i = 0; i < sk_X509_num(sent); i++) {
		EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(sent, i));
		if (!tls_bounds_key(key, why))
			return false;
		rare += bounds_is_rare(key) ? 1 : 0;
	}
	if (rare > TLS_EC_RARE_MAX) {
		snprintf(why, TLS_REFUSED_MAX, "%d keys on rare elliptic curves, more than %d",
			 rare, TLS_EC_RARE_MAX);
		return false;
	}
	X509_STORE_CTX_set_depth(ctx, TLS_CHAIN_MAX);
	return true;
}

/* Reads a length of so many bytes at *at; false when there is not as much behind it. */
static bool list_length(const uint8_t *body, size_t n, size_t *at, unsigned width, size_t *length)
{
	if (n - *at < width)
		return false;
	*length = 0;
	for (unsigned i = 0; i < width; i++)
		*length = *length << 8 | body[(*at)++];
	return *length <= n - *at;
}

bool tls_bounds_list(const uint8_t *body, size_t n, bool tls13, char why[TLS_REFUSED_MAX])
{
	size_t at = 0, length;
	unsigned count = 0;

	if (tls13) { /* a context, which is empty in a server's */
		if (!list_length(body, n, &at, 1, &length))
			return true;
		at += length;
	}
	if (!list_length(body, n, &at, 3, &length))
		return true;
	while (list_length(body, n, &at, 3, &length)) {
		at += length;
		count++;
		if (tls13 && !list_length(body, n, &at, 2, &length))
			break;
		at += tls13 ? length : 0;
	}
	if (count <= TLS_LISTED_MAX)
		return true;
	snprintf(why, TLS_REFUSED_MAX, "a list of %u certificates, more than %d", count,
		 TLS_LISTED_MAX);
	return false;
}

void tls_bounds_chain_too_long(char why[TLS_REFUSED_MAX])
{
	snprintf(why, TLS_REFUSED_MAX, "a chain of more than %d certificates", TLS_CHAIN_MAX);
}

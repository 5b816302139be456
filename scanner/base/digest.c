/* digest.c - SHA-256 through OpenSSL's EVP; see digest.h. */
#include "scanner/base/digest.h"

#include <openssl/evp.h>

/* struct digest is OpenSSL's context under a name of ours. */
static EVP_MD_CTX *context(const struct digest *d)
{
	return (EVP_MD_CTX *)(uintptr_t)d;
}

struct digest *digest_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1)
		return (struct digest *)ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

int digest_add(struct digest *d, const void *bytes, size_t n)
{
	return EVP_DigestUpdate(context(d), bytes, n) == 1 ? 0 : -1;
}

int digest_so_far(const struct digest *d, uint8_t out[DIGEST_N])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	int ok = copy != NULL && EVP_MD_CTX_copy_ex(copy, context(d)) == 1 &&
		 EVP_DigestFinal_ex(copy, out, NULL) == 1;

	EVP_MD_CTX_free(copy);
	return ok ? 0 : -1;
}

void digest_free(struct digest *d)
{
	EVP_MD_CTX_free(context(d));
}

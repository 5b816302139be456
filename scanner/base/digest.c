/* digest.c - SHA-256 through OpenSSL's EVP; see digest.h. */
#include "scanner/base/digest.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define DIGEST_READ 65536u

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

int digest_of(const void *bytes, size_t n, uint8_t out[DIGEST_N])
{
	return EVP_Digest(bytes, n, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : -1;
}

void digest_text(const uint8_t digest[DIGEST_N], char out[DIGEST_TEXT_N + 1])
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned i = 0; i < DIGEST_N; i++) {
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 15];
	}
	out[DIGEST_TEXT_N] = '\0';
}

static int digest_read(struct digest *d, FILE *f, const char *path, uint64_t bytes,
		       struct errmsg *err)
{
	char buffer[DIGEST_READ];

	/* No further than asked: a file that grows since has the same beginning. */
	while (bytes > 0) {
		size_t want = bytes < sizeof(buffer) ? (size_t)bytes : sizeof(buffer);
		size_t got = fread(buffer, 1, want, f);
		if (got == 0 && ferror(f))
			return errmsg_set(err, "cannot read '%s': %s", path, strerror(errno));
		if (got == 0)
			return errmsg_set(err, "'%s' is shorter than it was when the run began",
					  path);
		if (digest_add(d, buffer, got) != 0)
			return errmsg_set(err, "SHA-256 of '%s' failed", path);
		assert(got <= bytes);
		bytes -= got;
	}
	return 0;
}

int digest_of_beginning(const char *path, uint64_t bytes, uint8_t out[DIGEST_N], struct errmsg *err)
{
	FILE *f = fopen(path, "rbe");

	if (f == NULL)
		return errmsg_set(err, "cannot read '%s': %s", path, strerror(errno));
	struct digest *d = digest_new();
	int rc = d == NULL ? errmsg_set(err, "no memory to read '%s'", path)
			   : digest_read(d, f, path, bytes, err);
	if (rc == 0 && digest_so_far(d, out) != 0)
		rc = errmsg_set(err, "no memory to read '%s'", path);
	digest_free(d);
	fclose(f);
	return rc;
}

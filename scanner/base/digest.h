/* digest.h - SHA-256: of a stream that can be asked on the way, of a file's beginning, as text. */
#ifndef MTASWEEP_DIGEST_H
#define MTASWEEP_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "output/base/errmsg.h"

#define DIGEST_N 32
#define DIGEST_TEXT_N 64

struct digest;

/* NULL without memory. */
struct digest *digest_new(void);
/* 0, or -1: OpenSSL failed, the digest is of no more use. */
int digest_add(struct digest *d, const void *bytes, size_t n);
/* Of what was added so far; adding may go on. 0, or -1 without memory. */
int digest_so_far(const struct digest *d, uint8_t out[DIGEST_N]);
void digest_free(struct digest *d);

/* Of bytes in memory. 0, or -1: OpenSSL failed. */
int digest_of(const void *bytes, size_t n, uint8_t out[DIGEST_N]);

/* Lower-case hexadecimal, NUL-terminated. */
void digest_text(const uint8_t digest[DIGEST_N], char out[DIGEST_TEXT_N + 1]);

/* Of a file's first `bytes` bytes. 0, or -1: it cannot be read, or it is shorter than that. */
int digest_of_beginning(const char *path, uint64_t bytes, uint8_t out[DIGEST_N],
			struct errmsg *err);

#endif

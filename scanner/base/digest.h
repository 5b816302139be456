/* digest.h - SHA-256 of a stream that can be asked on the way. */
#ifndef MTASWEEP_DIGEST_H
#define MTASWEEP_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_N 32

struct digest;

/* NULL without memory. */
struct digest *digest_new(void);
/* 0, or -1: OpenSSL failed, the digest is of no more use. */
int digest_add(struct digest *d, const void *bytes, size_t n);
/* Of what was added so far; adding may go on. 0, or -1 without memory. */
int digest_so_far(const struct digest *d, uint8_t out[DIGEST_N]);
void digest_free(struct digest *d);

#endif

/*
 * input_decode.h - the bytes of an input file, decompressed while they stream.
 *
 * gzip (several members), zstd (several frames) and xz (several streams) are recognised by their
 * first bytes; anything else is passed through. Raw bytes are counted and hashed on the way.
 * Constant memory: archives that need a window of more than 128 MiB are refused.
 */
#ifndef MTASWEEP_INPUT_DECODE_H
#define MTASWEEP_INPUT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "scanner/base/digest.h"

struct input_decode;

/* Takes over fd, also on failure. NULL when there is no memory. */
struct input_decode *input_decode_open(int fd);
/* A read that waits ends with an error once that descriptor is readable. */
void input_decode_stop_on(struct input_decode *d, int fd);
/* A read that has waited for so long gives INPUT_DECODE_LATER; before this call: never. */
void input_decode_patience(struct input_decode *d, int ms);
#define INPUT_DECODE_LATER (-2)
/* The first so many raw bytes must have that SHA-256 (digest_text()): other ones, and an end before
 * them, are an error. Call before anything is read. */
void input_decode_expect(struct input_decode *d, uint64_t bytes, const char *sha256);
bool input_decode_expects(const struct input_decode *d); /* they were not all read yet */
/* Bytes written to buf, 0 at the end, -1: see input_decode_error(), INPUT_DECODE_LATER: call again.
 * An end in the middle of an archive is an error. Blocks until there is something. */
ssize_t input_decode_read(struct input_decode *d, char *buf, size_t cap);
/* What went wrong, half a sentence: "the gzip data is corrupt (...)". */
const char *input_decode_error(const struct input_decode *d);
/* Raw bytes read so far. */
uint64_t input_decode_bytes(const struct input_decode *d);
/* The same with their hash. 0, or -1 when there is no memory. */
int input_decode_raw(const struct input_decode *d, uint64_t *bytes, uint8_t sha256[DIGEST_N]);
void input_decode_close(struct input_decode *d);

#endif

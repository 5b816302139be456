/*
 * buf.h - bytes in a growing buffer that is reused from record to record.
 *
 * Errors are sticky: past `max` or without memory `failed` is set, and nothing is appended any
 * more. Check once, at the end. After warm-up nothing is allocated.
 */
#ifndef MTASWEEP_BUF_H
#define MTASWEEP_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buf {
	char *p;  /* owned; NULL until something is written */
	size_t n; /* bytes written, not NUL-terminated */
	size_t cap, max;
	bool failed;
};

/* max caps the size; nothing is allocated yet. */
void buf_init(struct buf *b, size_t max);
/* Empties it, keeps the memory, clears `failed`. */
void buf_reset(struct buf *b);
void buf_release(struct buf *b);

/* buf_room() when there is none, so that the common case is inline and short. */
bool buf_grow(struct buf *b, size_t n);

/* Room for n more bytes, which the caller then writes to p + n and counts; false when the buffer
 * has failed. */
static inline bool buf_room(struct buf *b, size_t n)
{
	return (n <= b->cap - b->n && !b->failed) || buf_grow(b, n);
}

static inline void buf_bytes(struct buf *b, const char *p, size_t n)
{
	if (n == 0 || !buf_room(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void buf_text(struct buf *b, const char *s)
{
	buf_bytes(b, s, strlen(s));
}

#endif

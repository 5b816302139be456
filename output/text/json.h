/*
 * json.h - JSON text into a growing buffer that is reused from record to record.
 *
 * Whatever bytes come in, the text is valid JSON in valid UTF-8: bytes that are not UTF-8 (RFC
 * 3629: no overlong forms, no surrogates) become U+FFFD, one per maximal bad run as Unicode
 * recommends, and so does NUL, which no SQL database can keep in a text. Other control bytes are
 * escaped.
 *
 * Errors are sticky: past `max` or without memory `failed` is set, and nothing is appended any
 * more. Check once, at the end. After warm-up nothing is allocated.
 */
#ifndef MTASWEEP_JSON_H
#define MTASWEEP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "parsers/span.h"

struct json_buf {
	char *p;  /* owned; NULL until something is written */
	size_t n; /* bytes written, not NUL-terminated */
	size_t cap, max;
	bool failed;
};

/* max caps the size of the text; nothing is allocated yet. */
void json_init(struct json_buf *b, size_t max);
/* Empties it, keeps the memory, clears `failed`. */
void json_reset(struct json_buf *b);
void json_release(struct json_buf *b);

/* json_room() when there is none, so that the common case is inline and short. */
bool json_grow(struct json_buf *b, size_t n);

/* Room for n more bytes, which the caller then writes to p + n and counts; false when the buffer
 * has failed. */
static inline bool json_room(struct json_buf *b, size_t n)
{
	return (n <= b->cap - b->n && !b->failed) || json_grow(b, n);
}

/* Bytes that are JSON already. */
static inline void json_raw(struct json_buf *b, const char *p, size_t n)
{
	if (n == 0 || !json_room(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

/* Text that is JSON already. */
static inline void json_text(struct json_buf *b, const char *s)
{
	json_raw(b, s, strlen(s));
}

void json_str(struct json_buf *b, struct span s); /* a string; null when s.p is NULL */
void json_base64(struct json_buf *b, struct span s);
void json_int(struct json_buf *b, int64_t v);
void json_uint(struct json_buf *b, uint64_t v);
/* "YYYY-MM-DDThh:mm:ss.mmmZ" in quotes; years outside 0..9999 are clamped. */
void json_time_ms(struct json_buf *b, int64_t unix_ms);

/* Whether json_str() keeps every byte: valid UTF-8 without NUL. */
bool json_keeps(struct span s);

/* The string as a reader of json_str()'s text sees it; out holds 3 * s.n bytes. Returns the
 * length. */
size_t json_clean(struct span s, char *out);

/* Decodes base64 in place of nothing: out holds 3 * n / 4 bytes. Returns the length, or -1. */
int64_t json_base64_decode(struct span s, char *out);

#endif

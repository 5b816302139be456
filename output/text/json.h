/*
 * json.h - values as JSON text, into a buffer (buf.h, with its sticky errors).
 *
 * Whatever bytes come in, the text is valid JSON in valid UTF-8: bytes that are not UTF-8 (RFC
 * 3629: no overlong forms, no surrogates) become U+FFFD, one per maximal bad run as Unicode
 * recommends, and so does NUL, which no SQL database can keep in a text. Other control bytes are
 * escaped, and so are characters that would hide or reorder what stands around them.
 */
#ifndef MTASWEEP_JSON_H
#define MTASWEEP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/text/buf.h"
#include "parsers/span.h"

void json_str(struct buf *b, struct span s); /* a string; null when s.p is NULL */
void json_base64(struct buf *b, struct span s);
void json_int(struct buf *b, int64_t v);
void json_uint(struct buf *b, uint64_t v);
/* "YYYY-MM-DDThh:mm:ss.mmmZ" in quotes; years outside 0..9999 are clamped. */
void json_time_ms(struct buf *b, int64_t unix_ms);

/* Whether json_str() keeps every byte: valid UTF-8 without NUL. */
bool json_keeps(struct span s);

/* The string as a reader of json_str()'s text sees it; out holds 3 * s.n bytes. Returns the
 * length. */
size_t json_clean(struct span s, char *out);

/* The bytes of base64 text, padded, without blanks; out holds s.n / 4 * 3 bytes. Returns how many,
 * or -1 when it is no base64. */
int64_t json_base64_decode(struct span s, char *out);

#endif

/*
 * span.h - a run of bytes that somebody else owns.
 *
 * Parsers return spans into the caller's buffer: no copy, no NUL at the end, any byte inside.
 * p == NULL is "no value" (JSON null); p != NULL with n == 0 is an empty value. A span lives
 * exactly as long as the buffer it points into; every struct that holds one says which.
 */
#ifndef MTASWEEP_SPAN_H
#define MTASWEEP_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN_NULL ((struct span){NULL, 0})
/* For the initialiser of a constant. */
#define SPAN_INIT(literal)                                                                         \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}
#define SPAN_LIT(literal) ((struct span){"" literal, sizeof(literal) - 1})

static inline struct span span_of(const char *p, size_t n)
{
	return (struct span){p, n};
}

static inline struct span span_str(const char *s)
{
	return (struct span){s, s ? strlen(s) : 0};
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII case-insensitive, as DNS names compare (RFC 4343). Not strncasecmp(): that ends at a
 * NUL. */
static inline bool span_ieq(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		char folded = (char)(a.p[i] | 0x20);
		if (a.p[i] != b.p[i] &&
		    (folded != (char)(b.p[i] | 0x20) || folded < 'a' || folded > 'z'))
			return false;
	}
	return true;
}

static inline bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool span_iends(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_ieq(span_of(s.p + (s.n - suffix.n), suffix.n), suffix);
}

#endif

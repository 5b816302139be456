/*
 * txtfield.h - what the MTA-STS and the TLS-RPT record have in common (RFC 8461 3.1, RFC 8460 3):
 * a version, then fields "name=value", each after a ";" that blanks may surround.
 *
 * Splits a value and says what is odd about each piece; what that means is the caller's business.
 * Spans point into the value.
 */
#ifndef MTASWEEP_TXTFIELD_H
#define MTASWEEP_TXTFIELD_H

#include "parsers/span.h"

struct txtfield_reader {
	struct span value;
	size_t at; /* start of the next piece */
	bool done;
};

/* One piece between two ";", or before the first, or after the last. */
struct txtfield {
	struct span text;  /* without the blanks around it */
	bool blank_before; /* blanks stood before the text */
	bool blank_after;  /* blanks stood behind the text */
	bool last;	   /* no ";" follows */
	/* When the text holds a "=": what stands before and behind the first one, blanks
	 * included. */
	struct span name, data;
};

struct txtfield_reader txtfield_start(struct span value);
bool txtfield_next(struct txtfield_reader *r, struct txtfield *out);

static inline bool txtfield_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span txtfield_trim(struct span s);
/* Takes the backslash off a piece that ended in "\;". */
void txtfield_unescape(struct txtfield *field);

/* Whether a field of exactly this name follows: only then is one in another case beside it an
 * extension (RFC 7405: %s"id" and %s"rua" are case-sensitive), and no misspelling. */
bool txtfield_holds(struct span value, struct span name);

/* (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".") */
bool txtfield_name_ok(struct span name);
/* Offset of the first byte that is not %x21-3A / %x3C / %x3E-7E; n when all are. */
size_t txtfield_value_span(struct span data);
/* Offset of the first byte over 0x7f; n when there is none. */
size_t txtfield_ascii_span(struct span s);

/*
 * How a record begins. Readers strip `skip` bytes (blanks, quotes, backslashes) to go on; `token`
 * is the first piece from there.
 */
enum txtfield_version {
	TXTFIELD_VERSION_OK,	/* exactly "v=X", then *WSP ";" */
	TXTFIELD_VERSION_ALONE, /* exactly "v=X", but no ";" follows it directly */
	TXTFIELD_VERSION_CASE,	/* "v=X" in another case */
	TXTFIELD_VERSION_OTHER, /* something else */
};

struct txtfield_head {
	enum txtfield_version version;
	size_t skip;	   /* bytes before the token */
	bool quoted;	   /* some of them quotes or backslashes, or "\;" ends the token */
	struct span token; /* the first piece, or "v=X" itself where the ";" is missing */
	bool blank_before_delimiter;
	bool version_like; /* the token is a version of some kind, not another field */
	size_t rest;	   /* offset of the first byte after the token and its ";" */
	size_t end;	   /* of the value without the closing quotes, when quoted */
};

void txtfield_head(struct span value, struct span version, struct txtfield_head *out);

#endif

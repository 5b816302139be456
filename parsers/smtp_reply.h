/*
 * smtp_reply.h - one reply of an SMTP server, line by line (RFC 5321 4.2).
 *
 * Fed with a buffer that grows: each call gets all bytes since the reply began, those of earlier
 * calls unchanged, and goes on where it stood. Lines are offsets into that buffer, so it may move.
 * Nothing is trusted: a line is kept up to SMTP_LINE_MAX bytes, a reply up to SMTP_LINES_KEPT
 * lines, and one that has not ended after SMTP_REPLY_MAX bytes is given up.
 */
#ifndef MTASWEEP_SMTP_REPLY_H
#define MTASWEEP_SMTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/limits.h"
#include "parsers/span.h"

enum smtp_reply_status {
	SMTP_REPLY_MORE,      /* not all of it has come */
	SMTP_REPLY_DONE,      /* at is the offset of the first byte that is not part of it */
	SMTP_REPLY_MALFORMED, /* a line that is no reply line: bad is where it begins */
	SMTP_REPLY_ENDLESS,   /* SMTP_REPLY_MAX bytes, and no end */
};

/* Zeroed before a reply begins. */
struct smtp_reply {
	size_t at;  /* bytes that were read */
	size_t bad; /* offset of the line that cannot be read */
	/* Of the last line: postscreen greets with "220-" and may end with "521 ". 0: no line
	 * yet. */
	int code;
	unsigned lines_n, lines_dropped;
	bool codes_differ; /* against RFC 5321 4.2.1 */
	bool bare_lf;	   /* a line that ends without CR, against RFC 5321 2.3.8 */
	bool line_cut;	   /* a line was longer than SMTP_LINE_MAX */
	struct {
		uint16_t at,
			n; /* the text behind the code and its separator, without the line's end */
	} line[SMTP_LINES_KEPT];
};

static_assert(SMTP_REPLY_MAX <= UINT16_MAX, "offsets of a reply fit 16 bits");

enum smtp_reply_status smtp_reply_read(struct smtp_reply *r, const char *bytes, size_t n);

/* The text of a kept line. */
struct span smtp_reply_text(const struct smtp_reply *r, const char *bytes, unsigned line);

/* A greeting that a middlebox has masked: stars, with the digits and blanks that some leave. */
bool smtp_reply_masked(struct span text);

#endif

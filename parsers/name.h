/*
 * name.h - from a line's text to the domain name that is scanned.
 *
 * Takes what people put into lists: upper case, a final dot, a U-label (IDNA2008, RFC 5891), a URL
 * or an e-mail address (the host part counts). Gives the lower-case A-label form without a final
 * dot.
 */
#ifndef MTASWEEP_NAME_H
#define MTASWEEP_NAME_H

#include <stdint.h>

#include "parsers/limits.h"
#include "parsers/span.h"

enum name_status {
	NAME_OK,
	NAME_EMPTY,
	NAME_TOO_LONG,	  /* over 253 bytes */
	NAME_LABEL_LONG,  /* a label over 63 bytes */
	NAME_LABEL_EMPTY, /* ".." or a leading dot */
	NAME_CONTROL,	  /* control byte or blank inside */
	NAME_NOT_UTF8,
	NAME_IDNA,	/* libidn2 refuses it */
	NAME_CHARACTER, /* a byte that no host name has (letters, digits, '-', and '_' are let
			   through) */
	NAME_HYPHEN,	/* label begins or ends with '-' */
	NAME_ADDRESS,	/* an IP address */
	NAME_LINE_LONG, /* the input line was over INPUT_LINE_MAX */
	NAME_SEVERAL,	/* more than one name or address, or words around it */
};

enum name_flag {
	NAME_WAS_UPPER = 1 << 0,
	NAME_HAD_DOT = 1 << 1,
	NAME_WAS_ULABEL = 1 << 2,
	NAME_WAS_URL = 1 << 3,
	NAME_WAS_EMAIL = 1 << 4,
};

struct name {
	enum name_status status;
	uint32_t flags;
	size_t n;	     /* 0 unless NAME_OK */
	char text[NAME_BUF]; /* NUL-terminated */
};

/* Never fails otherwise than by out->status. Linear in text.n. */
void name_normalise(struct span text, struct name *out);
/* One sentence for people. */
const char *name_status_text(enum name_status status);

#endif

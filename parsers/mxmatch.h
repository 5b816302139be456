/*
 * mxmatch.h - does an mx pattern of a policy cover an MX host (RFC 8461 4.1)?
 */
#ifndef MTASWEEP_MXMATCH_H
#define MTASWEEP_MXMATCH_H

#include "parsers/span.h"

enum mxmatch {
	MXMATCH_NO,
	MXMATCH_YES,
	MXMATCH_APEX, /* no: the pattern is "*.x" and the host is x */
	MXMATCH_DEEP, /* no: the pattern is "*.x" and the host has more than one label before x */
};

/* Without case; "*." stands for exactly one label; one final dot of either is ignored. */
enum mxmatch mxmatch(struct span pattern, struct span host);

/* Whether a certificate's names, as a record shows them with ", " between, cover the domain. */
bool mxmatch_any(struct span names, struct span domain);

#endif

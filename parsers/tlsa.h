/*
 * tlsa.h - one TLSA record (RFC 6698 2.1), and whether a DANE sender of mail can use it (RFC 7672
 * 3.1, RFC 7671 5 and 10).
 */
#ifndef MTASWEEP_TLSA_H
#define MTASWEEP_TLSA_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/limits.h"
#include "parsers/span.h"

enum tlsa_usage { TLSA_PKIX_TA = 0, TLSA_PKIX_EE = 1, TLSA_DANE_TA = 2, TLSA_DANE_EE = 3 };
enum tlsa_selector { TLSA_CERT = 0, TLSA_SPKI = 1 };
enum tlsa_matching { TLSA_FULL = 0, TLSA_SHA256 = 1, TLSA_SHA512 = 2 };

/* Whether it can be used, else the first reason why not. */
enum tlsa_use {
	TLSA_USABLE,
	TLSA_BAD_SHORT,	   /* fewer than the three bytes of parameters */
	TLSA_BAD_EMPTY,	   /* no data behind them */
	TLSA_BAD_USAGE,	   /* over 3 */
	TLSA_BAD_SELECTOR, /* over 1 */
	TLSA_BAD_MATCHING, /* over 2 */
	TLSA_BAD_LENGTH,   /* not the length of its digest */
	TLSA_BAD_DATA,	   /* matching 0, and the data is no ASN.1 SEQUENCE of that length */
	TLSA_BAD_PKIX,	   /* usage 0 or 1: not for mail (RFC 7672 3.1.3) */
};

/* Points into the rdata. */
struct tlsa {
	uint8_t usage, selector, matching; /* 0 when TLSA_BAD_SHORT */
	enum tlsa_use use;
	struct span data; /* the association data, binary */
};

void tlsa_read(const uint8_t *rdata, size_t n, struct tlsa *out);

/* Why it cannot be used, for people; NULL when it can. */
const char *tlsa_use_text(enum tlsa_use use);

/*
 * RFC 7671 9: of the digests of one usage and selector only the strongest counts; a record with the
 * data itself always does. Whether record i of n, all of one RRset, counts; it must be usable.
 */
bool tlsa_counts(const struct tlsa *set, unsigned n, unsigned i);

/* Presentation form "3 1 1 0a1b...", lower case; data over TLSA_TEXT_DATA_MAX bytes is cut with
 * "...". Returns the length; out holds TLSA_TEXT_MAX and is NUL-terminated. */
size_t tlsa_text(const struct tlsa *t, char out[TLSA_TEXT_MAX]);

/*
 * Reads what tlsa_text() wrote; rdata holds TLSA_RDATA_MAX and is pointed into. False when it is
 * something else. Where the text was cut, matching type 0 is taken to be usable.
 */
#define TLSA_RDATA_MAX (TLSA_TEXT_DATA_MAX + 3u)
bool tlsa_parse(struct span text, uint8_t rdata[TLSA_RDATA_MAX], struct tlsa *out);

#endif

/*
 * limits.h - how large what comes from outside may get, where several files rely on it.
 *
 * A parser cuts or counts at one of these, and whoever keeps the result sizes its memory by the
 * same one. A maximum that only one file needs stands in that file. Bytes unless a comment says
 * otherwise.
 */
#ifndef MTASWEEP_LIMITS_H
#define MTASWEEP_LIMITS_H

#include <assert.h>

/* Names (RFC 1035 2.3.4): text form without the final dot, and with a terminating NUL. */
#define NAME_TEXT_MAX 253
#define NAME_LABEL_MAX 63
#define NAME_BUF (NAME_TEXT_MAX + 1)

/* Input. A longer line is read to its end, kept up to here and judged invalid. */
#define INPUT_LINE_MAX 4096
#define INPUT_TAG_MAX 256

/* DNS messages and what is kept of one answer. */
#define DNS_UDP_PAYLOAD 1232 /* EDNS size we offer (DNS Flag Day 2020) */
#define DNS_QUERY_MAX 288
#define DNS_MESSAGE_MAX 65535
#define DNS_CNAME_MAX 16 /* links of a chain that are followed */
#define DNS_RR_MAX 256	 /* records of one RRset that are kept: of MX those that are tried first */
/* Longest presentation form of a name: 255 bytes on the wire, each at most "\DDD". */
#define DNS_NAME_TEXT_MAX 1024

/* Records (RFC 8461 3.1, RFC 8460 3). */
#define STS_ID_MAX 32
#define EXT_NAME_MAX 32
#define TLSRPT_RUA_MAX 16 /* URIs kept of one record */

/* Policy (RFC 8461 3.2, 3.3). */
#define POLICY_BODY_MAX 65536
#define POLICY_MAX_AGE_MAX 31557600u
#define POLICY_MX_KEPT 128 /* patterns shown in a record; matching walks all of them */

/* SMTP replies (RFC 5321 4.5.3.1.5 has 512 bytes a line) and TLSA records (RFC 6698). */
#define SMTP_LINE_MAX 1024     /* kept of a line */
#define SMTP_LINES_KEPT 128    /* of a reply; the others are counted */
#define SMTP_REPLY_MAX 16384   /* bytes of a reply, after which it is given up */
#define TLSA_TEXT_DATA_MAX 512 /* bytes of data that are shown: digests, not certificates */
#define TLSA_TEXT_MAX (2 * TLSA_TEXT_DATA_MAX + 24)

/* Record. */
#define MX_HOST_MAX DNS_RR_MAX
#define FINDINGS_MAX 48
#define FINDINGS_PER_CODE 8
#define FINDINGS_PER_VALUE 24 /* of one parsed value in a record, so that the others have room */
#define FINDING_DETAIL_MAX 240
/*
 * One NDJSON line; the emitter fails past it. Worst case: each byte of two TXT answers (64 KiB) and
 * of a policy body, its patterns and its URIs escaped to six, about 2.3 MiB.
 */
#define RECORD_LINE_MAX (4 * 1024 * 1024)

static_assert(FINDINGS_MAX < 64, "a finding's index must fit a 64-bit set");
static_assert(NAME_TEXT_MAX < DNS_NAME_TEXT_MAX, "a name must fit its presentation buffer");

#endif

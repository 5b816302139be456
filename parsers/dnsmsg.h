/*
 * dnsmsg.h - DNS messages: build a question, read an answer in place (RFC 1035, 6891, 8914).
 *
 * Zero-copy: everything points into the caller's message, which must outlive the structs. No trust
 * in any count or length; compression pointers must go strictly backwards, which bounds every walk.
 */
#ifndef MTASWEEP_DNSMSG_H
#define MTASWEEP_DNSMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/limits.h"
#include "parsers/span.h"

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_TLSA = 52, /* see tlsa.h */
};

enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5,
};

/*
 * Writes a query: RD and AD set, EDNS0 with DNS_UDP_PAYLOAD and the DO bit as asked. `name` is text
 * (A-labels, no escapes, final dot optional). Returns its length, or 0 when the name is not
 * encodable or cap is too small (DNS_QUERY_MAX always suffices).
 */
size_t dnsmsg_query(uint8_t *buf, size_t cap, uint16_t id, struct span name, uint16_t type,
		    bool want_do);

struct dnsmsg {
	const uint8_t *wire;
	size_t n;
	uint16_t id;
	bool qr, aa, tc, rd, ra, ad, cd;
	uint8_t opcode; /* 0: an answer to a question */
	unsigned rcode; /* with the OPT record's upper bits */
	int ede;	/* RFC 8914 info code, -1 none (the first one) */
	uint32_t edes;	/* a bit for each info code below 32 that there is */
	bool soa; /* the authority section has one: an empty answer is a negative one (RFC 2308 2) */
	size_t qname; /* offset of the question's name */
	uint16_t qtype, qclass;
	size_t answers;	   /* offset of the answer section */
	unsigned an_count; /* records of it that can be read: all of them, unless tc */
	size_t authority;  /* offset of the authority section; 0 when nothing of it can be read */
	unsigned ns_count; /* records of it that can be read */
};

/* The resolver says itself that the answer is its own and not the zone's: forged, blocked,
 * censored, filtered or prohibited (RFC 8914 4.5, 4.16 to 4.19). It proves nothing. */
bool dnsmsg_filtered(const struct dnsmsg *m);
/* Validation failed (RFC 8914 4.7 to 4.13). */
bool dnsmsg_bogus(const struct dnsmsg *m);

/* Where the header and the question (exactly one) end; 0 when they cannot be read. */
size_t dnsmsg_question(const uint8_t *wire, size_t n);

/* 0, or -1 when the header, the question (exactly one) or the record framing cannot be read. A
 * truncated message (tc) may end anywhere after the question. */
int dnsmsg_parse(struct dnsmsg *m, const uint8_t *wire, size_t n);

struct dns_rr {
	size_t name; /* offset */
	uint16_t type, class_;
	uint32_t ttl; /* seconds; 0 when the top bit was set (RFC 2181 8) */
	const uint8_t *rdata;
	uint16_t rdata_n;
};

/* Owner of the SOA record of the authority section, as dnsmsg_name() writes it: the zone that
 * denies, in an answer that does (RFC 2308 2). -1 when there is none, or more than one. */
int dnsmsg_soa_owner(const struct dnsmsg *m, char *out);

/* Text of the name at an offset: lower case, no final dot, RFC 1035 5.1 escapes, "." for the root.
 * out holds DNS_NAME_TEXT_MAX and is NUL-terminated. Returns the length, or -1. */
int dnsmsg_name(const struct dnsmsg *m, size_t offset, char *out);

/* An MX record of m: its preference, and its exchange as dnsmsg_name() writes it. -1 when
 * unreadable. */
int dnsmsg_mx(const struct dnsmsg *m, const struct dns_rr *rr, uint16_t *preference, char *out);

/*
 * The RRset of `type` that answers the question: follows the CNAME chain from the question's name
 * through the answer section, whatever the order; ignores records of other owners (spoofed extras).
 */
enum dnsmsg_chase {
	DNSMSG_FOUND,	  /* rr_n >= 1 */
	DNSMSG_EMPTY,	  /* chain ends without records of the type */
	DNSMSG_LOOP,	  /* the chain loops or is longer than DNS_CNAME_MAX */
	DNSMSG_MALFORMED, /* a record that belongs to the answer cannot be read (A, AAAA, CNAME, MX
			     and TXT are checked; of TLSA one bad record spoils no other) */
};

struct dnsmsg_rrset {
	struct dns_rr rr[DNS_RR_MAX];
	unsigned rr_n,
		rr_dropped; /* first dropped: TXT of other protocols, MX of high preference */
	size_t cname[DNS_CNAME_MAX]; /* offsets of the targets, in order */
	unsigned cname_n;
	uint32_t ttl; /* smallest of the chain and the set; 0 when nothing was found */
};

enum dnsmsg_chase dnsmsg_chase(const struct dnsmsg *m, uint16_t type, struct dnsmsg_rrset *out);

/* TXT rdata: joined length, number of character-strings (may be NULL); -1 when the lengths do not
 * add up. Empty rdata, which RFC 1035 3.3.14 does not foresee, reads as no string at all. */
int dnsmsg_txt_measure(const struct dns_rr *rr, unsigned *pieces);
/* Copies the joined strings; out holds the measured length. */
void dnsmsg_txt_join(const struct dns_rr *rr, char *out);

#endif

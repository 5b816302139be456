/*
 * record.h - what is known and concluded about one name: what one line of results says.
 *
 * The job machine fills in the evidence (everything that came from the input and the network), the
 * judge the conclusions (verdict, impact, validity, findings); the emitter only renders. The same
 * struct is rebuilt from a stored line by record_read(), so that `recheck` and `report` run the
 * same code.
 *
 * Ownership: spans and arrays live in the job's arena (or in the stored line) and die with it.
 * Names that the network gave are in lower case, without the final dot, presentation form (RFC
 * 1035 5.1 escapes for odd bytes). int fields that hold an enumeration or a flag use -1 for null.
 */
#ifndef MTASWEEP_RECORD_H
#define MTASWEEP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/issue.h"
#include "parsers/limits.h"
#include "parsers/span.h"
#include "parsers/terms.h"

/* Raised whenever a listed key is renamed, removed or changes its type. */
#define RECORD_SCHEMA 1
/* What stands before the number in every record's line; RECORD_SCHEMA and fields.def say so. */
#define RECORD_LINE_BEGIN "{\"schema\":1,\"line\":"

/* Answer to one TXT question. */
struct record_txt {
	enum dns_outcome dns;
	struct span resolver;  /* who gave the answer that counts; null when none was asked */
	struct span denied_by; /* zone whose NXDOMAIN to MX answers this, too (RFC 8020); or null */
	int ad;		       /* -1 unknown, 0, 1: AD bit of that answer */
	int64_t ttl;	       /* seconds, smallest of the chain; -1 unknown */
	const struct span *cname;
	unsigned cname_n;
	const struct span *txt;	    /* one a TXT record, its strings joined (RFC 7208 3.3 style) */
	const uint16_t *txt_pieces; /* how many strings each had; NULL when not known (recheck) */
	unsigned txt_n;
	unsigned txt_dropped; /* records past DNS_RR_MAX, counted and not kept */
};

struct record_sts {
	struct record_txt answer;
	bool valid;
	struct span id; /* of the record in force; null unless exactly one candidate had one */
};

struct record_tlsrpt {
	struct record_txt answer;
	bool valid;
	const struct span *rua;
	unsigned rua_n;
};

/* One fetch of the policy file: the attempt that counts. */
struct record_policy {
	/* As evidence, how far an attempt came (STAGE_NONE: never tried). The judge makes of it
	 * where the way ends for a sender, and STAGE_OK of a valid policy. */
	enum stage stage;
	struct span url;
	enum dns_outcome dns; /* of the policy host's address; SKIPPED when not asked */
	const struct span *cname;
	unsigned cname_n;
	struct span address; /* the one that counts, text; null when none was contacted */
	unsigned v4_n, v6_n; /* addresses the policy host has */
	bool half_located;   /* the addresses of one family could not be had: a temporary failure */
	bool address_blocked; /* nobody can reach any of its addresses; one of them in `address` */
	/* "excluded" or "own": an address that we chose not to contact, which says nothing about
	 * it; null: none. In `address`, if no other was contacted. */
	struct span not_contacted;
	struct span odd_address; /* one that serves no policy, though `address` does; null: none */
	struct span odd_reason;	 /* why: a word of enum tls_reason, or the stage */
	bool timed_out;		 /* the stage that failed did so by a deadline */
	bool passed_over; /* not tried: connections to the address had timed out again and again */
	bool unreachable; /* the network, not the host, said no (ENETUNREACH ...) */
	int tcp_refused;  /* 1 when the host answered with a reset; else 0 */

	struct span http_version; /* "1.0", "1.1", "2"; null */
	int http_status;	  /* 0 none */
	struct span content_type; /* header as sent; null when absent */
	unsigned content_types;	  /* Content-Type headers that differ from each other */
	struct span location;	  /* of a redirect; null */
	bool content_encoded;	  /* Content-Encoding though none was asked for */
	struct span http_error;	  /* what was broken, one short phrase of ours; null */

	struct span tls_version; /* "TLSv1.3" */
	int tls_verified;	 /* -1 no handshake, 0, 1: what a sender would conclude */
	int tls_reason;		 /* enum tls_reason or -1: the first of tls_reasons */
	uint32_t tls_reasons;	 /* bit set of enum tls_reason: all that were found */
	struct span tls_error;	 /* text of the library or alert; null */
	bool cert_refused; /* tls_error says what is wrong with the certificate or its chain */
	struct span cert_issuer;		 /* organisation or common name of the issuer */
	int64_t cert_not_before, cert_not_after; /* Unix seconds; INT64_MIN unknown */
	struct span cert_sha256;		 /* lower-case hex of the leaf */
	unsigned cert_key_bits;			 /* 0 unknown */
	bool cert_sha1;				 /* signed with SHA-1 or MD5 */
	bool cert_cn_only;			 /* the policy host's name stands in the CN alone */
	bool cert_wildcard_partial; /* a SAN would match only by a partial or nested wildcard */
	struct span cert_names;	    /* a few DNS names of the certificate, ", " between */

	struct span body;	 /* as received, at most POLICY_BODY_MAX; null when no answer */
	uint64_t body_bytes;	 /* received; POLICY_BODY_MAX + 1 when cut */
	bool body_cut;		 /* larger than POLICY_BODY_MAX */
	struct span body_sha256; /* lower-case hex of what was received and kept */
	int newline;		 /* enum newline or -1 */
	bool valid;
	int mode;	       /* enum mode or -1 */
	int64_t max_age;       /* seconds; -1 null */
	const struct span *mx; /* at most POLICY_MX_KEPT */
	unsigned mx_n, mx_dropped;
	int64_t took_ms; /* -1 null */
};

/* One MX host as a probe saw it, at the address that says most about it. */
struct record_probe {
	int how;	     /* enum probe_how, or -1: not probed */
	int64_t at;	     /* Unix seconds */
	struct span address; /* null when none was contacted */
	int code;	     /* of the SMTP reply that decided; 0 none */
	struct span text;    /* of that reply, or what came in its place; null */
	struct span banner;  /* greeting; null */
	struct span error;   /* of a connection or handshake that failed; null */
	struct span tls_version, cipher;
	struct span cert_issuer, cert_sha256, cert_names;
	struct span spki_sha256;		 /* of the leaf's public key: the data of "3 1 1" */
	int64_t cert_not_before, cert_not_after; /* Unix seconds; INT64_MIN unknown */
	unsigned cert_key_bits;			 /* 0 unknown */
	bool cert_ec;				 /* of an elliptic curve */
	bool cert_sha1, cert_cn_only, cert_wildcard_partial;
	bool requiretls;
	uint64_t injected; /* bytes in clear between the reply to STARTTLS and TLS */
	/* Addresses: known, visited, and of these fine, refused by a strict sender, DANE good and
	 * bad. */
	unsigned addresses, tried, good, bad, dane_good, dane_bad;
	uint32_t tlsa_spare;  /* bit set of tlsa_records that match nothing of the chain */
	bool tlsa_leaf_as_ta; /* a record of usage 2 holds the leaf */
	int64_t took_ms;
};

struct record_mx_host {
	struct span host;
	uint16_t preference;
	int matched;  /* -1 nothing to match against, 0, 1 */
	int mismatch; /* enum mismatch or -1 */
	struct span suggestion;
	int tls;  /* enum mx_tls or -1 */
	int tlsa; /* -1, 0, 1 */
	uint32_t
		tls_reasons; /* bit set of enum tls_reason: all that is wrong with the certificate */
	int sts_usable;	     /* -1 not known, 0, 1: a strict MTA-STS sender may deliver here */
	int dane;	     /* enum dane or -1 */
	int address_dns;     /* enum dns_outcome or -1: of the questions for its addresses */
	const struct span *cname; /* targets of its CNAME chain */
	unsigned cname_n;
	int tlsa_dns;			 /* enum dns_outcome or -1: not asked */
	int tlsa_ad;			 /* -1, 0, 1 */
	struct span tlsa_base;		 /* the TLSA base domain (RFC 7672 2.2.2) */
	const struct span *tlsa_records; /* "3 1 1 hex", at most PROBE_TLSA_MAX */
	unsigned tlsa_records_n, tlsa_dropped;
	int64_t tlsa_ttl; /* seconds; -1 unknown */
	int tlsa_match;	  /* index of the record that matched, -1 none */
	struct record_probe probe;
};

/* A line of hosts.ndjson.zst: an MX host that several names may have. */
struct record_host {
	struct record_mx_host mx; /* first: fields.def takes one for the other */
	struct span pace_key;
	uint64_t names;
};

/* Every member to null, zero or -1. */
void record_mx_host_init(struct record_mx_host *h);

/* A null MX, be it among others: no host to deliver to (RFC 7505). */
static inline bool record_mx_is_none(struct span host)
{
	return host.n == 0 || span_eq(host, SPAN_LIT("."));
}

struct record_mx {
	enum dns_outcome dns;
	struct span resolver;
	int null_mx;		  /* -1 unknown, 0, 1 (RFC 7505) */
	int ad;			  /* -1, 0, 1: AD bit of the answer */
	int64_t ttl;		  /* seconds; -1 unknown */
	const struct span *cname; /* targets of the chain that led to the MX records */
	unsigned cname_n;
	int implicit; /* -1 not established, 0, 1 (RFC 5321 5.1): no MX, the name has an address */
	struct record_mx_host *hosts; /* by preference, then name */
	unsigned hosts_n, hosts_dropped;
};

struct record_issue {
	enum issue code;
	enum severity severity; /* after --severity */
	enum impact impact;
	bool root;	    /* the one cause of a broken verdict */
	struct span detail; /* null or text for people, with the place and the fix for this name */
	uint32_t offset, line, column; /* of the offending bytes; line 0: no place */
	uint32_t senders;	       /* bit set of enum sender that refuse or misread this */
};

struct record {
	uint64_t line;
	struct span input;
	struct span domain;
	int64_t rank; /* -1 null */
	struct span tag;
	struct span tld, registrable;
	int64_t scanned_at_ms; /* Unix milliseconds, UTC */
	int64_t took_ms;

	enum verdict verdict;
	enum impact impact;
	int interoperable;	   /* -1 null, 0, 1 */
	uint32_t senders_refusing; /* bit set of enum sender */
	struct record_sts sts;
	struct record_policy policy;
	struct record_tlsrpt tlsrpt;
	struct record_mx mx;
	struct span provider_policy, provider_mx;
	struct record_issue *issues;
	unsigned issues_n, issues_dropped;

	uint32_t name_flags; /* enum name_flag of parsers/name.h: how the input had to be read */
	bool worker_crashed; /* the line kills the process that scans it; nothing else is known */
	int name_status;     /* enum name_status: why it is no name */
};

/* Every field to null, zero or skipped; line, input and the rest are then filled in. */
void record_init(struct record *r);
/* Smaller is told first: the root, then mail loss, unprotected and other errors, then the rest. */
unsigned record_issue_rank(const struct record_issue *one);
/* Of the findings the one that is told first. NULL when there is none. */
const struct record_issue *record_first_issue(const struct record *r);
/* Whether an error keeps senders from some of its MX hosts, but not from all. */
bool record_mail_late(const struct record *r);

#endif

/*
 * aggregate_data.h - the inside of an aggregate, for the report's tables only.
 */
#ifndef MTASWEEP_AGGREGATE_DATA_H
#define MTASWEEP_AGGREGATE_DATA_H

#include "output/aggregate/aggregate.h"
#include "output/aggregate/histogram.h"
#include "output/aggregate/hll.h"
#include "output/aggregate/tally.h"

/* What is counted for every group of names (all, a TLD, a rank bin, a tag, an MX operator). */
enum group {
	GROUP_NAMES,	 /* names, without invalid input and exclusions */
	GROUP_STS_KNOWN, /* ... where it is known whether there is an MTA-STS record */
	GROUP_STS,	 /* ... and there is one */
	GROUP_TLSRPT_KNOWN,
	GROUP_TLSRPT, /* a valid TLS-RPT record */
	GROUP_BOTH_KNOWN,
	GROUP_BOTH,
	GROUP_MX, /* names with MX hosts */
	GROUP_MX_STS_KNOWN,
	GROUP_MX_STS,
	GROUP_JUDGED, /* a record, and a conclusive verdict about the policy */
	GROUP_ENFORCE,
	GROUP_TESTING,
	GROUP_NONE,
	GROUP_BROKEN,
	GROUP_INCONCLUSIVE,
	GROUP_MAIL_LOSS,
	GROUP_MX_AD_KNOWN, /* names with MX hosts; whether the MX records are signed is known */
	GROUP_MX_AD,
	GROUP_TLSA_KNOWN, /* whether some MX host has secure TLSA records */
	GROUP_TLSA,
	GROUP_DANE_KNOWN, /* ... and what a DANE sender does there */
	GROUP_DANE_REFUSED,
	GROUP_N
};

#define RANK_BIN 10000u
#define RANK_BINS 100u		  /* of RANK_BIN names each; behind them: */
#define RANK_LATER RANK_BINS	  /* over a million */
#define RANK_NULL (RANK_BINS + 1) /* no rank */
#define RANK_ALL (RANK_BINS + 2)

#define ENTITIES 3u /* enum facts_entity */
#define HTTP_STATUSES 1000u
#define MODES_N 3u

/* Columns of the tally of policy operators and addresses. */
enum host_column {
	HOST_NAMES,
	HOST_INCONCLUSIVE,
	HOST_OK,
	HOST_DNS,
	HOST_TCP,
	HOST_TLS,
	HOST_HTTP,
	HOST_SYNTAX,
	HOST_ENFORCE,
	HOST_MAIL_LOSS,
	HOST_N
};

#define MAX_AGE_BUCKETS 7u
extern const int64_t aggregate_max_age_from[MAX_AGE_BUCKETS]; /* smallest of each */
#define CERT_BUCKETS 8u
extern const int64_t aggregate_cert_days_from[CERT_BUCKETS];
#define PATTERN_BUCKETS 9u /* 0, 1 ... 7, 8 and more */

/* Where a policy is in force, tried out, or neither. */
#define MX_MODES 3u
/* A name counts in each row that one of its hosts is in. */
struct mx_counts {
	uint64_t probed, known; /* of all or some hosts it is certain what a sender does */
	/* Of the hosts that are known: STARTTLS everywhere or nowhere; a sender refuses some or
	 * every one. */
	uint64_t starttls_every, starttls_none, refused, refused_every;
	uint64_t tls[32], reason[9];
	uint64_t handshakes, version[6], keys, key[8], certs, cert_days[8];
	uint64_t asked, secure; /* whether there are secure TLSA records is known; there are */
	uint64_t dane[16], kinds[TLSA_KINDS];
	/* Of `secure`: what DANE senders do is known; they deliver, turn away from some or every
	 * host, have TLS without authentication. */
	uint64_t dane_known, dane_ok, dane_refused, dane_every, dane_unusable;
};

/* Every counter is a uint64_t, so that merging is one loop. */
struct aggregate_counts {
	uint64_t rows;
	uint64_t verdict[8], impact[3];
	uint64_t mail_late; /* names that lose no mail, but some MX host is out of reach */
	/* Names where senders have something to read; of them those that one reads, or any,
	 * otherwise than the RFC. */
	uint64_t readable, read_otherwise[16], read_otherwise_any;
	uint64_t name_status[256];
	uint64_t mx[6];
	uint64_t both[2][2][2]; /* [has MX hosts][MTA-STS][TLS-RPT], both known */
	uint64_t dns[4][10];	/* outcomes of the questions: sts, tlsrpt, mx, policy host */
	uint64_t sts_valid, sts_delegated, sts_ad[3], id_form[6];
	uint64_t tlsrpt_record, tlsrpt_valid, rua_scheme[3], rua_several;
	/* About names with a valid record and a conclusive fetch. */
	uint64_t stage[ENTITIES][7];
	uint64_t stage_inconclusive[7];
	uint64_t tls_reason[ENTITIES][9];
	uint64_t http_status[ENTITIES][HTTP_STATUSES];
	uint64_t category[16]; /* bits: record, policy host, MX certificate, inconsistency */
	/* About valid policies. */
	uint64_t mode[MODES_N], max_age[MAX_AGE_BUCKETS][MODES_N], patterns[PATTERN_BUCKETS],
		wildcards;
	uint64_t matchable[MODES_N]; /* valid policies of names with MX hosts */
	uint64_t unmatched_any[MODES_N], unmatched_all[MODES_N], mismatch[5][MODES_N];
	uint64_t same_provider[2], same_provider_bad[2]; /* [different, same] */
	/* About files that senders get, and the hosts they come from. */
	uint64_t newline[5], content_type_null, bodies;
	uint64_t family[4]; /* bit 0: IPv4, bit 1: IPv6 */
	uint64_t tls_version[6], http_version[6], cert_days[CERT_BUCKETS], certs;
	/* About MX hosts, where probed. */
	struct mx_counts mx_names, mx_hosts; /* names; distinct hosts */
	uint64_t mx_known[ENTITIES], mx_bad_any[ENTITIES], mx_bad_all[ENTITIES];
	uint64_t mode_known[MX_MODES], mode_bad_any[MX_MODES], mode_bad_all[MX_MODES];
	uint64_t mode_reason[9][MX_MODES];
	uint64_t dane_known[ENTITIES], dane_ok[ENTITIES], dane_refused[ENTITIES],
		dane_every[ENTITIES], dane_unusable[ENTITIES];
	uint64_t sts_dane[8][4];     /* by verdict: asked, secure, delivered to, refused */
	uint64_t tlsa_any, tlsa_all; /* of mx_names.asked */
	uint64_t host_rows, host_tried, host_greeted, host_names; /* of the hosts' own lines */
	/* About findings: names that have the code. */
	uint64_t issue[ISSUE_COUNT][4]; /* by severity */
	uint64_t issue_no_record[ISSUE_COUNT], issue_root[ISSUE_COUNT];
	uint64_t with_severity[4];
	uint64_t rank[RANK_ALL][GROUP_N];
	uint64_t all[GROUP_N];
};

/* X(name, columns, keys) */
#define AGGREGATE_TALLIES(X)                                                                       \
	X(tld, GROUP_N, 4096)                                                                      \
	X(tag, GROUP_N, 131072)                                                                    \
	X(mx_operator, GROUP_N, 8192)                                                              \
	X(policy_operator, HOST_N, 8192)                                                           \
	X(policy_address, HOST_N, 8192)                                                            \
	X(content_type, 1, 1024)                                                                   \
	X(cert_issuer, 1, 1024)                                                                    \
	X(max_age, 1 + MODES_N, 4096)                                                              \
	X(rua, 1, 8192)                                                                            \
	X(resolver, 1 + 10, 1024)                                                                  \
	X(cause, 1, 256)                                                                           \
	X(mx_operator_bad, 3, 8192) /* names with refused hosts; every one; enforce */             \
	X(dane_operator, 4, 8192)   /* names with secure TLSA: delivered to, refused, not known */ \
	X(host_operator, 5, 8192)   /* hosts: good, refused, not known; names */                   \
	X(host_issuer, 1, 1024)

#define AGGREGATE_HLLS(X)                                                                          \
	X(domains)                                                                                 \
	X(registrables)                                                                            \
	X(bodies)                                                                                  \
	X(addresses)                                                                               \
	X(certs)

#define AGGREGATE_HISTOGRAMS(X)                                                                    \
	X(took_ms)                                                                                 \
	X(policy_ok_ms)                                                                            \
	X(policy_failed_ms)                                                                        \
	X(body_bytes)

struct aggregate {
	struct aggregate_counts counts;
#define MEMBER(name, width, keys) struct tally name;
	AGGREGATE_TALLIES(MEMBER)
#undef MEMBER
	struct {
#define MEMBER(name) struct hll name;
		AGGREGATE_HLLS(MEMBER)
#undef MEMBER
	} hll;
	struct {
#define MEMBER(name) struct histogram name;
		AGGREGATE_HISTOGRAMS(MEMBER)
#undef MEMBER
	} histogram;
	/* Hosts that were counted: hashes of their names; 0 free. */
	uint64_t *hosts;
	size_t hosts_n, hosts_cap;
};

#endif

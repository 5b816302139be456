/*
 * population.h - from a name to its situation.
 *
 * situation = f(seed, rates, name): nothing is stored per name, so ten million names cost nothing,
 * and every server and `labnet truth` come to the same result on their own. The name is the scanned
 * one, lower case, without a final dot; what is asked for it (_mta-sts.NAME, mta-sts.NAME ...)
 * belongs to it.
 */
#ifndef LABNET_POPULATION_H
#define LABNET_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/limits.h"
#include "parsers/span.h"
#include "parsers/terms.h"

/* What the resolver does with a question, and how a scanner must record it. */
#define ACTS(X)                                                                                    \
	X(OK, DNS_OK)                                                                              \
	X(CNAME, DNS_OK) /* OK at the end of a chain of two */                                     \
	X(NODATA, DNS_NODATA)                                                                      \
	X(NXDOMAIN, DNS_NXDOMAIN)                                                                  \
	X(DANGLING, DNS_NXDOMAIN) /* a CNAME to nowhere */                                         \
	X(SERVFAIL, DNS_SERVFAIL)                                                                  \
	X(BOGUS, DNS_BOGUS) /* SERVFAIL with EDE 6 */                                              \
	X(REFUSED, DNS_REFUSED)                                                                    \
	X(SILENT, DNS_TIMEOUT)                                                                     \
	X(MALFORMED, DNS_MALFORMED) /* record length beyond the message */                         \
	X(LOOP, DNS_MALFORMED)	    /* CNAMEs in a circle */                                       \
	X(TC, DNS_OK)		    /* truncated; whole over TCP */                                \
	X(TC_ONLY, DNS_TRUNCATED)   /* truncated; silence over TCP */                              \
	X(IPV6_ONLY, DNS_OK)                                                                       \
	X(PRIVATE, DNS_OK) /* 10/8 */                                                              \
	X(CLOSED, DNS_OK)  /* an address where nobody listens */                                   \
	X(DROPPED, DNS_OK) /* an address where SYNs are lost */

enum act {
#define ACT(id, outcome) ACT_##id,
	ACTS(ACT)
#undef ACT
};

#define CERTS(X)                                                                                   \
	X(OK, TERM_NULL)                                                                           \
	X(NAME, TLS_NAME_MISMATCH)                                                                 \
	X(CN_ONLY, TLS_NAME_MISMATCH)                                                              \
	X(EXPIRED, TLS_EXPIRED)                                                                    \
	X(NOT_YET, TLS_NOT_YET_VALID)                                                              \
	X(SELF_SIGNED, TLS_SELF_SIGNED)                                                            \
	X(UNTRUSTED, TLS_UNTRUSTED)                                                                \
	X(INCOMPLETE, TLS_INCOMPLETE_CHAIN)                                                        \
	X(ALERT, TLS_ALERT)  /* unrecognized_name */                                               \
	X(OLD, TLS_PROTOCOL) /* TLS 1.1 at most */

enum cert {
#define CERT(id, reason) CERT_##id,
	CERTS(CERT)
#undef CERT
};

enum web {
	WEB_NORMAL,
	WEB_SLOW,    /* whole answer after a pause */
	WEB_DRIP,    /* a byte a second */
	WEB_HANG,    /* request read, nothing sent */
	WEB_CUT,     /* closed in the middle of the body */
	WEB_GARBAGE, /* bytes that are no HTTP */
};

enum fit {
	FIT_ALL,
	FIT_PARTIAL,   /* the last MX host is not covered */
	FIT_DOMAIN,    /* another operator's hosts */
	FIT_STS_LABEL, /* the policy host in place of the MX hosts */
	FIT_SUBDOMAIN, /* other host names of the same domain */
	FIT_TYPO,
	FIT_TLD,
};

enum pool { POOL_OTHER, POOL_ADOPTER };

enum mail_form { MAIL_HOSTS, MAIL_NULL_MX, MAIL_ADDRESS, MAIL_NOTHING };

enum smtp {
	SMTP_NORMAL,
	SMTP_NO_STARTTLS,
	SMTP_UNWILLING, /* greets with 554 */
	SMTP_HANG,	/* no greeting */
	SMTP_LATER,	/* greets with 421 who comes to its address first */
	SMTP_BUSY,	/* greets with 421 */
};

#define VERDICT_MODE (-2) /* the policy's mode */

struct kind {
	const char *name;
	enum pool pool;
	uint32_t self, third; /* default weights */
	bool zone;
	enum act record_act;
	const char *record;
	enum act host_act;
	enum cert cert;
	enum web web;
	int status;
	const char *type;
	const char *body;
	enum fit fit;
	int verdict; /* enum verdict or VERDICT_MODE */
	enum stage stage;
	const char *cause;
};

struct mail_kind {
	const char *name;
	uint32_t other, adopter;
	enum act act;
	enum mail_form form;
};

struct rpt_kind {
	const char *name;
	uint32_t weight;
	enum act act;
	const char *record;
	bool valid;
};

struct operator_kind {
	const char *name;
	uint32_t weight;
	const char *host, *record;
};

struct mx_operator {
	const char *name;
	uint32_t weight;
	const char *hosts; /* templates between blanks */
};

/* An MX host of that kind, whoever's mail it takes. */
struct mail_host {
	const char *name;
	uint32_t weight;
	enum act act;
	enum smtp smtp;
	enum cert cert;
	enum mx_tls outcome;
};

/* Shares, 0..1. RATE(name, default, what it is) */
#define RATES(X)                                                                                   \
	X(adoption, 0.0009, "names with MTA-STS")                                                  \
	X(tlsrpt, 0.0003, "names without MTA-STS that publish TLS-RPT")                            \
	X(tlsrpt_adopter, 0.5, "names with MTA-STS that publish TLS-RPT")                          \
	X(third_party, 0.42, "adopters whose policy host is an operator's")                        \
	X(hanging, 0, "adopters whose policy host takes the request and never answers")            \
	X(enforce, 0.59, "policies in enforce")                                                    \
	X(testing, 0.34, "policies in testing; the rest is none")                                  \
	X(crlf, 0.2, "policies with CRLF")                                                         \
	X(no_final_newline, 0.16, "policies without a final newline")                              \
	X(wildcard, 0.12, "policies with wildcard patterns")                                       \
	X(multi_string, 0.03, "STS records in two strings")                                        \
	X(record_cname, 0.5, "operators' customers whose _mta-sts is delegated too")               \
	X(ad, 0.05, "names with DNSSEC")                                                           \
	X(ipv6, 0.3, "policy hosts with AAAA")                                                     \
	X(h2, 0.6, "policy hosts with HTTP/2")                                                     \
	X(intermediate, 0.5, "certificates of an intermediate CA")

enum rate {
#define RATE(name, value, help) RATE_##name,
	RATES(RATE)
#undef RATE
		RATE_COUNT
};

enum kind_id {
#define SITUATION(kind, ...) KIND_##kind,
#include "datasets/labnet/situations.def"
#undef SITUATION
	KIND_COUNT
};

/* Running sums of weights; at most this many choices. */
#define CHOICE_MAX 160
struct choice {
	unsigned n;
	uint32_t top[CHOICE_MAX];
	uint8_t value[CHOICE_MAX];
};

struct rates {
	double share[RATE_COUNT];
	double self[KIND_COUNT], third[KIND_COUNT]; /* weights */
	double mail_other[8], mail_adopter[8];	    /* weights, by enum mail_id */
	double mail_host[16];			    /* weights, by enum mail_host_id */
};

/* Constant after population_init; shared by all threads. */
struct population {
	uint64_t seed;
	unsigned estate;	    /* MX hosts (estate.h); 0: those of tables.def */
	uint32_t share[RATE_COUNT]; /* of 2^32 - 1 */
	struct choice other, self, third, mail_other, mail_adopter, rpt, operators, mx_operators,
		mail_hosts;
};

/* A name's lot. `domain` is the caller's. */
struct situation {
	struct span domain;
	uint64_t hash;
	const struct kind *kind;
	const struct mail_kind *mail;
	const struct rpt_kind *rpt;	       /* NULL: none */
	const struct operator_kind *operator_; /* NULL: own policy host */
	const struct mx_operator *mx;
	unsigned mx_n;	 /* MX hosts, 0 when the mail form has none */
	unsigned estate; /* of so many hosts; 0: `mx` has them */
	enum mode mode;
	uint32_t max_age, ttl;
	bool record_cname, multi_string, crlf, no_final_newline, wildcard;
	bool ad, ipv6, h2, intermediate;
};

void rates_init(struct rates *r);
/* "full": every fault that does not cost the scanner a timeout equally often. 0 or -1 (unknown
 * mix). */
int rates_mix(struct rates *r, const char *mix);
/* A share or a situation's weight by name. 0 or -1 (unknown name, or not a number in range). */
int rates_set(struct rates *r, const char *name, const char *value);
/* A file of "name value" or "name=value" lines, # comments. 0, -1 unreadable, else the bad line. */
int rates_read(struct rates *r, const char *path);
void rates_help(void);

void population_init(struct population *p, uint64_t seed, const struct rates *r);
void population_look(const struct population *p, struct span domain, struct situation *s);

/* The i-th MX host (0 .. mx_n-1), by preference. Returns its length. */
size_t population_mx_host(const struct situation *s, unsigned i, char out[NAME_BUF]);
/* What the host is like, from its name alone. */
const struct mail_host *population_mail_host(const struct population *p, struct span host);
/* Whether a name is an MX host of a name below which it stands, or one of an operator's. */
bool population_is_mx_host(const struct population *p, struct span host);
enum dns_outcome act_outcome(enum act act);
int cert_reason(enum cert cert); /* enum tls_reason or TERM_NULL */
const char *act_name(enum act act);

/* The i-th of the lab's own names; all differ. Returns its length. */
size_t population_name(uint64_t seed, uint64_t i, char out[NAME_BUF]);

#endif

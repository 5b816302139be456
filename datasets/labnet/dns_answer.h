/*
 * dns_answer.h - one DNS question in, one answer out, as a recursive resolver would give it.
 *
 * Pure: bytes, the population and nothing else. What a question is about follows from its name and
 * type: TXT _mta-sts.NAME   TXT _smtp._tls.NAME   MX NAME   A, AAAA mta-sts.NAME   A, AAAA HOST
 */
#ifndef LABNET_DNS_ANSWER_H
#define LABNET_DNS_ANSWER_H

#include "datasets/labnet/population.h"

/* 127.0.1.1 ... serve policies, 127.0.2.1 ... mail: LAB_MAIL_FINE of them for hosts without a
 * fault, then one for each kind of tables.def. Nobody listens on the closed one; the dropping one
 * loses every SYN. */
#define LAB_WEB_NET "127.0.1."
#define LAB_WEB_HOSTS 24
#define LAB_MAIL_NET "127.0.2."
#define LAB_MAIL_FINE 16
#define LAB_CLOSED_ADDRESS "127.0.3.1"
#define LAB_DROPPED_ADDRESS "127.0.3.2"

#define DNS_ANSWER_MAX 4096

/* A resolver's misbehaviour towards one question, whatever its name. */
enum dns_mood {
	DNS_MOOD_HONEST,
	DNS_MOOD_SERVFAIL,
	DNS_MOOD_REFUSED,
	DNS_MOOD_SLIP,	  /* truncated over UDP */
	DNS_MOOD_LYING,	  /* answers where NXDOMAIN is due */
	DNS_MOOD_DENYING, /* NXDOMAIN for everything */
};

struct dns_context {
	const struct population *population;
	bool ipv6; /* hand out ::1 */
};

/* out holds DNS_ANSWER_MAX. Returns the answer's length, 0 to say nothing. */
size_t dns_answer(const struct dns_context *c, enum dns_mood mood, bool tcp, const uint8_t *query,
		  size_t n, uint8_t *out);

/* Whom a policy host's name belongs to: "mta-sts.NAME" gives NAME, anything else SPAN_NULL. */
struct span dns_policy_domain(struct span host);

#endif

/*
 * dns_token.h - what c-ares is told of a question by UDP, and of the datagram that answers it.
 *
 * c-ares is there to find the question that a datagram answers, and to time questions out. All that
 * it needs for it is the id, and something that differs from question to question; names and
 * records it would only take apart, which costs more than all else that is done for a question with
 * c-ares 1.34. So its one question is a keyed hash of the real one (name without regard to case,
 * type and class, RFC 1035 4.1.2): 16 bits of it as the type, 20 as a label. Two questions under
 * the same id have the same token once in 2^36 cases, and nobody outside can look for them. Where
 * letters are mixed (dns_case.h), the name is hashed as it is spelt.
 */
#ifndef MTASWEEP_DNS_TOKEN_H
#define MTASWEEP_DNS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_TOKEN_LABEL 4u
#define DNS_TOKEN_N (12u + 1 + DNS_TOKEN_LABEL + 1 + 4)

struct dns_token {
	char label[DNS_TOKEN_LABEL + 1];
	uint16_t type;
};

/* Of the only question of a message; spelt: capital letters count. 0, or -1 when there is no such
 * thing, or it cannot be read. */
int dns_token_of(struct dns_token *t, const uint8_t *msg, size_t n, uint64_t key, bool spelt);

enum dns_token_kind {
	DNS_TOKEN_QUERY,
	/* Without records. NOTIMP, because c-ares takes one FORMERR to mean that the server knows
	 * no EDNS, and 1.34 learns from how fast NOERROR and NXDOMAIN come to wait no more than
	 * five times as long. (Over TCP, where it sees the messages, it does: 250 ms or more.) */
	DNS_TOKEN_ANSWER,
};

/* As a message. */
void dns_token_write(const struct dns_token *t, uint16_t id, enum dns_token_kind kind,
		     uint8_t out[DNS_TOKEN_N]);

#endif

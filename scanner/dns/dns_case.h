/*
 * dns_case.h - capital letters at random in the names that one resolver is asked by UDP, known as
 * 0x20 (draft-vixie-dnsext-dns0x20-00).
 *
 * A resolver gives a question back as it was spelt, and names are the same however they are spelt
 * (RFC 4343). So each letter is one bit that a forger has to guess beside the id and the port
 * (RFC 5452). Some resolvers change letters: whether one keeps them is learnt from its first
 * answers, and until then, and where it does not, spelling is not looked at.
 */
#ifndef MTASWEEP_DNS_CASE_H
#define MTASWEEP_DNS_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dns_case_state {
	DNS_CASE_OFF, /* names go out as they are */
	DNS_CASE_LEARNING,
	DNS_CASE_KEPT, /* an answer spelt otherwise is none */
};

/* One resolver's. Zeroed is off, for good. */
struct dns_case {
	enum dns_case_state state;
	unsigned kept;		   /* while learning: answers spelt as they were asked */
	unsigned answers, strange; /* since it is known: of the last few, those that are nobody's */
};

void dns_case_start(struct dns_case *c);

/* Spells the name of the one question of a message anew, by one bit a letter, the first 64. False
 * when none has changed; the message can be read. */
bool dns_case_mix(uint8_t *msg, size_t n, uint64_t random);

/* While learning: an answer, and whether it is spelt as its question was. */
void dns_case_learn(struct dns_case *c, bool as_asked);
/* Afterwards: an answer to a question that was spelt, or a datagram in place of one that answers
 * nothing: forged, late, or from a resolver that does not keep letters after all. So many of them
 * turn it off. */
void dns_case_answer(struct dns_case *c, bool strange);

#endif

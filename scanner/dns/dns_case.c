/* dns_case.c - see dns_case.h. */
#include "scanner/dns/dns_case.h"

#include <assert.h>

#include "parsers/dnsmsg.h"

enum {
	HEADER_N = 12,
	TYPE_AND_CLASS_N = 4,
	LEARN_FROM = 8, /* answers */
	LAST_FEW = 64,
	STRANGE_MAX = LAST_FEW / 4,
	RANDOM_BITS = 64,
};

void dns_case_start(struct dns_case *c)
{
	*c = (struct dns_case){.state = DNS_CASE_LEARNING};
}

/* No length of a label is a letter: it is under 64. */
static bool is_letter(uint8_t b)
{
	return (uint8_t)((b | 0x20) - 'a') < 26;
}

bool dns_case_mix(uint8_t *msg, size_t n, uint64_t random)
{
	size_t end = dnsmsg_question(msg, n);
	unsigned letters = 0;
	bool changed = false;

	assert(end >= HEADER_N + 1 + TYPE_AND_CLASS_N);
	for (size_t i = HEADER_N; i < end - TYPE_AND_CLASS_N && letters < RANDOM_BITS; i++) {
		if (!is_letter(msg[i]))
			continue;
		bool flip = random >> letters++ & 1;
		msg[i] ^= flip ? 0x20 : 0;
		changed = changed || flip;
	}
	return changed;
}

void dns_case_learn(struct dns_case *c, bool as_asked)
{
	if (c->state != DNS_CASE_LEARNING)
		return;
	if (!as_asked)
		c->state = DNS_CASE_OFF;
	else if (++c->kept == LEARN_FROM)
		c->state = DNS_CASE_KEPT;
}

void dns_case_answer(struct dns_case *c, bool strange)
{
	if (c->state != DNS_CASE_KEPT)
		return;
	c->strange += strange;
	if (c->strange > STRANGE_MAX)
		c->state = DNS_CASE_OFF;
	else if (++c->answers == LAST_FEW)
		c->answers = c->strange = 0;
}

/* dns_token.c - see dns_token.h. */
#include "scanner/dns/dns_token.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "parsers/dnsmsg.h"

enum {
	HEADER_N = 12,
	QUESTION_MAX = 255 + 4,
};

/* Eight bytes, capital letters in lower case: bit 7 of a byte says that it was one. */
static uint64_t lower8(uint64_t w)
{
	const uint64_t each = 0x0101010101010101u, low = w & 0x7f * each;
	uint64_t from_a = low + (0x80 - 'A') * each, past_z = low + (0x7f - 'Z') * each;

	return w | ((from_a ^ past_z) & ~w & 0x80 * each) >> 2;
}

/* Bytes of a name are labels and their lengths, and no length is a capital letter. */
static uint64_t question_hash(const uint8_t *question, size_t n, uint64_t key)
{
	uint64_t words[QUESTION_MAX / 8 + 1];

	words[n / 8] = 0;
	memcpy(words, question, n);
	for (size_t i = 0; i <= n / 8; i++)
		words[i] = lower8(words[i]);
	return XXH3_64bits_withSeed(words, n, key);
}

int dns_token_of(struct dns_token *t, const uint8_t *msg, size_t n, uint64_t key, bool spelt)
{
	size_t end = dnsmsg_question(msg, n);

	if (end == 0 || end - HEADER_N > QUESTION_MAX)
		return -1;
	const uint8_t *question = msg + HEADER_N;
	size_t question_n = end - HEADER_N;
	uint64_t hash = spelt ? XXH3_64bits_withSeed(question, question_n, key)
			      : question_hash(question, question_n, key);
	for (unsigned i = 0; i < DNS_TOKEN_LABEL; i++, hash >>= 5)
		t->label[i] = "abcdefghijklmnopqrstuvwxyz234567"[hash & 31];
	t->label[DNS_TOKEN_LABEL] = '\0';
	t->type = (uint16_t)hash;
	return 0;
}

void dns_token_write(const struct dns_token *t, uint16_t id, enum dns_token_kind kind,
		     uint8_t out[DNS_TOKEN_N])
{
	const bool answer = kind == DNS_TOKEN_ANSWER;
	const uint8_t head[] = {
		(uint8_t)(id >> 8),
		(uint8_t)id,
		answer ? 0x81 : 0x01, /* QR, RD */
		answer ? 0x80 | DNS_RCODE_NOTIMP : 0,
		0,
		1, /* a question */
		0,
		0,
		0,
		0,
		0,
		0,
		DNS_TOKEN_LABEL,
	};
	const uint8_t tail[] = {0, (uint8_t)(t->type >> 8), (uint8_t)t->type, 0, 1 /* IN */};

	static_assert(sizeof(head) + DNS_TOKEN_LABEL + sizeof(tail) == DNS_TOKEN_N, "all of it");
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), t->label, DNS_TOKEN_LABEL);
	memcpy(out + sizeof(head) + DNS_TOKEN_LABEL, tail, sizeof(tail));
}

/* tlsa.c - see tlsa.h. */
#include "parsers/tlsa.h"

#include <assert.h>
#include <stdio.h>

#define PARAMETERS 3u
#define SHA256_BYTES 32u
#define SHA512_BYTES 64u
#define DER_SEQUENCE 0x30u

/* Whether s is one definite-length SEQUENCE, as certificates and public keys are (X.690 8.1.3).
 * Whether it holds one is for who compares it. */
static bool is_sequence(struct span s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	size_t length = 0;

	if (s.n < 2 || p[0] != DER_SEQUENCE)
		return false;
	if (p[1] < 0x80)
		return p[1] == s.n - 2;
	unsigned digits = p[1] & 0x7fu;
	if (digits == 0 || digits > 3 || s.n < 2 + digits) /* 16 MiB: more than a message holds */
		return false;
	for (unsigned i = 0; i < digits; i++)
		length = length << 8 | p[2 + i];
	return length == s.n - 2 - digits;
}

static enum tlsa_use tlsa_data_use(const struct tlsa *t)
{
	switch (t->matching) {
	case TLSA_FULL:
		return is_sequence(t->data) ? TLSA_USABLE : TLSA_BAD_DATA;
	case TLSA_SHA256:
		return t->data.n == SHA256_BYTES ? TLSA_USABLE : TLSA_BAD_LENGTH;
	default:
		assert(t->matching == TLSA_SHA512);
		return t->data.n == SHA512_BYTES ? TLSA_USABLE : TLSA_BAD_LENGTH;
	}
}

static enum tlsa_use tlsa_use_of(const struct tlsa *t)
{
	if (t->data.n == 0)
		return TLSA_BAD_EMPTY;
	if (t->usage > TLSA_DANE_EE)
		return TLSA_BAD_USAGE;
	if (t->selector > TLSA_SPKI)
		return TLSA_BAD_SELECTOR;
	if (t->matching > TLSA_SHA512)
		return TLSA_BAD_MATCHING;
	enum tlsa_use data = tlsa_data_use(t);
	if (data != TLSA_USABLE)
		return data;
	return t->usage <= TLSA_PKIX_EE ? TLSA_BAD_PKIX : TLSA_USABLE;
}

void tlsa_read(const uint8_t *rdata, size_t n, struct tlsa *out)
{
	*out = (struct tlsa){.use = TLSA_BAD_SHORT, .data = SPAN_LIT("")};
	if (n < PARAMETERS)
		return;
	out->usage = rdata[0];
	out->selector = rdata[1];
	out->matching = rdata[2];
	out->data = span_of((const char *)rdata + PARAMETERS, n - PARAMETERS);
	out->use = tlsa_use_of(out);
}

const char *tlsa_use_text(enum tlsa_use use)
{
	switch (use) {
	case TLSA_USABLE:
		break;
	case TLSA_BAD_SHORT:
		return "shorter than its three parameters";
	case TLSA_BAD_EMPTY:
		return "without data";
	case TLSA_BAD_USAGE:
		return "unknown certificate usage";
	case TLSA_BAD_SELECTOR:
		return "unknown selector";
	case TLSA_BAD_MATCHING:
		return "unknown matching type";
	case TLSA_BAD_LENGTH:
		return "data is not as long as the digest";
	case TLSA_BAD_DATA:
		return "data is neither a certificate nor a key";
	case TLSA_BAD_PKIX:
		return "usage 0 and 1 are not for mail";
	}
	return NULL;
}

bool tlsa_counts(const struct tlsa *set, unsigned n, unsigned i)
{
	assert(i < n && set[i].use == TLSA_USABLE);
	if (set[i].matching == TLSA_FULL)
		return true;
	for (unsigned k = 0; k < n; k++)
		if (set[k].use == TLSA_USABLE && set[k].usage == set[i].usage &&
		    set[k].selector == set[i].selector && set[k].matching > set[i].matching)
			return false;
	return true;
}

size_t tlsa_text(const struct tlsa *t, char out[TLSA_TEXT_MAX])
{
	static const char hex[] = "0123456789abcdef";
	size_t kept = t->data.n < TLSA_TEXT_DATA_MAX ? t->data.n : TLSA_TEXT_DATA_MAX;
	size_t at = (size_t)snprintf(out, TLSA_TEXT_MAX, "%u %u %u ", t->usage, t->selector,
				     t->matching);

	for (size_t i = 0; i < kept; i++) {
		unsigned char c = (unsigned char)t->data.p[i];
		out[at++] = hex[c >> 4];
		out[at++] = hex[c & 15];
	}
	if (kept < t->data.n)
		for (unsigned i = 0; i < 3; i++)
			out[at++] = '.';
	out[at] = '\0';
	assert(at < TLSA_TEXT_MAX);
	return at;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A decimal number up to 255 and a blank; false when that is not there. */
static bool parse_parameter(struct span *text, uint8_t *out)
{
	unsigned v = 0;
	size_t n = 0;

	while (n < text->n && n < 4 && text->p[n] >= '0' && text->p[n] <= '9')
		v = v * 10 + (unsigned)(text->p[n++] - '0');
	if (n == 0 || v > UINT8_MAX || n == text->n || text->p[n] != ' ')
		return false;
	*text = span_of(text->p + n + 1, text->n - n - 1);
	*out = (uint8_t)v;
	return true;
}

bool tlsa_parse(struct span text, uint8_t rdata[TLSA_RDATA_MAX], struct tlsa *out)
{
	size_t n = 0;

	for (; n < PARAMETERS; n++)
		if (!parse_parameter(&text, &rdata[n]))
			return false;
	bool cut = span_iends(text, SPAN_LIT("..."));
	if (cut)
		text.n -= 3;
	if (text.n % 2 != 0 || text.n > 2u * TLSA_TEXT_DATA_MAX)
		return false;
	for (size_t i = 0; i < text.n; i += 2) {
		int high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);
		if (high < 0 || low < 0)
			return false;
		rdata[n++] = (uint8_t)(high << 4 | low);
	}
	tlsa_read(rdata, n, out);
	if (cut && out->use == TLSA_BAD_DATA)
		out->use = out->usage <= TLSA_PKIX_EE ? TLSA_BAD_PKIX : TLSA_USABLE;
	return true;
}

/* fuzz_tlsa.c - a length byte before each rdata; all of them one RRset. */
#include <assert.h>
#include <stdint.h>

#include "parsers/tlsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_one(const struct tlsa *t, const uint8_t *rdata, size_t n)
{
	char text[TLSA_TEXT_MAX];

	assert((tlsa_use_text(t->use) == NULL) == (t->use == TLSA_USABLE));
	assert(n < 3 ? t->use == TLSA_BAD_SHORT && t->data.n == 0
		     : t->data.p == (const char *)rdata + 3 && t->data.n == n - 3);
	if (t->use == TLSA_USABLE)
		assert(t->usage >= TLSA_DANE_TA && t->usage <= TLSA_DANE_EE &&
		       t->selector <= TLSA_SPKI && t->matching <= TLSA_SHA512 && t->data.n > 0);
	uint8_t back[TLSA_RDATA_MAX];
	struct tlsa u;
	size_t length = tlsa_text(t, text);
	assert(length == strlen(text) && tlsa_parse(span_of(text, length), back, &u));
	assert(u.use == t->use || t->use == TLSA_BAD_SHORT || length > 1024);
	tlsa_parse(span_of((const char *)rdata, n), back, &u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tlsa set[256];
	unsigned n = 0, usable = 0, counting = 0;

	for (size_t at = 0; at < size && n < 256; n++) {
		size_t length = data[at++];
		if (length > size - at)
			length = size - at;
		tlsa_read(data + at, length, &set[n]);
		check_one(&set[n], data + at, length);
		at += length;
	}
	for (unsigned i = 0; i < n; i++) {
		if (set[i].use != TLSA_USABLE)
			continue;
		usable++;
		counting += tlsa_counts(set, n, i);
	}
	assert(counting <= usable && (usable == 0 || counting > 0));
	return 0;
}

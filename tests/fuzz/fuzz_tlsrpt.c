/* fuzz_tlsrpt.c - the TLS-RPT record's parser, its URIs, the choice among several records, and what
 * tools print of them. */
#include <assert.h>
#include <stdint.h>

#include "parsers/tlsrpt.h"
#include "parsers/tlsrpt_uri.h"
#include "parsers/txtform.h"

static void printed(struct span text)
{
	static char out[65536];
	struct txtform form;

	if (text.n > sizeof(out) || !txtform_read(text, out, &form))
		return;
	assert(form.n <= TXTFORM_RECORDS_MAX && (form.n > 0 || form.aliases > 0));
	for (unsigned i = 0; i < form.n; i++)
		assert(form.strings[i] > 0 && form.value[i].p >= out &&
		       form.value[i].p + form.value[i].n <= out + text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = span_of((const char *)data, size);
	struct findings f;
	struct tlsrpt record;
	struct tlsrpt_choice choice;

	tlsrpt_parse(value, &f, &record);
	assert(record.valid == (f.root < 0) && f.n <= FINDINGS_MAX);
	assert(record.rua_n <= TLSRPT_RUA_MAX && (!record.valid || record.rua_n > 0));
	for (unsigned i = 0; i < record.rua_n; i++) {
		struct span uri = record.rua[i];
		assert(uri.n > 0 && uri.p >= value.p && uri.p + uri.n <= value.p + value.n);
		struct span domain = tlsrpt_rua_domain(uri);
		assert(domain.p == NULL ||
		       (domain.p >= uri.p && domain.p + domain.n <= uri.p + uri.n));
	}
	for (unsigned i = 0; i < f.n; i++)
		assert(f.v[i].at.p == NULL ||
		       (f.v[i].at.p >= value.p && f.v[i].at.p + f.v[i].at.n <= value.p + value.n));
	tlsrpt_choose(&value, 1, &choice);
	assert(!record.valid || choice.set == TLSRPT_SET_ONE);
	printed(value);
	return 0;
}

/*
 * fuzz_sts_record.c - the MTA-STS record's parser and the choice among several records. The input
 * is one value; cut at NUL bytes it is also a set.
 */
#include <assert.h>
#include <stdint.h>

#include "parsers/sts_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_findings(const struct findings *f, struct span value, bool valid)
{
	assert(valid == (f->root < 0) && f->n <= FINDINGS_MAX);
	for (unsigned i = 0; i < f->n; i++) {
		const struct finding *one = &f->v[i];
		assert(one->breaks || (int)i != f->root);
		assert(one->at.p == NULL ||
		       (one->at.p >= value.p && one->at.p + one->at.n <= value.p + value.n));
		assert(one->at.p == NULL || one->offset == (size_t)(one->at.p - value.p));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = span_of((const char *)data, size), txt[8];
	struct findings f;
	struct sts_record record;
	struct sts_choice choice;
	unsigned n = 0;

	sts_record_parse(value, &f, &record);
	check_findings(&f, value, record.valid);
	if (record.valid) {
		assert(record.id.n >= 1 && record.id.n <= STS_ID_MAX);
		assert(sts_record_meant(value) && sts_record_usable(&value, 1));
	}
	for (size_t at = 0; at <= size && n < 8; n++) {
		const char *end = at < size ? memchr(value.p + at, '\0', size - at) : NULL;
		size_t length = end == NULL ? size - at : (size_t)(end - value.p) - at;
		txt[n] = span_of(value.p + at, length);
		at += length + 1;
	}
	sts_record_choose(txt, n, &choice);
	assert(choice.chosen < n && choice.candidates + choice.others <= n);
	assert(choice.set != STS_SET_MULTIPLE || choice.candidates > 1);
	return 0;
}

/* Names from arbitrary bytes. What comes out is a name, and stays what it is when it goes in
 * again. */
#include <assert.h>
#include <string.h>

#include "parsers/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char blank[INPUT_LINE_MAX + 1];
	struct name name, again;

	if (size > INPUT_LINE_MAX)
		return 0;
	name_normalise(span_of((const char *)data, size), &name);
	/* A blank behind it changes nothing, but keeps names that need no work off the short
	 * way. */
	memcpy(blank, data, size);
	blank[size] = ' ';
	name_normalise(span_of(blank, size + 1), &again);
	assert(again.status == name.status && again.flags == name.flags && again.n == name.n);
	assert(memcmp(again.text, name.text, name.n + 1) == 0);
	assert(strlen(name_status_text(name.status)) > 0);
	assert(strlen(name.text) == name.n);
	if (name.status != NAME_OK) {
		assert(name.n == 0);
		return 0;
	}
	assert(name.n > 0 && name.n <= NAME_TEXT_MAX);
	for (size_t i = 0; i < name.n; i++) {
		char c = name.text[i];
		assert((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		       c == '.');
	}
	name_normalise(span_of(name.text, name.n), &again);
	assert(again.status == NAME_OK && again.flags == 0 && again.n == name.n);
	assert(memcmp(again.text, name.text, name.n) == 0);
	return 0;
}

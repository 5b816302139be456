/* Header lines as libcurl hands them over, and the rest as pieces of a body. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/limits.h"
#include "scanner/fetch/fetch_slot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_kept(const char *kept)
{
	assert(strnlen(kept, FETCH_HEADER_KEPT) < FETCH_HEADER_KEPT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fetch_slot s;
	struct fetch fetch = {.host = "mta-sts.example.org"};
	size_t at = 0, seen = 0;

	fetch_slot_reset(&s, &fetch);
	memset(s.content_type, 'x', sizeof(s.content_type));
	memset(s.location, 'x', sizeof(s.location));
	while (at < size) {
		const uint8_t *lf = memchr(data + at, '\n', size - at);
		size_t n = lf == NULL ? size - at : (size_t)(lf - data) - at + 1;
		char *line = malloc(n); /* a block of its own: reads past its end show */
		assert(line != NULL);
		memcpy(line, data + at, n);
		size_t took = fetch_slot_header(line, 1, n, &s);
		seen += n;
		assert(took == (seen > FETCH_HEADERS_MAX ? 0 : n));
		took = fetch_slot_body(line, n, 1, &s);
		assert(took <= n && s.body_n <= POLICY_BODY_MAX && s.body_seen >= s.body_n);
		free(line);
		at += n;
	}
	if (s.has_content_type)
		check_kept(s.content_type);
	if (s.has_location)
		check_kept(s.location);
	free(s.body);
	s.body = NULL;
	return 0;
}

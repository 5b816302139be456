/* Expressions of `report --select` with 0x1f between, a newline, the record to be asked about. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "output/record/record_read.h"
#include "output/run/select.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *lf = size == 0 ? NULL : memchr(text, '\n', size);
	size_t n = lf == NULL ? size : (size_t)(lf - text);
	struct errmsg err = {""};
	struct record_reader reader;
	struct arena arena;
	struct record r;
	struct select q, one;

	if (size > 65536 || arena_init(&arena, 65536, 1u << 24) != 0)
		return 0;
	char *expression = strndup(text, n);
	assert(expression != NULL);
	struct select_texts texts = {0};
	char *rest = expression;
	while (rest != NULL && texts.n < SELECT_TEXTS_MAX)
		texts.v[texts.n++] = strsep(&rest, "\x1f");
	int rc = select_parse_all(&q, &texts, 1790000000, &err);
	assert(rc == 0 ? q.n <= SELECT_CONDITIONS_MAX : err.text[0] != '\0');
	record_reader_init(&reader);
	struct span line = lf == NULL ? SPAN_NULL : span_of(lf + 1, size - n - 1);
	if (rc != 0 || lf == NULL || record_read(&reader, line, &arena, &r) != RECORD_READ_OK)
		record_init(&r);
	if (rc == 0) {
		bool all = select_matches(&q, &r);
		for (unsigned i = 0; i < texts.n; i++)
			assert(select_parse(&one, texts.v[i], 1790000000, &err) == 0 &&
			       (!all || select_matches(&one, &r)));
		for (unsigned i = 0; i < r.issues_n; i++)
			select_finding(&q, &r, &r.issues[i]);
	}
	free(expression);
	arena_release(&arena);
	return 0;
}

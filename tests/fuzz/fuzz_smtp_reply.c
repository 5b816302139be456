/*
 * fuzz_smtp_reply.c - first byte: how many bytes come at a time; then what a server sends. Replies
 * follow each other as a client would read them; read in pieces and at once they are the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "parsers/ehlo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing but what has come may be looked at: a block of its own for each state of the buffer. */
static enum smtp_reply_status read_pieces(const char *bytes, size_t n, size_t step,
					  struct smtp_reply *r)
{
	enum smtp_reply_status status = SMTP_REPLY_MORE;

	for (size_t have = 0; status == SMTP_REPLY_MORE && have < n;) {
		have = n - have < step ? n : have + step;
		char *copy = malloc(have);
		assert(copy != NULL);
		memcpy(copy, bytes, have);
		status = smtp_reply_read(r, copy, have);
		free(copy);
	}
	return status;
}

static void check_lines(const struct smtp_reply *r, const char *bytes, size_t n)
{
	for (unsigned i = 0; i < r->lines_n; i++) {
		struct span text = smtp_reply_text(r, bytes, i);
		assert(text.n <= SMTP_LINE_MAX && text.p >= bytes && text.p + text.n <= bytes + n);
		assert(text.n == 0 || memchr(text.p, '\n', text.n) == NULL);
		struct span word = ehlo_keyword(text);
		assert(word.p == NULL || (word.p == text.p && word.n > 0 && word.n <= text.n));
		if (smtp_reply_masked(text))
			assert(memchr(text.p, '*', text.n) != NULL &&
			       (word.p == NULL || word.n < text.n));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const char *bytes = (const char *)data + 1;
	size_t n = size - 1, step = (size_t)data[0] + 1;

	while (n > 0) {
		struct smtp_reply whole = {0}, slow = {0};
		enum smtp_reply_status status = smtp_reply_read(&whole, bytes, n);
		assert(read_pieces(bytes, n, step, &slow) == status);
		assert(memcmp(&whole, &slow, sizeof(whole)) == 0);
		assert(whole.at <= n && whole.at <= SMTP_REPLY_MAX);
		check_lines(&whole, bytes, n);
		if (status != SMTP_REPLY_DONE)
			break;
		assert(whole.code >= 200 && whole.code <= 599 && whole.at > 0);
		struct ehlo e;
		ehlo_read(&whole, bytes, &e);
		assert(e.keywords_n < SMTP_LINES_KEPT);
		bytes += whole.at;
		n -= whole.at;
	}
	return 0;
}

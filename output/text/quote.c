/* quote.c - see quote.h. */
#include "output/text/quote.h"

#include <assert.h>

#include "parsers/utf8.h"

#define QUOTE_ESCAPE 4 /* bytes of \xHH */
#define QUOTE_CUT "..."

static void quote_escape(char *out, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";

	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
}

struct quote quote_of(struct span s)
{
	struct quote q = {.exact = true};
	const size_t room = QUOTE_MAX - (sizeof(QUOTE_CUT) - 1);
	size_t at = 0;

	for (size_t i = 0; i < s.n;) {
		unsigned len = utf8_sequence(s.p + i, s.n - i);
		bool plain = len > 0 && s.p[i] != '\\' && !utf8_deceives(s.p + i, len);
		q.exact = q.exact && plain;
		if (at + (plain ? len : QUOTE_ESCAPE) > room) {
			memcpy(q.text + at, QUOTE_CUT, sizeof(QUOTE_CUT) - 1);
			at += sizeof(QUOTE_CUT) - 1;
			q.exact = false;
			break;
		}
		if (plain) {
			memcpy(q.text + at, s.p + i, len);
			at += len;
			i += len;
		} else {
			/* The rest of a longer form is no form of its own: it follows, escaped. */
			quote_escape(q.text + at, (unsigned char)s.p[i]);
			at += QUOTE_ESCAPE;
			i++;
		}
	}
	assert(at <= QUOTE_MAX);
	q.text[at] = '\0';
	return q;
}

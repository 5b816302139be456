/* plain.c - see plain.h. */
#include "output/text/plain.h"

#include <string.h>

#include "parsers/utf8.h"

int plain_width(struct span s)
{
	int n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void plain_put(FILE *out, struct span s, int width, int max)
{
	int n = 0;

	for (size_t i = 0; i < s.n && n < max; n++) {
		unsigned length = utf8_sequence(s.p + i, s.n - i);
		if (length == 0 || utf8_deceives(s.p + i, length))
			fputc('?', out);
		else
			fwrite(s.p + i, 1, length, out);
		i += length == 0 ? 1 : length;
	}
	for (; n < width; n++)
		fputc(' ', out);
}

bool plain_breaks(struct span s, size_t at)
{
	if (at >= s.n || s.p[at] != ' ')
		return false;
	return at == 0 || at + 1 >= s.n || s.p[at + 1] != '%' || s.p[at - 1] < '0' ||
	       s.p[at - 1] > '9';
}

void plain_wrapped(FILE *out, struct span s, const char *lead, const char *indent, int width)
{
	const int room = width - (int)strlen(indent);
	size_t word = 0;
	int at = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && !plain_breaks(s, i))
			continue;
		struct span part = span_of(s.p + word, i - word);
		int n = plain_width(part);
		bool fits = at > 0 && at + 1 + n <= room;
		word = i + 1;
		if (part.n == 0)
			continue;
		fputs(at == 0 ? lead : fits ? " " : "\n", out);
		fputs(at > 0 && !fits ? indent : "", out);
		plain_put(out, part, 0, n);
		at = fits ? at + 1 + n : n;
	}
	fputc('\n', out);
}

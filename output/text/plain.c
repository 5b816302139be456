/* plain.c - see plain.h. */
#include "output/text/plain.h"

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

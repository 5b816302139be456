/* utf8.c - see utf8.h. The ranges are those of RFC 3629 section 4. */
#include "parsers/utf8.h"

#include <assert.h>
#include <stdint.h>

unsigned utf8_sequence(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned len;
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2)
		return 0;
	if (u[0] < 0xe0) {
		len = 2;
	} else if (u[0] < 0xf0) {
		len = 3;
		low = u[0] == 0xe0 ? 0xa0 : 0x80;
		high = u[0] == 0xed ? 0x9f : 0xbf;
	} else if (u[0] < 0xf5) {
		len = 4;
		low = u[0] == 0xf0 ? 0x90 : 0x80;
		high = u[0] == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (n < len || u[1] < low || u[1] > high)
		return 0;
	for (unsigned i = 2; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t utf8_valid_prefix(struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		uint64_t eight;
		if (s.n - i >= sizeof(eight)) {
			memcpy(&eight, s.p + i, sizeof(eight));
			if ((eight & 0x8080808080808080u) == 0) {
				i += sizeof(eight);
				continue;
			}
		}
		unsigned len = utf8_sequence(s.p + i, s.n - i);
		if (len == 0)
			break;
		i += len;
	}
	return i;
}

static uint32_t utf8_code_point(const char *p, unsigned n)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)p[0] & first[n];

	for (unsigned i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

bool utf8_deceives(const char *p, unsigned n)
{
	assert(n > 0 && n == utf8_sequence(p, n)); /* the code point of anything else is nonsense */
	const uint32_t c = utf8_code_point(p, n);
	static const struct {
		uint32_t from, to;
	} bad[] = {
		{0, 0x1f},	     {0x7f, 0xa0},     {0xad, 0xad},	   {0x300, 0x36f},
		{0x61c, 0x61c},	     {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},
		{0x2000, 0x200f},    {0x2028, 0x202f}, {0x205f, 0x206f},   {0x3000, 0x3000},
		{0x3164, 0x3164},    {0xe000, 0xf8ff}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
		{0xffa0, 0xffa0},    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
		{0xe0000, 0x10ffff},
	};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].from && c <= bad[i].to)
			return true;
	return false;
}

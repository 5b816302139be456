/* utf8.c - see utf8.h. The ranges are those of RFC 3629 section 4. */
#include "parsers/utf8.h"

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

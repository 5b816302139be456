/* json.c - see json.h. */
#include "output/text/json.h"

#include <endian.h>

#include "parsers/utf8.h"

#define JSON_DIGITS_MAX 20u  /* of a uint64_t */
#define JSON_TIME_SIZE 26u   /* with its quotes */
#define JSON_SPECIAL_MAX 12u /* of what a character that is not plain becomes */

/* How many of eight bytes, before the first that does, need nothing inside a string; all are
 * copied. */
static inline size_t json_plain8(char *out, const unsigned char *p)
{
	const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
	uint64_t v;

	memcpy(&v, p, 8);
	memcpy(out, &v, 8);
	v = le64toh(v);
	uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';
	/* A borrow or carry goes to later bytes and comes from a hit, so the first hit is one; one
	 * more makes 0x80 of DEL. */
	uint64_t hits = (v - ones * 0x20) | (quote - ones) | (slash - ones) | (v + ones) | v;
	hits &= tops;
	return hits == 0 ? 8 : (size_t)__builtin_ctzll(hits) / 8;
}

static bool json_plain1(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* How many of the n bytes at p, nearly always all, need nothing inside a string; they are
 * copied. */
static size_t json_plain(char *out, const unsigned char *p, size_t n)
{
	size_t at = 0;

	if (n < 8) {
		for (; at < n && json_plain1(p[at]); at++)
			out[at] = (char)p[at];
		return at;
	}
	while (at < n) {
		if (at > n - 8)
			at = n - 8; /* the last step goes over some bytes again */
		size_t plain = json_plain8(out + at, p + at);
		at += plain;
		if (plain < 8)
			break;
	}
	return at;
}

/*
 * Length of the UTF-8 form at p. When it is none, minus the number of bytes that one U+FFFD
 * replaces: the longest prefix of a valid form (Unicode 3.9, "maximal subpart"), at least one.
 */
static int json_utf8(const unsigned char *p, size_t n)
{
	unsigned c = p[0], low = 0x80, high = 0xbf;
	int len;

	if (c >= 0xc2 && c <= 0xdf)
		len = 2;
	else if (c >= 0xe0 && c <= 0xef)
		len = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		len = 4;
	else
		return -1;
	if (c == 0xe0)
		low = 0xa0; /* overlong */
	else if (c == 0xed)
		high = 0x9f; /* surrogates */
	else if (c == 0xf0)
		low = 0x90; /* overlong */
	else if (c == 0xf4)
		high = 0x8f; /* past U+10FFFF */
	for (int i = 1; i < len; i++) {
		if ((size_t)i >= n || p[i] < low || p[i] > high)
			return -i;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

static size_t json_escape(char *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char brief[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
				     ['\r'] = 'r', ['"'] = '"',	 ['\\'] = '\\'};

	if (c == '\0') {
		memcpy(out, "\xef\xbf\xbd", 3);
		return 3;
	}
	out[0] = '\\';
	if (c < sizeof(brief) && brief[c] != 0) {
		out[1] = brief[c];
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = hex[c >> 4];
	out[5] = hex[c & 15];
	return 6;
}

/* \uXXXX */
static size_t json_unit(char *out, unsigned unit)
{
	static const char hex[] = "0123456789abcdef";

	memcpy(out, "\\u", 2);
	for (unsigned i = 0; i < 4; i++)
		out[2 + i] = hex[unit >> (12 - 4 * i) & 15];
	return 6;
}

/* The UTF-8 form of 2 to 4 bytes at p, in ASCII. */
static size_t json_escape_form(char *out, const unsigned char *p, int len)
{
	unsigned c = p[0] & (0x7fu >> len);

	for (int i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3fu);
	if (c < 0x10000)
		return json_unit(out, c);
	size_t n = json_unit(out, 0xd800 + ((c - 0x10000) >> 10));
	return n + json_unit(out + n, 0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* What stands at p, which is not plain; -> how many bytes of it are dealt with. */
static size_t json_special(struct buf *b, const unsigned char *p, size_t n)
{
	char *out = b->p + b->n;

	if (p[0] < 0x80) {
		b->n += json_escape(out, p[0]);
		return 1;
	}
	int len = json_utf8(p, n);
	if (len < 0) {
		memcpy(out, "\xef\xbf\xbd", 3);
		b->n += 3;
		return (size_t)-len;
	}
	if (utf8_deceives((const char *)p, (unsigned)len)) {
		b->n += json_escape_form(out, p, len);
	} else {
		memcpy(out, p, (size_t)len);
		b->n += (size_t)len;
	}
	return (size_t)len;
}

/* From a byte that is not plain to the end; leaves room for the quote. */
static bool json_rest(struct buf *b, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		if (!buf_room(b, JSON_SPECIAL_MAX + (n - i) + 1))
			return false;
		i += json_special(b, p + i, n - i);
		size_t plain = json_plain(b->p + b->n, p + i, n - i);
		i += plain;
		b->n += plain;
	}
	return true;
}

void json_str(struct buf *b, struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.p == NULL) {
		buf_bytes(b, "null", 4);
		return;
	}
	if (!buf_room(b, s.n + 2))
		return;
	b->p[b->n++] = '"';
	size_t plain = json_plain(b->p + b->n, p, s.n);
	b->n += plain;
	if (plain == s.n || json_rest(b, p + plain, s.n - plain))
		b->p[b->n++] = '"';
}

bool json_keeps(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	for (uint64_t v; s.n - i >= 8; i += 8) {
		memcpy(&v, p + i, 8);
		if (((v - UINT64_MAX / 255) | v) & (UINT64_MAX / 255 << 7))
			break; /* a NUL, or a byte past ASCII */
	}
	while (i < s.n) {
		int len = p[i] == 0 ? -1 : p[i] < 0x80 ? 1 : json_utf8(p + i, s.n - i);
		if (len < 0)
			return false;
		i += (size_t)len;
	}
	return true;
}

size_t json_clean(struct span s, char *out)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = 0;

	for (size_t i = 0; i < s.n;) {
		int len = p[i] == 0 ? -1 : p[i] < 0x80 ? 1 : json_utf8(p + i, s.n - i);
		if (len < 0)
			memcpy(out + n, "\xef\xbf\xbd", 3);
		else
			memcpy(out + n, p + i, (size_t)len);
		n += len < 0 ? 3 : (size_t)len;
		i += (size_t)(len < 0 ? -len : len);
	}
	return n;
}

/* v below 100. */
static void json_two(char *out, unsigned v)
{
	static const char two[] = "00010203040506070809101112131415161718192021222324"
				  "25262728293031323334353637383940414243444546474849"
				  "50515253545556575859606162636465666768697071727374"
				  "75767778798081828384858687888990919293949596979899";

	memcpy(out, two + 2 * (size_t)v, 2);
}

void json_uint(struct buf *b, uint64_t v)
{
	unsigned n = 1;

	if (!buf_room(b, JSON_DIGITS_MAX))
		return;
	for (uint64_t least = 10; n < JSON_DIGITS_MAX && v >= least; least *= 10)
		n++;
	char *out = b->p + b->n;
	b->n += n;
	for (; n >= 2; v /= 100)
		json_two(out + (n -= 2), (unsigned)(v % 100));
	if (n == 1)
		out[0] = (char)('0' + v);
}

void json_int(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_bytes(b, "-", 1);
	json_uint(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* YYYY-MM-DD of a day since 1970-01-01 in the proleptic Gregorian calendar, years 0 to 9999. */
static void json_date(char *out, int64_t days)
{
	/* From the March of year -400, so that nothing is negative; years begin in March, so that
	 * the leap day is a year's last. */
	unsigned n = (unsigned)(days + 719468 + 146097), era = n / 146097, of_era = n % 146097;
	unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
	unsigned day = of_year - (153 * m + 2) / 5 + 1, year = y + era * 400 + (m >= 10) - 400;

	json_two(out, year / 100);
	json_two(out + 2, year % 100);
	out[4] = '-';
	json_two(out + 5, m >= 10 ? m - 9 : m + 3);
	out[7] = '-';
	json_two(out + 8, day);
}

void json_time_ms(struct buf *b, int64_t unix_ms)
{
	const int64_t day = 86400000, first = -62167219200000, last = 253402300799999;

	if (!buf_room(b, JSON_TIME_SIZE))
		return;
	unix_ms = unix_ms < first ? first : unix_ms > last ? last : unix_ms;
	int64_t days = (unix_ms - first) / day + first / day;
	unsigned ms = (unsigned)(unix_ms - days * day), s = ms / 1000;
	char *out = b->p + b->n;
	memcpy(out, "\"YYYY-MM-DDThh:mm:ss.mmmZ\"", JSON_TIME_SIZE);
	json_date(out + 1, days);
	json_two(out + 12, s / 3600);
	json_two(out + 15, s / 60 % 60);
	json_two(out + 18, s % 60);
	json_two(out + 21, ms % 1000 / 10);
	out[23] = (char)('0' + ms % 10);
	b->n += JSON_TIME_SIZE;
}

static const char json_base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void json_base64(struct buf *b, struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.p == NULL) {
		buf_bytes(b, "null", 4);
		return;
	}
	if (!buf_room(b, s.n / 3 * 4 + 6))
		return;
	char *out = b->p + b->n;
	*out++ = '"';
	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (left > 2 ? p[i + 2] : 0);
		*out++ = json_base64_digits[v >> 18];
		*out++ = json_base64_digits[v >> 12 & 63];
		*out++ = left > 1 ? json_base64_digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? json_base64_digits[v & 63] : '=';
	}
	*out++ = '"';
	b->n = (size_t)(out - b->p);
}

static int json_base64_value(char c)
{
	const char *at = c == '\0' ? NULL : strchr(json_base64_digits, c);

	return at == NULL ? -1 : (int)(at - json_base64_digits);
}

int64_t json_base64_decode(struct span s, char *out)
{
	size_t n = 0;

	if (s.n % 4 != 0)
		return -1;
	for (size_t i = 0; i < s.n; i += 4) {
		bool last = i + 4 == s.n;
		unsigned pad = last ? (s.p[i + 3] == '=') + (s.p[i + 2] == '=') : 0;
		uint32_t v = 0;
		for (unsigned k = 0; k < 4; k++) {
			int digit = k >= 4 - pad ? 0 : json_base64_value(s.p[i + k]);
			if (digit < 0)
				return -1;
			v = v << 6 | (uint32_t)digit;
		}
		out[n++] = (char)(v >> 16);
		if (pad < 2)
			out[n++] = (char)(v >> 8 & 255);
		if (pad < 1)
			out[n++] = (char)(v & 255);
	}
	return (int64_t)n;
}

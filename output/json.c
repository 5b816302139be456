/* json.c - see json.h. */
#include "output/json.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#define JSON_FIRST 4096u
#define JSON_DIGITS_MAX 20u /* of a uint64_t */
#define JSON_CHUNK 2048u    /* input bytes of a string for which room is made at once */

void json_init(struct json_buf *b, size_t max)
{
	assert(max > 0);
	*b = (struct json_buf){.max = max};
}

void json_reset(struct json_buf *b)
{
	b->n = 0;
	b->failed = false;
}

void json_release(struct json_buf *b)
{
	free(b->p);
	*b = (struct json_buf){.max = b->max};
}

bool json_grow(struct json_buf *b, size_t n)
{
	assert(b->n <= b->cap && b->cap <= b->max);
	if (b->failed)
		return false;
	if (n > b->max - b->n) {
		b->failed = true;
		return false;
	}
	size_t cap = b->cap > 0 ? b->cap : JSON_FIRST;
	while (cap < b->n + n)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	char *p = realloc(b->p, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

/* Whether eight bytes need nothing inside a string; they are copied. */
static bool json_plain8(char *out, const unsigned char *p)
{
	const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
	uint64_t v;

	memcpy(&v, p, 8);
	uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';
	/* A borrow or carry goes past bytes that are hits themselves only, so none is missed; one
	 * more makes 0x80 of DEL. */
	uint64_t hits = (v - ones * 0x20) | (quote - ones) | (slash - ones) | (v + ones) | v;
	memcpy(out, &v, 8);
	return (hits & tops) == 0;
}

/* How many of the n bytes at p, nearly always all, need nothing inside a string; they are copied.
 */
static size_t json_plain(char *out, const unsigned char *p, size_t n)
{
	size_t at = 0;

	for (; n - at >= 8; at += 8) {
		if (!json_plain8(out + at, p + at))
			return at;
	}
	if (at > 0 && at < n && json_plain8(out + n - 8, p + n - 8))
		return n; /* the last step goes over some bytes again */
	return at;
}

/* What a byte needs inside a string: 0 nothing, 1 an escape, 2 the start of a longer UTF-8 form. */
static unsigned json_class(unsigned char c)
{
	if (c >= 0x80)
		return 2;
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

/*
 * Length of the UTF-8 form at p, or 0 when it is none; then *bad is how many bytes are replaced by
 * one U+FFFD: the longest prefix of a valid form (Unicode 3.9, "maximal subpart"), at least one.
 */
static unsigned json_utf8(const unsigned char *p, size_t n, unsigned *bad)
{
	unsigned c = p[0], len, low = 0x80, high = 0xbf;

	*bad = 1;
	if (c >= 0xc2 && c <= 0xdf)
		len = 2;
	else if (c >= 0xe0 && c <= 0xef)
		len = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		len = 4;
	else
		return 0;
	if (c == 0xe0)
		low = 0xa0; /* overlong */
	else if (c == 0xed)
		high = 0x9f; /* surrogates */
	else if (c == 0xf0)
		low = 0x90; /* overlong */
	else if (c == 0xf4)
		high = 0x8f; /* past U+10FFFF */
	for (unsigned i = 1; i < len; i++) {
		if (i >= n || p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
		*bad = i + 1;
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

void json_str(struct json_buf *b, struct span s)
{
	if (s.p == NULL) {
		json_raw(b, "null", 4);
		return;
	}
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	if (!json_room(b, 2))
		return;
	b->p[b->n++] = '"';
	while (i < s.n) {
		size_t end = s.n - i > JSON_CHUNK ? i + JSON_CHUNK : s.n;
		if (!json_room(b, 6 * (end - i) + 1))
			return;
		char *out = b->p + b->n;
		size_t plain = json_plain(out, p + i, end - i);
		out += plain;
		i += plain;
		while (i < end) {
			unsigned kind = json_class(p[i]), bad;
			if (kind == 0) {
				*out++ = (char)p[i++];
			} else if (kind == 1) {
				out += json_escape(out, p[i++]);
			} else {
				unsigned len = json_utf8(p + i, s.n - i, &bad);
				if (len == 0) {
					memcpy(out, "\xef\xbf\xbd", 3);
					out += 3;
					i += bad;
					continue;
				}
				if (i + len > end && end < s.n)
					end = i + len; /* room is ample: a form is no longer
							  than an escape */
				if (p[i] == 0xc2 &&
				    p[i + 1] < 0xa0) { /* C1: orders to a terminal */
					out += json_escape(out, p[i + 1]);
				} else {
					memcpy(out, p + i, len);
					out += len;
				}
				i += len;
			}
		}
		b->n = (size_t)(out - b->p);
	}
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
		unsigned bad, len = 1;
		if (p[i] == 0 || (p[i] >= 0x80 && (len = json_utf8(p + i, s.n - i, &bad)) == 0))
			return false;
		i += len;
	}
	return true;
}

size_t json_clean(struct span s, char *out)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = 0;

	for (size_t i = 0; i < s.n;) {
		unsigned bad = 1, len = p[i] == 0     ? 0
					: p[i] < 0x80 ? 1
						      : json_utf8(p + i, s.n - i, &bad);
		if (len == 0)
			memcpy(out + n, "\xef\xbf\xbd", 3);
		else
			memcpy(out + n, p + i, len);
		n += len == 0 ? 3 : len;
		i += len == 0 ? bad : len;
	}
	return n;
}

static void json_digits(char *out, unsigned n, uint64_t v)
{
	while (n-- > 0) {
		out[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

void json_uint(struct json_buf *b, uint64_t v)
{
	unsigned n = 1;

	if (!json_room(b, JSON_DIGITS_MAX))
		return;
	for (uint64_t rest = v; rest >= 10; rest /= 10)
		n++;
	json_digits(b->p + b->n, n, v);
	b->n += n;
}

void json_int(struct json_buf *b, int64_t v)
{
	if (v < 0)
		json_raw(b, "-", 1);
	json_uint(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void json_time_ms(struct json_buf *b, int64_t unix_ms)
{
	const int64_t first = -62167219200000, last = 253402300799999; /* years 0 and 9999 */
	char text[] = "\"0000-00-00T00:00:00.000Z\"";
	struct tm tm;

	if (unix_ms < first)
		unix_ms = first;
	if (unix_ms > last)
		unix_ms = last;
	int64_t ms = unix_ms % 1000;
	if (ms < 0)
		ms += 1000;
	time_t t = (time_t)((unix_ms - ms) / 1000);
	if (gmtime_r(&t, &tm) == NULL) {
		b->failed = true;
		return;
	}
	json_digits(text + 1, 4, (uint64_t)(tm.tm_year + 1900));
	json_digits(text + 6, 2, (uint64_t)(tm.tm_mon + 1));
	json_digits(text + 9, 2, (uint64_t)tm.tm_mday);
	json_digits(text + 12, 2, (uint64_t)tm.tm_hour);
	json_digits(text + 15, 2, (uint64_t)tm.tm_min);
	json_digits(text + 18, 2, (uint64_t)tm.tm_sec);
	json_digits(text + 21, 3, (uint64_t)ms);
	json_raw(b, text, sizeof(text) - 1);
}

static const char json_base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void json_base64(struct json_buf *b, struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.p == NULL) {
		json_raw(b, "null", 4);
		return;
	}
	if (!json_room(b, s.n / 3 * 4 + 6))
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

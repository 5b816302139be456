/* record_read_text.c - tokens of a stored line: strings, numbers, times, values that are
 * skipped. */
#include "output/record/record_read_parts.h"

#define READ_DEPTH_MAX 64 /* of a value that is skipped */

bool read_fail(struct reading *in, const char *why)
{
	if (in->status == RECORD_READ_OK) {
		in->status = RECORD_READ_BAD;
		in->rr->error = why;
		in->rr->at = (size_t)(in->p - in->start);
	}
	return false;
}

void *read_alloc(struct reading *in, size_t n)
{
	void *p = arena_alloc(in->arena, n);

	if (p == NULL && in->status == RECORD_READ_OK)
		in->status = RECORD_READ_MEMORY;
	return p;
}

bool read_literal(struct reading *in, const char *word, size_t n)
{
	if ((size_t)(in->end - in->p) < n || memcmp(in->p, word, n) != 0)
		return false;
	in->p += n;
	return true;
}

bool read_null(struct reading *in)
{
	read_blank(in);
	return in->p < in->end && *in->p == 'n' && read_literal(in, "null", 4);
}

static int read_hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;
		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

static char *read_put_utf8(char *out, unsigned v)
{
	if (v < 0x80) {
		*out++ = (char)v;
	} else if (v < 0x800) {
		*out++ = (char)(0xc0 | v >> 6);
		*out++ = (char)(0x80 | (v & 63));
	} else if (v < 0x10000) {
		*out++ = (char)(0xe0 | v >> 12);
		*out++ = (char)(0x80 | (v >> 6 & 63));
		*out++ = (char)(0x80 | (v & 63));
	} else {
		*out++ = (char)(0xf0 | v >> 18);
		*out++ = (char)(0x80 | (v >> 12 & 63));
		*out++ = (char)(0x80 | (v >> 6 & 63));
		*out++ = (char)(0x80 | (v & 63));
	}
	return out;
}

/* \uXXXX, p behind the 'u'. Returns how many characters it took from p, 0 for an error. */
static unsigned read_unicode(const char *p, const char *end, char **out)
{
	int v = end - p >= 4 ? read_hex4(p) : -1;

	if (v < 0)
		return 0;
	if (v >= 0xd800 && v <= 0xdbff) {
		int low = end - p >= 10 && p[4] == '\\' && p[5] == 'u' ? read_hex4(p + 6) : -1;
		if (low >= 0xdc00 && low <= 0xdfff) {
			*out = read_put_utf8(*out, 0x10000u + ((unsigned)(v - 0xd800) << 10) +
							   (unsigned)(low - 0xdc00));
			return 10;
		}
	}
	if (v >= 0xd800 && v <= 0xdfff)
		v = 0xfffd; /* half a pair */
	*out = read_put_utf8(*out, (unsigned)v);
	return 4;
}

/* The string from `from` (behind its quote) to `to` (its closing quote), which has escapes. */
static bool read_unescape(struct reading *in, const char *from, const char *to, struct span *s)
{
	static const char brief[] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',	['b'] = '\b',
				     ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
	char *out = read_alloc(in, (size_t)(to - from));

	if (out == NULL)
		return false;
	s->p = out;
	for (const char *p = from; p < to;) {
		if (*p != '\\') {
			*out++ = *p++;
			continue;
		}
		unsigned char c = (unsigned char)p[1];
		p += 2;
		if (c == 'u') {
			unsigned took = read_unicode(p, to, &out);
			if (took == 0)
				return read_fail(in, "a \\u escape is broken");
			p += took;
		} else if (c < sizeof(brief) && brief[c] != 0) {
			*out++ = brief[c];
		} else {
			return read_fail(in, "an escape that JSON does not have");
		}
	}
	s->n = (size_t)(out - s->p);
	return true;
}

bool read_string(struct reading *in, struct span *s)
{
	bool escaped = false;

	if (!read_char(in, '"'))
		return read_fail(in, "a string was expected");
	const char *from = in->p, *p = from;
	for (; p < in->end && *p != '"'; p++) {
		if (*p == '\\') {
			escaped = true;
			p++;
		} else if ((unsigned char)*p < 0x20) {
			return read_fail(in, "a control byte inside a string");
		}
	}
	if (p >= in->end)
		return read_fail(in, "a string without an end");
	in->p = p + 1;
	if (escaped)
		return read_unescape(in, from, p, s);
	*s = span_of(from, (size_t)(p - from));
	return true;
}

bool read_integer(struct reading *in, int64_t low, uint64_t high, int64_t *v)
{
	bool negative = read_char(in, '-');
	uint64_t u = 0;
	const char *from = in->p;

	while (in->p < in->end && *in->p >= '0' && *in->p <= '9') {
		unsigned digit = (unsigned)(*in->p - '0');
		if (u > (UINT64_MAX - digit) / 10)
			return read_fail(in, "an integer out of range");
		u = u * 10 + digit;
		in->p++;
	}
	if (in->p == from || (in->p < in->end && (*in->p == '.' || *in->p == 'e' || *in->p == 'E')))
		return read_fail(in, "an integer was expected");
	if (negative ? u > 0 - (uint64_t)low || low >= 0 : u > high)
		return read_fail(in, "an integer out of range");
	*v = (int64_t)(negative ? 0 - u : u);
	return true;
}

static bool read_digits(const char *p, unsigned n, int *v)
{
	*v = 0;
	while (n-- > 0) {
		if (*p < '0' || *p > '9')
			return false;
		*v = *v * 10 + (*p++ - '0');
	}
	return true;
}

bool read_time(struct reading *in, int64_t *ms)
{
	int year, month, day, hour, minute, second, fraction = 0;
	struct span s = SPAN_NULL;

	if (!read_string(in, &s))
		return false;
	bool ok = (s.n == 20 || s.n == 24) && s.p[4] == '-' && s.p[7] == '-' && s.p[10] == 'T' &&
		  s.p[13] == ':' && s.p[16] == ':' && s.p[s.n - 1] == 'Z' &&
		  read_digits(s.p, 4, &year) && read_digits(s.p + 5, 2, &month) &&
		  read_digits(s.p + 8, 2, &day) && read_digits(s.p + 11, 2, &hour) &&
		  read_digits(s.p + 14, 2, &minute) && read_digits(s.p + 17, 2, &second) &&
		  (s.n == 20 || (s.p[19] == '.' && read_digits(s.p + 20, 3, &fraction))) &&
		  month >= 1 && month <= 12 && day >= 1 && day <= 31;
	if (!ok)
		return read_fail(in, "a time as in 2026-01-31T23:59:59.000Z was expected");
	/* Days from 1970-01-01 in the proleptic Gregorian calendar; the year begins in March. */
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
	*ms = ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000ll + fraction;
	return true;
}

bool read_skip(struct reading *in)
{
	unsigned depth = 0;
	struct span s = SPAN_NULL;

	do {
		read_blank(in);
		if (in->p == in->end)
			return read_fail(in, "the line ends inside a value");
		char c = *in->p;
		if (c == '"') {
			if (!read_string(in, &s))
				return false;
		} else if (c == '{' || c == '[') {
			if (++depth > READ_DEPTH_MAX)
				return read_fail(in, "values are nested too deeply");
			in->p++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return read_fail(in, "a value was expected");
			depth--;
			in->p++;
		} else if (depth > 0 && (c == ',' || c == ':')) {
			in->p++;
		} else {
			const char *from = in->p;
			while (in->p < in->end &&
			       memchr("+-.0123456789Eaeflnrstu", *in->p, 23) != NULL)
				in->p++;
			if (in->p == from)
				return read_fail(in, "a value was expected");
		}
	} while (depth > 0);
	return true;
}

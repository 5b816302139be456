/* json_walk.c - see json_walk.h. All that a supervisor stores comes by: it is made to be quick. */
#include "output/text/json_walk.h"

#include <assert.h>
#include <endian.h>
#include <stdint.h>

#include "parsers/utf8.h"

#define DEPTH_MAX 16u
#define EACH(byte) (UINT64_MAX / 255 * (byte))

struct walk {
	const char *p, *end; /* *end is a byte that nothing takes */
	unsigned depth;
	struct span once;
	unsigned found;
};

static bool walk_value(struct walk *w);

/* Eight bytes at a time: how many, before the first that does, mean nothing inside a string. */
static unsigned plain8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	v = le64toh(v);
	uint64_t quote = v ^ EACH('"'), slash = v ^ EACH('\\');
	/* What a borrow or a carry adds stands behind a byte that is one itself. */
	uint64_t hits =
		((v - EACH(0x20)) | (quote - EACH(1)) | (slash - EACH(1)) | (v + EACH(1)) | v) &
		EACH(0x80);
	return hits == 0 ? 8 : (unsigned)__builtin_ctzll(hits) / 8;
}

static bool walk_escape(struct walk *w)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	if (w->end - w->p < 2)
		return false;
	char c = w->p[1];
	w->p += 2;
	if (c != 'u')
		return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
	for (unsigned i = 0; i < 4; i++, w->p++)
		if (w->p >= w->end || *w->p == '\0' || strchr(hex, *w->p) == NULL)
			return false;
	return true;
}

/* A byte that plain8() stops at, and is not the closing quote. */
static bool walk_special(struct walk *w)
{
	if (*w->p == '\\')
		return walk_escape(w);
	unsigned n = utf8_sequence(w->p, (size_t)(w->end - w->p));
	if (n == 0 || utf8_deceives(w->p, n))
		return false;
	w->p += n;
	return true;
}

static bool walk_string(struct walk *w)
{
	w->p++;
	while (w->p < w->end) {
		unsigned plain = w->end - w->p >= 8 ? plain8(w->p) : 0;
		w->p += plain;
		if (plain == 8)
			continue;
		if (*w->p == '"') {
			w->p++;
			return true;
		}
		if (!walk_special(w))
			return false;
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool walk_digits(struct walk *w)
{
	const char *from = w->p;

	while (is_digit(*w->p))
		w->p++;
	return w->p > from;
}

static bool walk_number(struct walk *w)
{
	w->p += *w->p == '-';
	if (*w->p == '0' && is_digit(w->p[1]))
		return false;
	if (!walk_digits(w))
		return false;
	if (*w->p == '.' && (w->p++, !walk_digits(w)))
		return false;
	if (*w->p != 'e' && *w->p != 'E')
		return true;
	w->p++;
	w->p += *w->p == '-' || *w->p == '+';
	return walk_digits(w);
}

static bool walk_word(struct walk *w, const char *word, size_t n)
{
	if ((size_t)(w->end - w->p) < n || memcmp(w->p, word, n) != 0)
		return false;
	w->p += n;
	return true;
}

/* Behind a member: true and *more when another follows. */
static bool walk_comma(struct walk *w, char close, bool *more)
{
	*more = *w->p == ',';
	return *w->p++ == (*more ? ',' : close);
}

static bool walk_key(struct walk *w)
{
	const char *from = w->p + 1;

	if (*w->p != '"' || !walk_string(w))
		return false;
	w->found += w->depth == 1 && span_eq(span_of(from, (size_t)(w->p - 1 - from)), w->once);
	return *w->p++ == ':';
}

static bool walk_members(struct walk *w, char close)
{
	bool more = true;

	w->p++;
	if (*w->p == close) {
		w->p++;
		return true;
	}
	if (++w->depth > DEPTH_MAX)
		return false;
	while (more)
		if ((close == '}' && !walk_key(w)) || !walk_value(w) ||
		    !walk_comma(w, close, &more))
			return false;
	w->depth--;
	return true;
}

static bool walk_value(struct walk *w)
{
	switch (*w->p) {
	case '{':
		return walk_members(w, '}');
	case '[':
		return walk_members(w, ']');
	case '"':
		return walk_string(w);
	case 't':
		return walk_word(w, "true", 4);
	case 'f':
		return walk_word(w, "false", 5);
	case 'n':
		return walk_word(w, "null", 4);
	default:
		return walk_number(w);
	}
}

bool json_walk_object(struct span text, struct span once)
{
	struct walk w = {.p = text.p, .end = text.p + text.n, .once = once};

	return text.n > 0 && *w.p == '{' && walk_value(&w) && w.p == w.end && w.found == 1;
}

/* text.c - see text.h. */
#include "output/text/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "parsers/utf8.h"

#define TEXT_PART_MAX 160

void text_init(struct text *t, bool colour, unsigned width, size_t max)
{
	buf_init(&t->out, max);
	t->colour = colour;
	t->width = width;
	t->column = 0;
}

void text_release(struct text *t)
{
	buf_release(&t->out);
}

void text_put(struct text *t, const char *s)
{
	size_t n = strlen(s);
	const char *last = memrchr(s, '\n', n);

	buf_bytes(&t->out, s, n);
	t->column = last != NULL ? (unsigned)(s + n - last - 1) : t->column + (unsigned)n;
}

void text_printf(struct text *t, const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_put(t, line);
}

const char *text_style_code(enum text_style style)
{
	static const char *const codes[] = {
		[TEXT_PLAIN] = "\033[0m",    [TEXT_TITLE] = "\033[1m", [TEXT_ERROR] = "\033[1;31m",
		[TEXT_WARNING] = "\033[33m", [TEXT_INFO] = "\033[34m", [TEXT_GOOD] = "\033[32m",
		[TEXT_BAD] = "\033[31m",     [TEXT_DIM] = "\033[2m",   [TEXT_CODE] = "\033[36m",
	};

	return codes[style];
}

void text_style(struct text *t, enum text_style style)
{
	if (t->colour)
		buf_text(&t->out, text_style_code(style));
}

void text_styled(struct text *t, enum text_style style, const char *s)
{
	text_style(t, style);
	text_put(t, s);
	text_style(t, TEXT_PLAIN);
}

void text_to(struct text *t, unsigned column)
{
	do
		text_put(t, " ");
	while (t->column < column);
}

void text_line(struct text *t)
{
	text_put(t, "\n");
}

bool text_part(struct text *t, unsigned gap, enum text_style style, const char *fmt, ...)
{
	char part[TEXT_PART_MAX];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(part, sizeof(part), fmt, args);
	va_end(args);
	if (n < 0 || n >= (int)sizeof(part))
		return false;
	if (t->column == 0)
		gap = 0;
	if (t->column + gap + (unsigned)n > t->width)
		return false;
	for (int i = 0; i < n; i++)
		if (part[i] < ' ' || part[i] > '~')
			part[i] = '?';
	for (; gap > 0; gap--)
		text_put(t, " ");
	if (style == TEXT_PLAIN)
		text_put(t, part);
	else
		text_styled(t, style, part);
	return true;
}

unsigned text_byte(unsigned char c, char out[5])
{
	if (c >= ' ' && c < 0x7f) {
		out[0] = (char)c;
		out[1] = '\0';
		return 1;
	}
	return (unsigned)snprintf(out, 5, "\\x%02X", c);
}

void text_value(struct text *t, struct span s)
{
	char one[5];

	for (size_t i = 0; i < s.n; i++) {
		text_byte((unsigned char)s.p[i], one);
		text_put(t, one);
	}
}

/* One character of s, harmless; its bytes in s. *columns: what it takes on the screen. */
static unsigned text_glyph(struct span s, char out[20], unsigned *columns)
{
	unsigned n = utf8_sequence(s.p, s.n), at = 0;

	if (n >= 1 && !utf8_deceives(s.p, n)) {
		memcpy(out, s.p, n);
		out[n] = '\0';
		*columns = 1;
		return n;
	}
	n = n == 0 ? 1 : n;
	for (unsigned i = 0; i < n; i++)
		at += text_byte((unsigned char)s.p[i], out + at);
	*columns = 4 * n;
	return n;
}

static void text_glyph_put(struct text *t, unsigned indent, const char *glyph, unsigned columns)
{
	if (t->column + columns > t->width && t->column > indent) {
		text_line(t);
		text_to(t, indent);
	}
	buf_text(&t->out, glyph);
	t->column += columns;
}

/* The bytes and columns of the next word. What stands in quotes is to be copied: where it has room
 * on a line, it is one. */
static size_t text_word(struct span s, unsigned room, unsigned *columns)
{
	size_t n = 0, first = 0; /* the first blank, in quotes */
	unsigned all = 0, until_first = 0, one;
	bool quoted = false;
	char glyph[20];

	while (n < s.n && (s.p[n] != ' ' || (quoted && all < room))) {
		if (s.p[n] == ' ' && first == 0) {
			first = n;
			until_first = all;
		}
		quoted = quoted != (s.p[n] == '"');
		n += text_glyph(span_of(s.p + n, s.n - n), glyph, &one);
		all += one;
	}
	bool whole = first == 0 || (!quoted && all <= room);
	*columns = whole ? all : until_first;
	return whole ? n : first;
}

void text_fill(struct text *t, unsigned indent, struct span s)
{
	unsigned blanks = 0; /* in front of the word; published text keeps its runs of them */

	assert(indent < t->width);
	while (s.n > 0) {
		unsigned columns, one;
		char glyph[20];
		size_t n = text_word(s, t->width - indent, &columns);
		if (blanks > 0 && t->column + blanks + columns > t->width) {
			text_line(t);
			text_to(t, indent);
		} else if (blanks > 0) {
			text_to(t, t->column + blanks);
		}
		for (size_t i = 0; i < n;) {
			i += text_glyph(span_of(s.p + i, s.n - i), glyph, &one);
			text_glyph_put(t, indent, glyph, one);
		}
		for (blanks = 0; n < s.n && s.p[n] == ' '; n++)
			blanks++;
		s = span_of(s.p + n, s.n - n);
	}
	text_line(t);
}

/* input_csv.c - see input_csv.h. */
#include "scanner/input/input_csv.h"

#include <assert.h>
#include <string.h>

#include "parsers/limits.h"

enum {
	RANK_DIGITS_MAX = 18, /* always fits an int64_t */
};

/* ---- fields ------------------------------------------------------------------------------ */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool separates(const struct input_fields *f, char c)
{
	return c == f->separator || (f->separator == INPUT_BLANKS && c == '\t');
}

struct input_fields input_fields_of(struct span line, char separator)
{
	struct input_fields f = {line.p, line.p + line.n, separator, false};

	if (separator == INPUT_BLANKS) {
		line = trim(line);
		f.at = line.p;
		f.end = line.p + line.n;
	}
	return f;
}

bool input_fields_next(struct input_fields *f, struct span *out)
{
	const char *at = f->at;
	bool quoted = false;

	if (f->at == NULL)
		return false;
	while (at < f->end && *at == ' ')
		at++;
	if (at < f->end && *at == '"') {
		quoted = true;
		at++;
		/* "" closes and opens again at once, which is all that matters here. */
		for (; at < f->end && (quoted || !separates(f, *at)); at++)
			if (*at == '"')
				quoted = !quoted;
	} else {
		while (at < f->end && !separates(f, *at))
			at++;
	}
	f->open = quoted;
	*out = trim(span_of(f->at, (size_t)(at - f->at)));
	while (f->separator == INPUT_BLANKS && at + 1 < f->end && is_blank(at[1]))
		at++;
	f->at = at < f->end ? at + 1 : NULL;
	return true;
}

struct span input_field_value(struct span field, char *out)
{
	size_t n = 0;

	if (field.n == 0 || field.p[0] != '"')
		return field;
	for (size_t i = 1; i < field.n; i++) {
		if (field.p[i] == '"') {
			if (i + 1 == field.n || field.p[i + 1] != '"')
				break;
			i++;
		}
		assert(n < i); /* so that it may be written over the field itself */
		out[n++] = field.p[i];
	}
	return span_of(out, n);
}

bool input_is_number(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static int64_t rank_of(struct span s)
{
	int64_t rank = 0;

	if (!input_is_number(s) || s.n > RANK_DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < s.n; i++)
		rank = rank * 10 + (s.p[i] - '0');
	assert(rank >= 0);
	return rank;
}

/* ---- lines ------------------------------------------------------------------------------- */

/* A comment behind a name: no name holds a blank and '#'. */
static struct span without_comment(struct span name)
{
	for (size_t i = 1; i < name.n; i++)
		if (name.p[i] == '#' && is_blank(name.p[i - 1]))
			return trim(span_of(name.p, i));
	return name;
}

/* Turns "com.example.www" round where it lies. What is no name for its length stays. */
static void turn_round(char *p, size_t n)
{
	char copy[NAME_BUF];
	size_t out = 0;

	if (n > sizeof(copy))
		return;
	memcpy(copy, p, n);
	for (size_t end = n; end > 0;) {
		size_t begin = end;
		while (begin > 0 && copy[begin - 1] != '.')
			begin--;
		memcpy(p + out, copy + begin, end - begin);
		out += end - begin;
		if (begin == 0)
			break;
		p[out++] = '.';
		end = begin - 1;
		if (end == 0)
			break;
	}
	assert(out <= n);
}

/* Whether nothing but empty fields is left: a spreadsheet writes "name,,". */
static bool rest_is_empty(struct input_fields f)
{
	struct span field;

	while (input_fields_next(&f, &field))
		if (field.n > 0)
			return false;
	return true;
}

/* NAME, or RANK,NAME and whatever follows. A line that is neither is the name as a whole, so that
 * its record shows all of it. */
static void pick_plain(const struct input_columns *c, char *line, size_t n, struct span *text,
		       int64_t *rank)
{
	struct input_fields f = input_fields_of(span_of(line, n), c->separator);
	struct span first = SPAN_NULL, second = SPAN_NULL, number = SPAN_NULL;
	char buf[RANK_DIGITS_MAX + 2];

	*text = span_of(line, n);
	input_fields_next(&f, &first);
	if (first.n <= sizeof(buf))
		number = input_field_value(first, buf);
	if (rest_is_empty(f) && !(input_is_number(number) && f.at != NULL)) {
		*text = input_field_value(first, line + (first.p - line));
	} else if (input_is_number(number) && input_fields_next(&f, &second)) {
		*rank = rank_of(number);
		*text = input_field_value(second, line + (second.p - line));
	}
}

static void pick_columns(const struct input_columns *c, char *line, size_t n, struct span *text,
			 int64_t *rank, struct span *tag)
{
	struct input_fields f = input_fields_of(span_of(line, n), c->separator);
	int last = c->domain, column = 0;
	struct span field, first = SPAN_NULL;

	assert(c->domain >= 0);
	if (c->rank > last)
		last = c->rank;
	if (c->tag > last)
		last = c->tag;
	for (; column <= last && input_fields_next(&f, &field); column++) {
		if (column == 0)
			first = field;
		if (column != c->domain && column != c->rank && column != c->tag)
			continue;
		struct span value = input_field_value(field, line + (field.p - line));
		if (column == c->domain)
			*text = value;
		if (column == c->rank)
			*rank = rank_of(value);
		if (column == c->tag)
			*tag = value;
	}
	/* Lists that were put together: a name alone among "rank,name". */
	if (!c->header && column == 1 && c->domain > 0)
		*text = input_field_value(first, line + (first.p - line));
}

void input_columns_pick(const struct input_columns *c, char *line, size_t n, struct span *text,
			int64_t *rank, struct span *tag)
{
	*text = *tag = SPAN_NULL;
	*rank = -1;
	if (c->header || c->wide)
		pick_columns(c, line, n, text, rank, tag);
	else
		pick_plain(c, line, n, text, rank);
	if (text->p == NULL)
		return;
	*text = without_comment(*text);
	if (c->reversed)
		turn_round(line + (text->p - line), text->n);
}

/*
 * check_value.c - a record or policy as published, carets under the offending bytes.
 *
 * Every byte has a fixed form in printable ASCII, so the place of a byte on the screen is known and
 * the carets stand where they should, whatever was published. Long lines are cut into rows of the
 * width.
 */
#include "scanner/check/check_parts.h"

#include <assert.h>

#define VALUE_FINDINGS_SHOWN 12u

struct value_shown {
	struct text *t;
	const struct check_value *v;
	const struct record_issue *issue[FINDINGS_MAX]; /* of v->f; NULL: not to be marked */
	unsigned indent, rows, last_line;
};

/* The finding as the record has it, with the user's severity. */
static const struct record_issue *value_issue(const struct record *r, const struct finding *f)
{
	for (unsigned i = 0; i < r->issues_n; i++) {
		const struct record_issue *one = &r->issues[i];
		if (one->code == f->code && one->offset == f->offset && one->line == f->line)
			return one;
	}
	return NULL;
}

static void value_choose(struct value_shown *s)
{
	unsigned shown = 0;

	if (s->v->f == NULL)
		return;
	for (unsigned i = 0; i < s->v->f->n; i++) {
		const struct finding *f = &s->v->f->v[i];
		if (f->at.p == NULL || f->at.p < s->v->value.p ||
		    f->at.p > s->v->value.p + s->v->value.n || shown == VALUE_FINDINGS_SHOWN)
			continue;
		s->issue[i] = value_issue(s->v->r, f);
		/* What is only remarked on would tear a record in two that is to be read. */
		if (s->issue[i] != NULL && s->issue[i]->severity == SEVERITY_INFO)
			s->issue[i] = NULL;
		shown += s->issue[i] != NULL;
	}
}

static unsigned value_columns(const char *from, const char *to)
{
	char one[5];
	unsigned n = 0;

	for (; from < to; from++)
		n += text_byte((unsigned char)*from, one);
	return n;
}

/* The part of a finding that stands in the row; a place between bytes counts for the byte behind
 * it. */
static bool value_in_row(const struct finding *f, struct span row, bool last, const char **from,
			 const char **to)
{
	const char *end = row.p + row.n;
	const char *a = f->at.p, *b = f->at.p + f->at.n;

	if (b == a)
		b = a + 1;
	if (a >= end ? !(last && a == end) : b <= row.p)
		return false;
	*from = a < row.p ? row.p : a;
	*to = b > end ? end : b;
	return true;
}

static void value_carets(struct value_shown *s, struct span row, bool last)
{
	const struct findings *f = s->v->f;

	for (unsigned i = 0; f != NULL && i < f->n; i++) {
		const char *from, *to;
		if (s->issue[i] == NULL || !value_in_row(&f->v[i], row, last, &from, &to))
			continue;
		unsigned n = value_columns(from, to);
		bool first = f->v[i].at.p >= row.p;
		text_to(s->t, s->indent);
		for (unsigned k = value_columns(row.p, from); k > 0; k--)
			text_put(s->t, " ");
		text_style(s->t, check_style_of(s->issue[i]->severity));
		for (unsigned k = n > 0 ? n : 1; k > 0; k--)
			text_put(s->t, "^");
		const char *code = issue_info(s->issue[i]->code)->code;
		if (first && s->t->column + 1 + strlen(code) <= s->t->width)
			text_printf(s->t, " %s", code);
		else if (first && s->indent + strlen(code) <= s->t->width) {
			text_line(s->t);
			text_to(s->t, s->t->width - (unsigned)strlen(code));
			text_put(s->t, code);
		}
		text_style(s->t, TEXT_PLAIN);
		text_line(s->t);
	}
}

/* As many bytes as fit into one row. */
static size_t value_fit(struct span s, unsigned columns)
{
	char one[5];
	size_t n = 0;
	unsigned used = 0;

	while (n < s.n) {
		used += text_byte((unsigned char)s.p[n], one);
		if (used > columns && n > 0)
			break;
		n++;
	}
	return n;
}

static void value_head(struct value_shown *s, unsigned line, bool first)
{
	if (s->v->lines && first)
		text_printf(s->t, "  %4u  ", line);
	else
		text_to(s->t, s->indent - !s->v->lines);
	if (!s->v->lines)
		text_put(s->t, first ? "\"" : " ");
}

/* One line of the value in rows. Returns false when enough was shown. */
static bool value_line(struct value_shown *s, struct span line, unsigned number)
{
	unsigned columns = s->t->width - s->indent - !s->v->lines;
	bool first = true;

	assert(s->indent + 1 < s->t->width); /* a row has room for a byte at least: the walk ends */
	do {
		struct span row = span_of(line.p, value_fit(line, columns));
		bool last = row.n == line.n;
		if (s->rows++ >= s->v->rows_max)
			return false;
		value_head(s, number, first);
		text_style(s->t, TEXT_CODE);
		text_value(s->t, row);
		text_style(s->t, TEXT_PLAIN);
		text_put(s->t, !s->v->lines && last ? "\"" : "");
		text_line(s->t);
		value_carets(s, row, last);
		line = span_of(line.p + row.n, line.n - row.n);
		first = false;
	} while (line.n > 0);
	return true;
}

static void value_rest(struct text *t, size_t n)
{
	text_to(t, CHECK_INDENT);
	text_style(t, TEXT_DIM);
	text_printf(t, "... and %zu bytes more", n);
	text_style(t, TEXT_PLAIN);
	text_line(t);
}

void check_value(struct text *t, const struct check_value *v)
{
	struct value_shown s = {.t = t, .v = v, .indent = v->lines ? 8 : 5};

	assert(v->f == NULL || v->f->n <= FINDINGS_MAX);
	struct span rest = v->value;
	unsigned number = 1;

	value_choose(&s);
	if (!v->lines) {
		if (!value_line(&s, rest, 1))
			value_rest(t, rest.n);
		return;
	}
	while (rest.n > 0) {
		const char *lf = memchr(rest.p, '\n', rest.n);
		size_t n = lf != NULL ? (size_t)(lf - rest.p) : rest.n;
		struct span line = span_of(rest.p, n);
		if (lf != NULL && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (!value_line(&s, line, number++)) {
			value_rest(t, rest.n);
			return;
		}
		n += lf != NULL;
		rest = span_of(rest.p + n, rest.n - n);
	}
}

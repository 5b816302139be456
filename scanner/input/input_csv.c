/* input_csv.c - see input_csv.h. */
#include "scanner/input/input_csv.h"

#include <assert.h>
#include <string.h>

enum {
	HEADER_NAME_MAX = 64, /* a longer header field is none of those we know */
	RANK_DIGITS_MAX = 18, /* always fits an int64_t */
};

/* In order of preference: with several of them in a header the first of this list is the one. Lists
 * in the wild: Tranco and Umbrella (no header), Majestic, CrUX ("origin,rank"), DomCop, Cloudflare
 * Radar. */
static const char *const domain_columns[] = {
	"domain", "domain_name", "domainname", "fqdn", "hostname", "host", "origin", "url", "name",
};
static const char *const rank_columns[] = {
	"rank", "globalrank", "global_rank", "popularity_rank", "position",
};

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* ---- fields ------------------------------------------------------------------------------ */

struct fields {
	const char *at, *end; /* at == NULL: no field is left */
	char separator;
};

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

/* The next field as it stands, quotes and all. */
static bool fields_next(struct fields *f, struct span *out)
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
	}
	/* In a quoted field "" opens and closes again at once, which is all that matters here. */
	for (; at < f->end && (quoted || *at != f->separator); at++)
		if (*at == '"')
			quoted = !quoted;
	*out = trim(span_of(f->at, (size_t)(at - f->at)));
	f->at = at < f->end ? at + 1 : NULL;
	return true;
}

/* The value of a field. Writes to `out` (which may be where the field lies) only what is quoted. */
static struct span field_value(struct span field, char *out)
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
		out[n++] = field.p[i];
	}
	return span_of(out, n);
}

static bool is_number(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static int64_t rank_of(struct span s)
{
	int64_t rank = 0;

	if (!is_number(s) || s.n > RANK_DIGITS_MAX)
		return -1;
	for (size_t i = 0; i < s.n; i++)
		rank = rank * 10 + (s.p[i] - '0');
	return rank;
}

/* ---- the header -------------------------------------------------------------------------- */

/* Place in the list, or -1. */
static int known_as(struct span name, const char *const *list, int count)
{
	for (int i = 0; i < count; i++)
		if (span_ieq(name, span_str(list[i])))
			return i;
	return -1;
}

static char separator_of(struct span line)
{
	if (line.n > 0 && memchr(line.p, ',', line.n) == NULL) {
		if (memchr(line.p, '\t', line.n) != NULL)
			return '\t';
		if (memchr(line.p, ';', line.n) != NULL)
			return ';';
	}
	return ',';
}

/* A lone "host" or "name" is a top-level domain; these are not. */
static bool is_lone_header(struct span name)
{
	static const char *const names[] = {"domain", "domain_name", "fqdn", "hostname", "origin"};

	return known_as(name, names, COUNT(names)) >= 0;
}

void input_columns_detect(struct input_columns *c, struct span line, const char *tag_column)
{
	struct fields f = {line.p, line.p + line.n, separator_of(line)};
	struct span field, value = SPAN_NULL;
	char buf[HEADER_NAME_MAX];
	int best = COUNT(domain_columns);
	bool numbers = false;
	int column = 0;

	*c = (struct input_columns){.separator = f.separator, .domain = -1, .rank = -1, .tag = -1};
	for (; fields_next(&f, &field); column++) {
		if (field.n > sizeof(buf))
			continue;
		value = field_value(field, buf);
		numbers = numbers || is_number(value);
		int place = known_as(value, domain_columns, COUNT(domain_columns));
		if (place >= 0 && place < best) {
			best = place;
			c->domain = column;
		}
		if (c->rank < 0 && known_as(value, rank_columns, COUNT(rank_columns)) >= 0)
			c->rank = column;
		if (c->tag < 0 && tag_column != NULL && span_ieq(value, span_str(tag_column)))
			c->tag = column;
	}
	c->header = c->domain >= 0 && !numbers && (column > 1 || is_lone_header(value));
}

/* ---- lines ------------------------------------------------------------------------------- */

/* NAME, or RANK,NAME and whatever follows. A line that is neither is the name as a whole. */
static void pick_plain(const struct input_columns *c, char *line, size_t n, struct span *text,
		       int64_t *rank)
{
	struct fields f = {line, line + n, c->separator};
	struct span first = SPAN_NULL, second = SPAN_NULL, number = SPAN_NULL;
	char buf[RANK_DIGITS_MAX + 2];

	*text = span_of(line, n);
	fields_next(&f, &first);
	if (first.n <= sizeof(buf))
		number = field_value(first, buf);
	if (!fields_next(&f, &second)) {
		*text = field_value(first, line + (first.p - line));
	} else if (is_number(number)) {
		*rank = rank_of(number);
		*text = field_value(second, line + (second.p - line));
	}
}

void input_columns_pick(const struct input_columns *c, char *line, size_t n, struct span *text,
			int64_t *rank, struct span *tag)
{
	struct fields f = {line, line + n, c->separator};
	int last = c->domain;
	struct span field;

	*text = *tag = SPAN_NULL;
	*rank = -1;
	if (!c->header) {
		pick_plain(c, line, n, text, rank);
		return;
	}
	if (c->rank > last)
		last = c->rank;
	if (c->tag > last)
		last = c->tag;
	for (int column = 0; column <= last && fields_next(&f, &field); column++) {
		if (column != c->domain && column != c->rank && column != c->tag)
			continue;
		struct span value = field_value(field, line + (field.p - line));
		if (column == c->domain)
			*text = value;
		if (column == c->rank)
			*rank = rank_of(value);
		if (column == c->tag)
			*tag = value;
	}
}

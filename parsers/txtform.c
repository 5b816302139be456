/* txtform.c - see txtform.h. */
#include "parsers/txtform.h"

#include <assert.h>

/* What is being read: `at` runs over the text, `out` over what was joined. */
struct reader {
	const char *at, *end;
	char *out;
	struct txtform *form;
	bool bare; /* a record without quotes was taken: nothing may follow it */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
}

static void skip_line(struct reader *r)
{
	while (r->at < r->end && *r->at != '\n')
		r->at++;
}

static bool at_line_end(const struct reader *r)
{
	return r->at == r->end || *r->at == '\n' || *r->at == ';';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "\X" or "\DDD" behind its backslash: one byte. False when the text ends there. */
static bool take_escape(struct reader *r)
{
	const char *p = r->at;

	if (p == r->end || *p == '\n')
		return false;
	if (r->end - p >= 3 && is_digit(p[0]) && is_digit(p[1]) && is_digit(p[2])) {
		int byte = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
		if (byte > 255)
			return false;
		*r->out++ = (char)byte;
		r->at += 3;
		return true;
	}
	*r->out++ = *r->at++;
	return true;
}

/* One string, quoted or a word. False when a quote stays open. */
static bool take_string(struct reader *r)
{
	bool quoted = *r->at == '"';

	r->at += quoted;
	while (r->at < r->end && *r->at != '\n') {
		char c = *r->at;
		if (quoted && c == '"') {
			r->at++;
			return true;
		}
		if (!quoted && (is_blank(c) || c == ';' || c == '(' || c == ')' || c == '"'))
			return true;
		r->at++;
		if (c != '\\')
			*r->out++ = c;
		else if (!take_escape(r))
			return false;
	}
	return !quoted;
}

/* The strings of a record, up to the end of the line or of its parentheses. */
static bool take_record(struct reader *r)
{
	struct txtform *form = r->form;
	const char *begin = r->out;
	unsigned strings = 0, depth = 0;

	for (;;) {
		skip_blanks(r);
		if (r->at < r->end && *r->at == ';')
			skip_line(r);
		if (r->at == r->end || *r->at == '\n') {
			if (depth == 0)
				break;
			if (r->at == r->end)
				return false;
			r->at++;
		} else if (*r->at == '(' || *r->at == ')') {
			if (*r->at == ')' && depth == 0)
				return false;
			depth += *r->at++ == '(' ? 1u : -1u;
		} else if (take_string(r)) {
			strings++;
		} else {
			return false;
		}
	}
	if (strings == 0)
		return false;
	if (form->n == TXTFORM_RECORDS_MAX) {
		form->dropped++;
		return true;
	}
	form->strings[form->n] = strings;
	form->value[form->n++] = span_of(begin, (size_t)(r->out - begin));
	return true;
}

static struct span word_at(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && *p != '\n' && !is_blank(*p))
		p++;
	return span_of(from, (size_t)(p - from));
}

/* Digits, or a period as "1h30m". */
static bool is_ttl(struct span word)
{
	return word.n > 0 && is_digit(word.p[0]);
}

static bool is_class(struct span word)
{
	return span_ieq(word, SPAN_LIT("IN")) || span_ieq(word, SPAN_LIT("CH"));
}

static bool is_other_type(struct span word)
{
	static const char *const types[] = {"CNAME", "DNAME", "SOA",  "NS", "RRSIG", "NSEC",
					    "NSEC3", "A",     "AAAA", "MX", "DS",    "DNSKEY"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_ieq(word, span_str(types[i])))
			return true;
	return false;
}

/* `host`: "NAME descriptive text", `nslookup`: "NAME text =": leaves the reader at the strings. */
static bool skip_prose(struct reader *r, struct span line)
{
	static const struct span words[] = {SPAN_INIT(" descriptive text \""),
					    SPAN_INIT("text = \""), SPAN_INIT("text =\"")};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *found = memmem(line.p, line.n, words[i].p, words[i].n);
		if (found == NULL || memchr(line.p, '"', (size_t)(found - line.p)) != NULL)
			continue;
		r->at = found + words[i].n - 1;
		return true;
	}
	return false;
}

/* "[owner] [ttl] [class] TYPE": 1 when the strings of a TXT record follow, 0 when the line is of
 * another type, -1 when it is no such line. */
static int skip_owner(struct reader *r)
{
	const char *p = r->at;

	for (int i = 0; i < 4; i++) {
		struct span word = word_at(p, r->end);
		p = word.p + word.n;
		if (span_ieq(word, SPAN_LIT("TXT"))) {
			r->at = p;
			return 1;
		}
		if (i > 0 && is_other_type(word))
			return 0;
		if (i > 0 && !is_ttl(word) && !is_class(word))
			return -1;
		while (p < r->end && is_blank(*p))
			p++;
	}
	return -1;
}

static struct span line_at(const struct reader *r)
{
	const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
	struct span line = span_of(r->at, (size_t)((end != NULL ? end : r->end) - r->at));

	while (line.n > 0 && is_blank(line.p[line.n - 1]))
		line.n--;
	return line;
}

/* A target as `dig +short` shows it: one word, absolute. */
static bool is_target(struct span line)
{
	return line.n > 1 && line.p[line.n - 1] == '.' && memchr(line.p, ' ', line.n) == NULL &&
	       memchr(line.p, '=', line.n) == NULL && memchr(line.p, '"', line.n) == NULL;
}

/* The quotes were taken off on the way; behind an alias the rest is still clear. */
static bool take_bare(struct reader *r, struct span line)
{
	if (r->form->aliases == 0 || r->form->n > 0 || r->bare)
		return false;
	r->bare = true;
	memcpy(r->out, line.p, line.n);
	r->form->value[0] = span_of(r->out, line.n);
	r->form->strings[0] = 1;
	r->form->n = 1;
	r->out += line.n;
	skip_line(r);
	return true;
}

static bool take_line(struct reader *r)
{
	skip_blanks(r);
	struct span line = line_at(r);

	if (at_line_end(r) || *r->at == '$') {
		skip_line(r);
		return true;
	}
	if (r->bare)
		return false;
	if (*r->at == '"' || skip_prose(r, line))
		return take_record(r);
	if (is_target(line) ||
	    memmem(line.p, line.n, " is an alias for ", strlen(" is an alias for ")) != NULL) {
		r->form->aliases++;
		skip_line(r);
		return true;
	}
	int type = skip_owner(r);
	if (type > 0)
		return take_record(r);
	if (type < 0)
		return take_bare(r, line);
	r->form->aliases += memmem(line.p, line.n, "CNAME", 5) != NULL;
	skip_line(r);
	return true;
}

bool txtform_read(struct span text, char *out, struct txtform *form)
{
	struct reader r = {.at = text.p, .end = text.p + text.n, .out = out, .form = form};

	form->n = form->dropped = form->aliases = 0;
	if (text.n == 0 || text.p[text.n - 1] != '\n')
		return false;
	while (r.at < r.end) {
		if (!take_line(&r))
			return false;
		assert(r.at == r.end || *r.at == '\n' || *r.at == ';');
		skip_line(&r);
		if (r.at < r.end)
			r.at++;
	}
	assert(r.out <= out + text.n);
	return form->n > 0 || form->aliases > 0;
}

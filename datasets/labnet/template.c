/* template.c - expands the templates, and turns a situation's fit into mx lines. */
#include "datasets/labnet/template.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "datasets/labnet/draw.h"

/* Bytes with a limit; what does not fit is dropped. */
struct text {
	char *p;
	size_t n, cap;
};

static void put(struct text *t, const char *p, size_t n)
{
	assert(t->n <= t->cap);
	if (n > t->cap - t->n)
		n = t->cap - t->n;
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

static void put_domain(struct text *t, struct span domain, char dot)
{
	size_t from = t->n;

	put(t, domain.p, domain.n);
	for (size_t i = from; i < t->n; i++)
		if (t->p[i] == '.')
			t->p[i] = dot;
}

__attribute__((format(printf, 2, 3))) static void putf(struct text *t, const char *format, ...)
{
	char line[NAME_BUF + 64];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < sizeof(line));
	put(t, line, (size_t)n);
}

static void put_newline(struct text *t, const struct situation *s)
{
	put(t, s->crlf ? "\r\n" : "\n", s->crlf ? 2 : 1);
}

static void mx_host(const struct situation *s, unsigned i, char out[NAME_BUF])
{
	if (i < s->mx_n)
		population_mx_host(s, i, out);
	else /* null MX, no MX: senders would try the domain itself */
		snprintf(out, NAME_BUF, "%.*s", (int)s->domain.n, s->domain.p);
}

/* The first letter after the host label is wrong; doubled in a punycode label, whose prefix must
 * stay no prefix. */
static void put_typo(struct text *t, const char *host)
{
	const char *label = strchr(host, '.') + 1;

	put(t, host, (size_t)(label - host));
	put(t, *label == 'x' ? "z" : "x", 1);
	if (strncmp(label, "xn--", 4) != 0)
		label++;
	put(t, label, strlen(label));
}

static void put_pattern(struct text *t, const struct situation *s, unsigned i)
{
	char host[NAME_BUF];
	const char *d = s->domain.p;
	int dn = (int)s->domain.n;

	mx_host(s, i, host);
	switch (s->kind->fit) {
	case FIT_ALL:
	case FIT_PARTIAL:
		/* A pattern over a whole top-level domain would be another situation. */
		if (s->wildcard && strchr(strchr(host, '.') + 1, '.') && i < s->mx_n)
			putf(t, "*%s", strchr(host, '.'));
		else
			putf(t, "%s", host);
		break;
	case FIT_DOMAIN:
		putf(t, "mx%u.former-mail-operator.net", i + 1);
		break;
	case FIT_STS_LABEL:
		putf(t, "mta-sts.%.*s", dn, d);
		break;
	case FIT_SUBDOMAIN:
		putf(t, "smtp%u.%.*s", i + 1, dn, d);
		break;
	case FIT_TYPO:
		put_typo(t, host);
		break;
	case FIT_TLD:
		putf(t, "%.*s.%s", (int)(strrchr(host, '.') - host), host,
		     strcmp(strrchr(host, '.'), ".zone") == 0 ? "site" : "zone");
		break;
	}
}

static bool same_parent(const struct situation *s, unsigned i, unsigned j)
{
	char a[NAME_BUF], b[NAME_BUF];

	mx_host(s, i, a);
	mx_host(s, j, b);
	return strcmp(strchr(a, '.'), strchr(b, '.')) == 0;
}

static void put_mx_lines(struct text *t, const struct situation *s)
{
	unsigned n = s->mx_n ? s->mx_n : 1;

	if (s->kind->fit == FIT_PARTIAL)
		n--;
	if (s->kind->fit == FIT_STS_LABEL)
		n = 1;
	for (unsigned i = 0; i < n; i++) {
		if (s->wildcard && i > 0 && same_parent(s, i, i - 1))
			continue;
		putf(t, "mx: ");
		put_pattern(t, s, i);
		put_newline(t, s);
	}
}

static void put_item(struct text *t, const struct situation *s, char item)
{
	char host[NAME_BUF];

	switch (item) {
	case 'd':
	case 'D':
	case 'U':
		put_domain(t, s->domain, item == 'd' ? '.' : item == 'D' ? '-' : '_');
		break;
	case 'i':
		putf(t, "20260%u%08x", 1 + draw_below(s->hash, DRAW_ID, 9), draw(s->hash, DRAW_ID));
		break;
	case 'o':
		putf(t, "%u", draw_below(s->hash, DRAW_WEB, 40));
		break;
	case 'h':
		mx_host(s, 0, host);
		putf(t, "%s", host);
		break;
	case 'm':
		putf(t, "%s", mode_name(s->mode));
		break;
	case 'a':
		putf(t, "%u", s->max_age);
		break;
	case 'n':
		put_newline(t, s);
		break;
	case 'x':
		put_mx_lines(t, s);
		break;
	case 'z':
		/* Still too large without its final newline. */
		while (t->n <= POLICY_BODY_MAX + 2 && t->n < t->cap)
			putf(t, "mx: mx%zu.%.*s\n", t->n, (int)s->domain.n, s->domain.p);
		break;
	default:
		assert(false && "an item that template.h does not list");
	}
}

size_t template_expand(const char *text, const struct situation *s, char *out, size_t cap)
{
	struct text t = {out, 0, cap};

	for (;;) {
		size_t n = strcspn(text, "%");
		put(&t, text, n);
		text += n;
		if (*text == '\0')
			return t.n;
		put_item(&t, s, text[1]);
		text += 2;
	}
}

/* UTF-16LE in place; the text is ASCII. */
static size_t widen(char *out, size_t n, size_t cap)
{
	assert(2 * n + 2 <= cap);
	for (size_t i = n; i-- > 0;) {
		out[2 * i + 2] = out[i];
		out[2 * i + 3] = '\0';
	}
	memcpy(out, "\xff\xfe", 2);
	return 2 * n + 2;
}

size_t template_policy(const struct situation *s, char *out, size_t cap)
{
	const char *text = s->kind->body;

	if (strncmp(text, "%u", 2) == 0)
		return widen(out, template_expand(text + 2, s, out, cap), cap);
	size_t n = template_expand(text, s, out, cap);
	if (s->no_final_newline && s->kind->stage == STAGE_OK && n >= 2 && out[n - 1] == '\n')
		n -= out[n - 2] == '\r' ? 2 : 1;
	return n;
}

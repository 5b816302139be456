/* html.c - see html.h. */
#include "output/report/html.h"

#include <assert.h>
#include <string.h>

#include "output/report/report_model.h"
#include "output/report/report_style.h"
#include "output/text/number.h"
#include "parsers/utf8.h"

void html_document(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
	      "'unsafe-inline'; img-src data:\">\n"
	      "<meta name=color-scheme content=\"light dark\">\n<link rel=icon href=\"data:,\">\n",
	      out);
	fputs("<title>", out);
	html_str(out, title);
	fputs(" - mtasweep</title>\n<style>\n", out);
	for (const char *const *rule = report_style; *rule != NULL; rule++)
		fputs(*rule, out);
	fputs("</style>\n</head>\n<body>\n", out);
}

void html_remarks(FILE *out, const char *const *remarks, unsigned n)
{
	if (n > 0)
		fputs("<ul class=remarks>", out);
	for (unsigned i = 0; i < n; i++) {
		fputs("<li>", out);
		html_str(out, remarks[i]);
		fputs("</li>\n", out);
	}
	if (n > 0)
		fputs("</ul>", out);
}

/* One character that is no mark-up; a space for what would hide or reorder others. -> its bytes */
static size_t html_glyph(FILE *out, const char *p, size_t n)
{
	unsigned len = utf8_sequence(p, n);

	if (len == 0 || utf8_deceives(p, len))
		fputc(' ', out);
	else
		fwrite(p, 1, len, out);
	return len == 0 ? 1 : len;
}

void html_text(FILE *out, struct span s)
{
	char clean[3 * 512];

	while (s.n > 0) {
		struct span part = span_of(s.p, s.n < 512 ? s.n : 512);
		/* Not inside a UTF-8 form. */
		while (part.n < s.n && part.n > 500 && ((unsigned char)s.p[part.n] & 0xc0) == 0x80)
			part.n--;
		size_t n = json_clean(part, clean);
		assert(part.n > 0 && n <= sizeof(clean));
		for (size_t i = 0; i < n; i++) {
			unsigned char c = (unsigned char)clean[i];
			if (c == '&')
				fputs("&amp;", out);
			else if (c == '<')
				fputs("&lt;", out);
			else if (c == '>')
				fputs("&gt;", out);
			else if (c == '"')
				fputs("&quot;", out);
			else if (c == '\'')
				fputs("&#39;", out);
			else
				i += html_glyph(out, clean + i, n - i) - 1;
		}
		s = span_of(s.p + part.n, s.n - part.n);
	}
}

/* A number and its sign stay on a line. */
void html_str(FILE *out, const char *s)
{
	for (const char *sign = strstr(s, " %"); sign != NULL; sign = strstr(sign + 1, " %")) {
		if (sign == s || sign[-1] < '0' || sign[-1] > '9')
			continue;
		html_text(out, span_of(s, (size_t)(sign - s)));
		fputs("&nbsp;", out);
		s = sign + 1;
	}
	html_text(out, span_str(s));
}

/* A no-break space before the sign. */
static void html_sign(FILE *out, struct number text)
{
	text.s[strcspn(text.s, " ")] = '\0';
	fprintf(out, "%s&nbsp;%%", text.s);
}

void html_name(FILE *out, struct span name)
{
	while (name.n > 0) {
		const char *dot = memchr(name.p, '.', name.n);
		size_t n = dot != NULL ? (size_t)(dot - name.p) + 1 : name.n;
		html_text(out, span_of(name.p, n));
		name = span_of(name.p + n, name.n - n);
		if (name.n > 0)
			fputs("<wbr>", out);
	}
}

void html_percent(FILE *out, double share)
{
	html_sign(out, number_percent(share));
}

void html_share(FILE *out, uint64_t n, uint64_t of)
{
	html_sign(out, number_share(n, of));
}

void html_number(FILE *out, uint64_t v)
{
	fputs(number_grouped(v).s, out);
}

void html_interval(FILE *out, uint64_t n, uint64_t of)
{
	struct number low, high;

	report_interval(n, of, &low, &high);
	fprintf(out, "%s&ndash;%s", low.s, high.s);
}

void html_time(FILE *out, int64_t ms)
{
	struct buf b;

	buf_init(&b, 64);
	json_time_ms(&b, ms);
	if (ms != 0 && !b.failed)
		fprintf(out, "<time datetime=\"%.24s\">%.10s %.5s</time>", b.p + 1, b.p + 1,
			b.p + 12);
	else
		fputs("?", out);
	buf_release(&b);
}

void html_period(FILE *out, int64_t first_ms, int64_t last_ms)
{
	const int64_t minute = 60000;

	html_time(out, first_ms);
	if (first_ms / minute == last_ms / minute)
		return;
	fputs(" to ", out);
	html_time(out, last_ms);
}

void html_figure(FILE *out, const char *class, uint64_t n, uint64_t of, const char *what)
{
	fprintf(out, "<li%s%s><b>", class[0] != '\0' ? " class=" : "", class);
	html_number(out, n);
	fputs("</b><span>", out);
	html_str(out, what);
	if (of > 0) {
		fputs(", ", out);
		html_share(out, n, of);
	}
	fputs("</span></li>\n", out);
}

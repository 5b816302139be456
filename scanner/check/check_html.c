/* check_html.c - see check_html.h. */
#include "scanner/check/check_html.h"

#include <assert.h>
#include <string.h>

#include "scanner/check/check_parts.h"

#define HTML_HANG_MAX 20u /* no label reaches further */

static const char style[] =
	":root{--bg:#fbfbf9;--card:#fff;--ink:#1c2126;--soft:#5a636c;--line:#dfe2e4;"
	"--good:#22694a;--bad:#b3362b;--unsure:#8a5a00;--info:#0b5a8a;color-scheme:light dark}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14181b;--card:#1b2024;--ink:#e7eaec;"
	"--soft:#a2abb3;--line:#30373d;--good:#5cc493;--bad:#ef8076;--unsure:#e0b35c;"
	"--info:#7cc0ea}}\n"
	"*{box-sizing:border-box}body{margin:0;padding:1.5rem 1rem;background:var(--bg);"
	"color:var(--ink);font:16px/1.5 system-ui,sans-serif}\n"
	"main{max-width:48rem;margin:0 auto}article{margin:0 0 2rem;padding:1rem 1.2rem;"
	"background:var(--card);border:1px solid var(--line);border-top:6px solid var(--info);"
	"border-radius:6px}article.good{border-top-color:var(--good)}article.bad{"
	"border-top-color:var(--bad)}article.unsure{border-top-color:var(--unsure)}\n"
	"h1{margin:0;font-size:1.6rem;overflow-wrap:anywhere}h2{margin:1.6rem 0 .3rem;"
	"font-size:1.1rem}\n"
	/* The browser wraps, so that what is copied is whole; further rows stand below the text. */
	"pre{margin:0;font:min(.88rem,calc((100vw - 5rem)/30))/1.45 ui-monospace,"
	"'DejaVu Sans Mono',monospace;white-space:pre-wrap;overflow-wrap:anywhere}\n"
	"pre span[style]{display:block;padding-left:var(--i);text-indent:calc(0px - var(--i))}\n"
	".error,.problem{color:var(--bad)}.error{font-weight:700}.warning{color:var(--unsure)}."
	"info,"
	".code{color:var(--info)}.fine{color:var(--good);font-weight:600}.dim,footer{"
	"color:var(--soft)}footer{max-width:48rem;margin:0 auto;font-size:.86rem}\n"
	"@media print{@page{margin:14mm}body{padding:0;background:#fff}article{border:0;"
	"padding:0;margin:0 0 1rem}pre{font-size:9.5pt;break-inside:auto}h2{break-after:avoid}"
	"footer{font-size:9pt}}\n";

static void html_bytes(FILE *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *entity = p[i] == '<'   ? "&lt;"
				     : p[i] == '>' ? "&gt;"
				     : p[i] == '&' ? "&amp;"
				     : p[i] == '"' ? "&quot;"
						   : NULL;
		if (entity != NULL)
			fputs(entity, out);
		else
			fputc(p[i], out);
	}
}

void check_html_begin(FILE *out, struct span title)
{
	struct text shown;

	text_init(&shown, false, CHECK_WIDTH_MAX, CHECK_TEXT_MAX);
	text_value(&shown, title);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      out);
	html_bytes(out, shown.out.p != NULL ? shown.out.p : "", shown.out.n);
	fprintf(out,
		": MTA-STS and TLS-RPT</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n",
		style);
	text_release(&shown);
}

/* The class of an escape sequence of text_style(), whose length goes into *n; "" ends one. */
static const char *html_class(const char *p, size_t left, size_t *n)
{
	static const enum text_style styles[] = {TEXT_PLAIN,   TEXT_TITLE, TEXT_ERROR,
						 TEXT_WARNING, TEXT_INFO,  TEXT_GOOD,
						 TEXT_BAD,     TEXT_DIM,   TEXT_CODE};
	static const char *const classes[] = {
		[TEXT_PLAIN] = "",	    [TEXT_TITLE] = "title", [TEXT_ERROR] = "error",
		[TEXT_WARNING] = "warning", [TEXT_INFO] = "info",   [TEXT_GOOD] = "fine",
		[TEXT_BAD] = "problem",	    [TEXT_DIM] = "dim",	    [TEXT_CODE] = "code"};

	for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++) {
		const char *code = text_style_code(styles[i]);
		*n = strlen(code);
		if (left >= *n && memcmp(p, code, *n) == 0)
			return classes[styles[i]];
	}
	return NULL;
}

struct html_state {
	FILE *out;
	const char *class; /* of the span that is open, NULL */
	bool pre;	   /* a block of text */
	bool blank;	   /* an empty line waits for what follows it */
	unsigned heads;	   /* headings so far */
};

static void html_block(struct html_state *s, bool pre)
{
	if (s->pre != pre)
		fputs(pre ? "<pre>" : "</pre>\n", s->out);
	s->pre = pre;
}

/* NULL ends what is open. */
static void html_class_is(struct html_state *s, const char *class)
{
	if (s->class != NULL)
		fputs("</span>", s->out);
	if (class != NULL)
		fprintf(s->out, "<span class=\"%s\">", class);
	s->class = class;
}

static void html_styled(struct html_state *s, const char *p, size_t n)
{
	for (size_t i = 0, skip; i < n; i += skip) {
		const char *class = p[i] == '\033' ? html_class(p + i, n - i, &skip) : NULL;
		if (class == NULL) {
			skip = 1;
			html_bytes(s->out, p + i, 1);
			continue;
		}
		html_class_is(s, class[0] != '\0' ? class : NULL);
	}
}

/* Where the text of a line begins, behind its label or number: what is wrapped goes on there. */
static unsigned html_hang(const char *p, size_t n)
{
	unsigned column = 0, hang = 0, blanks = 2;

	if (n > CHECK_LABEL && p[CHECK_INDENT - 1] == ' ' && p[CHECK_LABEL - 1] == ' ' &&
	    check_label_fills(span_of(p + CHECK_INDENT, n - CHECK_INDENT)))
		return CHECK_LABEL;
	for (size_t i = 0, skip; i < n && column < HTML_HANG_MAX; i += skip) {
		skip = 1;
		if (p[i] == '\033' && html_class(p + i, n - i, &skip) != NULL)
			continue;
		bool step = p[i] == ' ' && i > 1 && p[i - 1] == '.' && p[i - 2] >= '0' &&
			    p[i - 2] <= '9';
		if (p[i] == ' ') {
			blanks += 1 + step;
		} else {
			hang = blanks >= 2 ? column : hang;
			blanks = 0;
		}
		column++;
	}
	return hang;
}

/* One that goes on over the end of a line is opened anew. */
static void html_row(struct html_state *s, const char *p, size_t n)
{
	const char *class = s->class;

	s->class = NULL;
	fprintf(s->out, "<span style=\"--i:%uch\">", html_hang(p, n));
	html_class_is(s, class);
	html_styled(s, p, n);
	class = s->class;
	html_class_is(s, NULL);
	fputs("\n</span>", s->out);
	s->class = class;
}

/* A line that begins with a title is one. */
static void html_line(struct html_state *s, const char *p, size_t n)
{
	size_t skip = 0, end = 0;
	const char *class = n > 0 ? html_class(p, n, &skip) : NULL;

	if (class != NULL && strcmp(class, "title") == 0) {
		while (skip + end < n && p[skip + end] != '\033')
			end++;
		html_block(s, false);
		s->blank = false;
		fprintf(s->out, "<h%d>", s->heads == 0 ? 1 : 2);
		html_bytes(s->out, p + skip, end);
		fprintf(s->out, "</h%d>\n", s->heads++ == 0 ? 1 : 2);
		return;
	}
	if (n == 0) {
		s->blank = s->pre;
		return;
	}
	html_block(s, true);
	if (s->blank)
		html_row(s, "", 0);
	s->blank = false;
	html_row(s, p, n);
}

static const char *html_state_of(const struct record *r)
{
	int worst = check_worst(r);

	if (worst == SEVERITY_ERROR)
		return "bad";
	if (worst == SEVERITY_WARNING || worst == SEVERITY_INCONCLUSIVE)
		return "unsure";
	return r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING ? "good" : "neutral";
}

void check_html_page(FILE *out, const struct record *r, const struct text *page)
{
	struct html_state s = {.out = out};

	assert(page->colour);
	fprintf(out, "<article class=\"%s\">\n", html_state_of(r));
	for (size_t from = 0; from < page->out.n;) {
		const char *lf = memchr(page->out.p + from, '\n', page->out.n - from);
		size_t n = lf != NULL ? (size_t)(lf - page->out.p) - from : page->out.n - from;
		html_line(&s, page->out.p + from, n);
		from += n + 1;
	}
	html_block(&s, false);
	fputs("</article>\n", out);
}

void check_html_end(FILE *out)
{
	fputs("</main>\n<footer>mtasweep " MTASWEEP_VERSION
	      ": what a domain publishes for SMTP transport security (RFC 8461, RFC 8460).</footer>"
	      "\n</body>\n</html>\n",
	      out);
}

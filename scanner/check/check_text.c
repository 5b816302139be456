/* check_text.c - the pieces that every section of the page is made of; see check_parts.h. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "scanner/check/check_parts.h"

void check_section(struct text *t, const char *title)
{
	text_line(t);
	text_styled(t, TEXT_TITLE, title);
	text_line(t);
}

bool check_label_fills(struct span s)
{
	static const char *const labels[] = {"certificate", "not checked", "redirect to"};

	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		if (span_starts(s, span_str(labels[i])))
			return true;
	return false;
}

void check_label(struct text *t, const char *label, struct span s)
{
	assert(CHECK_INDENT + strlen(label) + 2 <= CHECK_LABEL ||
	       check_label_fills(span_str(label)));
	text_to(t, CHECK_INDENT);
	text_put(t, label);
	text_to(t, CHECK_LABEL);
	text_fill(t, CHECK_LABEL, s);
}

void check_labelf(struct text *t, const char *label, const char *fmt, ...)
{
	char line[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	check_label(t, label, span_str(line));
}

void check_note(struct text *t, struct span s)
{
	text_to(t, CHECK_INDENT);
	text_fill(t, CHECK_INDENT, s);
}

struct span check_sentence(const struct record *r, const char *s, char out[CHECK_SENTENCE_MAX])
{
	static const char place[] = "<domain>";
	struct span domain = r->domain;
	size_t at = 0;

	while (*s != '\0' && at + domain.n + 1 < CHECK_SENTENCE_MAX) {
		if (domain.p != NULL && strncmp(s, place, sizeof(place) - 1) == 0) {
			memcpy(out + at, domain.p, domain.n);
			at += domain.n;
			s += sizeof(place) - 1;
		} else {
			out[at++] = *s++;
		}
	}
	assert(at < CHECK_SENTENCE_MAX);
	out[at] = '\0';
	return span_of(out, at);
}

enum text_style check_style_of(enum severity severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return TEXT_ERROR;
	case SEVERITY_WARNING:
		return TEXT_WARNING;
	case SEVERITY_INFO:
		return TEXT_INFO;
	case SEVERITY_INCONCLUSIVE:
		return TEXT_WARNING;
	}
	return TEXT_PLAIN;
}

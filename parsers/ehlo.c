/* ehlo.c - see ehlo.h. */
#include "parsers/ehlo.h"

static bool is_keyword_char(char c, bool first)
{
	char folded = (char)(c | 0x20);

	return (folded >= 'a' && folded <= 'z') || (c >= '0' && c <= '9') || (c == '-' && !first);
}

struct span ehlo_keyword(struct span line)
{
	size_t n = 0;

	while (n < line.n && is_keyword_char(line.p[n], n == 0))
		n++;
	if (n == 0 || (n < line.n && line.p[n] != ' ' && line.p[n] != '\t' && line.p[n] != '='))
		return SPAN_NULL;
	return span_of(line.p, n);
}

/* Firewalls overwrite a keyword with as many letters, so that the length of the reply stays:
 * seven "X" and one letter where STARTTLS was. */
static bool is_masked(struct span word)
{
	return word.n == sizeof("STARTTLS") - 1 && span_starts(word, SPAN_LIT("XXXXXXX"));
}

void ehlo_read(const struct smtp_reply *r, const char *bytes, struct ehlo *out)
{
	*out = (struct ehlo){0};
	for (unsigned i = 1; i < r->lines_n; i++) {
		struct span word = ehlo_keyword(smtp_reply_text(r, bytes, i));
		if (word.p == NULL)
			continue;
		out->keywords_n++;
		out->starttls = out->starttls || span_ieq(word, SPAN_LIT("STARTTLS"));
		out->starttls_masked = out->starttls_masked || is_masked(word);
		out->requiretls = out->requiretls || span_ieq(word, SPAN_LIT("REQUIRETLS"));
		out->smtputf8 = out->smtputf8 || span_ieq(word, SPAN_LIT("SMTPUTF8"));
	}
}

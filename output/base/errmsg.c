/* errmsg.c - see errmsg.h. */
#include "output/base/errmsg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parsers/utf8.h"

void errmsg_clean(char *text)
{
	const size_t n = strlen(text);

	for (size_t i = 0; i < n;) {
		unsigned length = utf8_sequence(text + i, n - i);
		if (length == 0 || utf8_deceives(text + i, length)) {
			length = length == 0 ? 1 : length;
			memset(text + i, '?', length);
		}
		i += length;
	}
}

int errmsg_set(struct errmsg *err, const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	errmsg_clean(err->text);
	return -1;
}

const char *errmsg_shown(struct errmsg *m, const char *text)
{
	errmsg_set(m, "%s", text);
	return m->text;
}

const char *errmsg_typed(struct errmsg *m, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_-./:@%+=,";
	size_t n = 0;

	if (text[0] != '\0' && strspn(text, plain) == strlen(text))
		return errmsg_shown(m, text);
	m->text[n++] = '\'';
	/* Room for a quote in the text, which is '\'' in quotes, and for the end. */
	for (; *text != '\0' && n + 6 < sizeof(m->text); text++)
		n += (size_t)snprintf(m->text + n, sizeof(m->text) - n,
				      *text == '\'' ? "'\\''" : "%c", *text);
	memcpy(m->text + n, "'", 2);
	errmsg_clean(m->text);
	return m->text;
}

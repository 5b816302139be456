/* suffix.c - see suffix.h. */
#include "parsers/suffix.h"

#include <assert.h>
#include <libpsl.h>

#include "parsers/limits.h"

/* libpsl wants a terminated string; names that are no names have no suffix. */
static const char *suffix_text(struct span name, char text[NAME_BUF])
{
	if (name.n == 0 || name.n > NAME_TEXT_MAX || memchr(name.p, '\0', name.n) != NULL)
		return NULL;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	return text;
}

bool suffix_is_public(struct span name)
{
	char text[NAME_BUF];

	return suffix_text(name, text) != NULL && psl_is_public_suffix(psl_builtin(), text);
}

struct span suffix_registrable(struct span name)
{
	char text[NAME_BUF];

	if (suffix_text(name, text) == NULL)
		return SPAN_NULL;
	const char *found = psl_registrable_domain(psl_builtin(), text);
	if (found == NULL)
		return SPAN_NULL;
	/* libpsl gives a place in the text it was asked about; its own would outlive nothing. */
	assert(found >= text && found <= text + name.n);
	size_t skip = (size_t)(found - text);
	return span_of(name.p + skip, name.n - skip);
}

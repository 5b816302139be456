/* record_name.c - see record_name.h. */
#include "output/record/record_name.h"

#include <assert.h>
#include <string.h>

#include "parsers/name.h"
#include "parsers/suffix.h"

/* What stands behind the last dot. */
static struct span last_label(struct span domain)
{
	const char *dot = memrchr(domain.p, '.', domain.n);
	const char *first = dot != NULL ? dot + 1 : domain.p;

	return span_of(first, (size_t)(domain.p + domain.n - first));
}

enum record_name record_set_name(struct record *r, struct span text, bool too_long,
				 struct arena *arena)
{
	struct name name;

	assert(r->domain.p == NULL);
	name_normalise(text, &name);
	/* The rest of the line is gone: what is left may look like another name. */
	r->name_status = (int)(too_long ? NAME_LINE_LONG : name.status);
	r->name_flags = name.flags;
	if (r->name_status != NAME_OK)
		return RECORD_NAMELESS;
	assert(name.n > 0 && name.n <= NAME_TEXT_MAX);
	r->domain = arena_copy(arena, span_of(name.text, name.n));
	if (r->domain.p == NULL)
		return RECORD_NO_MEMORY;
	r->tld = last_label(r->domain);
	r->registrable = suffix_registrable(r->domain);
	return RECORD_NAMED;
}

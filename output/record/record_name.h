/*
 * record_name.h - the name that a record is about, out of the line's text: the only place that
 * fills in name_status, name_flags, domain, tld and registrable.
 */
#ifndef MTASWEEP_RECORD_NAME_H
#define MTASWEEP_RECORD_NAME_H

#include <stdbool.h>

#include "output/base/arena.h"
#include "output/record/record.h"

enum record_name {
	RECORD_NAMED,
	RECORD_NAMELESS,  /* the text is no name; name_status says why */
	RECORD_NO_MEMORY, /* in the arena, which is to hold the domain */
};

/* text as it stands in the input; too_long: it was cut there. The record has been initialised. */
enum record_name record_set_name(struct record *r, struct span text, bool too_long,
				 struct arena *arena);

#endif

/*
 * json_walk.h - is this one JSON object, as we write them: without blanks, in well-formed UTF-8,
 * without controls and without characters that hide or reorder others? No value is looked at.
 */
#ifndef MTASWEEP_JSON_WALK_H
#define MTASWEEP_JSON_WALK_H

#include <stdbool.h>

#include "parsers/span.h"

/*
 * A byte that JSON has not (a newline) must stand behind the text. once: a key that the object
 * itself, not one within it, must have once and no more: readers do not agree which of two counts.
 */
bool json_walk_object(struct span text, struct span once);

#endif

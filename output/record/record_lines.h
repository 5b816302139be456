/*
 * record_lines.h - lines of records that somebody else wrote, looked at before they are stored.
 *
 * Whoever writes them has read hostile bytes and may have been taken over. A stored line is read by
 * any tool, and shown on terminals: so it is one line, begins as every record does, with its
 * number, ends as one, and holds no control character.
 */
#ifndef MTASWEEP_RECORD_LINES_H
#define MTASWEEP_RECORD_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/span.h"

/*
 * Takes the line in front off, and its newline, and tells its number; 0 when it is none of ours or
 * has no newline. whole: also when it is not JSON throughout, or says its number twice; that costs
 * twice what it took to write the line, so of many lines only some are looked at like this.
 */
uint64_t record_lines_next(struct span *text, bool whole);

#endif

/* record_lines.c - see record_lines.h. */
#include "output/record/record_lines.h"

#include <stdbool.h>
#include <string.h>

#include "output/record/record.h"
#include "output/text/json_walk.h"

#define NUMBER_DIGITS 19u

#define EACH(byte) (0x0101010101010101u * (byte))

/* Eight bytes at a time: 0x80 stays in each that is below 0x20. The last eight may come twice. */
static bool has_control(struct span line)
{
	uint64_t found = 0, eight;

	for (size_t i = 0; i + sizeof(eight) <= line.n; i += sizeof(eight)) {
		memcpy(&eight, line.p + i, sizeof(eight));
		found |= (eight - EACH(0x20)) & ~eight;
	}
	if (line.n < sizeof(eight))
		return true; /* shorter than any record */
	memcpy(&eight, line.p + line.n - sizeof(eight), sizeof(eight));
	found |= (eight - EACH(0x20)) & ~eight;
	return (found & EACH(0x80)) != 0;
}

uint64_t record_lines_next(struct span *text, bool whole)
{
	static const char begin[] = RECORD_LINE_BEGIN;
	const char *end = text->n > 0 ? memchr(text->p, '\n', text->n) : NULL;
	const char *p = text->p;
	uint64_t number = 0;

	if (end == NULL)
		return 0;
	struct span line = span_of(p, (size_t)(end - p));
	*text = span_of(end + 1, text->n - line.n - 1);
	if (line.n < sizeof(begin) + NUMBER_DIGITS || end[-1] != '}' ||
	    memcmp(p, begin, sizeof(begin) - 1) != 0 || has_control(line) ||
	    (whole && !json_walk_object(line, SPAN_LIT("line"))))
		return 0;
	p += sizeof(begin) - 1;
	if (*p == '0') /* no line has that number, and JSON no number that begins so */
		return 0;
	for (unsigned i = 0; i < NUMBER_DIGITS && *p >= '0' && *p <= '9'; i++)
		number = 10 * number + (uint64_t)(*p++ - '0');
	return *p == ',' ? number : 0;
}

/* record_lines.c - see record_lines.h. */
#include "output/record/record_lines.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "output/record/record.h"
#include "output/text/json_walk.h"

#define NUMBER_DIGITS 19u
#define LANES 32u

/* The least byte of each lane: a loop that compilers make one instruction of. The last lanes may
 * come twice; no record is shorter than they are. */
static bool has_control(struct span line)
{
	unsigned char least[LANES];
	size_t at = 0;

	memset(least, UCHAR_MAX, sizeof(least));
	assert(line.n >= LANES);
	while (at < line.n) {
		at = at + LANES <= line.n ? at : line.n - LANES;
		const unsigned char *p = (const unsigned char *)line.p + at;
		for (unsigned i = 0; i < LANES; i++)
			least[i] = p[i] < least[i] ? p[i] : least[i];
		at += LANES;
	}
	for (unsigned i = 0; i < LANES; i++)
		if (least[i] < 0x20)
			return true;
	return false;
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

/* input_doubt.c - see input_doubt.h. */
#include "scanner/input/input_doubt.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "parsers/name.h"

void input_doubt_see(struct input_doubt *d, const struct input_line *line)
{
	struct name name;

	if (d->seen == INPUT_DOUBT_LINES)
		return;
	d->seen++;
	name_normalise(line->text, &name);
	if (name.status == NAME_OK && !line->too_long) {
		d->www += strncmp(name.text, "www.", 4) == 0;
		return;
	}
	d->invalid++;
	assert(d->invalid <= d->seen);
	for (size_t i = 0; i < 2; i++) {
		if (d->example[i].line != 0)
			continue;
		d->example[i].line = line->line;
		snprintf(d->example[i].text, sizeof(d->example[i].text), "%.*s",
			 line->text.n < INPUT_DOUBT_TEXT ? (int)line->text.n : INPUT_DOUBT_TEXT,
			 line->text.p);
		errmsg_clean(d->example[i].text);
		return;
	}
}

bool input_doubt_is_serious(const struct input_doubt *d)
{
	return 2 * d->invalid > d->seen;
}

void input_doubt_www(const struct input_doubt *d, char *buf, size_t cap)
{
	assert(cap > 0);
	buf[0] = '\0';
	if (d->www > 0 && 10 * d->www >= d->seen)
		snprintf(buf, cap,
			 "%u of the first %u names begin with 'www.': they are scanned as they "
			 "stand, but mail usually goes to the name without it",
			 d->www, d->seen - d->invalid);
}

void input_doubt_examples(const struct input_doubt *d, char *buf, size_t cap)
{
	int n = 0;

	assert(cap > 0);
	buf[0] = '\0';
	for (size_t i = 0; i < 2 && d->example[i].line != 0 && n >= 0 && (size_t)n < cap; i++)
		n += snprintf(buf + n, cap - (size_t)n, "%sline %" PRIu64 ": '%s'",
			      i == 0 ? "" : ", ", d->example[i].line, d->example[i].text);
}

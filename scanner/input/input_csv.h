/*
 * input_csv.h - which column of a line is the name, the rank and the tag.
 *
 * Fields as in RFC 4180, but a record is one physical line: a quoted field cannot hold a newline.
 */
#ifndef MTASWEEP_INPUT_CSV_H
#define MTASWEEP_INPUT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/span.h"

struct input_columns {
	char separator; /* ',' '\t' or ';' */
	bool header; /* the first line names the columns; otherwise lines are NAME or RANK,NAME */
	int domain, rank, tag; /* with a header: column from 0, -1 when there is none */
};

/*
 * Looks at the first line of a file. A header is a line with a field that is called like a domain
 * column ("domain", "origin" ...) and no field that is a number. `tag_column` may be NULL.
 */
void input_columns_detect(struct input_columns *c, struct span line, const char *tag_column);

/* The fields of a line; a field that is not there is SPAN_NULL, rank -1. Spans point into the line,
 * where quoted fields are unquoted in place. */
void input_columns_pick(const struct input_columns *c, char *line, size_t n, struct span *text,
			int64_t *rank, struct span *tag);

#endif

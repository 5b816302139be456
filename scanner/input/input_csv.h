/*
 * input_csv.h - the fields of a line, and which of them are the name, the rank and the tag.
 *
 * Fields as in RFC 4180. A quote means something only where it begins a field.
 */
#ifndef MTASWEEP_INPUT_CSV_H
#define MTASWEEP_INPUT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/span.h"

#define INPUT_BLANKS ' ' /* as a separator: any run of blanks and tabs */

struct input_fields {
	const char *at, *end; /* at == NULL: no field is left */
	char separator;
	bool open; /* the last one was a quoted field without an end */
};

/* Begins with the first field. A line has one field at least, which may be empty. */
struct input_fields input_fields_of(struct span line, char separator);
/* The next field as it stands, quotes and all, blanks around it cut. */
bool input_fields_next(struct input_fields *f, struct span *out);
/* The value of a field. Writes to `out` (which may be where the field lies, of field.n bytes) only
 * what is quoted. */
struct span input_field_value(struct span field, char *out);

bool input_is_number(struct span s);

/*
 * The layout of a file. Invariant: with a header or `wide`, domain >= 0.
 */
struct input_columns {
	char separator;	       /* ',' '\t' ';' '|' ..., or INPUT_BLANKS */
	bool header;	       /* a first line names the columns */
	bool header_commented; /* and that line begins with '#' */
	bool wide;     /* lines have several columns; otherwise a line is NAME or RANK,NAME */
	bool reversed; /* names are written from the top down: com.example */
	char told;     /* the separator that a first line "sep=;" tells; '\0': no such line */
	int domain, rank, tag; /* column from 0, -1 when there is none */
};

/* The fields of a line; a field that is not there is SPAN_NULL, rank -1. Spans point into the line,
 * where quoted fields are unquoted in place and reversed names turned round. */
void input_columns_pick(const struct input_columns *c, char *line, size_t n, struct span *text,
			int64_t *rank, struct span *tag);

#endif

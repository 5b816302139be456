/*
 * csv.h - rows of comma-separated values (RFC 4180) that are safe to open.
 *
 * Lines end in LF, and a cell has quotes where it needs them: a list of names with one column is
 * one name a line, for other programs.
 * Names, tags and details come from strangers: text that a spreadsheet would take for a formula
 * gets an apostrophe in front, and what is no UTF-8, controls or reorders text becomes a blank.
 */
#ifndef MTASWEEP_CSV_H
#define MTASWEEP_CSV_H

#include <stdio.h>

#include "parsers/span.h"

/* The heading as it stands. */
void csv_heading(FILE *out, const char *const *columns, unsigned n);
void csv_row(FILE *out, const struct span *cells, unsigned n);

#endif

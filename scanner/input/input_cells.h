/* input_cells.h - what the cells of the first rows hold; private to the layout. */
#ifndef MTASWEEP_INPUT_CELLS_H
#define MTASWEEP_INPUT_CELLS_H

#include "scanner/input/input_layout.h"

enum cell {
	CELL_NONE,   /* the row has no such column */
	CELL_EMPTY,  /* or "(blank)", "-", "n/a", "null" */
	CELL_NUMBER, /* digits only */
	CELL_HOST,   /* a name of two labels or more, whose last one can be a top-level domain */
	CELL_LABEL,  /* a name of one label */
	CELL_URL,
	CELL_EMAIL,
	CELL_OTHER,
};

/* The field of a row, quotes and all; SPAN_NULL: the row is shorter. */
struct span cells_field(struct span row, char separator, int column);
unsigned cells_count(struct span row, char separator);
enum cell cells_kind(struct span row, char separator, int column);

static inline bool cell_is_name(enum cell c)
{
	return c == CELL_HOST || c == CELL_URL || c == CELL_EMAIL;
}

/* Of the rows from `from` on: how many have something in a column, and what. */
struct cells_tally {
	size_t filled, numbers, hosts, names, labels;
};
struct cells_tally cells_tally(const struct input_sample *s, size_t from, char separator,
			       int column);
/* At least half of what is there are names; nothing there is no evidence against it. */
bool cells_hold_names(struct cells_tally t);
/* The one column in which most rows have host names; -1: none, or several. */
int cells_only_hosts(const struct input_sample *s, size_t from, char separator, unsigned columns);

#endif

/*
 * diff_order.h - rows about names that changed, by direction, what is gravest first, then by name.
 *
 * Rows come in the order of the names. They wait in bounded memory and a temporary file (rowsort.h)
 * until all are known.
 */
#ifndef MTASWEEP_DIFF_ORDER_H
#define MTASWEEP_DIFF_ORDER_H

#include <stdio.h>

#include "output/diff/diff.h"

struct diff_order {
	FILE *row; /* where the next one is written */
	char *text;
	size_t text_n;
	struct rowsort *rows[DIFF_DIRECTIONS];
	uint64_t told[DIFF_DIRECTIONS][DIFF_GRAVITIES];
	bool failed; /* for want of memory or disk */
};

/* 0, or -1 without memory. End in both cases. */
int diff_order_begin(struct diff_order *o);
/* Counts c. Whether its row may be one of the first `most` of its direction. */
bool diff_order_wants(struct diff_order *o, const struct diff_change *c, uint64_t most);
/* What was written to o->row is c's row. */
void diff_order_put(struct diff_order *o, const struct diff_change *c);
/* The first `most` rows of the direction, once. */
void diff_order_write(struct diff_order *o, enum diff_direction direction, uint64_t most,
		      FILE *out);
void diff_order_end(struct diff_order *o);

#endif

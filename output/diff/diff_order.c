/* diff_order.c - see diff_order.h. */
#include "output/diff/diff_order.h"

#include <assert.h>
#include <stdlib.h>

#include "output/diff/rowsort.h"

#define ORDER_MEMORY (4u << 20) /* bytes of rows a direction */

int diff_order_begin(struct diff_order *o)
{
	*o = (struct diff_order){.failed = false};
	o->row = open_memstream(&o->text, &o->text_n);
	if (o->row == NULL)
		return -1;
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		o->rows[i] = rowsort_new(ORDER_MEMORY);
		if (o->rows[i] == NULL)
			return -1;
	}
	return 0;
}

void diff_order_end(struct diff_order *o)
{
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++)
		rowsort_free(o->rows[i]);
	if (o->row != NULL)
		fclose(o->row);
	free(o->text);
}

bool diff_order_wants(struct diff_order *o, const struct diff_change *c, uint64_t most)
{
	assert(c->gravity < DIFF_GRAVITIES);
	return o->told[c->direction][c->gravity]++ < most;
}

void diff_order_put(struct diff_order *o, const struct diff_change *c)
{
	char gravity = (char)('A' + c->gravity);
	struct errmsg err;
	struct buf key;

	buf_init(&key, RECORD_LINE_MAX);
	buf_bytes(&key, &gravity, 1);
	buf_bytes(&key, c->domain.p, c->domain.n);
	o->failed = o->failed || key.failed || fflush(o->row) != 0 ||
		    rowsort_add(o->rows[c->direction], span_of(key.p, key.n),
				span_of(o->text, (size_t)ftello(o->row)), &err) != 0;
	buf_release(&key);
	rewind(o->row);
}

void diff_order_write(struct diff_order *o, enum diff_direction direction, uint64_t most, FILE *out)
{
	struct span key, row;
	struct errmsg err;
	int rc = 1;

	for (uint64_t i = 0; i < most && rc == 1; i++) {
		rc = rowsort_next(o->rows[direction], &key, &row, &err);
		if (rc == 1)
			fwrite(row.p, 1, row.n, out);
	}
	o->failed = o->failed || rc < 0;
}

/* line_queue.c - see line_queue.h. */
#include "scanner/worker/line_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What was taken makes room once it is more than half of all: no byte is moved for more than one
 * that was taken. */
int line_queue_add(struct line_queue *q, const uint8_t *bytes, size_t n)
{
	assert(q->at <= q->n && q->n <= q->cap);
	if (n == 0)
		return 0;
	if (n > q->cap - q->n && q->at > q->cap / 2) {
		memmove(q->bytes, q->bytes + q->at, q->n - q->at);
		q->n -= q->at;
		q->at = 0;
	}
	if (n > q->cap - q->n) {
		size_t cap = 2 * (q->n + n);
		uint8_t *grown = realloc(q->bytes, cap);
		if (grown == NULL)
			return -1;
		q->bytes = grown;
		q->cap = cap;
	}
	memcpy(q->bytes + q->n, bytes, n);
	q->n += n;
	return 0;
}

void line_queue_release(struct line_queue *q)
{
	free(q->bytes);
	*q = (struct line_queue){0};
}

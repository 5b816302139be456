/* buf.c - see buf.h. */
#include "output/text/buf.h"

#include <assert.h>
#include <stdlib.h>

#define BUF_FIRST 4096u

void buf_init(struct buf *b, size_t max)
{
	assert(max > 0);
	*b = (struct buf){.max = max};
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

bool buf_grow(struct buf *b, size_t n)
{
	assert(b->n <= b->cap && b->cap <= b->max);
	if (b->failed)
		return false;
	if (n > b->max - b->n) {
		b->failed = true;
		return false;
	}
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
	while (cap < b->n + n)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	char *p = realloc(b->p, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

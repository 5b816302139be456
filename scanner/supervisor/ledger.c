/* ledger.c - see ledger.h. */
#include "scanner/supervisor/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void ledger_init(struct ledger *l)
{
	*l = (struct ledger){.next = 1};
}

void ledger_release(struct ledger *l)
{
	for (size_t i = 0; i < l->n; i++)
		chunk_free(l->v[i]);
	free(l->v);
	*l = (struct ledger){0};
}

int ledger_add(struct ledger *l, struct chunk *c)
{
	assert(c->n > 0 && c->first >= l->next);
	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? 2 * l->cap : 256;
		struct chunk **v = reallocarray(l->v, cap, sizeof(struct chunk *));
		if (v == NULL)
			return -1;
		l->v = v;
		l->cap = cap;
	}
	assert(c->left > 0 && c->left <= c->n); /* lines are never added to it any more */
	l->v[l->n++] = c;
	l->next = c->last + 1;
	l->lines += c->left;
	return 0;
}

/* Index of the last chunk that begins at or before the line; l->n when there is none. */
static size_t ledger_index(const struct ledger *l, uint64_t line)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->v[middle]->first <= line)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && l->v[low - 1]->last >= line ? low - 1 : l->n;
}

/* The chunk that holds the line, or NULL. */
static struct chunk *ledger_find(const struct ledger *l, uint64_t line)
{
	size_t i = ledger_index(l, line);

	return i < l->n ? l->v[i] : NULL;
}

int ledger_mark(struct ledger *l, uint64_t line, const void *holder)
{
	struct chunk *c = ledger_find(l, line);

	if (c == NULL || c->holder != holder || chunk_mark(c, line, true) != 0)
		return -1;
	assert(l->lines > 0);
	l->lines--;
	l->done++;
	return 0;
}

void ledger_unmark(struct ledger *l, uint64_t line)
{
	struct chunk *c = ledger_find(l, line);

	assert(c != NULL);
	int rc = chunk_mark(c, line, false);
	assert(rc == 0);
	assert(l->done > 0);
	l->lines++;
	l->done--;
}

struct chunk *ledger_settle(struct ledger *l, uint64_t line)
{
	size_t i = ledger_index(l, line);

	if (i == l->n) /* its chunk is settled already */
		return NULL;
	struct chunk *c = l->v[i];
	if (c->left == 0) {
		memmove(&l->v[i], &l->v[i + 1], (l->n - i - 1) * sizeof(l->v[0]));
		l->n--;
		return c;
	}
	if (c->left * 4 <= c->n && c->n > 4 && (l->n > LEDGER_ROOMY || c->cap > CHUNK_BYTES_KEPT))
		chunk_compact(c);
	return NULL;
}

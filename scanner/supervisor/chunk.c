/* chunk.c - see chunk.h. */
#include "scanner/supervisor/chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct chunk *chunk_new(void)
{
	return calloc(1, sizeof(struct chunk));
}

void chunk_free(struct chunk *c)
{
	if (c == NULL)
		return;
	free(c->bytes);
	free(c);
}

void chunk_reset(struct chunk *c)
{
	*c = (struct chunk){.bytes = c->bytes, .cap = c->cap};
}

bool chunk_full(const struct chunk *c)
{
	return c->n == CHUNK_LINES;
}

int chunk_add(struct chunk *c, const struct proto_line *head, const char *text, const char *tag)
{
	size_t at = c->offset[c->n], n = sizeof(*head) + head->text_n + head->tag_n;

	assert(!chunk_full(c) && (c->n == 0 || head->line > c->last));
	if (at + n > c->cap) {
		size_t cap = at + n < CHUNK_BYTES ? CHUNK_BYTES : 2 * (at + n);
		uint8_t *bytes = realloc(c->bytes, cap);
		if (bytes == NULL)
			return -1;
		c->bytes = bytes;
		c->cap = cap;
	}
	memcpy(c->bytes + at, head, sizeof(*head));
	if (head->text_n > 0)
		memcpy(c->bytes + at + sizeof(*head), text, head->text_n);
	if (head->tag_n > 0)
		memcpy(c->bytes + at + sizeof(*head) + head->text_n, tag, head->tag_n);
	if (c->n == 0)
		c->first = head->line;
	c->last = head->line;
	c->line[c->n] = head->line;
	c->done[c->n] = false;
	c->n++;
	c->left++;
	c->offset[c->n] = (uint32_t)(at + n);
	return 0;
}

int chunk_mark(struct chunk *c, uint64_t line, bool done)
{
	unsigned low = 0, high = c->n;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (c->line[middle] < line)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == c->n || c->line[low] != line || c->done[low] == done)
		return -1;
	c->done[low] = done;
	c->left += done ? -1u : 1u;
	return 0;
}

void chunk_compact(struct chunk *c)
{
	unsigned kept = 0;
	uint32_t at = 0;

	for (unsigned i = 0; i < c->n; i++) {
		uint32_t from = c->offset[i], n = c->offset[i + 1] - from;
		if (c->done[i])
			continue;
		memmove(c->bytes + at, c->bytes + from, n);
		c->line[kept] = c->line[i];
		c->done[kept] = false;
		c->offset[kept] = at;
		at += n;
		kept++;
	}
	assert(kept == c->left);
	c->n = kept;
	c->offset[kept] = at;
	uint8_t *bytes = realloc(c->bytes, at > 0 ? at : 1);
	if (bytes != NULL) {
		c->bytes = bytes;
		c->cap = at;
	}
}

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

int chunk_add(struct chunk *c, const struct message_line *line)
{
	size_t at = c->offset[c->n], n = message_line_size(line);

	assert(!chunk_full(c) && (c->n == 0 || line->line > c->last));
	assert(at <= c->cap && at + n <= UINT32_MAX);
	if (at + n > c->cap) {
		size_t cap = at + n < CHUNK_BYTES ? CHUNK_BYTES : 2 * (at + n);
		uint8_t *bytes = realloc(c->bytes, cap);
		if (bytes == NULL)
			return -1;
		c->bytes = bytes;
		c->cap = cap;
	}
	message_write_line(line, c->bytes + at);
	if (c->n == 0)
		c->first = line->line;
	c->last = line->line;
	c->line[c->n] = line->line;
	c->done[c->n] = false;
	c->n++;
	c->left++;
	c->offset[c->n] = (uint32_t)(at + n);
	return 0;
}

struct message_line chunk_line(const struct chunk *c, unsigned i)
{
	struct message_line line;

	assert(i < c->n);
	size_t n = c->offset[i + 1] - c->offset[i];
	size_t took = message_read_line(c->bytes + c->offset[i], n, &line);
	assert(took == n && line.line == c->line[i]);
	return line;
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
	assert(c->left <= c->n);
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

/* arena.c - see arena.h. */
#include "output/base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_ALIGN 16u
#define ARENA_BLOCK 16384u

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(ARENA_ALIGN) char data[];
};

int arena_init(struct arena *a, size_t first, size_t extra_max)
{
	*a = (struct arena){.extra_max = extra_max};
	if (first > 0) {
		a->base = malloc(first);
		if (a->base == NULL)
			return -1;
	}
	a->size = a->base != NULL ? first : 0;
	a->at = a->base;
	a->room = a->size;
	return 0;
}

void arena_reset(struct arena *a)
{
	while (a->more != NULL) {
		struct arena_block *next = a->more->next;
		free(a->more);
		a->more = next;
	}
	a->extra = 0;
	a->used = 0;
	a->at = a->base;
	a->room = a->size;
}

void arena_release(struct arena *a)
{
	arena_reset(a);
	free(a->base);
	*a = (struct arena){0};
}

/* A new block becomes the current one; the rest of the old one is given up. */
static int arena_grow(struct arena *a, size_t n)
{
	size_t size = n > ARENA_BLOCK ? n : ARENA_BLOCK;

	if (size > a->extra_max - a->extra) {
		size = n;
		if (size > a->extra_max - a->extra)
			return -1;
	}
	struct arena_block *block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return -1;
	block->next = a->more;
	block->size = size;
	a->more = block;
	a->extra += size;
	a->at = block->data;
	a->room = size;
	a->used = 0;
	return 0;
}

void *arena_alloc(struct arena *a, size_t n)
{
	assert(a->extra <= a->extra_max);
	if (n > SIZE_MAX / 2)
		return NULL;
	size_t rounded = (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (rounded == 0)
		rounded = ARENA_ALIGN;
	if (rounded > a->room - a->used && arena_grow(a, rounded) != 0)
		return NULL;
	void *p = a->at + a->used;
	a->used += rounded;
	return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);
	if (p != NULL)
		memset(p, 0, n);
	return p;
}

struct span arena_copy(struct arena *a, struct span s)
{
	if (s.p == NULL)
		return SPAN_NULL;
	char *p = arena_alloc(a, s.n + 1);
	if (p == NULL)
		return SPAN_NULL;
	memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return span_of(p, s.n);
}

struct span arena_printf(struct arena *a, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return SPAN_NULL;
	size_t kept = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	return arena_copy(a, span_of(text, kept));
}

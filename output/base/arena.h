/*
 * arena.h - memory that lives exactly as long as one name's job.
 *
 * Bump allocation; the first block is made once and kept, later ones are freed by arena_reset().
 * Invariants: memory is aligned to 16 bytes and uninitialised; nothing is freed singly; the total
 * is capped, and past the cap (or without memory) arena_alloc() returns NULL, which callers turn
 * into our own failure, never into a finding.
 */
#ifndef MTASWEEP_ARENA_H
#define MTASWEEP_ARENA_H

#include <stddef.h>

#include "parsers/span.h"

struct arena_block;

struct arena {
	char *base;  /* first block, owned by the arena, kept across resets */
	size_t size; /* of the first block */
	size_t used; /* of the current block */
	char *at;    /* current block's memory */
	size_t room; /* current block's size */
	struct arena_block *more;
	size_t extra;	  /* bytes in further blocks */
	size_t extra_max; /* cap for them */
};

/* 0, or -1 without memory. first > 0 is allocated at once. */
int arena_init(struct arena *a, size_t first, size_t extra_max);
void arena_reset(struct arena *a);
void arena_release(struct arena *a);

void *arena_alloc(struct arena *a, size_t n);
void *arena_zalloc(struct arena *a, size_t n);
/* Copies with a terminating NUL that is not part of the span; SPAN_NULL stays SPAN_NULL. A copy
 * that does not fit gives SPAN_NULL too. */
struct span arena_copy(struct arena *a, struct span s);
struct span arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif

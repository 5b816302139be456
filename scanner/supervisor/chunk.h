/*
 * chunk.h - some lines of the input that are handed to one worker together, and which of them came
 * back.
 *
 * Line numbers rise within a chunk and from chunk to chunk, and no two chunks overlap. The bytes of
 * lines that are done may be dropped (chunk_compact), so that one slow name does not hold a whole
 * chunk in memory.
 */
#ifndef MTASWEEP_CHUNK_H
#define MTASWEEP_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/pipe/message.h"

#define CHUNK_LINES 128u
#define CHUNK_BYTES (CHUNK_LINES * 64u)	   /* what usual lines need: nothing grows then */
#define CHUNK_BYTES_KEPT (4 * CHUNK_BYTES) /* a chunk with more is not kept for later lines */

struct chunk {
	struct chunk *next;   /* in a queue of its holder */
	uint64_t first, last; /* line numbers, also of those that were dropped */
	unsigned n, left;     /* lines here; of them not done */
	unsigned deaths;      /* workers that died while they had it */
	/* Of a suspect, which goes to a worker alone and in parts: */
	unsigned region;    /* lines in front, one of which is to blame; 0: any */
	unsigned sent;	    /* of them at the worker, from the first ... */
	unsigned sent_left; /* ... when so many were not done */
	void *holder;	    /* the worker that has it; NULL: nobody */
	uint64_t given_ms;  /* since when, or since when the part of it */
	uint64_t line[CHUNK_LINES];
	bool done[CHUNK_LINES];
	uint32_t offset[CHUNK_LINES + 1]; /* of each line's bytes, as in PROTO_LINES */
	size_t cap;
	uint8_t *bytes;
};

struct chunk *chunk_new(void);
void chunk_free(struct chunk *c);
/* Makes it as new, but for its memory. */
void chunk_reset(struct chunk *c);
/* 0, or -1 without memory. The chunk must not be full. */
int chunk_add(struct chunk *c, const struct message_line *line);
bool chunk_full(const struct chunk *c);
/* The i-th line, as it was added; its spans die with the next chunk_add() or chunk_compact(). */
struct message_line chunk_line(const struct chunk *c, unsigned i);
/* 0; -1 when the line is not in it or is so marked already. */
int chunk_mark(struct chunk *c, uint64_t line, bool done);
/* Drops lines that are done. */
void chunk_compact(struct chunk *c);

#endif

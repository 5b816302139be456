/*
 * frame.h - NDJSON lines in independent zstd frames (RFC 8878).
 *
 * A frame holds whole lines, states its content size and carries a checksum, so any prefix of a
 * file that ends at a frame decodes, a killed run's file still loads, and the lines of a frame are
 * trusted only once all of it was verified.
 */
#ifndef MTASWEEP_FRAME_H
#define MTASWEEP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "parsers/span.h"

struct frame_writer;

#define FRAME_LEVEL_DEFAULT 3

/* level: 1 (fast) to 19; NULL without memory. The compression context is made here and reused. */
struct frame_writer *frame_writer_new(int level);
void frame_writer_free(struct frame_writer *w);

/* Adds n bytes of whole lines to the frame that is being filled. 0, or -1 without memory. */
int frame_add(struct frame_writer *w, const char *lines, size_t n);
/* Bytes in the frame that is being filled. */
size_t frame_pending(const struct frame_writer *w);
/*
 * Compresses what was added into one frame and begins a new one. *frame is owned by the writer and
 * valid until the next call. Nothing added: *frame_n is 0. 0, or -1 (our failure; the lines are
 * kept).
 */
int frame_finish(struct frame_writer *w, const uint8_t **frame, size_t *frame_n);

/*
 * Reader. Takes a file of frames, or plain NDJSON (told by its first bytes). A frame of up to
 * FRAME_WHOLE_MAX bytes of text is delivered only once its checksum was right; larger ones, which
 * other tools make, stream. Behind damage it looks for the next frame that decodes.
 */
#define FRAME_WHOLE_MAX (16u << 20)

enum frame_status {
	FRAME_LINE,	 /* a line */
	FRAME_END,	 /* the file ended where a frame ended */
	FRAME_TRUNCATED, /* the file ends inside a frame: a crash, or a run in progress; nothing
			    follows */
	FRAME_CORRUPT,	 /* a damaged or foreign stretch was skipped; go on reading */
	FRAME_LONG,	 /* a line over line_max was skipped; go on reading */
	FRAME_FAILED,	 /* reading failed, or memory (err); nothing follows */
};

struct frame_place {
	uint64_t frame;	  /* of the last line, from 1; 0 in plain text */
	uint64_t line;	  /* of the last line, in the file, from 1 */
	uint64_t offset;  /* FRAME_CORRUPT, FRAME_TRUNCATED: where the stretch begins in the file */
	uint64_t skipped; /* ... and its length */
};

struct frame_reader;

/* The descriptor stays the caller's. NULL without memory. */
struct frame_reader *frame_reader_new(int fd, size_t line_max);
void frame_reader_free(struct frame_reader *r);
/* *line is without '\n' and valid until the next call. */
enum frame_status frame_reader_next(struct frame_reader *r, struct span *line, struct errmsg *err);
struct frame_place frame_reader_place(const struct frame_reader *r);

#endif

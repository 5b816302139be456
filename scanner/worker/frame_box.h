/*
 * frame_box.h - records on their way out of a worker: lines, their numbers and facts rows, until
 * there is enough for one frame of the results.
 */
#ifndef MTASWEEP_FRAME_BOX_H
#define MTASWEEP_FRAME_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "output/text/json.h"
#include "output/record/record_emit.h"
#include "scanner/pipe/message.h"

#define FRAME_BOX_LINES MESSAGE_FRAME_LINES_MAX
#define FRAME_BOX_TEXT (512u << 10) /* text after which a frame is full */

struct frame_box {
	struct record_emitter *emitter;
	struct buf line, text;
	uint8_t *facts;
	size_t facts_n, facts_cap;
	uint32_t lines_n;
	uint64_t first_ms; /* when its first record came */
	uint64_t lines[FRAME_BOX_LINES];
};

/* 0, or -1 without memory; so do the others. */
int frame_box_init(struct frame_box *b);
void frame_box_release(struct frame_box *b);
int frame_box_add(struct frame_box *b, const struct record *r, uint64_t now_ms);
bool frame_box_full(const struct frame_box *b);
/* Sends what it holds as one PROTO_FRAME and empties it. Nothing held: does nothing. */
int frame_box_send(struct frame_box *b, struct proto_pipe *pipe);

#endif

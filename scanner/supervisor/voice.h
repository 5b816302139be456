/*
 * voice.h - what a worker says on its standard error, line by line, bounded.
 *
 * A worker does not hold the user's terminal or log: its standard error is a pipe to here.
 */
#ifndef MTASWEEP_VOICE_H
#define MTASWEEP_VOICE_H

#include <uv.h>

#define VOICE_LINES_MAX 400u /* then nobody listens any more; a sanitizer's report is shorter */

struct voice;

/* said() is called with each line, cut at 255 bytes and not yet harmless. NULL without memory. */
struct voice *voice_new(uv_loop_t *loop, void (*said)(void *user, const char *line), void *user);
/* For uv_spawn(): the child's end is a descriptor that it writes to. */
uv_stream_t *voice_stream(struct voice *v);
/* After uv_spawn(). */
void voice_start(struct voice *v);
/* Says what is left, and frees it. Called when the worker is gone, or there is none: somebody else
 * may still hold its end. */
void voice_release(struct voice *v);

#endif

/*
 * feed.h - the input as chunks of lines, read ahead in the background so that a slow pipe never
 * holds up the loop. Applies --shard and --sample, and on resume leaves out what is done.
 */
#ifndef MTASWEEP_FEED_H
#define MTASWEEP_FEED_H

#include <uv.h>

#include "output/base/errmsg.h"
#include "scanner/supervisor/chunk.h"
#include "scanner/input/input.h"
#include "scanner/input/input_doubt.h"
#include "scanner/options/scan_options.h"

#define FEED_SPARE 96u /* chunks kept to be filled again */

struct feed;

struct feed_config {
	const struct scan_options *options; /* must outlive the feed */
	uint64_t next;			    /* lines from here on are wanted ... */
	const uint64_t *pending; /* ... and these below it, rising; must outlive the feed */
	size_t pending_n;
	void (*ready)(void *user); /* something changed: chunks, end or failure */
	void *user;
};

struct feed *feed_open(uv_loop_t *loop, const struct feed_config *config, struct errmsg *err);
/* As input_expect(); before the first feed_take(). No line is given out before they were read. */
void feed_expect(struct feed *f, uint64_t bytes, const char *sha256);
/* Ends a read that is under way, soon; nothing is read afterwards. */
void feed_stop(struct feed *f);
/* A read under way must have ended: feed_busy(). */
void feed_close(struct feed *f);
bool feed_busy(const struct feed *f);

/* The next chunk, the caller's; NULL when none is at hand now. */
struct chunk *feed_take(struct feed *f);
/*
 * Takes over a chunk that is used up (NULL: nothing), for lines that are read later. At most
 * FEED_SPARE are kept, none of them with more than CHUNK_BYTES_KEPT: usually 0.9 MiB, never over
 * 3.5 MiB. feed_close() frees them.
 */
void feed_give_back(struct feed *f, struct chunk *c);
/* The input has ended or failed; chunks may be left. */
bool feed_all_read(const struct feed *f);
/* No chunk will come any more. */
bool feed_ended(const struct feed *f);
/* NULL, or why the input cannot be read on. */
const char *feed_error(const struct feed *f);
/* That was our own fault: no memory. */
bool feed_starved(const struct feed *f);
/* Lines that belong to other shards or were not drawn. Not while a read is under way. */
uint64_t feed_elsewhere(const struct feed *f);
/* What the first lines look like, of all shards. Not while a read is under way. */
const struct input_doubt *feed_doubt(const struct feed *f);
/* For totals and positions; not while a read is under way. */
struct input *feed_input(struct feed *f);
/* Names among the bytes that feed_position() tells of; may be asked at any time. */
uint64_t feed_names(const struct feed *f);
/* Bytes read so far, and of how many (0 unknown); may be asked at any time. */
void feed_position(const struct feed *f, uint64_t *at, uint64_t *total);

#endif

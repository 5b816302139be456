/*
 * run_source.h - the records of a stored run, one after the other, with everything that is wrong
 * with it.
 *
 * A run is its directory (results.ndjson.zst and run.json), or a file of records on its own. Damage
 * is told as remarks, with file, frame and line; what can be read is read.
 */
#ifndef MTASWEEP_RUN_SOURCE_H
#define MTASWEEP_RUN_SOURCE_H

#include "output/base/arena.h"
#include "output/base/errmsg.h"
#include "output/run/frame.h"
#include "output/record/record_read.h"
#include "output/run/runinfo.h"

/* Sentences about what was read, bounded; further ones are counted. */
#define REMARKS_MAX 64
#define RUN_ARENA_MAX (32u << 20) /* for the parts of one record */
struct remarks {
	unsigned n, dropped;
	const char *v[REMARKS_MAX]; /* owned */
};
void remarks_add(struct remarks *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void remarks_release(struct remarks *r);

struct run_source {
	char path[4096]; /* of the file of records */
	int fd;
	struct runinfo info; /* of a file alone: records only, not completed */
	bool has_info;
	struct frame_reader *frames;
	struct record_reader reader;
	struct arena arena; /* of the current record */
	struct remarks *remarks;
	uint64_t records;
	uint64_t damaged;	       /* stretches and lines that could not be read */
	uint64_t bad_lines, stretches; /* what they were */
	uint64_t older, newer, unknown_words;
};

enum run_status {
	RUN_RECORD,
	RUN_END,
	RUN_FAILED,  /* our own failure, or not one record can be read of what is there: err */
	RUN_NOTHING, /* run_tell() only: no record, go on */
};

/* 0 or -1 (err). `remarks` is the caller's and outlives the source. Close in both cases. */
int run_open(struct run_source *s, const char *path, struct remarks *remarks, struct errmsg *err);
/* *line: the record as stored, without '\n'. Both are valid until the next call. */
enum run_status run_next(struct run_source *s, struct record *r, struct span *line,
			 struct errmsg *err);
void run_close(struct run_source *s);

/*
 * What run_next() is made of, for those who parse several lines at once: what was found next in the
 * file, and what it meant.
 */
struct run_item {
	enum frame_status found;
	struct frame_place place;
	/* Of a FRAME_LINE, by run_parse(); text is static. */
	enum record_read_status read;
	int64_t schema;
	unsigned missing, unknown_words;
	size_t at;
	const char *error, *key;
};

/* In the file's order. *line, of a FRAME_LINE only and never empty, is valid until the next call;
 * err is set with FRAME_FAILED. Uses the source's descriptor, path and frames, nothing else of
 * it. */
void run_find(struct run_source *s, struct run_item *item, struct span *line, struct errmsg *err);
/* In any order and by any thread. The caller resets the arena. */
void run_parse(struct run_item *item, struct record_reader *reader, struct span line,
	       struct arena *a, struct record *r);
/* In the file's order: counts, and adds remarks. err is set with RUN_FAILED. */
enum run_status run_tell(struct run_source *s, const struct run_item *item, struct errmsg *err);
/* Whether nothing can be found behind it. */
bool run_item_last(const struct run_item *item);

#endif

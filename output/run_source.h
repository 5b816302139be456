/*
 * run_source.h - the records of a stored run, one after the other, with everything that is wrong
 * with it.
 *
 * A run is its directory (results.ndjson.zst and run.json), or a file of records on its own. Damage
 * is told as remarks, with file, frame and line; what can be read is read.
 */
#ifndef MTASWEEP_RUN_SOURCE_H
#define MTASWEEP_RUN_SOURCE_H

#include "output/arena.h"
#include "output/errmsg.h"
#include "output/frame.h"
#include "output/record_read.h"
#include "output/runinfo.h"

/* Sentences about what was read, bounded; further ones are counted. */
#define REMARKS_MAX 64
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
	uint64_t damaged; /* stretches and lines that could not be read */
	uint64_t bad_lines, older, newer, unknown_words;
};

enum run_status {
	RUN_RECORD,
	RUN_END,
	RUN_FAILED, /* our own failure, or the file cannot be read at all: err */
};

/* 0 or -1 (err). `remarks` is the caller's and outlives the source. Close in both cases. */
int run_open(struct run_source *s, const char *path, struct remarks *remarks, struct errmsg *err);
/* *line: the record as stored, without '\n'. Both are valid until the next call. */
enum run_status run_next(struct run_source *s, struct record *r, struct span *line,
			 struct errmsg *err);
void run_close(struct run_source *s);

#endif

/*
 * input.h - the names that are to be scanned, one line after the other.
 *
 * Plain lines, RANK,NAME and CSV with a header (input_layout.h); any of them gzip, zstd or xz;
 * CRLF, a byte order mark, comments and blank lines; several files, and "-" for standard input.
 * Streams in constant memory whatever the length of files and lines.
 *
 * All calls on one reader come from one thread at a time (any thread): a loop that lets a pool
 * thread run input_next() asks for counts and positions when that call is over.
 */
#ifndef MTASWEEP_INPUT_H
#define MTASWEEP_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "parsers/span.h"
#include "scanner/base/digest.h"

/* Everything here is borrowed and must outlive the reader. */
struct input_config {
	const char *const *paths; /* "-" is standard input, at most once */
	size_t paths_n;
	const char *tag_column;	   /* as domain_column; NULL: none. Every file must have it */
	const char *domain_column; /* a name of the header, or a number from 1; NULL: find it */
	char separator;		   /* '\0': find it; ' ' is any run of blanks */
	bool no_header;		   /* the first line is a name like the others */
};

/* One line that is to give one record. The spans live until the next call. */
struct input_line {
	uint64_t line;	  /* from 1, over all files; blank lines, comments and headers count */
	struct span text; /* the name as given; empty when the line has no such field */
	int64_t rank;	  /* -1: none */
	struct span tag;  /* at most INPUT_TAG_MAX; SPAN_NULL: none */
	bool too_long;	  /* over INPUT_LINE_MAX; what is over was dropped */
};

/* lines = blank + comments + headers + continued + lines given out. A first line "sep=;", as Excel
 * reads and writes it, is among the comments. Continued are those into which
 * a quoted field of the line before goes on. */
struct input_counts {
	uint64_t lines, blank, comments, headers, continued;
};

struct input_file {
	const char *path;
	uint64_t bytes;		  /* raw, read so far */
	uint8_t sha256[DIGEST_N]; /* of those bytes */
	bool complete;		  /* read to its end */
};

struct input;

/* Opens every ordinary file once and reads its first lines, so that a file that is missing,
 * unreadable, an unsupported archive, without the tag column or of a layout that is not clear is
 * refused before anything is scanned. 0, or -1. */
int input_open(struct input **out, const struct input_config *config, struct errmsg *err);

/* From now on a read that waits for a silent pipe fails once this descriptor is readable. */
void input_stop_on(struct input *in, int fd);

/* Standard input, which can be looked at only once, must begin with so many raw bytes of that
 * SHA-256 (digest_text()); else input_next() fails there. Call before it. */
void input_expect(struct input *in, uint64_t bytes, const char *sha256);
/* They were not all read yet: who knows what list this is. */
bool input_expects(const struct input *in);

/* From now on a read from a pipe that is silent for so long gives INPUT_LATER. */
void input_patience(struct input *in, int ms);

/* 1: a line, 0: the end, -1: error (final; the message names file and line), INPUT_LATER: nothing
 * yet, call again. May block. */
#define INPUT_LATER 2
int input_next(struct input *in, struct input_line *line, struct errmsg *err);

/* How the file is read from which the last line came, for people. */
/* Which of config.paths that is. */
size_t input_current(const struct input *in);
void input_describe(const struct input *in, char *buf, size_t cap);
void input_counts(const struct input *in, struct input_counts *counts);

/* Raw bytes of all files up to the last line, about, and their size; 0 when it is not known (a pipe
 * is among them). With compressed files it may go back a little. */
void input_position(const struct input *in, uint64_t *done, uint64_t *total);

/* The i-th of config.paths. 0, or -1 when there is no memory. */
int input_file(const struct input *in, size_t i, struct input_file *file);

void input_close(struct input *in);

#endif

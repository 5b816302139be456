/*
 * record_read_parts.h - the state of reading one line, shared by record_read.c (what the table of
 * fields makes of it) and record_read_text.c (JSON's tokens). All functions but read_alloc() return
 * false when the line is no record; then in->status says so.
 */
#ifndef MTASWEEP_RECORD_READ_PARTS_H
#define MTASWEEP_RECORD_READ_PARTS_H

#include "output/record/fields.h"
#include "output/record/record_read.h"

#define READ_LATER_MAX 16 /* fields that refine another one, once that is known */

/* A list that says something about another field, which may come later in the line. */
struct later {
	const struct field *field;
	char *base;
	void *v;
	unsigned n;
};

struct reading {
	struct record_reader *rr;
	struct arena *arena;
	const char *start, *p, *end;
	enum record_read_status status;
	struct later later[READ_LATER_MAX];
	unsigned later_n;
};

static inline void read_blank(struct reading *in)
{
	while (in->p < in->end &&
	       (*in->p == ' ' || *in->p == '\t' || *in->p == '\r' || *in->p == '\n'))
		in->p++;
}

static inline bool read_char(struct reading *in, char c)
{
	if (in->p < in->end && *in->p == c) {
		in->p++;
		return true;
	}
	read_blank(in);
	if (in->p == in->end || *in->p != c)
		return false;
	in->p++;
	return true;
}

bool read_fail(struct reading *in, const char *why);
void *read_alloc(struct reading *in, size_t n);
bool read_literal(struct reading *in, const char *word, size_t n);
bool read_null(struct reading *in);
bool read_string(struct reading *in, struct span *s);
/* An integer from low to high. Fractions and exponents are no integers. */
bool read_integer(struct reading *in, int64_t low, uint64_t high, int64_t *v);
/* "YYYY-MM-DDThh:mm:ss[.mmm]Z" as Unix milliseconds. */
bool read_time(struct reading *in, int64_t *ms);
bool read_skip(struct reading *in);

#endif

/*
 * diff_print.h - what changed between two runs, for people, spreadsheets and databases.
 */
#ifndef MTASWEEP_DIFF_PRINT_H
#define MTASWEEP_DIFF_PRINT_H

#include <stdio.h>

#include "output/diff/diff.h"
#include "output/diff/diff_hosts.h"
#include "output/diff/diff_order.h"

enum diff_format {
	DIFF_TEXT,   /* in a few lines what it comes to, then the names by direction, then totals */
	DIFF_JSON,   /* the totals */
	DIFF_CSV,    /* a row a change; names of one run only, too */
	DIFF_NDJSON, /* an object a name; likewise */
};

struct diff_printer {
	FILE *out;
	enum diff_format format;
	struct buf line, shown[2];
	struct diff_order order;	 /* text: the names, until all are known */
	FILE *hosts[DIFF_DIRECTIONS];	 /* likewise, of hosts */
	uint64_t plain[DIFF_DIRECTIONS]; /* text: names of which there is nothing to tell */
	bool failed;			 /* for want of memory */
};

/* 0, or -1: no temporary file can be had. */
int diff_print_begin(struct diff_printer *p, FILE *out, enum diff_format format);
/* A diff_tell() for struct diff_printer. */
void diff_print_change(void *owner, const struct diff_change *c);
/* A host_tell() for struct diff_printer: diff_hosts_print.c. */
void diff_print_host(void *owner, const struct host_change *c);
/* What the format says of the totals. */
void diff_print_totals(struct diff_printer *p, const char *const runs[2],
		       const struct diff_totals *t, const struct host_totals *hosts,
		       const struct remarks *remarks);
/* Flushes and releases. 0, or -1 when anything could not be written. */
int diff_print_end(struct diff_printer *p);

/* A value of a state as people write it, in b. Null when it is. */
struct span diff_shown(struct buf *b, struct span json);

/* diff_totals.c */
/* Of the names that have not changed, as far as is known, those that are not told of because they
 * lose mail; the label says when that is not all of the kind. */
uint64_t diff_rest(const struct diff_totals *t, enum diff_kind kind);
const char *diff_rest_label(const struct diff_totals *t, enum diff_kind kind);
/* "2 more names lose mail; 3 still do": no full stop. */
void diff_loss_sentence(FILE *out, const struct diff_totals *t);
void diff_head_text(FILE *out, const char *const runs[2], const struct diff_totals *t);
void diff_totals_text(FILE *out, const struct diff_totals *t);
void diff_totals_json(struct buf *b, const char *const runs[2], const struct diff_totals *t,
		      const struct host_totals *hosts, const struct remarks *remarks);

/* diff_hosts_print.c: nothing where hosts were not compared */
void diff_hosts_head(FILE *out, const struct host_totals *t);
void diff_hosts_text(FILE *out, const struct host_totals *t);
void diff_hosts_json(struct buf *b, const struct host_totals *t);

#endif

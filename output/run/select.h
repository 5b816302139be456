/*
 * select.h - picks names out of stored runs by conditions on the record, and lists them with
 * finding and fix.
 */
#ifndef MTASWEEP_SELECT_H
#define MTASWEEP_SELECT_H

#include <stdio.h>

#include "output/record/fields.h"
#include "output/run/run_set.h"

#define SELECT_CONDITIONS_MAX 16
#define SELECT_PATH_MAX 4

enum select_op { SELECT_IS, SELECT_IS_NOT, SELECT_LESS, SELECT_MORE };

struct select_condition {
	const struct field *path[SELECT_PATH_MAX]; /* from the record to the value */
	unsigned path_n;
	bool finding; /* about one element of `issues` */
	enum select_op op;
	struct span value; /* into the text given to select_parse() */
	int64_t number;	   /* of value, where it is one */
	bool is_number;
};

struct select {
	unsigned n;
	struct select_condition v[SELECT_CONDITIONS_MAX];
};

/* 0, or -1 with a sentence. The text must outlive the query. */
int select_parse(struct select *q, const char *text, struct errmsg *err);
bool select_matches(const struct select *q, const struct record *r);
/* Whether a finding meets the conditions that are about findings. */
bool select_finding(const struct select *q, const struct record_issue *issue);

/* Streams one row a name and finding, of the runs that the names stand for; a name without findings
 * has one row. 0 or -1 (err). */
int select_list(const struct select *q, const char *const *runs, unsigned runs_n, bool ndjson,
		FILE *out, struct remarks *remarks, struct errmsg *err);

#endif

/*
 * list.h - names of stored runs as rows, picked by conditions (select.h), for spreadsheets and
 * databases.
 *
 * A row is a name and one of its findings, a name with the finding that is told first, or a tag
 * with how many of its names there are. The cells of names are columns of the finding, keys of the
 * record, or what to do first. Unsorted rows are streamed; sorted ones wait in a temporary file
 * where memory does not hold them.
 */
#ifndef MTASWEEP_LIST_H
#define MTASWEEP_LIST_H

#include <stdio.h>

#include "output/list/list_column.h"
#include "output/run/run_set.h"
#include "output/run/select.h"

/* What a row is. */
enum list_by {
	LIST_BY_FINDING, /* each that meets the conditions */
	LIST_BY_NAME,
	LIST_BY_TAG, /* columns and order are its own: list_tags.h */
};

struct list {
	const struct select *select;
	enum list_by by;
	bool ndjson;
	/* What to do first about a record, into out; NULL: the column is empty. */
	list_action *action;
	void *owner;
	unsigned columns_n, sort_n;
	struct list_column columns[LIST_COLUMNS_MAX], sort[LIST_SORT_MAX];
};

/* columns and sort are keys with commas between, or NULL for what a list has by itself; they
 * outlive l. The rest of l is set. 0, or -1 with a sentence. */
int list_parse(struct list *l, const char *columns, const char *sort, struct errmsg *err);

/* The rows of the runs that the names stand for. 0 or -1 (err). */
int list_write(const struct list *l, const char *const *runs, unsigned runs_n, FILE *out,
	       struct remarks *remarks, struct errmsg *err);

#endif

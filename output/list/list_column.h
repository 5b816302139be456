/*
 * list_column.h - one column of a list: where its cell comes from, and what it is ordered by.
 */
#ifndef MTASWEEP_LIST_COLUMN_H
#define MTASWEEP_LIST_COLUMN_H

#include "output/run/select.h"
#include "output/text/json.h"

#define LIST_COLUMNS_MAX 32u
#define LIST_SORT_MAX 8u

/* What a key of the record does not say. */
enum list_kind {
	LIST_KEY,    /* path */
	LIST_DOMAIN, /* the text of the line where it is no name */
	LIST_CODE,   /* of the row's finding */
	LIST_SEVERITY,
	LIST_DETAIL,
	LIST_TITLE,
	LIST_FIX,
	LIST_ACTION,  /* what to do first about the name */
	LIST_EXPIRES, /* of its certificates the one that ends first: list_expiry.h */
	LIST_EXPIRES_AT,
	LIST_EXPIRES_ISSUER,
	LIST_DANGER, /* for sorting alone: mail loss, then errors, and so on */
};

struct list_column {
	enum list_kind kind;
	struct span name; /* as it was asked for */
	struct select_path path;
};

typedef void list_action(void *owner, const struct record *r, struct buf *out);

/* One row: a record and its finding, which may be none. */
struct list_row {
	const struct record *r;
	const struct record_issue *issue;
	list_action *action;
	void *owner;
};

/* 0, or -1 with a sentence. */
int list_column_parse(struct list_column *c, struct span key, bool sort, struct errmsg *err);
/* Appends a JSON value. */
void list_column_json(const struct list_column *c, const struct list_row *row, struct buf *out);
/* Appends text; of a list all with commas between. False when the value is null. */
bool list_column_text(const struct list_column *c, const struct list_row *row, struct buf *out);
/* Appends bytes that order as the values do: numbers and times by size, words of danger the worst
 * first, what is null last. */
void list_column_order(const struct list_column *c, const struct list_row *row, struct buf *out);

#endif

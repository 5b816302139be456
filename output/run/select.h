/*
 * select.h - picks names out of stored runs by conditions on the record.
 *
 * "A,B or C" holds when A and B do, or C: commas bind closer than " or ". Keys are those of the
 * record with dots; one that a single object has may stand without it (cert_not_after). A time is
 * compared with another one: +30d from now, a date. A value in double quotes may hold commas, in it
 * \" is a quote and \\ a backslash.
 *
 * Of a key that a record has many times (issues, mx.hosts, lists) KEY=VALUE asks for one that is,
 * and KEY!=VALUE for none that is; but KEY!=null for one that says something.
 */
#ifndef MTASWEEP_SELECT_H
#define MTASWEEP_SELECT_H

#include "output/base/errmsg.h"
#include "output/record/fields.h"

#define SELECT_CONDITIONS_MAX 32 /* in all ways together */
#define SELECT_TEXTS_MAX 8
/* What is said of an empty list; takes the number of names. */
#define SELECT_NONE "none of %s meets the conditions"
#define SELECT_PATH_MAX 4

/* From the record to a value. */
struct select_path {
	const struct field *v[SELECT_PATH_MAX];
	unsigned n;
	bool finding; /* in one element of `issues` */
};

/* "policy.stage" -> the fields on the way. 0, or -1 with a sentence. */
int select_path_parse(struct select_path *path, struct span key, struct errmsg *err);

enum select_op { SELECT_IS, SELECT_IS_NOT, SELECT_LESS, SELECT_MORE };

struct select_condition {
	struct select_path path;
	unsigned way; /* of those that "or" separates */
	enum select_op op;
	struct span value; /* into the text given to select_parse(), without the quotes around it */
	int64_t number;	   /* of value, where it is one or a time */
	bool is_number;
	bool quoted; /* backslashes stand before what they protect */
	bool null;
	bool finding; /* about the same element of `issues` as others; else about the record */
};

struct select {
	unsigned n, ways;
	struct select_condition v[SELECT_CONDITIONS_MAX];
};

/* Texts whose conditions must all hold, those of each --select. */
struct select_texts {
	const char *v[SELECT_TEXTS_MAX + 1]; /* the user's, and one of the program's own */
	unsigned n;
};

/* now: Unix seconds. 0, or -1 with a sentence. The text must outlive the query; an empty one holds
 * for every record. */
int select_parse(struct select *q, const char *text, int64_t now, struct errmsg *err);
/* What meets every one of the texts, with none of them every record: as if each way of the one went
 * on with each way of the other. */
int select_parse_all(struct select *q, const struct select_texts *texts, int64_t now,
		     struct errmsg *err);
bool select_matches(const struct select *q, const struct record *r);
/* Whether a finding of a record that matches is one of those that are asked for. */
bool select_finding(const struct select *q, const struct record *r,
		    const struct record_issue *issue);

#endif

/*
 * trend.h - what changed over any number of runs, as tables of one value a run.
 *
 * The values are those of the runs' reports, or of reports that are made anew of the names that all
 * runs have; with the records at hand, what happened to single names from run to run is counted,
 * too (churn). The renderings walk the same tables, so they cannot disagree about a number.
 *
 * Runs stand in the order of their times, whatever the order in which they were named.
 */
#ifndef MTASWEEP_TREND_H
#define MTASWEEP_TREND_H

#include <stdbool.h>
#include <stdint.h>

#include "output/base/arena.h"
#include "output/base/errmsg.h"
#include "output/run/run_source.h"
#include "output/text/number.h"
#include "parsers/span.h"

#define TREND_SCHEMA 1 /* raised when a key of its JSON is renamed or changes its meaning */
#define TREND_RUNS_MAX 512
#define TREND_TABLES_MAX 32

/* A share: n of `of`, of 0 where there was nothing to count. A count: n, of 0. */
struct trend_value {
	bool known; /* false: the run's report does not have it */
	uint64_t n, of;
};

struct trend_row {
	struct span key, label;
	struct trend_value *v; /* one a run */
};

struct trend_table {
	const char *key;
	struct span title;
	const char *note; /* NULL none */
	const char
		*aside; /* key of the row that is the rest of all others: in no chart; NULL none */
	bool share;	/* the values are shares, else counts */
	bool churn;	/* from run to run: the first run has none */
	unsigned rows_n, rows_cap;
	struct trend_row *rows; /* owned */
};

struct trend_run {
	const char *name; /* as given; the caller's */
	int64_t started_at_ms, ended_at_ms;
	char version[32];
	char input[65]; /* SHA-256 of the list, or of the lists' one behind the other; empty: not
			   known */
	uint64_t records;
	unsigned shards; /* runs that the report is made of */
	uint32_t cut;	 /* a bit a table: its report does not name all rows of it */
	bool complete;
	bool records_there; /* its name stands for records, too */
};

struct trend {
	struct arena arena;
	unsigned runs_n;
	struct trend_run runs[TREND_RUNS_MAX];
	unsigned tables_n;
	struct trend_table tables[TREND_TABLES_MAX];
	bool same_names;
	uint64_t names; /* same_names: that all runs have */
	bool failed;	/* without memory */
};

/* Everything is in it or the caller's. NULL without memory. */
struct trend *trend_new(void);
void trend_free(struct trend *t);

struct trend_options {
	bool churn, same_names;
	unsigned threads; /* to read records with, from 1 */
};

/* 0, or -1 (err): too few, not readable, not comparable. `names` outlive the trend. */
int trend_build(struct trend *t, const char *const *names, unsigned n,
		const struct trend_options *options, struct remarks *remarks, struct errmsg *err);

/* When a run began: its day, and the time of day (UTC) where another run began on the same one. */
struct number trend_when(const struct trend *t, unsigned run);

/* ---- for those who fill it ----------------------------------------------------------------- */

/* The table of that key, made when there is none; NULL without memory or room. */
struct trend_table *trend_table(struct trend *t, const char *key, struct span title, bool share);
/* The row of that key, made when there is none, with unknown values; NULL without memory. Valid
 * until the next one is made. */
struct trend_row *trend_row(struct trend *t, struct trend_table *table, struct span key,
			    struct span label);

#endif

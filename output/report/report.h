/*
 * report.h - the report of one run or of several: the same numbers as JSON, text and HTML.
 */
#ifndef MTASWEEP_REPORT_H
#define MTASWEEP_REPORT_H

#include <stdio.h>

#include "output/aggregate/aggregate.h"
#include "output/base/errmsg.h"
#include "output/run/runinfo.h"

#define REPORT_SCHEMA 1 /* raised when a key of report.json is renamed or changes its meaning */

/* Where the numbers come from. */
struct report_meta {
	const struct runinfo *const *runs; /* as stored in run.json, in the order given */
	unsigned runs_n;
	/* Remarks of the reader about damaged or missing parts and overlaps; for a scan's own
	 * report none. */
	const char *const *remarks;
	unsigned remarks_n;
	uint64_t damaged; /* stretches and lines that could not be read */
	/* Of scans of which several shards are merged: not here, and here once more. */
	unsigned shards_missing, shards_doubled;
	const char *title; /* of the report; NULL: one that says how many names */
};

/* Writes report.json, report.txt and report.html into dir, each by a temporary file and rename. */
int report_write(const char *dir, const struct aggregate *a, const struct report_meta *meta,
		 struct errmsg *err);
/* report.txt to a stream. 0, or -1 when a write failed. */
int report_text(FILE *out, const struct aggregate *a, const struct report_meta *meta);
/* report.json to a stream. */
int report_json(FILE *out, const struct aggregate *a, const struct report_meta *meta);
int report_html(FILE *out, const struct aggregate *a, const struct report_meta *meta);

#endif

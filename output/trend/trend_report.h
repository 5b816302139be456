/*
 * trend_report.h - what a trend takes of a report.json. Private to this folder.
 */
#ifndef MTASWEEP_TREND_REPORT_H
#define MTASWEEP_TREND_REPORT_H

#include "output/trend/trend.h"

/*
 * The report that a name stands for: that file itself, the report in that run directory, or the
 * merged one in a directory of shards. Describes t->runs[run] and, when `values`, fills the tables'
 * values of it. 0 or -1 (err: what to do about it).
 */
int trend_report_read(struct trend *t, unsigned run, const char *name, bool values,
		      struct remarks *remarks, struct errmsg *err);
/* The tables' values from the text of a report. */
int trend_report_values(struct trend *t, unsigned run, const char *text, size_t n,
			struct errmsg *err);
/* Once all runs are read: rows that most names are in first, the less common ones left out. */
void trend_report_top(struct trend *t);

#endif

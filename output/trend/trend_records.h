/*
 * trend_records.h - a trend out of the runs' records: of the same names, and what happened to each.
 *
 * All runs are read once, in the order of their times, and sorted by name in bounded memory
 * (rowsort.h): then all that is known of a name stands together. A name is its 64-bit hash: among a
 * billion names two of them are taken for one in one case of forty. Private to this folder.
 */
#ifndef MTASWEEP_TREND_RECORDS_H
#define MTASWEEP_TREND_RECORDS_H

#include "output/trend/trend.h"

#define TREND_MEMORY (128u << 20) /* bytes of rows */

/* 0 or -1 (err). */
int trend_records_read(struct trend *t, const struct trend_options *options,
		       struct remarks *remarks, struct errmsg *err);

#endif

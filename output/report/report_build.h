/*
 * report_build.h - from stored runs to an aggregate and what a report says about where it comes
 * from.
 */
#ifndef MTASWEEP_REPORT_BUILD_H
#define MTASWEEP_REPORT_BUILD_H

#include "output/report/report.h"
#include "output/run/run_set.h"

struct report_build {
	struct aggregate *a;
	struct report_meta meta;
	struct remarks remarks;
	unsigned runs_n;
	struct runinfo *runs[RUN_SET_MAX]; /* owned */
};

/* Reads the runs that the names stand for, in the order given, with so many threads, from 1; the
 * report does not depend on them. 0, or -1 (err). Release in both cases. */
int report_build(struct report_build *b, const char *const *names, unsigned n, unsigned threads,
		 struct errmsg *err);
void report_build_release(struct report_build *b);

#endif

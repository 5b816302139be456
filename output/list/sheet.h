/*
 * sheet.h - a run for those who decide: what is at stake, why, and which names, on two pages of A4.
 *
 * An HTML page without script or request. It holds names: it is for those whose names they are,
 * never for publication. Rows are bounded, so that two pages suffice; what does not fit is counted,
 * with the command that lists it.
 */
#ifndef MTASWEEP_SHEET_H
#define MTASWEEP_SHEET_H

#include <stdio.h>

#include "output/list/list_column.h"
#include "output/run/run_set.h"
#include "output/run/select.h"
#include "output/text/buf.h"

/* select: NULL, or only names that meet it; now: Unix seconds, certificates are counted from it.
 * title: NULL, or above the sheet. 0 or -1 (err). */
struct sheet_wish {
	const struct select *select;
	const char *title;
	int64_t now;
	list_action *action; /* what to do first about a name */
	void *owner;
};
int sheet_write(const struct sheet_wish *wish, const char *const *runs, unsigned runs_n, FILE *out,
		struct remarks *remarks, struct errmsg *err);

#endif

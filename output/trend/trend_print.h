/*
 * trend_print.h - a trend for people, spreadsheets and programs. Each returns 0, or -1 when
 * something could not be written.
 */
#ifndef MTASWEEP_TREND_PRINT_H
#define MTASWEEP_TREND_PRINT_H

#include <stdio.h>

#include "output/trend/trend.h"

/* A terminal of 80 columns: of many runs the first, the last and some between. */
int trend_text(FILE *out, const struct trend *t, const struct remarks *remarks);
/* A row for each value that is known. */
int trend_csv(FILE *out, const struct trend *t, const struct remarks *remarks);
int trend_json(FILE *out, const struct trend *t, const struct remarks *remarks);
/* One page with line charts that needs nothing else. */
int trend_html(FILE *out, const struct trend *t, const struct remarks *remarks);

#endif

/*
 * trend_view.h - what the renderings for people add to the values of a trend.
 */
#ifndef MTASWEEP_TREND_VIEW_H
#define MTASWEEP_TREND_VIEW_H

#include "output/trend/trend.h"

/* No run has any of it: such a row is not shown. */
bool trend_row_empty(const struct trend *t, const struct trend_row *row);

/* What a manager asks first, from the first run to the last: how many have MTA-STS, how many lose
 * mail. "" where neither is known of both. */
#define TREND_STORY 160u
void trend_story(const struct trend *t, char out[TREND_STORY]);

/* From the first run that has it to the last: "+1.25" percentage points of shares, "+12.3%" of
 * counts; "-" where two runs do not have it. */
struct number trend_change(const struct trend *t, const struct trend_table *table,
			   const struct trend_row *row);

/* Of how many the shares of a run are: the most that a row of the table says, 0 where none does. */
uint64_t trend_of(const struct trend_table *table, unsigned run);
/* What to call them: rows of one run may have others. */
const char *trend_of_label(const struct trend *t, const struct trend_table *table);
/* Whether that is known of a run at all. */
bool trend_has_of(const struct trend *t, const struct trend_table *table);

#endif

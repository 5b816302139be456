/*
 * trend_churn.h - what happened to single names from run to run. Private to this folder.
 *
 * Shown a name's rows one after the other, in time, then told that they end. A run that could not
 * conclude about a name is passed over: what the next one says is compared with what was last
 * known, so that a resolver's bad day is nobody's change. A name that a run does not have at all is
 * gone, and new when it comes back.
 */
#ifndef MTASWEEP_TREND_CHURN_H
#define MTASWEEP_TREND_CHURN_H

#include "output/aggregate/facts.h"
#include "output/trend/trend.h"

struct churn;

/* t's runs are in order. NULL without memory. */
struct churn *churn_new(const struct trend *t);
void churn_free(struct churn *c);

void churn_see(struct churn *c, unsigned run, const struct facts *f);
/* The name's last row was seen. counts: false forgets all that it did. */
void churn_end(struct churn *c, bool counts);

/* Adds its tables. 0, or -1 without memory. */
int churn_tables(const struct churn *c, struct trend *t);

#endif

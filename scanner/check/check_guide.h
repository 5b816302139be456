/* check_guide.h - the guide to MTA-STS and TLS-RPT for those who run a domain, in topics. */
#ifndef MTASWEEP_CHECK_GUIDE_H
#define MTASWEEP_CHECK_GUIDE_H

#include <stdio.h>

struct guide_topic {
	const char *name, *title;
	const char *text; /* lines of 78 columns at most, printable ASCII */
};

/* In the order in which they are to be read; the name is NULL behind the last. */
extern const struct guide_topic guide_topics[];

/* NULL when there is no topic of that name. */
const struct guide_topic *guide_topic(const char *name);
void guide_print(FILE *out, const struct guide_topic *topic);
void guide_print_all(FILE *out);

#endif

/*
 * report_kit.h - what a paper takes from a report: figures, tables for LaTeX and for spreadsheets,
 * a description of the measurement, and what each table means.
 */
#ifndef MTASWEEP_REPORT_KIT_H
#define MTASWEEP_REPORT_KIT_H

#include "output/report/report.h"

/* What was written. */
struct report_kit_files {
	unsigned figures; /* each as SVG and as PDF */
	unsigned tables;  /* each as CSV and as LaTeX */
};

/*
 * Into dir, which is there: figures/KEY.svg and .pdf of every chart that has data, tables/KEY.csv
 * and .tex of every table in which something was counted, a method and a codebook. 0, or -1 (err).
 * Without cairo everything but the figures, then -1.
 */
int report_kit(const char *dir, const struct aggregate *a, const struct report_meta *meta,
	       struct report_kit_files *files, struct errmsg *err);

#endif

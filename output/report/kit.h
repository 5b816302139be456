/*
 * kit.h - the files of a paper kit; report_kit.c has their order.
 */
#ifndef MTASWEEP_KIT_H
#define MTASWEEP_KIT_H

#include "output/report/report_model.h"

/* The table with every row; a share as n, of, share, low and high. Memory comes from `a`. */
void kit_csv(FILE *out, const struct report_table *t, struct arena *a);
/* A tabular for \input. origin: where the numbers are from, for a comment; printable ASCII. */
void kit_tex(FILE *out, const struct report_table *t, const char *origin);
/* Who measured what, when, with which software and settings, as run.json says. */
void kit_method(FILE *out, const struct report_model *m);
/* What each table, row and column is. */
void kit_codebook(FILE *out, const struct report_model *m);

#endif

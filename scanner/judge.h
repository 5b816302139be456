/*
 * judge.h - from evidence to conclusions.
 *
 * Reads the evidence of a record and fills in the rest: validity, mode, MX matching, providers, findings,
 * verdict, impact, interoperability. Pure: no I/O and no clock but record.scanned_at_ms, so that
 * `recheck` gives the same result from stored answers. Severities are applied last and never change a
 * verdict.
 */
#ifndef MTASWEEP_JUDGE_H
#define MTASWEEP_JUDGE_H

#include "output/arena.h"
#include "output/record.h"

struct judge_config {
	/* Severity per code after --severity; index enum issue. */
	unsigned char severity[ISSUE_COUNT];
};

/* Severities of the catalogue. */
void judge_config_init(struct judge_config *c);

/* 0, or -1 when the arena is exhausted (our failure; the record must not be used). */
int judge(const struct judge_config *c, struct arena *a, struct record *r);

#endif

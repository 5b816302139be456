/*
 * dry_run.h - `scan --dry-run`: reads the whole input and says what a scan would do, without making
 * a file or contacting anybody.
 */
#ifndef MTASWEEP_DRY_RUN_H
#define MTASWEEP_DRY_RUN_H

#include "output/base/errmsg.h"
#include "scanner/options/scan_options.h"

/* Prints to standard output. Returns an enum cmd_exit; err is filled in unless it is CMD_OK. */
int dry_run(const struct scan_options *options, struct errmsg *err);

#endif

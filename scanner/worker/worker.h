/*
 * worker.h - a worker process: lines in over the pipe, frames of records out.
 */
#ifndef MTASWEEP_WORKER_H
#define MTASWEEP_WORKER_H

#include "scanner/options/scan_options.h"

/* What the lines are. MX hosts are visited only where they are lines of their own. */
enum worker_lines { WORKER_NAMES, WORKER_HOSTS };

/* The whole life of the process, with the options of the command that started it; they must outlive
 * it. Returns an enum cmd_exit. */
int worker_run(const struct scan_options *options, enum worker_lines lines);

#endif

/*
 * supervisor.h - runs a scan: feeds workers, takes their frames, keeps the books, ends with a
 * report.
 *
 * The supervisor never parses network bytes. It owns the files; workers own the sockets.
 */
#ifndef MTASWEEP_SUPERVISOR_H
#define MTASWEEP_SUPERVISOR_H

#include "output/base/errmsg.h"
#include "scanner/options/scan_options.h"

/* args: the command line of `scan`, NULL-terminated, for the workers. Prints progress and the
 * summary. Returns an enum cmd_exit; err is filled in when it is CMD_USAGE or CMD_FAILURE. */
int supervisor_run(const struct scan_options *options, char **args, struct errmsg *err);

#endif

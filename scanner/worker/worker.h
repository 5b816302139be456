/*
 * worker.h - a worker process: lines in over the pipe, frames of records out.
 */
#ifndef MTASWEEP_WORKER_H
#define MTASWEEP_WORKER_H

#define WORKER_COMMAND "scan-worker" /* hidden subcommand; the supervisor starts it */
#define WORKER_PIPE_FD 3

/* argv[0] is the program, the rest the command line of `scan`. Returns an enum cmd_exit. */
int worker_main(int argc, char **argv);

#endif

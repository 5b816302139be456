/* sandbox_filter.h - the seccomp filter of a worker. */
#ifndef MTASWEEP_SANDBOX_FILTER_H
#define MTASWEEP_SANDBOX_FILTER_H

/* Loads it for all threads of this process, for good. 0, or a negative errno. */
int sandbox_filter_load(void);
/* Only makes io_uring_setup() fail as on a kernel without it. 0, or a negative errno. */
int sandbox_filter_no_uring(void);

#endif

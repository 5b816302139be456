/* sandbox_filter.h - the seccomp filter of a worker. */
#ifndef MTASWEEP_SANDBOX_FILTER_H
#define MTASWEEP_SANDBOX_FILTER_H

/* Loads it for all threads of this process, for good. 0, or a negative errno. */
int sandbox_filter_load(void);

#endif

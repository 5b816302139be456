/*
 * cpu_time.h - what a benchmark's process has cost so far.
 */
#ifndef MTASWEEP_CPU_TIME_H
#define MTASWEEP_CPU_TIME_H

#include <sys/resource.h>

/* Microseconds of CPU time, the kernel's for it included. */
static inline double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

#endif

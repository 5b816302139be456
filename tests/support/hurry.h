/*
 * hurry.h - time that waits for nobody: while it is hurried, a loop that would sleep until a timer
 * is due finds that so much time has passed. For one program that has a libuv loop and no threads.
 */
#ifndef MTASWEEP_TEST_HURRY_H
#define MTASWEEP_TEST_HURRY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool hurry_on; /* outside, a fuzzer measures its own time */
static int64_t hurry_ns;

/* These take the place of the C library's, for the libraries that we use as well. */

int clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);

	if (rc != 0 || !hurry_on || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
		return rc;
	int64_t ns = t->tv_nsec + hurry_ns;
	t->tv_sec += (time_t)(ns / 1000000000);
	t->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
	bool skip = hurry_on && timeout > 0;
	int n = (int)syscall(SYS_epoll_pwait, fd, events, max, skip ? 0 : timeout, mask, _NSIG / 8);

	if (n == 0 && skip)
		hurry_ns += (int64_t)timeout * 1000000;
	return n;
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	return epoll_pwait(fd, events, max, timeout, NULL);
}

#endif

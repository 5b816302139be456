/*
 * clock_jump.c - a library to preload: the wall clock jumps by two hours, forwards and back, fifty
 * times a second. The monotonic clock is left alone. For tests/lab/hardship.py.
 */
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define JUMP_S 7200
#define JUMP_MS 20

static int jumping(struct timespec *wall)
{
	struct timespec now;

	if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) != 0 ||
	    syscall(SYS_clock_gettime, CLOCK_REALTIME, wall) != 0)
		return -1;
	int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	wall->tv_sec += (ms / JUMP_MS % 3 - 1) * JUMP_S;
	return 0;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		return jumping(t);
	return (int)syscall(SYS_clock_gettime, id, t);
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (jumping(&now) != 0)
		return -1;
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *t)
{
	struct timespec now;

	if (jumping(&now) != 0)
		return -1;
	if (t != NULL)
		*t = now.tv_sec;
	return now.tv_sec;
}

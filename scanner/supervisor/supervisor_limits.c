/* supervisor_limits.c - what the system allows this run: open files and memory. */
#include <assert.h>
#include <sys/resource.h>

#include "scanner/supervisor/supervisor_parts.h"

/* With less address space than this, libuv aborts the process when it cannot start its threads. */
#define MEMORY_MIN (80u << 20) /* bytes */

unsigned supervisor_fetch_slots(struct supervisor *s)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return SCAN_FETCH_SLOTS_MAX;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	rlim_t used = scan_worker_files(s->resolvers.n, 0);
	if (limit.rlim_cur <= used)
		return 0;
	rlim_t room = (limit.rlim_cur - used) / SCAN_FETCH_FILES;
	if (room < SCAN_FETCH_SLOTS_FEW)
		supervisor_note(
			s,
			"%llu open files are allowed (ulimit -n): at most %llu policy fetches at a "
			"time per worker",
			(unsigned long long)limit.rlim_cur, (unsigned long long)room);
	return room < SCAN_FETCH_SLOTS_MAX ? (unsigned)room : SCAN_FETCH_SLOTS_MAX;
}

int supervisor_check_memory(struct supervisor *s)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= MEMORY_MIN)
		return 0;
	return errmsg_set(s->err, "only %llu MiB of memory are allowed (ulimit -v), %u are needed",
			  (unsigned long long)(limit.rlim_cur >> 20), MEMORY_MIN >> 20);
}

uint32_t supervisor_out_max(const struct supervisor *s)
{
	uint32_t jobs = s->options->concurrency;

	return jobs + scan_asking(jobs) + 2 * MESSAGE_FRAME_LINES_MAX;
}

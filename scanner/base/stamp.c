/* stamp.c - see stamp.h. */
#include "scanner/base/stamp.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "scanner/base/clock.h"

const char *stamp_now(int fd, char out[STAMP_MAX])
{
	const time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;

	out[0] = '\0';
	if (isatty(fd) || getenv("JOURNAL_STREAM") != NULL || gmtime_r(&now, &tm) == NULL)
		return out;
	if (strftime(out, STAMP_MAX, "%Y-%m-%dT%H:%M:%SZ ", &tm) == 0)
		out[0] = '\0';
	return out;
}

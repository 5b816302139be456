/* test_crew.c - what crew.h promises before a worker says anything; else scenario/scans.py. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "scanner/supervisor/crew.h"

/* One may be killed before it is told its task: who writes to it lives on. */
Test(crew, a_worker_that_is_gone_takes_nobody_along)
{
	static char command[] = "nothing";
	static char *args[] = {NULL};
	const struct crew_config config = {.workers = 1,
					   .setup = {.jobs = 1},
					   .command = command,
					   .args = args,
					   .upstreams_n = 1};
	struct errmsg err = {""};
	int ends[2];

	signal(SIGPIPE, SIG_DFL);
	struct crew *c = crew_new(&config, &err);
	cr_assert_not_null(c, "%s", err.text);
	cr_assert_eq(pipe(ends), 0);
	close(ends[0]);
	cr_expect(write(ends[1], "x", 1) == -1 && errno == EPIPE);
	close(ends[1]);
	crew_free(c);
}

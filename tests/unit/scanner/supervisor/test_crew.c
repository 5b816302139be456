/* test_crew.c - what crew.h promises before a worker says anything, and what comes of what workers
 * say to people; else scenario/scans.py. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "scanner/supervisor/crew.h"

#define COMMAND "speak-as-worker"

/* ---- what workers say -------------------------------------------------------------------- */

/* This very program, started again as a worker: it says what its command line has, and is gone. */
__attribute__((constructor)) static void speak_as_worker(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], COMMAND) != 0)
		return;
	for (int i = 2; i < argc; i++)
		if (write(STDERR_FILENO, argv[i], strlen(argv[i])) < 0)
			_exit(1);
	_exit(0);
}

/* What a crew was heard to say, a line each. */
struct heard {
	struct crew *crew;
	unsigned to_start; /* of each worker, so often again */
	char text[4096];
};

static void hear(void *user, const char *line)
{
	struct heard *h = user;
	size_t n = strlen(h->text);

	cr_assert_lt(n + strlen(line) + 2, sizeof(h->text));
	sprintf(h->text + n, "%s\n", line);
}

static void start_again(void *user, struct crew_worker *w)
{
	struct heard *h = user;
	struct errmsg err = {""};

	if (h->to_start == 0)
		return;
	h->to_start--;
	cr_assert_eq(crew_start(w->crew, w->index, &err), 0, "%s", err.text);
}

/* One worker after the other, so that the order is known. */
static void listen_to(struct heard *h, char **words, unsigned starts)
{
	static char command[] = COMMAND;
	uv_loop_t loop;
	struct errmsg err = {""};
	const struct crew_config config = {.loop = &loop,
					   .workers = 1,
					   .setup = {.jobs = 1},
					   .command = command,
					   .args = words,
					   .upstreams_n = 1,
					   .ended = start_again,
					   .said = hear,
					   .user = h};

	cr_assert_eq(uv_loop_init(&loop), 0);
	h->text[0] = '\0';
	h->to_start = starts - 1;
	h->crew = crew_new(&config, &err);
	cr_assert_not_null(h->crew, "%s", err.text);
	cr_assert_eq(crew_start(h->crew, 0, &err), 0, "%s", err.text);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(crew_running(h->crew), 0);
	crew_free(h->crew);
	cr_expect_eq(uv_loop_close(&loop), 0);
}

#define SAY(text) (char *)(uintptr_t)(text)

Test(crew, the_same_warning_is_told_once, .timeout = 30)
{
	static char *talk[] = {SAY("mtasweep"), SAY("warning: one\nnote\nwarning: two\n"),
			       SAY("warning: one\nnote\n\nwarning: three\nwarning: two\nnote"),
			       NULL};
	static const char first[] =
		"warning: one\nnote\nwarning: two\nnote\nwarning: three\nnote\n";
	struct heard h;

	listen_to(&h, talk, 1);
	cr_expect_str_eq(h.text, first);
	listen_to(&h, talk, 3);
	char wanted[256];
	snprintf(wanted, sizeof(wanted), "%snote\nnote\nnote\nnote\nnote\nnote\n", first);
	cr_expect_str_eq(h.text, wanted, "%s", h.text);
}

/* ---- before one says anything ------------------------------------------------------------ */

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

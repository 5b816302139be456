/* cmd_check_wait.c - see cmd_check_wait.h. */
#include "scanner/cli/cmd_check_wait.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "output/text/text.h"

#define WAIT_FIRST_MS 400u /* most answers are there before */
#define WAIT_AGAIN_MS 500u
#define WAIT_NAME_MAX 40u
#define WAIT_LINE_MAX 256u

/* A name from the command line, made harmless, and cut. */
static void wait_name(const char *name, char out[WAIT_NAME_MAX + 4])
{
	unsigned at = 0;
	char one[5];

	for (; *name != '\0'; name++) {
		unsigned n = text_byte((unsigned char)*name, one);
		if (at + n > WAIT_NAME_MAX - 3) {
			at += (unsigned)snprintf(out + at, 4, "...");
			break;
		}
		for (unsigned i = 0; i < n; i++)
			out[at++] = one[i];
	}
	assert(at < WAIT_NAME_MAX + 4);
	out[at] = '\0';
}

/* What the line says, printable ASCII. */
static void check_wait_text(const struct check_wait *w, const struct machine_stats *now,
			    unsigned seconds, char *out, size_t cap)
{
	unsigned policy = now->fetching + now->gated;

	if (w->names == 1) {
		char name[WAIT_NAME_MAX + 4];
		wait_name(w->name, name);
		snprintf(out, cap, "%s: waiting for %s, %u s", name,
			 policy > 0 ? "the policy host" : "DNS", seconds);
		return;
	}
	snprintf(out, cap,
		 "%u of %u names done; waiting for DNS: %u, for the policy host: %u; %u s",
		 *w->finished, w->names, now->asking, policy, seconds);
}

static void wait_show(uv_timer_t *timer)
{
	struct check_wait *w = timer->data;
	struct machine_stats now;
	char line[WAIT_LINE_MAX];

	machine_stats(w->machine, &now);
	if (now.asking + now.fetching + now.gated == 0)
		return;
	check_wait_text(w, &now, (unsigned)((uv_now(timer->loop) - w->since_ms) / 1000), line,
			sizeof(line));
	/* One row, so that one erasure takes all of it. */
	fprintf(stderr, "\r\033[K%.*s", (int)w->width - 1, line);
	fflush(stderr);
	w->shown = true;
}

void check_wait_start(struct check_wait *w, uv_loop_t *loop, unsigned width)
{
	if (!isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO) || uv_timer_init(loop, &w->timer) != 0)
		return;
	w->width = width;
	w->timer.data = w;
	w->open = true;
	w->since_ms = uv_now(loop);
	uv_timer_start(&w->timer, wait_show, WAIT_FIRST_MS, WAIT_AGAIN_MS);
	/* It alone keeps no loop alive. */
	uv_unref((uv_handle_t *)&w->timer);
}

void check_wait_clear(struct check_wait *w)
{
	if (!w->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	w->shown = false;
}

void check_wait_stop(struct check_wait *w)
{
	check_wait_clear(w);
	if (w->open)
		uv_close((uv_handle_t *)&w->timer, NULL);
	w->open = false;
}

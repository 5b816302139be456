/* progress_write.c - when progress is due and how it gets onto the terminal; see progress.h. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scanner/base/stamp.h"
#include "scanner/progress/progress.h"

enum {
	LIVE_INTERVAL_MS = 200,
	LINE_INTERVAL_MS = 10000,
	WIDTH_DEFAULT = 80,
	WIDTH_MIN = 20,
	JSON_MAX = 1 << 20, /* thousands of resolvers may be in trouble */
};

static bool terminal_can(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void progress_init(struct progress *p, enum scan_progress when, int fd)
{
	const char *no_color = getenv("NO_COLOR");

	assert(fd >= 0);
	*p = (struct progress){.fd = fd};
	switch (when) {
	case SCAN_PROGRESS_AUTO:
		p->style = terminal_can(fd) ? PROGRESS_LIVE : PROGRESS_LINES;
		break;
	case SCAN_PROGRESS_PLAIN:
		p->style = PROGRESS_LINES;
		break;
	case SCAN_PROGRESS_JSON:
		p->style = PROGRESS_JSON;
		break;
	case SCAN_PROGRESS_NONE:
		p->style = PROGRESS_NONE;
		break;
	}
	p->colour = p->style == PROGRESS_LIVE && (no_color == NULL || no_color[0] == '\0');
}

/* One write, so that a block does not flicker. Progress is never worth a failure: it falls
 * silent. */
static void put(struct progress *p, const char *bytes, size_t n)
{
	while (n > 0 && !p->dead) {
		ssize_t w = write(p->fd, bytes, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno == EAGAIN) /* a slow terminal misses a frame */
			return;
		if (w < 0) {
			p->dead = true;
			return;
		}
		assert((size_t)w <= n);
		bytes += w;
		n -= (size_t)w;
	}
}

static unsigned terminal_width(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col > WIDTH_MIN ? size.ws_col : WIDTH_MIN;
}

/* To the first line of the block that is there. */
static size_t put_home(const struct progress *p, char *out, size_t cap)
{
	int n = p->drawn > 0 ? snprintf(out, cap, "\r\033[%uA", p->drawn) : 0;

	return n > 0 ? (size_t)n : 0;
}

static void draw(struct progress *p, const struct progress_data *d)
{
	char block[PROGRESS_TEXT_MAX], out[PROGRESS_TEXT_MAX + 256];
	/* The last column stays free: some terminals wrap as soon as it is written. */
	progress_block(d, terminal_width(p->fd) - 1, p->colour, block);
	size_t n = put_home(p, out, sizeof(out));

	p->drawn = 0;
	for (const char *line = block; *line != '\0';) {
		size_t length = strcspn(line, "\n");
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s\033[K\n", (int)length, line);
		line += length + 1;
		p->drawn++;
	}
	n += (size_t)snprintf(out + n, sizeof(out) - n, "\033[J");
	assert(n < sizeof(out)); /* escapes of the block's few lines fit beside its text */
	put(p, out, n);
}

static void put_json(struct progress *p, const struct progress_data *d,
		     const struct progress_summary *s)
{
	struct buf out;

	buf_init(&out, JSON_MAX);
	if (s != NULL)
		progress_summary_json(s, &out);
	else
		progress_json(d, &out);
	if (!out.failed)
		put(p, out.p, out.n);
	buf_release(&out);
}

static void put_line(struct progress *p, const char *line, size_t n)
{
	char stamp[STAMP_MAX];

	stamp_now(p->fd, stamp);
	put(p, stamp, strlen(stamp));
	put(p, line, n);
}

void progress_tick(struct progress *p, const struct progress_data *d, uint64_t now_ms)
{
	char line[PROGRESS_TEXT_MAX];

	if (p->style == PROGRESS_NONE || now_ms < p->due_ms)
		return;
	/* The first plain line comes after the first interval. */
	bool first = p->due_ms == 0;
	p->due_ms = now_ms + (p->style == PROGRESS_LIVE ? LIVE_INTERVAL_MS : LINE_INTERVAL_MS);
	if (p->style == PROGRESS_LIVE)
		draw(p, d);
	else if (!first && p->style == PROGRESS_JSON)
		put_json(p, d, NULL);
	else if (!first)
		put_line(p, line, progress_line(d, line));
}

void progress_hide(struct progress *p)
{
	char out[32];

	if (p->drawn == 0)
		return;
	size_t n = put_home(p, out, sizeof(out));
	n += (size_t)snprintf(out + n, sizeof(out) - n, "\033[J");
	put(p, out, n);
	p->drawn = 0;
	p->due_ms = 1; /* at the next tick, and not as if for the first time */
}

void progress_finish(struct progress *p, const struct progress_summary *s)
{
	char text[PROGRESS_TEXT_MAX];

	progress_hide(p);
	if (p->style == PROGRESS_JSON)
		put_json(p, NULL, s);
	else
		put(p, text, progress_summary(s, text));
}

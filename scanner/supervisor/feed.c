/* feed.c - see feed.h. The thread pool runs feed_read() only; it and the loop never touch the same
 * field at the same time: `busy` says whose turn it is. */
#include "scanner/supervisor/feed.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "scanner/options/selection.h"

#define READ_CHUNKS 32u /* at a time */
#define READ_AHEAD 64u	/* chunks kept ready */
#define READ_MS 100u	/* then the loop has what is there: a pipe may be slow */

struct chunk_queue {
	struct chunk *first, *last;
	unsigned n;
};

struct feed {
	uv_loop_t *loop;
	uv_work_t work;
	struct feed_config config;
	struct input *input;
	bool busy, ended, failed;
	bool strange; /* nothing of it is given out: it may not be the list of this run */
	bool starved; /* failed for want of memory */
	int stop_fd;  /* readable once the reading is to end */
	atomic_bool stopping;
	struct errmsg err;
	struct chunk_queue ready; /* the loop's */
	struct chunk_queue spare; /* likewise: used up, empty */
	struct chunk_queue read;  /* the thread's, until it is done */
	struct chunk_queue blank; /* likewise: of the spare ones, those that it may fill */
	bool read_ended;
	size_t pending_at;
	struct input_doubt doubt; /* the thread's, until it is done */
	uint64_t elsewhere;
	uint64_t position, total, names;
	uint64_t kept; /* the thread's, until it is done: lines that were kept */
};

static void queue_push(struct chunk_queue *q, struct chunk *c)
{
	c->next = NULL;
	if (q->last != NULL)
		q->last->next = c;
	else
		q->first = c;
	q->last = c;
	q->n++;
}

static struct chunk *queue_pop(struct chunk_queue *q)
{
	struct chunk *c = q->first;

	if (c != NULL) {
		q->first = c->next;
		if (q->first == NULL)
			q->last = NULL;
		q->n--;
		c->next = NULL;
	}
	return c;
}

static void queue_free(struct chunk_queue *q)
{
	for (struct chunk *c; (c = queue_pop(q)) != NULL;)
		chunk_free(c);
}

/* ---- in the thread ----------------------------------------------------------------------- */

/* On resume: whether the line was still out when the checkpoint was made. */
static bool feed_is_due(struct feed *f, uint64_t line)
{
	const struct feed_config *c = &f->config;

	if (line >= c->next)
		return true;
	while (f->pending_at < c->pending_n && c->pending[f->pending_at] < line)
		f->pending_at++;
	return f->pending_at < c->pending_n && c->pending[f->pending_at] == line;
}

/* Adds the line to the last chunk of f->read. 0, or -1 without memory. */
static int feed_keep(struct feed *f, const struct input_line *line)
{
	struct chunk *c = f->read.last;
	const struct message_line message = {
		.line = line->line,
		.rank = line->rank,
		.text = line->text,
		.tag = line->tag,
		.too_long = line->too_long,
	};

	if (c == NULL || chunk_full(c)) {
		c = f->blank.n > 0 ? queue_pop(&f->blank) : chunk_new();
		if (c == NULL)
			return -1;
		queue_push(&f->read, c);
	}
	return chunk_add(c, &message);
}

static void feed_read(uv_work_t *work)
{
	struct feed *f = work->data;
	struct input_line line;
	uint64_t until = uv_hrtime() + READ_MS * 1000000ull;

	while (uv_hrtime() < until && f->read.n <= READ_CHUNKS &&
	       !atomic_load_explicit(&f->stopping, memory_order_relaxed)) {
		int rc = input_next(f->input, &line, &f->err);
		if (rc == INPUT_LATER)
			return;
		if (rc <= 0) {
			f->read_ended = true;
			f->failed = rc < 0;
			return;
		}
		input_doubt_see(&f->doubt, &line);
		if (!selection_has(f->config.options, line.text)) {
			f->elsewhere++;
			continue;
		}
		bool due = feed_is_due(f, line.line);
		if (due && feed_keep(f, &line) != 0) {
			f->read_ended = f->failed = f->starved = true;
			errmsg_set(&f->err, "out of memory for the input");
			return;
		}
		f->kept += due;
		if (f->read.n == READ_CHUNKS && chunk_full(f->read.last))
			return;
	}
}

/* ---- in the loop ------------------------------------------------------------------------- */

static void feed_have_read(uv_work_t *work, int status)
{
	struct feed *f = work->data;

	(void)status;
	assert(f->busy);
	f->busy = false;
	for (struct chunk *c; (c = queue_pop(&f->read)) != NULL;) {
		if (c->n > 0)
			queue_push(&f->ready, c);
		else /* there was no memory for its first line */
			chunk_free(c);
	}
	f->ended = f->read_ended;
	f->strange = input_expects(f->input);
	if (f->ended && f->strange)
		queue_free(&f->ready);
	uint64_t at;
	input_position(f->input, &at, &f->total);
	if (at > f->position)
		f->position = at;
	f->names = f->kept;
	f->config.ready(f->config.user);
}

static void feed_refill(struct feed *f)
{
	if (f->busy || f->ended || f->stopping || (f->ready.n > READ_AHEAD && !f->strange))
		return;
	while (f->blank.n < READ_CHUNKS && f->spare.n > 0)
		queue_push(&f->blank, queue_pop(&f->spare));
	f->busy = true;
	f->work.data = f;
	if (uv_queue_work(f->loop, &f->work, feed_read, feed_have_read) != 0) {
		f->busy = false;
		f->ended = f->failed = true;
		errmsg_set(&f->err, "cannot start a thread that reads the input");
	}
}

struct feed *feed_open(uv_loop_t *loop, const struct feed_config *config, struct errmsg *err)
{
	const struct scan_options *o = config->options;
	struct feed *f = calloc(1, sizeof(*f));
	struct input_config input = {
		.paths = o->inputs,
		.paths_n = o->inputs_n,
		.tag_column = o->tag_column,
		.domain_column = o->domain_column,
		.separator = o->delimiter,
		.no_header = o->no_header,
	};

	if (f == NULL) {
		errmsg_set(err, "out of memory");
		return NULL;
	}
	f->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->stop_fd < 0 || input_open(&f->input, &input, err) != 0) {
		if (f->stop_fd < 0)
			errmsg_set(err, "cannot make an event descriptor: %s", strerror(errno));
		else
			close(f->stop_fd);
		free(f);
		return NULL;
	}
	input_stop_on(f->input, f->stop_fd);
	input_patience(f->input, READ_MS);
	f->loop = loop;
	f->config = *config;
	return f;
}

void feed_expect(struct feed *f, uint64_t bytes, const char *sha256)
{
	input_expect(f->input, bytes, sha256);
	f->strange = bytes > 0;
}

void feed_close(struct feed *f)
{
	if (f == NULL)
		return;
	assert(!f->busy);
	queue_free(&f->ready);
	queue_free(&f->spare);
	queue_free(&f->blank);
	input_close(f->input);
	close(f->stop_fd);
	free(f);
}

void feed_stop(struct feed *f)
{
	uint64_t one = 1;

	atomic_store_explicit(&f->stopping, true, memory_order_relaxed);
	ssize_t rc = write(f->stop_fd, &one, sizeof(one));
	(void)rc; /* it can only fail because it is readable already */
}

bool feed_busy(const struct feed *f)
{
	return f->busy;
}

struct chunk *feed_take(struct feed *f)
{
	struct chunk *c = f->strange ? NULL : queue_pop(&f->ready);

	feed_refill(f);
	return c;
}

void feed_give_back(struct feed *f, struct chunk *c)
{
	if (c == NULL)
		return;
	if (f->spare.n >= FEED_SPARE - READ_CHUNKS || c->cap > CHUNK_BYTES_KEPT) {
		chunk_free(c);
		return;
	}
	chunk_reset(c);
	queue_push(&f->spare, c);
}

bool feed_all_read(const struct feed *f)
{
	return f->ended;
}

bool feed_ended(const struct feed *f)
{
	return f->ended && f->ready.n == 0;
}

const char *feed_error(const struct feed *f)
{
	return f->failed && f->ended ? f->err.text : NULL;
}

bool feed_starved(const struct feed *f)
{
	return f->starved;
}

uint64_t feed_elsewhere(const struct feed *f)
{
	assert(!f->busy); /* the thread counts */
	return f->elsewhere;
}

const struct input_doubt *feed_doubt(const struct feed *f)
{
	return &f->doubt;
}

struct input *feed_input(struct feed *f)
{
	assert(!f->busy); /* the thread reads it */
	return f->input;
}

uint64_t feed_names(const struct feed *f)
{
	return f->names;
}

void feed_position(const struct feed *f, uint64_t *at, uint64_t *total)
{
	*at = f->position;
	*total = f->total;
}

/* host_table.c - see host_table.h. */
#include "output/run/host_table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>
/* uthash's own falls through its cases without a word, which clang reports. */
#define HASH_FUNCTION(key, n, hash) ((hash) = (unsigned)XXH3_64bits(key, n))
#include <uthash.h>

#include "output/base/runfile.h"
#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "output/run/frame.h"
#include "output/text/json.h"

#define FRAME_BYTES (64u << 10) /* of text: little is lost when it is interrupted */
#define HOST_LINE_MAX (1u << 20)

struct entry {
	struct host_entry e; /* stands first */
	UT_hash_handle hh;
};

struct host_table {
	struct entry *entries; /* by name */
	struct entry **order;
	unsigned n, room;
	struct record_emitter *emitter;
	struct record_reader reader;
	struct buf line;
	struct frame_writer *frames;
	int fd; /* -1 closed */
	char path[4096];
};

struct host_table *host_table_new(void)
{
	struct host_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fd = -1;
	buf_init(&t->line, HOST_LINE_MAX);
	record_reader_init(&t->reader);
	t->emitter = record_emitter_new();
	t->frames = frame_writer_new(FRAME_LEVEL_DEFAULT);
	if (t->emitter == NULL || t->frames == NULL) {
		host_table_free(t);
		return NULL;
	}
	return t;
}

void host_table_free(struct host_table *t)
{
	if (t == NULL)
		return;
	HASH_CLEAR(hh, t->entries);
	for (unsigned i = 0; i < t->n; i++) {
		free((char *)(uintptr_t)t->order[i]->e.name);
		free(t->order[i]->e.line);
		free(t->order[i]);
	}
	free(t->order);
	buf_release(&t->line);
	record_emitter_free(t->emitter);
	frame_writer_free(t->frames);
	if (t->fd >= 0)
		close(t->fd);
	free(t);
}

unsigned host_table_n(const struct host_table *t)
{
	return t->n;
}

struct host_entry *host_table_at(const struct host_table *t, unsigned at)
{
	assert(at < t->n);
	return &t->order[at]->e;
}

struct host_entry *host_table_find(const struct host_table *t, struct span name)
{
	struct entry *found = NULL;

	HASH_FIND(hh, t->entries, name.p, name.n, found);
	return found != NULL ? &found->e : NULL;
}

static int table_grow(struct host_table *t)
{
	unsigned room = t->room > 0 ? 2 * t->room : 1024;
	struct entry **order =
		t->n < t->room ? t->order : realloc(t->order, room * sizeof(struct entry *));

	if (order == NULL)
		return -1;
	if (t->n == t->room)
		t->room = room;
	t->order = order;
	return 0;
}

struct host_entry *host_table_add(struct host_table *t, struct span name)
{
	struct host_entry *old = host_table_find(t, name);

	if (old != NULL) {
		old->names++;
		return old;
	}
	struct entry *one = calloc(1, sizeof(*one));
	char *copy = strndup(name.p, name.n);
	if (one == NULL || copy == NULL || table_grow(t) != 0) {
		free(one);
		free(copy);
		return NULL;
	}
	one->e = (struct host_entry){.name = copy, .names = 1, .at = t->n};
	t->order[t->n++] = one;
	HASH_ADD_KEYPTR(hh, t->entries, one->e.name, name.n, one);
	return &one->e;
}

/* ---- lines ------------------------------------------------------------------------------- */

int host_table_set(struct host_table *t, struct host_entry *e, struct span pace_key,
		   const struct record_mx_host *h)
{
	struct buf *b = &t->line;

	buf_reset(b);
	buf_bytes(b, "{\"schema\":1,\"pace_key\":", 23);
	json_str(b, pace_key);
	buf_bytes(b, ",\"names\":", 9);
	json_uint(b, e->names);
	size_t at = b->n;
	if (record_emit_mx_host(t->emitter, h, b) != 0 || b->failed)
		return -1;
	b->p[at] = ','; /* where the host's own object begins */
	buf_bytes(b, "\n", 1);
	char *line = b->failed ? NULL : malloc(b->n);
	if (line == NULL)
		return -1;
	memcpy(line, b->p, b->n);
	free(e->line);
	e->line = line;
	e->line_n = b->n;
	return 0;
}

int host_table_get(struct host_table *t, const struct host_entry *e, struct arena *a,
		   struct record_mx_host *out)
{
	if (e->line == NULL)
		return -1;
	return record_read_mx_host(&t->reader, span_of(e->line, e->line_n), a, out) ==
			       RECORD_READ_OK
		       ? 0
		       : -1;
}

/* ---- the file ---------------------------------------------------------------------------- */

static int table_flush(struct host_table *t, struct errmsg *err)
{
	const uint8_t *frame;
	size_t n;

	if (frame_finish(t->frames, &frame, &n) != 0)
		return errmsg_set(err, "no memory to compress hosts");
	for (size_t at = 0; at < n;) {
		ssize_t wrote = write(t->fd, frame + at, n - at);
		if (wrote < 0 && errno != EINTR)
			return errmsg_set(err, "cannot write '%s': %s", t->path, strerror(errno));
		at += wrote > 0 ? (size_t)wrote : 0;
	}
	return 0;
}

int host_table_append(struct host_table *t, const struct host_entry *e, struct errmsg *err)
{
	assert(t->fd >= 0 && e->line != NULL);
	if (frame_add(t->frames, e->line, e->line_n) != 0)
		return errmsg_set(err, "no memory for hosts");
	return frame_pending(t->frames) >= FRAME_BYTES ? table_flush(t, err) : 0;
}

int host_table_open(struct host_table *t, const char *dir, struct errmsg *err)
{
	char temporary[4200];

	snprintf(t->path, sizeof(t->path), "%s/hosts.ndjson.zst", dir);
	snprintf(temporary, sizeof(temporary), "%s.new", t->path);
	t->fd = runfile_create(temporary);
	if (t->fd < 0)
		return errmsg_set(err, "cannot make '%s': %s", temporary, runfile_error(errno));
	for (unsigned i = 0; i < t->n; i++)
		if (t->order[i]->e.line != NULL && host_table_append(t, &t->order[i]->e, err) != 0)
			return -1;
	if (table_flush(t, err) != 0)
		return -1;
	if (rename(temporary, t->path) != 0)
		return errmsg_set(err, "cannot rename '%s': %s", temporary, strerror(errno));
	return 0;
}

/* A line of the file: kept when the host is one of ours. */
static int table_take(struct host_table *t, struct span line, struct arena *a, struct errmsg *err)
{
	struct record_mx_host h;

	arena_reset(a);
	if (record_read_mx_host(&t->reader, line, a, &h) != RECORD_READ_OK)
		return 0;
	struct host_entry *e = host_table_find(t, h.host);
	if (e == NULL || e->line != NULL)
		return 0;
	e->line = malloc(line.n + 1);
	if (e->line == NULL)
		return errmsg_set(err, "no memory for hosts");
	memcpy(e->line, line.p, line.n);
	e->line[line.n] = '\n';
	e->line_n = line.n + 1;
	return 0;
}

int host_table_load(struct host_table *t, const char *dir, struct errmsg *err)
{
	char path[4200];
	struct arena a;
	struct span line;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/hosts.ndjson.zst", dir);
	int fd = runfile_open(path);
	if (fd < 0)
		return errno == ENOENT ? 0
				       : errmsg_set(err, "cannot open '%s': %s", path,
						    runfile_error(errno));
	struct frame_reader *frames = frame_reader_new(fd, HOST_LINE_MAX);
	if (frames == NULL || arena_init(&a, 4096, HOST_LINE_MAX) != 0) {
		frame_reader_free(frames);
		close(fd);
		return errmsg_set(err, "no memory for hosts");
	}
	enum frame_status status = FRAME_LINE;
	while (rc == 0 && status != FRAME_END && status != FRAME_TRUNCATED) {
		status = frame_reader_next(frames, &line, err);
		if (status == FRAME_LINE)
			rc = table_take(t, line, &a, err);
		else if (status == FRAME_FAILED)
			rc = -1;
	}
	arena_release(&a);
	frame_reader_free(frames);
	close(fd);
	return rc;
}

int host_table_close(struct host_table *t, struct errmsg *err)
{
	int rc = table_flush(t, err);

	if (rc == 0 && fsync(t->fd) != 0 && errno != EINVAL)
		rc = errmsg_set(err, "cannot write '%s': %s", t->path, strerror(errno));
	close(t->fd);
	t->fd = -1;
	return rc;
}

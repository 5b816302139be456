/* host_rows.c - see host_rows.h. */
#include "output/run/host_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/base/arena.h"
#include "output/base/outfile.h"
#include "output/base/runfile.h"
#include "output/record/record_read.h"
#include "output/run/frame.h"
#include "output/text/buf.h"

#define ROW_ARENA_FIRST 4096u
#define COPY_FRAME (64u << 10) /* of text */

struct host_rows {
	int fd;
	struct frame_reader *frames;
	struct record_reader reader;
	struct arena arena;
	uint64_t damaged;
	char path[4200];
};

static int rows_start(struct host_rows *rows, struct errmsg *err)
{
	record_reader_init(&rows->reader);
	rows->frames = frame_reader_new(rows->fd, HOST_LINE_MAX);
	if (arena_init(&rows->arena, ROW_ARENA_FIRST, HOST_LINE_MAX) != 0 || rows->frames == NULL)
		return errmsg_set(err, "no memory to read '%s'", rows->path);
	return 0;
}

int host_rows_open(struct host_rows **out, const char *dir, struct errmsg *err)
{
	struct host_rows *rows = calloc(1, sizeof(*rows));
	int rc = 0;

	*out = NULL;
	if (rows == NULL)
		return errmsg_set(err, "no memory to read the hosts of '%s'", dir);
	snprintf(rows->path, sizeof(rows->path), "%s/hosts.ndjson.zst", dir);
	rows->fd = runfile_open(rows->path);
	if (rows->fd >= 0)
		rc = rows_start(rows, err);
	else if (errno != ENOENT && errno != ENOTDIR) /* a file of records alone has no hosts */
		rc = errmsg_set(err, "cannot open '%s': %s", rows->path, runfile_error(errno));
	if (rows->fd < 0 || rc != 0)
		host_rows_close(rows);
	else
		*out = rows;
	return rc;
}

int host_rows_next(struct host_rows *rows, struct record_host *h, struct span *line,
		   struct errmsg *err)
{
	for (;;) {
		switch (frame_reader_next(rows->frames, line, err)) {
		case FRAME_LINE:
			arena_reset(&rows->arena);
			if (record_read_host(&rows->reader, *line, &rows->arena, h) ==
			    RECORD_READ_OK)
				return 1;
			rows->damaged++;
			break;
		case FRAME_END:
			return 0;
		case FRAME_TRUNCATED:
			rows->damaged++;
			return 0;
		case FRAME_FAILED:
			return -1;
		default: /* a stretch that is damaged; what follows is read */
			rows->damaged++;
		}
	}
}

uint64_t host_rows_damaged(const struct host_rows *rows)
{
	return rows->damaged;
}

void host_rows_close(struct host_rows *rows)
{
	if (rows == NULL)
		return;
	arena_release(&rows->arena);
	frame_reader_free(rows->frames);
	if (rows->fd >= 0)
		close(rows->fd);
	free(rows);
}

/* ---- copying ----------------------------------------------------------------------------- */

static int copy_flush(struct frame_writer *frames, FILE *out, struct errmsg *err)
{
	const uint8_t *frame;
	size_t n;

	if (frame_finish(frames, &frame, &n) != 0)
		return errmsg_set(err, "no memory to compress hosts");
	if (n > 0)
		fwrite(frame, 1, n, out); /* outfile_commit() notices */
	return 0;
}

static int copy_rows(struct host_rows *rows, struct frame_writer *frames, FILE *out,
		     struct errmsg *err)
{
	struct record_host h;
	struct span line;
	struct buf b;
	int rc;

	buf_init(&b, HOST_LINE_MAX + 1);
	while ((rc = host_rows_next(rows, &h, &line, err)) == 1) {
		buf_reset(&b);
		buf_bytes(&b, line.p, line.n);
		buf_bytes(&b, "\n", 1);
		rc = b.failed || frame_add(frames, b.p, b.n) != 0
			     ? errmsg_set(err, "no memory for hosts")
			     : 0;
		if (rc == 0 && frame_pending(frames) >= COPY_FRAME)
			rc = copy_flush(frames, out, err);
		if (rc != 0)
			break;
	}
	buf_release(&b);
	return rc == 0 ? copy_flush(frames, out, err) : -1;
}

/* *any: one of them has hosts. */
static int copy_all(const char *const *from, unsigned n, struct frame_writer *frames, FILE *out,
		    bool *any, struct errmsg *err)
{
	for (unsigned i = 0; i < n; i++) {
		struct host_rows *rows;
		if (host_rows_open(&rows, from[i], err) != 0)
			return -1;
		int rc = rows != NULL ? copy_rows(rows, frames, out, err) : 0;
		*any = *any || rows != NULL;
		host_rows_close(rows);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int host_rows_copy(const char *const *from, unsigned n, const char *dir, struct errmsg *err)
{
	struct frame_writer *frames = frame_writer_new(FRAME_LEVEL_DEFAULT);
	struct outfile file;
	bool any = false;
	int rc = -1;

	if (frames == NULL)
		errmsg_set(err, "no memory for hosts");
	else
		rc = outfile_open(&file, dir, "hosts.ndjson.zst", err);
	if (rc == 0) {
		rc = copy_all(from, n, frames, file.out, &any, err);
		if (rc == 0 && any)
			rc = outfile_commit(&file, err);
		else
			outfile_abandon(&file);
	}
	frame_writer_free(frames);
	return rc;
}

/* results.c - see results.h. */
#include "output/run/results.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "output/base/runfile.h"

static void results_path(struct results *r, const char *dir)
{
	snprintf(r->path, sizeof(r->path), "%s/results.ndjson.zst", dir);
}

/* Two scans into one file would ruin it; the lock dies with the process. */
static int results_lock(struct results *r, struct errmsg *err)
{
	if (flock(r->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0; /* a file system without locks is no reason not to scan */
	close(r->fd);
	r->fd = -1;
	return errmsg_set(err, "another scan is writing to '%s'", r->path);
}

int results_create(struct results *r, const char *dir, struct errmsg *err)
{
	*r = (struct results){.fd = STDOUT_FILENO, .standard = dir == NULL};
	if (dir == NULL) {
		snprintf(r->path, sizeof(r->path), "standard output");
		return 0;
	}
	results_path(r, dir);
	r->fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (r->fd < 0)
		return errmsg_set(err, "cannot make '%s': %s", r->path, strerror(errno));
	return results_lock(r, err);
}

int results_reopen(struct results *r, const char *dir, struct errmsg *err)
{
	*r = (struct results){0};
	results_path(r, dir);
	r->fd = runfile_reopen(r->path);
	if (r->fd < 0)
		return errmsg_set(err, "cannot open '%s': %s", r->path, runfile_error(errno));
	return results_lock(r, err);
}

int results_cut(struct results *r, uint64_t bytes, uint64_t frames, struct errmsg *err)
{
	r->bytes = bytes;
	r->frames = frames;
	off_t size = lseek(r->fd, 0, SEEK_END);
	if (size < (off_t)bytes)
		return errmsg_set(err,
				  "'%s' is shorter than its checkpoint says (%lld < %llu bytes)",
				  r->path, (long long)size, (unsigned long long)bytes);
	if (ftruncate(r->fd, (off_t)bytes) != 0 || lseek(r->fd, (off_t)bytes, SEEK_SET) < 0)
		return errmsg_set(err, "cannot cut '%s': %s", r->path, strerror(errno));
	return 0;
}

int results_append(struct results *r, const void *frame, size_t n, struct errmsg *err)
{
	const char *p = frame;
	size_t left = n;

	while (left > 0) {
		ssize_t done = write(r->fd, p, left);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 &&
		    errno == EAGAIN) { /* a pipe that its other users set non-blocking */
			struct pollfd wait = {.fd = r->fd, .events = POLLOUT};
			poll(&wait, 1, -1);
			continue;
		}
		if (done <= 0) {
			int error = errno;
			/* A half frame must not stand in front of a later, whole one. */
			if (!r->standard && ftruncate(r->fd, (off_t)r->bytes) == 0)
				lseek(r->fd, (off_t)r->bytes, SEEK_SET);
			return errmsg_set(err, "cannot write to %s: %s", r->path, strerror(error));
		}
		p += done;
		left -= (size_t)done;
	}
	r->bytes += n;
	r->frames++;
	return 0;
}

int results_sync(struct results *r, struct errmsg *err)
{
	if (r->standard || r->fd < 0)
		return 0;
	if (fdatasync(r->fd) != 0)
		return errmsg_set(err, "cannot write to %s: %s", r->path, strerror(errno));
	return 0;
}

int results_close(struct results *r, struct errmsg *err)
{
	int rc = results_sync(r, err);

	if (!r->standard && r->fd >= 0 && close(r->fd) != 0 && rc == 0)
		rc = errmsg_set(err, "cannot write to %s: %s", r->path, strerror(errno));
	r->fd = -1;
	return rc;
}

/* runfile.c - see runfile.h. */
#include "output/base/runfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is looked at is what was opened: whoever may write there may change it in between. */
static int runfile_checked(int fd, struct stat *st)
{
	int error = 0;

	if (fd < 0)
		return -1;
	if (fstat(fd, st) != 0)
		error = errno;
	else if (!S_ISREG(st->st_mode))
		error = EINVAL;
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

int runfile_open(const char *path)
{
	struct stat st;

	/* A FIFO without a writer would hold open() itself, a terminal would become ours. */
	return runfile_checked(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), &st);
}

FILE *runfile_stream(const char *path, uint64_t max)
{
	struct stat st;
	int fd = runfile_checked(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), &st);
	FILE *f = NULL;

	if (fd >= 0 && (uint64_t)st.st_size > max)
		errno = EFBIG;
	else if (fd >= 0)
		f = fdopen(fd, "rb");
	if (f == NULL && fd >= 0) {
		int error = errno;
		close(fd);
		errno = error;
	}
	return f;
}

const char *runfile_error(int error)
{
	switch (error) {
	case EINVAL:
		return "it is no regular file";
	case ELOOP:
		return "it is a symbolic link, which is not followed for writing";
	case EMLINK:
		return "it has another name (hard link), which would be written to as well";
	default:
		return strerror(error);
	}
}

int runfile_create(const char *path)
{
	/* Nobody's file may be opened: what is there goes, and must not come back in between. */
	if (unlink(path) != 0 && errno != ENOENT)
		return -1;
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

int runfile_reopen(const char *path)
{
	struct stat st;
	int fd = runfile_checked(
		open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), &st);

	if (fd < 0 || st.st_nlink <= 1)
		return fd;
	close(fd);
	errno = EMLINK;
	return -1;
}

/* outfile.c - see outfile.h. */
#include "output/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/base/runfile.h"

int outfile_open(struct outfile *f, const char *dir, const char *name, struct errmsg *err)
{
	int n = snprintf(f->path, sizeof(f->path), "%s/%s", dir, name);
	int t = snprintf(f->temporary, sizeof(f->temporary), "%s/.%s.new", dir, name);

	if (n >= (int)sizeof(f->path) || t >= (int)sizeof(f->temporary))
		return errmsg_set(err, "%.100s...: the path is too long", dir);
	int fd = runfile_create(f->temporary);
	f->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (f->out != NULL)
		return 0;
	errmsg_set(err, "%s cannot be written: %s", f->path, runfile_error(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

void outfile_abandon(struct outfile *f)
{
	fclose(f->out);
	unlink(f->temporary);
}

/* The new name must survive a power cut, too. Best effort: not every file system can. */
static void outfile_sync_name(struct outfile *f)
{
	*strrchr(f->temporary, '/') = '\0';
	int fd = open(f->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	int rc = fsync(fd);
	(void)rc;
	close(fd);
}

int outfile_open_path(struct outfile *f, const char *path, struct errmsg *err)
{
	const char *slash = strrchr(path, '/');
	char dir[2048];
	struct stat at;

	/* A file cannot take a directory's place: known now, not when all is done. */
	if (stat(path, &at) == 0 && S_ISDIR(at.st_mode))
		return errmsg_set(err, "%s cannot be written: it is a directory", path);
	if (slash == NULL)
		return outfile_open(f, ".", path, err);
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path) + (slash == path), path);
	return outfile_open(f, dir, slash + 1, err);
}

int outfile_commit(struct outfile *f, struct errmsg *err)
{
	if (ferror(f->out) || fflush(f->out) != 0 || fsync(fileno(f->out)) != 0) {
		int saved = errno;
		outfile_abandon(f);
		return errmsg_set(err, "%s cannot be written: %s", f->path, strerror(saved));
	}
	if (fclose(f->out) != 0 || rename(f->temporary, f->path) != 0) {
		int saved = errno;
		unlink(f->temporary);
		return errmsg_set(err, "%s cannot be written: %s", f->path, strerror(saved));
	}
	outfile_sync_name(f);
	return 0;
}

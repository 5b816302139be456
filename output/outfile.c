/* outfile.c - see outfile.h. */
#include "output/outfile.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int outfile_open(struct outfile *f, const char *dir, const char *name, struct errmsg *err)
{
	int n = snprintf(f->path, sizeof(f->path), "%s/%s", dir, name);
	int t = snprintf(f->temporary, sizeof(f->temporary), "%s/.%s.new", dir, name);

	if (n >= (int)sizeof(f->path) || t >= (int)sizeof(f->temporary))
		return errmsg_set(err, "%.100s...: the path is too long", dir);
	f->out = fopen(f->temporary, "w");
	if (f->out == NULL)
		return errmsg_set(err, "%s cannot be written: %s", f->temporary, strerror(errno));
	return 0;
}

void outfile_abandon(struct outfile *f)
{
	fclose(f->out);
	unlink(f->temporary);
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
	return 0;
}

/* scratch.h - a private directory that is emptied and removed when the program ends. */
#ifndef MTASWEEP_TEST_SCRATCH_H
#define MTASWEEP_TEST_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_path[64];

static inline void scratch_remove(void)
{
	DIR *dir = opendir(scratch_path);

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(scratch_path);
}

/* The same at every call. */
static inline const char *scratch_dir(void)
{
	if (scratch_path[0] == '\0') {
		snprintf(scratch_path, sizeof(scratch_path), "%s/mtasweep-XXXXXX",
			 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		if (mkdtemp(scratch_path) == NULL)
			abort();
		atexit(scratch_remove);
	}
	return scratch_path;
}

/* A file in it. */
static inline void scratch_write(const char *name, const void *data, size_t n)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir(), name);
	FILE *f = fopen(path, "wb");
	if (f == NULL || fwrite(data, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static inline void scratch_remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir(), name);
	unlink(path);
}

#endif

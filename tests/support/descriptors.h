/* descriptors.h - how many files this process has open. */
#ifndef MTASWEEP_TEST_DESCRIPTORS_H
#define MTASWEEP_TEST_DESCRIPTORS_H

#include <dirent.h>

static inline unsigned descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

#endif

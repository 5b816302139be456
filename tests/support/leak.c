/*
 * leak.c - to be preloaded: loses memory in every process, or with LEAK=child in those only that a
 * process of the same program started, so that sanitizers.sh can see whether anybody notices.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_child(void)
{
	char path[64], own[PATH_MAX], parents[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)getppid());
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own));
	return n > 0 && readlink(path, parents, sizeof(parents)) == n &&
	       memcmp(own, parents, (size_t)n) == 0;
}

__attribute__((constructor)) static void plant(void)
{
	const char *where = getenv("LEAK");

	if (where == NULL || (strcmp(where, "child") == 0 && !is_child()))
		return;
	for (size_t n = 1000; n < 1064; n++) { /* one of them may be seen in a register still */
		char *volatile lost = malloc(n);
		if (lost != NULL)
			memset(lost, 1, n);
	}
}

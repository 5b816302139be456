/*
 * allocates.c - allocates once in each way that bench/count_allocations.c knows, and once by way of
 * a library that does it for itself.
 *
 *     allocates WAY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void *volatile kept; /* or the compiler leaves out what nobody needs */

static void way_malloc(void)
{
	kept = malloc(8);
}

static void way_calloc(void)
{
	kept = calloc(2, 8);
}

static void way_realloc(void)
{
	kept = realloc(NULL, 8);
}

static void way_reallocarray(void)
{
	kept = reallocarray(NULL, 2, 8);
}

static void way_aligned_alloc(void)
{
	kept = aligned_alloc(64, 64);
}

static void way_posix_memalign(void)
{
	void *p;

	kept = posix_memalign(&p, 64, 64) == 0 ? p : NULL;
}

static void way_strdup(void)
{
	kept = strdup("some");
}

static void way_strndup(void)
{
	kept = strndup("some", 2);
}

static void way_asprintf(void)
{
	char *p;

	kept = asprintf(&p, "%d", 7) > 0 ? p : NULL;
}

static void way_getline(void)
{
	char *line = NULL;
	size_t n = 0;

	kept = getline(&line, &n, stdin) > 0 ? line : NULL;
}

static void way_library(void)
{
	static z_stream z;

	kept = deflateInit(&z, 1) == Z_OK ? &z : NULL;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} ways[] = {
		{"malloc", way_malloc},
		{"calloc", way_calloc},
		{"realloc", way_realloc},
		{"reallocarray", way_reallocarray},
		{"aligned_alloc", way_aligned_alloc},
		{"posix_memalign", way_posix_memalign},
		{"strdup", way_strdup},
		{"strndup", way_strndup},
		{"asprintf", way_asprintf},
		{"getline", way_getline},
		{"library", way_library},
	};

	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			ways[i].run();
	return kept != NULL || argc == 1 ? 0 : 1;
}

/*
 * golden.h - compares what a part of the program says with a file that somebody has looked at, as
 * golden.py does: with GOLDEN_UPDATE=1 in the environment the file is written anew.
 *
 *     FILE *out = golden_begin(&g, "judge/codes.txt");
 *     fprintf(out, ...);
 *     golden_end(&g);
 */
#ifndef MTASWEEP_TEST_GOLDEN_H
#define MTASWEEP_TEST_GOLDEN_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct golden {
	char path[512];
	char *said;
	size_t n;
	FILE *out;
};

static inline FILE *golden_begin(struct golden *g, const char *name)
{
	snprintf(g->path, sizeof(g->path), "%s/tests/golden/%s", SOURCE_DIR, name);
	g->out = open_memstream(&g->said, &g->n);
	cr_assert_not_null(g->out);
	return g->out;
}

/* The first line that differs is told, with its number. */
static inline void golden_compare(const char *path, const char *wanted, const char *said)
{
	unsigned line = 1;

	while (*wanted == *said && *wanted != '\0') {
		size_t a = strcspn(wanted, "\n"), b = strcspn(said, "\n");
		if (a != b || memcmp(wanted, said, a) != 0)
			break;
		wanted += a + (wanted[a] == '\n');
		said += b + (said[b] == '\n');
		line++;
	}
	if (*wanted != '\0' || *said != '\0')
		cr_expect_fail("%s, line %u:\n- %.*s\n+ %.*s", path, line,
			       (int)strcspn(wanted, "\n"), wanted, (int)strcspn(said, "\n"), said);
}

static inline void golden_end(struct golden *g)
{
	const char *wish = getenv("GOLDEN_UPDATE");
	bool update = wish != NULL && strcmp(wish, "1") == 0;

	cr_assert_eq(fclose(g->out), 0);
	cr_assert_gt(g->n, 0);
	FILE *f = fopen(g->path, update ? "w+" : "r");
	cr_assert_not_null(f, "%s cannot be opened", g->path);
	if (update)
		cr_assert_eq(fwrite(g->said, 1, g->n, f), g->n);
	rewind(f);
	char *wanted = calloc(1, g->n + 65536);
	cr_assert_not_null(wanted);
	cr_assert_gt(fread(wanted, 1, g->n + 65535, f), 0, "%s is empty", g->path);
	fclose(f);
	golden_compare(g->path, wanted, g->said);
	free(wanted);
	free(g->said);
}

#endif

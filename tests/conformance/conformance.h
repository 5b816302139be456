/*
 * conformance.h - reading the shared conformance data: TSV with JSON cells, JSON lines, whole
 * files.
 *
 * Tests only. Everything is read into memory and kept until the program ends.
 */
#ifndef MTASWEEP_TEST_CONFORMANCE_H
#define MTASWEEP_TEST_CONFORMANCE_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "parsers/policy.h"
#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "tests/support/guard.h"

#define CONFORMANCE_DIR SHARED_DIR "/conformance/"
#define CONFORMANCE_CELLS 20

/* A whole file with a NUL behind it; NULL when it cannot be opened. */
static inline char *conformance_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return NULL;
	size_t size = 0, room = 1 << 16;
	char *text = malloc(room + 1);
	for (size_t got; text != NULL && (got = fread(text + size, 1, room - size, f)) > 0;) {
		size += got;
		if (size == room)
			text = realloc(text, (room *= 2) + 1);
	}
	fclose(f);
	if (text == NULL)
		abort();
	text[size] = '\0';
	*n = size;
	return text;
}

/* The same for the shared data; the test is skipped when it is not there. */
static inline char *conformance_read(const char *name, size_t *n)
{
	char path[1024];
	snprintf(path, sizeof(path), CONFORMANCE_DIR "%s", name);
	char *text = conformance_file(path, n);
	if (text == NULL) {
		cr_skip("no %s", path);
	}
	return text;
}

/* A table: its stray NUL bytes, which would end a string, become "?". */
static inline char *conformance_table(const char *name)
{
	size_t n;
	char *text = conformance_read(name, &n);
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = '?';
	return text;
}

/* Next line without its LF; NULL at the end. Cuts the text. */
static inline char *conformance_line(char **rest)
{
	char *line = *rest;
	if (line == NULL)
		return NULL;
	char *lf = strchr(line, '\n');
	*rest = lf == NULL || lf[1] == '\0' ? NULL : lf + 1;
	if (lf != NULL)
		*lf = '\0';
	return line;
}

static inline unsigned conformance_cells(char *line, char *cell[CONFORMANCE_CELLS])
{
	unsigned n = 0;
	for (char *at = line; at != NULL && n < CONFORMANCE_CELLS; n++) {
		cell[n] = at;
		char *tab = strchr(at, '\t');
		if (tab != NULL)
			*tab++ = '\0';
		at = tab;
	}
	return n;
}

static inline bool conformance_sts(const char *text, size_t n, struct findings *f)
{
	struct guard g = guard_copy(text, n);
	struct sts_record record;
	sts_record_parse(span_of(g.p, g.n), f, &record);
	guard_free(&g);
	return record.valid;
}

static inline bool conformance_tlsrpt(const char *text, size_t n, struct findings *f)
{
	struct guard g = guard_copy(text, n);
	struct tlsrpt record;
	tlsrpt_parse(span_of(g.p, g.n), f, &record);
	guard_free(&g);
	return record.valid;
}

static inline bool conformance_policy(const char *text, size_t n, struct findings *f)
{
	struct guard g = guard_copy(text, n);
	struct policy policy;
	policy_parse(span_of(g.p, g.n), f, &policy);
	guard_free(&g);
	return policy.valid;
}

static inline const char *conformance_root(const struct findings *f)
{
	return f->root < 0 ? "valid" : issue_info(f->v[f->root].code)->code;
}

#endif

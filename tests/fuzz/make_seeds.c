/*
 * make_seeds.c - writes the seeds that follow the layout of a packed row
 * (output/aggregate/facts.h) into a folder of corpora: a row of each verdict for fuzz_facts, and
 * frames of such rows as a worker sends them for fuzz_proto. To be run again whenever that layout
 * changes; tests/fuzz/reached tells.
 *
 *     make_seeds tests/fuzz/corpus
 */
#include <stdio.h>
#include <string.h>

#include "output/aggregate/facts.h"
#include "parsers/terms.h"
#include "scanner/pipe/proto.h"
#include "tests/support/sample.h"

#define LINES_MAX 4u

static const char *folder;

static int write_seed(const char *corpus, const char *kind, const char *name, const void *p,
		      size_t n)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/%s%s", folder, corpus, kind, name);
	FILE *out = fopen(path, "wb");
	if (out == NULL || fwrite(p, 1, n, out) != n || fclose(out) != 0) {
		perror(path);
		return -1;
	}
	return 0;
}

/* A message of fuzz_proto: its first byte asks for messages, then kind and length. */
static int write_frame(const char *name, const uint64_t *lines, unsigned lines_n,
		       const uint8_t *facts, size_t facts_n)
{
	static uint8_t seed[8 + LINES_MAX * (8 + FACTS_PACKED_MAX) + 64];
	struct proto_frame head = {lines_n, (uint32_t)facts_n, 5, 100};
	size_t body_n = sizeof(head) + lines_n * sizeof(lines[0]) + facts_n + head.frame_n;
	uint8_t *at = seed;

	*at++ = 1;
	*at++ = PROTO_FRAME;
	*at++ = (uint8_t)(body_n >> 8);
	*at++ = (uint8_t)body_n;
	memcpy(at, &head, sizeof(head));
	at += sizeof(head);
	memcpy(at, lines, lines_n * sizeof(lines[0]));
	at += lines_n * sizeof(lines[0]);
	memcpy(at, facts, facts_n);
	at += facts_n;
	memcpy(at, "frame", head.frame_n);
	return write_seed("proto", "frame_", name, seed, 4 + body_n);
}

/* The packed row of the first sample with this verdict; 0 when there is none. */
static size_t sample_row(enum verdict verdict, uint8_t packed[FACTS_PACKED_MAX])
{
	struct facts facts;
	struct arena arena;
	struct record r;
	size_t n = 0;

	if (arena_init(&arena, 65536, 1u << 20) != 0)
		return 0;
	for (uint64_t line = 1; n == 0 && line < 10000; line++) {
		arena_reset(&arena);
		sample_record(&r, &arena, 1, line, 500);
		if (r.verdict != verdict)
			continue;
		facts_from_record(&r, &facts);
		n = facts_pack(&facts, packed);
	}
	arena_release(&arena);
	return n;
}

int main(int argc, char **argv)
{
	static const uint64_t good[] = {5, 7, 6, 1}, twice[] = {5, 7, 5, 1},
			      foreign[] = {5, 7, 99, 1};
	static uint8_t rows[LINES_MAX * FACTS_PACKED_MAX];
	size_t rows_n = 0, all = 0;
	unsigned n = 0;
	int rc = 0;

	if (argc != 2)
		return 2;
	folder = argv[1];
	for (unsigned v = 0; v < verdict_count; v++) {
		uint8_t row[FACTS_PACKED_MAX];
		size_t row_n = sample_row((enum verdict)v, row);
		if (row_n == 0)
			continue;
		rc |= write_seed("facts", "", verdict_name((enum verdict)v), row, row_n);
		if (n == LINES_MAX)
			continue;
		memcpy(rows + all, row, row_n);
		all += row_n;
		if (++n == 1)
			rows_n = row_n;
	}
	rc |= write_frame("one", good, 1, rows, rows_n);
	rc |= write_frame("four", good, n, rows, all);
	rc |= write_frame("line_twice", twice, n, rows, all);
	rc |= write_frame("line_not_out", foreign, n, rows, all);
	rc |= write_frame("row_missing", good, n, rows, all - 1);
	return rc == 0 && n == LINES_MAX ? 0 : 1;
}

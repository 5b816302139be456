/*
 * make_records.c - writes a file of sample records: make_records FILE COUNT [SEED [ADOPTERS
 * [FIRST]]]. FILE "-" is standard output. Frames of 500 lines, as a scan would write them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/frame.h"
#include "output/record_emit.h"
#include "tests/support/sample.h"

static int flush(struct frame_writer *w, FILE *out)
{
	const uint8_t *frame;
	size_t n;

	return frame_finish(w, &frame, &n) != 0 || fwrite(frame, 1, n, out) != n ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct frame_writer *w = frame_writer_new(FRAME_LEVEL_DEFAULT);
	struct json_buf line;
	struct arena arena;
	struct record r;

	if (argc < 3 || w == NULL || arena_init(&arena, 65536, 1u << 20) != 0)
		return 2;
	unsigned long long count = strtoull(argv[2], NULL, 10);
	unsigned long long seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	unsigned adopters = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 10;
	unsigned long long first = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
	FILE *out = strcmp(argv[1], "-") == 0 ? stdout : fopen(argv[1], "wb");
	if (out == NULL)
		return 2;
	json_init(&line, RECORD_LINE_MAX);
	for (unsigned long long i = 0; i < count; i++) {
		arena_reset(&arena);
		json_reset(&line);
		sample_record(&r, &arena, seed, first + i, adopters);
		if (record_emit(&r, &line) != 0 || frame_add(w, line.p, line.n) != 0)
			return 3;
		if (i % 500 == 499 && flush(w, out) != 0)
			return 3;
	}
	if (flush(w, out) != 0 || fclose(out) != 0)
		return 3;
	json_release(&line);
	arena_release(&arena);
	frame_writer_free(w);
	return 0;
}

/*
 * make_records.c - writes a file of sample records:
 *
 *     make_records FILE COUNT [SEED [ADOPTERS [FIRST [distinct|wild]]]]
 *
 * FILE "-" is standard output. Frames of 500 lines, as a scan would write them. With "distinct" no
 * two records share a value that the report counts by, and each is as long as it may be: the worst
 * there is for the report's memory. With "wild" every field is at random, see wild.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/run/frame.h"
#include "output/record/record_emit.h"
#include "tests/support/sample.h"
#include "tests/support/wild.h"

static int flush(struct frame_writer *w, FILE *out)
{
	const uint8_t *frame;
	size_t n;

	return frame_finish(w, &frame, &n) != 0 || fwrite(frame, 1, n, out) != n ? -1 : 0;
}

static struct span distinct_text(struct arena *a, unsigned n, unsigned long long number,
				 unsigned which)
{
	return arena_printf(a, "%0*llu%u", (int)n - 1, number, which);
}

static void make_distinct(struct record *r, struct arena *a)
{
	unsigned long long n = r->line;

	r->tld = distinct_text(a, 63, n, 1);
	r->tag = distinct_text(a, 255, n, 1);
	r->provider_mx = distinct_text(a, 128, n, 1);
	r->provider_policy = distinct_text(a, 128, n, 2);
	r->sts.answer.resolver = distinct_text(a, 64, n, 1);
	r->tlsrpt.answer.resolver = distinct_text(a, 64, n, 2);
	r->mx.resolver = distinct_text(a, 64, n, 3);
	r->policy.address = distinct_text(a, 64, n, 4);
	r->policy.content_type = distinct_text(a, 96, n, 5);
	r->policy.cert_issuer = distinct_text(a, 96, n, 6);
	r->policy.max_age = (int64_t)n;
	if (r->tlsrpt.rua_n < 2)
		return;
	struct span *rua = arena_alloc(a, 2 * sizeof(*rua));
	if (rua == NULL)
		return;
	for (unsigned i = 0; i < 2; i++)
		rua[i] = arena_printf(a, "https://%0126llu.%u/", n, i);
	r->tlsrpt.rua = rua;
}

int main(int argc, char **argv)
{
	struct frame_writer *w = frame_writer_new(FRAME_LEVEL_DEFAULT);
	struct record_emitter *emitter = record_emitter_new();
	struct buf line;
	struct arena arena;
	struct record r;

	if (argc < 3 || w == NULL || emitter == NULL || arena_init(&arena, 65536, 1u << 20) != 0)
		return 2;
	unsigned long long count = strtoull(argv[2], NULL, 10);
	unsigned long long seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	unsigned adopters = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 10;
	unsigned long long first = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
	bool distinct = argc > 6 && strcmp(argv[6], "distinct") == 0;
	bool wild = argc > 6 && strcmp(argv[6], "wild") == 0;
	FILE *out = strcmp(argv[1], "-") == 0 ? stdout : fopen(argv[1], "wb");
	if (out == NULL)
		return 2;
	buf_init(&line, RECORD_LINE_MAX);
	for (unsigned long long i = 0; i < count; i++) {
		arena_reset(&arena);
		buf_reset(&line);
		if (wild)
			wild_record(&r, &arena, seed, first + i);
		else
			sample_record(&r, &arena, seed, first + i, adopters);
		if (distinct)
			make_distinct(&r, &arena);
		if (record_emit(emitter, &r, &line) != 0 || frame_add(w, line.p, line.n) != 0)
			return 3;
		if (i % 500 == 499 && flush(w, out) != 0)
			return 3;
	}
	if (flush(w, out) != 0 || fclose(out) != 0)
		return 3;
	buf_release(&line);
	arena_release(&arena);
	frame_writer_free(w);
	record_emitter_free(emitter);
	return 0;
}

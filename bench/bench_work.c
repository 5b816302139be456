/*
 * bench_work.c - one part of the work of a scan, N times over: for counting instructions, and CPU
 * time beside what the same bytes cost memcpy and the bare zstd library.
 *
 *     bench_work TASK N            over a seeded population of records
 *     bench_work TASK N RESULTS    over the first records of a results.ndjson.zst
 *     bench_work input FILE        reads every line of a list
 *
 * TASK: emit, frame (emit included), pack, unpack, aggregate; or a yardstick: copy (memcpy of the
 * lines that emit writes), zstd (frames of the same text with nothing around the library).
 *
 * The same task and N do the same work each time, so that the difference of two N, counted by
 * callgrind, is what a record costs, to a fraction of a percent.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "output/aggregate/aggregate.h"
#include "output/base/arena.h"
#include "output/aggregate/facts.h"
#include "output/run/frame.h"
#include "output/text/json.h"
#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "scanner/worker/frame_box.h"
#include "scanner/input/input.h"
#include "tests/support/sample.h"

#define RECORDS 384u  /* more text than a frame takes, or zstd meets it again */
#define ADOPTERS 100u /* of 1000: one record in ten has a policy */
#define LEVEL FRAME_LEVEL_DEFAULT

struct bench {
	struct arena arena;
	unsigned records;
	struct record record[RECORDS];
	struct facts facts[RECORDS];
	struct span packed[RECORDS];
	/* What emit writes for record i begins at line[i]; all of it over and over, so that a frame
	 * can begin at any. */
	struct buf lines;
	size_t line[RECORDS + 1];
	size_t from, to; /* of the text of the next frame of zstd, in `lines` */
	ZSTD_CCtx *context;
	char *out;
	size_t out_cap;
	uint8_t row[FACTS_PACKED_MAX];
	struct buf text;
	struct frame_writer *writer;
	struct record_emitter *emitter;
	struct aggregate *aggregate;
	uint64_t sum; /* of something of every result, so that none is left out */
};

static void read_records(struct bench *b, const char *path)
{
	static struct record_reader reader;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct frame_reader *frames = frame_reader_new(fd, RECORD_LINE_MAX);
	struct errmsg err;
	struct span line;

	if (fd < 0 || frames == NULL)
		abort();
	record_reader_init(&reader);
	while (b->records < RECORDS && frame_reader_next(frames, &line, &err) == FRAME_LINE) {
		struct record *r = &b->record[b->records++];
		line = arena_copy(&b->arena, line); /* records point into it */
		if (record_read(&reader, line, &b->arena, r) != RECORD_READ_OK)
			abort();
	}
	frame_reader_free(frames);
	close(fd);
	if (b->records == 0)
		abort();
}

static void emit(struct bench *b, struct buf *to, unsigned i)
{
	if (record_emit(b->emitter, &b->record[i], to) != 0)
		abort();
}

static void bench_open(struct bench *b, const char *results)
{
	if (arena_init(&b->arena, 1 << 20, 64 << 20) != 0)
		abort();
	buf_init(&b->text, RECORD_LINE_MAX);
	b->writer = frame_writer_new(LEVEL);
	b->emitter = record_emitter_new();
	b->aggregate = aggregate_new();
	if (b->writer == NULL || b->emitter == NULL || b->aggregate == NULL)
		abort();
	if (results != NULL)
		read_records(b, results);
	for (; b->records < RECORDS && results == NULL; b->records++)
		sample_record(&b->record[b->records], &b->arena, 1, b->records + 1, ADOPTERS);
	for (unsigned i = 0; i < b->records; i++) {
		facts_from_record(&b->record[i], &b->facts[i]);
		size_t n = facts_pack(&b->facts[i], b->row);
		b->packed[i] = arena_copy(&b->arena, span_of((const char *)b->row, n));
	}
}

/* The yardsticks' text and context; the same parameters as frame_writer_new()'s. */
static void bench_open_yardsticks(struct bench *b)
{
	buf_init(&b->lines, RECORDS * RECORD_LINE_MAX);
	for (unsigned i = 0; i < b->records; i++) {
		emit(b, &b->lines, i);
		b->line[i + 1] = b->lines.n;
	}
	size_t more = FRAME_BOX_TEXT + b->lines.n; /* at least a frame and a line */
	for (unsigned i = 0; b->lines.n < b->line[b->records] + more; i++) {
		if (i == b->records)
			i = 0;
		emit(b, &b->lines, i);
	}
	b->out_cap = ZSTD_compressBound(more);
	b->out = malloc(b->out_cap);
	b->context = ZSTD_createCCtx();
	if (b->out == NULL || b->context == NULL)
		abort();
	ZSTD_CCtx_setParameter(b->context, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(b->context, ZSTD_c_checksumFlag, 1);
}

static void bench_close(struct bench *b)
{
	ZSTD_freeCCtx(b->context);
	free(b->out);
	frame_writer_free(b->writer);
	record_emitter_free(b->emitter);
	aggregate_free(b->aggregate);
	buf_release(&b->lines);
	buf_release(&b->text);
	arena_release(&b->arena);
}

static void run_emit(struct bench *b, unsigned i)
{
	buf_reset(&b->text);
	emit(b, &b->text, i);
	b->sum += b->text.n;
}

static void end_frame(struct bench *b)
{
	const uint8_t *frame;
	size_t n;

	if (frame_finish(b->writer, &frame, &n) != 0)
		abort();
	b->sum += n;
}

static void run_frame(struct bench *b, unsigned i)
{
	run_emit(b, i);
	if (frame_add(b->writer, b->text.p, b->text.n) != 0)
		abort();
	if (frame_pending(b->writer) >= FRAME_BOX_TEXT)
		end_frame(b);
}

static void run_pack(struct bench *b, unsigned i)
{
	struct facts facts;

	facts_from_record(&b->record[i], &facts);
	b->sum += facts_pack(&facts, b->row);
}

static void run_unpack(struct bench *b, unsigned i)
{
	b->sum += facts_unpack(&b->facts[i], (const uint8_t *)b->packed[i].p, b->packed[i].n);
}

static void run_aggregate(struct bench *b, unsigned i)
{
	if (aggregate_add(b->aggregate, &b->facts[i]) != 0)
		abort();
	b->sum++;
}

static void run_copy(struct bench *b, unsigned i)
{
	size_t n = b->line[i + 1] - b->line[i];

	memcpy(b->out, b->lines.p + b->line[i], n);
	b->sum += (unsigned char)b->out[n - 1];
}

static void end_zstd(struct bench *b)
{
	size_t n = ZSTD_compress2(b->context, b->out, b->out_cap, b->lines.p + b->from,
				  b->to - b->from);
	if (ZSTD_isError(n))
		abort();
	b->sum += n;
	b->from = b->to = b->to % b->line[b->records];
}

static void run_zstd(struct bench *b, unsigned i)
{
	b->to += b->line[i + 1] - b->line[i];
	if (b->to - b->from >= FRAME_BOX_TEXT)
		end_zstd(b);
}

static int run_input(const char *path)
{
	const struct input_config config = {.paths = &path, .paths_n = 1};
	struct input_line line;
	struct errmsg err;
	struct input *in;
	uint64_t lines = 0;
	int rc = input_open(&in, &config, &err);

	if (rc == 0) {
		while ((rc = input_next(in, &line, &err)) == 1)
			lines++;
		input_close(in);
	}
	if (rc != 0) {
		fprintf(stderr, "bench_work: %s\n", err.text);
		return 2;
	}
	printf("%llu\n", (unsigned long long)lines);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct bench *, unsigned);
		void (*end)(struct bench *); /* of what is left */
	} tasks[] = {
		{"emit", run_emit, NULL},	    {"frame", run_frame, end_frame},
		{"pack", run_pack, NULL},	    {"unpack", run_unpack, NULL},
		{"aggregate", run_aggregate, NULL}, {"copy", run_copy, NULL},
		{"zstd", run_zstd, end_zstd},
	};
	static struct bench bench;

	if (argc == 3 && strcmp(argv[1], "input") == 0)
		return run_input(argv[2]);
	for (size_t k = 0; k < sizeof(tasks) / sizeof(tasks[0]); k++) {
		if (argc < 3 || argc > 4 || strcmp(tasks[k].name, argv[1]) != 0)
			continue;
		bench_open(&bench, argv[3]);
		if (tasks[k].run == run_copy || tasks[k].run == run_zstd)
			bench_open_yardsticks(&bench);
		unsigned long n = strtoul(argv[2], NULL, 10);
		for (unsigned long i = 0; i < n; i++)
			tasks[k].run(&bench, (unsigned)(i % bench.records));
		if (tasks[k].end != NULL)
			tasks[k].end(&bench);
		printf("%llu\n", (unsigned long long)bench.sum);
		bench_close(&bench);
		return 0;
	}
	fputs("usage: bench_work TASK N [RESULTS] | input FILE\n", stderr);
	return 2;
}

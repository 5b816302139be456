/*
 * bench_work.c - one part of the work of a scan, N times over: for counting instructions.
 *
 *     bench_work emit|frame|pack|unpack|aggregate N     over a seeded population of records
 *     bench_work input FILE                             reads every line of a list
 *
 * The same task and N do the same work each time, so that the difference of two N, counted by
 * callgrind, is what a record costs, to a fraction of a percent.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/aggregate.h"
#include "output/arena.h"
#include "output/facts.h"
#include "output/frame.h"
#include "output/json.h"
#include "output/record_emit.h"
#include "scanner/input.h"
#include "tests/support/sample.h"

#define RECORDS 64u
#define ADOPTERS 100u /* of 1000: one record in ten has a policy */
#define FRAME_TEXT (256u << 10)

struct bench {
	struct arena arena;
	struct record record[RECORDS];
	struct facts facts[RECORDS];
	uint8_t packed[RECORDS][FACTS_PACKED_MAX];
	size_t packed_n[RECORDS];
	struct json_buf text;
	struct frame_writer *writer;
	struct record_emitter *emitter;
	struct aggregate *aggregate;
	uint64_t sum; /* of something of every result, so that none is left out */
};

static void bench_open(struct bench *b)
{
	if (arena_init(&b->arena, 1 << 20, 64 << 20) != 0)
		abort();
	json_init(&b->text, RECORD_LINE_MAX);
	b->writer = frame_writer_new(3);
	b->emitter = record_emitter_new();
	b->aggregate = aggregate_new();
	if (b->writer == NULL || b->emitter == NULL || b->aggregate == NULL)
		abort();
	for (unsigned i = 0; i < RECORDS; i++) {
		sample_record(&b->record[i], &b->arena, 1, i + 1, ADOPTERS);
		facts_from_record(&b->record[i], &b->facts[i]);
		b->packed_n[i] = facts_pack(&b->facts[i], b->packed[i]);
	}
}

static void bench_close(struct bench *b)
{
	frame_writer_free(b->writer);
	record_emitter_free(b->emitter);
	aggregate_free(b->aggregate);
	json_release(&b->text);
	arena_release(&b->arena);
}

static void run_emit(struct bench *b, unsigned i)
{
	json_reset(&b->text);
	if (record_emit(b->emitter, &b->record[i], &b->text) != 0)
		abort();
	b->sum += b->text.n;
}

static void run_frame(struct bench *b, unsigned i)
{
	const uint8_t *frame;
	size_t n;

	run_emit(b, i);
	if (frame_add(b->writer, b->text.p, b->text.n) != 0)
		abort();
	if (frame_pending(b->writer) < FRAME_TEXT)
		return;
	if (frame_finish(b->writer, &frame, &n) != 0)
		abort();
	b->sum += n;
}

static void run_pack(struct bench *b, unsigned i)
{
	struct facts facts;

	facts_from_record(&b->record[i], &facts);
	b->sum += facts_pack(&facts, b->packed[i]);
}

static void run_unpack(struct bench *b, unsigned i)
{
	b->sum += facts_unpack(&b->facts[i], b->packed[i], b->packed_n[i]);
}

static void run_aggregate(struct bench *b, unsigned i)
{
	if (aggregate_add(b->aggregate, &b->facts[i]) != 0)
		abort();
	b->sum++;
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
	} tasks[] = {
		{"emit", run_emit},	{"frame", run_frame},	      {"pack", run_pack},
		{"unpack", run_unpack}, {"aggregate", run_aggregate},
	};
	static struct bench bench;

	if (argc == 3 && strcmp(argv[1], "input") == 0)
		return run_input(argv[2]);
	for (size_t k = 0; argc == 3 && k < sizeof(tasks) / sizeof(tasks[0]); k++) {
		if (strcmp(tasks[k].name, argv[1]) != 0)
			continue;
		bench_open(&bench);
		unsigned long n = strtoul(argv[2], NULL, 10);
		for (unsigned long i = 0; i < n; i++)
			tasks[k].run(&bench, (unsigned)(i % RECORDS));
		printf("%llu\n", (unsigned long long)bench.sum);
		bench_close(&bench);
		return 0;
	}
	fputs("usage: bench_work emit|frame|pack|unpack|aggregate N | input FILE\n", stderr);
	return 2;
}

/*
 * fuzz_host_rows.c - a run's table of MX hosts, of any lines: what can be read is copied, read
 * again and compared with itself. Nothing has changed then, and no line more or less is there.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/diff/diff_hosts.h"
#include "output/run/frame.h"
#include "output/run/host_rows.h"
#include "tests/support/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_table(const uint8_t *data, size_t size)
{
	struct frame_writer *frames = frame_writer_new(FRAME_LEVEL_DEFAULT);
	char *lines = malloc(size + 1);
	const uint8_t *frame;
	size_t n;

	assert(frames != NULL && lines != NULL);
	memcpy(lines, data, size);
	lines[size] = '\n'; /* a frame ends with a line */
	assert(frame_add(frames, lines, size + (data[size - 1] != '\n')) == 0);
	free(lines);
	assert(frame_finish(frames, &frame, &n) == 0);
	scratch_write("hosts.ndjson.zst", frame, n);
	frame_writer_free(frames);
}

static uint64_t count(const char *dir, uint64_t *damaged)
{
	struct errmsg err = {""};
	struct host_rows *rows;
	struct record_host h;
	struct span line;
	uint64_t n = 0;

	assert(host_rows_open(&rows, dir, &err) == 0);
	if (rows == NULL)
		return 0;
	for (; host_rows_next(rows, &h, &line, &err) == 1; n++)
		assert(line.n > 0);
	*damaged = host_rows_damaged(rows);
	host_rows_close(rows);
	return n;
}

static void never(void *owner, const struct host_change *change)
{
	(void)owner;
	(void)change;
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char info[] = "{\"version\":\"1\",\"completed\":true}";
	const char *dir = scratch_dir(), *const runs[2] = {dir, dir};
	struct remarks remarks = {0};
	struct host_totals totals;
	struct errmsg err = {""};
	uint64_t damaged = 0;

	if (size == 0 || size > 65536)
		return 0;
	scratch_write("results.ndjson", "", 0);
	scratch_write("run.json", info, sizeof(info) - 1);
	write_table(data, size);
	uint64_t n = count(dir, &damaged);
	assert(host_rows_copy(&dir, 1, dir, &err) == 0);
	assert(count(dir, &damaged) == n && damaged == 0);
	assert(diff_hosts(runs, DIFF_MEMORY, never, NULL, &totals, &remarks, &err) == DIFF_DONE);
	assert(totals.changed == 0 && totals.only_old == 0 && totals.only_new == 0);
	assert(totals.both <= n);
	remarks_release(&remarks);
	return 0;
}

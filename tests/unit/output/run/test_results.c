/* The file that frames are appended to: what is in it, what is cut from it, who may write it, and
 * that nothing stays open. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/run/results.h"
#include "output/run/run_source.h"
#include "tests/support/descriptors.h"
#include "tests/support/sample.h"
#include "tests/support/scratch.h"
#include "output/record/record_emit.h"

#define RESULTS "results.ndjson.zst"

static off_t size_of(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", scratch_dir(), name);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* Frames of `lines` records each. */
static void write_frames(struct results *r, unsigned frames, unsigned lines)
{
	struct frame_writer *w = frame_writer_new(FRAME_LEVEL_DEFAULT);
	struct errmsg err = {""};
	struct arena a;
	struct buf line;

	cr_assert_not_null(w);
	cr_assert_eq(arena_init(&a, 65536, 1 << 20), 0);
	buf_init(&line, RECORD_LINE_MAX);
	for (unsigned i = 0; i < frames * lines; i++) {
		const uint8_t *frame;
		struct record one;
		size_t n;
		arena_reset(&a);
		buf_reset(&line);
		sample_record(&one, &a, 1, i + 1, 300);
		cr_assert_eq(record_emit_once(&one, &line), 0);
		cr_assert_eq(frame_add(w, line.p, line.n), 0);
		if ((i + 1) % lines > 0)
			continue;
		cr_assert_eq(frame_finish(w, &frame, &n), 0);
		uint64_t before = r->bytes;
		cr_assert_eq(results_append(r, frame, n, &err), 0, "%s", err.text);
		cr_assert_eq(r->bytes, before + n);
	}
	frame_writer_free(w);
	arena_release(&a);
	buf_release(&line);
}

static unsigned read_records(uint64_t *damaged)
{
	char path[128];
	static struct run_source s;
	struct remarks remarks = {0};
	struct errmsg err = {""};
	struct record r;
	struct span line;
	unsigned n = 0;

	snprintf(path, sizeof(path), "%s/%s", scratch_dir(), RESULTS);
	cr_assert_eq(run_open(&s, path, &remarks, &err), 0, "%s", err.text);
	for (enum run_status status; (status = run_next(&s, &r, &line, &err)) == RUN_RECORD; n++)
		cr_assert_eq(r.line, n + 1);
	*damaged = s.stretches + s.bad_lines;
	run_close(&s);
	remarks_release(&remarks);
	return n;
}

Test(results, every_frame_is_there_and_nothing_stays_open)
{
	unsigned open_before = descriptors();
	struct results r;
	struct errmsg err = {""};
	uint64_t damaged;

	cr_assert_eq(results_create(&r, scratch_dir(), &err), 0, "%s", err.text);
	cr_expect_eq(r.bytes + r.frames, 0);
	write_frames(&r, 5, 20);
	cr_expect_eq(r.frames, 5);
	cr_expect_eq((off_t)r.bytes, size_of(RESULTS));
	cr_expect_eq(results_sync(&r, &err), 0);
	cr_expect_eq(results_close(&r, &err), 0);
	cr_expect_eq(r.fd, -1);
	cr_expect_eq(read_records(&damaged), 100);
	cr_expect_eq(damaged, 0);
	cr_expect_eq(descriptors(), open_before);
	/* It is not made anew where it is. */
	cr_expect_eq(results_create(&r, scratch_dir(), &err), -1);
	cr_expect_not_null(strstr(err.text, RESULTS), "%s", err.text);
	cr_expect_eq(results_create(&r, "/nowhere/at/all", &err), -1);
	cr_expect_eq(results_reopen(&r, "/nowhere/at/all", &err), -1);
	cr_expect_eq(descriptors(), open_before);
}

Test(results, goes_on_behind_the_last_whole_frame)
{
	unsigned open_before = descriptors();
	struct results r, second;
	struct errmsg err = {""};
	uint64_t damaged;

	cr_assert_eq(results_create(&r, scratch_dir(), &err), 0);
	write_frames(&r, 3, 10);
	uint64_t bytes = r.bytes, frames = r.frames;
	cr_assert_eq(results_append(&r, "half a frame", 12, &err), 0);
	cr_assert_eq(results_close(&r, &err), 0);
	cr_assert_eq(results_reopen(&r, scratch_dir(), &err), 0, "%s", err.text);
	cr_expect_eq(results_reopen(&second, scratch_dir(), &err), -1, "another scan has it");
	cr_expect_eq(results_cut(&r, bytes, frames, &err), 0, "%s", err.text);
	cr_expect_eq(size_of(RESULTS), (off_t)bytes);
	cr_expect_eq(r.bytes, bytes);
	cr_expect_eq(r.frames, frames);
	/* What is appended stands behind it. */
	cr_assert_eq(results_append(&r, "more", 4, &err), 0);
	cr_expect_eq(size_of(RESULTS), (off_t)bytes + 4);
	cr_expect_eq(results_cut(&r, bytes, frames, &err), 0);
	/* A checkpoint of more than there is belongs to another file. */
	cr_expect_eq(results_cut(&r, bytes + 1, frames, &err), -1);
	cr_expect_eq(results_close(&r, &err), 0);
	cr_expect_eq(read_records(&damaged), 30);
	cr_expect_eq(damaged, 0);
	cr_expect_eq(descriptors(), open_before);
}

/* A disk that is full in the middle of a frame: the file ends with the last whole one. */
Test(results, a_frame_is_in_it_as_a_whole_or_not_at_all)
{
	struct results r;
	struct errmsg err = {""};
	static char big[1 << 16];

	cr_assert_eq(results_create(&r, scratch_dir(), &err), 0);
	cr_assert_eq(results_append(&r, big, 1000, &err), 0);
	signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, limit;
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 5000;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int rc = results_append(&r, big, sizeof(big), &err);
	setrlimit(RLIMIT_FSIZE, &old);
	cr_expect_eq(rc, -1);
	cr_expect_not_null(strstr(err.text, RESULTS), "%s", err.text);
	cr_expect_eq(size_of(RESULTS), 1000);
	cr_expect_eq(r.bytes, 1000);
	cr_expect_eq(r.frames, 1);
	cr_expect_eq(results_close(&r, &err), 0);
}

Test(results, standard_output_is_left_open)
{
	struct results r;
	struct errmsg err = {""};
	int ends[2];
	char got[16];

	cr_assert_eq(pipe(ends), 0);
	int kept = dup(STDOUT_FILENO);
	dup2(ends[1], STDOUT_FILENO);
	cr_assert_eq(results_create(&r, NULL, &err), 0);
	cr_expect(r.standard);
	cr_expect_eq(results_append(&r, "frame", 5, &err), 0);
	cr_expect_eq(results_sync(&r, &err), 0);
	cr_expect_eq(results_close(&r, &err), 0);
	dup2(kept, STDOUT_FILENO);
	cr_expect_eq(read(ends[0], got, sizeof(got)), 5);
}

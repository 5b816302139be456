/* Rows of stored runs, made by any number of threads: the report and the remarks are those of
 * reading one line after the other. */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "output/run/frame.h"
#include "output/base/pipeline.h"
#include "output/record/record_emit.h"
#include "output/report/report_build.h"
#include "output/aggregate/run_rows.h"
#include "tests/support/sample.h"
#include "tests/support/scratch.h"

#define FRAMES 24
#define LINES 250 /* a frame: several frames a batch, and frames across batches */

struct file {
	char *p;
	size_t n, ends[FRAMES + 1]; /* ends[i]: where frame i begins */
};

/* Lines that are no records, or hardly. */
static void spoil(struct frame_writer *w, unsigned long long line)
{
	static const char crowded[] = "{\"schema\":1,\"line\":7,\"policy\":{\"mx\":[\"a\"],"
				      "\"evidence\":{\"mx_dropped\":4294967295}}}\n";
	static const char *const bad[] = {
		"{\"unrelated\": true}\n",
		"not even JSON\n",
		"\n",
		"{\"schema\": 99}\n",
		"{\"schema\":1,\"line\":7,\"verdict\":\"reconsidered\"}\n",
		crowded,
	};

	if (line % 700 < sizeof(bad) / sizeof(bad[0]))
		frame_add(w, bad[line % 700], strlen(bad[line % 700]));
	if (line != 6)
		return;
	static char longest[RECORD_LINE_MAX + 10];
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\n';
	frame_add(w, longest, sizeof(longest));
}

/* frames: compressed; otherwise plain text. */
static struct file make(bool frames, bool spoilt)
{
	struct frame_writer *w = frame_writer_new(1);
	struct file f = {0};
	struct buf line;
	struct arena arena;
	struct record r;
	FILE *out = open_memstream(&f.p, &f.n);

	cr_assert_eq(arena_init(&arena, 65536, 1u << 20), 0);
	buf_init(&line, RECORD_LINE_MAX);
	for (unsigned long long i = 0; i < FRAMES * LINES; i++) {
		arena_reset(&arena);
		buf_reset(&line);
		sample_record(&r, &arena, 5, i + 1, 400);
		cr_assert_eq(record_emit_once(&r, &line), 0);
		if (!frames)
			fwrite(line.p, 1, line.n, out);
		else
			frame_add(w, line.p, line.n);
		if (spoilt && frames)
			spoil(w, i);
		if (!frames || i % LINES != LINES - 1)
			continue;
		const uint8_t *frame;
		size_t n;
		cr_assert_eq(frame_finish(w, &frame, &n), 0);
		fwrite(frame, 1, n, out);
		f.ends[i / LINES + 1] = (size_t)ftell(out);
	}
	fclose(out);
	buf_release(&line);
	arena_release(&arena);
	frame_writer_free(w);
	return f;
}

static const char *path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", scratch_dir(), name);
	return path;
}

/* The report and what was remarked, from a build. */
static char *printed(const struct report_build *b, int rc, const struct errmsg *err)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	fprintf(out, "%d %s\n", rc, rc != 0 ? err->text : "");
	if (rc == 0)
		cr_assert_eq(report_json(out, b->a, &b->meta), 0);
	fclose(out);
	return text;
}

static char *with_threads(const char *path, unsigned threads)
{
	struct report_build b;
	struct errmsg err;
	int rc = report_build(&b, &path, 1, threads, &err);
	char *text = printed(&b, rc, &err);

	report_build_release(&b);
	return text;
}

/* The same from run_next(), a line after the other. */
static char *one_by_one(const char *path, uint64_t *records)
{
	static struct facts f;
	struct report_build b = {.a = aggregate_new()};
	struct run_source s;
	struct record r;
	struct span line;
	struct errmsg err;
	enum run_status status = RUN_FAILED;
	const struct runinfo *info = &s.info;

	cr_assert_eq(run_open(&s, path, &b.remarks, &err), 0, "%s", err.text);
	while ((status = run_next(&s, &r, &line, &err)) == RUN_RECORD) {
		facts_from_record(&r, &f);
		cr_assert_eq(aggregate_add(b.a, &f), 0);
	}
	b.meta = (struct report_meta){.runs = &info,
				      .runs_n = 1,
				      .damaged = s.damaged,
				      .remarks = b.remarks.v,
				      .remarks_n = b.remarks.n};
	*records = s.records;
	char *text = printed(&b, status == RUN_END ? 0 : -1, &err);
	run_close(&s);
	report_build_release(&b);
	return text;
}

/* records: at least so many are read; remark: a part of what is said. */
static void compare(const char *name, const struct file *f, size_t n, uint64_t records,
		    const char *remark)
{
	uint64_t seen;

	scratch_write(name, f->p, n);
	const char *path = path_of(name);
	char *expected = one_by_one(path, &seen);
	cr_assert_geq(seen, records, "%s", name);
	cr_assert_not_null(strstr(expected, remark), "%s: no word of \"%s\"", name, remark);
	for (unsigned threads = 1; threads <= PIPELINE_THREADS_MAX; threads++) {
		char *text = with_threads(path, threads);
		cr_assert(strcmp(text, expected) == 0, "%s with %u threads", name, threads);
		free(text);
	}
	free(expected);
}

Test(run_rows, good)
{
	struct file f = make(true, false), text = make(false, false);

	compare("good", &f, f.n, FRAMES * LINES, "stands alone");
	compare("text", &text, text.n, FRAMES * LINES, "stands alone");
	compare("half a last line", &text, text.n - 20, FRAMES * LINES - 1, "line 6000: byte");
	compare("one frame", &f, f.ends[1], LINES, "stands alone");
	compare("empty", &f, 0, 0, "stands alone");
	free(f.p);
	free(text.p);
}

Test(run_rows, damaged)
{
	struct file f = make(true, true);

	compare("spoilt", &f, f.n, FRAMES * LINES, "longer than any record");
	compare("cut", &f, f.ends[20] + 100, 20 * LINES, "not finished");
	compare("cut at once", &f, 100, 0, "-1 ");
	for (unsigned i = 3; i < FRAMES; i += 5)
		memset(f.p + f.ends[i] + 200, 0x5a, 50);
	compare("corrupt", &f, f.n, (FRAMES - 6) * LINES, "damaged and were skipped");
	memset(f.p, 'x', f.n);
	compare("foreign", &f, f.n, 0, "foreign holds no record that can be read");
	free(f.p);
}

/* One record is a run, and so is an empty file; other lines alone are none. */
Test(run_rows, no_run)
{
	struct file text = make(false, false);
	size_t n = (size_t)((char *)memchr(text.p, '\n', text.n) - (char *)text.p) + 1;

	compare("one record", &text, n, 1, "stands alone");
	compare("half a record", &text, n / 2, 0, "-1 ");
	memset(text.p + n, '{', 100);
	compare("one record and noise", &text, n + 100, 1, "line 2: byte");
	memset(text.p, '\n', n);
	compare("noise", &text, n + 100, 0, "noise holds no record that can be read");
	compare("blank lines", &text, n, 0, "holds no records");
	free(text.p);
}

/* What cannot be read at all ends the same way, too: here memory that is not mapped. */
Test(run_rows, failing)
{
	for (unsigned threads = 1; threads <= PIPELINE_THREADS_MAX; threads++) {
		char *text = with_threads("/proc/self/mem", threads);
		cr_assert_not_null(strstr(text, "-1 reading failed: Input/output error\n"), "%s",
				   text);
		free(text);
	}
}

/* Rows that nobody takes. */
Test(run_rows, an_early_stop)
{
	struct file f = make(true, false);
	static struct facts facts;
	struct errmsg err;

	scratch_write("stop", f.p, f.n);
	for (unsigned k = 0; k < 32; k++) {
		struct remarks remarks = {0};
		struct run_source s;
		cr_assert_eq(run_open(&s, path_of("stop"), &remarks, &err), 0);
		struct run_rows *rows = run_rows_new(&s, 1 + k % PIPELINE_THREADS_MAX);
		cr_assert_not_null(rows);
		for (unsigned i = 0; i < k * 30; i++)
			cr_assert_eq(run_rows_next(rows, &facts, &err), RUN_RECORD);
		run_rows_free(rows);
		run_close(&s);
		remarks_release(&remarks);
	}
	run_rows_free(NULL);
	free(f.p);
}

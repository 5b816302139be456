/* Frames: writing, reading, and files that end early or are damaged. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "output/run/frame.h"

/* Three frames of 100 lines "line N" in a temporary file; ends[i]: where frame i ends. */
static FILE *three_frames(long ends[3])
{
	FILE *f = tmpfile();
	struct frame_writer *w = frame_writer_new(3);
	cr_assert(f != NULL && w != NULL);
	for (int i = 0; i < 300; i++) {
		char line[32];
		int n = snprintf(line, sizeof(line), "line %d\n", i + 1);
		cr_assert_eq(frame_add(w, line, (size_t)n), 0);
		if (i % 100 != 99)
			continue;
		const uint8_t *frame;
		size_t frame_n;
		cr_assert_eq(frame_finish(w, &frame, &frame_n), 0);
		cr_assert_gt(ZSTD_getFrameContentSize(frame, frame_n), 0);
		cr_assert_eq(frame_pending(w), 0);
		fwrite(frame, 1, frame_n, f);
		ends[i / 100] = ftell(f);
	}
	frame_writer_free(w);
	fflush(f);
	return f;
}

struct seen {
	unsigned lines, corrupt, longer;
	uint64_t first, last, skipped, offset;
	enum frame_status end;
};

static struct seen read_all(int fd, size_t line_max)
{
	struct frame_reader *r = frame_reader_new(fd, line_max);
	struct seen seen = {0};
	struct span line;
	struct errmsg err;
	enum frame_status s;
	cr_assert_not_null(r);
	while ((s = frame_reader_next(r, &line, &err)) != FRAME_END && s != FRAME_TRUNCATED &&
	       s != FRAME_FAILED) {
		if (s == FRAME_LINE) {
			cr_assert(span_starts(line, SPAN_LIT("line ")), "%.*s", (int)line.n,
				  line.p);
			seen.last = strtoull(line.p + 5, NULL, 10);
			if (seen.lines++ == 0)
				seen.first = seen.last;
		} else if (s == FRAME_CORRUPT) {
			seen.corrupt++;
			seen.skipped = frame_reader_place(r).skipped;
			seen.offset = frame_reader_place(r).offset;
		} else {
			seen.longer++;
		}
	}
	seen.end = s;
	if (s == FRAME_TRUNCATED) {
		seen.skipped = frame_reader_place(r).skipped;
		seen.offset = frame_reader_place(r).offset;
	}
	cr_assert_eq(frame_reader_next(r, &line, &err), s, "the end stays the end");
	frame_reader_free(r);
	return seen;
}

Test(frame, whole_file)
{
	long ends[3];
	FILE *f = three_frames(ends);
	struct seen seen = read_all(fileno(f), 1000);
	cr_expect_eq(seen.lines, 300);
	cr_expect_eq(seen.last, 300);
	cr_expect_eq(seen.end, FRAME_END);
	cr_expect_eq(seen.corrupt, 0);
}

/* Where a line stands is told with it: which one of the file it is, in which frame. */
Test(frame, places)
{
	long ends[3];
	FILE *f = three_frames(ends);
	struct frame_reader *r = frame_reader_new(fileno(f), 1000);
	struct span line;

	for (unsigned i = 1; i <= 300; i++) {
		cr_assert_eq(frame_reader_next(r, &line, NULL), FRAME_LINE);
		cr_assert_eq(frame_reader_place(r).line, i);
		cr_assert_eq(frame_reader_place(r).frame, (i - 1) / 100 + 1);
		cr_assert_eq(strtoull(line.p + 5, NULL, 10), i);
	}
	cr_assert_eq(frame_reader_next(r, &line, NULL), FRAME_END);
	frame_reader_free(r);
}

/* A line of as many bytes as it may have, and of one more: in the middle and at the end. */
Test(frame, the_longest_line)
{
	static const struct {
		const char *last;
		enum frame_status told, then;
		unsigned lines;
	} of[] = {{"line 67890\n", FRAME_LINE, FRAME_END, 5},
		  {"line 67890", FRAME_LINE, FRAME_END, 5},
		  {"line 678901\n", FRAME_LONG, FRAME_END, 5},
		  {"line 678901", FRAME_END, FRAME_END, 4}};

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		FILE *f = tmpfile();
		fprintf(f, "\nline 67890\nline 678901\nline 4\n%s", of[i].last);
		fflush(f);
		struct frame_reader *r = frame_reader_new(fileno(f), 10);
		const enum frame_status want[] = {FRAME_LINE, FRAME_LINE, FRAME_LONG,
						  FRAME_LINE, of[i].told, of[i].then};
		struct span line;
		for (unsigned k = 0; k < 6; k++)
			cr_expect_eq(frame_reader_next(r, &line, NULL), want[k], "%u.%u", i, k);
		cr_expect_eq(frame_reader_place(r).line, of[i].lines, "%u", i);
		cr_expect_eq(frame_reader_place(r).frame, 0);
		frame_reader_free(r);
		fclose(f);
	}
}

Test(frame, every_possible_truncation)
{
	long ends[3];
	FILE *f = three_frames(ends);
	for (long cut = ends[2] - 1; cut >= 0; cut--) {
		cr_assert_eq(ftruncate(fileno(f), cut), 0);
		struct seen seen = read_all(fileno(f), 1000);
		unsigned whole = cut >= ends[1] ? 200 : cut >= ends[0] ? 100 : 0;
		bool clean = cut == ends[1] || cut == ends[0] || cut == 0;
		cr_expect_eq(seen.lines, whole, "cut at %ld: %u lines", cut, seen.lines);
		cr_expect_eq(seen.end, clean ? FRAME_END : FRAME_TRUNCATED, "cut at %ld: %d", cut,
			     seen.end);
		if (!clean)
			cr_expect_eq(seen.offset + seen.skipped, (uint64_t)cut, "cut at %ld", cut);
	}
}

/* Any one byte of the middle frame damaged: its lines are lost and told, all others are read. */
Test(frame, every_possible_damage)
{
	long ends[3];
	FILE *f = three_frames(ends);
	for (long at = ends[0]; at < ends[1]; at++) {
		uint8_t byte, bad;
		cr_assert_eq(pread(fileno(f), &byte, 1, at), 1);
		bad = byte ^ 0x55;
		cr_assert_eq(pwrite(fileno(f), &bad, 1, at), 1);
		struct seen seen = read_all(fileno(f), 1000);
		cr_expect_eq(seen.lines, 200, "damage at %ld: %u lines", at - ends[0], seen.lines);
		cr_expect_eq(seen.corrupt, 1, "damage at %ld", at - ends[0]);
		cr_expect_eq(seen.offset, (uint64_t)ends[0], "damage at %ld", at - ends[0]);
		cr_expect_eq(seen.skipped, (uint64_t)(ends[1] - ends[0]));
		cr_expect_eq(seen.last, 300);
		cr_expect_eq(seen.end, FRAME_END);
		cr_assert_eq(pwrite(fileno(f), &byte, 1, at), 1);
	}
}

Test(frame, a_pipe)
{
	int ends[2];
	long offsets[3];
	FILE *f = three_frames(offsets);
	char bytes[8192];
	ssize_t n = pread(fileno(f), bytes, sizeof(bytes), 0);
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], bytes, (size_t)n), n);
	close(ends[1]);
	struct seen seen = read_all(ends[0], 1000);
	cr_expect_eq(seen.lines, 300);
	cr_expect_eq(seen.end, FRAME_END);
}

Test(frame, plain_text_without_a_last_newline)
{
	FILE *f = tmpfile();
	fputs("\nline 1\nline 2\nline 3", f);
	fflush(f);
	struct frame_reader *r = frame_reader_new(fileno(f), 1000);
	struct span line;
	cr_assert_eq(frame_reader_next(r, &line, NULL), FRAME_LINE);
	cr_assert_eq(line.n, 0);
	for (int i = 1; i <= 3; i++) {
		cr_assert_eq(frame_reader_next(r, &line, NULL), FRAME_LINE);
		cr_expect_eq(line.p[5], '0' + i);
	}
	cr_expect_eq(frame_reader_place(r).line, 4);
	cr_assert_eq(frame_reader_next(r, &line, NULL), FRAME_END);
	frame_reader_free(r);
}

Test(frame, foreign_and_empty_files)
{
	FILE *f = tmpfile();
	struct seen seen = read_all(fileno(f), 1000);
	cr_expect_eq(seen.end, FRAME_END);
	fputs("PK\x03\x04 this is something else entirely", f);
	fflush(f);
	long size = ftell(f);
	seen = read_all(fileno(f), 1000);
	cr_expect_eq(seen.end, FRAME_TRUNCATED);
	cr_expect_eq(seen.lines, 0);
	cr_expect_eq(seen.skipped, (uint64_t)size);
}

/* One frame of another tool, far larger than what is held back, without a content size. */
Test(frame, a_large_foreign_frame_streams)
{
	FILE *f = tmpfile();
	ZSTD_CCtx *c = ZSTD_createCCtx();
	static char out[1 << 17], text[64];
	unsigned lines = 3000000;
	for (unsigned i = 1; i <= lines; i++) {
		int n = snprintf(text, sizeof(text), "line %u\n", i);
		ZSTD_inBuffer in = {text, (size_t)n, 0};
		ZSTD_outBuffer o = {out, sizeof(out), 0};
		ZSTD_compressStream2(c, &o, &in, i == lines ? ZSTD_e_end : ZSTD_e_continue);
		fwrite(out, 1, o.pos, f);
	}
	ZSTD_freeCCtx(c);
	fflush(f);
	struct seen seen = read_all(fileno(f), 1000);
	cr_expect_eq(seen.lines, lines);
	cr_expect_eq(seen.last, lines);
	cr_expect_eq(seen.end, FRAME_END);
}

Test(frame, long_lines_are_told_and_skipped)
{
	FILE *f = tmpfile();
	struct frame_writer *w = frame_writer_new(1);
	static char text[3000000];
	const uint8_t *frame;
	size_t n;
	memset(text, 'x', sizeof(text));
	memcpy(text, "line 1\n", 7);
	memcpy(text + sizeof(text) - 22, "\nline 2\nline 34567890\n", 22);
	cr_assert_eq(frame_add(w, text, sizeof(text)), 0);
	cr_assert_eq(frame_finish(w, &frame, &n), 0);
	fwrite(frame, 1, n, f);
	fflush(f);
	frame_writer_free(w);
	struct seen seen = read_all(fileno(f), 10);
	cr_expect_eq(seen.lines, 2);
	cr_expect_eq(seen.longer, 2);
	cr_expect_eq(seen.last, 2);
}

/* ---- files made to keep a reader busy ----------------------------------------------------- */

#define HOSTILE_BYTES (4u << 20)
#define HOSTILE_BLOCK 131071u
/* Seconds of CPU; each took minutes when every frame was tried to its end. */
#define HOSTILE_CPU_MAX 6.0

static void hostile_block(uint8_t *p, unsigned type, unsigned size)
{
	unsigned v = size << 3 | type << 1;

	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
}

/* A frame's beginning with a window of 128 KB. */
static const uint8_t hostile_head[6] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38};

/* Nothing but beginnings. */
static void fill_magics(uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 4 <= n; i += 4)
		memcpy(p + i, hostile_head, 4);
}

/* Beginnings whose blocks all lead into one chain, at the end of which there is an error. */
static void fill_chain(uint8_t *p, size_t n)
{
	const size_t first = HOSTILE_BLOCK - 16;

	memset(p, 'a', n);
	for (size_t i = 0; i + 32 < first; i += 16) {
		memcpy(p + i, hostile_head, sizeof(hostile_head));
		hostile_block(p + i + 6, 0, (unsigned)(first - i - 9));
	}
	size_t at = first;
	for (; at + 3 + HOSTILE_BLOCK + 3 < n; at += 3 + HOSTILE_BLOCK)
		hostile_block(p + at, 0, HOSTILE_BLOCK);
	hostile_block(p + at, 3, 1);
}

/* One byte, again and again; four bytes of the file make 128 KB. */
static void fill_bomb(uint8_t *p, size_t n)
{
	memcpy(p, hostile_head, sizeof(hostile_head));
	for (size_t i = sizeof(hostile_head); i + 4 <= n; i += 4) {
		hostile_block(p + i, 1, HOSTILE_BLOCK);
		p[i + 3] = '\n';
	}
}

/* Reads a good frame, the hostile bytes, and a good frame again. */
static void hostile(void (*fill)(uint8_t *, size_t), bool by_pipe)
{
	long ends[3];
	FILE *f = three_frames(ends);
	uint8_t *bytes = calloc(1, HOSTILE_BYTES), good[4096];
	struct span line;
	unsigned lines = 0;
	enum frame_status s;

	fill(bytes, HOSTILE_BYTES);
	cr_assert_eq(pread(fileno(f), good, (size_t)ends[0], 0), ends[0]);
	cr_assert_eq(pwrite(fileno(f), bytes, HOSTILE_BYTES, ends[0]), HOSTILE_BYTES);
	cr_assert_eq(pwrite(fileno(f), good, (size_t)ends[0], ends[0] + HOSTILE_BYTES), ends[0]);
	free(bytes);
	fseek(f, 0, SEEK_SET);
	FILE *in = f;
	if (by_pipe) {
		char command[64];
		snprintf(command, sizeof(command), "cat /proc/%d/fd/%d", (int)getpid(), fileno(f));
		in = popen(command, "r");
	}
	clock_t begin = clock();
	struct frame_reader *r = frame_reader_new(fileno(in), 1000);
	while ((s = frame_reader_next(r, &line, NULL)) == FRAME_LINE || s == FRAME_CORRUPT ||
	       s == FRAME_LONG)
		lines += s == FRAME_LINE && line.n > 0;
	cr_expect_eq(lines, 200, "%u", lines);
	cr_expect_eq(s, FRAME_END);
	double took = (double)(clock() - begin) / CLOCKS_PER_SEC;
	cr_expect_lt(took, HOSTILE_CPU_MAX, "%.1f s", took);
	frame_reader_free(r);
}

Test(frame, of_beginnings_only)
{
	hostile(fill_magics, false);
	hostile(fill_magics, true);
}

Test(frame, beginnings_that_share_their_blocks)
{
	hostile(fill_chain, false);
	hostile(fill_chain, true);
}

Test(frame, bomb)
{
	hostile(fill_bomb, false);
	hostile(fill_bomb, true);
}

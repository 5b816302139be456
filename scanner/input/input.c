/*
 * input.c - lines out of files; see input.h. Decompression is in input_decode.c, what a file's
 * columns are in input_layout.c.
 */
#include "scanner/input/input.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parsers/limits.h"
#include "parsers/utf8.h"
#include "scanner/input/input_csv.h"
#include "scanner/input/input_decode.h"
#include "scanner/input/input_layout.h"

#define INPUT_CHUNK 65536
#define WAITS_MAX 5	    /* for a second row to decide the layout by */
#define QUOTED_LINES_MAX 64 /* that one quoted field goes over */

struct file_state {
	uint64_t bytes;
	uint8_t sha256[DIGEST_N];
	bool complete;
};

struct input {
	struct input_config config;
	int stop_fd;	   /* -1: none */
	int patience_ms;   /* -1: without end */
	uint64_t expected; /* bytes at standard input's beginning, 0 any ... */
	char expected_sha256[DIGEST_TEXT_N + 1]; /* ... and their hash */
	char tag[INPUT_TAG_MAX];		 /* of the last line, where it is no UTF-8 */
	struct file_state *files;		 /* of config.paths_n */
	uint64_t total;				 /* bytes, 0 unknown */
	struct input_counts counts;

	size_t current;		     /* file; paths_n at the end */
	struct input_decode *decode; /* NULL: the current file is not open yet */
	uint64_t file_line;
	bool columns_known;
	bool header_due; /* the next line that is no filler is the header */
	bool line_held;	 /* a line is read, but not yet whether its quoted field goes on */
	unsigned waits;	 /* for rows to decide the layout by */
	struct input_columns columns;
	bool failed;

	uint64_t chars; /* of the current file, decoded so far */
	size_t chunk_at, chunk_n;
	bool chunk_last; /* nothing comes behind the chunk */
	size_t line_n;
	bool line_begun; /* what is there of it is in `line` */
	bool line_too_long;
	char line[INPUT_LINE_MAX + 1]; /* one more, for the CR of a longest line */
	char chunk[INPUT_CHUNK];
};

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

static const char *shown(const char *path)
{
	return is_stdin(path) ? "standard input" : path;
}

/* ---- files ------------------------------------------------------------------------------- */

static int file_begin(struct input *in, struct errmsg *err)
{
	const char *path = in->config.paths[in->current];
	int fd = is_stdin(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
				: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return errmsg_set(err, "cannot open the input '%s': %s", shown(path),
				  strerror(errno));
	in->decode = input_decode_open(fd);
	if (in->decode == NULL)
		return errmsg_set(err, "cannot read the input '%s': out of memory", shown(path));
	input_decode_stop_on(in->decode, in->stop_fd);
	input_decode_patience(in->decode, in->patience_ms);
	if (is_stdin(path))
		input_decode_expect(in->decode, in->expected, in->expected_sha256);
	in->file_line = 0;
	in->columns_known = in->header_due = in->line_held = in->chunk_last = false;
	in->waits = 0;
	in->chunk_at = in->chunk_n = 0;
	in->chars = 0;
	return 0;
}

static int file_raw(const struct input *in, struct file_state *state)
{
	return input_decode_raw(in->decode, &state->bytes, state->sha256);
}

static int file_end(struct input *in, struct errmsg *err)
{
	struct file_state *state = &in->files[in->current];

	assert(in->current < in->config.paths_n && !in->line_begun && !in->line_held);
	if (file_raw(in, state) != 0)
		return errmsg_set(err, "cannot compute the SHA-256 of '%s': out of memory",
				  shown(in->config.paths[in->current]));
	state->complete = true;
	if (is_stdin(in->config.paths[in->current]))
		in->expected = 0;
	input_decode_close(in->decode);
	in->decode = NULL;
	in->current++;
	return 0;
}

/* ---- bytes ahead --------------------------------------------------------------------------- */

/* As many bytes as `want` in the chunk, unless the file ends before: 0. Otherwise -1 (the decoder
 * says why, now and at the next read) or INPUT_LATER, with fewer. */
static int chunk_fill(struct input *in, size_t want)
{
	assert(want <= sizeof(in->chunk) && in->chunk_at <= in->chunk_n);
	if (in->chunk_at > 0 && in->chunk_at + want > sizeof(in->chunk)) {
		memmove(in->chunk, in->chunk + in->chunk_at, in->chunk_n - in->chunk_at);
		in->chunk_n -= in->chunk_at;
		in->chunk_at = 0;
	}
	while (in->chunk_n - in->chunk_at < want && !in->chunk_last) {
		ssize_t n = input_decode_read(in->decode, in->chunk + in->chunk_n,
					      sizeof(in->chunk) - in->chunk_n);
		if (n < 0)
			return n == INPUT_DECODE_LATER ? INPUT_LATER : -1;
		in->chunk_last = n == 0;
		in->chunk_n += (size_t)n;
		in->chars += (size_t)n;
	}
	return 0;
}

/*
 * Behind a line that ends inside a quoted field: the bytes up to the end of the line in which that
 * field is closed (RFC 4180 2.6). 0: it is not closed as a field is, so that the quote is a stray
 * one and the line stands alone.
 */
static size_t quoted_rest(const char *p, size_t n, char separator, bool last)
{
	unsigned lines = 0;
	bool quoted = true;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' && (!quoted || ++lines > QUOTED_LINES_MAX))
			return quoted ? 0 : i + 1;
		if (p[i] != '"')
			continue;
		char next = i + 1 < n ? p[i + 1] : '\n';
		if (quoted && next == '"')
			i++;
		else if (!quoted)
			quoted = i > 0 && p[i - 1] == separator;
		else if (next == separator || next == '\n' || next == '\r' || next == ' ')
			quoted = false;
		else
			return 0;
	}
	return last && !quoted ? n : 0;
}

static bool ends_in_quotes(struct span line, char separator)
{
	struct input_fields f = input_fields_of(line, separator);
	struct span field;

	while (input_fields_next(&f, &field))
		;
	return f.open;
}

/* ---- physical lines ---------------------------------------------------------------------- */

static void line_append(struct input *in, const char *p, size_t n)
{
	assert(in->line_n <= sizeof(in->line));
	size_t room = sizeof(in->line) - in->line_n;

	if (n > room) {
		n = room;
		in->line_too_long = true;
	}
	memcpy(in->line + in->line_n, p, n);
	in->line_n += n;
}

/* Without its end: LF, CRLF, or the end of the file; without a byte order mark. */
static void line_finish(struct input *in)
{
	in->line_begun = false;
	in->file_line++;
	in->counts.lines++;
	if (in->line_n > 0 && !in->line_too_long && in->line[in->line_n - 1] == '\r')
		in->line_n--;
	if (in->file_line == 1 && in->line_n >= 3 && memcmp(in->line, "\xef\xbb\xbf", 3) == 0) {
		in->line_n -= 3;
		memmove(in->line, in->line + 3, in->line_n);
	}
	if (in->line_n > INPUT_LINE_MAX) {
		in->line_n = INPUT_LINE_MAX;
		in->line_too_long = true;
	}
}

static int line_unreadable(const struct input *in, struct errmsg *err)
{
	char after[40] = "";

	if (in->file_line > 0)
		snprintf(after, sizeof(after), " after line %" PRIu64, in->file_line);
	return errmsg_set(err, "cannot read the input '%s'%s: %s",
			  shown(in->config.paths[in->current]), after,
			  input_decode_error(in->decode));
}

/* The next line of the current file into in->line: 1, 0 at its end, -1, INPUT_LATER. */
static int line_read(struct input *in, struct errmsg *err)
{
	if (!in->line_begun) {
		in->line_n = 0;
		in->line_too_long = false;
	}
	for (;;) {
		if (in->chunk_at == in->chunk_n) {
			in->chunk_at = in->chunk_n = 0;
			int rc = chunk_fill(in, 1);
			if (rc == INPUT_LATER)
				return INPUT_LATER;
			if (rc < 0)
				return line_unreadable(in, err);
			if (in->chunk_n == 0 && !in->line_begun)
				return 0;
			if (in->chunk_n == 0) {
				line_finish(in);
				return 1;
			}
		}
		const char *p = in->chunk + in->chunk_at;
		size_t left = in->chunk_n - in->chunk_at;
		const char *newline = memchr(p, '\n', left);
		size_t n = newline != NULL ? (size_t)(newline - p) : left;

		line_append(in, p, n);
		in->line_begun = true;
		in->chunk_at += n + (newline != NULL);
		if (newline != NULL) {
			line_finish(in);
			return 1;
		}
	}
}

/* ---- records ----------------------------------------------------------------------------- */

/* Whether the line was counted as blank or comment. */
static bool line_is_filler(struct input *in)
{
	size_t at = 0;

	if (in->columns.told != '\0' && in->file_line == 1) {
		in->counts.comments++;
		return true;
	}
	while (at < in->line_n && (in->line[at] == ' ' || in->line[at] == '\t'))
		at++;
	if (at == in->line_n && !in->line_too_long) {
		in->counts.blank++;
		return true;
	}
	if (at < in->line_n && in->line[at] == '#') {
		in->counts.comments++;
		return true;
	}
	return false;
}

/* One row of the sample: the bytes it takes of p, 0 when it is not all there. */
static size_t sample_row(const char *p, size_t n, bool last, char separator, struct span *row)
{
	const char *newline = memchr(p, '\n', n);
	size_t took = newline != NULL ? (size_t)(newline - p) + 1 : last ? n : 0;

	*row = span_of(p, newline != NULL ? took - 1 : took);
	if (newline != NULL && ends_in_quotes(*row, separator)) {
		size_t rest = quoted_rest(p + took, n - took, separator, last);
		took += rest;
		row->n = rest > 0 ? took - (p[took - 1] == '\n') : row->n;
	}
	if (row->n > 0 && row->p[row->n - 1] == '\r')
		row->n--;
	return took;
}

static size_t lines_in(const char *p, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

/* The first rows, out of what is in the chunk. */
static void sample_take(const struct input *in, struct input_sample *s)
{
	char separator = in->config.separator != '\0' ? in->config.separator : ',';
	const char *p = in->chunk + in->chunk_at;
	size_t left = in->chunk_n - in->chunk_at, took;
	uint64_t line = 1;
	struct span row;

	*s = (struct input_sample){.path = shown(in->config.paths[in->current])};
	if (left >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		left -= 3;
	}
	for (; left > 0 && s->n < INPUT_SAMPLE_MAX; p += took, left -= took) {
		size_t blanks = 0;
		took = sample_row(p, left, in->chunk_last, separator, &row);
		if (took == 0 && s->n > 0)
			return;
		if (took == 0) /* a line that fills the chunk */
			took = left;
		while (blanks < row.n && (row.p[blanks] == ' ' || row.p[blanks] == '\t'))
			blanks++;
		if (blanks < row.n && row.p[blanks] == '#') {
			if (s->n == 0)
				s->comment = span_of(row.p + blanks, row.n - blanks);
		} else if (blanks < row.n) {
			s->line[s->n] = line;
			s->row[s->n++] = row;
		}
		line += lines_in(p, took);
	}
}

/* Looks at the first rows of a file before any of them is given out: 0, -1, INPUT_LATER. */
static int columns_learn(struct input *in, struct errmsg *err)
{
	const struct input_wishes wishes = {in->config.domain_column, in->config.tag_column,
					    in->config.separator, in->config.no_header};
	struct input_sample sample;
	size_t want = 1;
	int rc;

	/* What cannot be read further is told when it is that line's turn. */
	do {
		rc = chunk_fill(in, want);
		sample_take(in, &sample);
		want = in->chunk_n - in->chunk_at + 1;
	} while (rc == 0 && !in->chunk_last && want <= sizeof(in->chunk) &&
		 sample.n < INPUT_SAMPLE_MAX);
	if (rc == INPUT_LATER && sample.n < 2 && in->waits++ < WAITS_MAX)
		return INPUT_LATER;
	in->columns_known = true;
	if (input_layout_decide(&sample, &wishes, &in->columns, err) != 0)
		return -1;
	in->header_due = in->columns.header && !in->columns.header_commented;
	return 0;
}

/* Appends the lines over which a quoted field goes on. 0, or INPUT_LATER. */
static int line_join(struct input *in)
{
	const struct input_columns *c = &in->columns;

	if (!(c->header || c->wide) || in->line_too_long ||
	    !ends_in_quotes(span_of(in->line, in->line_n), c->separator))
		return 0;
	if (chunk_fill(in, INPUT_LINE_MAX) == INPUT_LATER)
		return INPUT_LATER;
	const char *p = in->chunk + in->chunk_at;
	size_t n = in->chunk_n - in->chunk_at;
	size_t rest = quoted_rest(p, n < INPUT_LINE_MAX ? n : INPUT_LINE_MAX, c->separator,
				  in->chunk_last);
	if (rest == 0 || in->line_n + 1 + rest > INPUT_LINE_MAX)
		return 0;
	size_t lines = lines_in(p, rest) + (p[rest - 1] != '\n');
	in->line[in->line_n++] = '\n';
	line_append(in, p, rest - (p[rest - 1] == '\n'));
	if (in->line[in->line_n - 1] == '\r')
		in->line_n--;
	in->chunk_at += rest;
	in->file_line += lines;
	in->counts.lines += lines;
	in->counts.continued += lines;
	return 0;
}

/* Cuts a tag at its limit, not inside a UTF-8 character. */
static struct span tag_cut(struct span tag)
{
	if (tag.n > INPUT_TAG_MAX) {
		tag.n = INPUT_TAG_MAX;
		while (tag.n > INPUT_TAG_MAX - 3 && ((unsigned char)tag.p[tag.n] & 0xc0) == 0x80)
			tag.n--;
	}
	return tag;
}

/* A tag with each byte that is no UTF-8 as "\xfc": what was told apart before stays so. */
static struct span tag_clean(struct input *in, struct span tag)
{
	size_t n = 0;

	if (utf8_valid_prefix(tag) == tag.n)
		return tag;
	for (size_t i = 0, step; i < tag.n && n + 4 <= sizeof(in->tag); i += step) {
		step = utf8_sequence(tag.p + i, tag.n - i);
		if (step > 0) {
			memcpy(in->tag + n, tag.p + i, step);
			n += step;
		} else {
			char code[5];
			snprintf(code, sizeof(code), "\\x%02x", (unsigned char)tag.p[i]);
			memcpy(in->tag + n, code, 4);
			n += 4;
			step = 1;
		}
	}
	return span_of(in->tag, n);
}

/* The next line of the current file that gives a record: 1, 0 at its end, -1, INPUT_LATER. */
static int file_next(struct input *in, struct input_line *line, struct errmsg *err)
{
	int r;

	r = in->columns_known ? 0 : columns_learn(in, err);
	if (r != 0)
		return r;
	while ((r = in->line_held ? 1 : line_read(in, err)) == 1) {
		if (!in->line_held && line_is_filler(in))
			continue;
		in->line_held = true;
		uint64_t first = in->counts.lines;
		if (line_join(in) == INPUT_LATER)
			return INPUT_LATER;
		in->line_held = false;
		if (in->header_due) {
			in->header_due = false;
			in->counts.headers++;
			continue;
		}
		line->line = first;
		line->too_long = in->line_too_long;
		input_columns_pick(&in->columns, in->line, in->line_n, &line->text, &line->rank,
				   &line->tag);
		if (line->text.p == NULL)
			line->text = span_of(in->line, 0);
		line->tag = tag_clean(in, tag_cut(line->tag));
		assert(line->text.n <= INPUT_LINE_MAX && line->tag.n <= INPUT_TAG_MAX);
		assert(line->line > 0 && line->line <= in->counts.lines);
		return 1;
	}
	return r;
}

int input_next(struct input *in, struct input_line *line, struct errmsg *err)
{
	assert(!in->failed);
	while (in->current < in->config.paths_n) {
		int r = in->decode == NULL ? file_begin(in, err) : 0;

		if (r == 0)
			r = file_next(in, line, err);
		if (r == 0)
			r = file_end(in, err);
		if (r != 0) {
			in->failed = r < 0;
			return r;
		}
	}
	return 0;
}

/* ---- opening ----------------------------------------------------------------------------- */

/* Looks into the current file as far as its first record, then forgets what was read. */
static int file_try(struct input *in, struct errmsg *err)
{
	struct input_line line;
	int r = file_begin(in, err);

	if (r == 0)
		r = file_next(in, &line, err);
	input_decode_close(in->decode);
	in->decode = NULL;
	in->counts = (struct input_counts){0};
	return r < 0 ? -1 : 0;
}

static int files_check(struct input *in, struct errmsg *err)
{
	bool size_known = true, have_stdin = false;
	struct stat st;

	for (in->current = 0; in->current < in->config.paths_n; in->current++) {
		const char *path = in->config.paths[in->current];
		bool from_stdin = is_stdin(path);

		if (from_stdin && have_stdin)
			return errmsg_set(err, "standard input ('-') is given twice as input");
		have_stdin = have_stdin || from_stdin;
		if ((from_stdin ? fstat(STDIN_FILENO, &st) : stat(path, &st)) != 0)
			return errmsg_set(err, "cannot open the input '%s': %s", shown(path),
					  strerror(errno));
		if (S_ISDIR(st.st_mode))
			return errmsg_set(err,
					  "the input '%s' is a directory; name the files in it",
					  shown(path));
		if (S_ISREG(st.st_mode))
			in->total += (uint64_t)st.st_size;
		else
			size_known = false;
		/* What is not an ordinary file can be read only once. */
		if (S_ISREG(st.st_mode) && !from_stdin && file_try(in, err) != 0)
			return -1;
	}
	if (!size_known)
		in->total = 0;
	in->current = 0;
	return 0;
}

int input_open(struct input **out, const struct input_config *config, struct errmsg *err)
{
	struct input *in = calloc(1, sizeof(*in));

	assert(config->paths_n > 0);
	if (in != NULL)
		in->files = calloc(config->paths_n, sizeof(*in->files));
	if (in == NULL || in->files == NULL) {
		free(in);
		return errmsg_set(err, "out of memory");
	}
	in->config = *config;
	in->stop_fd = in->patience_ms = -1;
	if (files_check(in, err) != 0) {
		input_close(in);
		return -1;
	}
	*out = in;
	return 0;
}

void input_stop_on(struct input *in, int fd)
{
	in->stop_fd = fd;
	if (in->decode != NULL)
		input_decode_stop_on(in->decode, fd);
}

void input_expect(struct input *in, uint64_t bytes, const char *sha256)
{
	assert(in->decode == NULL);
	in->expected = bytes;
	snprintf(in->expected_sha256, sizeof(in->expected_sha256), "%s", sha256);
}

bool input_expects(const struct input *in)
{
	if (in->expected == 0 || in->decode == NULL || !is_stdin(in->config.paths[in->current]))
		return in->expected > 0;
	return input_decode_expects(in->decode);
}

void input_patience(struct input *in, int ms)
{
	in->patience_ms = ms;
	if (in->decode != NULL)
		input_decode_patience(in->decode, ms);
}

/* ---- questions --------------------------------------------------------------------------- */

void input_counts(const struct input *in, struct input_counts *counts)
{
	*counts = in->counts;
}

size_t input_current(const struct input *in)
{
	return in->current;
}

void input_describe(const struct input *in, char *buf, size_t cap)
{
	input_layout_describe(&in->columns, buf, cap);
}

int input_file(const struct input *in, size_t i, struct input_file *file)
{
	assert(i < in->config.paths_n);
	struct file_state state = in->files[i];

	if (i == in->current && in->decode != NULL && file_raw(in, &state) != 0)
		return -1;
	file->path = in->config.paths[i];
	file->bytes = state.bytes;
	file->complete = state.complete;
	memcpy(file->sha256, state.sha256, sizeof(file->sha256));
	return 0;
}

void input_position(const struct input *in, uint64_t *done, uint64_t *total)
{
	uint64_t bytes = in->decode != NULL ? input_decode_bytes(in->decode) : 0;
	size_t ahead = in->chunk_n - in->chunk_at;

	if (ahead > 0 && in->decode != NULL) { /* as much as their share is of the text */
		assert(in->chars >= ahead);
		bytes = (uint64_t)((double)bytes * (double)(in->chars - ahead) / (double)in->chars);
	}
	for (size_t i = 0; i < in->current; i++)
		bytes += in->files[i].bytes;
	*done = bytes;
	*total = in->total;
}

void input_close(struct input *in)
{
	if (in == NULL)
		return;
	input_decode_close(in->decode);
	free(in->files);
	free(in);
}

/*
 * The reader of names on arbitrary files. The first byte chooses the options (tag column, column of
 * the names, delimiter, no header; whether it is standard input, which must begin as it did); the
 * rest is the file, in memory.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "parsers/limits.h"
#include "scanner/base/digest.h"
#include "scanner/input/input.h"
#include "scanner/input/input_doubt.h"
#include "scanner/input/input_layout.h"

/* So many lines are enough: a small archive can hold billions. */
#define LINES_MAX 100000

/* What is quoted of the file never stands last. */
static bool is_another_list(const char *error)
{
	static const char words[] = "it is not the list that the run was begun with";
	size_t n = strlen(error);

	return n >= sizeof(words) - 1 && strcmp(error + n - (sizeof(words) - 1), words) == 0;
}

static void read_all(struct input *in)
{
	struct input_counts counts;
	struct input_line line;
	struct input_file file;
	uint64_t records = 0, last = 0, done, total;
	struct input_doubt doubt = {0};
	char text[256];
	struct errmsg err = {""};
	bool expects = true;
	int r;

	while ((r = input_next(in, &line, &err)) > 0 && records < LINES_MAX) {
		assert(line.line > last && line.text.p != NULL && line.text.n <= INPUT_LINE_MAX);
		assert(line.tag.n <= INPUT_TAG_MAX && line.rank >= -1);
		assert(input_current(in) == 0);	       /* the file that the line is of */
		assert(expects || !input_expects(in)); /* once they have come, they have */
		expects = input_expects(in);
		input_doubt_see(&doubt, &line);
		last = line.line;
		records++;
	}
	assert(r >= 0 || err.text[0] != '\0');
	assert(r >= 0 || !is_another_list(err.text));
	assert(r != 0 || !input_expects(in));
	input_describe(in, text, sizeof(text));
	assert(text[0] != '\0');
	input_doubt_examples(&doubt, text, sizeof(text));
	assert(!input_doubt_is_serious(&doubt) || doubt.example[0].line != 0);
	input_doubt_www(&doubt, text, sizeof(text));
	assert(text[0] == '\0' || doubt.www > 0);
	input_counts(in, &counts);
	input_position(in, &done, &total);
	assert(done <= total);
	assert(input_file(in, 0, &file) == 0 && file.bytes >= done); /* it was read ahead */
	if (r == 0) {
		assert(counts.lines == records + counts.blank + counts.comments + counts.headers +
					       counts.continued);
		assert(done == total && file.complete && input_current(in) == 1);
	}
}

/* It begins with the first half of these bytes, and does. */
static void expect_half(struct input *in, const uint8_t *bytes, size_t n)
{
	uint8_t digest[DIGEST_N];
	char sha256[DIGEST_TEXT_N + 1];

	if (digest_of(bytes, n / 2, digest) != 0)
		abort();
	digest_text(digest, sha256);
	input_expect(in, n / 2, sha256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	const char *paths[] = {path};
	struct errmsg err = {""};
	struct input *in;

	if (size == 0)
		return 0;
	const bool piped = (data[0] & 64) != 0;
	struct input_config config = {
		.paths = paths,
		.paths_n = 1,
		.tag_column = data[0] & 128 ? "2"
			      : data[0] & 1 ? "tag"
					    : NULL,
		.domain_column = data[0] & 2   ? "3"
				 : data[0] & 4 ? "site"
					       : NULL,
		.separator = input_separator_parse(data[0] & 8	  ? "space"
						   : data[0] & 16 ? ";"
								  : ""),
		.no_header = (data[0] & 32) != 0,
	};
	int fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (piped) {
		snprintf(path, sizeof(path), "-");
		if (lseek(fd, 0, SEEK_SET) != 0 || dup2(fd, STDIN_FILENO) != STDIN_FILENO)
			abort();
	}
	if (input_open(&in, &config, &err) == 0) {
		if (piped)
			expect_half(in, data + 1, size - 1);
		read_all(in);
		input_close(in);
	} else {
		assert(err.text[0] != '\0');
	}
	close(fd);
	return 0;
}

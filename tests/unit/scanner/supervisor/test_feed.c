/* Chunks that are used up are filled again, and only so many are kept. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scanner/base/digest.h"
#include "scanner/supervisor/feed.h"

#define LINES 40000u
#define MARK (CHUNK_BYTES + 7) /* the capacity tells that a chunk is one of ours */

static void ready(void *user)
{
	(void)user;
}

static void make_input(char path[64])
{
	int fd = memfd_create("names", MFD_CLOEXEC);

	cr_assert(fd >= 0);
	for (unsigned i = 0; i < LINES; i++)
		dprintf(fd, "n%u.example\n", i);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
}

static struct chunk *used(size_t cap)
{
	struct chunk *c = chunk_new();
	const struct message_line head = {.line = 99, .text = SPAN_LIT("x")};

	c->bytes = malloc(cap);
	c->cap = cap;
	cr_assert_eq(chunk_add(c, &head), 0);
	return c;
}

/* Gives `given` chunks back, reads everything; how many of them came again. */
static unsigned come_again(unsigned given, size_t cap)
{
	char path[64];
	const char *const paths[] = {path};
	struct scan_options options = {.inputs = paths, .inputs_n = 1, .shards = 1, .sample = 1};
	struct feed_config config = {.options = &options, .next = 1, .ready = ready};
	struct errmsg err;
	uv_loop_t loop;
	uint64_t line = 0;
	unsigned again = 0;

	make_input(path);
	cr_assert_eq(uv_loop_init(&loop), 0);
	struct feed *f = feed_open(&loop, &config, &err);
	cr_assert_not_null(f);
	feed_give_back(f, NULL);
	for (unsigned i = 0; i < given; i++)
		feed_give_back(f, used(cap));
	while (!feed_ended(f)) {
		struct chunk *c = feed_take(f);
		if (c == NULL) {
			uv_run(&loop, UV_RUN_ONCE);
			continue;
		}
		again += c->cap == cap;
		for (unsigned i = 0; i < c->n; i++)
			cr_assert_eq(c->line[i], ++line, "nothing of its former life is left");
		chunk_free(c);
	}
	cr_expect_eq(line, LINES);
	feed_close(f);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	return again;
}

Test(feed, fills_chunks_again)
{
	cr_expect_eq(come_again(3, MARK), 3);
}

Test(feed, keeps_only_so_many)
{
	unsigned again = come_again(500, MARK);

	cr_expect(again > 32 && again <= FEED_SPARE, "%u", again);
}

Test(feed, keeps_none_with_very_much_memory)
{
	cr_expect_eq(come_again(3, CHUNK_BYTES_KEPT + 1), 0);
	cr_expect_eq(come_again(3, CHUNK_BYTES_KEPT), 3);
}

/* ---- a list that is sent again ------------------------------------------------------------- */

/* Lines that come of standard input with this text in two pieces, the first of `piece`, where
 * another session read `expected`. error: why it cannot be read, "" for no reason. */
static unsigned come_of(const char *text, size_t piece, const char *expected, struct errmsg *error)
{
	static const char *const paths[] = {"-"};
	struct scan_options options = {.inputs = paths, .inputs_n = 1, .shards = 1, .sample = 1};
	struct feed_config config = {.options = &options, .next = 1, .ready = ready};
	uint8_t digest[DIGEST_N];
	char sha256[DIGEST_TEXT_N + 1];
	uv_loop_t loop;
	int ends[2];
	unsigned lines = 0;

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	cr_assert_eq(uv_loop_init(&loop), 0);
	struct feed *f = feed_open(&loop, &config, error);
	cr_assert_not_null(f);
	cr_assert_eq(digest_of(expected, strlen(expected), digest), 0);
	digest_text(digest, sha256);
	feed_expect(f, strlen(expected), sha256);
	size_t at = 0, n = strlen(text), now = piece < n ? piece : n; /* then the rest */
	while (!feed_ended(f)) {
		if (at < n) {
			cr_assert_eq(write(ends[1], text + at, now), (ssize_t)now);
			at += now;
			now = n - at;
		}
		if (at == n && ends[1] >= 0) {
			close(ends[1]);
			ends[1] = -1;
		}
		struct chunk *c = feed_take(f);
		if (c != NULL) {
			cr_expect_geq(at, strlen(expected), "nothing before it is the same list");
			lines += c->n;
			chunk_free(c);
		}
		if (feed_busy(f))
			uv_run(&loop, UV_RUN_ONCE);
	}
	snprintf(error->text, sizeof(error->text), "%s",
		 feed_error(f) != NULL ? feed_error(f) : "");
	feed_close(f);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
	close(ends[0]);
	return lines;
}

Test(feed, a_pipe_must_begin_as_it_did)
{
	const char *list = "a.example\nb.example\nc.example\n";
	struct errmsg error;

	const size_t pieces[] = {1, 15, 100}, read[] = {0, 1, 20, strlen(list)};

	for (unsigned i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t piece = pieces[i];
		for (unsigned k = 0; k < sizeof(read) / sizeof(read[0]); k++) {
			char expected[64];
			snprintf(expected, sizeof(expected), "%.*s", (int)read[k], list);
			cr_expect_eq(come_of(list, piece, expected, &error), 3, "%zu, %zu", piece,
				     read[k]);
			cr_expect_str_eq(error.text, "");
		}
		cr_expect_eq(come_of(list, piece, "a.example\nb.exampl\n", &error), 0);
		cr_expect(strstr(error.text, "it is not the list that the run was begun with") !=
				  NULL,
			  "%s", error.text);
		cr_expect_eq(come_of(list, piece, "a.example\nb.example\nc.example\nd", &error), 0);
		cr_expect(strstr(error.text, "it ends before what the run has read of it") != NULL,
			  "%s", error.text);
		cr_expect_eq(come_of("", piece, "a", &error), 0);
		cr_expect(strstr(error.text, "it ends before") != NULL, "%s", error.text);
	}
}

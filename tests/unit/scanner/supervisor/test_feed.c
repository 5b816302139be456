/* Chunks that are used up are filled again, and only so many are kept. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

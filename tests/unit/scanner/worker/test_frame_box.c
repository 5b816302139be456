/* Records on their way out of a worker: what is sent is what was put in, and when a box is full. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "output/aggregate/facts.h"
#include "output/record/record_lines.h"
#include "scanner/worker/frame_box.h"

#define RECORDS 3u

/* The other end: the last frame that came. */
struct heard {
	unsigned frames;
	struct message_frame head;
	uint8_t body[65536];
};

static void heard_message(void *user, enum proto_kind kind, const uint8_t *body, size_t n)
{
	struct heard *h = user;

	cr_assert_eq(kind, PROTO_FRAME);
	cr_assert(n <= sizeof(h->body));
	h->frames++;
	memcpy(h->body, body, n);
	cr_assert_eq(message_read_frame(h->body, n, &h->head), 0);
}

static void heard_closed(void *user, int status)
{
	(void)user;
	cr_expect_eq(status, 0);
}

static void make(struct record *r, uint64_t line)
{
	record_init(r);
	r->line = line;
	r->domain = r->input = SPAN_LIT("example.org");
	r->verdict = VERDICT_ABSENT;
}

/* Puts three records in, line numbers from `first`. */
static void fill(struct frame_box *b, uint64_t first)
{
	struct record r;

	for (uint64_t i = 0; i < RECORDS; i++) {
		make(&r, first + i);
		cr_assert_eq(frame_box_add(b, &r, 1000 + i), 0);
	}
}

static void check_lines_and_facts(const struct heard *h, uint64_t first)
{
	struct facts row;
	size_t at = 0;

	cr_assert_eq(h->head.lines_n, RECORDS);
	for (unsigned i = 0; i < RECORDS; i++) {
		cr_expect_eq(message_frame_line(&h->head, i), first + i);
		size_t took = facts_unpack(&row, h->head.facts + at, h->head.facts_n - at);
		cr_assert(took > 0);
		cr_expect_eq(row.verdict, VERDICT_ABSENT);
		at += took;
	}
	cr_expect_eq(at, h->head.facts_n, "one row a line");
}

/* The text is a line a record, with its number. */
static void check_text(const struct heard *h, uint64_t first)
{
	struct span text = h->head.text;

	for (unsigned i = 0; i < RECORDS; i++)
		cr_expect_eq(record_lines_next(&text, true), first + i);
	cr_expect_eq(text.n, 0);
}

Test(frame_box, what_is_put_in_is_sent)
{
	static struct frame_box box;
	static struct heard heard;
	struct proto_handler hears = {heard_message, heard_closed, &heard};
	uv_loop_t loop;
	int ends[2];

	heard = (struct heard){0};
	cr_assert_eq(uv_loop_init(&loop), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	struct proto_pipe *here = proto_open(&loop, ends[0], &hears);
	struct proto_pipe *there = proto_open(&loop, ends[1], &hears);
	cr_assert(here != NULL && there != NULL);
	cr_assert_eq(frame_box_init(&box), 0);
	cr_expect_eq(frame_box_send(&box, here), 0);
	cr_expect_eq(proto_queued(here), 0, "an empty box sends nothing");
	for (unsigned n = 1; n <= 2; n++) { /* it is emptied, and used again */
		fill(&box, 7 * n);
		cr_expect_eq(box.first_ms, 1000);
		cr_expect_not(frame_box_full(&box));
		cr_assert_eq(frame_box_send(&box, here), 0);
		cr_expect_eq(box.lines_n + box.facts_n + box.text.n, 0);
		while (heard.frames < n)
			uv_run(&loop, UV_RUN_ONCE);
		check_lines_and_facts(&heard, 7 * n);
		check_text(&heard, 7 * n);
	}
	frame_box_release(&box);
	proto_close(here);
	proto_close(there);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0);
}

Test(frame_box, full_by_lines_or_by_text)
{
	static struct frame_box box;
	static char body[60000];
	struct record r;

	cr_assert_eq(frame_box_init(&box), 0);
	make(&r, 1);
	cr_assert_eq(frame_box_add(&box, &r, 0), 0);
	box.lines_n =
		FRAME_BOX_LINES - 1; /* so many short ones do not come before the text is long */
	cr_expect_not(frame_box_full(&box));
	cr_assert_eq(frame_box_add(&box, &r, 0), 0);
	cr_expect(frame_box_full(&box));
	frame_box_release(&box);

	cr_assert_eq(frame_box_init(&box), 0);
	memset(body, 'x', sizeof(body));
	r.policy.stage = STAGE_SYNTAX;
	r.policy.body = span_of(body, sizeof(body));
	unsigned n = 0;
	for (; !frame_box_full(&box); n++)
		cr_assert_eq(frame_box_add(&box, &r, 0), 0);
	cr_expect_eq(n, FRAME_BOX_TEXT / sizeof(body) + 1, "%u long records", n);
	frame_box_release(&box);
}

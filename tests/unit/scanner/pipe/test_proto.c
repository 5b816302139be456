/* Messages arrive whole and in order, whether the pipe has room for them or not. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "scanner/pipe/proto.h"
#include "tests/support/sanitized.h"

#define MESSAGES 300u
#define SIZE_MAX_SENT 50000u

struct pair {
	uv_loop_t loop;
	struct proto_pipe *from, *to;
	unsigned heard, closed;
};

static uint8_t pattern[SIZE_MAX_SENT + 256];

/* Sizes from none to more than a socket takes at once. */
static size_t size_of(unsigned i)
{
	return i * 7919u % (i % 3 == 0 ? SIZE_MAX_SENT : 300u);
}

static void hear(void *user, enum proto_kind kind, const uint8_t *body, size_t n)
{
	struct pair *p = user;

	cr_assert_eq(kind, p->heard % PROTO_KINDS);
	cr_assert_eq(n, size_of(p->heard));
	cr_assert(n == 0 || memcmp(body, pattern + p->heard % 256, n) == 0);
	p->heard++;
}

static void closed(void *user, int status)
{
	struct pair *p = user;

	(void)status;
	p->closed++;
}

static void open_pair(struct pair *p)
{
	struct proto_handler handler = {hear, closed, p};
	int ends[2];

	*p = (struct pair){0};
	for (unsigned i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 31 + i / 251);
	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(uv_loop_init(&p->loop), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	p->from = proto_open(&p->loop, ends[0], &handler);
	p->to = proto_open(&p->loop, ends[1], &handler);
	cr_assert(p->from != NULL && p->to != NULL);
}

static void close_pair(struct pair *p)
{
	proto_close(p->from);
	proto_close(p->to);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&p->loop), 0);
}

/* In as many parts as there may be, one of them empty. */
static int send_one(struct pair *p, unsigned i)
{
	const uint8_t *body = pattern + i % 256;
	size_t n = size_of(i);
	const struct proto_part parts[PROTO_PARTS_MAX] = {
		{body, n / 3}, {NULL, 0}, {body + n / 3, n / 2 - n / 3}, {body + n / 2, n - n / 2}};

	return proto_send(p->from, (enum proto_kind)(i % PROTO_KINDS), parts, PROTO_PARTS_MAX);
}

Test(proto, goes_at_once_when_there_is_room)
{
	struct pair p;

	open_pair(&p);
	for (unsigned i = 0; i < MESSAGES; i++) {
		cr_assert_eq(send_one(&p, i), 0);
		cr_expect_eq(proto_queued(p.from), 0);
		cr_expect_eq(p.loop.active_reqs.count, 0, "libuv has nothing left to write");
		while (p.heard <= i)
			uv_run(&p.loop, UV_RUN_ONCE);
	}
	close_pair(&p);
}

Test(proto, what_there_is_no_room_for_follows)
{
	struct pair p;

	open_pair(&p);
	for (unsigned i = 0; i < MESSAGES; i++)
		cr_assert_eq(send_one(&p, i), 0);
	cr_expect(proto_queued(p.from) > 0);
	while (p.heard < MESSAGES)
		uv_run(&p.loop, UV_RUN_ONCE);
	cr_expect_eq(proto_queued(p.from), 0);
	close_pair(&p);
}

/* Small ones and ones that no room is kept for: in order, and none before it is time. */
Test(proto, what_is_gathered_leaves_together)
{
	struct pair p;
	unsigned sent = 0;

	open_pair(&p);
	proto_gather(p.from);
	for (; sent < 3; sent++) /* none is as large as what is kept for them */
		cr_assert_eq(send_one(&p, sent), 0);
	cr_expect(proto_queued(p.from) > 0);
	uv_run(&p.loop, UV_RUN_NOWAIT);
	cr_expect_eq(p.heard, 0);
	proto_flush(p.from);
	cr_expect_eq(proto_queued(p.from), 0, "all goes at once");
	while (p.heard < sent)
		uv_run(&p.loop, UV_RUN_ONCE);
	while (sent < MESSAGES) {
		proto_gather(p.from);
		for (unsigned i = 0; i < 10; i++)
			cr_assert_eq(send_one(&p, sent++), 0);
		proto_flush(p.from);
		while (p.heard < sent)
			uv_run(&p.loop, UV_RUN_ONCE);
	}
	cr_expect_eq(proto_queued(p.from), 0);
	close_pair(&p);
}

Test(proto, the_owner_is_told_by_the_loop_that_the_other_end_is_gone)
{
	struct pair p;

	open_pair(&p);
	proto_close(p.to);
	uv_run(&p.loop, UV_RUN_NOWAIT);
	p.to = NULL;
	if (p.closed == 0)
		send_one(&p, 0);
	while (p.closed == 0)
		uv_run(&p.loop, UV_RUN_ONCE);
	cr_expect_eq(p.closed, 1);
	cr_expect_eq(send_one(&p, 1), -1);
	close_pair(&p);
}

/* Half a message must not be taken for the beginning of the next. */
Test(proto, a_message_cut_off_for_want_of_memory_ends_the_pipe, .disabled = SANITIZED,
     .timeout = 30)
{
	static uint8_t body[PROTO_BODY_MAX];
	const struct proto_part part = {body, sizeof(body)};
	struct rlimit old, none;
	struct pair p;

	open_pair(&p);
	getrlimit(RLIMIT_AS, &old);
	none = (struct rlimit){.rlim_cur = 1, .rlim_max = old.rlim_max};
	setrlimit(RLIMIT_AS, &none);
	int rc = proto_send(p.from, PROTO_LINES, &part, 1);
	setrlimit(RLIMIT_AS, &old);
	cr_expect_eq(rc, -1);
	cr_expect_eq(p.closed, 0, "not from within the call");
	while (p.closed < 2)
		uv_run(&p.loop, UV_RUN_ONCE);
	cr_expect_eq(p.heard, 0);
	cr_expect_eq(send_one(&p, 0), -1);
	close_pair(&p);
}

/* Each message: what was written is what is read, and nothing that is cut, long or out of range. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "scanner/pipe/message.h"
#include "tests/support/hear.h"

static struct hear hear;

/* A copy of the body that is exactly so long, so that a sanitizer sees a byte read behind it. */
static uint8_t *cut_copy(size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	cr_assert_not_null(copy);
	memcpy(copy, hear.body, n);
	return copy;
}

/* A kind more: a test here, and fuzz_message.c, taken_between.py and scanner/README.md know it. */
static_assert(PROTO_KINDS == 11, "each kind of message has its test");

/* Reads it as the kind that it is; 0 or -1. */
static int read_any(const uint8_t *body, size_t n)
{
	struct message_setup setup;
	struct message_ticket ticket;
	struct message_stats stats;
	struct message_upstream upstreams[2];
	struct message_frame frame;
	uint32_t taken;

	switch (hear.kind) {
	case PROTO_SETUP:
		return message_read_setup(body, n, &setup);
	case PROTO_LINES:
		return message_lines_are_sound(body, n) ? 0 : -1;
	case PROTO_ASK:
	case PROTO_GRANTED:
	case PROTO_DONE:
		return message_read_ticket(hear.kind, body, n, &ticket);
	case PROTO_STATS:
		return message_read_stats(body, n, 2, &stats, upstreams);
	case PROTO_FRAME:
		return message_read_frame(body, n, &frame);
	case PROTO_TAKEN:
		return message_read_taken(body, n, &taken);
	default:
		cr_assert_fail("kind %d", (int)hear.kind);
		return -1;
	}
}

/* The message that was heard is read as a whole, and refused when bytes are missing or added. */
static void check_lengths(void)
{
	cr_expect_eq(read_any(hear.body, hear.n), 0);
	for (size_t n = 0; n < hear.n; n++) {
		uint8_t *body = cut_copy(n);
		cr_expect_eq(read_any(body, n), n == 0 && hear.kind == PROTO_LINES ? 0 : -1,
			     "kind %d cut to %zu of %zu bytes", (int)hear.kind, n, hear.n);
		free(body);
	}
	hear.body[hear.n] = 0;
	cr_expect_eq(read_any(hear.body, hear.n + 1), -1, "a byte too many");
}

Test(message, setup)
{
	const struct message_setup sent = {.worker = 3,
					   .jobs = 8000,
					   .fetch_slots = 256,
					   .dns_rate = 12.5,
					   .seed = UINT64_MAX};
	const struct message_setup bad[] = {
		{.jobs = 0, .fetch_slots = 1},
		{.jobs = 1, .fetch_slots = 0},
		{.jobs = 1, .fetch_slots = 1, .seen_good = 2},
		{.jobs = 1, .fetch_slots = 1, .dns_rate = -1},
		{.jobs = 1, .fetch_slots = 1, .dns_rate = NAN},
		{.jobs = 1, .fetch_slots = 1, .dns_rate = INFINITY},
	};
	struct message_setup got;

	hear_open(&hear);
	cr_assert_eq(message_send_setup(hear.from, &sent), 0);
	hear_next(&hear);
	cr_assert_eq(hear.kind, PROTO_SETUP);
	check_lengths();
	cr_assert_eq(message_read_setup(hear.body, hear.n, &got), 0);
	cr_expect(got.worker == 3 && got.jobs == 8000 && got.fetch_slots == 256);
	cr_expect(got.dns_rate == 12.5 && got.seed == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(message_read_setup((const uint8_t *)&bad[i], sizeof(bad[i]), &got), -1,
			     "%zu", i);
	hear_close(&hear);
}

static void expect_line(const struct message_line *got, const struct message_line *want)
{
	cr_expect_eq(got->line, want->line);
	cr_expect_eq(got->rank, want->rank);
	cr_expect(span_eq(got->text, want->text));
	cr_expect(span_eq(got->tag, want->tag));
	cr_expect_eq(got->tag.p == NULL, want->tag.p == NULL, "no tag is no empty tag");
	cr_expect_eq(got->too_long, want->too_long);
}

Test(message, lines)
{
	const struct message_line lines[] = {
		{.line = 1, .rank = -1, .text = SPAN_LIT("example.org")},
		{.line = UINT64_MAX,
		 .rank = INT64_MAX,
		 .text = SPAN_LIT("a"),
		 .tag = SPAN_LIT("t")},
		{.line = 7, .rank = 0, .text = SPAN_LIT(""), .tag = SPAN_LIT("")},
		{.line = 8, .rank = 1, .text = SPAN_LIT("b\0c"), .too_long = true},
	};
	struct message_line got;
	size_t n = 0, ends[4];

	hear.kind = PROTO_LINES;
	for (unsigned i = 0; i < 4; i++) {
		message_write_line(&lines[i], hear.body + n);
		n += message_line_size(&lines[i]);
		ends[i] = n;
	}
	for (size_t at = 0, i = 0; at < n; i++) {
		size_t took = message_read_line(hear.body + at, n - at, &got);
		cr_assert_eq(at + took, ends[i]);
		expect_line(&got, &lines[i]);
		at += took;
	}
	for (size_t cut = 1; cut <= n; cut++) {
		uint8_t *body = cut_copy(cut);
		bool whole = cut == ends[0] || cut == ends[1] || cut == ends[2] || cut == ends[3];
		cr_expect_eq(message_lines_are_sound(body, cut), whole, "%zu bytes", cut);
		free(body);
	}
}

/* Puts a byte somewhere else in one line and looks whether it is refused. */
static void expect_line_refused(size_t at, uint8_t byte, const char *what)
{
	const struct message_line line = {.line = 1, .text = SPAN_LIT("ab"), .tag = SPAN_LIT("c")};
	struct message_line got;
	size_t n = message_line_size(&line);

	message_write_line(&line, hear.body);
	cr_assert_eq(message_read_line(hear.body, n, &got), n);
	hear.body[at] = byte;
	cr_expect_eq(message_read_line(hear.body, n, &got), 0, "%s", what);
}

/* Offsets: line 0, rank 8, text_n 16, tag_n 20, too_long 24, has_tag 25. */
Test(message, lines_that_nobody_writes)
{
	expect_line_refused(0, 0, "line 0");
	expect_line_refused(15, 0x80, "a rank below -1");
	expect_line_refused(16, 4, "text longer than what is there");
	expect_line_refused(19, 0xff, "by far");
	expect_line_refused(20, 2, "a tag longer than what is there");
	expect_line_refused(23, 0xff, "by far");
	expect_line_refused(24, 2, "a flag that is neither");
	expect_line_refused(25, 2, "likewise");
	expect_line_refused(25, 0, "a tag's bytes without a tag");
}

static void say_ticket(enum proto_kind kind, const struct message_ticket *t)
{
	cr_assert_eq(message_send_ticket(hear.from, kind, t), 0);
	hear_next(&hear);
	cr_assert_eq(hear.kind, kind);
	check_lengths();
}

/* Offsets: id 0, family 4, bytes 5 to 20, late 21, vain 22. */
static void expect_ticket_refused(enum proto_kind kind, size_t at, uint8_t byte)
{
	struct message_ticket got;
	uint8_t before = hear.body[at];

	hear.body[at] = byte;
	cr_expect_eq(message_read_ticket(kind, hear.body, hear.n, &got), -1,
		     "kind %d, byte %zu = %u", (int)kind, at, byte);
	hear.body[at] = before;
}

Test(message, tickets)
{
	const struct message_ticket ask = {.id = 9,
					   .address = {.family = 6, .bytes = {0x20, 1, [15] = 3}}};
	const struct message_ticket granted = {.id = 9, .vain = true};
	const struct message_ticket done = {.id = 9, .late = true};
	struct message_ticket got;

	hear_open(&hear);
	say_ticket(PROTO_ASK, &ask);
	cr_assert_eq(message_read_ticket(PROTO_ASK, hear.body, hear.n, &got), 0);
	cr_expect(got.id == 9 && !got.late && !got.vain);
	cr_expect_arr_eq(&got.address, &ask.address, sizeof(got.address));
	expect_ticket_refused(PROTO_ASK, 4, 0);
	expect_ticket_refused(PROTO_ASK, 4, 5);
	expect_ticket_refused(PROTO_ASK, 21, 1);
	expect_ticket_refused(PROTO_ASK, 22, 1);
	hear.body[4] = 4;
	cr_assert_eq(message_read_ticket(PROTO_ASK, hear.body, hear.n, &got), 0);
	cr_expect_eq(got.address.bytes[15], 0, "one IPv4 address is one host at the gate");

	say_ticket(PROTO_GRANTED, &granted);
	cr_assert_eq(message_read_ticket(PROTO_GRANTED, hear.body, hear.n, &got), 0);
	cr_expect(got.id == 9 && got.vain && !got.late);
	expect_ticket_refused(PROTO_GRANTED, 4, 4);
	expect_ticket_refused(PROTO_GRANTED, 21, 1);
	expect_ticket_refused(PROTO_GRANTED, 22, 2);

	say_ticket(PROTO_DONE, &done);
	cr_assert_eq(message_read_ticket(PROTO_DONE, hear.body, hear.n, &got), 0);
	cr_expect(got.id == 9 && got.late && !got.vain);
	expect_ticket_refused(PROTO_DONE, 4, 4);
	expect_ticket_refused(PROTO_DONE, 21, 2);
	expect_ticket_refused(PROTO_DONE, 22, 1);
	hear_close(&hear);
}

Test(message, heartbeat)
{
	const struct message_stats sent = {.questions = 1ull << 40,
					   .fetches = 7,
					   .receive_buffer = 425984,
					   .ever_good = 1,
					   .upstreams_n = 2};
	const struct message_upstream upstreams[2] = {{.asked = 5, .state = 1},
						      {.refused = 6, .in_flight = 2}};
	struct message_stats got = {0}, bad;
	struct message_upstream from[3] = {0};

	hear_open(&hear);
	cr_assert_eq(message_send_stats(hear.from, &sent, upstreams), 0);
	hear_next(&hear);
	cr_assert_eq(hear.kind, PROTO_STATS);
	check_lengths();
	cr_assert_eq(message_read_stats(hear.body, hear.n, 2, &got, from), 0);
	cr_expect(got.questions == 1ull << 40 && got.fetches == 7 && got.ever_good == 1);
	cr_expect(got.receive_buffer == 425984 && got.hopeless == 0);
	cr_expect(from[0].asked == 5 && from[0].state == 1);
	cr_expect(from[1].refused == 6 && from[1].in_flight == 2);
	cr_expect_eq(message_read_stats(hear.body, hear.n, 1, &got, from), -1);
	cr_expect_eq(message_read_stats(hear.body, hear.n, 3, &got, from), -1);
	for (unsigned i = 0; i < 3; i++) {
		bad = sent;
		bad.upstreams_n += i == 0;
		bad.ever_good = i == 1 ? 2 : 1;
		bad.hopeless = i == 2 ? 2 : 0;
		memcpy(hear.body, &bad, sizeof(bad));
		cr_expect_eq(message_read_stats(hear.body, hear.n, 2, &got, from), -1, "%u", i);
	}
	memcpy(hear.body, &sent, sizeof(sent));
	for (uint32_t state = 0; state < MESSAGE_STATES + 2; state++) { /* of the second one */
		memcpy(hear.body + sizeof(sent) + sizeof(from[0]) +
			       offsetof(struct message_upstream, state),
		       &state, sizeof(state));
		cr_expect_eq(message_read_stats(hear.body, hear.n, 2, &got, from),
			     state < MESSAGE_STATES ? 0 : -1, "state %u", state);
	}
	hear_close(&hear);
}

/* Sends a frame of three lines. */
static void say_frame(void)
{
	static const uint64_t lines[] = {5, UINT64_MAX, 6};
	const struct message_frame sent = {
		.lines_n = 3,
		.facts = (const uint8_t *)"facts",
		.facts_n = 5,
		.text = SPAN_LIT("lines."),
	};

	cr_assert_eq(message_send_frame(hear.from, &sent, lines), 0);
	hear_next(&hear);
	cr_assert_eq(hear.kind, PROTO_FRAME);
}

Test(message, frame)
{
	struct message_frame got;

	hear_open(&hear);
	say_frame();
	check_lengths();
	cr_assert_eq(message_read_frame(hear.body, hear.n, &got), 0);
	cr_assert_eq(got.lines_n, 3);
	cr_expect_eq(message_frame_line(&got, 0), 5);
	cr_expect_eq(message_frame_line(&got, 1), UINT64_MAX);
	cr_expect_eq(message_frame_line(&got, 2), 6);
	cr_expect(got.facts_n == 5 && memcmp(got.facts, "facts", 5) == 0);
	cr_expect(span_eq(got.text, SPAN_LIT("lines.")));
	hear_close(&hear);
}

/* The head's numbers, each put wrong: lines_n, facts_n, text_n, the pad. */
Test(message, frames_that_nobody_writes)
{
	static uint8_t long_one[16 + 8 * (MESSAGE_FRAME_LINES_MAX + 1) + 1];
	static const uint32_t heads[][4] = {
		{0, 5 + 24, 6, 0},		/* no line */
		{3, 5 + 6, 0, 0},		/* no text */
		{3, 5, 6, 1},			/* more than its head says */
		{2, 5, 6, 0},			/* lengths that do not add up */
		{3, 5, 7, 0},			/* likewise */
		{3, UINT32_MAX, 6, 0},		/* more than there can be */
		{3, UINT32_MAX - 5, 17, 0},	/* a sum that wraps around at 32 bits */
		{UINT32_MAX, UINT32_MAX, 9, 0}, /* likewise */
	};
	uint32_t head[4] = {MESSAGE_FRAME_LINES_MAX + 1, 0, 1, 0};
	struct message_frame got;

	hear_open(&hear);
	say_frame();
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		memcpy(hear.body, heads[i], sizeof(heads[i]));
		cr_expect_eq(message_read_frame(hear.body, hear.n, &got), -1, "%zu", i);
	}
	hear_close(&hear);
	memcpy(long_one, head, sizeof(head));
	cr_expect_eq(message_read_frame(long_one, sizeof(long_one), &got), -1, "too many lines");
	head[0]--;
	memcpy(long_one, head, sizeof(head));
	cr_expect_eq(message_read_frame(long_one, sizeof(long_one) - 8, &got), 0, "just so many");
}

Test(message, taken_and_fail)
{
	char why[MESSAGE_WHY_MAX];
	uint8_t loud[2 * MESSAGE_WHY_MAX];
	uint32_t taken = 0;

	hear_open(&hear);
	cr_assert_eq(message_send_taken(hear.from, 77), 0);
	hear_next(&hear);
	cr_assert_eq(hear.kind, PROTO_TAKEN);
	check_lengths();
	cr_assert_eq(message_read_taken(hear.body, hear.n, &taken), 0);
	cr_expect_eq(taken, 77);
	memset(hear.body, 0, hear.n);
	cr_expect_eq(message_read_taken(hear.body, hear.n, &taken), -1, "none is no message");

	cr_assert_eq(message_send_fail(hear.from, "out of memory"), 0);
	hear_next(&hear);
	cr_assert_eq(hear.kind, PROTO_FAIL);
	message_read_fail(hear.body, hear.n, why);
	cr_expect_str_eq(why, "out of memory");
	message_read_fail(hear.body, 0, why);
	cr_expect_str_eq(why, "");
	memset(loud, 'a', sizeof(loud));
	for (size_t n = MESSAGE_WHY_MAX - 2; n < MESSAGE_WHY_MAX + 2; n++) {
		message_read_fail(loud, n, why);
		cr_expect_eq(strlen(why), n < MESSAGE_WHY_MAX ? n : MESSAGE_WHY_MAX - 1);
	}
	hear_close(&hear);
}

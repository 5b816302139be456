/* A frame's lines count once, for the worker that has them, and all or none. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scanner/supervisor/ledger.h"

Test(ledger, marks_settles_and_refuses)
{
	struct ledger l;
	struct chunk *c = chunk_new();
	int me, other;

	ledger_init(&l);
	for (uint64_t line = 3; line <= 9; line += 2) {
		const struct message_line head = {.line = line, .text = SPAN_LIT("x")};
		cr_assert_eq(chunk_add(c, &head), 0);
	}
	c->holder = &me;
	cr_assert_eq(ledger_add(&l, c), 0);
	cr_expect_eq(l.next, 10);
	cr_expect_eq(ledger_mark(&l, 4, &me), -1, "between its lines");
	cr_expect_eq(ledger_mark(&l, 3, &other), -1, "another worker's");
	cr_expect_eq(ledger_mark(&l, 3, &me), 0);
	cr_expect_eq(ledger_mark(&l, 3, &me), -1, "twice");
	ledger_unmark(&l, 3);
	cr_expect_eq(l.lines, 4);
	for (uint64_t line = 3; line <= 9; line += 2)
		cr_expect_eq(ledger_mark(&l, line, &me), 0);
	cr_expect_eq(ledger_settle(&l, 3), c, "it is ours again once no line is left");
	for (uint64_t line = 5; line <= 9; line += 2)
		cr_expect_null(ledger_settle(&l, line), "it was handed out before");
	chunk_free(c);
	cr_expect_eq(l.n, 0);
	cr_expect_eq(l.done, 4);
	ledger_release(&l);
}

static struct chunk *make(uint64_t first, unsigned n)
{
	struct chunk *c = chunk_new();

	for (unsigned i = 0; i < n; i++) {
		const struct message_line head = {
			.line = first + i, .text = SPAN_LIT("abc"), .tag = SPAN_LIT("de")};
		cr_assert_eq(chunk_add(c, &head), 0);
	}
	return c;
}

/* Settles all lines but the last. */
static void thin_out(struct ledger *l, const struct chunk *c)
{
	uint64_t last = c->last;

	for (uint64_t line = c->first; line < last; line++)
		cr_assert_eq(ledger_mark(l, line, NULL), 0);
	for (uint64_t line = c->first; line < last; line++)
		cr_assert_null(ledger_settle(l, line));
	cr_expect_eq(c->left, 1);
}

Test(ledger, few_lines_hold_few_bytes_when_there_are_many_chunks)
{
	struct ledger l;
	struct chunk *c[LEDGER_ROOMY + 1];

	ledger_init(&l);
	for (unsigned i = 0; i <= LEDGER_ROOMY; i++) {
		c[i] = make(1 + 10 * i, 10);
		cr_assert_eq(ledger_add(&l, c[i]), 0);
		if (i == 0) {
			thin_out(&l, c[0]);
			cr_expect_eq(c[0]->cap, CHUNK_BYTES, "alone it keeps its memory");
		}
	}
	thin_out(&l, c[1]);
	struct message_line left = chunk_line(c[1], 0);
	cr_expect_eq(c[1]->cap, message_line_size(&left));
	cr_expect(span_eq(left.text, SPAN_LIT("abc")) && span_eq(left.tag, SPAN_LIT("de")));
	ledger_release(&l);
}

/* How many lines are held after each that is settled, first to last: a quarter left is few. */
Test(ledger, lines_are_held_until_a_quarter_is_left)
{
	static const struct {
		unsigned n;
		const char *held;
	} rows[] = {
		{2, "2 0 "},
		{4, "4 4 4 0 "},
		{5, "5 5 5 1 0 "},
		{8, "8 8 8 8 8 2 2 0 "},
		{11, "11 11 11 11 11 11 11 11 2 2 0 "},
		{20, "20 20 20 20 20 20 20 20 20 20 20 20 20 20 5 5 5 5 1 0 "},
	};

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct ledger l;
		struct chunk *c = make(1, rows[k].n);
		char held[256] = "";
		ledger_init(&l);
		cr_assert_eq(ledger_add(&l, c), 0);
		for (unsigned i = 0; i < LEDGER_ROOMY; i++)
			cr_assert_eq(ledger_add(&l, make(1000 + i, 1)), 0);
		for (unsigned line = 1; line <= rows[k].n; line++) {
			cr_assert_eq(ledger_mark(&l, line, NULL), 0);
			struct chunk *back = ledger_settle(&l, line);
			cr_expect_eq(back, line == rows[k].n ? c : NULL, "line %u", line);
			sprintf(held + strlen(held), "%u ", back != NULL ? 0 : c->n);
		}
		cr_expect_str_eq(held, rows[k].held, "%u lines: %s", rows[k].n, held);
		chunk_free(c);
		ledger_release(&l);
	}
}

Test(ledger, few_lines_do_not_hold_very_many_bytes)
{
	static char text[CHUNK_BYTES_KEPT];
	struct message_line head = {.line = 1, .text = span_of(text, sizeof(text))};
	struct chunk *c = chunk_new();
	struct ledger l;

	ledger_init(&l);
	cr_assert_eq(chunk_add(c, &head), 0);
	for (head = (struct message_line){.line = 2}; head.line <= 10; head.line++)
		cr_assert_eq(chunk_add(c, &head), 0);
	cr_assert_eq(ledger_add(&l, c), 0);
	thin_out(&l, c);
	cr_expect_eq(c->cap, message_line_size(&(struct message_line){.line = 10}));
	ledger_release(&l);
}

Test(chunk, is_as_new_after_a_reset_but_for_its_memory)
{
	struct chunk *c = make(5, CHUNK_LINES), *fresh = make(7, 2);
	const uint8_t *bytes = c->bytes;

	c->deaths = 2;
	c->holder = fresh;
	c->next = fresh;
	for (uint64_t line = 5; line < 5 + CHUNK_LINES; line++)
		cr_assert_eq(chunk_mark(c, line, true), 0);
	chunk_reset(c);
	cr_expect_eq(c->bytes, bytes);
	for (uint64_t line = 7; line < 9; line++) { /* also below the lines it had */
		const struct message_line head = {
			.line = line, .text = SPAN_LIT("abc"), .tag = SPAN_LIT("de")};
		cr_assert_eq(chunk_add(c, &head), 0);
	}
	cr_expect_eq(c->bytes, bytes, "no new memory for it");
	cr_expect(c->next == NULL && c->holder == NULL && c->deaths == 0);
	cr_expect(c->first == 7 && c->last == 8 && c->n == 2 && c->left == 2);
	cr_expect_arr_eq(c->done, fresh->done, sizeof(c->done));
	cr_expect_arr_eq(c->offset, fresh->offset, 3 * sizeof(c->offset[0]));
	cr_expect_arr_eq(c->bytes, fresh->bytes, fresh->offset[2]);
	chunk_free(c);
	chunk_free(fresh);
}

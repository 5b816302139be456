/* A frame's lines count once, for the worker that has them, and all or none. */
#include <criterion/criterion.h>

#include "scanner/ledger.h"

Test(ledger, marks_settles_and_refuses)
{
	struct ledger l;
	struct chunk *c = chunk_new();
	int me, other;

	ledger_init(&l);
	for (uint64_t line = 3; line <= 9; line += 2) {
		struct proto_line head = {.line = line, .text_n = 1};
		cr_assert_eq(chunk_add(c, &head, "x", NULL), 0);
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
	for (uint64_t line = 3; line <= 9; line += 2)
		ledger_settle(&l, line);
	cr_expect_eq(l.n, 0);
	cr_expect_eq(l.done, 4);
	ledger_release(&l);
}

/* Chunks of workers that died, and who is kept for a suspect; else scenario/scans.py. */
#include <criterion/criterion.h>
#include <signal.h>

#include "scanner/supervisor/supervisor_parts.h"

#define CHUNKS 3u

static struct supervisor s;
static bool alone[2];
static struct crew_worker worker, another = {.index = 1};
static struct chunk *chunks[CHUNKS];

/* Three chunks of two lines each are out, at nobody. */
static void setup(void)
{
	ledger_init(&s.ledger);
	s.alone = alone;
	s.oom_kills = supervisor_oom_kills();
	for (unsigned i = 0; i < CHUNKS; i++) {
		chunks[i] = chunk_new();
		for (uint64_t line = 1; line <= 2; line++) {
			const struct message_line head = {.line = 10 * i + line,
							  .text = SPAN_LIT("x")};
			cr_assert_eq(chunk_add(chunks[i], &head), 0);
		}
		cr_assert_eq(ledger_add(&s.ledger, chunks[i]), 0);
	}
}

static void teardown(void)
{
	ledger_release(&s.ledger);
}

TestSuite(supervisor_crash, .init = setup, .fini = teardown);

static void back(uint64_t line)
{
	cr_assert_eq(ledger_mark(&s.ledger, line, NULL), 0);
}

Test(supervisor_crash, who_is_kept_for_a_suspect)
{
	cr_expect_not(supervisor_try_alone(&s, &worker), "nothing is to be done again");
	s.redo = chunks[0];
	chunks[0]->deaths = 1;
	cr_expect_not(supervisor_suspect(chunks[0]));
	cr_expect_not(supervisor_try_alone(&s, &worker), "one death makes no suspect");
	chunks[0]->deaths = 2;
	cr_expect(supervisor_suspect(chunks[0]));
	chunks[2]->holder = &worker;
	cr_expect(supervisor_try_alone(&s, &worker), "what it has must come back first");
	cr_expect(s.redo == chunks[0] && chunks[0]->holder == NULL && !alone[0]);
	chunks[2]->holder = NULL;
	chunks[0]->holder = &worker;
	s.redo = NULL;
	alone[0] = true;
	cr_expect(supervisor_try_alone(&s, &worker), "it has one, and gets nothing else");
	cr_expect(alone[0]);
	cr_expect_not(supervisor_try_alone(&s, &another), "that is no matter of another's");
	chunks[0]->holder = NULL;
}

/* A chunk whose lines are all back is in nobody's hands, though it may say so still. */
Test(supervisor_crash, who_has_done_a_suspect_is_free)
{
	chunks[2]->holder = &worker;
	alone[0] = true;
	cr_assert_eq(ledger_mark(&s.ledger, 21, &worker), 0);
	cr_assert_null(ledger_settle(&s.ledger, 21));
	cr_expect(supervisor_try_alone(&s, &worker), "a line is out");
	cr_assert_eq(ledger_mark(&s.ledger, 22, &worker), 0);
	cr_assert_eq(ledger_settle(&s.ledger, 22), chunks[2]);
	cr_expect_not(supervisor_try_alone(&s, &worker));
	cr_expect_not(alone[0]);
	chunk_free(chunks[2]);
}

Test(supervisor_crash, chunks_of_who_died_come_first_in_their_order)
{
	chunks[0]->holder = chunks[2]->holder = &worker;
	chunks[1]->holder = &another;
	worker.exit_signal = SIGSYS;
	chunks[2]->holder = NULL;
	back(21);
	chunks[2]->holder = &worker;
	cr_expect_not(supervisor_take_back(&s, &worker), "of its own fault");
	cr_expect(s.redo == chunks[0] && chunks[0]->next == chunks[2] && chunks[2]->next == NULL);
	cr_expect(chunks[0]->holder == NULL && chunks[2]->holder == NULL);
	cr_expect_eq(chunks[1]->holder, &another);
	cr_expect(chunks[0]->deaths == 1 && chunks[1]->deaths == 0 && chunks[2]->deaths == 1);
	cr_expect(chunks[0]->n == 2 && chunks[2]->n == 1 && chunk_line(chunks[2], 0).line == 22,
		  "what is done is not given out again");
}

/* A worker's door: what is asked and given back crosses the pipe, each grant finds its ticket. */
#include <criterion/criterion.h>

#include "scanner/worker/worker_gate.h"
#include "tests/support/hear.h"

static struct hear hear;
static unsigned grants;

static void granted(struct gate_ticket *t)
{
	(void)t;
	grants++;
}

static struct gate_ticket ticket(uint8_t last)
{
	return (struct gate_ticket){.address = {.family = 4, .bytes = {192, 0, 2, last}},
				    .granted = granted};
}

/* What was sent last, which must be of this kind. */
static struct message_ticket said(enum proto_kind kind)
{
	struct message_ticket t;

	hear_next(&hear);
	cr_assert_eq(hear.kind, kind);
	cr_assert_eq(message_read_ticket(kind, hear.body, hear.n, &t), 0);
	return t;
}

static int grant(struct worker_gate *g, uint32_t id, bool vain)
{
	const struct message_ticket t = {.id = id, .vain = vain};

	cr_assert_eq(message_send_ticket(hear.from, PROTO_GRANTED, &t), 0);
	hear_next(&hear);
	return worker_gate_granted(g, hear.body, hear.n);
}

Test(worker_gate, each_grant_finds_its_ticket)
{
	struct gate_ticket a = ticket(1), b = ticket(2), c = ticket(3);
	struct worker_gate g;

	hear_open(&hear);
	cr_assert_eq(worker_gate_init(&g, hear.from, 2), 0);
	cr_assert_eq(g.door.ask(&g.door, &a), 0);
	struct message_ticket first = said(PROTO_ASK);
	cr_assert_eq(g.door.ask(&g.door, &b), 0);
	struct message_ticket second = said(PROTO_ASK);
	cr_expect_neq(first.id, second.id);
	cr_expect_arr_eq(&second.address, &b.address, sizeof(b.address));
	cr_expect_eq(g.door.ask(&g.door, &c), -1, "as many as there may be are out");

	cr_expect_eq(grant(&g, second.id, true), 0);
	cr_expect(b.vain && !a.vain && grants == 1);
	cr_expect_eq(grant(&g, second.id, false), -1, "it has its leave");
	cr_expect_eq(grant(&g, 2, false), -1, "there is no such ticket");
	b.late = true;
	g.door.done(&g.door, &b);
	struct message_ticket back = said(PROTO_DONE);
	cr_expect(back.id == second.id && back.late);
	cr_expect_eq(grant(&g, second.id, false), -1, "it was given back");

	cr_assert_eq(g.door.ask(&g.door, &c), 0);
	cr_expect_eq(said(PROTO_ASK).id, second.id, "its id is used again");
	cr_expect_eq(grant(&g, second.id, false), 0);
	cr_expect(!c.vain && grants == 2);
	cr_expect_eq(worker_gate_granted(&g, hear.body, hear.n - 1), -1);
	worker_gate_release(&g);
	hear_close(&hear);
}

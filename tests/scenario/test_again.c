/* The same name again: one look-up and one fetch, and a record each. */
#include "parsers/name.h"
#include "tests/support/world.h"

static const char *const forms[] = {"sts.example.net", "STS.Example.NET.", "joe@sts.example.net",
				    "https://sts.example.net/x"};

Test(again, under_way)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 200;
	struct world *w = world_open(&c);

	world_wait(w, 100); /* the canaries */
	uint64_t sent = w->sent;
	for (int i = 0; i < 100; i++)
		world_submit(w, forms[i % 4]);
	world_run(w, 20000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 100);
	cr_expect_eq(w->fetches_total, 1);
	cr_expect_leq(w->sent - sent, 5, "%llu questions", (unsigned long long)(w->sent - sent));
	world_close(w);
}

Test(again, soon_after)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	for (int i = 0; i < 10; i++) {
		world_submit(w, forms[i % 4]);
		world_run(w, 20000);
	}
	cr_expect_eq(w->fetches_total, 1);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 10);
	cr_expect_eq(w->results[10].mx_dns, DNS_OK);
	cr_expect_str_eq(w->results[10].resolver, "r0");
	world_close(w);
}

Test(again, not_for_ever)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	world_submit(w, forms[0]);
	world_run(w, 20000);
	world_wait(w, 301000);
	world_submit(w, forms[0]);
	world_run(w, 20000);
	cr_expect_eq(w->fetches_total, 2);
	world_close(w);
}

/* Far more names than are remembered, each twice in a row, then all again. */
Test(again, bounded)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 500;
	struct world *w = world_open(&c);
	char name[64];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 3000; i++) {
			snprintf(name, sizeof(name), "sts%d.example.net", i);
			world_submit(w, name);
			world_submit(w, name);
		}
	}
	world_run(w, 200000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 12000);
	cr_expect_geq(w->fetches_total, 3000);
	cr_expect_leq(w->fetches_total, 6600, "%u fetches: twins are seldom apart",
		      w->fetches_total);
	world_close(w);
}

static unsigned fetch_fails_first(struct world *w, struct fetch *f)
{
	unsigned *failing = w->user;

	world_fetch_healthy(w, f);
	if (*failing > 0) {
		f->out->http_status = 503;
		f->out->stage = STAGE_HTTP;
		--*failing;
	}
	return 30;
}

/* What a temporary failure hid is asked again. */
Test(again, inconclusive_is_forgotten)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	unsigned failing = 2; /* the fetch and its second try */

	w->on_fetch = fetch_fails_first;
	w->user = &failing;
	world_submit(w, forms[0]);
	world_run(w, 30000);
	cr_expect_eq(w->results[1].verdict, VERDICT_INCONCLUSIVE);
	world_submit(w, forms[0]);
	world_run(w, 30000);
	cr_expect_eq(w->results[2].verdict, VERDICT_ENFORCE);
	world_close(w);
}

Test(again, what_is_no_name)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	for (int i = 0; i < 5; i++)
		world_submit(w, i % 2 ? "no name" : "-");
	world_submit(w, "plain.example.net");
	world_submit(w, "plain.example.net");
	world_run(w, 20000);
	cr_expect_eq(world_count(w, VERDICT_INVALID_INPUT), 5);
	cr_expect_eq(world_count(w, VERDICT_ABSENT), 2);
	world_close(w);
}

/* ---- what the line says ------------------------------------------------------------------ */

static const struct line {
	const char *text, *tag;
	int64_t rank;
	uint32_t flags; /* of the name */
} said[] = {
	{"sts.example.net", "one", 7, 0},
	{"STS.Example.NET.", NULL, 3, NAME_WAS_UPPER | NAME_HAD_DOT},
	{"https://sts.example.net/x", "three", -1, NAME_WAS_URL},
	{"sts.example.net", "one more", 900000, 0},
};
#define SAID (sizeof(said) / sizeof(said[0]))

static void keep_own(void *user, const struct record *r)
{
	const struct line *l = &said[(r->line - 1) % SAID];
	unsigned line = (unsigned)r->line;

	world_finished(user, r);
	cr_expect(span_eq(r->input, span_str(l->text)), "line %u: %.*s", line, (int)r->input.n,
		  r->input.p);
	cr_expect_eq(r->rank, l->rank, "line %u: rank %lld", line, (long long)r->rank);
	cr_expect(l->tag == NULL ? r->tag.n == 0 : span_eq(r->tag, span_str(l->tag)),
		  "line %u: tag %.*s", line, (int)r->tag.n, r->tag.p);
	cr_expect_eq(r->name_flags, l->flags, "line %u: flags %x", line, r->name_flags);
	cr_expect_eq(r->name_status, NAME_OK);
	/* The rest is the same for all. */
	cr_expect(span_eq(r->domain, SPAN_LIT("sts.example.net")), "line %u", line);
	cr_expect(span_eq(r->registrable, SPAN_LIT("example.net")), "line %u", line);
	cr_expect(span_eq(r->tld, SPAN_LIT("net")), "line %u", line);
	cr_expect(span_eq(r->policy.body, SPAN_LIT(WORLD_POLICY)), "line %u", line);
}

/* First all are under way together, then each comes when it is known already. */
Test(again, each_line_keeps_what_it_says_itself)
{
	struct world_config c = WORLD_DEFAULT;

	c.finished = keep_own;
	struct world *w = world_open(&c);
	for (size_t i = 0; i < 2 * SAID; i++) {
		const struct line *l = &said[i % SAID];
		struct machine_input in = {.line = ++w->submitted,
					   .text = span_str(l->text),
					   .rank = l->rank,
					   .tag = l->tag != NULL ? span_str(l->tag) : SPAN_NULL};
		machine_submit(w->machine, &in);
		if (i >= SAID - 1)
			world_run(w, 20000);
	}
	cr_expect_eq(w->fetches_total, 1);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 2 * SAID);
	world_close(w);
}

/* Which question goes out when, and what an answer or a failure of the first saves the others. */
#include "tests/support/world.h"

enum kind {
	KIND_MX,
	KIND_STS,
	KIND_TLSRPT,
	KIND_OTHER,
	KINDS,
};

enum denial {
	DENIED_WITHOUT_SOA,
	DENIED_BY_PARENT,
	DENIED_BY_ROOT,
	DENIED_BY_ITSELF,
	DENIED_BY_STRANGER, /* a zone that only ends like one above: no label boundary */
	DENIED_TWICE,
	DENIED_ALIAS,
};

struct script {
	unsigned asked[KINDS];
	unsigned broken;     /* bit set of kinds that fail */
	unsigned fails_once; /* bit set: only the first try */
	bool silent;	     /* how they fail; else SERVFAIL */
	uint64_t mx_due_ms, sts_first_ms;
	bool early; /* something was asked before MX had its answer */
	bool canaries_lost;
	int denial; /* of MX, or -1 */
};

static enum kind kind_of(const struct world_packet *p)
{
	if (starts(p->name, "_mta-sts."))
		return KIND_STS;
	if (starts(p->name, "_smtp._tls."))
		return KIND_TLSRPT;
	return p->type == DNS_TYPE_MX ? KIND_MX : KIND_OTHER;
}

static void put_soa(struct world_packet *p, const char *owner, size_t owner_n)
{
	static const uint8_t rest[] = {0, 6, 0, 1, 0, 0, 1, 44, 0, 22, 0, 0};
	uint8_t numbers[20] = {0};
	uint8_t *to = p->msg + p->n;

	memcpy(to, owner, owner_n);
	memcpy(to + owner_n, rest, sizeof(rest));
	memcpy(to + owner_n + sizeof(rest), numbers, sizeof(numbers));
	p->n += owner_n + sizeof(rest) + sizeof(numbers);
	p->msg[9]++; /* NSCOUNT */
}

#define SOA(p, owner) put_soa((p), (owner), sizeof(owner))

static void deny(struct world *w, struct world_packet *p, enum denial how)
{
	static const uint8_t target[] = "\5other\3org";

	world_answer(w, p, DNS_RCODE_NXDOMAIN, false);
	if (how == DENIED_ALIAS)
		world_rr(p, DNS_TYPE_CNAME, target, sizeof(target));
	if (how == DENIED_BY_PARENT || how == DENIED_TWICE || how == DENIED_ALIAS)
		SOA(p, "\7exAMple\3net");
	if (how == DENIED_BY_ROOT)
		SOA(p, "");
	if (how == DENIED_BY_ITSELF)
		put_soa(p, "\xc0\x0c", 2);
	if (how == DENIED_BY_STRANGER)
		SOA(p, "\5ample\3net");
	if (how == DENIED_TWICE)
		SOA(p, "\3net");
}

static void dns_scripted(struct world *w, struct world_packet *p)
{
	struct script *s = w->user;
	enum kind kind = kind_of(p);

	if (p->canary && s->canaries_lost)
		return;
	world_dns_healthy(w, p);
	if (p->canary)
		return;
	s->asked[kind]++;
	if (kind != KIND_MX && s->asked[KIND_MX] == 1)
		s->early = s->early || w->now_ms < s->mx_due_ms;
	if (kind == KIND_MX)
		s->mx_due_ms = p->due_ms;
	if (kind == KIND_STS && s->asked[KIND_STS] == 1)
		s->sts_first_ms = w->now_ms;
	if (kind == KIND_MX && s->denial >= 0)
		deny(w, p, (enum denial)s->denial);
	bool fails =
		(s->broken >> kind & 1) || ((s->fails_once >> kind & 1) && s->asked[kind] == 1);
	if (!fails)
		return;
	world_answer(w, p, DNS_RCODE_SERVFAIL, false);
	if (s->silent) {
		p->status = DNS_TRANSPORT_TIMEOUT;
		p->due_ms = w->now_ms + w->timeout_ms;
	}
}

/* One name through a world; the script is left as it was seen. */
static struct world_result scan(struct script *s, struct world_config c)
{
	struct world *w = world_open(&c);

	w->on_dns = dns_scripted;
	w->user = s;
	world_submit(w, "sts.example.net");
	world_run(w, 60000);
	struct world_result r = w->results[1];
	world_close(w);
	return r;
}

static const struct world_config plain = WORLD_DEFAULT;

Test(order, mx_is_answered_before_the_others_are_asked)
{
	struct script s = {.denial = -1};
	struct world_result r = scan(&s, plain);

	cr_expect_eq(r.verdict, VERDICT_ENFORCE);
	cr_expect(!s.early);
	cr_expect_eq(s.asked[KIND_MX], 1);
	cr_expect_eq(s.asked[KIND_STS], 1);
	cr_expect_eq(s.asked[KIND_TLSRPT], 1);
}

Test(order, a_name_that_a_zone_above_denies_costs_one_question)
{
	static const struct {
		enum denial how;
		bool saved;
		const char *by;
	} rows[] = {
		{DENIED_BY_PARENT, true, "example.net"},
		{DENIED_BY_ROOT, true, "."},
		{DENIED_WITHOUT_SOA, false, ""},
		{DENIED_BY_ITSELF, false, ""},
		{DENIED_BY_STRANGER, false, ""},
		{DENIED_TWICE, false, ""},
		{DENIED_ALIAS, false, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script s = {.denial = (int)rows[i].how};
		struct world_result r = scan(&s, plain);
		cr_expect_eq(s.asked[KIND_STS], !rows[i].saved, "row %zu", i);
		cr_expect_eq(s.asked[KIND_TLSRPT], !rows[i].saved, "row %zu", i);
		cr_expect_str_eq(r.denied_by, rows[i].by, "row %zu: %s", i, r.denied_by);
		cr_expect_eq(r.mx_dns, DNS_NXDOMAIN, "row %zu", i);
		if (!rows[i].saved) { /* what stands below is seen, and counts */
			cr_expect_eq(r.sts_dns, DNS_OK, "row %zu", i);
			continue;
		}
		cr_expect_eq(r.verdict, VERDICT_ABSENT, "row %zu", i);
		cr_expect_eq(r.sts_dns, DNS_NXDOMAIN, "row %zu", i);
		cr_expect_str_eq(r.resolver, "r0", "row %zu", i);
	}
}

/* Its canaries went unanswered of late: what it denies is asked for itself. */
Test(order, a_resolver_under_suspicion_saves_nothing)
{
	struct script s = {.denial = DENIED_BY_PARENT};
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	w->on_dns = dns_scripted;
	w->user = &s;
	world_wait(w, 29000);
	s.canaries_lost = true;
	world_wait(w, 3000);
	world_submit(w, "sts.example.net");
	world_run(w, 60000);
	cr_expect_eq(s.asked[KIND_STS], 1);
	cr_expect_eq(w->results[1].sts_dns, DNS_OK);
	world_close(w);
}

Test(order, a_lame_zone_is_tried_as_often_as_one_question)
{
	for (unsigned silent = 0; silent < 2; silent++)
		for (unsigned retries = 0; retries < 6; retries++) {
			struct script s = {
				.broken = ~0u,
				.silent = silent,
				.denial = -1,
			};
			struct world_config c = WORLD_DEFAULT;
			c.retries = retries;
			struct world_result r = scan(&s, c);
			cr_expect_eq(r.verdict, VERDICT_INCONCLUSIVE);
			cr_expect_eq(r.sts_dns, silent ? DNS_TIMEOUT : DNS_SERVFAIL);
			cr_expect_eq(r.mx_dns, silent ? DNS_TIMEOUT : DNS_SERVFAIL);
			cr_expect_eq(r.tlsrpt_dns, DNS_SKIPPED);
			cr_expect_eq(s.asked[KIND_TLSRPT], 0);
			cr_expect_geq(s.asked[KIND_STS], 1);
			unsigned wanted = retries + 1 < 3 ? retries + 1 : 2;
			cr_expect_eq(s.asked[KIND_MX], wanted, "%u retries: %u", retries,
				     s.asked[KIND_MX]);
			unsigned all = s.asked[KIND_MX] + s.asked[KIND_STS];
			cr_expect_eq(all, retries < 2 ? retries + 2 : retries + 1, "%u retries: %u",
				     retries, all);
		}
}

/* The pauses go on, too: a burst of SERVFAIL is outlasted as before. */
Test(order, the_tries_of_a_lame_zone_are_spread_over_seconds)
{
	struct script s = {.broken = ~0u, .denial = -1};
	struct world_result r = scan(&s, plain);

	cr_expect_geq(s.sts_first_ms - s.mx_due_ms, 400, "the second pause");
	cr_expect_geq(r.took_ms, 3000, "%lld", (long long)r.took_ms);
	cr_expect_leq(r.took_ms, 6500, "%lld", (long long)r.took_ms);
}

Test(order, a_question_for_mx_that_fails_alone_hides_nothing)
{
	for (unsigned silent = 0; silent < 2; silent++) {
		struct script s = {.broken = 1u << KIND_MX, .silent = silent, .denial = -1};
		struct world_result r = scan(&s, plain);
		cr_expect_eq(r.sts_dns, DNS_OK);
		cr_expect_eq(r.tlsrpt_dns, DNS_NODATA);
		cr_expect_eq(r.mx_dns, silent ? DNS_TIMEOUT : DNS_SERVFAIL);
		cr_expect_eq(s.asked[KIND_MX], plain.retries + 1, "it gets all its tries");
		cr_expect_eq(s.asked[KIND_STS], 1);
		cr_expect_eq(s.asked[KIND_TLSRPT], 1);
	}
}

Test(order, what_fails_once_or_fails_behind_mx_is_asked_as_ever)
{
	struct script once = {.fails_once = 1u << KIND_MX, .denial = -1};
	struct world_result r = scan(&once, plain);
	cr_expect_eq(r.verdict, VERDICT_ENFORCE);
	cr_expect_eq(once.asked[KIND_MX], 2);

	struct script tlsrpt = {.broken = 1u << KIND_TLSRPT, .denial = -1};
	r = scan(&tlsrpt, plain);
	cr_expect_eq(r.verdict, VERDICT_ENFORCE);
	cr_expect_eq(r.tlsrpt_dns, DNS_SERVFAIL);
	cr_expect_eq(tlsrpt.asked[KIND_TLSRPT], plain.retries + 1);
	cr_expect_eq(tlsrpt.asked[KIND_MX], 1);
}

/* MX fails twice at one resolver each; the third try finds _mta-sts, and MX recovers. */
Test(order, a_zone_that_comes_back_is_known_in_full)
{
	struct script s = {.denial = -1};
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	s.broken = 1u << KIND_MX;
	w->on_dns = dns_scripted;
	w->user = &s;
	world_submit(w, "sts.example.net");
	while (s.asked[KIND_STS] == 0)
		world_step(w);
	s.broken = 0;
	world_run(w, 60000);
	cr_expect_eq(w->results[1].verdict, VERDICT_ENFORCE);
	cr_expect_eq(w->results[1].mx_dns, DNS_OK);
	cr_expect_eq(s.asked[KIND_MX], 3);
	world_close(w);
}

Test(order, lean_asks_for_mta_sts_first)
{
	struct script s = {.denial = -1};
	struct world_config c = WORLD_DEFAULT;
	c.lean = true;
	struct world_result r = scan(&s, c);
	cr_expect_eq(r.verdict, VERDICT_ENFORCE);
	cr_expect_eq(s.asked[KIND_MX], 1);

	struct script lame = {.broken = ~0u, .denial = -1};
	r = scan(&lame, c);
	cr_expect_eq(r.verdict, VERDICT_INCONCLUSIVE);
	cr_expect_eq(lame.asked[KIND_MX], 0);
	cr_expect_eq(lame.asked[KIND_STS], c.retries + 1);
	cr_expect_eq(lame.asked[KIND_TLSRPT], 1);
	cr_expect_eq(r.tlsrpt_dns, DNS_SERVFAIL);
}

/* Answers with a mark that they prove nothing: filtered (RFC 8914), or an alias without its end. */
#include "tests/support/world.h"

/* ---- the resolver says that it filters ---------------------------------------------------- */

struct marked {
	unsigned ede[3], rcode;
	unsigned upstreams; /* that mark; the others are honest */
	bool positive;
};

static void put_ede(struct world_packet *p, const unsigned ede[3])
{
	uint8_t opt[64] = {0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
	size_t n = 11;

	for (unsigned i = 0; i < 3 && ede[i] != 0; i++, n += 6)
		memcpy(opt + n, (uint8_t[]){0, 15, 0, 2, 0, (uint8_t)ede[i]}, 6);
	opt[10] = (uint8_t)(n - 11);
	memcpy(p->msg + p->n, opt, n);
	p->n += n;
	p->msg[11] = 1;
}

static void dns_marked(struct world *w, struct world_packet *p)
{
	const struct marked *m = w->user;

	world_dns_healthy(w, p);
	if (p->canary || p->upstream >= m->upstreams)
		return;
	if (!m->positive)
		world_answer(w, p, m->rcode, false);
	put_ede(p, m->ede);
}

static struct world_result ask(const struct marked *m, unsigned upstreams, uint64_t *packets)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = upstreams;
	struct world *w = world_open(&c);
	struct marked copy = *m;

	w->on_dns = dns_marked;
	w->user = &copy;
	world_submit(w, "sts.example.net");
	world_run(w, 30000);
	struct world_result r = w->results[1];
	if (packets != NULL)
		*packets = w->sent;
	world_close(w);
	return r;
}

Test(marked, filtered_is_no_proof)
{
	static const struct marked rows[] = {
		{{4}, DNS_RCODE_NXDOMAIN, 1, false}, {{15}, DNS_RCODE_NXDOMAIN, 1, false},
		{{16}, DNS_RCODE_NOERROR, 1, false}, {{17}, DNS_RCODE_NXDOMAIN, 1, false},
		{{18}, DNS_RCODE_NOERROR, 1, false}, {{0xff, 3, 15}, DNS_RCODE_NXDOMAIN, 1, false},
		{{17}, DNS_RCODE_NOERROR, 1, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t packets;
		struct world_result r = ask(&rows[i], 1, &packets);
		cr_expect_eq(r.verdict, VERDICT_INCONCLUSIVE, "%zu: %d", i, r.verdict);
		cr_expect_eq(r.sts_dns, DNS_REFUSED, "%zu", i);
		cr_expect_eq(r.mx_dns, DNS_REFUSED, "%zu", i);
		cr_expect_leq(packets, 8, "%zu: the same filter was asked %llu times", i,
			      (unsigned long long)packets);
	}
}

Test(marked, another_resolver_is_asked)
{
	static const struct marked half = {{15}, DNS_RCODE_NXDOMAIN, 1, false};
	struct world_result r = ask(&half, 2, NULL);

	cr_expect_eq(r.verdict, VERDICT_ENFORCE);
	cr_expect_eq(r.mx_dns, DNS_OK);
}

Test(marked, other_marks_change_nothing)
{
	/* Stale answers, an unsupported algorithm, a cached error's origin: still answers. */
	static const struct marked rows[] = {
		{{3}, 0, 1, true}, {{1}, 0, 1, true}, {{13}, 0, 1, true}, {{200}, 0, 1, true}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(ask(&rows[i], 1, NULL).verdict, VERDICT_ENFORCE, "%zu", i);
}

static void dns_filters_one(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (strstr(p->name, "blocked") == NULL)
		return;
	world_answer(w, p, DNS_RCODE_NXDOMAIN, false);
	put_ede(p, (unsigned[3]){15});
}

/* To filter a name is no trouble of the resolver: the others are asked as fast as before. */
Test(marked, a_filter_costs_the_resolver_nothing)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 200;
	struct world *w = world_open(&c);
	struct upstream_stats stats;
	char name[64];

	w->on_dns = dns_filters_one;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "%s%d.example", i % 2 ? "blocked" : "sts", i);
		world_submit(w, name);
	}
	world_run(w, 10000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 100);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 100);
	resolver_upstream_stats(w->resolver, 0, &stats);
	cr_expect_eq(stats.state, UPSTREAM_GOOD);
	world_close(w);
}

/* ---- an alias without its end ------------------------------------------------------------- */

struct alias {
	bool soa, target, loop;
	unsigned asked; /* for targets */
};

static void put_soa(struct world_packet *p)
{
	static const uint8_t soa[] = {0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0, 0, 0, 0, 1,
				      0, 0, 0, 1, 0, 0, 0, 1, 0,  0, 0,	 1, 0, 0, 0, 60};

	memcpy(p->msg + p->n, soa, sizeof(soa));
	p->n += sizeof(soa);
	p->msg[9] = 1;
}

static void dns_alias(struct world *w, struct world_packet *p)
{
	struct alias *a = w->user;

	world_dns_healthy(w, p);
	if (starts(p->name, "_mta-sts.") || (a->loop && strstr(p->name, ".target.example"))) {
		world_answer(w, p, 0, false);
		world_rr_cname(p, strcmp(p->name, "a.target.example") == 0 ? "b.target.example"
									   : "a.target.example");
		if (a->soa)
			put_soa(p);
	}
	if (strstr(p->name, ".target.example") == NULL)
		return;
	a->asked++;
	if (!a->loop) {
		world_answer(w, p, 0, false);
		if (a->target)
			world_rr_txt(p, "v=STSv1; id=1;");
	}
}

static struct world_result follow(struct alias *a)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	w->on_dns = dns_alias;
	w->user = a;
	world_submit(w, "sts.example.net");
	world_run(w, 60000);
	struct world_result r = w->results[1];
	world_close(w);
	return r;
}

Test(marked, an_alias_alone_is_followed)
{
	struct alias there = {.target = true}, not_there = {.target = false},
		     denied = {.soa = true, .target = true}, loop = {.loop = true};

	cr_expect_eq(follow(&there).verdict, VERDICT_ENFORCE);
	cr_expect_eq(there.asked, 1);
	cr_expect_eq(follow(&not_there).verdict, VERDICT_ABSENT);
	cr_expect_eq(not_there.asked, 1);
	/* With an SOA the resolver has looked: the target has no such record. */
	cr_expect_eq(follow(&denied).verdict, VERDICT_ABSENT);
	cr_expect_eq(denied.asked, 0);
	struct world_result r = follow(&loop);
	cr_expect_eq(r.verdict, VERDICT_INCONCLUSIVE);
	cr_expect_eq(r.sts_dns, DNS_MALFORMED);
	cr_expect_leq(loop.asked, 10);
}

static void dns_alias_of_all(struct world *w, struct world_packet *p)
{
	char target[300];

	if (p->canary || starts(p->name, "real.")) {
		char *full = p->name;
		if (starts(full, "real.")) {
			char copy[256];
			snprintf(copy, sizeof(copy), "%s", full);
			snprintf(full, sizeof(p->name), "%s", copy + 5);
			world_dns_healthy(w, p); /* what the name itself would have */
			snprintf(full, sizeof(p->name), "%s", copy);
			return;
		}
		world_dns_healthy(w, p);
		return;
	}
	world_answer(w, p, 0, false);
	snprintf(target, sizeof(target), "real.%s", p->name);
	world_rr_cname(p, target);
}

/* The policy host, MX and the rest: every question goes on, not only the first. */
Test(marked, every_question_follows)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	w->on_dns = dns_alias_of_all;
	world_submit(w, "sts.example.net");
	world_run(w, 60000);
	cr_expect_eq(w->results[1].mx_dns, DNS_OK);
	cr_expect_eq(w->results[1].policy_dns, DNS_OK);
	world_close(w);
}

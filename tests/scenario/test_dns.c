/* Questions about a name: loss, failures, truncation. What went wrong is never told as absence. */
#include "tests/support/world.h"

Test(dns, healthy)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	world_submit_many(w, 200, "sts");
	world_submit_many(w, 300, "plain");
	world_run(w, 20000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 200);
	cr_expect_eq(world_count(w, VERDICT_ABSENT), 300);
	cr_expect_str_eq(w->results[1].resolver, "r0");
	cr_expect_eq(w->results[1].mx_dns, DNS_OK);
	world_close(w);
}

static void dns_lossy(struct world *w, struct world_packet *p)
{
	if (!world_chance(w, 0.19)) /* a tenth lost each way */
		world_dns_healthy(w, p);
}

Test(dns, loss)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 500;
	struct world *w = world_open(&c);

	w->on_dns = dns_lossy;
	world_submit_many(w, 4000, "sts");
	world_run(w, 200000);
	/* 0.19^5 a question, five questions a name. */
	cr_expect_leq(world_count(w, VERDICT_INCONCLUSIVE), 8);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE) + world_count(w, VERDICT_INCONCLUSIVE), 4000);
	world_close(w);
}

/* A server that knows its names in one spelling only, behind a resolver that passes letters on. */
static void dns_small_letters_only(struct world *w, struct world_packet *p)
{
	if (p->x->plain || p->canary)
		world_dns_healthy(w, p);
	else
		world_answer(w, p, DNS_RCODE_SERVFAIL, false);
}

Test(dns, what_failed_is_asked_again_in_small_letters)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	w->on_dns = dns_small_letters_only;
	world_submit_many(w, 20, "sts");
	world_run(w, 20000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 20);
	world_close(w);
}

/* ---- one name's faults do not make it absent --------------------------------------------- */

static void dns_sts_rcode(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (starts(p->name, "_mta-sts."))
		world_answer(w, p, *(unsigned *)w->user, false);
}

Test(dns, failures_are_asked_again_and_stay_failures)
{
	static const struct {
		unsigned rcode;
		enum dns_outcome outcome;
	} rows[] = {
		{DNS_RCODE_SERVFAIL, DNS_SERVFAIL},
		{DNS_RCODE_REFUSED, DNS_REFUSED},
		{DNS_RCODE_FORMERR, DNS_SERVFAIL},
		{DNS_RCODE_NOTIMP, DNS_SERVFAIL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world_config c = WORLD_DEFAULT;
		struct world *w = world_open(&c);
		unsigned rcode = rows[i].rcode;
		w->on_dns = dns_sts_rcode;
		w->user = &rcode;
		world_submit(w, "sts.example.net");
		world_run(w, 30000);
		cr_expect_eq(w->results[1].verdict, VERDICT_INCONCLUSIVE);
		cr_expect_eq(w->results[1].sts_dns, rows[i].outcome);
		cr_expect_eq(w->results[1].mx_dns, DNS_OK);
		cr_expect_eq(resolver_stats(w->resolver)->retries, c.retries);
		/* 200, 400, 800 and 1600 ms, each up to doubled. */
		cr_expect_geq(w->results[1].took_ms, 3000);
		cr_expect_leq(w->results[1].took_ms, 6500, "%lld",
			      (long long)w->results[1].took_ms);
		world_close(w);
	}
}

static void dns_first_fails(struct world *w, struct world_packet *p)
{
	unsigned *asked = w->user;

	world_dns_healthy(w, p);
	if (starts(p->name, "_mta-sts.") && (*asked)++ < 2)
		world_answer(w, p, DNS_RCODE_SERVFAIL, false);
}

Test(dns, a_failure_that_passes_leaves_no_trace)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	unsigned asked = 0;

	w->on_dns = dns_first_fails;
	w->user = &asked;
	world_submit(w, "sts.example.net");
	world_run(w, 30000);
	cr_expect_eq(w->results[1].verdict, VERDICT_ENFORCE);
	cr_expect_eq(asked, 3);
	world_close(w);
}

static void dns_timeout_then_servfail(struct world *w, struct world_packet *p)
{
	unsigned *asked = w->user;

	if (!starts(p->name, "_mta-sts."))
		world_dns_healthy(w, p);
	else if ((*asked)++ == 1)
		world_answer(w, p, DNS_RCODE_SERVFAIL, false);
}

Test(dns, the_most_telling_outcome_is_reported)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	unsigned asked = 0;

	w->on_dns = dns_timeout_then_servfail;
	w->user = &asked;
	world_submit(w, "plain.example.net");
	world_run(w, 30000);
	cr_expect_eq(asked, 1 + c.retries);
	cr_expect_eq(w->results[1].sts_dns, DNS_SERVFAIL, "a timeout must not hide it");
	world_close(w);
}

/* Two outcomes of one question, in this order. */
static void dns_one_then_other(struct world *w, struct world_packet *p)
{
	static const uint8_t bogus[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 6, 0, 15, 0, 2, 0, 6};
	static const unsigned rcode[DNS_SKIPPED + 1] = {[DNS_SERVFAIL] = DNS_RCODE_SERVFAIL,
							[DNS_BOGUS] = DNS_RCODE_SERVFAIL,
							[DNS_REFUSED] = DNS_RCODE_REFUSED};
	const enum dns_outcome **next = w->user;

	world_dns_healthy(w, p);
	if (!starts(p->name, "_mta-sts."))
		return;
	enum dns_outcome now = **next;
	*next += now != DNS_TRUNCATED || p->tcp; /* it is so over UDP and over TCP */
	world_answer(w, p, rcode[now], now == DNS_TRUNCATED);
	if (now == DNS_MALFORMED)
		p->msg[2] &= 0x7f; /* an echo */
	if (now == DNS_BOGUS) {	   /* RFC 8914 4.7 */
		memcpy(p->msg + p->n, bogus, sizeof(bogus));
		p->n += sizeof(bogus);
		p->msg[11] = 1;
	}
	if (now == DNS_TIMEOUT) {
		free(p->msg);
		p->msg = NULL;
		p->n = 0;
		p->status = DNS_TRANSPORT_TIMEOUT;
		p->due_ms = w->now_ms + w->timeout_ms;
	}
}

Test(dns, the_more_telling_of_two_outcomes_is_reported)
{
	/* From what tells least to what tells most. */
	static const enum dns_outcome order[] = {DNS_TIMEOUT, DNS_MALFORMED, DNS_TRUNCATED,
						 DNS_REFUSED, DNS_SERVFAIL,  DNS_BOGUS};
	const unsigned n = sizeof(order) / sizeof(order[0]);

	for (unsigned i = 0; i < n * n; i++) {
		const enum dns_outcome both[] = {order[i / n], order[i % n]}, *next = both;
		enum dns_outcome wanted = order[i / n > i % n ? i / n : i % n];
		struct world_config c = WORLD_DEFAULT;
		c.retries = 1;
		struct world *w = world_open(&c);
		w->on_dns = dns_one_then_other;
		w->user = &next;
		world_submit(w, "plain.example.net");
		world_run(w, 30000);
		cr_expect_eq(next - both, 2);
		cr_expect_eq(w->results[1].sts_dns, wanted, "%s, then %s: %s",
			     dns_outcome_name(both[0]), dns_outcome_name(both[1]),
			     dns_outcome_name(w->results[1].sts_dns));
		world_close(w);
	}
}

/* ---- truncation -------------------------------------------------------------------------- */

struct tcp_script {
	bool tcp_works;
	unsigned tcp;
};

static void dns_truncates(struct world *w, struct world_packet *p)
{
	struct tcp_script *s = w->user;

	world_dns_healthy(w, p);
	if (!starts(p->name, "_mta-sts."))
		return;
	if (!p->tcp) {
		world_answer(w, p, DNS_RCODE_NOERROR, true);
		memset(p->msg + p->n, 0xc0, 5); /* and cut inside a record */
		p->msg[7] = 3;
		p->n += 5;
		return;
	}
	s->tcp++;
	if (!s->tcp_works) {
		p->status = DNS_TRANSPORT_REFUSED;
		p->due_ms = w->now_ms + 1;
	}
}

Test(dns, truncated_goes_to_tcp)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	struct tcp_script s = {.tcp_works = true};

	w->on_dns = dns_truncates;
	w->user = &s;
	world_submit(w, "sts.example.net");
	world_run(w, 30000);
	cr_expect_eq(w->results[1].verdict, VERDICT_ENFORCE);
	cr_expect_eq(s.tcp, 1);
	cr_expect_eq(resolver_stats(w->resolver)->retries, 0, "TCP is no retry");
	world_close(w);
}

/* When questions left over TCP, and those that they could have stood in the way of. */
struct left {
	uint64_t tcp_ms, udp_ms;
	unsigned tcp, udp;
};

static void dns_cuts_some(struct world *w, struct world_packet *p)
{
	struct left *l = w->user;

	world_dns_healthy(w, p);
	if (p->canary)
		return;
	if (p->tcp) {
		cr_expect(l->tcp++ == 0 || l->tcp_ms == w->now_ms, "all in one turn");
		l->tcp_ms = w->now_ms;
	} else if (starts(p->name, "cut")) {
		world_answer(w, p, DNS_RCODE_NOERROR, true);
	} else if (starts(p->name, "_mta-sts.whole")) {
		cr_expect(l->udp++ == 0 || l->udp_ms == w->now_ms, "all in one turn");
		l->udp_ms = w->now_ms;
	}
}

Test(dns, what_goes_to_tcp_holds_up_nobody)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	struct left left = {0};

	world_wait(w, 1000); /* the canaries */
	w->on_dns = dns_cuts_some;
	w->user = &left;
	world_submit_many(w, 5, "cut");
	world_submit_many(w, 5, "whole");
	world_run(w, 30000);
	cr_expect_eq(world_count(w, VERDICT_ABSENT), 10);
	cr_expect_eq(left.tcp, 5);
	cr_expect_eq(left.udp, 5);
	world_close(w);
}

/* Answers one question a connection, and closes: those that were sent behind it are lost. */
static void dns_one_a_connection(struct world *w, struct world_packet *p)
{
	uint64_t *closes_ms = w->user;

	world_dns_healthy(w, p);
	if (!p->tcp) {
		world_answer(w, p, DNS_RCODE_NOERROR, true);
	} else if (*closes_ms > w->now_ms) {
		p->status = DNS_TRANSPORT_REFUSED;
		p->due_ms = *closes_ms;
	} else {
		*closes_ms = p->due_ms;
	}
}

Test(dns, a_connection_that_closes_costs_no_name)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	uint64_t closes_ms = 0;

	w->on_dns = dns_one_a_connection;
	w->user = &closes_ms;
	world_submit_many(w, 200, "sts");
	world_run(w, 120000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 200, "%u", world_count(w, VERDICT_ENFORCE));
	cr_expect_leq(resolver_stats(w->resolver)->packets, 5000);
	world_close(w);
}

static void dns_truncates_everywhere(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (starts(p->name, "_mta-sts."))
		world_answer(w, p, DNS_RCODE_NOERROR, true);
}

Test(dns, truncated_over_tcp_denies_nothing)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	w->on_dns = dns_truncates_everywhere;
	world_submit(w, "plain.example.net");
	world_run(w, 60000);
	cr_expect_eq(w->results[1].verdict, VERDICT_INCONCLUSIVE);
	cr_expect_eq(w->results[1].sts_dns, DNS_TRUNCATED);
	world_close(w);
}

static void dns_without_bit(struct world *w, struct world_packet *p)
{
	const unsigned *bit = w->user;

	world_dns_healthy(w, p);
	if (!p->canary && starts(p->name, "_mta-sts."))
		p->msg[*bit / 8] &= (uint8_t) ~(0x80u >> *bit % 8);
}

Test(dns, an_echo_and_a_referral_deny_nothing)
{
	static const struct {
		unsigned bit;
		enum dns_outcome outcome;
	} rows[] = {{16, DNS_MALFORMED}, {24, DNS_REFUSED}}; /* QR and RA (RFC 1035 4.1.1) */

	for (unsigned i = 0; i < 2; i++) {
		struct world_config c = WORLD_DEFAULT;
		struct world *w = world_open(&c);
		unsigned bit = rows[i].bit;
		w->on_dns = dns_without_bit;
		w->user = &bit;
		world_submit(w, "plain.example.net");
		world_run(w, 60000);
		cr_expect_eq(w->results[1].verdict, VERDICT_INCONCLUSIVE);
		cr_expect_eq(w->results[1].sts_dns, rows[i].outcome);
		world_close(w);
	}
}

Test(dns, tcp_that_fails_is_truncated)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	struct tcp_script s = {.tcp_works = false};

	w->on_dns = dns_truncates;
	w->user = &s;
	world_submit(w, "sts.example.net");
	world_run(w, 60000);
	cr_expect_eq(w->results[1].verdict, VERDICT_INCONCLUSIVE);
	cr_expect_eq(w->results[1].sts_dns, DNS_TRUNCATED);
	cr_expect_eq(s.tcp, 1 + c.retries);
	world_close(w);
}

/* ---- names ------------------------------------------------------------------------------- */

Test(dns, a_name_too_long_for_its_prefixes_is_absent_and_its_mx_is_asked)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	char name[254];

	memset(name, 'a', sizeof(name));
	for (unsigned i = 0; i < 4; i++)
		name[50 * i + 49] = '.';
	name[250] = '\0'; /* 250 bytes: "_mta-sts." does not fit in front */
	name[249] = 'a';
	world_submit(w, name);
	world_run(w, 20000);
	cr_expect_eq(w->results[1].verdict, VERDICT_ABSENT);
	cr_expect_eq(w->results[1].sts_dns, DNS_NXDOMAIN);
	cr_expect_str_eq(w->results[1].resolver, "");
	cr_expect_eq(w->results[1].mx_dns, DNS_OK);
	world_close(w);
}

Test(dns, what_is_no_name_is_not_asked)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	world_wait(w, 100);
	uint64_t sent = w->sent;
	world_submit(w, "no name");
	world_submit(w, "192.0.2.1");
	world_submit(w, "");
	cr_expect_eq(w->finished, 3);
	cr_expect_eq(world_count(w, VERDICT_INVALID_INPUT), 3);
	cr_expect_eq(w->sent, sent);
	world_close(w);
}

/* ---- anything at all --------------------------------------------------------------------- */

static void dns_anything(struct world *w, struct world_packet *p)
{
	uint64_t dice = world_random(w);

	world_dns_healthy(w, p);
	p->due_ms = w->now_ms + dice % 1200;
	switch (dice >> 32 & 15) {
	case 0:
		world_answer(w, p, (unsigned)(dice >> 40 & 15), false);
		break;
	case 1:
		world_answer(w, p, 0, true);
		break;
	case 2: /* bytes changed anywhere behind the id */
		for (unsigned i = 0; i < 8; i++)
			p->msg[2 + world_random(w) % (p->n - 2)] = (uint8_t)world_random(w);
		break;
	case 3:
		p->n = world_random(w) % p->n;
		break;
	case 4:
	case 5:
		p->status = (enum dns_transport_status)(1 + (dice >> 40) % 3);
		free(p->msg);
		p->msg = NULL;
		p->n = 0;
		break;
	default:
		break;
	}
}

static unsigned fetch_anything(struct world *w, struct fetch *f)
{
	uint64_t dice = world_random(w);

	world_fetch_healthy(w, f);
	f->out->stage = (enum stage)(STAGE_TCP + dice % 4);
	f->out->timed_out = dice >> 8 & 1;
	f->out->unreachable = dice >> 9 & 1;
	f->out->tcp_refused = dice >> 10 & 1;
	if (f->out->stage == STAGE_HTTP)
		f->out->http_status = 200 + (int)(dice >> 16) % 400;
	if (f->out->stage == STAGE_TLS) {
		f->out->tls_verified = 0;
		f->out->tls_reason = TLS_OTHER;
		f->out->tls_reasons = 1u << TLS_OTHER;
	}
	return (unsigned)(dice >> 32) % 12000;
}

Test(dns, whatever_happens_each_name_finishes_once, .timeout = 120)
{
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct world_config c = WORLD_DEFAULT;
		c.seed = seed;
		c.upstreams = (unsigned)(1 + seed % 4);
		c.lean = seed % 3 == 0;
		c.fetch_slots = (unsigned)(1 + seed * 3);
		c.per_host = (unsigned)(1 + seed % 5);
		c.rate = seed % 2 == 0 ? 300 : 0;
		struct world *w = world_open(&c);
		w->on_dns = dns_anything;
		w->on_fetch = fetch_anything;
		world_submit_many(w, 150, "sts");
		world_submit_many(w, 150, "plain");
		world_run(w, 3600000);
		cr_expect_eq(w->finished, 300);
		cr_expect_eq(gate_waiting(w->gate), 0);
		world_close(w);
	}
}

/* The outcomes that a name's own MX, A and AAAA question have, by what the script says. */
enum own_kind { OWN_OK, OWN_NODATA, OWN_NXDOMAIN, OWN_SERVFAIL, OWN_KINDS };

static void dns_own(struct world *w, struct world_packet *p)
{
	const enum own_kind *script = w->user; /* of MX, A and AAAA */
	bool own = strcmp(p->name, "sts.example.net") == 0;

	world_dns_healthy(w, p);
	if (p->canary || !own)
		return;
	enum own_kind kind = script[p->type == DNS_TYPE_MX ? 0 : p->type == DNS_TYPE_A ? 1 : 2];
	if (kind == OWN_OK && p->type != DNS_TYPE_MX)
		world_rr_address(p, p->type == DNS_TYPE_A ? "8.8.8.8" : "2a00:1450::2");
	else if (kind != OWN_OK)
		world_answer(w, p,
			     kind == OWN_NODATA	    ? DNS_RCODE_NOERROR
			     : kind == OWN_NXDOMAIN ? DNS_RCODE_NXDOMAIN
						    : DNS_RCODE_SERVFAIL,
			     false);
}

/* RFC 5321 5.1: only where there is no MX, and it is known whether there is an address. */
static int implicit_of(const enum own_kind script[3])
{
	if (script[0] == OWN_OK)
		return 0;
	if (script[0] != OWN_NODATA)
		return -1;
	if (script[1] == OWN_OK || script[2] == OWN_OK)
		return 1;
	return script[1] == OWN_SERVFAIL || script[2] == OWN_SERVFAIL ? -1 : 0;
}

Test(dns, an_implicit_mx_is_told_where_all_of_it_is_known)
{
	static const struct world_config plain = WORLD_DEFAULT;
	unsigned met[3] = {0};

	for (unsigned i = 0; i < OWN_KINDS * OWN_KINDS * OWN_KINDS; i++) {
		enum own_kind script[3] = {i % 4, i / 4 % 4, i / 16};
		if (script[0] == OWN_NXDOMAIN)
			continue; /* then nothing else is asked */
		struct world *w = world_open(&plain);
		w->on_dns = dns_own;
		w->user = script;
		world_submit(w, "sts.example.net");
		world_run(w, 200000);
		cr_expect_eq(w->results[1].implicit, implicit_of(script),
			     "MX %d, A %d, AAAA %d: %d", script[0], script[1], script[2],
			     w->results[1].implicit);
		met[implicit_of(script) + 1]++;
		world_close(w);
	}
	cr_expect(met[0] > 0 && met[1] > 0 && met[2] > 0);
}

/* Resolvers that lose, refuse, lie, fall silent and come back: what becomes of the names. */
#include "tests/support/world.h"

static void submit_many(struct world *w, unsigned n, const char *prefix)
{
	char name[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s%u.example.net", prefix, i);
		world_submit(w, name);
	}
}

Test(dns, healthy)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	submit_many(w, 200, "sts");
	submit_many(w, 300, "plain");
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
	submit_many(w, 4000, "sts");
	world_run(w, 200000);
	/* 0.19^5 a question, five questions a name. */
	cr_expect_leq(world_count(w, VERDICT_INCONCLUSIVE), 8);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE) + world_count(w, VERDICT_INCONCLUSIVE), 4000);
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
	submit_many(w, 200, "sts");
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

/* ---- bad resolvers among good ones ------------------------------------------------------- */

enum bad { LYING, SILENT, REFUSING, FAILING, UNREACHABLE };

static void dns_bad_first(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (p->upstream >= 2)
		return;
	switch (*(enum bad *)w->user) {
	case LYING: /* an address for everything: a portal */
		world_answer(w, p, DNS_RCODE_NOERROR, false);
		if (p->type == DNS_TYPE_A)
			world_rr_address(p, "203.0.113.9");
		break;
	case SILENT:
		p->status = DNS_TRANSPORT_TIMEOUT;
		p->due_ms = w->now_ms + w->timeout_ms;
		break;
	case REFUSING:
		world_answer(w, p, DNS_RCODE_REFUSED, false);
		break;
	case FAILING:
		world_answer(w, p, DNS_RCODE_SERVFAIL, false);
		break;
	case UNREACHABLE:
		p->status = DNS_TRANSPORT_REFUSED;
		p->due_ms = w->now_ms + 1;
		break;
	}
	if (p->status != DNS_TRANSPORT_ANSWER) {
		free(p->msg);
		p->msg = NULL;
		p->n = 0;
	}
}

Test(dns, two_bad_resolvers_and_a_good_one_give_the_same_verdicts)
{
	for (enum bad bad = LYING; bad <= UNREACHABLE; bad++) {
		struct world_config c = WORLD_DEFAULT;
		c.upstreams = 3;
		c.jobs = 300;
		struct world *w = world_open(&c);
		w->on_dns = dns_bad_first;
		w->user = &bad;
		submit_many(w, 1500, "sts");
		submit_many(w, 1500, "plain");
		world_run(w, 300000);
		cr_expect_eq(world_count(w, VERDICT_ENFORCE), 1500, "bad %d: %u", bad,
			     world_count(w, VERDICT_ENFORCE));
		cr_expect_eq(world_count(w, VERDICT_ABSENT), 1500, "bad %d: %u", bad,
			     world_count(w, VERDICT_ABSENT));
		for (unsigned i = 1; i <= w->submitted; i++)
			cr_assert_str_eq(w->results[i].resolver, "r2");
		struct upstream_stats u;
		resolver_upstream_stats(w->resolver, 0, &u);
		if (bad == LYING)
			cr_expect_eq(u.state, UPSTREAM_LYING);
		if (bad == LYING || bad == SILENT || bad == UNREACHABLE)
			cr_expect_leq(u.asked, 400, "bad %d is left alone: %llu", bad,
				      (unsigned long long)u.asked);
		world_close(w);
	}
}

/* Starts to lie in mid-run. What it is asked at that moment must not be believed once it is
 * known. */
static void dns_turns_liar(struct world *w, struct world_packet *p)
{
	world_dns_healthy(w, p);
	if (p->upstream != 0 || !*(bool *)w->user)
		return;
	world_answer(w, p, DNS_RCODE_NXDOMAIN, false);
	if (p->canary) {
		world_answer(w, p, DNS_RCODE_NOERROR, false);
		world_rr_address(p, "203.0.113.9");
	} else {
		p->due_ms += 500;
	}
}

Test(dns, answers_under_way_from_a_liar_are_not_believed)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = 2;
	struct world *w = world_open(&c);
	bool lies = false;

	w->on_dns = dns_turns_liar;
	w->user = &lies;
	world_wait(w, 29700); /* the second canary comes 30 s after the first */
	lies = true;
	submit_many(w, 20, "sts");
	world_run(w, 30000);
	struct upstream_stats u;
	resolver_upstream_stats(w->resolver, 0, &u);
	cr_expect_eq(u.state, UPSTREAM_LYING);
	cr_expect_geq(u.asked, 10, "the test asks nothing otherwise");
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 20);
	world_close(w);
}

/* ---- silence ----------------------------------------------------------------------------- */

static void dns_switched(struct world *w, struct world_packet *p)
{
	if (*(bool *)w->user)
		world_dns_healthy(w, p);
}

Test(dns, all_dead_ends_soon)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = 3;
	struct world *w = world_open(&c);
	bool alive = false;

	w->on_dns = dns_switched;
	w->user = &alive;
	uint64_t begin = w->now_ms;
	submit_many(w, 5000, "sts");
	world_run(w, 20000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 5000);
	cr_expect_lt(w->now_ms - begin, 20000);
	cr_expect(!resolver_ever_good(w->resolver));
	cr_expect(resolver_hopeless(w->resolver));
	cr_expect_eq(w->results[1].sts_dns, DNS_TIMEOUT);
	world_close(w);
}

Test(dns, all_lying_ends_soon)
{
	struct world_config c = WORLD_DEFAULT;
	c.upstreams = 2;
	struct world *w = world_open(&c);
	enum bad bad = LYING;

	w->on_dns = dns_bad_first;
	w->user = &bad;
	submit_many(w, 500, "sts");
	world_run(w, 5000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 500);
	cr_expect(!resolver_ever_good(w->resolver), "what a liar says is no answer");
	world_close(w);
}

Test(dns, an_outage_costs_no_name)
{
	struct world_config c = WORLD_DEFAULT;
	c.retries = 2;
	struct world *w = world_open(&c);
	bool alive = true;

	w->on_dns = dns_switched;
	w->user = &alive;
	submit_many(w, 500, "sts");
	alive = false;
	world_wait(w, 20000);
	struct upstream_stats u;
	resolver_upstream_stats(w->resolver, 0, &u);
	cr_expect_eq(u.state, UPSTREAM_SILENT);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 0, "nothing is given up");
	cr_expect_gt(machine_active(w->machine), 0);
	alive = true;
	world_run(w, 30000);
	resolver_upstream_stats(w->resolver, 0, &u);
	cr_expect_eq(u.state, UPSTREAM_GOOD);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 500);
	world_close(w);
}

Test(dns, an_outage_that_lasts_is_given_up)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);
	bool alive = true;

	w->on_dns = dns_switched;
	w->user = &alive;
	submit_many(w, 100, "sts");
	world_run(w, 20000);
	alive = false;
	submit_many(w, 60, "sts");
	world_run(w, 90000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 60);
	world_close(w);
}

/* Fails until it is paused, then says nothing any more: the scan must still come to an end. */
static void dns_fails_then_dies(struct world *w, struct world_packet *p)
{
	if (p->canary && w->sent < 3)
		world_dns_healthy(w, p);
	else if (w->now_ms < *(uint64_t *)w->user)
		world_answer(w, p, DNS_RCODE_SERVFAIL, false);
}

Test(dns, failing_then_dead_ends)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 400;
	struct world *w = world_open(&c);
	uint64_t dies = w->now_ms + 5000;

	w->on_dns = dns_fails_then_dies;
	w->user = &dies;
	submit_many(w, 2000, "plain");
	world_run(w, 400000);
	cr_expect_eq(world_count(w, VERDICT_INCONCLUSIVE), 2000);
	world_close(w);
}

static void dns_refused_for_a_second(struct world *w, struct world_packet *p)
{
	if (w->now_ms > *(uint64_t *)w->user + 50 && w->now_ms < *(uint64_t *)w->user + 1050) {
		p->status = DNS_TRANSPORT_REFUSED; /* restarted: the port is closed */
		p->due_ms = w->now_ms + 1;
	} else {
		world_dns_healthy(w, p);
	}
}

Test(dns, a_resolver_that_restarts_costs_no_name)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 200;
	struct world *w = world_open(&c);
	uint64_t begin = w->now_ms;

	w->on_dns = dns_refused_for_a_second;
	w->user = &begin;
	submit_many(w, 1000, "sts");
	world_run(w, 60000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 1000);
	world_close(w);
}

/* ---- rate and windows -------------------------------------------------------------------- */

struct rate_script {
	uint64_t begin;
	unsigned per_second[600];
};

static void dns_counting(struct world *w, struct world_packet *p)
{
	struct rate_script *s = w->user;
	uint64_t second = (w->now_ms - s->begin) / 1000;

	if (second < 600)
		s->per_second[second]++;
	world_dns_healthy(w, p);
}

Test(dns, the_rate_holds_exactly)
{
	struct world_config c = WORLD_DEFAULT;
	c.rate = 200;
	c.upstreams = 3;
	struct world *w = world_open(&c);
	struct rate_script s = {.begin = w->now_ms};

	w->on_dns = dns_counting;
	w->user = &s;
	submit_many(w, 2000, "plain");
	world_run(w, 60000);
	unsigned seconds = (unsigned)((w->now_ms - s.begin) / 1000);
	unsigned total = 0;
	for (unsigned i = 0; i < seconds; i++) {
		cr_expect_leq(s.per_second[i], 200, "second %u: %u", i, s.per_second[i]);
		total += s.per_second[i];
	}
	cr_expect_geq(total, 194 * seconds - 200, "and it is used");
	cr_expect_leq(total, 200 * seconds + 10);
	world_close(w);
}

static void dns_one_of_ten(struct world *w, struct world_packet *p)
{
	if (p->upstream == 9)
		world_dns_healthy(w, p);
}

Test(dns, canaries_of_the_dead_leave_room_under_a_small_rate)
{
	struct world_config c = WORLD_DEFAULT;
	c.rate = 5;
	c.upstreams = 10;
	struct world *w = world_open(&c);

	w->on_dns = dns_one_of_ten;
	submit_many(w, 60, "plain");
	world_run(w, 200000); /* 120 questions and at most as many canaries at 5 a second */
	cr_expect_eq(world_count(w, VERDICT_ABSENT), 60);
	world_close(w);
}

static void dns_limited(struct world *w, struct world_packet *p)
{
	struct rate_script *s = w->user;
	uint64_t slot = (w->now_ms - s->begin) / 100;

	/* A resolver that answers 100 questions in 100 ms and drops the others. */
	if (slot >= 600 || s->per_second[slot]++ < 100)
		world_dns_healthy(w, p);
}

Test(dns, the_window_follows_a_resolver_that_drops)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 1000;
	struct world *w = world_open(&c);
	struct rate_script s = {.begin = w->now_ms};

	w->on_dns = dns_limited;
	w->user = &s;
	submit_many(w, 3000, "plain");
	world_run(w, 60000);
	cr_expect_leq(world_count(w, VERDICT_INCONCLUSIVE), 3);
	cr_expect_eq(world_count(w, VERDICT_ABSENT) + world_count(w, VERDICT_INCONCLUSIVE), 3000);
	world_close(w);
}

static void dns_watch_room(struct world *w, struct world_packet *p)
{
	unsigned *most = w->user, n = 0;

	for (unsigned i = 0; i < w->packets_top; i++)
		n += w->packets[i].x != NULL && !w->packets[i].canary;
	if (n > *most)
		*most = n;
	world_dns_healthy(w, p);
	p->due_ms = w->now_ms + 200;
}

Test(dns, never_more_in_flight_than_the_receive_buffer_holds)
{
	struct world_config c = WORLD_DEFAULT;
	c.jobs = 1000;
	struct world *w = world_open(&c);
	unsigned most = 0;

	w->room = 100;
	w->on_dns = dns_watch_room;
	w->user = &most;
	submit_many(w, 2000, "plain");
	world_run(w, 60000);
	cr_expect_leq(most, 100);
	cr_expect_geq(most, 90);
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
		submit_many(w, 150, "sts");
		submit_many(w, 150, "plain");
		world_run(w, 3600000);
		cr_expect_eq(w->finished, 300);
		cr_expect_eq(gate_waiting(w->gate), 0);
		world_close(w);
	}
}

/* Policy hosts with several addresses, with none that may be contacted, busy, and broken. */
#include "tests/support/scratch.h"
#include "tests/support/world.h"

static void submit_many(struct world *w, unsigned n)
{
	char name[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "sts%u.example.net", i);
		world_submit(w, name);
	}
}

/* What the script of a test saw and wants. */
struct script {
	unsigned v6, v4, fails; /* attempts by family; how many more fail */
	int status;
	const char *address;
};

static void count_family(struct script *s, const struct fetch *f)
{
	s->v6 += f->address.family == 6;
	s->v4 += f->address.family == 4;
}

/* One name with a policy, its fetches by script; the world as it is then. */
static struct world *fetch_one(unsigned (*on_fetch)(struct world *, struct fetch *),
			       struct script *script)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	w->on_fetch = on_fetch;
	w->user = script;
	world_submit(w, "sts.example.net");
	world_run(w, 30000);
	return w;
}

/* ---- several addresses ------------------------------------------------------------------- */

static unsigned fetch_v6_is_dead(struct world *w, struct fetch *f)
{
	world_fetch_healthy(w, f);
	count_family(w->user, f);
	if (f->address.family == 4)
		return 30;
	f->out->stage = STAGE_TCP;
	f->out->http_status = 0;
	f->out->tcp_refused = true;
	f->out->body = SPAN_NULL;
	return 30;
}

Test(fetch, the_other_family_is_tried)
{
	struct script script = {0};
	struct world *w = fetch_one(fetch_v6_is_dead, &script);

	cr_expect_eq(w->results[1].verdict, VERDICT_ENFORCE);
	cr_expect_str_eq(w->results[1].address, "8.8.4.4");
	cr_expect_eq(script.v6, 1, "IPv6 comes first");
	cr_expect_eq(script.v4, 1);
	world_close(w);
}

static unsigned fetch_is_wrong_certificate(struct world *w, struct fetch *f)
{
	world_fetch_healthy(w, f);
	count_family(w->user, f);
	f->out->stage = STAGE_TLS;
	f->out->tls_verified = 0;
	f->out->tls_reason = TLS_NAME_MISMATCH;
	f->out->tls_reasons = 1u << TLS_NAME_MISMATCH;
	return 30;
}

Test(fetch, a_bad_certificate_is_an_answer_not_a_reason_to_look_elsewhere)
{
	struct script script = {0};
	struct world *w = fetch_one(fetch_is_wrong_certificate, &script);

	cr_expect_eq(w->results[1].verdict, VERDICT_BROKEN);
	cr_expect_eq(w->results[1].stage, STAGE_TLS);
	cr_expect_eq(script.v6 + script.v4, 1);
	world_close(w);
}

/* The gate may make a name wait for longer than a fetch may take. */
Test(fetch, waiting_for_leave_takes_nothing_from_the_other_addresses)
{
	struct world_config c = WORLD_DEFAULT;
	struct script script = {0};

	c.host_rate = 1;
	struct world *w = world_open(&c);
	w->on_fetch = fetch_v6_is_dead;
	w->user = &script;
	submit_many(w, 30);
	world_run(w, 90000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 30);
	cr_expect_eq(script.v4, 30);
	world_close(w);
}

static unsigned fetch_never_connects(struct world *w, struct fetch *f)
{
	world_fetch_healthy(w, f);
	f->out->stage = STAGE_TCP;
	f->out->timed_out = true;
	return 9000;
}

Test(fetch, names_that_wait_for_policy_hosts_hold_no_questions_back)
{
	struct world_config c = WORLD_DEFAULT;
	char name[64];

	c.jobs = 64;
	c.asking = 8;
	c.per_host = 64;
	struct world *w = world_open(&c);
	w->on_fetch = fetch_never_connects;
	submit_many(w, 40);
	cr_expect_leq(machine_room(w->machine), 8, "no more than may be asked about");
	uint64_t before = w->now_ms;
	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "plain%u.example.net", i);
		world_submit(w, name);
	}
	while (w->finished < 200)
		world_step(w);
	cr_expect_lt(w->now_ms - before, 5000, "as if nobody hung: %llu ms",
		     (unsigned long long)(w->now_ms - before));
	cr_expect_eq(machine_active(w->machine), 40);
	world_run(w, 60000);
	world_close(w);
}

/* ---- again after a pause ----------------------------------------------------------------- */

static unsigned fetch_fails_first(struct world *w, struct fetch *f)
{
	struct script *s = w->user;

	world_fetch_healthy(w, f);
	count_family(s, f);
	if (s->fails == 0)
		return 30;
	s->fails--;
	f->out->stage = STAGE_HTTP;
	f->out->http_status = s->status;
	return 30;
}

Test(fetch, a_server_error_is_asked_again_once)
{
	static const struct {
		int status;
		unsigned fails, attempts;
		enum verdict verdict;
	} rows[] = {
		{503, 1, 2, VERDICT_ENFORCE},	   {500, 9, 2, VERDICT_INCONCLUSIVE},
		{404, 9, 1, VERDICT_BROKEN},	   {302, 9, 1, VERDICT_BROKEN},
		{429, 9, 1, VERDICT_INCONCLUSIVE},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script script = {.fails = rows[i].fails, .status = rows[i].status};
		struct world *w = fetch_one(fetch_fails_first, &script);
		cr_expect_eq(w->results[1].verdict, rows[i].verdict, "status %d", rows[i].status);
		cr_expect_eq(script.v6 + script.v4, rows[i].attempts, "status %d: %u attempts",
			     rows[i].status, script.v6 + script.v4);
		cr_expect(rows[i].attempts == 1 || w->results[1].took_ms >= 2000, "no pause");
		world_close(w);
	}
}

static unsigned fetch_fails_slowly(struct world *w, struct fetch *f)
{
	fetch_fails_first(w, f);
	return 300;
}

Test(fetch, each_name_is_counted_where_it_is)
{
	struct world_config c = WORLD_DEFAULT;
	struct script script = {.fails = 1, .status = 503};
	unsigned seen_n = 0;
	char seen[256] = "";
	struct machine_stats before = {99, 99, 99};

	c.host_rate = 1;
	struct world *w = world_open(&c);
	w->on_fetch = fetch_fails_slowly;
	w->user = &script;
	world_submit(w, "sts.example.net");
	while (machine_active(w->machine) > 0) {
		struct machine_stats now;
		machine_stats(w->machine, &now);
		cr_expect_eq(now.asking + now.fetching + now.gated, 1, "%u asking, %u, %u",
			     now.asking, now.fetching, now.gated);
		if (memcmp(&now, &before, sizeof(now)) != 0 && seen_n++ < 20)
			strcat(seen, now.asking ? "asks " : now.fetching ? "fetches " : "waits ");
		before = now;
		world_step(w);
	}
	cr_expect_str_eq(seen, "asks fetches waits fetches ", "%s", seen);
	machine_stats(w->machine, &before);
	cr_expect_eq(before.asking + before.fetching + before.gated, 0, "nobody");
	world_close(w);
}

static unsigned fetch_hangs(struct world *w, struct fetch *f)
{
	world_fetch_healthy(w, f);
	count_family(w->user, f);
	f->out->stage = STAGE_HTTP;
	f->out->http_status = 0;
	f->out->timed_out = true;
	f->out->body = SPAN_NULL;
	return 10000;
}

Test(fetch, a_missed_deadline_is_not_waited_for_twice)
{
	struct script script = {0};
	struct world *w = fetch_one(fetch_hangs, &script);

	cr_expect_eq(w->results[1].verdict, VERDICT_INCONCLUSIVE);
	cr_expect_eq(script.v6 + script.v4, 1);
	world_close(w);
}

/* ---- whom we contact --------------------------------------------------------------------- */

static void dns_host_is(struct world *w, struct world_packet *p)
{
	const struct script *s = w->user;

	if (!starts(p->name, "mta-sts.sts")) {
		world_dns_healthy(w, p);
		return;
	}
	world_answer(w, p, DNS_RCODE_NOERROR, false);
	world_rr_address(p, s->address);
}

Test(fetch, addresses_that_are_not_global_are_never_contacted)
{
	static const char *const addresses[] = {
		"127.0.0.1",
		"10.1.2.3",
		"169.254.169.254",
		"192.168.0.1",
		"100.64.0.1",
		"0.0.0.0",
		"224.0.0.1",
		"::1",
		"::",
		"fe80::1",
		"fc00::1",
		"::ffff:8.8.8.8",
		"64:ff9b::192.168.0.1",
		"2002:a00:1::",
		"ff02::1",
	};
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct world_config c = WORLD_DEFAULT;
		struct world *w = world_open(&c);
		struct script script = {.address = addresses[i]};
		w->on_dns = dns_host_is;
		w->user = &script;
		world_submit(w, "sts.example.net");
		world_run(w, 20000);
		cr_expect_eq(w->fetches_total, 0, "%s was contacted", addresses[i]);
		cr_expect(w->results[1].blocked, "%s", addresses[i]);
		cr_expect_eq(w->results[1].verdict, VERDICT_BROKEN, "%s", addresses[i]);
		world_close(w);
	}
}

/* --exclude with one line. */
static void exclude(struct world *w, const char *line)
{
	char path[128];
	struct errmsg err;

	scratch_write("exclude", line, strlen(line));
	snprintf(path, sizeof(path), "%s/exclude", scratch_dir());
	cr_assert_eq(reach_exclude_file(w->reach, path, &err), 0, "%s", err.text);
}

Test(fetch, an_excluded_address_is_not_contacted_the_other_one_is)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	exclude(w, "2a00:1450::/32\n");
	world_submit(w, "sts.example.net");
	world_run(w, 20000);
	cr_expect_eq(w->results[1].verdict, VERDICT_ENFORCE);
	cr_expect_str_eq(w->results[1].address, "8.8.4.4");
	cr_expect_eq(w->fetches_total, 1);
	world_close(w);
}

Test(fetch, nothing_is_asked_for_an_excluded_name)
{
	struct world_config c = WORLD_DEFAULT;
	struct world *w = world_open(&c);

	exclude(w, "example.net\n");
	world_wait(w, 100); /* the canaries */
	uint64_t sent = w->sent;
	world_submit(w, "sts.example.net");
	world_submit(w, "a.b.EXAMPLE.net.");
	world_run(w, 20000);
	cr_expect_eq(world_count(w, VERDICT_EXCLUDED), 2);
	cr_expect_eq(w->sent, sent);
	cr_expect_eq(w->fetches_total, 0);
	world_close(w);
}

/* ---- the gate ---------------------------------------------------------------------------- */

static unsigned fetch_slow(struct world *w, struct fetch *f)
{
	world_fetch_healthy(w, f);
	return 500;
}

Test(fetch, one_address_gets_so_many_connections_and_no_more)
{
	struct world_config c = WORLD_DEFAULT;
	c.per_host = 3;
	struct world *w = world_open(&c);

	w->on_fetch = fetch_slow;
	submit_many(w, 60);
	world_run(w, 60000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 60);
	cr_expect_eq(w->fetching_max, 3, "%u at a time", w->fetching_max);
	world_close(w);
}

Test(fetch, one_address_gets_so_many_new_connections_a_second)
{
	struct world_config c = WORLD_DEFAULT;
	c.host_rate = 5;
	struct world *w = world_open(&c);
	uint64_t begin = w->now_ms;

	submit_many(w, 51);
	world_run(w, 60000);
	cr_expect_eq(world_count(w, VERDICT_ENFORCE), 51);
	/* Fifty intervals of 200 ms, less the burst that the gate allows. */
	cr_expect_geq(w->now_ms - begin, 8500, "%llu ms", (unsigned long long)(w->now_ms - begin));
	cr_expect_leq(w->now_ms - begin, 12000, "%llu ms", (unsigned long long)(w->now_ms - begin));
	world_close(w);
}

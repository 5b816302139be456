/*
 * world.h - a scripted network and clock around the real resolver, gate and job machine: no
 * sockets, no waiting.
 *
 * A test says what comes of each question and each fetch (world.on_dns, world.on_fetch; both have a
 * healthy default) and turns the clock with world_run(). A name that begins with "sts" has a valid
 * policy in mode enforce and one MX host; all others exist and have an MX only. Every name must
 * finish exactly once: world_close() checks it.
 */
#ifndef MTASWEEP_TEST_WORLD_H
#define MTASWEEP_TEST_WORLD_H

#ifndef WORLD_ASSERTS /* who includes this has its own, and no Criterion */
#include <criterion/criterion.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/netaddr.h"
#include "scanner/job/machine.h"

#define WORLD_PACKETS 65536u
#define WORLD_FETCHES 512u
#define WORLD_LINES 20001u
#define WORLD_STEP_MS 5u
#define WORLD_MESSAGE_MAX 65535u
#define WORLD_POLICY "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 1209600\n"

/* A question on its way; on_dns() says what becomes of it. */
struct world_packet {
	struct dns_exchange *x; /* NULL: free */
	unsigned upstream;
	bool tcp, canary;
	char name[256]; /* text, lower case */
	uint16_t type;
	uint64_t due_ms;
	enum dns_transport_status status;
	uint8_t *msg; /* malloc; NULL none */
	size_t n;
};

struct world_fetch {
	struct fetch *f;
	uint64_t due_ms;
};

struct world_result {
	unsigned times;
	enum verdict verdict;
	enum dns_outcome sts_dns, tlsrpt_dns, mx_dns, policy_dns;
	enum stage stage;
	char resolver[16], denied_by[32], address[NETADDR_TEXT_MAX];
	bool blocked;
	char odd[24]; /* why another address fails */
	int implicit;
	int64_t took_ms;
};

struct world {
	uint64_t now_ms, random;
	struct ring ring;
	struct reach *reach;
	struct gate *gate;
	struct resolver *resolver;
	struct machine *machine;
	struct judge_config judge;
	struct dns_transport transport;
	struct fetcher fetcher;
	struct world_packet *packets;
	unsigned packets_top, room, timeout_ms;
	struct world_fetch fetches[WORLD_FETCHES];
	unsigned fetch_slots, fetching, fetching_max, fetches_total;
	void (*on_dns)(struct world *w, struct world_packet *p);
	/* Fills f->out; returns after how many ms. */
	unsigned (*on_fetch)(struct world *w, struct fetch *f);
	void *user;
	uint64_t sent;
	unsigned submitted, finished;
	struct world_result *results; /* by line */
};

static inline uint64_t world_random(struct world *w)
{
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;
	return w->random * 0x2545f4914f6cdd1dull;
}

static inline bool world_chance(struct world *w, double p)
{
	return (double)(world_random(w) >> 11) / 9007199254740992.0 < p;
}

static inline bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* ---- answers ----------------------------------------------------------------------------- */

/* An answer without records, and the answers below that have some; all to the question itself. */
static inline void world_answer(struct world *w, struct world_packet *p, unsigned rcode, bool tc)
{
	uint8_t query[DNS_QUERY_MAX];
	size_t n = dnsmsg_query(query, sizeof(query), p->x->id, span_str(p->name), p->type, false);
	struct dnsmsg m;

	cr_assert(dnsmsg_parse(&m, query, n) == 0);
	p->n = m.answers; /* without OPT */
	free(p->msg);
	p->msg = malloc(WORLD_MESSAGE_MAX);
	memcpy(p->msg, query, p->n);
	p->msg[2] = (uint8_t)(0x81 | (tc ? 2 : 0));
	p->msg[3] = (uint8_t)(0x80 | rcode);
	p->msg[10] = p->msg[11] = 0; /* ARCOUNT */
	p->status = DNS_TRANSPORT_ANSWER;
	p->due_ms = w->now_ms + 10;
}

/* A record whose owner's name stands at an offset of the message. */
static inline void world_rr_at(struct world_packet *p, size_t owner, uint16_t type,
			       const void *rdata, size_t n)
{
	uint8_t head[12] = {(uint8_t)(0xc0 | owner >> 8),
			    (uint8_t)owner,
			    (uint8_t)(type >> 8),
			    (uint8_t)type,
			    0,
			    1,
			    0,
			    0,
			    1,
			    44,
			    (uint8_t)(n >> 8),
			    (uint8_t)n};

	cr_assert(p->n + sizeof(head) + n <= WORLD_MESSAGE_MAX);
	memcpy(p->msg + p->n, head, sizeof(head));
	memcpy(p->msg + p->n + sizeof(head), rdata, n);
	p->n += sizeof(head) + n;
	unsigned count = (unsigned)(p->msg[6] << 8 | p->msg[7]) + 1;
	p->msg[6] = (uint8_t)(count >> 8);
	p->msg[7] = (uint8_t)count;
}

/* Of the question's name. */
static inline void world_rr(struct world_packet *p, uint16_t type, const void *rdata, size_t n)
{
	world_rr_at(p, 12, type, rdata, n);
}

static inline void world_rr_txt(struct world_packet *p, const char *text)
{
	uint8_t rdata[256];
	size_t n = strlen(text);

	cr_assert(n < 256);
	rdata[0] = (uint8_t)n;
	memcpy(rdata + 1, text, n);
	world_rr(p, DNS_TYPE_TXT, rdata, n + 1);
}

static inline void world_rr_cname(struct world_packet *p, const char *target)
{
	uint8_t rdata[256];
	size_t n = 0;

	for (const char *at = target; *at != '\0';) {
		size_t label = strcspn(at, ".");
		rdata[n++] = (uint8_t)label;
		memcpy(rdata + n, at, label);
		n += label;
		at += label + (at[label] == '.');
	}
	rdata[n++] = 0;
	world_rr(p, DNS_TYPE_CNAME, rdata, n);
}

static inline void world_rr_address(struct world_packet *p, const char *text)
{
	struct netaddr a;

	cr_assert(netaddr_parse(span_str(text), &a) == 0);
	if ((a.family == 6) == (p->type == DNS_TYPE_AAAA))
		world_rr(p, p->type, a.bytes, a.family == 6 ? 16 : 4);
}

/* What a healthy world says. */
static inline void world_dns_healthy(struct world *w, struct world_packet *p)
{
	static const uint8_t mx[] = "\0\12\4mail\7example\3com";

	if (p->canary) { /* the root's servers, or a name that cannot exist */
		world_answer(w, p, p->type == DNS_TYPE_NS ? DNS_RCODE_NOERROR : DNS_RCODE_NXDOMAIN,
			     false);
		if (p->type == DNS_TYPE_NS)
			world_rr(p, DNS_TYPE_NS, "\1a\0", 3);
		return;
	}
	world_answer(w, p, DNS_RCODE_NOERROR, false);
	if (p->type == DNS_TYPE_MX)
		world_rr(p, DNS_TYPE_MX, mx, sizeof(mx));
	if (starts(p->name, "_mta-sts.sts"))
		world_rr_txt(p, "v=STSv1; id=1;");
	if (starts(p->name, "mta-sts.sts")) {
		world_rr_address(p, "2a00:1450::1");
		world_rr_address(p, "8.8.4.4");
	}
}

static inline unsigned world_fetch_healthy(struct world *w, struct fetch *f)
{
	struct record_policy *out = f->out;
	char text[NETADDR_TEXT_MAX];

	(void)w;
	netaddr_text(&f->address, text);
	out->address = arena_copy(f->arena, span_str(text));
	out->stage = STAGE_OK;
	out->http_status = 200;
	out->http_version = span_str("2");
	out->content_type = span_str("text/plain");
	out->tls_version = span_str("TLSv1.3");
	out->tls_verified = 1;
	out->body = arena_copy(f->arena, span_str(WORLD_POLICY));
	out->body_bytes = out->body.n;
	return 30;
}

/* ---- the interfaces ---------------------------------------------------------------------- */

static inline void world_question(struct world_packet *p, const uint8_t *packet, size_t n)
{
	struct dnsmsg m;

	cr_assert(dnsmsg_parse(&m, packet, n) == 0);
	cr_assert(dnsmsg_name(&m, m.qname, p->name) < (int)sizeof(p->name));
	p->type = m.qtype;
	p->canary = strstr(p->name, "mtasweep.invalid") != NULL || m.qtype == DNS_TYPE_NS;
}

static inline void world_send(struct dns_transport *t, unsigned upstream, bool tcp,
			      const uint8_t *packet, size_t n, struct dns_exchange *x)
{
	struct world *w = list_owner(t, struct world, transport);
	unsigned i = 0;

	while (i < w->packets_top && w->packets[i].x != NULL)
		i++;
	cr_assert(i < WORLD_PACKETS);
	if (i == w->packets_top)
		w->packets_top++;
	struct world_packet *p = &w->packets[i];
	/* Until the script says otherwise, the packet is lost. */
	*p = (struct world_packet){
		.x = x,
		.upstream = upstream,
		.tcp = tcp,
		.due_ms = w->now_ms + w->timeout_ms,
		.status = DNS_TRANSPORT_TIMEOUT,
	};
	world_question(p, packet, n);
	w->sent++;
	w->on_dns(w, p);
}

static inline unsigned world_room(struct dns_transport *t, unsigned upstream)
{
	(void)upstream;
	return list_owner(t, struct world, transport)->room;
}

static inline int world_fetch_start(struct fetcher *fetcher, struct fetch *f)
{
	struct world *w = list_owner(fetcher, struct world, fetcher);

	for (unsigned i = 0; i < w->fetch_slots; i++) {
		if (w->fetches[i].f != NULL)
			continue;
		w->fetches[i] = (struct world_fetch){f, w->now_ms + w->on_fetch(w, f)};
		w->fetching++;
		w->fetches_total++;
		if (w->fetching > w->fetching_max)
			w->fetching_max = w->fetching;
		return 0;
	}
	return -1;
}

static inline void world_finished(void *user, const struct record *r)
{
	struct world *w = user;

	cr_assert(r->line > 0 && r->line < WORLD_LINES);
	struct world_result *to = &w->results[r->line];
	to->times++;
	to->verdict = r->verdict;
	to->sts_dns = r->sts.answer.dns;
	to->tlsrpt_dns = r->tlsrpt.answer.dns;
	snprintf(to->denied_by, sizeof(to->denied_by), "%.*s", (int)r->sts.answer.denied_by.n,
		 r->sts.answer.denied_by.n > 0 ? r->sts.answer.denied_by.p : "");
	to->mx_dns = r->mx.dns;
	to->policy_dns = r->policy.dns;
	to->stage = r->policy.stage;
	to->blocked = r->policy.address_blocked;
	snprintf(to->odd, sizeof(to->odd), "%.*s", (int)r->policy.odd_reason.n,
		 r->policy.odd_reason.n > 0 ? r->policy.odd_reason.p : "");
	to->implicit = r->mx.implicit;
	to->took_ms = r->took_ms;
	snprintf(to->resolver, sizeof(to->resolver), "%.*s", (int)r->sts.answer.resolver.n,
		 r->sts.answer.resolver.n > 0 ? r->sts.answer.resolver.p : "");
	snprintf(to->address, sizeof(to->address), "%.*s", (int)r->policy.address.n,
		 r->policy.address.n > 0 ? r->policy.address.p : "");
	w->finished++;
}

/* ---- life -------------------------------------------------------------------------------- */

/* Change what differs, then world_open(). */
struct world_config {
	unsigned upstreams, jobs, asking, retries, per_host, fetch_slots;
	double rate, host_rate;
	bool lean, thorough, need_ad, wait_for_first, all_addresses;
	uint64_t seed;
	const struct host_env *hosts;			      /* NULL: MX hosts are left alone */
	void (*finished)(void *user, const struct record *r); /* NULL: world_finished() */
};
#define WORLD_DEFAULT                                                                              \
	{                                                                                          \
		.upstreams = 1, .jobs = 64, .asking = 0 /* all */, .retries = 4, .per_host = 10,   \
		.fetch_slots = 64, .seed = 7                                                       \
	}

static inline struct world *world_open(const struct world_config *c)
{
	char names[64][RESOLVER_NAME_MAX];
	struct world *w = calloc(1, sizeof(*w));

	cr_assert(c->upstreams <= 64);
	for (unsigned i = 0; i < c->upstreams; i++)
		snprintf(names[i], sizeof(names[i]), "r%u", i);
	w->now_ms = 1000000;
	w->random = c->seed * 2 + 1;
	w->timeout_ms = 1000;
	w->room = 1000;
	w->fetch_slots = c->fetch_slots;
	w->packets = calloc(WORLD_PACKETS, sizeof(*w->packets));
	w->results = calloc(WORLD_LINES, sizeof(*w->results));
	w->on_dns = world_dns_healthy;
	w->on_fetch = world_fetch_healthy;
	w->transport = (struct dns_transport){world_send, world_room};
	w->fetcher.start = world_fetch_start;
	w->reach = reach_new();
	struct gate_limits limits = {.at_once = c->per_host, .rate = c->host_rate, .saved = 1};
	w->gate = gate_new(&limits);
	ring_init(&w->ring, w->now_ms);
	judge_config_init(&w->judge);
	struct resolver_config resolver = {
		.upstreams = c->upstreams,
		.names = names,
		.rate = c->rate,
		.retries = c->retries,
		.timeout_ms = w->timeout_ms,
		.outage_ms = 60000,
		.need_ad = c->need_ad,
		.wait_for_first = c->wait_for_first,
		.seed = c->seed,
	};
	w->resolver = resolver_new(&resolver, &w->transport, &w->ring, w->now_ms);
	struct machine_config machine = {
		.jobs = c->jobs,
		.asking = c->asking > 0 ? c->asking : c->jobs,
		.lean = c->lean,
		.thorough = c->thorough,
		.all_addresses = c->all_addresses,
		.fetch_timeout_ms = 10000,
		.fetch_retries = 1,
		.judge = &w->judge,
		.reach = w->reach,
		.resolver = w->resolver,
		.fetcher = &w->fetcher,
		.gate = gate_door(w->gate),
		.ring = &w->ring,
		.hosts = c->hosts,
		.finished = c->finished != NULL ? c->finished : world_finished,
		.finished_user = w,
	};
	w->machine = machine_new(&machine);
	machine_turn(w->machine, w->now_ms, 1700000000000); /* so that it knows the time */
	return w;
}

static inline void world_deliver(struct world *w)
{
	for (unsigned i = 0; i < w->packets_top; i++) {
		struct world_packet p = w->packets[i];
		if (p.x == NULL || p.due_ms > w->now_ms)
			continue;
		w->packets[i].x = NULL;
		p.x->done(p.x, p.status, p.msg, p.n);
		free(p.msg);
	}
	for (unsigned i = 0; i < w->fetch_slots; i++) {
		struct fetch *f = w->fetches[i].f;
		if (f == NULL || w->fetches[i].due_ms > w->now_ms)
			continue;
		w->fetches[i].f = NULL;
		w->fetching--;
		f->done(f);
	}
}

static inline void world_step(struct world *w)
{
	w->now_ms += WORLD_STEP_MS;
	ring_advance(&w->ring, w->now_ms);
	world_deliver(w);
	machine_turn(w->machine, w->now_ms, 1700000000000);
	gate_turn(w->gate, w->now_ms);
	machine_turn(w->machine, w->now_ms, 1700000000000);
	resolver_turn(w->resolver, w->now_ms);
	cr_assert(!machine_failed(w->machine));
}

static inline void world_submit(struct world *w, const char *name)
{
	struct machine_input in = {.line = ++w->submitted, .text = span_str(name), .rank = -1};

	cr_assert(w->submitted < WORLD_LINES);
	while (machine_room(w->machine) == 0)
		world_step(w);
	machine_submit(w->machine, &in);
}

/* "PREFIX0.example.net" and so on. */
static inline void world_submit_many(struct world *w, unsigned n, const char *prefix)
{
	char name[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s%u.example.net", prefix, i);
		world_submit(w, name);
	}
}

/* Until every name is done; fails the test when that takes longer. */
static inline void world_run(struct world *w, uint64_t limit_ms)
{
	uint64_t until = w->now_ms + limit_ms;

	while (machine_active(w->machine) > 0 && w->now_ms < until)
		world_step(w);
	cr_assert_eq(machine_active(w->machine), 0, "%u of %u names not done after %llu ms",
		     machine_active(w->machine), w->submitted, (unsigned long long)limit_ms);
}

static inline void world_wait(struct world *w, uint64_t ms)
{
	for (uint64_t until = w->now_ms + ms; w->now_ms < until;)
		world_step(w);
}

static inline unsigned world_count(const struct world *w, enum verdict v)
{
	unsigned n = 0;

	for (unsigned i = 1; i <= w->submitted; i++)
		n += w->results[i].times > 0 && w->results[i].verdict == v;
	return n;
}

static inline void world_close(struct world *w)
{
	for (unsigned i = 1; i <= w->submitted; i++)
		cr_assert_eq(w->results[i].times, 1, "line %u finished %u times", i,
			     w->results[i].times);
	cr_assert(machine_room(w->machine) > 0);
	/* Canaries may be under way. */
	resolver_hurry(w->resolver);
	for (unsigned i = 0; i < w->packets_top; i++) {
		if (w->packets[i].x == NULL)
			continue;
		w->packets[i].x->done(w->packets[i].x, DNS_TRANSPORT_FAILED, NULL, 0);
		free(w->packets[i].msg);
	}
	resolver_free(w->resolver);
	machine_free(w->machine);
	gate_free(w->gate);
	reach_free(w->reach);
	free(w->packets);
	free(w->results);
	free(w);
}

#endif

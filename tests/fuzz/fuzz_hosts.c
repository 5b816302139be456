/*
 * fuzz_hosts.c - MX hosts that say anything: the real resolver, gate, job machine and judge under a
 * scripted network and a scripted prober. The first byte holds flags; then every question about
 * MX, addresses and TLSA, every fetch and every visit takes its answer from the bytes that follow,
 * in the order in which they are asked; when the bytes are used up, all is well. What comes of a
 * name is checked, stored, read again and laid out as a page.
 */
#include <assert.h>
#include <stdint.h>

/* What the scripted world needs of Criterion. */
#define cr_assert(x) assert(x)
#define cr_assert_eq(a, b, ...) assert((a) == (b))
#define WORLD_ASSERTS

#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "parsers/utf8.h"
#include "scanner/check/check_view.h"
#include "scanner/job/host_task.h"
#include "tests/support/world.h"

#define VISITS_MAX 64u
#define NAMES 2u
#define D32 "12345678123456781234567812345678"
#define HEX64 "1234567812345678123456781234567812345678123456781234567812345678"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FLAG_DANE = 1,
	FLAG_CURIOUS = 2,
	FLAG_VISIT = 4,
	FLAG_MX_SECURE = 8,
	FLAG_NO_RECORD = 16, /* a policy nobody asks for, and we look */
	FLAG_ONE_SLOT = 32,
	FLAG_ALL_ADDRESSES = 64,
	FLAG_SHORT_LIFE = 128, /* of the policy */
};

struct lab {
	struct prober prober;
	struct host_env env;
	struct world *w;
	const uint8_t *data;
	size_t size;
	unsigned flags, visiting;
	struct {
		struct probe *p;
		uint64_t due_ms;
	} visits[VISITS_MAX];
};

static uint8_t take(struct lab *lab)
{
	if (lab->size == 0)
		return 0;
	lab->size--;
	return *lab->data++;
}

/* Up to so many bytes of the input, whatever they are. */
static struct span take_text(struct lab *lab, size_t n)
{
	n = n < lab->size ? n : lab->size;
	struct span s = span_of((const char *)lab->data, n);
	lab->data += n;
	lab->size -= n;
	return s;
}

/* ---- DNS --------------------------------------------------------------------------------- */

static void set_ad(struct world_packet *p, bool ad)
{
	p->msg[3] |= ad ? 0x20 : 0;
}

/* The SOA record of the zone above, which is the one that denies the name. */
static void deny_from_above(struct world_packet *p)
{
	static const uint8_t soa[22];

	world_rr_at(p, 13u + p->msg[12], 6, soa, sizeof(soa));
	p->msg[7] = 0; /* an authority, no answer */
	p->msg[9] = 1;
}

static void answer_mx(struct lab *lab, struct world_packet *p)
{
	uint8_t kind = take(lab);
	unsigned hosts = kind == 0 ? 2 : kind % 7;

	world_answer(lab->w, p, kind == 0xff ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR, false);
	if (kind == 0xff)
		deny_from_above(p);
	for (unsigned i = 0; i < hosts && kind != 0xff; i++) {
		uint8_t rdata[] = "\0\0\4mx00\7example\3com";
		rdata[1] = take(lab);
		rdata[6] = (uint8_t)('0' + i);
		if (rdata[1] >= 0xf0) /* a name of any bytes */
			for (unsigned k = 0; k < 3; k++)
				rdata[4 + k] = take(lab);
		world_rr(p, DNS_TYPE_MX, rdata, sizeof(rdata));
	}
	set_ad(p, (lab->flags & FLAG_MX_SECURE) != 0);
}

static void add_addresses(struct lab *lab, struct world_packet *p, unsigned n, bool ours)
{
	for (unsigned i = 0; i < n; i++) {
		char text[32];
		const char *net = p->type == DNS_TYPE_AAAA ? "2a00:1450::"
				  : ours		   ? "10.0.0."
							   : "8.8.8.";
		snprintf(text, sizeof(text), "%s%u", net, 1u + take(lab) % 250u);
		world_rr_address(p, text);
	}
}

static void answer_address(struct lab *lab, struct world_packet *p)
{
	uint8_t kind = take(lab);
	static const unsigned rcodes[] = {DNS_RCODE_NXDOMAIN, DNS_RCODE_SERVFAIL};

	if (kind % 16 == 15)
		return; /* lost */
	bool bad = kind % 16 == 10 || kind % 16 == 11;
	world_answer(lab->w, p, bad ? rcodes[kind % 16 - 10] : DNS_RCODE_NOERROR, false);
	if (kind % 16 == 13)
		world_rr_cname(p, "real.example.net");
	else if (!bad && kind % 16 != 12)
		add_addresses(lab, p, 1 + (kind >> 4 & 3), kind % 16 == 14);
	if (kind % 16 == 13 && p->type == DNS_TYPE_A)
		world_rr_at(p, p->n - 18, DNS_TYPE_A, "\10\10\10\32", 4);
	set_ad(p, kind < 128);
}

/* Records of the input, the first byte of each its length; one of no bytes is as it should be. */
static void answer_tlsa(struct lab *lab, struct world_packet *p)
{
	uint8_t kind = take(lab);

	if (kind % 8 == 7)
		return;
	world_answer(lab->w, p,
		     kind % 8 == 5   ? DNS_RCODE_NXDOMAIN
		     : kind % 8 == 6 ? DNS_RCODE_SERVFAIL
				     : DNS_RCODE_NOERROR,
		     false);
	for (unsigned i = 0; i < 1u + (kind >> 3 & 3) && kind % 8 < 5; i++) {
		struct span rdata = take_text(lab, take(lab));
		if (rdata.n == 0)
			rdata = SPAN_LIT("\3\1\1" D32);
		world_rr(p, DNS_TYPE_TLSA, rdata.p, rdata.n);
	}
	set_ad(p, kind < 128);
}

static void answer(struct world *w, struct world_packet *p)
{
	struct lab *lab = w->user;
	bool of_domain = strstr(p->name, "mta-sts.") != NULL || strstr(p->name, "_smtp.") != NULL;

	if (p->canary || of_domain) {
		world_dns_healthy(w, p);
		if (starts(p->name, "_mta-sts.") && (lab->flags & FLAG_NO_RECORD) != 0)
			world_answer(w, p, DNS_RCODE_NXDOMAIN, false);
	} else if (p->type == DNS_TYPE_MX) {
		answer_mx(lab, p);
	} else if (p->type == DNS_TYPE_A || p->type == DNS_TYPE_AAAA) {
		answer_address(lab, p);
	} else if (p->type == DNS_TYPE_TLSA) {
		answer_tlsa(lab, p);
	} else { /* whether an alias is secure */
		world_answer(w, p, DNS_RCODE_NOERROR, false);
		world_rr_cname(p, "real.example.net");
		set_ad(p, take(lab) % 2 == 0);
	}
}

/* ---- the policy -------------------------------------------------------------------------- */

static unsigned fetch(struct world *w, struct fetch *f)
{
	struct lab *lab = w->user;
	struct record_policy *out = f->out;
	uint8_t kind = take(lab);
	unsigned ms = world_fetch_healthy(w, f);

	out->stage = STAGE_HTTP;
	out->body =
		(lab->flags & FLAG_SHORT_LIFE) != 0
			? SPAN_LIT(
				  "version: STSv1\nmode: enforce\nmx: *.example.com\nmax_age: 60\n")
			: SPAN_LIT("version: STSv1\nmode: enforce\nmx: *.example.com\nmax_age: "
				   "1209600\n");
	out->body_bytes = out->body.n;
	if (kind % 8 == 4) {
		out->stage = STAGE_TCP;
		out->unreachable = true;
	} else if (kind % 8 == 5) {
		out->stage = STAGE_TLS;
		out->tls_verified = 0;
		out->tls_reason = (int)((kind >> 3) % tls_reason_count);
	} else if (kind % 8 == 6) {
		out->http_status = 503;
	}
	if (kind % 8 == 4 || kind % 8 == 5) {
		out->http_status = -1;
		out->body = out->content_type = out->http_version = SPAN_NULL;
		out->body_bytes = 0;
	}
	return ms;
}

/* ---- visits ------------------------------------------------------------------------------ */

static int visit_start(struct prober *prober, struct probe *p)
{
	struct lab *lab = list_owner(prober, struct lab, prober);
	unsigned slots = (lab->flags & FLAG_ONE_SLOT) != 0 ? 1 : VISITS_MAX;

	if (lab->visiting == slots)
		return -1;
	for (unsigned i = 0; i < VISITS_MAX; i++) {
		if (lab->visits[i].p != NULL)
			continue;
		lab->visits[i].p = p;
		lab->visits[i].due_ms = lab->w->now_ms + 50;
		lab->visiting++;
		return 0;
	}
	return -1;
}

static void visit_saw(struct lab *lab, const struct probe *p)
{
	static const int says[] = {DANE_OK,	 DANE_MISMATCH,	   DANE_NAME_MISMATCH,
				   DANE_EXPIRED, DANE_TA_NOT_SENT, DANE_UNUSABLE};
	uint8_t word = take(lab), dane = take(lab);
	struct probe_result *out = p->out;

	*out = (struct probe_result){
		.stage = (enum probe_stage)(take(lab) % (PROBE_OK + 1)),
		.tls = word == 0 ? MX_TLS_OK : (enum mx_tls)(word % mx_tls_count),
		.dane = {.outcome = -1, .record = -1, .depth = -1},
		.cert_not_before = INT64_MIN,
		.cert_not_after = INT64_MIN,
	};
	if (out->tls == MX_TLS_OK)
		out->stage = PROBE_OK;
	out->code = take(lab) * 3;
	out->text = arena_copy(p->arena, take_text(lab, take(lab) % 64u));
	out->banner = arena_copy(p->arena, take_text(lab, take(lab) % 16u));
	if (out->stage < PROBE_TLS)
		return;
	out->tls_version = SPAN_LIT("TLSv1.3");
	out->spki_sha256 = out->cert_sha256 = SPAN_LIT(HEX64);
	out->cert_names = arena_copy(p->arena, take_text(lab, take(lab) % 32u));
	out->cert_not_after = 1700000000 + take(lab) * 86400 * 4 - 86400 * 500;
	out->dane.outcome = p->tlsa_n > 0 ? says[dane % 6u] : -1;
	out->dane.record = out->dane.outcome == DANE_OK ? 0 : -1;
	out->dane.leaf_as_ta = p->tlsa_n > 0 && dane >= 128;
	out->dane.spare = p->tlsa_n > 1 && dane % 2 == 0 ? 2 : 0;
}

static void visits_end(struct lab *lab)
{
	for (unsigned i = 0; i < VISITS_MAX; i++) {
		struct probe *p = lab->visits[i].p;
		if (p == NULL || lab->visits[i].due_ms > lab->w->now_ms)
			continue;
		lab->visits[i].p = NULL;
		lab->visiting--;
		visit_saw(lab, p);
		p->done(p);
	}
}

/* ---- what came of it --------------------------------------------------------------------- */

static void check_host(const struct lab *lab, const struct record_mx_host *h)
{
	const struct record_probe *p = &h->probe;

	assert((lab->flags & FLAG_VISIT) != 0 || (h->tls < 0 && p->tried == 0));
	assert((lab->flags & FLAG_DANE) != 0 || (h->dane < 0 && h->tlsa_records_n == 0));
	assert(h->tlsa_records_n <= PROBE_TLSA_MAX && p->tried <= HOST_VISITS_MAX);
	assert(p->good + p->bad <= p->tried && p->dane_good + p->dane_bad <= p->tried);
	assert(h->dane != DANE_OK || (p->dane_good > 0 && h->tlsa_ad == 1));
	assert(p->good == 0 || h->tls == MX_TLS_OK || h->tls == MX_TLS_WEAK);
}

static void check_page(const struct record *r)
{
	struct text page;

	text_init(&page, false, CHECK_WIDTH, CHECK_TEXT_MAX);
	check_view(&page, r, &(struct check_page){.now = 1800000000, .version = "1"});
	assert(!page.out.failed);
	assert(utf8_valid_prefix(span_of(page.out.p, page.out.n)) == page.out.n);
	for (size_t i = 0; i < page.out.n; i++)
		assert((unsigned char)page.out.p[i] >= ' ' || page.out.p[i] == '\n');
	text_release(&page);
}

/* Stored, read again, stored: the same. */
static void check_stored(const struct record *r)
{
	struct record_reader reader;
	struct buf first, second;
	struct arena arena;
	struct record back;

	assert(arena_init(&arena, 65536, 1u << 24) == 0);
	record_reader_init(&reader);
	buf_init(&first, RECORD_LINE_MAX);
	buf_init(&second, RECORD_LINE_MAX);
	assert(record_emit_once(r, &first) == 0);
	assert(record_read(&reader, span_of(first.p, first.n - 1), &arena, &back) ==
	       RECORD_READ_OK);
	assert(reader.missing == 0 && reader.unknown_keys == 0 && reader.unknown_words == 0);
	assert(back.mx.hosts_n == r->mx.hosts_n);
	assert(record_emit_once(&back, &second) == 0);
	assert(first.n == second.n && memcmp(first.p, second.p, first.n) == 0);
	check_page(&back);
	buf_release(&first);
	buf_release(&second);
	arena_release(&arena);
}

static void finished(void *user, const struct record *r)
{
	struct world *w = user;
	const struct lab *lab = w->user;
	unsigned roots = 0;

	world_finished(w, r);
	for (unsigned i = 0; i < r->mx.hosts_n; i++)
		check_host(lab, &r->mx.hosts[i]);
	for (unsigned i = 0; i < r->issues_n; i++) {
		roots += r->issues[i].root;
		assert(r->issues[i].code != ISSUE_dane_ok || r->mx.ad == 1);
	}
	assert(roots == (r->verdict == VERDICT_BROKEN));
	check_stored(r);
}

static void lab_run(struct lab *lab)
{
	struct world_config c = WORLD_DEFAULT;

	c.hosts = &lab->env;
	c.finished = finished;
	c.thorough = (lab->flags & FLAG_NO_RECORD) != 0;
	c.all_addresses = (lab->flags & FLAG_ALL_ADDRESSES) != 0;
	lab->w = world_open(&c);
	lab->w->user = lab;
	lab->w->on_dns = answer;
	lab->w->on_fetch = fetch;
	lab->prober.start = visit_start;
	lab->env = (struct host_env){
		.resolver = lab->w->resolver,
		.reach = lab->w->reach,
		.gate = gate_door(lab->w->gate),
		.prober = (lab->flags & FLAG_VISIT) != 0 ? &lab->prober : NULL,
		.dane = (lab->flags & FLAG_DANE) != 0,
		.curious = (lab->flags & FLAG_CURIOUS) != 0,
	};
	world_submit_many(lab->w, NAMES, "sts");
	for (unsigned i = 0; i < 60000 && machine_active(lab->w->machine) > 0; i++) {
		world_step(lab->w);
		visits_end(lab);
	}
	assert(machine_active(lab->w->machine) == 0);
	world_close(lab->w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 65536)
		return 0;
	struct lab lab = {.data = data + 1, .size = size - 1, .flags = data[0]};
	lab_run(&lab);
	return 0;
}

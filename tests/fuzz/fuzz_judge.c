/*
 * fuzz_judge.c - the judge on hostile evidence: the first bytes choose outcomes, the rest is cut at
 * NUL bytes into records, names and a policy. Its rules must hold whatever comes (see judge.h).
 */
#include <assert.h>
#include <stdint.h>

#include "scanner/judge/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tape {
	const uint8_t *p;
	size_t n;
};

static unsigned tape_byte(struct tape *t, unsigned below)
{
	if (t->n == 0)
		return 0;
	t->n--;
	return *t->p++ % below;
}

static struct span tape_text(struct tape *t)
{
	const uint8_t *end = t->n == 0 ? NULL : memchr(t->p, '\0', t->n);
	struct span s = span_of((const char *)t->p, end == NULL ? t->n : (size_t)(end - t->p));
	size_t used = s.n + (end != NULL);

	t->p += used;
	t->n -= used;
	return s;
}

static void tape_txt(struct tape *t, struct record_txt *a, struct span *txt, struct span *cname)
{
	a->dns = (enum dns_outcome)tape_byte(t, dns_outcome_count);
	a->txt_n = tape_byte(t, 4);
	a->cname_n = tape_byte(t, 4);
	for (unsigned i = 0; i < a->txt_n; i++)
		txt[i] = tape_text(t);
	for (unsigned i = 0; i < a->cname_n; i++)
		cname[i] = tape_text(t);
	a->txt = txt;
	a->cname = cname;
}

/* A time as a certificate can say it: the years 0 to 9999. */
static int64_t tape_time(struct tape *t)
{
	const int64_t first = -62167219200, last = 253402300799;

	if (t->n == 0)
		return INT64_MIN;
	return first + (last - first) / 255 * tape_byte(t, 256);
}

static void tape_policy(struct tape *t, struct record_policy *p, struct span *cname)
{
	unsigned flags = tape_byte(t, 256);
	static const int statuses[] = {0, 200, 200, 200, 204, 302, 404, 403, 429, 503};

	p->stage = (enum stage)tape_byte(t, stage_count);
	p->dns = (enum dns_outcome)tape_byte(t, dns_outcome_count);
	p->http_status = statuses[tape_byte(t, 10)];
	p->tls_verified = (int)tape_byte(t, 3) - 1;
	p->tls_reason = (int)tape_byte(t, tls_reason_count + 1) - 1;
	p->tls_reasons = tape_byte(t, 256);
	p->address_blocked = flags & 1;
	p->timed_out = flags >> 1 & 1;
	p->tcp_refused = flags >> 2 & 1;
	p->body_cut = flags >> 3 & 1;
	p->cname_n = tape_byte(t, 3);
	for (unsigned i = 0; i < p->cname_n; i++)
		cname[i] = tape_text(t);
	p->cname = cname;
	p->content_type = flags >> 4 & 1 ? tape_text(t) : SPAN_NULL;
	p->location = flags >> 5 & 1 ? tape_text(t) : SPAN_NULL;
	p->body = tape_text(t);
	p->body_bytes = p->body.n;
	p->cert_not_before = tape_time(t);
	p->cert_not_after = tape_time(t);
}

static void check(const struct record *r)
{
	unsigned roots = 0;

	for (unsigned i = 0; i < r->issues_n; i++) {
		const struct record_issue *one = &r->issues[i];
		roots += one->root;
		assert(!one->root || issue_info(one->code)->severity == SEVERITY_ERROR);
		assert(one->detail.n <= FINDING_DETAIL_MAX);
		for (size_t k = 0; k < one->detail.n; k++)
			assert((unsigned char)one->detail.p[k] >= ' ' && one->detail.p[k] != 0x7f);
	}
	assert(roots == (r->verdict == VERDICT_BROKEN));
	assert(r->impact != IMPACT_MAIL_LOSS || r->verdict == VERDICT_ENFORCE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tape t = {data, size};
	struct span txt[2][4], cname[3][4];
	struct record_mx_host hosts[4];
	struct judge_config config;
	struct record r;
	struct arena a;

	if (arena_init(&a, 1 << 16, 4 << 20) != 0)
		return 0;
	judge_config_init(&config);
	record_init(&r);
	r.domain = SPAN_LIT("example.com");
	r.registrable = r.domain;
	tape_txt(&t, &r.sts.answer, txt[0], cname[0]);
	tape_txt(&t, &r.tlsrpt.answer, txt[1], cname[1]);
	r.mx.dns = (enum dns_outcome)tape_byte(&t, dns_outcome_count);
	r.mx.null_mx = (int)tape_byte(&t, 3) - 1;
	r.mx.implicit = (int)tape_byte(&t, 3) - 1;
	r.mx.hosts_n = tape_byte(&t, 5);
	r.mx.hosts = hosts;
	for (unsigned i = 0; i < r.mx.hosts_n; i++) {
		record_mx_host_init(&hosts[i]);
		hosts[i].preference = (uint16_t)tape_byte(&t, 256);
		hosts[i].tls = (int)tape_byte(&t, mx_tls_count + 1) - 1;
		hosts[i].tlsa = (int)tape_byte(&t, 3) - 1;
		hosts[i].host = tape_text(&t);
	}
	tape_policy(&t, &r.policy, cname[2]);
	if (judge(&config, &a, &r) == 0)
		check(&r);
	arena_release(&a);
	return 0;
}

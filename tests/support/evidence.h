/*
 * evidence.h - evidence for the judge, written down as text: a healthy domain, of which a test says
 * what is different.
 *
 * Lists are separated by "|". A member that is NULL or 0 means "as in the healthy domain"; NONE and
 * "-" mean "not there". Spans of the built record point into the arena.
 */
#ifndef MTASWEEP_TEST_EVIDENCE_H
#define MTASWEEP_TEST_EVIDENCE_H

#include <stdlib.h>

#include "output/base/arena.h"
#include "scanner/judge/judge.h"

#define EVIDENCE_NOW_S 1700000000
#define EVIDENCE_POLICY "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 1209600\n"
#define EVIDENCE_TESTING "version: STSv1\nmode: testing\nmx: mail.example.com\nmax_age: 1209600\n"
/* A policy of one's own around the line in question. */
#define EVIDENCE_LINE(line)                                                                        \
	"version: STSv1\nmode: enforce\n" line "\nmx: mail.example.com\nmax_age: 1209600\n"
#define EVIDENCE_MX(line) "version: STSv1\nmode: enforce\n" line "\nmax_age: 1209600\n"

/* enum values that may be 0 are given plus one. */
#define GIVEN(value) ((int)(value) + 1)

struct evidence {
	const char *domain, *registrable;
	bool excluded, worker_crashed;
	uint32_t name_flags;
	const char *sts, *sts_cname, *tlsrpt, *tlsrpt_cname, *mx;
	int sts_dns, sts_pieces, tlsrpt_dns, tlsrpt_pieces, mx_dns; /* GIVEN() */
	int64_t sts_ttl;
	int null_mx, implicit, mx_tls, tlsa; /* GIVEN() */
	unsigned mx_dropped;
	/* What a visit saw: of all hosts, or with a 2 of all but the first. */
	int mx_ad, mx_tls2, host_dns, host_dns2, dane, dane2, tlsa2, tlsa_dns; /* GIVEN() */
	uint32_t mx_reasons, spare;
	const char *host_cname, *mx_names, *records;
	bool mx_cn_only, mx_wildcard, leaf_as_ta;
	unsigned injected, mx_good, mx_bad, dane_good, dane_bad;
	int64_t mx_not_after, tlsa_ttl; /* seconds from now; seconds */
	int stage, policy_dns;		/* GIVEN() */
	const char *policy_cname;
	const char *not_contacted, *odd_address;
	bool blocked, timed_out, unreachable, refused, half_located, v6_only, encoded, body_cut;
	int tls_reason; /* GIVEN(); with it tls_verified is 0 */
	uint32_t tls_reasons;
	const char *tls_error;
	bool cn_only, wildcard_partial, sha1;
	unsigned key_bits;
	int64_t not_after; /* seconds from now; 0: in a year */
	int64_t age;	   /* of the certificate, seconds; 0: 100 days */
	unsigned content_types;
	bool cert_refused;
	int status;
	const char *content_type, *location, *http_error, *body;
	size_t body_n; /* of body, where it holds NUL */
	uint64_t body_bytes;
};

static inline const struct span *evidence_list(struct arena *a, const char *text, unsigned *n)
{
	*n = 0;
	if (text == NULL)
		return NULL;
	struct span *list = arena_alloc(a, MX_HOST_MAX * sizeof(*list));
	for (const char *at = text; at != NULL && *n < MX_HOST_MAX;) {
		const char *bar = strchr(at, '|');
		struct span one = bar == NULL ? span_str(at) : span_of(at, (size_t)(bar - at));
		list[(*n)++] = arena_copy(a, one);
		at = bar == NULL ? NULL : bar + 1;
	}
	return list;
}

static inline void evidence_txt(struct arena *a, struct record_txt *t, int dns, const char *txt,
				const char *cname, int pieces)
{
	uint16_t *counts = arena_zalloc(a, MX_HOST_MAX * sizeof(*counts));

	t->dns = dns != 0 ? (enum dns_outcome)(dns - 1) : DNS_OK;
	t->resolver = SPAN_LIT("192.0.2.53");
	if (t->dns == DNS_OK)
		t->txt = evidence_list(a, txt, &t->txt_n);
	t->cname = evidence_list(a, cname, &t->cname_n);
	t->ttl = 3600;
	counts[0] = (uint16_t)pieces;
	t->txt_pieces = pieces > 0 ? counts : NULL;
}

static inline void evidence_host(struct arena *a, const struct evidence *e, bool first,
				 struct record_mx_host *h)
{
	struct record_probe *p = &h->probe;

	h->tls = (!first && e->mx_tls2 != 0 ? e->mx_tls2 : e->mx_tls) - 1;
	h->tlsa = (!first && e->tlsa2 != 0 ? e->tlsa2 : e->tlsa) - 1;
	h->dane = (!first && e->dane2 != 0 ? e->dane2 : e->dane) - 1;
	h->address_dns = (!first && e->host_dns2 != 0 ? e->host_dns2 : e->host_dns) - 1;
	h->tlsa_dns = e->tlsa_dns - 1;
	h->tls_reasons = e->mx_reasons;
	h->cname = evidence_list(a, e->host_cname, &h->cname_n);
	h->tlsa_records = evidence_list(a, e->records, &h->tlsa_records_n);
	h->tlsa_ttl = e->tlsa_ttl != 0 ? e->tlsa_ttl : 3600;
	if (h->tls < 0)
		return;
	p->how = PROBE_DIRECT;
	p->cert_cn_only = e->mx_cn_only;
	p->cert_wildcard_partial = e->mx_wildcard;
	p->cert_names = span_str(e->mx_names);
	p->cert_not_after = EVIDENCE_NOW_S + (e->mx_not_after != 0 ? e->mx_not_after : 90 * 86400);
	p->injected = e->injected;
	p->good = e->mx_good;
	p->bad = e->mx_bad;
	p->dane_good = e->dane_good;
	p->dane_bad = e->dane_bad;
	p->addresses = p->tried = 1;
	if (mx_tls_refused((enum mx_tls)h->tls) && e->mx_bad == 0)
		p->bad = 1;
	if (e->dane_bad == 0 && e->dane_good == 0)
		p->dane_bad = 1;
	p->tlsa_leaf_as_ta = e->leaf_as_ta;
	p->tlsa_spare = e->spare;
}

static inline void evidence_mx(struct arena *a, const struct evidence *e, struct record_mx *mx)
{
	unsigned n;
	const struct span *list =
		evidence_list(a, e->mx != NULL ? e->mx : "10 mail.example.com", &n);

	mx->dns = e->mx_dns != 0 ? (enum dns_outcome)(e->mx_dns - 1) : DNS_OK;
	mx->resolver = SPAN_LIT("192.0.2.53");
	mx->null_mx = e->null_mx != 0 ? e->null_mx - 1 : 0;
	mx->ad = e->mx_ad - 1;
	mx->implicit = e->implicit != 0 ? e->implicit - 1 : 0;
	if (mx->dns != DNS_OK || mx->null_mx == 1)
		return;
	mx->hosts = arena_zalloc(a, n * sizeof(*mx->hosts));
	mx->hosts_n = n;
	mx->hosts_dropped = e->mx_dropped;
	for (unsigned i = 0; i < n; i++) {
		char *host;
		record_mx_host_init(&mx->hosts[i]);
		mx->hosts[i].preference = (uint16_t)strtoul(list[i].p, &host, 10);
		mx->hosts[i].host = span_str(host + 1);
		evidence_host(a, e, i == 0, &mx->hosts[i]);
	}
}

static inline struct span evidence_text(const char *given, const char *healthy)
{
	if (given == NULL)
		return span_str(healthy);
	return strcmp(given, "-") == 0 ? SPAN_NULL : span_str(given);
}

static inline void evidence_policy(struct arena *a, const struct evidence *e,
				   struct record_policy *p)
{
	p->stage = e->stage != 0 ? (enum stage)(e->stage - 1) : STAGE_OK;
	p->dns = e->policy_dns != 0 ? (enum dns_outcome)(e->policy_dns - 1) : DNS_OK;
	p->cname = evidence_list(a, e->policy_cname, &p->cname_n);
	p->address = SPAN_LIT("198.51.100.7");
	p->v4_n = !e->v6_only;
	p->v6_n = 1;
	p->address_blocked = e->blocked;
	p->not_contacted = span_str(e->not_contacted);
	p->odd_address = span_str(e->odd_address);
	p->odd_reason = SPAN_LIT("name_mismatch");
	p->timed_out = e->timed_out;
	p->unreachable = e->unreachable;
	p->tcp_refused = e->refused;
	p->half_located = e->half_located;
	p->tls_verified = e->tls_reason != 0 ? 0 : 1;
	p->tls_reason = e->tls_reason != 0 ? e->tls_reason - 1 : TERM_NULL;
	p->tls_reasons = e->tls_reasons;
	p->tls_error = e->tls_error != NULL ? span_str(e->tls_error) : SPAN_NULL;
	p->cert_cn_only = e->cn_only;
	p->cert_wildcard_partial = e->wildcard_partial;
	p->cert_sha1 = e->sha1;
	p->cert_key_bits = e->key_bits != 0 ? e->key_bits : 2048;
	p->cert_not_before = EVIDENCE_NOW_S - (e->age != 0 ? e->age : 100 * 86400);
	p->content_types = e->content_types;
	p->cert_refused = e->cert_refused;
	p->cert_not_after = EVIDENCE_NOW_S + (e->not_after != 0 ? e->not_after : 365 * 86400);
	p->http_status = e->status != 0 ? e->status : 200;
	p->content_type = evidence_text(e->content_type, "text/plain; charset=utf-8");
	p->location = evidence_text(e->location, "https://www.example.com/");
	p->http_error = evidence_text(e->http_error, "");
	if (p->http_error.n == 0)
		p->http_error = SPAN_NULL;
	p->content_encoded = e->encoded;
	p->body = span_str(e->body != NULL ? e->body : EVIDENCE_POLICY);
	if (e->body_n > 0)
		p->body.n = e->body_n;
	p->body_bytes = e->body_bytes != 0 ? e->body_bytes : p->body.n;
	p->body_cut = e->body_cut;
}

static inline void evidence_record(struct arena *a, const struct evidence *e, struct record *r)
{
	record_init(r);
	r->input = evidence_text(e->domain, "example.com");
	r->domain = evidence_text(e->domain, "example.com");
	r->registrable = evidence_text(e->registrable, "example.com");
	r->tld = SPAN_LIT("com");
	r->scanned_at_ms = (int64_t)EVIDENCE_NOW_S * 1000;
	r->name_flags = e->name_flags;
	r->name_status = r->domain.p == NULL;
	r->worker_crashed = e->worker_crashed;
	if (e->excluded)
		r->verdict = VERDICT_EXCLUDED;
	evidence_txt(a, &r->sts.answer, e->sts_dns, e->sts != NULL ? e->sts : "v=STSv1; id=1",
		     e->sts_cname, e->sts_pieces);
	if (e->sts_ttl != 0)
		r->sts.answer.ttl = e->sts_ttl;
	evidence_txt(a, &r->tlsrpt.answer, e->tlsrpt_dns,
		     e->tlsrpt != NULL ? e->tlsrpt : "v=TLSRPTv1; rua=mailto:tls@example.com",
		     e->tlsrpt_cname, e->tlsrpt_pieces);
	evidence_mx(a, e, &r->mx);
	evidence_policy(a, e, &r->policy);
}

#endif

/* sample.c - see sample.h. */
#include "tests/support/sample.h"

#include <assert.h>

static const enum issue sample_codes[] = {
#define CODE(name) ISSUE_##name,
#include "tests/support/sample_codes.def"
#undef CODE
};
#define SAMPLE_CODES (sizeof(sample_codes) / sizeof(sample_codes[0]))

struct dice {
	uint64_t state;
};

/* splitmix64. */
static uint64_t roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static unsigned upto(struct dice *d, unsigned n)
{
	return (unsigned)(roll(d) % n);
}

static bool chance(struct dice *d, unsigned permille)
{
	return upto(d, 1000) < permille;
}

static struct span *one(struct arena *a, struct span s)
{
	struct span *v = arena_alloc(a, sizeof(*v));
	assert(v != NULL);
	*v = s;
	return v;
}

static const char *const tlds[] = {"com", "net", "org", "se", "de", "nl", "fr", "uk", "io", "info"};
static const char *const operators[] = {"Google",	"Microsoft 365", "Tutanota",
					"DMARCReport",	"PowerDMARC",	 "EasyDMARC",
					"Mailhardener", "URIports"};
static const char *const issuers[] = {"Let's Encrypt", "Google Trust Services", "DigiCert Inc",
				      "Sectigo Limited", "ZeroSSL"};
static const int64_t ages[] = {604800, 86400, 1209600, 2419200, 31557600, 600, 300, 7776000};
static const int statuses[] = {404, 404, 404, 403, 500, 301, 410};

static void add_issue(struct record *r, struct dice *d, enum issue code, bool root)
{
	struct record_issue *i = &r->issues[r->issues_n++];

	*i = (struct record_issue){.code = code,
				   .severity = issue_info(code)->severity,
				   .impact = issue_info(code)->impact,
				   .root = root};
	if (chance(d, 300)) {
		i->detail = SPAN_LIT("line 3: \"mode: enforced\"\twants enforce");
		i->line = 3;
		i->column = 7;
		i->offset = 31;
		i->senders = 1u << upto(d, 9);
	}
}

static void txt_answer(struct record_txt *t, struct dice *d, struct arena *a, struct span text)
{
	static const uint16_t pieces[] = {1};

	t->dns = DNS_OK;
	t->ad = chance(d, 200);
	t->ttl = 300 + upto(d, 86400);
	t->txt = one(a, text);
	t->txt_pieces = pieces;
	t->txt_n = 1;
}

static void policy_body(struct record *r, struct dice *d, struct arena *a, struct span host)
{
	struct record_policy *p = &r->policy;
	const char *end = chance(d, 200) ? "\r\n" : "\n";

	p->http_status = 200;
	p->mode = chance(d, 550) ? MODE_ENFORCE : chance(d, 900) ? MODE_TESTING : MODE_NONE;
	p->max_age = ages[upto(d, 8)];
	p->mx = one(a, host);
	p->mx_n = 1;
	p->valid = true;
	p->stage = STAGE_OK;
	p->body = arena_printf(a, "version: STSv1%smode: %s%smx: %.*s%smax_age: %lld%s", end,
			       mode_name((enum mode)p->mode), end, (int)host.n, host.p, end,
			       (long long)p->max_age, end);
	if (chance(d, 30))
		p->body = SPAN_LIT("version: STSv1\nmode: enforce\xff\x00\xc3(\nmx: a\n");
	p->body_bytes = p->body.n;
	p->body_sha256 = arena_printf(a, "%016llx%048x", (unsigned long long)roll(d) % 5000, 0);
	p->newline = end[0] == '\r' ? NEWLINE_CRLF : NEWLINE_LF;
	p->content_type = chance(d, 100)  ? SPAN_NULL
			  : chance(d, 50) ? SPAN_LIT("text/html; charset=utf-8")
					  : SPAN_LIT("text/plain");
	r->verdict = (enum verdict)(VERDICT_ENFORCE + p->mode);
	if (p->mode == MODE_ENFORCE && r->mx.hosts_n > 0 && chance(d, 20)) {
		r->impact = IMPACT_MAIL_LOSS;
		r->mx.hosts[0].matched = 0;
		r->mx.hosts[0].mismatch = (int)upto(d, 5);
		r->mx.hosts[0].suggestion = host;
	} else if (r->mx.hosts_n > 0) {
		r->mx.hosts[0].matched = 1;
	}
	r->interoperable = !chance(d, 50);
	if (r->interoperable == 0)
		r->senders_refusing = 1u << upto(d, 9) | 1u << upto(d, 9);
}

static void policy_failure(struct record *r, struct dice *d)
{
	struct record_policy *p = &r->policy;

	r->verdict = VERDICT_BROKEN;
	r->impact = IMPACT_UNPROTECTED;
	p->stage = (enum stage)(STAGE_DNS + upto(d, 5));
	if (chance(d, 600))
		p->stage = STAGE_TLS;
	switch (p->stage) {
	case STAGE_DNS:
		p->dns = DNS_NXDOMAIN;
		p->address = SPAN_NULL;
		break;
	case STAGE_TCP:
		p->tcp_refused = chance(d, 500);
		p->timed_out = !p->tcp_refused;
		break;
	case STAGE_TLS:
		p->tls_reason = chance(d, 900) ? TLS_NAME_MISMATCH : (int)upto(d, 9);
		p->tls_reasons = 1u << p->tls_reason | 1u << TLS_EXPIRED;
		p->tls_verified = 0;
		p->cert_names = SPAN_LIT("*.parking.example, parking.example");
		break;
	case STAGE_HTTP:
		p->http_status = statuses[upto(d, 7)];
		p->body = SPAN_LIT("<html>gone</html>");
		p->body_bytes = p->body.n;
		break;
	default:
		p->stage = STAGE_SYNTAX;
		p->http_status = 200;
		p->body = SPAN_LIT("version: STSv1\nmode: enforced\nmx: \"a\\b\"\xe2\x80\xa8\n");
		p->body_bytes = p->body.n;
		p->newline = NEWLINE_LF;
		break;
	}
}

static void policy(struct record *r, struct dice *d, struct arena *a, struct span host)
{
	struct record_policy *p = &r->policy;

	p->url = arena_printf(a, "https://mta-sts.%.*s/.well-known/mta-sts.txt", (int)r->domain.n,
			      r->domain.p);
	p->dns = DNS_OK;
	p->address = arena_printf(a, "192.0.2.%u", upto(d, 12));
	p->v4_n = 1;
	p->v6_n = chance(d, 300);
	p->took_ms = 20 + upto(d, 900);
	if (chance(d, 500)) {
		r->provider_policy = span_str(operators[upto(d, 8)]);
		p->cname = one(a, SPAN_LIT("_mta-sts.provider.example"));
		p->cname_n = 1;
	}
	p->tls_version = chance(d, 800) ? SPAN_LIT("TLSv1.3") : SPAN_LIT("TLSv1.2");
	p->http_version = chance(d, 600) ? SPAN_LIT("2") : SPAN_LIT("1.1");
	p->tls_verified = 1;
	p->cert_issuer = span_str(issuers[upto(d, 5)]);
	p->cert_not_before = r->scanned_at_ms / 1000 - 86400ll * upto(d, 60);
	p->cert_not_after = r->scanned_at_ms / 1000 + 86400ll * (int)upto(d, 90) - 86400 * 2;
	p->cert_sha256 = arena_printf(a, "%016llx%048x", (unsigned long long)roll(d), 0);
	p->cert_key_bits = 256;
	if (chance(d, 296))
		policy_failure(r, d);
	else
		policy_body(r, d, a, host);
}

static void mail(struct record *r, struct dice *d, struct arena *a)
{
	struct record_mx *m = &r->mx;

	m->resolver = r->sts.answer.resolver;
	if (chance(d, 100)) {
		m->dns = DNS_NODATA;
		m->implicit = chance(d, 500);
		m->null_mx = 0;
		return;
	}
	m->dns = DNS_OK;
	m->implicit = 0;
	m->null_mx = chance(d, 10);
	if (m->null_mx == 1)
		return;
	m->hosts = arena_zalloc(a, 2 * sizeof(*m->hosts));
	assert(m->hosts != NULL);
	m->hosts_n = 1 + upto(d, 2);
	bool own = chance(d, 400);
	for (unsigned i = 0; i < m->hosts_n; i++) {
		record_mx_host_init(&m->hosts[i]);
		m->hosts[i].host =
			own ? arena_printf(a, "mx%u.%.*s", i, (int)r->domain.n, r->domain.p)
			    : arena_printf(a, "mx%u.host%u.example", i, upto(d, 200));
		m->hosts[i].preference = (uint16_t)(10 * i + 10);
	}
	if (!own && chance(d, 500))
		r->provider_mx = span_str(operators[upto(d, 8)]);
}

static void names(struct record *r, struct dice *d, struct arena *a, uint64_t line)
{
	const char *tld = tlds[upto(d, 10)];

	r->line = line;
	r->rank = chance(d, 900) ? (int64_t)line : -1;
	r->tag = chance(d, 500) ? arena_printf(a, "customer-%u", upto(d, 30)) : SPAN_NULL;
	r->scanned_at_ms = 1790000000000 + (int64_t)line * 7;
	r->took_ms = 3 + upto(d, 60);
	if (chance(d, 2)) {
		r->verdict = VERDICT_INVALID_INPUT;
		r->input = SPAN_LIT("not a name\x01\xf0\x9f\x98");
		r->name_status = 5;
		return;
	}
	r->domain = arena_printf(a, "n%llu-%u.%s", (unsigned long long)line, upto(d, 1000), tld);
	r->input = r->domain;
	r->registrable = r->domain;
	r->tld = span_str(tld);
}

static void report_record(struct record *r, struct dice *d, struct arena *a)
{
	static const char mail[] = "mailto:tls@reports.example",
			  web[] = "https://collect.example/v1";
	static const struct span rua[] = {{mail, sizeof(mail) - 1}, {web, sizeof(web) - 1}};
	bool has = chance(d, r->sts.answer.txt_n > 0 ? 600 : 2);

	r->tlsrpt.answer.resolver = r->sts.answer.resolver;
	r->tlsrpt.answer.dns = DNS_NXDOMAIN;
	r->tlsrpt.answer.ad = 0;
	if (!has)
		return;
	txt_answer(&r->tlsrpt.answer, d, a, SPAN_LIT("v=TLSRPTv1; rua=mailto:tls@reports.example"));
	r->tlsrpt.valid = chance(d, 970);
	if (r->tlsrpt.valid) {
		r->tlsrpt.rua = rua;
		r->tlsrpt.rua_n = 1 + chance(d, 100);
	}
}

void sample_record(struct record *r, struct arena *a, uint64_t seed, uint64_t line,
		   unsigned adopters)
{
	struct dice d = {seed * 0x2545f4914f6cdd1du + line};

	record_init(r);
	r->issues = arena_zalloc(a, 4 * sizeof(*r->issues));
	assert(r->issues != NULL);
	names(r, &d, a, line);
	if (r->verdict == VERDICT_INVALID_INPUT)
		return;
	struct record_txt *t = &r->sts.answer;
	t->resolver = chance(&d, 500) ? SPAN_LIT("192.0.2.53:53") : SPAN_LIT("[2001:db8::53]:53");
	if (chance(&d, 5)) {
		t->dns = r->tlsrpt.answer.dns = r->mx.dns =
			chance(&d, 500) ? DNS_TIMEOUT : DNS_SERVFAIL;
		r->verdict = VERDICT_INCONCLUSIVE;
		add_issue(r, &d, sample_codes[upto(&d, SAMPLE_CODES)], false);
		return;
	}
	mail(r, &d, a);
	t->dns = chance(&d, 700) ? DNS_NXDOMAIN : DNS_NODATA;
	t->ad = 0;
	r->verdict = VERDICT_ABSENT;
	if (chance(&d, adopters)) {
		bool bad = chance(&d, 5);
		struct span id = bad ? SPAN_NULL
				     : arena_printf(a, "20260%u1%02uT%04uZ", 1 + upto(&d, 8),
						    10 + upto(&d, 18), upto(&d, 9999));
		txt_answer(t, &d, a,
			   bad ? SPAN_LIT("v=STSv1; id=\xfe-")
			       : arena_printf(a, "v=STSv1; id=%.*s;", (int)id.n, id.p));
		r->sts.valid = !bad;
		r->sts.id = id;
		if (bad) {
			r->verdict = VERDICT_BROKEN;
			r->impact = IMPACT_UNPROTECTED;
		} else {
			policy(r, &d, a,
			       r->mx.hosts_n > 0 ? r->mx.hosts[0].host
						 : SPAN_LIT("mx.example.net"));
		}
	}
	report_record(r, &d, a);
	if (r->verdict == VERDICT_BROKEN || chance(&d, 300))
		add_issue(r, &d, sample_codes[upto(&d, SAMPLE_CODES)],
			  r->verdict == VERDICT_BROKEN);
}

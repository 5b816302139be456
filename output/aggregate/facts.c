/* facts.c - from a record to the row the aggregate is fed with; see facts.h. */
#include "output/aggregate/facts.h"

#include <assert.h>
#include <stddef.h>

#include "output/text/json.h"
#include "parsers/hostname.h"
#include "parsers/suffix.h"
#include "parsers/tlsrpt_uri.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

TERMS_DEFINE(facts_mx, FACTS_MX_KINDS)
TERMS_DEFINE(facts_entity, FACTS_ENTITIES)
TERMS_DEFINE(facts_id_form, FACTS_ID_FORMS)
TERMS_DEFINE(facts_http, FACTS_HTTP_VERSIONS)
TERMS_DEFINE(facts_tls, FACTS_TLS_VERSIONS)

void facts_silence(struct facts *f)
{
	static const struct facts silent = {
#define MEMBER(name, low, high) .name = (low),
		FACTS_NUMBERS(MEMBER)
#undef MEMBER
	};

	memcpy(f, &silent, offsetof(struct facts, clean)); /* the rest is 2 KB */
	f->clean_n = 0;
	f->issues_n = 0;
}

static int64_t facts_clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static struct span facts_cut(struct span s, size_t max)
{
	if (s.n <= max)
		return s;
	s.n = max;
	while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

/*
 * A string of the row. A worker has the bytes of the network, `report` the text of the stored line,
 * and both must count under the same key: so what JSON would replace is replaced here too.
 */
static struct span facts_text(struct facts *f, struct span s, size_t max)
{
	char *out = f->clean + f->clean_n;
	/* Text is never shorter than its bytes; 4 more, so that the end is not in the middle of a
	 * form. */
	struct span raw = s.n > max + 4 ? span_of(s.p, max + 4) : s;

	if (json_keeps(s))
		return facts_cut(s, max);
	if (3 * raw.n > FACTS_CLEAN_MAX - f->clean_n)
		return SPAN_NULL;
	struct span clean = facts_cut(span_of(out, json_clean(raw, out)), max);
	f->clean_n += clean.n;
	return clean;
}

static uint64_t facts_hash(struct span s)
{
	if (s.p == NULL)
		return 0;
	uint64_t h = XXH3_64bits(s.p, s.n);
	return h != 0 ? h : 1;
}

/* Who runs a host, by its name: the registrable domain, or the host itself when it has none. */
static struct span facts_operator(struct span host)
{
	struct span found = suffix_registrable(host);

	return found.p != NULL ? found : host;
}

static bool facts_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static bool facts_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (memchr("0123456789abcdefABCDEF", s.p[i], 22) == NULL)
			return false;
	return s.n >= 16;
}

static enum facts_id_form facts_id_of(struct span id)
{
	if (id.p == NULL)
		return FACTS_ID_NULL;
	if (!facts_digits(id))
		return facts_hex(id) ? FACTS_ID_HEX : FACTS_ID_OTHER;
	if (id.n >= 8 && id.n <= 17 && id.n != 10 + 3 && memcmp(id.p, "20", 2) == 0 &&
	    (id.p[4] == '0' || id.p[4] == '1') && id.p[6] <= '3')
		return FACTS_ID_DATE;
	if ((id.n == 10 || id.n == 13) && id.p[0] == '1')
		return FACTS_ID_UNIX;
	return FACTS_ID_DIGITS;
}

static int facts_word_or_other(int parsed, int other, struct span word)
{
	if (word.p == NULL)
		return 0;
	return parsed >= 0 ? parsed : other;
}

/* Of a word's bit set; "null" is in none. */
static int64_t facts_bit(int word)
{
	return word > 0 ? 1ll << word : 0;
}

/* "text/plain; charset=utf-8" -> "text/plain". */
static struct span facts_media_type(struct span header)
{
	size_t n = 0;

	while (n < header.n && header.p[n] != ';')
		n++;
	while (n > 0 && (header.p[n - 1] == ' ' || header.p[n - 1] == '\t'))
		n--;
	return span_of(header.p, header.p != NULL ? n : 0);
}

static void facts_sts(const struct record *r, struct facts *f)
{
	enum verdict v = r->verdict;
	bool judged = v == VERDICT_ENFORCE || v == VERDICT_TESTING || v == VERDICT_NONE ||
		      v == VERDICT_BROKEN;

	f->sts_dns = r->sts.answer.dns;
	f->sts_valid = r->sts.valid;
	f->id_hash = r->sts.valid ? facts_hash(r->sts.id) : 0;
	f->sts_record = judged || r->sts.valid;
	f->sts_known = f->sts_record || v == VERDICT_ABSENT;
	f->sts_ad = dns_answered(r->sts.answer.dns) ? facts_clamp(r->sts.answer.ad, -1, 1) : -1;
	f->sts_delegated = f->sts_record && r->sts.answer.cname_n > 0;
	f->id_form = f->sts_record ? facts_id_of(r->sts.id) : FACTS_ID_NULL;
	f->sts_resolver = facts_text(f, r->sts.answer.resolver, 64);
}

static void facts_policy_host(const struct record *r, struct facts *f)
{
	const struct record_policy *p = &r->policy;
	struct span own = r->registrable.p != NULL ? r->registrable : r->domain;

	f->policy_dns = p->dns;
	f->stage = p->stage;
	if (p->stage == STAGE_NONE)
		return;
	f->policy_entity = FACTS_ENTITY_SELF;
	if (r->provider_policy.p != NULL) {
		f->policy_operator = facts_text(f, r->provider_policy, 128);
	} else if (p->cname_n > 0) {
		struct span target = facts_operator(p->cname[p->cname_n - 1]);
		if (!span_ieq(target, own))
			f->policy_operator = facts_text(f, target, 128);
	}
	if (f->policy_operator.p != NULL)
		f->policy_entity = FACTS_ENTITY_PROVIDER;
	f->policy_address = facts_text(f, p->address, 64);
	f->address_hash = facts_hash(p->address);
	f->has_v4 = p->v4_n > 0;
	f->has_v6 = p->v6_n > 0;
	f->policy_took_ms = facts_clamp(p->took_ms, -1, FACTS_TIME_MAX);
	f->tls_verified = facts_clamp(p->tls_verified, -1, 1);
	f->tls_reason = p->tls_reason;
	f->tls_version = facts_word_or_other(facts_tls_parse(p->tls_version), FACTS_TLS_OTHER,
					     p->tls_version);
	f->cert_issuer = facts_text(f, p->cert_issuer, 96);
	f->cert_hash = facts_hash(p->cert_sha256);
	if (p->cert_not_after != INT64_MIN) {
		int64_t after = facts_clamp(p->cert_not_after, -(1ll << 40), 1ll << 40);
		int64_t now = facts_clamp(r->scanned_at_ms / 1000, -(1ll << 40), 1ll << 40);
		int64_t left = after - now;
		left = left >= 0 ? left / 86400 : -((-left + 86399) / 86400);
		f->cert_days = facts_clamp(left, -100000, 100000);
	}
}

/* What senders take from a valid policy: other line ends or another order are no other policy. */
static uint64_t facts_policy_hash(const struct record_policy *p)
{
	uint64_t patterns = 0;

	if (!p->valid)
		return 0;
	for (unsigned i = 0; i < p->mx_n; i++)
		patterns += facts_hash(p->mx[i]);
	uint64_t said[] = {(uint64_t)p->mode, (uint64_t)p->max_age, patterns};
	uint64_t h = XXH3_64bits(said, sizeof(said));
	return h != 0 ? h : 1;
}

static void facts_policy_file(const struct record_policy *p, struct facts *f)
{
	if (p->stage == STAGE_NONE)
		return;
	f->http_status = facts_clamp(p->http_status, 0, 999);
	f->http_version = facts_word_or_other(facts_http_parse(p->http_version), FACTS_HTTP_OTHER,
					      p->http_version);
	f->content_type = facts_text(f, facts_media_type(p->content_type), 96);
	f->newline = p->newline;
	f->has_body = p->body.p != NULL;
	f->body_bytes = p->body_bytes > FACTS_TIME_MAX ? FACTS_TIME_MAX : (int64_t)p->body_bytes;
	f->body_hash = p->body.p != NULL ? facts_hash(p->body_sha256) : 0;
	f->policy_valid = p->valid;
	f->policy_hash = facts_policy_hash(p);
	f->mode = p->mode;
	f->max_age = facts_clamp(p->max_age, -1, FACTS_TIME_MAX);
	f->patterns = facts_clamp((int64_t)p->mx_n + p->mx_dropped, 0, UINT32_MAX);
	for (unsigned i = 0; i < p->mx_n; i++)
		f->wildcards += span_starts(p->mx[i], SPAN_LIT("*."));
}

static void facts_tlsrpt(const struct record_tlsrpt *t, struct facts *f)
{
	struct span hosts[2] = {SPAN_NULL, SPAN_NULL};
	unsigned hosts_n = 0;

	f->tlsrpt_dns = t->answer.dns;
	f->tlsrpt_known = dns_answered(t->answer.dns);
	f->tlsrpt_valid = t->valid;
	for (unsigned i = 0; i < t->answer.txt_n && t->answer.dns == DNS_OK; i++)
		if (span_starts(t->answer.txt[i], SPAN_LIT("v=TLSRPTv1")))
			f->tlsrpt_record = 1;
	f->tlsrpt_record |= t->valid;
	f->tlsrpt_resolver = facts_text(f, t->answer.resolver, 64);
	for (unsigned i = 0; i < t->rua_n && t->valid; i++) {
		struct span host = tlsrpt_rua_domain(t->rua[i]);
		if (t->rua[i].n >= 7 && strncasecmp(t->rua[i].p, "mailto:", 7) == 0)
			f->rua_schemes |= FACTS_RUA_MAILTO;
		else if (t->rua[i].n >= 8 && strncasecmp(t->rua[i].p, "https://", 8) == 0)
			f->rua_schemes |= FACTS_RUA_HTTPS;
		else
			f->rua_schemes |= FACTS_RUA_OTHER;
		if (host.p == NULL || hosts_n == 2)
			continue;
		host = facts_text(f, host, 128);
		if (hosts_n == 0 || !span_ieq(host, hosts[0]))
			hosts[hosts_n++] = host;
	}
	f->rua_first = hosts[0];
	f->rua_second = hosts[1];
}

/* What a visit at one of the hosts showed. */
static void facts_host(const struct record_mx_host *h, struct facts *f)
{
	const struct record_probe *p = &h->probe;
	bool refused = host_sts_state(h) == HOST_REFUSED;
	int64_t days = host_cert_days(p);

	f->mx_tlsa += h->tlsa == 1;
	f->mx_tlsa_asked += h->tlsa >= 0;
	if (h->dane >= 0)
		f->mx_dane |= 1ll << h->dane;
	f->mx_dane_ok += h->tlsa == 1 && host_dane_state(h) == HOST_GOOD;
	f->mx_dane_refused += h->tlsa == 1 && host_dane_state(h) == HOST_REFUSED;
	f->mx_tlsa_kinds |= tlsa_kinds_of(h);
	if (h->tls < 0)
		return;
	f->mx_probed++;
	f->mx_tls |= 1ll << h->tls;
	f->mx_tls_bad += refused;
	f->mx_tls_known += host_starttls_known(h);
	f->mx_starttls += host_starttls(h);
	if (refused)
		f->mx_reasons |= h->tls_reasons;
	f->mx_versions |= facts_bit(facts_word_or_other(facts_tls_parse(p->tls_version),
							FACTS_TLS_OTHER, p->tls_version));
	f->mx_keys |= facts_bit(host_key_of(p));
	if (days != FACTS_CERT_DAYS_NONE &&
	    (f->mx_cert_days == FACTS_CERT_DAYS_NONE || days < f->mx_cert_days))
		f->mx_cert_days = days;
}

static void facts_mx_of(const struct record *r, struct facts *f)
{
	const struct record_mx *m = &r->mx;

	f->mx_dns = m->dns;
	f->mx_ad = dns_answered(m->dns) ? facts_clamp(m->ad, -1, 1) : -1;
	f->mx_resolver = facts_text(f, m->resolver, 64);
	if (m->null_mx == 1)
		f->mx = FACTS_MX_NULL;
	else if (m->dns == DNS_OK && m->hosts_n > 0)
		f->mx = FACTS_MX_HOSTS;
	else if (m->implicit == 1)
		f->mx = FACTS_MX_IMPLICIT;
	else if (m->dns == DNS_NXDOMAIN || (dns_answered(m->dns) && m->implicit == 0))
		f->mx = FACTS_MX_NONE;
	else if (m->dns == DNS_NODATA)
		f->mx = FACTS_MX_NO_MX;
	else
		f->mx = FACTS_MX_UNKNOWN;
	for (unsigned i = 0; i < m->hosts_n; i++) {
		const struct record_mx_host *h = &m->hosts[i];
		f->mx_hosts += !record_mx_is_none(h->host);
		f->mx_unmatched += h->matched == 0;
		if (h->mismatch >= 0)
			f->mismatches |= 1 << h->mismatch;
		facts_host(h, f);
	}
	if (f->mx != FACTS_MX_HOSTS)
		return;
	if (r->provider_mx.p != NULL) {
		f->mx_operator = facts_text(f, r->provider_mx, 128);
	} else {
		struct span own = r->registrable.p != NULL ? r->registrable : r->domain;
		struct span host = m->hosts[0].host;
		/* Most hosts are the domain's own, and the list of suffixes is dear. */
		bool ours = own.n > 0 && hostname_under(host, own);
		struct span known = ours ? own : facts_operator(host);
		if (!span_ieq(known, own))
			f->mx_operator = facts_text(f, known, 128);
	}
	f->mx_entity = f->mx_operator.p != NULL ? FACTS_ENTITY_PROVIDER : FACTS_ENTITY_SELF;
}

static struct span facts_first_label(struct span s)
{
	const char *dot = s.n > 0 ? memchr(s.p, '.', s.n) : NULL;
	return dot != NULL ? span_of(s.p, (size_t)(dot - s.p)) : s;
}

static void facts_issues(const struct record *r, struct facts *f)
{
	for (unsigned i = 0; i < r->issues_n; i++) {
		unsigned k = 0;
		while (k < f->issues_n && f->issues[k].code != r->issues[i].code)
			k++;
		if (k == FINDINGS_MAX)
			return;
		if (k == f->issues_n)
			f->issues[f->issues_n++] = (struct facts_issue){
				(uint16_t)r->issues[i].code, (uint8_t)r->issues[i].severity, false};
		f->issues[k].root |= r->issues[i].root;
	}
}

void facts_from_record(const struct record *r, struct facts *f)
{
	facts_silence(f);
	f->verdict = r->verdict;
	f->impact = r->impact;
	f->interoperable = facts_clamp(r->interoperable, -1, 1);
	f->senders_refusing = r->senders_refusing;
	f->name_status = facts_clamp(r->name_status, 0, 255);
	f->named = r->verdict != VERDICT_INVALID_INPUT && r->verdict != VERDICT_EXCLUDED;
	f->took_ms = facts_clamp(r->took_ms, 0, FACTS_TIME_MAX);
	f->rank = r->rank < 0 ? -1 : r->rank;
	f->tld = facts_text(f, r->tld, NAME_LABEL_MAX);
	f->tag = facts_text(f, r->tag, INPUT_TAG_MAX);
	f->domain_hash = facts_hash(r->domain);
	f->registrable_hash = facts_hash(r->registrable);
	facts_sts(r, f);
	facts_policy_host(r, f);
	facts_policy_file(&r->policy, f);
	facts_tlsrpt(&r->tlsrpt, f);
	facts_mx_of(r, f);
	facts_issues(r, f);
	if (f->policy_operator.p != NULL && f->mx_operator.p != NULL)
		f->same_provider = span_ieq(facts_first_label(f->policy_operator),
					    facts_first_label(f->mx_operator));
}

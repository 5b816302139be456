/* aggregate.c - one row into the counters; see aggregate.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/aggregate/aggregate_data.h"
#include "output/aggregate/aggregate_mx.h"

const int64_t aggregate_max_age_from[MAX_AGE_BUCKETS] = {
	0, 86400, 604800, 1209600, 2592000, 15552000, 31536000,
};

struct aggregate *aggregate_new(void)
{
	struct aggregate *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
#define INIT(name, width, keys) tally_init(&a->name, width, keys);
	AGGREGATE_TALLIES(INIT)
#undef INIT
	return a;
}

void aggregate_free(struct aggregate *a)
{
	if (a == NULL)
		return;
#define RELEASE(name, width, keys) tally_release(&a->name);
	AGGREGATE_TALLIES(RELEASE)
#undef RELEASE
	free(a->hosts);
	free(a);
}

/* Whether the fetch of a policy led to a conclusion about the domain. */
static bool aggregate_conclusive(const struct facts *f)
{
	return f->sts_valid && f->stage != STAGE_NONE && f->verdict != VERDICT_INCONCLUSIVE;
}

static void aggregate_group(const struct facts *f, uint64_t g[GROUP_N])
{
	bool mx = f->mx == FACTS_MX_HOSTS;
	bool judged = f->sts_record && f->verdict != VERDICT_INCONCLUSIVE;

	g[GROUP_NAMES] = 1;
	g[GROUP_STS_KNOWN] = (uint64_t)f->sts_known;
	g[GROUP_STS] = (uint64_t)f->sts_record;
	g[GROUP_TLSRPT_KNOWN] = (uint64_t)f->tlsrpt_known;
	g[GROUP_TLSRPT] = f->tlsrpt_known && f->tlsrpt_valid;
	g[GROUP_BOTH_KNOWN] = f->sts_known && f->tlsrpt_known;
	g[GROUP_BOTH] = g[GROUP_BOTH_KNOWN] && f->sts_record && f->tlsrpt_valid;
	g[GROUP_MX] = mx;
	g[GROUP_MX_STS_KNOWN] = mx && f->sts_known;
	g[GROUP_MX_STS] = mx && f->sts_record;
	g[GROUP_JUDGED] = judged;
	g[GROUP_ENFORCE] = f->verdict == VERDICT_ENFORCE;
	g[GROUP_TESTING] = f->verdict == VERDICT_TESTING;
	g[GROUP_NONE] = f->verdict == VERDICT_NONE;
	g[GROUP_BROKEN] = f->verdict == VERDICT_BROKEN;
	g[GROUP_INCONCLUSIVE] = f->verdict == VERDICT_INCONCLUSIVE;
	g[GROUP_MAIL_LOSS] = f->impact == IMPACT_MAIL_LOSS;
	g[GROUP_MX_AD_KNOWN] = mx && f->mx_ad >= 0;
	g[GROUP_MX_AD] = mx && f->mx_ad == 1;
	g[GROUP_TLSA_KNOWN] = f->mx_tlsa_asked > 0;
	g[GROUP_TLSA] = f->mx_tlsa > 0;
	g[GROUP_DANE_KNOWN] = aggregate_dane(f) != NAME_DANE_NULL;
	g[GROUP_DANE_REFUSED] = f->mx_dane_refused > 0;
}

static unsigned aggregate_rank_bin(int64_t rank)
{
	if (rank < 1)
		return RANK_NULL;
	uint64_t bin = (uint64_t)(rank - 1) / RANK_BIN;
	return bin < RANK_BINS ? (unsigned)bin : RANK_LATER;
}

static void add_policy_host(struct aggregate_counts *c, const struct facts *f, struct aggregate *a)
{
	if (!f->sts_valid || f->stage == STAGE_NONE)
		return;
	if (!aggregate_conclusive(f)) {
		c->stage_inconclusive[f->stage]++;
		return;
	}
	c->stage[f->policy_entity][f->stage]++;
	if (f->stage == STAGE_TLS && f->tls_reason >= 0)
		c->tls_reason[f->policy_entity][f->tls_reason]++;
	if (f->stage == STAGE_HTTP)
		c->http_status[f->policy_entity][f->http_status]++;
	c->family[(f->has_v4 ? 1 : 0) | (f->has_v6 ? 2 : 0)]++;
	c->tls_version[f->tls_version]++;
	c->http_version[f->http_version]++;
	if (f->cert_days != FACTS_CERT_DAYS_NONE) {
		c->certs++;
		c->cert_days[aggregate_bucket(aggregate_cert_days_from, CERT_BUCKETS,
					      f->cert_days)]++;
	}
	hll_add(&a->hll.certs, f->cert_hash);
	hll_add(&a->hll.addresses, f->address_hash);
	if (f->policy_took_ms >= 0)
		histogram_add(f->stage == STAGE_OK ? &a->histogram.policy_ok_ms
						   : &a->histogram.policy_failed_ms,
			      (uint64_t)f->policy_took_ms);
}

/* Whether senders get a file at all: what a server says behind a refused certificate is nobody's
 * policy. */
static bool aggregate_file(const struct facts *f)
{
	return aggregate_conclusive(f) && f->has_body &&
	       (f->stage == STAGE_SYNTAX || f->stage == STAGE_OK);
}

static void add_body(struct aggregate_counts *c, const struct facts *f, struct aggregate *a)
{
	if (!aggregate_file(f))
		return;
	c->bodies++;
	if (f->newline >= 0)
		c->newline[f->newline]++;
	if (f->content_type.p == NULL)
		c->content_type_null++;
	histogram_add(&a->histogram.body_bytes, (uint64_t)f->body_bytes);
	hll_add(&a->hll.bodies, f->body_hash);
}

static void add_policy(struct aggregate_counts *c, const struct facts *f)
{
	if (!f->policy_valid || f->mode < 0 || !aggregate_conclusive(f))
		return;
	c->mode[f->mode]++;
	if (f->max_age >= 0)
		c->max_age[aggregate_bucket(aggregate_max_age_from, MAX_AGE_BUCKETS, f->max_age)]
			  [f->mode]++;
	c->patterns[f->patterns < PATTERN_BUCKETS ? f->patterns : PATTERN_BUCKETS - 1]++;
	c->wildcards += f->wildcards > 0;
	if (f->mx != FACTS_MX_HOSTS || f->mode == MODE_NONE)
		return;
	bool bad = f->mx_unmatched > 0;
	c->matchable[f->mode]++;
	c->unmatched_any[f->mode] += bad;
	c->unmatched_all[f->mode] += bad && f->mx_unmatched == f->mx_hosts;
	for (unsigned i = 0; i < 5; i++)
		c->mismatch[i][f->mode] += (uint64_t)f->mismatches >> i & 1;
	if (f->same_provider >= 0) {
		c->same_provider[f->same_provider]++;
		c->same_provider_bad[f->same_provider] += bad;
	}
}

/* IMC'25 figure 4: kinds of misconfiguration, not exclusive. */
static void add_category(struct aggregate_counts *c, const struct facts *f)
{
	if (!f->sts_record || f->verdict == VERDICT_INCONCLUSIVE)
		return;
	unsigned record = !f->sts_valid;
	unsigned host = f->sts_valid && f->verdict == VERDICT_BROKEN;
	unsigned cert = f->mx_tls_bad > 0;
	unsigned inconsistent = f->policy_valid && f->mode != MODE_NONE && f->mx_unmatched > 0;
	c->category[record | host << 1 | cert << 2 | inconsistent << 3]++;
}

static void add_findings(struct aggregate_counts *c, const struct facts *f)
{
	bool seen[4] = {false}, late = false;

	for (unsigned i = 0; i < f->issues_n; i++) {
		const struct facts_issue *one = &f->issues[i];
		c->issue[one->code][one->severity]++;
		c->issue_root[one->code] += one->root;
		c->issue_no_record[one->code] += !f->sts_record;
		seen[one->severity] = true;
		late = late || issue_delays((enum issue)one->code, (enum severity)one->severity,
					    (enum verdict)f->verdict);
	}
	c->mail_late += late && f->impact != IMPACT_MAIL_LOSS;
	for (unsigned i = 0; i < 4; i++)
		c->with_severity[i] += seen[i];
}

static void add_records(struct aggregate_counts *c, const struct facts *f)
{
	if (f->sts_record) {
		c->sts_valid += (uint64_t)f->sts_valid;
		c->sts_delegated += (uint64_t)f->sts_delegated;
		c->id_form[f->id_form]++;
		c->sts_ad[f->sts_ad + 1]++;
	}
	if (f->tlsrpt_known) {
		c->tlsrpt_record += (uint64_t)f->tlsrpt_record;
		c->tlsrpt_valid += (uint64_t)f->tlsrpt_valid;
	}
	if (f->tlsrpt_valid) {
		for (unsigned i = 0; i < 3; i++)
			c->rua_scheme[i] += (uint64_t)f->rua_schemes >> i & 1;
		c->rua_several += f->rua_second.p != NULL;
	}
	if (f->sts_known && f->tlsrpt_known)
		c->both[f->mx == FACTS_MX_HOSTS][f->sts_record][f->tlsrpt_valid]++;
	c->dns[0][f->sts_dns]++;
	c->dns[1][f->tlsrpt_dns]++;
	c->dns[2][f->mx_dns]++;
	c->dns[3][f->policy_dns]++;
}

/* One of the three answers, and those of the others that came from the same resolver. */
static int add_resolver(struct aggregate *a, struct span name[3], const int64_t dns[3], unsigned at)
{
	struct span resolver = name[at];
	uint64_t delta[11] = {0};

	if (resolver.p == NULL)
		return 0;
	for (unsigned i = at; i < 3; i++) {
		if (name[i].p == NULL || !span_eq(name[i], resolver))
			continue;
		delta[0]++;
		delta[1 + dns[i]]++;
		name[i] = SPAN_NULL;
	}
	return tally_add(&a->resolver, resolver, delta);
}

static int add_resolvers(struct aggregate *a, const struct facts *f)
{
	struct span name[3] = {f->sts_resolver, f->tlsrpt_resolver, f->mx_resolver};
	const int64_t dns[3] = {f->sts_dns, f->tlsrpt_dns, f->mx_dns};

	for (unsigned i = 0; i < 3; i++)
		if (add_resolver(a, name, dns, i) != 0)
			return -1;
	return 0;
}

static bool aggregate_temporary(int64_t dns)
{
	return dns == DNS_SERVFAIL || dns == DNS_REFUSED || dns == DNS_TIMEOUT ||
	       dns == DNS_TRUNCATED || dns == DNS_BOGUS || dns == DNS_MALFORMED;
}

/* Why a name is inconclusive, from the first stage that did not get an answer. */
static int add_cause(struct aggregate *a, const struct facts *f)
{
	const uint64_t one = 1;
	char text[64];

	if (f->verdict != VERDICT_INCONCLUSIVE)
		return 0;
	if (!f->sts_valid && aggregate_temporary(f->sts_dns))
		snprintf(text, sizeof(text), "sts_record: %s",
			 dns_outcome_name((enum dns_outcome)f->sts_dns));
	else if (f->stage == STAGE_DNS)
		snprintf(text, sizeof(text), "policy_host: %s",
			 dns_outcome_name((enum dns_outcome)f->policy_dns));
	else if (f->stage == STAGE_HTTP && f->http_status > 0)
		snprintf(text, sizeof(text), "policy_http: %d", (int)f->http_status);
	else if (f->stage != STAGE_NONE)
		snprintf(text, sizeof(text), "policy_%s", stage_name((enum stage)f->stage));
	else if (aggregate_temporary(f->mx_dns))
		snprintf(text, sizeof(text), "mx: %s",
			 dns_outcome_name((enum dns_outcome)f->mx_dns));
	else
		snprintf(text, sizeof(text), "other");
	return tally_add(&a->cause, span_str(text), &one);
}

static int add_host(struct aggregate *a, const struct facts *f)
{
	static const unsigned column[] = {
		[STAGE_NONE] = HOST_INCONCLUSIVE,
		[STAGE_DNS] = HOST_DNS,
		[STAGE_TCP] = HOST_TCP,
		[STAGE_TLS] = HOST_TLS,
		[STAGE_HTTP] = HOST_HTTP,
		[STAGE_SYNTAX] = HOST_SYNTAX,
		[STAGE_OK] = HOST_OK,
	};
	uint64_t v[HOST_N] = {1};

	if (!f->sts_valid || f->stage == STAGE_NONE)
		return 0;
	v[aggregate_conclusive(f) ? column[f->stage] : HOST_INCONCLUSIVE] = 1;
	v[HOST_ENFORCE] = f->verdict == VERDICT_ENFORCE;
	v[HOST_MAIL_LOSS] = f->impact == IMPACT_MAIL_LOSS;
	if (f->policy_operator.p != NULL &&
	    tally_add(&a->policy_operator, f->policy_operator, v) != 0)
		return -1;
	if (f->policy_address.p != NULL && tally_add(&a->policy_address, f->policy_address, v) != 0)
		return -1;
	return 0;
}

static int add_texts(struct aggregate *a, const struct facts *f)
{
	uint64_t v[1 + MODES_N] = {1};
	char text[24];

	if (aggregate_conclusive(f) && f->cert_issuer.p != NULL &&
	    tally_add(&a->cert_issuer, f->cert_issuer, v) != 0)
		return -1;
	if (aggregate_file(f) && f->content_type.p != NULL &&
	    tally_add(&a->content_type, f->content_type, v) != 0)
		return -1;
	if (f->rua_first.p != NULL && tally_add(&a->rua, f->rua_first, v) != 0)
		return -1;
	if (f->rua_second.p != NULL && tally_add(&a->rua, f->rua_second, v) != 0)
		return -1;
	if (!f->policy_valid || f->mode < 0 || f->max_age < 0 || !aggregate_conclusive(f))
		return 0;
	v[1 + f->mode] = 1;
	snprintf(text, sizeof(text), "%lld", (long long)f->max_age);
	return tally_add(&a->max_age, span_str(text), v);
}

static int add_groups(struct aggregate *a, const struct facts *f)
{
	uint64_t g[GROUP_N];

	aggregate_group(f, g);
	uint64_t *rank = a->counts.rank[aggregate_rank_bin(f->rank)];
	for (unsigned i = 0; i < GROUP_N; i++) {
		a->counts.all[i] += g[i];
		rank[i] += g[i];
	}
	if (f->tld.p != NULL && tally_add(&a->tld, f->tld, g) != 0)
		return -1;
	if (f->tag.p != NULL && tally_add(&a->tag, f->tag, g) != 0)
		return -1;
	if (f->mx_operator.p != NULL && tally_add(&a->mx_operator, f->mx_operator, g) != 0)
		return -1;
	return 0;
}

/*
 * A sender that has no policy where there is none to be had does as the RFC says: of a broken name
 * those differ that are not among the refusing ones. Where nobody is, nobody's reading of it is
 * known.
 */
static void add_senders(struct aggregate_counts *c, const struct facts *f)
{
	const uint32_t everybody = (1u << sender_count) - 1;
	uint32_t otherwise = (uint32_t)f->senders_refusing & everybody;

	if (f->interoperable < 0)
		return;
	if (f->verdict == VERDICT_BROKEN && otherwise != 0)
		otherwise = ~otherwise & everybody;
	c->readable++;
	c->read_otherwise_any += otherwise != 0;
	for (unsigned i = 0; i < sender_count; i++)
		c->read_otherwise[i] += otherwise >> i & 1;
}

uint64_t aggregate_losing(const struct aggregate *a)
{
	return a->counts.impact[IMPACT_MAIL_LOSS];
}

int aggregate_add(struct aggregate *a, const struct facts *f)
{
	struct aggregate_counts *c = &a->counts;

	c->rows++;
	c->verdict[f->verdict]++;
	if (f->verdict == VERDICT_INVALID_INPUT)
		c->name_status[f->name_status]++;
	if (f->domain_hash != 0)
		hll_add(&a->hll.domains, f->domain_hash);
	add_findings(c, f);
	if (!f->named)
		return 0;
	if (f->registrable_hash != 0)
		hll_add(&a->hll.registrables, f->registrable_hash);
	histogram_add(&a->histogram.took_ms, (uint64_t)f->took_ms);
	c->impact[f->impact]++;
	c->mx[f->mx]++;
	add_senders(c, f);
	add_records(c, f);
	add_policy_host(c, f, a);
	add_body(c, f, a);
	add_policy(c, f);
	add_category(c, f);
	if (add_groups(a, f) != 0 || add_host(a, f) != 0 || add_texts(a, f) != 0 ||
	    aggregate_add_mx(a, f) != 0 || add_cause(a, f) != 0 || add_resolvers(a, f) != 0)
		return -1;
	return 0;
}

/* Vocabularies that are indexes above; a new word needs a place there. */
static_assert(sizeof(((struct aggregate_counts *)0)->read_otherwise) / 8 >= 9, "senders");
static_assert(VERDICT_EXCLUDED < 8 && IMPACT_MAIL_LOSS < 3 && STAGE_OK < 7 && TLS_OTHER < 9,
	      "words");
static_assert(NEWLINE_NONE < 5 && MODE_NONE < MODES_N && MISMATCH_OTHER < 5 && DNS_SKIPPED < 10,
	      "words");
static_assert(FACTS_MX_NO_MX < 6 && FACTS_ID_OTHER < 6 && FACTS_HTTP_OTHER < 6 &&
		      FACTS_TLS_OTHER < 6,
	      "words");
static_assert(MX_TLS_NOT_TRIED < 32 && SEVERITY_INCONCLUSIVE < 4, "words");

/* population.c - the tables and the draws; see population.h. */
#include "datasets/labnet/population.h"

#include <assert.h>
#include <stdio.h>

#include "datasets/labnet/draw.h"
#include "datasets/labnet/estate.h"
#include "datasets/labnet/situations.h"
#include "datasets/labnet/template.h"

/* Longest domain that still fits the operators' longest names, and one label (dashes). */
#define OPERATED_DOMAIN_MAX 150
#define DASHED_DOMAIN_MAX 50
#define ESTATE_HOSTS_A_NAME 3

enum dns_outcome act_outcome(enum act act)
{
	static const enum dns_outcome outcomes[] = {
#define ACT(id, outcome) [ACT_##id] = outcome,
		ACTS(ACT)
#undef ACT
	};
	return outcomes[act];
}

const char *act_name(enum act act)
{
	static const char *const names[] = {
#define ACT(id, outcome) [ACT_##id] = #id,
		ACTS(ACT)
#undef ACT
	};
	return names[act];
}

int cert_reason(enum cert cert)
{
	static const int reasons[] = {
#define CERT(id, reason) [CERT_##id] = reason,
		CERTS(CERT)
#undef CERT
	};
	return reasons[cert];
}

/* Adds one possible value; weights are scaled to 2^32 by choice_close. */
static void choice_add(struct choice *c, double *sums, unsigned value, double weight)
{
	assert(weight >= 0 && value < CHOICE_MAX);
	if (weight == 0)
		return;
	assert(c->n < CHOICE_MAX);
	c->value[c->n] = (uint8_t)value;
	sums[c->n] = (c->n ? sums[c->n - 1] : 0) + weight;
	c->n++;
}

static void choice_close(struct choice *c, const double *sums)
{
	assert(c->n > 0);
	for (unsigned i = 0; i < c->n; i++)
		c->top[i] = (uint32_t)(sums[i] / sums[c->n - 1] * UINT32_MAX);
	c->top[c->n - 1] = UINT32_MAX;
}

static unsigned choose(const struct choice *c, uint32_t number)
{
	unsigned i = 0;

	while (number > c->top[i])
		i++;
	assert(i < c->n);
	return c->value[i];
}

static void choices_of_kinds(struct population *p, const struct rates *r)
{
	double other[CHOICE_MAX], self[CHOICE_MAX], third[CHOICE_MAX];

	for (unsigned i = 0; i < KIND_COUNT; i++) {
		if (kinds[i].pool == POOL_OTHER) {
			choice_add(&p->other, other, i, r->self[i]);
		} else {
			choice_add(&p->self, self, i, r->self[i]);
			choice_add(&p->third, third, i, r->third[i]);
		}
	}
	choice_close(&p->other, other);
	choice_close(&p->self, self);
	choice_close(&p->third, third);
}

void population_init(struct population *p, uint64_t seed, const struct rates *r)
{
	double a[CHOICE_MAX], b[CHOICE_MAX];

	*p = (struct population){.seed = seed};
	for (unsigned i = 0; i < RATE_COUNT; i++)
		p->share[i] = (uint32_t)(r->share[i] * UINT32_MAX);
	choices_of_kinds(p, r);
	for (unsigned i = 0; i < MAIL_COUNT; i++) {
		choice_add(&p->mail_other, a, i, r->mail_other[i]);
		choice_add(&p->mail_adopter, b, i, r->mail_adopter[i]);
	}
	choice_close(&p->mail_other, a);
	choice_close(&p->mail_adopter, b);
	for (unsigned i = 0; i < RPT_COUNT; i++)
		choice_add(&p->rpt, a, i, rpt_kinds[i].weight);
	choice_close(&p->rpt, a);
	for (unsigned i = 0; i < OPERATOR_COUNT; i++)
		choice_add(&p->operators, a, i, operators[i].weight);
	choice_close(&p->operators, a);
	for (unsigned i = 0; i < MX_OPERATOR_COUNT; i++)
		choice_add(&p->mx_operators, a, i, mx_operators[i].weight);
	choice_close(&p->mx_operators, a);
	for (unsigned i = 0; i < MAIL_HOST_COUNT; i++)
		choice_add(&p->mail_hosts, a, i, r->mail_host[i]);
	choice_close(&p->mail_hosts, a);
}

/* True with the rate's probability; never at 0, always at 1. */
static bool toss(const struct population *p, uint64_t hash, enum draw which, enum rate rate)
{
	uint32_t share = p->share[rate];

	return share != 0 && draw(hash, which) <= share;
}

static unsigned mx_templates(const struct mx_operator *op)
{
	unsigned n = 1;

	for (const char *c = op->hosts; *c; c++)
		n += *c == ' ';
	return n;
}

static void look_mx(const struct population *p, struct situation *s)
{
	enum fit fit = s->kind->fit;

	s->mx = &mx_operators[choose(&p->mx_operators, draw(s->hash, DRAW_MX_OPERATOR))];
	/* Mismatches are told from names of the domain's own; "partial" takes two hosts. */
	if (fit != FIT_ALL)
		s->mx = &mx_operators[MX_OPERATOR_own];
	if (p->estate > 0 && fit == FIT_ALL && s->domain.n <= DASHED_DOMAIN_MAX) {
		s->estate = p->estate;
		s->mx_n = 1 + draw_below(s->hash, DRAW_MX_COUNT, ESTATE_HOSTS_A_NAME);
		return;
	}
	if (s->domain.n > DASHED_DOMAIN_MAX)
		s->mx = &mx_operators[s->domain.n > OPERATED_DOMAIN_MAX ? MX_OPERATOR_google
									: MX_OPERATOR_own];
	unsigned n = mx_templates(s->mx);
	s->mx_n = 1 + draw_below(s->hash, DRAW_MX_COUNT, n);
	if (fit == FIT_PARTIAL && s->mx_n < 2)
		s->mx_n = 2;
}

static void look_mail(const struct population *p, struct situation *s, bool adopter)
{
	const struct choice *c = adopter ? &p->mail_adopter : &p->mail_other;

	s->mail = &mail_kinds[choose(c, draw(s->hash, DRAW_MAIL))];
	/* Two causes at once would make two right answers. */
	bool temporary = !s->kind->zone && act_outcome(s->kind->record_act) >= DNS_SERVFAIL;
	if (s->kind->fit != FIT_ALL || temporary)
		s->mail = &mail_kinds[MAIL_regular];
	s->mx_n = s->estate = 0;
	if (s->mail->form == MAIL_HOSTS)
		look_mx(p, s);
}

static void look_rpt(const struct population *p, struct situation *s, bool adopter)
{
	s->rpt = NULL;
	if (!s->kind->zone &&
	    toss(p, s->hash, DRAW_RPT, adopter ? RATE_tlsrpt_adopter : RATE_tlsrpt))
		s->rpt = &rpt_kinds[choose(&p->rpt, draw(s->hash, DRAW_RPT_KIND))];
}

/* Shares as in 103 policy files of public repositories. */
static uint32_t look_max_age(uint64_t hash)
{
	static const uint32_t usual[] = {604800, 604800,  604800,  604800,  86400,    86400,
					 86400,	 1209600, 1209600, 2592000, 31557600, 10368000};
	return usual[draw_below(hash, DRAW_MAX_AGE, sizeof(usual) / sizeof(usual[0]))];
}

static void look_policy(const struct population *p, struct situation *s)
{
	uint64_t h = s->hash;
	uint64_t enforce = p->share[RATE_enforce], testing = p->share[RATE_testing];
	uint64_t number = draw(h, DRAW_MODE);

	s->mode = number <= enforce		? MODE_ENFORCE
		  : number <= enforce + testing ? MODE_TESTING
						: MODE_NONE;
	/* In mode none nothing has to match and no mx line is missed. */
	if (s->mode == MODE_NONE && (s->kind->fit != FIT_ALL || s->kind->stage == STAGE_SYNTAX))
		s->mode = MODE_TESTING;
	s->max_age = look_max_age(h);
	s->crlf = toss(p, h, DRAW_NEWLINE, RATE_crlf);
	s->no_final_newline = toss(p, h, DRAW_FINAL_NEWLINE, RATE_no_final_newline);
	s->wildcard = s->kind->fit == FIT_ALL && toss(p, h, DRAW_WILDCARD, RATE_wildcard);
	s->multi_string = toss(p, h, DRAW_STRINGS, RATE_multi_string);
	s->ipv6 = toss(p, h, DRAW_IPV6, RATE_ipv6);
	s->h2 = toss(p, h, DRAW_H2, RATE_h2);
	s->intermediate = toss(p, h, DRAW_CHAIN, RATE_intermediate);
}

static void look_operator(const struct population *p, struct situation *s)
{
	s->operator_ = NULL;
	if (s->domain.n <= OPERATED_DOMAIN_MAX && toss(p, s->hash, DRAW_OPERATED, RATE_third_party))
		s->operator_ = &operators[choose(&p->operators, draw(s->hash, DRAW_OPERATOR))];
	bool third = s->operator_ != NULL;
	if (third && s->domain.n > DASHED_DOMAIN_MAX)
		s->operator_ = &operators[OPERATOR_tutanota];
	s->kind = &kinds[choose(third ? &p->third : &p->self, draw(s->hash, DRAW_KIND))];
	if (toss(p, s->hash, DRAW_HANGING, RATE_hanging))
		s->kind = &kinds[KIND_http_hang];
	s->record_cname = third && s->operator_->record != NULL &&
			  toss(p, s->hash, DRAW_CNAME, RATE_record_cname);
}

/* Names that cannot exist, so that a resolver can be caught lying (RFC 6761 6.4). */
static bool never_exists(struct span domain)
{
	return span_iends(domain, SPAN_LIT(".invalid")) || span_ieq(domain, SPAN_LIT("invalid"));
}

void population_look(const struct population *p, struct span domain, struct situation *s)
{
	static const uint16_t ttls[] = {300, 300, 3600, 3600, 3600, 14400, 43200, 60};

	s->domain = domain;
	uint64_t h = s->hash = draw_hash(p->seed, domain.p, domain.n);
	s->ttl = ttls[draw_below(h, DRAW_TTL, sizeof(ttls) / sizeof(ttls[0]))];
	s->ad = toss(p, h, DRAW_AD, RATE_ad);
	bool adopter = toss(p, h, DRAW_POOL, RATE_adoption) && !never_exists(domain);
	if (adopter) {
		look_operator(p, s);
		look_policy(p, s);
	} else {
		unsigned kind = choose(&p->other, draw(h, DRAW_KIND));
		s->kind = &kinds[never_exists(domain) ? KIND_zone_nxdomain : kind];
		s->operator_ = NULL;
		s->record_cname = s->multi_string = false;
		s->mode = MODE_NONE;
	}
	look_mail(p, s, adopter);
	look_rpt(p, s, adopter);
}

size_t population_mx_host(const struct situation *s, unsigned i, char out[NAME_BUF])
{
	const char *from = s->mx->hosts;
	char text[128];

	assert(i < s->mx_n);
	if (s->estate > 0) { /* different ones, far apart */
		uint64_t first = draw_below(s->hash, DRAW_MX_OPERATOR, s->estate);
		return estate_name(s->estate,
				   (unsigned)((first + i * (s->estate / 3 + 1ull)) % s->estate),
				   out);
	}
	for (; i > 0; i--)
		from = strchr(from, ' ') + 1;
	size_t n = strcspn(from, " ");
	assert(n < sizeof(text));
	memcpy(text, from, n);
	text[n] = '\0';
	n = template_expand(text, s, out, NAME_TEXT_MAX);
	out[n] = '\0';
	return n;
}

static bool is_operator_host(struct span host)
{
	for (unsigned i = 0; i < MX_OPERATOR_COUNT; i++) {
		const char *at = strstr(mx_operators[i].hosts, "%D.");
		struct span suffix = span_str(at ? at + 2 : "");
		if (at && span_iends(host, suffix))
			return true;
		for (at = mx_operators[i].hosts; *at; at += *at == ' ') {
			size_t n = strcspn(at, " ");
			if (span_eq(host, span_of(at, n)))
				return true;
			at += n;
		}
	}
	return false;
}

bool population_is_mx_host(const struct population *p, struct span host)
{
	struct situation s;
	char name[NAME_BUF];
	const char *dot = memchr(host.p, '.', host.n);

	if (is_operator_host(host) || estate_find(p->estate, host) != ESTATE_NONE)
		return true;
	if (!dot || (size_t)(dot - host.p) + 1 >= host.n)
		return false;
	size_t label = (size_t)(dot - host.p) + 1;
	population_look(p, span_of(host.p + label, host.n - label), &s);
	for (unsigned i = 0; i < s.mx_n; i++)
		if (span_eq(span_of(name, population_mx_host(&s, i, name)), host))
			return true;
	return false;
}

const struct mail_host *population_mail_host(const struct population *p, struct span host)
{
	uint64_t hash = draw_hash(p->seed, host.p, host.n);

	/* The operators' hosts take the mail of too many to be broken by chance. */
	if (is_operator_host(host))
		return &mail_hosts[MAIL_HOST_fine];
	return &mail_hosts[choose(&p->mail_hosts, draw(hash, DRAW_MAIL_HOST))];
}

/* Bijection of 40-bit numbers that looks like chance: words do not come in order. */
static uint64_t scramble(uint64_t seed, uint64_t i)
{
	uint64_t left = i >> 20 & 0xfffff, right = i & 0xfffff;

	for (unsigned round = 0; round < 4; round++) {
		uint64_t next = left ^ (draw_mix(seed + round + right * 8) & 0xfffff);
		left = right;
		right = next;
	}
	return left << 20 | right;
}

size_t population_name(uint64_t seed, uint64_t i, char out[NAME_BUF])
{
	static const char consonant[] = "bcdfghjklmnprstv", vowel[] = "aeiou";
	uint64_t word = scramble(seed, i), hash = draw_mix(seed ^ draw_mix(i));
	unsigned number = draw_below(hash, DRAW_TLD, TLD_SUM), tld = 0, n = 0;

	assert(i < (uint64_t)1 << 40);
	while (number >= tlds[tld].weight)
		number -= tlds[tld++].weight;
	if (draw_below(hash, DRAW_WORD, 16) == 0)
		n += (unsigned)snprintf(out, NAME_BUF, "www.");
	/* Seven syllables of 80 hold 44 bits; leading zeros are dropped, the word stays unique. */
	do {
		out[n++] = consonant[word % 16];
		out[n++] = vowel[word / 16 % 5];
		word /= 80;
	} while (word != 0);
	return n + (unsigned)snprintf(out + n, NAME_BUF - n, ".%s", tlds[tld].name);
}

/*
 * All that the judge concludes, of evidence for every code, of every ruling, at every border and of
 * evidence at random: findings with their details, places and order, and what it writes into the
 * record. It stands in tests/golden/judge, where somebody has looked at it.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#include "parsers/name.h"
#include "tests/support/evidence.h"
#include "tests/support/golden.h"

#define DAY_S 86400

static void put_span(FILE *out, const char *key, struct span s)
{
	if (s.p == NULL)
		return;
	fprintf(out, " %s=\"", key);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		fprintf(out, c >= ' ' && c < 0x7f ? "%c" : "\\x%02x", c);
	}
	fputc('"', out);
}

static void put_senders(FILE *out, uint32_t senders)
{
	if (senders != 0)
		fprintf(out, " senders=%" PRIx32, senders);
}

static void put_issue(FILE *out, const struct record_issue *one)
{
	fprintf(out, "  %s %s %s%s", severity_name(one->severity), issue_info(one->code)->code,
		impact_name(one->impact), one->root ? " root" : "");
	if (one->line > 0 || one->offset > 0)
		fprintf(out, " %" PRIu32 ":%" PRIu32 "@%" PRIu32, one->line, one->column,
			one->offset);
	put_senders(out, one->senders);
	put_span(out, "detail", one->detail);
	fputc('\n', out);
}

static void put_host(FILE *out, const struct record_mx_host *h)
{
	if (h->matched < 0 && h->mismatch < 0 && h->sts_usable < 0 && h->suggestion.p == NULL)
		return;
	fprintf(out, "  host %.*s matched=%d usable=%d", (int)h->host.n, h->host.p, h->matched,
		h->sts_usable);
	if (h->mismatch >= 0)
		fprintf(out, " %s", mismatch_name((enum mismatch)h->mismatch));
	put_span(out, "suggestion", h->suggestion);
	fputc('\n', out);
}

static void put_record(FILE *out, const struct record *r)
{
	fprintf(out, " %s %s %s", verdict_name(r->verdict), impact_name(r->impact),
		stage_name(r->policy.stage));
	fprintf(out, " interoperable=%d sts=%d policy=%d tlsrpt=%d", r->interoperable, r->sts.valid,
		r->policy.valid, r->tlsrpt.valid);
	put_senders(out, r->senders_refusing);
	put_span(out, "id", r->sts.id);
	if (r->policy.mode >= 0 || r->policy.max_age >= 0)
		fprintf(out, " mode=%d max_age=%" PRId64 " newline=%d", r->policy.mode,
			r->policy.max_age, r->policy.newline);
	for (unsigned i = 0; i < r->policy.mx_n && i < 4; i++)
		put_span(out, "mx", r->policy.mx[i]);
	for (unsigned i = 0; i < r->tlsrpt.rua_n; i++)
		put_span(out, "rua", r->tlsrpt.rua[i]);
	put_span(out, "policy_by", r->provider_policy);
	put_span(out, "mx_by", r->provider_mx);
	if (r->policy.mx_n > 0 || r->policy.mx_dropped > 0)
		fprintf(out, " patterns=%u+%u", r->policy.mx_n, r->policy.mx_dropped);
	if (r->issues_dropped > 0)
		fprintf(out, " dropped=%u", r->issues_dropped);
	fputc('\n', out);
	for (unsigned i = 0; i < r->mx.hosts_n; i++)
		put_host(out, &r->mx.hosts[i]);
	for (unsigned i = 0; i < r->issues_n; i++)
		put_issue(out, &r->issues[i]);
}

static void put_judged(FILE *out, struct arena *a, const struct evidence *e, const char *title)
{
	struct judge_config config;
	struct record r;

	judge_config_init(&config);
	evidence_record(a, e, &r);
	cr_assert_eq(judge(&config, a, &r), 0);
	fputs(title, out);
	put_record(out, &r);
	arena_reset(a);
}

/* Of a sweep: where what is said changes. */
static void put_codes(FILE *out, struct arena *a, const struct evidence *e, const char *title)
{
	struct judge_config config;
	struct record r;

	judge_config_init(&config);
	evidence_record(a, e, &r);
	cr_assert_eq(judge(&config, a, &r), 0);
	fprintf(out, "%s: %s %s %s", title, verdict_name(r.verdict), impact_name(r.impact),
		stage_name(r.policy.stage));
	for (unsigned i = 0; i < r.issues_n; i++)
		fprintf(out, " %s%s", issue_info(r.issues[i].code)->code,
			r.issues[i].root ? "!" : "");
	fputc('\n', out);
	arena_reset(a);
}

/* ---- by code and by ruling --------------------------------------------------------------- */

#define RAISE(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define MISS(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
static const struct code_case {
	struct evidence raise, miss;
} cases[ISSUE_COUNT] = {
#define CASE(code, raise, miss) [ISSUE_##code] = {raise, miss},
#include "tests/unit/scanner/judge/codes.def"
#undef CASE
};

Test(judge_whole, of_every_code)
{
	struct golden g;
	struct arena a;
	FILE *out = golden_begin(&g, "judge/codes.txt");

	cr_assert_eq(arena_init(&a, 1 << 17, 1 << 20), 0);
	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		fprintf(out, "%s\n", issue_info((enum issue)i)->code);
		put_judged(out, &a, &cases[i].raise, " raise:");
		put_judged(out, &a, &cases[i].miss, " miss:");
	}
	arena_release(&a);
	golden_end(&g);
}

#define EVIDENCE(...)                                                                              \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
static const struct ruling {
	const char *title;
	struct evidence evidence;
} rulings[] = {
#define RULING(title, evidence, verdict, impact, root, stage) {title, evidence},
#include "tests/unit/scanner/judge/rulings.def"
#undef RULING
};

Test(judge_whole, of_every_ruling)
{
	struct golden g;
	struct arena a;
	FILE *out = golden_begin(&g, "judge/rulings.txt");

	cr_assert_eq(arena_init(&a, 1 << 17, 1 << 20), 0);
	for (size_t i = 0; i < sizeof(rulings) / sizeof(rulings[0]); i++) {
		fprintf(out, "%s\n", rulings[i].title);
		put_judged(out, &a, &rulings[i].evidence, "");
	}
	arena_release(&a);
	golden_end(&g);
}

/* ---- at the borders ---------------------------------------------------------------------- */

static void borders_max_age(FILE *out, struct arena *a)
{
	static const char *const modes[] = {"enforce", "testing", "none"};
	static const int64_t ages[] = {0, 3600, DAY_S, 7 * DAY_S, 14 * DAY_S, 30 * DAY_S, 31557600};

	for (unsigned m = 0; m < 3; m++)
		for (unsigned i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
			for (int64_t off = -1; off <= 1; off++) {
				char body[128], title[64];
				struct evidence e = {.body = body};
				if (ages[i] + off < 0)
					continue;
				snprintf(body, sizeof(body),
					 "version: STSv1\nmode: %s\nmx: mail.example.com\n"
					 "max_age: %" PRId64 "\n",
					 modes[m], ages[i] + off);
				snprintf(title, sizeof(title), "%s max_age %" PRId64, modes[m],
					 ages[i] + off);
				put_codes(out, a, &e, title);
			}
}

/* Lives of certificates and what is left of them. */
static void borders_certificate(FILE *out, struct arena *a)
{
	static const int64_t left[] = {-DAY_S, 0, 80640, 40 * 3600, 14 * DAY_S};
	static const int64_t lives[] = {6, 45, 90, 398};

	for (unsigned i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		for (unsigned k = 0; k < 4; k++)
			for (int64_t off = -1; off <= 1; off++) {
				char title[64];
				int64_t end = left[i] + off;
				struct evidence e = {.not_after = end != 0 ? end : 1,
						     .age = lives[k] * DAY_S - left[i],
						     .mx_tls = GIVEN(MX_TLS_OK),
						     .mx_good = 1,
						     .mx_not_after = end != 0 ? end : 1};
				snprintf(title, sizeof(title),
					 "%" PRId64 " s left of %" PRId64 " days", e.not_after,
					 lives[k]);
				put_codes(out, a, &e, title);
			}
}

static void borders_numbers(FILE *out, struct arena *a)
{
	static const unsigned bits[] = {256, 521, 522, 1024, 2047, 2048, 4096};
	static const uint64_t sizes[] = {4096, 4097, 10240, 10241, 65536};
	static const int64_t ttls[] = {1, DAY_S, DAY_S + 1};
	static const char *const chains[] = {"a.example", "a.example|b.example",
					     "a.example|b.example|c.example|d.example",
					     "a.e|b.e|c.e|d.e|e.e|f.e|g.e|h.e|i.e|j.e"};
	char title[64];

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		struct evidence e = {.key_bits = bits[i]};
		snprintf(title, sizeof(title), "%u bits", bits[i]);
		put_codes(out, a, &e, title);
	}
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct evidence e = {.body_bytes = sizes[i]};
		snprintf(title, sizeof(title), "%" PRIu64 " bytes", sizes[i]);
		put_codes(out, a, &e, title);
	}
	for (unsigned i = 0; i < sizeof(ttls) / sizeof(ttls[0]); i++) {
		struct evidence e = {
			.sts_ttl = ttls[i],
			.tlsa_ttl = ttls[i],
			.mx_tls = GIVEN(MX_TLS_OK),
			.dane = GIVEN(DANE_OK),
			.tlsa = GIVEN(1),
			.tlsa_dns = GIVEN(DNS_OK),
			.records =
				"3 1 1 "
				"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
		snprintf(title, sizeof(title), "ttl %" PRId64, ttls[i]);
		put_codes(out, a, &e, title);
	}
	for (unsigned i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		struct evidence e = {.sts_cname = chains[i],
				     .tlsrpt_cname = chains[i],
				     .policy_cname = chains[i],
				     .host_cname = chains[i],
				     .mx_tls = GIVEN(MX_TLS_OK)};
		snprintf(title, sizeof(title), "chain %s", chains[i]);
		put_codes(out, a, &e, title);
	}
	for (int status = 99; status <= 600; status++) {
		static const int some[] = {99,	100, 199, 201, 299, 300, 399, 400, 401,
					   402, 403, 404, 405, 407, 408, 409, 410, 411,
					   428, 429, 430, 499, 500, 599, 600};
		for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
			if (some[i] == status) {
				struct evidence e = {.stage = GIVEN(STAGE_HTTP), .status = status};
				snprintf(title, sizeof(title), "status %d", status);
				put_codes(out, a, &e, title);
			}
	}
}

static void borders_types(FILE *out, struct arena *a)
{
	static const char *const types[] = {
		"-",
		"",
		"text/plain",
		"TEXT/PLAIN",
		"text/plainx",
		"text/plain;charset=utf-8",
		"text/plain; charset=UTF-8",
		"text/plain;\tcharset=us-ascii",
		"text/plain; charset=utf8",
		"text/plain; charset=\"utf-8\"",
		"text/plain; charset=utf-8; x=y",
		"text/plain; charset=latin1",
		"text/plain; charset=",
		"text/plain; charset=\"",
		"text/plain; charset",
		"text/plain; xcharset=latin1",
		"text/plain charset=latin1",
		"text/plain; a=b;charset=latin1",
		"text/plain; charset=\"latin1\"",
		"text/html; charset=utf-8",
		"charset=utf-8",
		";charset=utf-8",
	};

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char title[64];
		struct evidence e = {.content_type = types[i], .content_types = i % 3};
		snprintf(title, sizeof(title), "type %s, %u", types[i], i % 3);
		put_codes(out, a, &e, title);
	}
}

static void borders_many(FILE *out, struct arena *a)
{
	for (unsigned n = 1; n <= 102; n += n == 2 ? 47 : n < 52 ? 1 : 24) {
		char body[8192], hosts[4096], title[64];
		struct evidence e = {.body = body, .mx = hosts};
		size_t at = (size_t)snprintf(body, sizeof(body), "version: STSv1\nmode: enforce\n"),
		       to = 0;
		for (unsigned i = 0; i < n; i++)
			at += (size_t)snprintf(body + at, sizeof(body) - at,
					       "mx: h%u.example.net\n", i);
		snprintf(body + at, sizeof(body) - at, "max_age: 1209600\n");
		for (unsigned i = 0; i < n && i < 20; i++)
			to += (size_t)snprintf(hosts + to, sizeof(hosts) - to,
					       "%s%u h%u.example.net", i > 0 ? "|" : "", i / 2, i);
		snprintf(title, sizeof(title), "%u patterns", n);
		put_judged(out, a, &e, title);
		e.mx_dropped = n % 3;
		e.mx = "10 h0.example.net|20 h1.example.net|20 h1.example.org";
		put_judged(out, a, &e, " of three hosts");
	}
}

Test(judge_whole, at_the_borders)
{
	struct golden g;
	struct arena a;
	FILE *out = golden_begin(&g, "judge/borders.txt");

	cr_assert_eq(arena_init(&a, 1 << 17, 1 << 20), 0);
	borders_max_age(out, &a);
	borders_certificate(out, &a);
	borders_numbers(out, &a);
	borders_types(out, &a);
	borders_many(out, &a);
	arena_release(&a);
	golden_end(&g);
}

/* ---- hosts against patterns -------------------------------------------------------------- */

Test(judge_whole, of_hosts_and_patterns)
{
	static const char *const patterns[] = {"mail.example.com",
					       "*.example.com",
					       "*.example.net",
					       "mx1.example.org",
					       "*.mail.example.com",
					       "mta-sts.example.com",
					       "*.co.uk",
					       "*.com",
					       "mail.exmaple.com",
					       "example.com",
					       "*.example.com.",
					       "aspmx.l.google.com"};
	static const char *const hosts[] = {"mail.example.com",
					    "mail.example.net",
					    "a.b.example.com",
					    "example.com",
					    "mx2.example.org",
					    "mx1.exampel.org",
					    "mx1.example.org.example.com",
					    "aspmx.l.google.com.example.com",
					    "org.example.com",
					    "mta-sts.mail.example.com",
					    "localhost",
					    "192.0.2.1",
					    "MAIL.example.COM"};
	struct golden g;
	struct arena a;
	FILE *out = golden_begin(&g, "judge/hosts.txt");

	cr_assert_eq(arena_init(&a, 1 << 17, 1 << 20), 0);
	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++)
		for (size_t h = 0; h < sizeof(hosts) / sizeof(hosts[0]); h++) {
			const char *other =
				patterns[(p + 5) % (sizeof(patterns) / sizeof(patterns[0]))];
			char body[256], mx[128], title[320];
			struct evidence e = {.body = body, .mx = mx};
			snprintf(body, sizeof(body),
				 "version: STSv1\nmode: %s\nmx: %s\n%s%s%smax_age: 1209600\n",
				 h % 3 == 0 ? "testing" : "enforce", patterns[p],
				 h % 2 == 0 ? "mx: " : "", h % 2 == 0 ? other : "",
				 h % 2 == 0 ? "\n" : "");
			snprintf(mx, sizeof(mx), "%u %s|20 %s", (unsigned)(10 + p % 3 * 10),
				 hosts[h], hosts[(h + p) % (sizeof(hosts) / sizeof(hosts[0]))]);
			snprintf(title, sizeof(title), "%s%s%s / %s:", patterns[p],
				 h % 2 == 0 ? ", " : "", h % 2 == 0 ? other : "", mx);
			put_judged(out, &a, &e, title);
		}
	arena_release(&a);
	golden_end(&g);
}

/* ---- at random --------------------------------------------------------------------------- */

static unsigned upto(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % n;
}

static const char *one_of(uint64_t *state, const char *const *list, unsigned n)
{
	return list[upto(state, n)];
}

#define ONE_OF(state, list) one_of(state, list, sizeof(list) / sizeof((list)[0]))
/* Most of the time as in the healthy domain. */
#define SELDOM(state, value) (upto(state, 4) == 0 ? (value) : 0)

static void random_records(uint64_t *d, struct evidence *e)
{
	static const char *const sts[] = {NULL,
					  NULL,
					  "v=STSv1; id=20260101;",
					  "v=STSv1; id=1|v=spf1",
					  "v=STSv1; id=1; id=2",
					  "v=STSv1;",
					  "v=TLSRPTv1; rua=mailto:a@b.example"};
	static const char *const tlsrpt[] = {
		NULL, "v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/",
		"v=TLSRPTv1; rua=mailto:a", "v=STSv1; id=1", "v=TLSRPTv1"};
	static const char *const chains[] = {NULL, NULL, "_mta-sts.host.example",
					     "a.example|b.example",
					     "mta-sts.mail.protection.outlook.com"};

	e->sts = ONE_OF(d, sts);
	e->sts_cname = ONE_OF(d, chains);
	e->sts_dns = SELDOM(d, GIVEN(upto(d, dns_outcome_count)));
	e->sts_pieces = SELDOM(d, 2);
	e->tlsrpt = ONE_OF(d, tlsrpt);
	e->tlsrpt_cname = ONE_OF(d, chains);
	e->tlsrpt_dns = SELDOM(d, GIVEN(upto(d, dns_outcome_count)));
	e->tlsrpt_pieces = SELDOM(d, 2);
	e->policy_cname = ONE_OF(d, chains);
	e->name_flags = SELDOM(d, upto(d, 64));
}

static void random_policy(uint64_t *d, struct evidence *e)
{
	static const char *const bodies[] = {
		NULL,
		NULL,
		EVIDENCE_TESTING,
		"version: STSv1\nmode: none\nmax_age: 86400\n",
		EVIDENCE_MX("mx: *.example.com\nmx: mx.example.net"),
		EVIDENCE_LINE("mode: testing"),
		"<html>",
		"version: STSv1\r\nmode: enforce\r\nmx: .example.com\r\nmax_age: 604800"};
	static const char *const spots[] = {NULL, NULL, NULL, "own", "excluded"};

	e->body = ONE_OF(d, bodies);
	e->stage = SELDOM(d, GIVEN(upto(d, stage_count)));
	e->policy_dns = SELDOM(d, GIVEN(upto(d, dns_outcome_count)));
	e->not_contacted = ONE_OF(d, spots);
	e->odd_address = SELDOM(d, 1) ? "192.0.2.9" : NULL;
	e->blocked = SELDOM(d, 1);
	e->timed_out = SELDOM(d, 1);
	e->unreachable = SELDOM(d, 1);
	e->refused = SELDOM(d, 1);
	e->half_located = SELDOM(d, 1);
	e->v6_only = SELDOM(d, 1);
	e->body_cut = upto(d, 16) == 0;
	e->tls_reasons = upto(d, 1u << tls_reason_count);
	e->tls_reason = SELDOM(d, GIVEN(upto(d, tls_reason_count)));
	e->tls_error = SELDOM(d, 1) ? "alert: handshake failure" : NULL;
	e->cn_only = SELDOM(d, 1);
	e->wildcard_partial = SELDOM(d, 1);
	e->cert_refused = SELDOM(d, 1);
	e->sha1 = SELDOM(d, 1);
	e->status = SELDOM(d, (int)(300 + upto(d, 300)));
	e->http_error = upto(d, 8) == 0 ? "the header has no end" : NULL;
	e->encoded = SELDOM(d, 1);
}

static void random_mx(uint64_t *d, struct evidence *e)
{
	static const char *const mx[] = {NULL,
					 "10 mail.example.com|20 mx.example.net",
					 "10 mx.example.net",
					 "0 .",
					 "5 mail.example.com|5 mial.example.com|10 .",
					 "10 aspmx.l.google.com|20 a.b.example.com"};
	static const char *const records[] = {
		NULL, "3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef|2 0 1 "
		"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"1 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef|3 1 0 30",
		"9 9 9 zz"};

	e->mx = ONE_OF(d, mx);
	e->mx_dns = SELDOM(d, GIVEN(upto(d, dns_outcome_count)));
	e->null_mx = upto(d, 12) == 0 ? GIVEN(1) : 0;
	e->implicit = SELDOM(d, GIVEN(1));
	e->mx_dropped = SELDOM(d, upto(d, 3));
	e->mx_ad = (int)upto(d, 3);
	e->mx_tls = (int)upto(d, mx_tls_count + 1);
	e->mx_tls2 = (int)upto(d, mx_tls_count + 1);
	e->host_dns = SELDOM(d, GIVEN(upto(d, dns_outcome_count)));
	e->dane = (int)upto(d, dane_count + 1);
	e->dane2 = (int)upto(d, dane_count + 1);
	e->tlsa = (int)upto(d, 3);
	e->tlsa2 = (int)upto(d, 3);
	e->tlsa_dns = (int)upto(d, dns_outcome_count + 1);
	e->records = ONE_OF(d, records);
	e->mx_reasons = upto(d, 1u << tls_reason_count);
	e->spare = upto(d, 4);
	e->host_cname = SELDOM(d, 1) ? "other.example" : NULL;
	e->mx_names = SELDOM(d, 1) ? "other.example, x.example" : NULL;
	e->mx_cn_only = SELDOM(d, 1);
	e->mx_wildcard = SELDOM(d, 1);
	e->leaf_as_ta = SELDOM(d, 1);
	e->injected = SELDOM(d, 5u);
	e->mx_good = upto(d, 2);
	e->mx_bad = upto(d, 2);
	e->dane_good = upto(d, 2);
	e->dane_bad = upto(d, 2);
}

Test(judge_whole, of_evidence_at_random)
{
	unsigned met[VERDICT_EXCLUDED + 1] = {0}, codes[ISSUE_COUNT] = {0}, different = 0;
	uint64_t dice = 1;
	struct golden g;
	struct arena a;
	FILE *out = golden_begin(&g, "judge/random.txt");

	cr_assert_eq(arena_init(&a, 1 << 17, 1 << 20), 0);
	for (unsigned i = 0; i < 240; i++) {
		struct judge_config config;
		struct evidence e = {0};
		struct record r;
		random_records(&dice, &e);
		random_policy(&dice, &e);
		random_mx(&dice, &e);
		judge_config_init(&config);
		evidence_record(&a, &e, &r);
		cr_assert_eq(judge(&config, &a, &r), 0);
		met[r.verdict]++;
		for (unsigned k = 0; k < r.issues_n; k++)
			different += codes[r.issues[k].code]++ == 0;
		fprintf(out, "%u", i);
		put_record(out, &r);
		arena_reset(&a);
	}
	arena_release(&a);
	golden_end(&g);
	for (unsigned i = 0; i < VERDICT_INVALID_INPUT; i++)
		cr_expect_gt(met[i], 2, "%u of %s", met[i], verdict_name((enum verdict)i));
	cr_expect_gt(different, 110, "%u different codes", different);
}

/*
 * The page of `check`: golden files for single situations, and rules that hold for the evidence of
 * every finding of the catalogue. GOLDEN_UPDATE=1 in the environment writes the golden files anew;
 * read the diff.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "parsers/name.h"
#include "scanner/check/check_advice.h"
#include "scanner/check/check_view.h"
#include "tests/support/evidence.h"

#define GOLDEN_DIR SOURCE_DIR "/tests/golden/check/"
#define GOLDEN_MAX 65536u

struct code_case {
	bool given;
	struct evidence raise, miss;
};

#define RAISE(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define MISS(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
static const struct code_case cases[ISSUE_COUNT] = {
#define CASE(code, raise, miss) [ISSUE_##code] = {true, raise, miss},
#include "tests/unit/scanner/judge/codes.def"
#undef CASE
};

static struct judge_config config;
static struct arena arena;

static void setup(void)
{
	cr_assert_eq(arena_init(&arena, 1 << 16, 1 << 20), 0);
	judge_config_init(&config);
}

static void teardown(void)
{
	arena_release(&arena);
}

TestSuite(check_view, .init = setup, .fini = teardown);

static void make_record(const struct evidence *e, struct record *r)
{
	arena_reset(&arena);
	evidence_record(&arena, e, r);
	r->policy.url = SPAN_LIT("https://mta-sts.example.com/.well-known/mta-sts.txt");
	r->policy.tls_version = SPAN_LIT("TLSv1.3");
	r->policy.cert_issuer = SPAN_LIT("Example CA");
	r->policy.http_version = SPAN_LIT("2");
	/* `check` looks for the policy in any case; most often there is none without a record. */
	if (!dns_answered(r->sts.answer.dns)) {
		r->policy.stage = STAGE_NONE;
		r->policy.dns = DNS_SKIPPED;
	} else if (r->sts.answer.dns != DNS_OK) {
		struct record nothing;
		record_init(&nothing);
		nothing.policy.url = r->policy.url;
		r->policy = nothing.policy;
		r->policy.stage = STAGE_DNS;
		r->policy.dns = DNS_NXDOMAIN;
	}
	cr_assert_eq(judge(&config, &arena, r), 0);
}

static void render(struct text *t, const struct record *r, bool colour, unsigned width)
{
	text_init(t, colour, width, CHECK_TEXT_MAX);
	check_view(t, r, &(struct check_page){.now = EVIDENCE_NOW_S, .version = "1.2.3"});
	cr_assert(!t->out.failed);
}

/* ---- golden files ------------------------------------------------------------------------ */

static void compare(const char *name, const char *suffix, const struct text *t)
{
	char path[512];
	static char wanted[GOLDEN_MAX];
	bool update = getenv("GOLDEN_UPDATE") != NULL;

	snprintf(path, sizeof(path), GOLDEN_DIR "%s%s", name, suffix);
	FILE *f = fopen(path, update ? "wb" : "rb");
	cr_assert_not_null(f, "no golden file %s", path);
	if (update) {
		fwrite(t->out.p, 1, t->out.n, f);
		fclose(f);
		return;
	}
	size_t n = fread(wanted, 1, sizeof(wanted), f);
	fclose(f);
	cr_expect(n == t->out.n && memcmp(wanted, t->out.p, n) == 0,
		  "%s%s differs; it is now\n%.*s", name, suffix, (int)t->out.n, t->out.p);
}

static void golden(const char *name, const struct evidence *e)
{
	struct record r;
	struct text plain, colour, wide;

	make_record(e, &r);
	render(&plain, &r, false, 80);
	render(&colour, &r, true, 80);
	render(&wide, &r, false, 120);
	compare(name, ".txt", &plain);
	compare(name, ".ansi", &colour);
	compare(name, ".wide", &wide);
	text_release(&plain);
	text_release(&colour);
	text_release(&wide);
}

/* A code of the catalogue by its evidence. */
#define BY_CODE(X)                                                                                 \
	X(domain_syntax_invalid)                                                                   \
	X(input_from_url)                                                                          \
	X(scan_excluded)                                                                           \
	X(domain_nxdomain)                                                                         \
	X(domain_dns_timeout)                                                                      \
	X(domain_is_public_suffix)                                                                 \
	X(mx_missing_implicit)                                                                     \
	X(mx_null)                                                                                 \
	X(mx_ip_literal)                                                                           \
	X(sts_record_missing)                                                                      \
	X(sts_record_multiple)                                                                     \
	X(sts_record_id_charset)                                                                   \
	X(sts_record_no_delimiter)                                                                 \
	X(sts_record_non_ascii)                                                                    \
	X(sts_record_cname_dangling)                                                               \
	X(sts_record_unrelated_txt)                                                                \
	X(policy_host_nxdomain)                                                                    \
	X(policy_tcp_refused)                                                                      \
	X(policy_cert_name_mismatch)                                                               \
	X(policy_cert_expired)                                                                     \
	X(policy_http_404)                                                                         \
	X(policy_http_redirect)                                                                    \
	X(policy_http_5xx)                                                                         \
	X(policy_is_html)                                                                          \
	X(policy_empty)                                                                            \
	X(policy_bom)                                                                              \
	X(policy_line_no_colon)                                                                    \
	X(policy_mode_invalid)                                                                     \
	X(policy_max_age_invalid)                                                                  \
	X(policy_mx_email)                                                                         \
	X(policy_mode_testing)                                                                     \
	X(policy_mode_none)                                                                        \
	X(mx_none_match)                                                                           \
	X(mx_partial_match)                                                                        \
	X(mx_wildcard_depth)                                                                       \
	X(provider_not_onboarded)                                                                  \
	X(tlsrpt_rua_no_scheme)                                                                    \
	X(sts_enforce_without_tlsrpt)

Test(check_view, golden_by_code)
{
#define GOLDEN_CODE(code) golden(#code, &cases[ISSUE_##code].raise);
	BY_CODE(GOLDEN_CODE)
#undef GOLDEN_CODE
}

Test(check_view, golden_healthy)
{
	golden("healthy", &(struct evidence){.domain = NULL});
}

/* Everything that a terminal could be driven with, at once. */
Test(check_view, golden_hostile)
{
	golden("hostile",
	       &(struct evidence){
		       .sts = "v=STSv1; id=1; \033[2J\033]0;x\a\xe2\x80\xae\xff\x7f|\033[31mother",
		       .tlsrpt = "v=TLSRPTv1; rua=mailto:a@b\033[1m.example\r\n",
	       });
	golden("hostile_policy",
	       &(struct evidence){.body = "version: STSv1\nmode: enforce\nmx: \033[8mhidden\nmx: "
					  "\xe2\x80\xae.example\nx\x9b"
					  "1m: y\nmax_age: 1209600\n"});
}

Test(check_view, golden_long_line)
{
	static char body[4000] = "version: STSv1\nmode: enforce\nmx: ";

	memset(body + strlen(body), 'a', 300);
	strcat(body, "!.example.com\nmax_age: 1209600\n");
	golden("long_line", &(struct evidence){.body = body});
}

/* ---- rules that hold for every page ------------------------------------------------------ */

/* Printable ASCII, and of the rest only Latin letters: what a finding quotes may have an umlaut. */
static bool harmless(struct span line)
{
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		if (c == 0xc3 && i + 1 < line.n && ((unsigned char)line.p[i + 1] & 0xc0) == 0x80)
			i++;
		else if (c < ' ' || c >= 0x7f)
			return false;
	}
	return true;
}

/* Lines that are there to be copied, and names, are never wrapped. */
static bool may_be_long(struct span line)
{
	return memmem(line.p, line.n, "IN TXT", 6) != NULL ||
	       memmem(line.p, line.n, "https://", 8) != NULL;
}

static size_t strip(const struct text *t, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->out.n; i++) {
		if (t->out.p[i] == '\033')
			while (t->out.p[i] != 'm')
				i++;
		else
			out[n++] = t->out.p[i];
	}
	return n;
}

static void rules(const char *name, const struct record *r)
{
	struct text plain, colour;
	static char bare[1 << 20];

	render(&plain, r, false, 80);
	render(&colour, r, true, 80);
	size_t n = strip(&colour, bare);
	cr_expect(n == plain.out.n && memcmp(bare, plain.out.p, n) == 0,
		  "%s: colour changes the words", name);
	for (size_t from = 0; from < plain.out.n;) {
		const char *end = memchr(plain.out.p + from, '\n', plain.out.n - from);
		cr_assert_not_null(end, "%s: the last line does not end", name);
		struct span line = span_of(plain.out.p + from, (size_t)(end - plain.out.p) - from);
		cr_expect(line.n <= 80 || may_be_long(line), "%s: wide line: %.*s", name,
			  (int)line.n, line.p);
		cr_expect(harmless(line), "%s: %.*s", name, (int)line.n, line.p);
		from += line.n + 1;
	}
	for (unsigned i = 0; i < r->issues_n; i++)
		cr_expect(memmem(plain.out.p, plain.out.n, issue_info(r->issues[i].code)->code,
				 strlen(issue_info(r->issues[i].code)->code)) != NULL,
			  "%s: %s is not shown", name, issue_info(r->issues[i].code)->code);
	text_release(&plain);
	text_release(&colour);
}

Test(check_view, rules_hold_for_every_finding)
{
	struct record r;

	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		make_record(&cases[i].raise, &r);
		rules(issue_info((enum issue)i)->code, &r);
		make_record(&cases[i].miss, &r);
		rules(issue_info((enum issue)i)->code, &r);
	}
}

/* ---- what is recommended works ----------------------------------------------------------- */

static void publish_txt(struct record_txt *a, const char *value)
{
	struct span *one = arena_alloc(&arena, sizeof(*one));

	*one = arena_copy(&arena, span_str(value));
	a->dns = DNS_OK;
	a->cname_n = 0;
	a->txt = one;
	a->txt_n = 1;
	a->txt_pieces = NULL;
	a->ttl = 3600;
}

static void delete_others(struct record_txt *a, unsigned stays)
{
	struct span *one = arena_alloc(&arena, sizeof(*one));

	*one = a->txt[stays];
	a->txt = one;
	a->txt_n = 1;
}

/* Does exactly what the page says; what it says in words (host, MX, provider) as well. */
static void publish(const struct advice *a, const struct record *was, struct record *r)
{
	static const struct evidence healthy;
	struct record good;

	evidence_record(&arena, &healthy, &good);
	if (a->host || a->policy) {
		struct span body = r->policy.body;
		r->policy = good.policy;
		r->policy.body = a->policy ? arena_copy(&arena, span_str(a->policy_text)) : body;
		r->policy.body_bytes = r->policy.body.n;
	}
	if (a->mx)
		r->mx = good.mx;
	if (a->record_new)
		publish_txt(&r->sts.answer, a->sts_text);
	if (a->strays)
		delete_others(&r->sts.answer, a->stays);
	if (a->tlsrpt_strays)
		delete_others(&r->tlsrpt.answer, a->tlsrpt_stays);
	if (a->tlsrpt)
		publish_txt(&r->tlsrpt.answer, a->tlsrpt_text);
	for (unsigned i = 0; i < was->issues_n; i++)
		if (issue_info(was->issues[i].code)->group == ISSUE_GROUP_PROVIDER)
			r->sts.answer.cname_n = r->policy.cname_n = 0;
}

Test(check_view, what_is_recommended_works)
{
	unsigned tried = 0;

	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		struct record r, was;
		struct advice a;
		make_record(&cases[i].raise, &r);
		was = r;
		advice_make(&r, EVIDENCE_NOW_S, &a);
		if (a.kind != ADVICE_REPAIR && a.kind != ADVICE_SET_UP)
			continue;
		if (a.mx_unknown)
			continue; /* the page says that no policy can be written down */
		publish(&a, &was, &r);
		cr_assert_eq(judge(&config, &arena, &r), 0);
		tried++;
		for (unsigned k = 0; k < r.issues_n; k++)
			cr_expect(!advice_acts(&r.issues[k]),
				  "after the repair of %s there is %s (%.*s)",
				  issue_info((enum issue)i)->code,
				  issue_info(r.issues[k].code)->code, (int)r.issues[k].detail.n,
				  r.issues[k].detail.n > 0 ? r.issues[k].detail.p : "");
		cr_expect(r.verdict == VERDICT_ENFORCE || r.verdict == VERDICT_TESTING,
			  "%s ends as %s", issue_info((enum issue)i)->code,
			  verdict_name(r.verdict));
	}
	cr_expect(tried > 120, "only %u", tried);
}

/* ---- all pairs of what can be wrong ------------------------------------------------------ */

/* What both say is different from the healthy domain; where both say something, the second. */
static struct evidence both(const struct evidence *one, const struct evidence *two)
{
	struct evidence out = *one;

#define EITHER(member) out.member = two->member != 0 ? two->member : one->member
	EITHER(sts), EITHER(sts_cname), EITHER(tlsrpt), EITHER(mx), EITHER(sts_dns);
	EITHER(tlsrpt_dns), EITHER(mx_dns), EITHER(null_mx), EITHER(implicit), EITHER(mx_dropped);
	EITHER(mx_tls), EITHER(mx_tls2), EITHER(dane), EITHER(records), EITHER(stage);
	EITHER(policy_dns), EITHER(policy_cname), EITHER(blocked), EITHER(timed_out);
	EITHER(unreachable), EITHER(refused), EITHER(tls_reason), EITHER(not_after);
	EITHER(cert_refused), EITHER(status), EITHER(content_type), EITHER(http_error);
	EITHER(body), EITHER(body_cut);
#undef EITHER
	out.body_n = two->body != NULL ? two->body_n : one->body_n; /* of that body */
	return out;
}

static void for_all_pairs(void (*look)(const char *name, struct record *r, const struct advice *a))
{
	static const struct evidence withdrawn = {
		.body = "version: STSv1\nmode: none\nmax_age: 86400\n"};
	static struct record r;
	static struct advice a;
	char name[160];

	for (unsigned i = 0; i <= ISSUE_COUNT; i++)
		for (unsigned k = 0; k < ISSUE_COUNT; k++) {
			struct evidence e = both(i < ISSUE_COUNT ? &cases[i].raise : &withdrawn,
						 &cases[k].raise);
			arena_reset(&arena);
			evidence_record(&arena, &e, &r);
			cr_assert_eq(judge(&config, &arena, &r), 0);
			advice_make(&r, EVIDENCE_NOW_S, &a);
			snprintf(name, sizeof(name), "%s and %s",
				 i < ISSUE_COUNT ? issue_info((enum issue)i)->code : "withdrawn",
				 issue_info((enum issue)k)->code);
			look(name, &r, &a);
		}
}

static unsigned kept_n, policy_n;

static void either_kept_or_another(const char *name, struct record *r, const struct advice *a)
{
	(void)r;
	kept_n += a->kept;
	policy_n += a->policy;
	cr_expect(!(a->kept && a->policy), "%s: leave the file, and serve another one", name);
	cr_expect(!(a->strays && a->record_new), "%s: delete the others, and all", name);
	cr_expect(!(a->tlsrpt_strays && a->tlsrpt), "%s: delete the others, and all", name);
}

Test(check_view, a_file_is_left_as_it_is_or_another_one_is_served)
{
	for_all_pairs(either_kept_or_another);
	cr_expect(kept_n > 1000 && policy_n > 1000, "%u, %u", kept_n, policy_n);
}

/* ---- what is to be done first removes the cause that the head names ---------------------- */

static bool says(const char *first, const char *words)
{
	return strstr(first, words) != NULL;
}

/* The first words of the catalogue's advice, up to what differs from domain to domain. */
static bool says_fix(const char *first, enum issue code)
{
	const char *fix = issue_info(code)->fix;
	char words[64];
	size_t n = strcspn(fix, ".<;,:");

	snprintf(words, sizeof(words), "%.*s", (int)n, fix);
	return says(first, words);
}

static bool removes(const char *first, enum issue code)
{
	if (issue_has(code, ISSUE_OF_SERVER))
		return says_fix(first, code) || issue_has(code, ISSUE_SUMS_UP);
	switch (issue_info(code)->group) {
	case ISSUE_GROUP_STS:
		return says(first, "_mta-sts") || says(first, "MTA-STS record");
	case ISSUE_GROUP_POLICY:
	case ISSUE_GROUP_LIFE:
	case ISSUE_GROUP_MX:
		return says(first, "policy") || says_fix(first, code) ||
		       (code == ISSUE_policy_without_record && says(first, "TXT record"));
	case ISSUE_GROUP_TLSRPT:
		return says(first, "report") || says(first, "_smtp._tls");
	case ISSUE_GROUP_HOST:
		return says_fix(first, code) || says_fix(first, ISSUE_provider_not_onboarded);
	default:
		return says_fix(first, code);
	}
}

static unsigned causes_n;

static void first_is_about_the_cause(const char *name, struct record *r, const struct advice *a)
{
	const struct record_issue *cause = record_first_issue(r);
	char first[CHECK_SENTENCE_MAX];

	if (cause == NULL || cause->severity != SEVERITY_ERROR ||
	    (a->kind != ADVICE_REPAIR && a->kind != ADVICE_SET_UP))
		return;
	causes_n++;
	check_recommend_first(r, EVIDENCE_NOW_S, true, first);
	cr_expect(first[0] != '\0', "%s: nothing for %s", name, issue_info(cause->code)->code);
	if (says(first, "Stop the loss of mail") && r->impact == IMPACT_MAIL_LOSS)
		return;
	cr_expect(removes(first, cause->code), "%s: %s is not removed by \"%s\"", name,
		  issue_info(cause->code)->code, first);
}

Test(check_view, what_is_to_be_done_first_removes_the_cause)
{
	for_all_pairs(first_is_about_the_cause);
	cr_expect(causes_n > 10000, "%u", causes_n);
}

/* A remark tears no record in two; what is to be acted on is pointed at. */
Test(check_view, carets_are_for_what_is_to_be_acted_on)
{
	static const struct {
		const char *tlsrpt;
		bool carets;
	} rows[] = {
		{"v=TLSRPTv1; rua=mailto:a@example.com; rua=mailto:b@example.com", false},
		{"v=TLSRPTv1; rua=a@example.com", true},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct record r;
		struct text page;
		make_record(&(struct evidence){.tlsrpt = rows[i].tlsrpt}, &r);
		bool acts = false;
		for (unsigned k = 0; k < r.issues_n; k++)
			acts = acts || advice_acts(&r.issues[k]);
		render(&page, &r, false, 80);
		cr_expect_eq(acts, rows[i].carets, "%s", rows[i].tlsrpt);
		cr_expect_eq(memmem(page.out.p, page.out.n, "^^", 2) != NULL, rows[i].carets, "%s",
			     rows[i].tlsrpt);
		text_release(&page);
	}
}

/* Six TXT records are shown, and the one that counts wherever it stands; of the others how many. */
Test(check_view, txt_records_beside_the_one_that_counts)
{
	for (unsigned n = 1; n <= 10; n++)
		for (unsigned at = 0; at <= n; at++) { /* n: none counts */
			char values[256] = "", word[32], page[CHECK_TEXT_MAX / 64];
			unsigned shown = at >= 6 && at < n ? 7 : n < 6 ? n : 6;
			struct record r;
			struct text t;
			for (unsigned i = 0; i < n; i++) {
				snprintf(word, sizeof(word), "other-%u-", i);
				strcat(values, i > 0 ? "|" : "");
				strcat(values, i == at ? "v=STSv1; id=1;" : word);
			}
			make_record(&(struct evidence){.sts = values}, &r);
			render(&t, &r, false, 80);
			snprintf(page, sizeof(page), "%.*s", (int)t.out.n, t.out.p);
			char *end = strstr(page, "\nPolicy file");
			cr_assert(end != NULL || at == n, "%s", page);
			if (end == NULL)
				end = strstr(page, "\nTLS-RPT record");
			cr_assert_not_null(end, "%s", page);
			*end = '\0'; /* recommendations name them, too */
			for (unsigned i = 0; i < n; i++) {
				snprintf(word, sizeof(word), "\"other-%u-\"", i);
				cr_expect_eq(strstr(page, i == at ? "\"v=STSv1; id=1;\"" : word) !=
						     NULL,
					     i < 6 || i == at, "%u of %u, %u counts:\n%s", i, n, at,
					     page);
			}
			snprintf(word, sizeof(word), "and %u more TXT record%s\n", n - shown,
				 n - shown == 1 ? "" : "s");
			cr_expect_eq(strstr(page, n > shown ? word : "more TXT") != NULL, n > shown,
				     "%u, %u counts:\n%s", n, at, page);
			text_release(&t);
		}
}

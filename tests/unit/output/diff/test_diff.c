/* What is compared of two records, and that two runs are compared in any memory. */
#include <criterion/criterion.h>

#include "output/diff/diff.h"
#include "output/diff/diff_page.h"
#include "output/diff/diff_print.h"
#include "output/record/record_emit.h"
#include "tests/support/sample.h"
#include "tests/support/scratch.h"

static struct buf text;

static struct diff_state state_of(const struct record *r)
{
	static char kept[2][4096];
	static unsigned at;
	struct diff_state s;
	char *mine = kept[at++ % 2];

	buf_init(&text, RECORD_LINE_MAX);
	diff_state_write(r, true, SPAN_NULL, &text);
	cr_assert(!text.failed && text.n < sizeof(kept[0]));
	memcpy(mine, text.p, text.n);
	cr_assert_eq(diff_state_read(span_of(mine, text.n), &s), 0);
	buf_release(&text);
	return s;
}

static struct record_issue issues[4];
static struct span patterns[] = {SPAN_INIT("mx1.example"), SPAN_INIT("*.example\n\"")};

static struct record example(void)
{
	struct record r;

	record_init(&r);
	r.domain = SPAN_LIT("example.com");
	r.verdict = VERDICT_ENFORCE;
	r.sts.valid = true;
	r.sts.id = SPAN_LIT("20261124");
	r.policy.stage = STAGE_OK;
	r.policy.mode = MODE_ENFORCE;
	r.policy.max_age = 604800;
	r.policy.mx = patterns;
	r.policy.mx_n = 2;
	r.tlsrpt.answer.dns = DNS_NXDOMAIN;
	r.mx.dns = DNS_OK;
	r.issues = issues;
	issues[0] = (struct record_issue){.code = ISSUE_tlsrpt_missing, .severity = SEVERITY_INFO};
	issues[1] = (struct record_issue){.code = ISSUE_policy_enforce_max_age_short,
					  .severity = SEVERITY_WARNING};
	issues[2] = issues[1];
	issues[3] = (struct record_issue){.code = ISSUE_mx_none_match, .severity = SEVERITY_ERROR};
	r.issues_n = 3;
	return r;
}

static bool differs_only(const struct record *a, const struct record *b, enum diff_key key)
{
	struct diff_state x = state_of(a), y = state_of(b);
	bool only = true;

	for (enum diff_key k = 0; k < DIFF_TAG; k++)
		only = only && diff_state_differs(&x, &y, k) == (k == key);
	return only;
}

Test(diff, a_state_holds_the_values_as_json)
{
	struct record r = example();
	struct diff_state s = state_of(&r);

	cr_expect_eq(s.verdict, VERDICT_ENFORCE);
	cr_expect(span_eq(s.v[DIFF_VERDICT], SPAN_LIT("\"enforce\"")));
	cr_expect(span_eq(s.v[DIFF_MAX_AGE], SPAN_LIT("604800")));
	cr_expect(span_eq(s.v[DIFF_MX], SPAN_LIT("[\"mx1.example\",\"*.example\\n\\\"\"]")));
	cr_expect_eq(s.v[DIFF_TLS_REASON].n, 0);
	cr_expect(span_eq(s.v[DIFF_FINDINGS], SPAN_LIT("policy_enforce_max_age_short")));
	cr_expect(span_eq(s.v[DIFF_FINDINGS_TLSRPT], SPAN_LIT("tlsrpt_missing")));
}

Test(diff, every_key_is_compared)
{
	struct record a = example(), b = a;
	struct span rua = SPAN_INIT("mailto:a@example.com");

	cr_expect(differs_only(&a, &b, DIFF_KEY_COUNT));
	b.sts.id = SPAN_LIT("20261125");
	cr_expect(differs_only(&a, &b, DIFF_STS_ID));
	b = a, b.verdict = VERDICT_TESTING;
	cr_expect(differs_only(&a, &b, DIFF_VERDICT));
	b = a, b.impact = IMPACT_MAIL_LOSS;
	cr_expect(differs_only(&a, &b, DIFF_IMPACT));
	b = a, b.sts.valid = false;
	cr_expect(differs_only(&a, &b, DIFF_STS_VALID));
	b = a, b.policy.stage = STAGE_HTTP;
	cr_expect(differs_only(&a, &b, DIFF_STAGE));
	b = a, b.policy.tls_reason = TLS_EXPIRED;
	cr_expect(differs_only(&a, &b, DIFF_TLS_REASON));
	b = a, b.policy.mode = -1;
	cr_expect(differs_only(&a, &b, DIFF_MODE));
	b = a, b.policy.max_age = 0;
	cr_expect(differs_only(&a, &b, DIFF_MAX_AGE));
	b = a, b.policy.mx_n = 1;
	cr_expect(differs_only(&a, &b, DIFF_MX));
	b = a, b.provider_policy = SPAN_LIT("An operator");
	cr_expect(differs_only(&a, &b, DIFF_PROVIDER));
	b = a, b.tlsrpt.valid = true;
	cr_expect(differs_only(&a, &b, DIFF_TLSRPT_VALID));
	b = a, b.tlsrpt.rua = &rua, b.tlsrpt.rua_n = 1;
	cr_expect(differs_only(&a, &b, DIFF_RUA));
}

Test(diff, findings_appear_and_go)
{
	struct record a = example(), b = a;
	enum issue codes[DIFF_FINDINGS_MAX];

	b.issues_n = 4;
	struct diff_state before = state_of(&a), after = state_of(&b);
	cr_assert_eq(diff_state_appeared(&before, &after, codes), 1);
	cr_expect_eq(codes[0], ISSUE_mx_none_match);
	cr_expect_eq(diff_state_appeared(&after, &before, codes), 0);
}

/* What a temporary failure hides has not changed. */
Test(diff, unknown_is_compared_with_nothing)
{
	struct record a = example(), b = a;
	enum issue codes[DIFF_FINDINGS_MAX];

	b.tlsrpt.answer.dns = DNS_TIMEOUT;
	b.tlsrpt.valid = true;
	b.issues = issues + 1; /* without tlsrpt_missing */
	b.issues_n = 2;
	cr_expect(differs_only(&a, &b, DIFF_KEY_COUNT));
	b.mx.dns = DNS_SERVFAIL;
	b.impact = IMPACT_MAIL_LOSS;
	b.issues_n = 3; /* with mx_none_match */
	cr_expect(differs_only(&a, &b, DIFF_KEY_COUNT));
	struct diff_state before = state_of(&a), after = state_of(&b);
	cr_expect_eq(diff_state_appeared(&before, &after, codes), 0);
	cr_expect_eq(diff_state_appeared(&after, &before, codes), 0);
	cr_expect(diff_state_comparable(&before, &after));
	/* No MX record, and the domain's own addresses are not known. */
	b = a;
	a.mx.dns = b.mx.dns = DNS_NODATA;
	a.mx.implicit = 1;
	b.mx.implicit = -1;
	b.impact = IMPACT_MAIL_LOSS;
	cr_expect(differs_only(&a, &b, DIFF_KEY_COUNT));
	b.mx.implicit = 0;
	cr_expect(differs_only(&a, &b, DIFF_IMPACT));
	b.verdict = VERDICT_INCONCLUSIVE;
	after = state_of(&b);
	cr_expect(!diff_state_comparable(&before, &after));
	cr_expect(!diff_state_comparable(&after, &before));
}

/* All values behind the first, empty. */
#define NONE_LEFT "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"

Test(diff, what_is_no_state)
{
	static const char *const bad[] = {"", "\"enforce\"", NONE_LEFT, "\"enforced\"" NONE_LEFT,
					  "\"enforce\"" NONE_LEFT "\n"};
	struct diff_state s;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect_eq(diff_state_read(span_str(bad[i]), &s), -1, "%u", i);
	cr_expect_eq(diff_state_read(SPAN_LIT("\"enforce\"" NONE_LEFT), &s), 0);
}

/* ---- two runs ---------------------------------------------------------------------------- */

#define NAMES 6000

/* Plain NDJSON. Every 50th name is of this run alone, every 40th stands twice, and every third has
 * another name's record. */
static void write_run(const char *name, unsigned which)
{
	struct buf all, line;
	struct arena arena;
	struct record r;

	cr_assert_eq(arena_init(&arena, 65536, 1u << 20), 0);
	buf_init(&all, 1u << 30);
	buf_init(&line, RECORD_LINE_MAX);
	for (unsigned i = 0; i < NAMES; i++) {
		unsigned at = which == 0 ? i : NAMES - 1 - i; /* in another order */
		arena_reset(&arena);
		sample_record(&r, &arena, at % 3 == 0 ? which : 9, at + 1, 500);
		r.domain = arena_printf(&arena, "n%u.%s", at,
					at % 50 == 0 ? which == 0 ? "old" : "new" : "example");
		for (unsigned twice = 0; twice <= (at % 40 == 0); twice++) {
			buf_reset(&line);
			cr_assert_eq(record_emit_once(&r, &line), 0);
			buf_bytes(&all, line.p, line.n);
		}
	}
	cr_assert(!all.failed);
	scratch_write(name, all.p, all.n);
	buf_release(&all);
	buf_release(&line);
	arena_release(&arena);
}

struct heard {
	char *p;
	size_t n;
	FILE *out;
};

static void hear(void *owner, const struct diff_change *c)
{
	struct heard *h = owner;

	fprintf(h->out, "%s %.*s", diff_kind_name(c->kind), (int)c->domain.n, c->domain.p);
	for (enum diff_key key = 0; key < DIFF_KEY_COUNT; key++)
		fprintf(h->out, " %.*s|%.*s", c->before != NULL ? (int)c->before->v[key].n : 0,
			c->before != NULL ? c->before->v[key].p : "",
			c->after != NULL ? (int)c->after->v[key].n : 0,
			c->after != NULL ? c->after->v[key].p : "");
	fprintf(h->out, " +%u -%u\n", c->appeared_n, c->gone_n);
}

static struct heard compare(size_t memory, struct diff_totals *t)
{
	char paths[2][128];
	const char *runs[2] = {paths[0], paths[1]};
	struct remarks remarks = {0};
	struct errmsg err = {""};
	struct heard h;

	snprintf(paths[0], sizeof(paths[0]), "%s/old", scratch_dir());
	snprintf(paths[1], sizeof(paths[1]), "%s/new", scratch_dir());
	h.out = open_memstream(&h.p, &h.n);
	const struct diff_wish wish = {.memory = memory, .tell = hear, .owner = &h};
	cr_assert_eq(diff_runs(runs, &wish, t, &remarks, &err), DIFF_DONE, "%s", err.text);
	fclose(h.out);
	remarks_release(&remarks);
	return h;
}

Test(diff, any_memory_tells_the_same)
{
	struct diff_totals *t = calloc(2, sizeof(*t));

	setenv("TMPDIR", scratch_dir(), 1);
	write_run("old", 0);
	write_run("new", 1);
	struct heard large = compare(DIFF_MEMORY, &t[0]), small = compare(64u << 10, &t[1]);
	cr_expect_eq(large.n, small.n);
	cr_expect(large.n == small.n && memcmp(large.p, small.p, large.n) == 0);
	cr_expect_eq(memcmp(&t[0], &t[1], sizeof(*t)), 0);
	cr_expect_eq(t[0].old.records, NAMES + NAMES / 40);
	cr_expect_eq(t[0].old.repeated, NAMES / 40);
	cr_expect_eq(t[0].new.repeated, NAMES / 40);
	cr_expect_eq(t[0].only_old, NAMES / 50);
	cr_expect_eq(t[0].only_new, NAMES / 50);
	cr_expect_eq(t[0].both, NAMES - NAMES / 50);
	cr_expect_eq(t[0].both, t[0].same + t[0].changed + t[0].unknown);
	cr_expect_gt(t[0].changed, 100);
	cr_expect_gt(t[0].same, NAMES / 2);
	free(large.p);
	free(small.p);
	free(t);
}

Test(diff, a_run_that_is_not_there)
{
	const char *runs[2] = {"/nowhere/run", "/nowhere/run"};
	struct diff_totals *t = calloc(1, sizeof(*t));
	struct remarks remarks = {0};
	struct errmsg err = {""};

	const struct diff_wish wish = {.memory = DIFF_MEMORY, .tell = hear};
	cr_expect_eq(diff_runs(runs, &wish, t, &remarks, &err), DIFF_UNREADABLE);
	cr_expect(strstr(err.text, "/nowhere/run") != NULL, "%s", err.text);
	free(t);
}

/* ---- what a visit showed ----------------------------------------------------------------- */

static struct record_mx_host visited[2];
static struct record_issue visit_issues[2];

/* Enforced, one host of which senders turn away; the finding costs mail. */
static struct record refused(void)
{
	struct record r = example();

	record_mx_host_init(&visited[0]);
	visited[0].host = SPAN_LIT("mx1.example");
	visited[0].tls = MX_TLS_EXPIRED;
	visited[0].tlsa = 1;
	visited[0].dane = DANE_OK;
	r.mx.hosts = visited;
	r.mx.hosts_n = 1;
	visit_issues[0] = (struct record_issue){.code = ISSUE_mx_none_usable,
						.severity = SEVERITY_ERROR,
						.impact = IMPACT_MAIL_LOSS};
	visit_issues[1] =
		(struct record_issue){.code = ISSUE_dane_single_record, .severity = SEVERITY_INFO};
	r.issues = visit_issues;
	r.issues_n = 2;
	r.impact = IMPACT_MAIL_LOSS;
	return r;
}

static void compared(const struct record *a, const struct record *b, struct diff_state *x,
		     struct diff_state *y)
{
	*x = state_of(a);
	*y = state_of(b);
	diff_state_level(x, y);
}

Test(diff, a_host_that_was_not_visited_is_not_better)
{
	struct record a = refused(), b = a;
	static struct record_mx_host other;
	struct diff_state x, y;
	enum issue codes[DIFF_FINDINGS_MAX];

	other = visited[0];
	b.mx.hosts = &other;
	b.issues_n = 0;
	b.impact = IMPACT_NONE;
	static const int says_nothing[] = {-1, MX_TLS_TIMEOUT, MX_TLS_BLOCKED, MX_TLS_EXCLUDED};
	for (unsigned i = 0; i < 4; i++) {
		other.tls = says_nothing[i];
		other.tlsa = 1;
		compared(&a, &b, &x, &y);
		cr_expect(!diff_state_differs(&x, &y, DIFF_IMPACT));
		cr_expect(!diff_state_differs(&x, &y, DIFF_FINDINGS_PROBE));
		cr_expect_eq(diff_state_appeared(&y, &x, codes), 1, "DANE is known in both");
		cr_expect_eq(codes[0], ISSUE_dane_single_record);
		other.tlsa = -1;
		compared(&b, &a, &x, &y);
		cr_expect(!diff_state_differs(&x, &y, DIFF_IMPACT));
		cr_expect_eq(diff_state_appeared(&x, &y, codes), 0);
	}
	other.tls = MX_TLS_OK;
	compared(&a, &b, &x, &y);
	cr_expect(diff_state_differs(&x, &y, DIFF_IMPACT));
	cr_expect(span_eq(x.v[DIFF_IMPACT], SPAN_LIT("\"mail_loss\"")));
	cr_expect_eq(diff_state_appeared(&y, &x, codes), 1);
	cr_expect_eq(codes[0], ISSUE_mx_none_usable);
}

Test(diff, what_costs_mail_without_a_visit_is_compared_with_or_without_one)
{
	struct record a = refused(), b = example();
	struct diff_state x, y;

	visit_issues[1] = (struct record_issue){.code = ISSUE_mx_none_match,
						.severity = SEVERITY_ERROR,
						.impact = IMPACT_MAIL_LOSS};
	compared(&a, &b, &x, &y);
	cr_expect(diff_state_differs(&x, &y, DIFF_IMPACT));
	compared(&a, &a, &x, &y);
	cr_expect(!diff_state_differs(&x, &y, DIFF_IMPACT));
}

/* ---- for better or worse ----------------------------------------------------------------- */

static struct record_issue before_issues[2], after_issues[2];

/* One finding at most. */
static struct record stands(enum verdict verdict, enum impact impact, int code,
			    struct record_issue *room)
{
	struct record r = example();

	r.verdict = verdict;
	r.impact = impact;
	r.issues = room;
	r.issues_n = code >= 0;
	if (code >= 0)
		room[0] = (struct record_issue){.code = (enum issue)code,
						.severity = issue_info((enum issue)code)->severity};
	return r;
}

#define NO_ERROR (-1)
#define OK_ENFORCE VERDICT_ENFORCE, IMPACT_NONE, NO_ERROR
#define OK_TESTING VERDICT_TESTING, IMPACT_NONE, NO_ERROR
#define NOTHING VERDICT_ABSENT, IMPACT_NONE, NO_ERROR
#define EXPIRED VERDICT_BROKEN, IMPACT_UNPROTECTED, ISSUE_policy_cert_expired
#define OTHER_NAME VERDICT_BROKEN, IMPACT_UNPROTECTED, ISSUE_policy_cert_name_mismatch
#define BAD_REPORTS VERDICT_ENFORCE, IMPACT_NONE, ISSUE_tlsrpt_version_invalid
#define BAD_REPORTS_TOO VERDICT_ENFORCE, IMPACT_NONE, ISSUE_tlsrpt_rua_missing
#define BROKEN_ELSE VERDICT_BROKEN, IMPACT_UNPROTECTED, ISSUE_tlsrpt_version_invalid
#define PARTIAL VERDICT_ENFORCE, IMPACT_NONE, ISSUE_mx_partial_match
#define LOSES VERDICT_ENFORCE, IMPACT_MAIL_LOSS, ISSUE_mx_none_match

static const struct {
	struct {
		enum verdict verdict;
		enum impact impact;
		int code;
	} before, after;
	enum diff_direction there, back;
} ways[] = {
	{{OK_ENFORCE}, {LOSES}, DIFF_LOSS, DIFF_BETTER},
	{{EXPIRED}, {LOSES}, DIFF_LOSS, DIFF_STILL},
	{{PARTIAL}, {LOSES}, DIFF_LOSS, DIFF_STILL},
	{{EXPIRED}, {PARTIAL}, DIFF_STILL, DIFF_WORSE},
	{{OK_TESTING}, {PARTIAL}, DIFF_WORSE, DIFF_WORSE},
	{{NOTHING}, {PARTIAL}, DIFF_WORSE, DIFF_WORSE},
	{{OK_ENFORCE}, {PARTIAL}, DIFF_WORSE, DIFF_BETTER},
	{{LOSES}, {LOSES}, DIFF_STILL_LOSS, DIFF_STILL_LOSS},
	{{OK_ENFORCE}, {EXPIRED}, DIFF_WORSE, DIFF_BETTER},
	{{OK_ENFORCE}, {NOTHING}, DIFF_WORSE, DIFF_BETTER},
	{{OK_ENFORCE}, {OK_TESTING}, DIFF_WORSE, DIFF_BETTER},
	{{NOTHING}, {EXPIRED}, DIFF_WORSE, DIFF_BETTER},
	{{OTHER_NAME}, {EXPIRED}, DIFF_STILL, DIFF_STILL},
	{{EXPIRED}, {EXPIRED}, DIFF_STILL, DIFF_STILL},
	{{OK_ENFORCE}, {BAD_REPORTS}, DIFF_WORSE, DIFF_BETTER},
	{{BAD_REPORTS}, {BAD_REPORTS_TOO}, DIFF_STILL, DIFF_STILL},
	/* One is mended, and in another list of findings one comes to light. */
	{{EXPIRED}, {BROKEN_ELSE}, DIFF_STILL, DIFF_STILL},
	{{OK_ENFORCE}, {OK_ENFORCE}, DIFF_OTHER, DIFF_OTHER},
};

static struct diff_change change_of(const struct record *a, const struct record *b,
				    struct diff_state s[2])
{
	struct diff_change c = {.kind = DIFF_CHANGED, .before = &s[0], .after = &s[1]};

	compared(a, b, &s[0], &s[1]);
	c.appeared_n = diff_state_appeared(&s[0], &s[1], c.appeared);
	c.gone_n = diff_state_appeared(&s[1], &s[0], c.gone);
	c.direction = diff_direction(&c);
	c.gravity = diff_gravity(&c);
	return c;
}

Test(diff, what_is_broken_in_another_way_is_neither_worse_nor_better)
{
	struct diff_state s[2];

	for (unsigned i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct record a = stands(ways[i].before.verdict, ways[i].before.impact,
					 ways[i].before.code, before_issues);
		struct record b = stands(ways[i].after.verdict, ways[i].after.impact,
					 ways[i].after.code, after_issues);
		cr_expect_eq(change_of(&a, &b, s).direction, ways[i].there, "%u", i);
		cr_expect_eq(change_of(&b, &a, s).direction, ways[i].back, "%u", i);
	}
}

Test(diff, mail_that_was_not_known_to_be_lost)
{
	struct record a = stands(OK_ENFORCE, before_issues), b = stands(LOSES, after_issues);
	struct diff_state s[2];

	a.mx.dns = DNS_SERVFAIL;
	cr_expect_eq(change_of(&a, &b, s).direction, DIFF_UNSURE_LOSS);
	cr_expect_eq(change_of(&b, &a, s).direction, DIFF_OTHER, "nor known to be repaired");
}

Test(diff, the_deepest_fall_is_told_first)
{
	struct record ok = stands(OK_ENFORCE, before_issues), testing = ok, absent = ok;
	struct record broken = stands(EXPIRED, after_issues);
	struct diff_state s[2];

	testing.verdict = VERDICT_TESTING;
	absent.verdict = VERDICT_ABSENT;
	const unsigned falls[] = {
		change_of(&ok, &broken, s).gravity,	 change_of(&testing, &broken, s).gravity,
		change_of(&ok, &absent, s).gravity,	 change_of(&absent, &broken, s).gravity,
		change_of(&testing, &absent, s).gravity, change_of(&ok, &testing, s).gravity,
		change_of(&ok, &ok, s).gravity};
	for (unsigned i = 1; i < sizeof(falls) / sizeof(*falls); i++)
		cr_expect_lt(falls[i - 1], falls[i], "%u", i);
}

/* The page of the totals, and of the change, if there is one. */
static char *page_with(const struct diff_totals *t, const struct diff_change *c)
{
	static char page[1 << 16];
	static const char *const runs[] = {"old", "new"};
	const struct host_totals hosts = {.compared = false};
	const struct remarks none = {0};
	struct diff_page p;
	FILE *out = fmemopen(page, sizeof(page), "w");

	cr_assert_eq(diff_page_begin(&p), 0);
	if (c != NULL)
		diff_page_change(&p, c);
	cr_assert_eq(diff_page_write(&p, out, runs, t, &hosts, &none), 0);
	fclose(out);
	diff_page_release(&p);
	return page;
}

static char *page_of(const struct diff_totals *t)
{
	return page_with(t, NULL);
}

/* It is said of all that are worse. */
Test(diff, no_mail_is_lost_is_said_where_that_is_so)
{
	struct record a = stands(OK_ENFORCE, before_issues), b = stands(EXPIRED, after_issues);
	struct diff_totals t = {.both = 1, .changed = 1};
	struct diff_state s[2];

	t.directions[DIFF_WORSE] = 1;
	struct diff_change c = change_of(&a, &b, s);
	cr_assert_eq(c.direction, DIFF_WORSE);
	c.domain = SPAN_LIT("example.com");
	cr_expect_not_null(strstr(page_with(&t, &c), "No mail is lost."));
	b = stands(PARTIAL, after_issues);
	c = change_of(&a, &b, s);
	c.domain = SPAN_LIT("example.com");
	const char *page = page_with(&t, &c);
	cr_expect_null(strstr(page, "No mail is lost."));
	cr_expect_not_null(strstr(page, "some MX hosts may be late or lost."));
	b = stands(EXPIRED, after_issues);
	b.mx.dns = DNS_SERVFAIL;
	c = change_of(&a, &b, s);
	c.domain = SPAN_LIT("example.com");
	page = page_with(&t, &c);
	cr_expect_null(strstr(page, "No mail is lost."), "it is not known");
	cr_expect_null(strstr(page, "late or lost"));
}

Test(diff, loss_that_ends_in_another_error_is_told_as_both)
{
	struct diff_totals t = {.loss_ended = 3};
	char head[1024] = "";
	FILE *out = fmemopen(head, sizeof(head), "w");
	static const char *const runs[] = {"old", "new"};

	t.loss_ended_by[DIFF_BETTER] = 2;
	t.loss_ended_by[DIFF_STILL] = 1;
	t.new.started_at_ms = 1790000000000;

	t.directions[DIFF_BETTER] = 4;
	t.directions[DIFF_STILL] = 3;
	const char *page = page_of(&t);
	cr_expect_not_null(strstr(page, "<b>3</b><span>no longer lose mail"));
	cr_expect_not_null(strstr(page, "<b>2</b><span>are better otherwise"));
	cr_expect_not_null(strstr(page, "<b>2</b><span>others still broken, in another way"));
	cr_expect_not_null(strstr(page, "new (scanned <time datetime=\"2026-09-21T"));
	cr_expect_not_null(strstr(page, "From old to new"), "nobody knows when");
	cr_expect_not_null(strstr(page, "<footer>mtasweep " MTASWEEP_VERSION));
	diff_head_text(out, runs, &t);
	fclose(out);
	/* Whoever is told of first is not told of again. */
	cr_expect_not_null(strstr(head,
				  "; 3 no longer do; 2 others still broken, in another way; "
				  "2 others better; 0 the same.\nFrom old to new (2026-09-21 "),
			   "%s", head);
}

Test(diff, one_is_not_many)
{
	struct diff_totals t = {.same = 1};

	t.directions[DIFF_UNSURE_LOSS] = t.directions[DIFF_BETTER] = 1;
	t.directions[DIFF_NEW_LOSS] = 1;
	t.directions[DIFF_NEW] = 2;
	const char *page = page_of(&t);
	cr_expect_not_null(strstr(page, "1 more name loses mail, new in the list; 1 that was not "
					"known before does"));
	cr_expect_not_null(strstr(page, "<b>1</b><span>loses mail, before not known"));
	cr_expect_not_null(strstr(page, "<b>1</b><span>is better<"));
	cr_expect_not_null(strstr(page, "<b>2</b><span>are new, losing no mail"));
	cr_expect_not_null(strstr(page, "<b>1</b><span>is new and loses mail"));
	t.directions[DIFF_UNSURE_LOSS] = t.directions[DIFF_BETTER] = 2;
	page = page_of(&t);
	cr_expect_not_null(strstr(page, "; 2 that were not known before do"));
	cr_expect_not_null(strstr(page, "<b>2</b><span>are better<"));
}

/* What is left of each kind besides those that were told of. */
Test(diff, one_other_is_not_others)
{
	static const struct {
		enum diff_kind kind;
		uint64_t n, told;
		const char *label;
	} of[] = {
		{DIFF_SAME, 1, 0, "the same"},
		{DIFF_SAME, 2, 1, "the same, losing no mail"},
		{DIFF_UNKNOWN, 1, 0, "not known in one of them"},
		{DIFF_UNKNOWN, 2, 0, "not known in one of them"},
		{DIFF_UNKNOWN, 1, 1, "others not known in one of them"},
		{DIFF_UNKNOWN, 2, 1, "other not known in one of them"},
		{DIFF_UNKNOWN, 3, 1, "others not known in one of them"},
		{DIFF_NOT_SCANNED, 5, 0, "not scanned by one of them"},
		{DIFF_NOT_SCANNED, 5, 4, "other not scanned by one of them"},
		{DIFF_NOT_SCANNED, 5, 3, "others not scanned by one of them"},
	};

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		struct diff_totals t = {
			.same = of[i].n, .unknown = of[i].n, .not_scanned = of[i].n};
		t.quiet_kinds[of[i].kind] = of[i].told;
		cr_expect_eq(diff_rest(&t, of[i].kind), of[i].n - of[i].told);
		cr_expect_str_eq(diff_rest_label(&t, of[i].kind), of[i].label, "%u", i);
	}
}

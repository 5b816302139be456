/*
 * The decision table of judge.h, and the rules of presentation as invariants over the whole matrix
 * of evidence: no cascade, inconclusive never an error, absence is information, exactly one root
 * for a broken verdict and none for any other.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/support/evidence.h"

struct ruling {
	const char *title;
	struct evidence evidence;
	enum verdict verdict;
	enum impact impact;
	const char *root; /* code, NULL none */
	enum stage stage;
};

#define EVIDENCE(...)                                                                              \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
static const struct ruling rulings[] = {
#define RULING(title, evidence, verdict, impact, root, stage)                                      \
	{title, evidence, VERDICT_##verdict, IMPACT_##impact, root, STAGE_##stage},
#include "tests/unit/scanner/judge/rulings.def"
#undef RULING
};
#define RULINGS (sizeof(rulings) / sizeof(rulings[0]))

static const char *root_of(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (r->issues[i].root)
			return issue_info(r->issues[i].code)->code;
	return NULL;
}

static void judge_it(struct arena *a, const struct evidence *e, struct record *r)
{
	struct judge_config config;

	judge_config_init(&config);
	evidence_record(a, e, r);
	cr_assert_eq(judge(&config, a, r), 0);
}

Test(judge_rules, decision_table)
{
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	for (size_t i = 0; i < RULINGS; i++) {
		const struct ruling *w = &rulings[i];
		struct record r;
		judge_it(&a, &w->evidence, &r);
		const char *root = root_of(&r);
		cr_expect(r.verdict == w->verdict, "%s: verdict %s", w->title,
			  verdict_name(r.verdict));
		cr_expect(r.impact == w->impact, "%s: impact %s", w->title, impact_name(r.impact));
		cr_expect((root == NULL) == (w->root == NULL) &&
				  (root == NULL || strcmp(root, w->root) == 0),
			  "%s: root %s", w->title, root == NULL ? "none" : root);
		cr_expect(r.policy.stage == w->stage, "%s: stage %s", w->title,
			  stage_name(r.policy.stage));
		arena_reset(&a);
	}
	arena_release(&a);
}

/* ---- invariants -------------------------------------------------------------------------- */

static void check_findings(const struct record *r, const char *what)
{
	unsigned roots = 0;
	bool record_counts = r->sts.valid;

	for (unsigned i = 0; i < r->issues_n; i++) {
		const struct record_issue *one = &r->issues[i];
		const struct issue_info *info = issue_info(one->code);
		roots += one->root;
		if (one->root)
			cr_expect_eq(info->severity, SEVERITY_ERROR, "%s: root %s is no error",
				     what, info->code);
		/* No cascade: nothing about a policy that no sender would ask for. */
		bool of_policy = info->group == ISSUE_GROUP_HOST ||
				 info->group == ISSUE_GROUP_POLICY ||
				 info->group == ISSUE_GROUP_LIFE || info->group == ISSUE_GROUP_MX ||
				 info->group == ISSUE_GROUP_PROVIDER;
		if (of_policy && !record_counts)
			cr_expect_eq(one->code, ISSUE_policy_without_record,
				     "%s: %s without a record", what, info->code);
		/* An inconclusive verdict about a thing never comes with an error about it. */
		if (r->verdict == VERDICT_INCONCLUSIVE && info->group != ISSUE_GROUP_TLSRPT &&
		    info->group != ISSUE_GROUP_DOMAIN)
			cr_expect_neq(info->severity, SEVERITY_ERROR, "%s: error %s", what,
				      info->code);
		cr_expect(one->detail.n <= FINDING_DETAIL_MAX, "%s: long detail", what);
	}
	cr_expect_eq(roots, r->verdict == VERDICT_BROKEN, "%s: %u roots for %s", what, roots,
		     verdict_name(r->verdict));
}

static void check_record(const struct record *r, const char *what)
{
	bool policy = r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING ||
		      r->verdict == VERDICT_NONE;

	check_findings(r, what);
	cr_expect_eq(policy, r->sts.valid && r->policy.valid, "%s: validity", what);
	cr_expect(!policy || r->policy.stage == STAGE_OK, "%s: stage", what);
	cr_expect(r->verdict != VERDICT_BROKEN || r->impact == IMPACT_UNPROTECTED, "%s: impact",
		  what);
	cr_expect(r->impact != IMPACT_MAIL_LOSS || r->verdict == VERDICT_ENFORCE, "%s: impact",
		  what);
	cr_expect(r->interoperable == -1 || (r->interoperable == 1) == (r->senders_refusing == 0),
		  "%s: interoperable", what);
	cr_expect_eq(r->interoperable != -1, policy || r->verdict == VERDICT_BROKEN,
		     "%s: something to judge", what);
}

static const char *const sts_values[] = {"v=STSv1; id=1", "v=spf1 -all", "v=STSv1",
					 "v=STSv1; id=1|v=STSv1; id=2", "v=STSv1 ; id=1|x"};
#define STS_GOOD 0u
/* What is served, and what a file that was fetched as it should be makes of a good record. */
static const struct body {
	const char *text;
	enum verdict verdict;
} bodies[] = {
	{EVIDENCE_POLICY, VERDICT_ENFORCE},
	{EVIDENCE_TESTING, VERDICT_TESTING},
	{"version: STSv1\nmode: none\nmax_age: 86400\n", VERDICT_NONE},
	{"", VERDICT_BROKEN},
	{"<html>", VERDICT_BROKEN},
	{"mode: x\n", VERDICT_BROKEN},
	{EVIDENCE_LINE(""), VERDICT_BROKEN},
};
#define BODIES (sizeof(bodies) / sizeof(bodies[0]))
static const int statuses[] = {200, 0, 204, 301, 404, 403, 408, 429, 500, 503};
#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

/* What the matrix came to: a cell that is 0 in the end was promised and never looked at. */
struct met {
	unsigned verdict[VERDICT_EXCLUDED + 1], impact[IMPACT_MAIL_LOSS + 1], stage[STAGE_OK + 1];
	unsigned mode[MODE_NONE + 1], interoperable[2], usable;
};

static void check_policy(struct arena *a, const struct evidence *e, const struct body *body,
			 struct met *met, const char *what)
{
	struct record r;
	/* The attempt came to an answer with status 200 (0 stands for the healthy one). */
	bool had = e->stage >= GIVEN(STAGE_HTTP) && e->tls_reason == 0 && !e->timed_out &&
		   (e->status == 200 || e->status == 0);

	judge_it(a, e, &r);
	check_record(&r, what);
	met->verdict[r.verdict]++;
	met->impact[r.impact]++;
	met->stage[r.policy.stage]++;
	if (r.policy.mode >= 0)
		met->mode[r.policy.mode]++;
	if (r.interoperable >= 0)
		met->interoperable[r.interoperable]++;
	if (e->sts == sts_values[STS_GOOD] && had && e->stage == GIVEN(STAGE_OK)) {
		met->usable++;
		cr_expect_eq(r.verdict, body->verdict, "%s: %s of \"%s\"", what,
			     verdict_name(r.verdict), body->text);
	} else if (!had) {
		cr_expect(r.verdict != VERDICT_ENFORCE && r.verdict != VERDICT_TESTING &&
				  r.verdict != VERDICT_NONE,
			  "%s: %s of a file that was not had", what, verdict_name(r.verdict));
	}
	arena_reset(a);
}

static void check_policy_matrix(struct arena *a, struct evidence e, struct met *met,
				const char *what)
{
	for (unsigned stage = 0; stage < stage_count; stage++)
		for (unsigned dns = 0; dns < dns_outcome_count; dns++)
			for (unsigned tls = 0; tls <= tls_reason_count; tls++)
				for (size_t s = 0; s < STATUSES * 2; s++) {
					const struct body *body =
						&bodies[(s + tls + dns + stage) % BODIES];
					e.stage = GIVEN(stage);
					e.policy_dns = GIVEN(dns);
					e.tls_reason = (int)tls;
					e.tls_reasons = tls;
					e.status = statuses[s / 2];
					e.timed_out = s % 2 == 1;
					e.body = body->text;
					check_policy(a, &e, body, met, what);
				}
	/* And each file as a healthy host serves it. */
	e.stage = GIVEN(STAGE_OK);
	e.policy_dns = GIVEN(DNS_OK);
	e.tls_reason = 0;
	e.tls_reasons = 0;
	e.status = 200;
	e.timed_out = false;
	for (size_t i = 0; i < BODIES; i++) {
		e.body = bodies[i].text;
		check_policy(a, &e, &bodies[i], met, what);
	}
}

static void check_met(const struct met *met)
{
	for (unsigned i = 0; i < VERDICT_INVALID_INPUT; i++)
		cr_expect_gt(met->verdict[i], 0, "no %s", verdict_name((enum verdict)i));
	for (unsigned i = 0; i < impact_count; i++)
		cr_expect_gt(met->impact[i], 0, "no impact %s", impact_name((enum impact)i));
	for (unsigned i = 0; i < stage_count; i++)
		cr_expect_gt(met->stage[i], 0, "no stage %s", stage_name((enum stage)i));
	for (unsigned i = 0; i < mode_count; i++)
		cr_expect_gt(met->mode[i], 0, "no mode %s", mode_name((enum mode)i));
	cr_expect_gt(met->interoperable[0], 0);
	cr_expect_gt(met->interoperable[1], 0);
	cr_expect_gt(met->usable, 20, "%u usable policies", met->usable);
}

Test(judge_rules, presentation)
{
	static struct met met;
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 17, 1 << 20), 0);
	for (unsigned dns = 0; dns < dns_outcome_count; dns++)
		for (unsigned mx = 0; mx < dns_outcome_count; mx++)
			for (size_t v = 0; v < sizeof(sts_values) / sizeof(sts_values[0]); v++) {
				struct evidence e = {.sts_dns = GIVEN(dns),
						     .mx_dns = GIVEN(mx),
						     .tlsrpt_dns = GIVEN((dns + mx) % 10),
						     .sts = sts_values[v],
						     .mx = mx % 2 == 0 ? NULL : "10 other.example"};
				char what[80];
				snprintf(what, sizeof(what), "sts %s, mx %s, \"%s\"",
					 dns_outcome_name((enum dns_outcome)dns),
					 dns_outcome_name((enum dns_outcome)mx), sts_values[v]);
				struct record r;
				judge_it(&a, &e, &r);
				check_record(&r, what);
				if (!dns_answered((enum dns_outcome)dns))
					cr_expect_neq(r.verdict, VERDICT_ABSENT, "%s", what);
				met.verdict[r.verdict]++;
				arena_reset(&a);
				if (dns == DNS_OK && mx <= DNS_NODATA)
					check_policy_matrix(&a, e, &met, what);
			}
	/* A policy that covers none of the MX hosts. */
	struct evidence lost = {.sts = sts_values[STS_GOOD], .mx = "10 other.example"};
	check_policy_matrix(&a, lost, &met, "no host is covered");
	check_met(&met);
	arena_release(&a);
}

Test(judge_rules, severities_change_no_verdict)
{
	static const struct evidence bad = {.sts = "v=STSv1; id=a-b"};
	struct judge_config config;
	struct record r;
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	judge_config_init(&config);
	cr_assert_eq(judge_config_severity(&config, "sts_record_id_charset=info", NULL), 0);
	evidence_record(&a, &bad, &r);
	cr_assert_eq(judge(&config, &a, &r), 0);
	cr_assert_eq(r.verdict, VERDICT_BROKEN);
	cr_assert_eq(r.issues[0].severity, SEVERITY_INFO);
	cr_assert(r.issues[0].root);
	arena_release(&a);
}

/* `scan`, `check`, `lint` and `recheck` all ask here, so they cannot disagree about a level. */
Test(judge_rules, severities_that_are_none)
{
	static const char *const wrong[][2] = {
		{"sts_record_id_charset", "wants CODE=LEVEL, not 'sts_record_id_charset'"},
		{"", "wants CODE=LEVEL, not ''"},
		{"no_such_code=info", "no finding 'no_such_code'"},
		{"=info", "no finding ''"},
		{"sts_record_id_charset=loud", "error, warning or info, not 'loud'"},
		{"sts_record_id_charset=", "error, warning or info, not ''"},
		{"sts_record_id_charset=inconclusive", "not 'inconclusive': that says what a scan"},
	};
	struct judge_config config, before;

	judge_config_init(&config);
	before = config;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct errmsg err = {""};
		cr_expect_eq(judge_config_severity(&config, wrong[i][0], &err), -1);
		cr_expect_not_null(strstr(err.text, wrong[i][1]), "'%s' is told: %s", wrong[i][0],
				   err.text);
	}
	cr_expect_arr_eq(config.severity, before.severity, sizeof(before.severity));
}

/* Judging the same evidence again, with what the first judgement left in the record, changes
 * nothing. */
Test(judge_rules, judging_twice_gives_the_same)
{
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	for (size_t i = 0; i < RULINGS; i++) {
		struct judge_config config;
		struct record r, again;
		judge_config_init(&config);
		judge_it(&a, &rulings[i].evidence, &r);
		again = r;
		again.sts.answer.txt_pieces = again.tlsrpt.answer.txt_pieces = NULL;
		cr_assert_eq(judge(&config, &a, &again), 0);
		cr_expect_eq(again.verdict, r.verdict, "%s", rulings[i].title);
		cr_expect_eq(again.impact, r.impact, "%s", rulings[i].title);
		cr_expect_eq(again.senders_refusing, r.senders_refusing, "%s", rulings[i].title);
		cr_expect_eq(again.issues_n, r.issues_n, "%s", rulings[i].title);
		arena_reset(&a);
	}
	arena_release(&a);
}

Test(judge_rules, an_exhausted_arena_is_our_failure)
{
	static const struct evidence bad = {.sts = "v=STSv1; id=a-b"};
	struct judge_config config;
	struct record r;
	struct arena a, small;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	cr_assert_eq(arena_init(&small, 64, 0), 0);
	judge_config_init(&config);
	evidence_record(&a, &bad, &r);
	cr_assert_eq(judge(&config, &small, &r), -1);
	arena_release(&a);
	arena_release(&small);
}

/* Many MX hosts or many defects of one file leave room for what the other parts have to say. */
Test(judge_rules, one_part_cannot_crowd_out_the_others)
{
	static const struct evidence crowded = {.mx = "1 a.net|1 b.net|1 c.net|1 d.net|1 e.net|1 "
						      "f.net|1 g.net|1 h.net|1 i.net|1 j.net|"
						      "1 k.net|1 l.net|1 m.net|1 n.net|1 o.net|1 "
						      "p.net|1 q.net|1 r.net|1 s.net|1 t.net",
						.tlsrpt = "v=TLSRPTv1"};
	static char body[4096];
	struct evidence long_file = {.body = body, .tlsrpt = "v=TLSRPTv1"};
	size_t n = 0;
	struct record r;
	struct arena a;

	for (int i = 0; i < 20; i++)
		n += (size_t)snprintf(body + n, sizeof(body) - n,
				      "mode: x%d\n# c\n\n a: b\nd : e\nnpm\nmx: a@b\nmx: c.\nf:\n",
				      i);
	cr_assert_eq(arena_init(&a, 1 << 17, 1 << 20), 0);
	const struct evidence *both[] = {&crowded, &long_file};
	for (int k = 0; k < 2; k++) {
		bool tlsrpt = false;
		judge_it(&a, both[k], &r);
		for (unsigned i = 0; i < r.issues_n; i++)
			tlsrpt = tlsrpt || r.issues[i].code == ISSUE_tlsrpt_no_delimiter;
		cr_expect(tlsrpt, "%d", k);
		cr_expect_gt(r.issues_dropped, 10);
		cr_expect_leq(r.issues_n, FINDINGS_MAX);
		check_record(&r, "crowded");
		arena_reset(&a);
	}
	arena_release(&a);
}

/* judge.c - the order of a judgement; see judge.h for the verdicts, judge_parts.h for the parts. */
#include "scanner/judge/judge.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "parsers/name.h"
#include "parsers/sts_record.h"
#include "scanner/judge/judge_parts.h"

void judge_config_init(struct judge_config *c)
{
	c->cert_days = 0;
	for (unsigned i = 0; i < ISSUE_COUNT; i++)
		c->severity[i] = (unsigned char)issue_info((enum issue)i)->severity;
}

int judge_config_severity(struct judge_config *c, const char *setting, struct errmsg *err)
{
	const char *equals = strchr(setting, '=');

	if (equals == NULL)
		return errmsg_set(err, "--severity wants CODE=LEVEL, not '%s'", setting);
	int code = issue_parse(span_of(setting, (size_t)(equals - setting)));
	int level = severity_parse(span_str(equals + 1));
	if (code < 0)
		return errmsg_set(err,
				  "--severity: no finding '%.*s'; 'mtasweep explain' lists them",
				  (int)(equals - setting), setting);
	if (level == SEVERITY_INCONCLUSIVE)
		return errmsg_set(err,
				  "--severity wants error, warning or info, not 'inconclusive': "
				  "that says what a scan could not find out");
	if (level < 0)
		return errmsg_set(err, "--severity wants error, warning or info, not '%s'",
				  equals + 1);
	c->severity[code] = (unsigned char)level;
	return 0;
}

bool judge_wants_policy(const struct record_txt *answer)
{
	return answer->dns == DNS_OK && sts_record_usable(answer->txt, answer->txt_n);
}

/*
 * Where the way ends for a sender, which goes no further than the certificate (RFC 8461 3.3),
 * whatever the fetcher did afterwards to see what is there.
 */
static enum stage judge_stage(const struct record_policy *p)
{
	bool answered = p->stage == STAGE_HTTP || p->stage == STAGE_SYNTAX || p->stage == STAGE_OK;

	if (!answered)
		return p->stage;
	if (p->tls_verified == 0)
		return STAGE_TLS;
	if (p->http_status != 200 || p->http_error.p != NULL || p->body_cut || p->timed_out)
		return STAGE_HTTP;
	return STAGE_OK;
}

static void judge_input(struct judging *j)
{
	if (j->r->name_flags & NAME_WAS_URL)
		judge_add(j, ISSUE_input_from_url);
	if (j->r->name_flags & NAME_WAS_EMAIL)
		judge_add(j, ISSUE_input_from_email);
}

/* The policy and the way to it. stage is told here and nowhere else: the parts only read it. */
static enum verdict judge_way(struct judging *j)
{
	struct record_policy *p = &j->r->policy;

	p->stage = judge_stage(p);
	enum verdict verdict = judge_host(j);
	if (verdict == VERDICT_BROKEN && p->stage == STAGE_TLS)
		judge_policy_behind(j);
	if (verdict != VERDICT_ENFORCE)
		return verdict;
	assert(p->stage == STAGE_OK);
	judge_served(j);
	verdict = judge_policy(j);
	if (verdict == VERDICT_BROKEN)
		p->stage = STAGE_SYNTAX;
	return verdict;
}

/* A policy that was fetched though no sender asks for it. */
static void judge_unasked(struct judging *j)
{
	struct record_policy *p = &j->r->policy;
	struct findings f;

	p->stage = judge_stage(p);
	if (p->stage != STAGE_OK)
		return;
	policy_parse(p->body.p != NULL ? p->body : SPAN_LIT(""), &f, &j->policy);
	if (!j->policy.valid)
		p->stage = STAGE_SYNTAX;
}

/* Everything after the name is known to be one. */
static enum verdict judge_name(struct judging *j)
{
	judge_input(j);
	judge_domain(j);
	enum verdict verdict = judge_sts(j);
	if (verdict != VERDICT_ENFORCE)
		judge_unasked(j);
	if (verdict == VERDICT_ABSENT && j->r->policy.stage == STAGE_OK)
		judge_orphan(j);
	if (verdict == VERDICT_ENFORCE)
		verdict = judge_way(j);
	bool in_force = j->r->policy.valid && verdict != VERDICT_ABSENT;
	if (in_force) {
		judge_life(j);
		judge_mx(j);
	}
	judge_mx_tls(j, in_force);
	judge_dane(j);
	judge_provider(j, verdict);
	judge_tlsrpt(j, verdict);
	return verdict;
}

static void judge_clear(struct record *r)
{
	r->impact = IMPACT_NONE;
	r->interoperable = -1;
	r->senders_refusing = 0;
	r->sts.valid = r->tlsrpt.valid = r->policy.valid = false;
	r->sts.id = SPAN_NULL;
	r->tlsrpt.rua = NULL;
	r->tlsrpt.rua_n = 0;
	r->policy.mode = r->policy.newline = TERM_NULL;
	r->policy.max_age = -1;
	r->policy.mx = NULL;
	r->policy.mx_n = r->policy.mx_dropped = 0;
	r->provider_policy = r->provider_mx = SPAN_NULL;
	for (unsigned i = 0; i < r->mx.hosts_n; i++) {
		r->mx.hosts[i].matched = -1;
		r->mx.hosts[i].mismatch = TERM_NULL;
		r->mx.hosts[i].suggestion = SPAN_NULL;
		r->mx.hosts[i].sts_usable = -1;
	}
}

static void judge_finish(struct judging *j)
{
	struct record *r = j->r;

	for (unsigned i = 0; i < j->n; i++) {
		if (j->v[i].impact > r->impact)
			r->impact = j->v[i].impact;
		/* Who cannot report can still deliver by the policy. */
		enum issue_group group = issue_info(j->v[i].code)->group;
		if (issue_group_info(group)->touches != ISSUE_TOUCHES_REPORTS)
			r->senders_refusing |= j->v[i].senders;
	}
	if (r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING ||
	    r->verdict == VERDICT_NONE || r->verdict == VERDICT_BROKEN)
		r->interoperable = r->senders_refusing == 0;
	else
		r->senders_refusing = 0;
	assert(j->root < (int)j->n && (j->root < 0 || j->v[j->root].root));
	assert(r->verdict != VERDICT_INCONCLUSIVE || r->interoperable < 0); /* nothing was seen */
	r->issues_n = j->n;
	r->issues_dropped = j->dropped;
	r->issues = judge_issues(j);
}

int judge(const struct judge_config *c, struct arena *a, struct record *r)
{
	struct judging j;

	judge_start(&j, c, a, r);
	judge_clear(r);
	if (r->verdict == VERDICT_EXCLUDED) {
		judge_add(&j, ISSUE_scan_excluded);
	} else if (r->domain.p == NULL) {
		r->verdict = VERDICT_INVALID_INPUT;
		judge_detail(&j, judge_add(&j, ISSUE_domain_syntax_invalid), "%s",
			     name_status_text((enum name_status)r->name_status));
	} else {
		r->verdict = judge_name(&j);
		assert((r->verdict == VERDICT_BROKEN) == (j.root >= 0));
		/* A policy is taken over only where a sender would act by it: its mode decides. */
		bool by_mode = r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING ||
			       r->verdict == VERDICT_NONE;
		assert(r->policy.valid == by_mode);
		assert(!by_mode || (r->sts.valid && r->policy.stage == STAGE_OK));
	}
	judge_finish(&j);
	return j.failed ? -1 : 0;
}

/* judge_policy.c - the policy file, and what a valid one means (RFC 8461 3.2, 8). */
#include <assert.h>
#include <stdio.h>

#include "output/text/quote.h"
#include "parsers/hostname.h"
#include "scanner/judge/judge_parts.h"
#include "scanner/judge/providers.h"
#include "parsers/suffix.h"

#define DAY_S 86400
#define POLICY_MX_MANY 50u

static void policy_fill(struct judging *j)
{
	struct record_policy *p = &j->r->policy;
	const struct policy *parsed = &j->policy;

	p->valid = parsed->valid;
	p->mode = parsed->mode;
	p->max_age = parsed->max_age;
	p->newline = parsed->newline;
	unsigned kept = parsed->mx_n < POLICY_MX_KEPT ? parsed->mx_n : POLICY_MX_KEPT;
	if (kept == 0)
		return;
	struct span *mx = arena_alloc(j->arena, kept * sizeof(*mx));
	if (mx == NULL) {
		j->failed = true;
		return;
	}
	memcpy(mx, parsed->mx, kept * sizeof(*mx));
	p->mx = mx;
	p->mx_n = kept;
	p->mx_dropped = parsed->mx_n - kept;
}

/*
 * A stored record holds text: ill-formed bytes of the body came back as U+FFFD, three bytes each.
 * When the length says so, the file was not UTF-8, which is what a sender saw.
 */
static bool policy_lost_bytes(const struct record_policy *p)
{
	return !p->body_cut && p->body.p != NULL && p->body.n != p->body_bytes &&
	       memmem(p->body.p, p->body.n, "\xef\xbf\xbd", 3) != NULL;
}

void judge_orphan(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;
	struct findings f;
	bool no_mail = j->r->mx.null_mx == 1 ||
		       (j->r->mx.dns == DNS_NODATA && j->r->mx.implicit == 0) ||
		       j->r->mx.dns == DNS_NXDOMAIN;

	/* Of a withdrawal the file goes last; without mail nothing is unprotected. */
	if (p->body.p == NULL || no_mail)
		return;
	policy_parse(p->body, &f, &j->policy);
	if (j->policy.valid && j->policy.mode != MODE_NONE)
		judge_detail(j, judge_add(j, ISSUE_policy_without_record), "mode %s",
			     mode_name((enum mode)j->policy.mode));
}

void judge_policy_behind(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;
	bool other_host = (p->tls_reasons & (1u << TLS_NAME_MISMATCH)) != 0 ||
			  p->tls_reason == TLS_NAME_MISMATCH;
	struct findings f;

	/* A certificate for other names means another host's pages: they would only mislead. */
	if (other_host || p->http_status != 200 || p->body.p == NULL || p->body_cut)
		return;
	policy_parse(p->body, &f, &j->policy);
	judge_take(j, &f, p->body, false, judge_suggest_policy);
}

void judge_policy_text(struct judging *j, struct span body)
{
	struct findings f;

	policy_parse(body, &f, &j->policy);
	if (j->policy.valid && policy_lost_bytes(&j->r->policy)) {
		findings_break(&f, ISSUE_policy_not_utf8, SPAN_NULL);
		j->policy.valid = false;
	}
	assert(j->policy.valid == (f.root < 0));
	policy_fill(j);
	judge_take(j, &f, body, true, judge_suggest_policy);
}

enum verdict judge_policy(struct judging *j)
{
	static const enum verdict by_mode[] = {[MODE_ENFORCE] = VERDICT_ENFORCE,
					       [MODE_TESTING] = VERDICT_TESTING,
					       [MODE_NONE] = VERDICT_NONE};
	struct record_policy *p = &j->r->policy;

	assert(p->stage == STAGE_OK && j->root < 0);
	judge_policy_text(j, p->body.p != NULL ? p->body : SPAN_LIT(""));
	assert(p->valid == (j->root < 0));
	return p->valid ? by_mode[p->mode] : VERDICT_BROKEN;
}

/* ---- meaning ----------------------------------------------------------------------------- */

static void life_max_age(struct judging *j)
{
	int64_t age = j->r->policy.max_age;
	bool enforce = j->r->policy.mode == MODE_ENFORCE;
	int code = -1;

	if (j->r->policy.mode == MODE_NONE)
		code = age > DAY_S ? (int)ISSUE_policy_none_long_max_age : -1;
	else if (age == 0)
		code = ISSUE_policy_max_age_zero;
	else if (age < 3600)
		code = ISSUE_policy_max_age_under_1h;
	else if (age < DAY_S)
		code = ISSUE_policy_max_age_short;
	else if (age < 7 * DAY_S)
		code = ISSUE_policy_max_age_below_week;
	else if (enforce && age < 14 * DAY_S)
		code = ISSUE_policy_enforce_max_age_short;
	else if (!enforce && age > 30 * DAY_S)
		code = ISSUE_policy_testing_max_age_long;
	if (code >= 0)
		judge_detail(j, judge_add(j, (enum issue)code), "max_age %lld", (long long)age);
}

static void life_patterns(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;

	for (unsigned i = 0; i < p->mx_n; i++) {
		struct span pattern = p->mx[i];
		if (!span_starts(pattern, SPAN_LIT("*.")))
			continue;
		struct span domain = span_of(pattern.p + 2, pattern.n - 2);
		if (suffix_is_public(domain) || provider_is_broad(domain))
			judge_detail(j, judge_add(j, ISSUE_policy_mx_wildcard_broad), "\"%s\"",
				     quote_of(pattern).text);
	}
	if (j->policy.mx_n > POLICY_MX_MANY)
		judge_detail(j, judge_add(j, ISSUE_policy_mx_many), "%u", j->policy.mx_n);
}

void judge_life(struct judging *j)
{
	assert(j->policy.valid && j->r->policy.max_age >= 0);
	switch (j->r->policy.mode) {
	case MODE_TESTING:
		judge_add(j, ISSUE_policy_mode_testing);
		break;
	case MODE_NONE:
		judge_add(j, ISSUE_policy_mode_none);
		if (j->policy.mx_n == 0)
			judge_add(j, ISSUE_policy_none_without_mx);
		break;
	default:
		break;
	}
	life_max_age(j);
	life_patterns(j);
}

/* check_advice.c - see check_advice.h. */
#include "scanner/check/check_advice.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "parsers/hostname.h"
#include "parsers/mxmatch.h"
#include "parsers/policy.h"
#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "scanner/judge/providers.h"
#include "parsers/suffix.h"

#define DAY_S 86400
/* Testing: long enough to be cached, short enough to change one's mind. Enforce: RFC 8461 3.2
 * speaks of weeks. */
#define TESTING_AGE_S (7 * DAY_S)
#define TESTING_AGE_MAX_S (30 * DAY_S)
#define ENFORCE_AGE_S (30 * DAY_S)
#define ENFORCE_AGE_MIN_S (14 * DAY_S)

bool advice_acts(const struct record_issue *issue)
{
	return issue->severity == SEVERITY_ERROR || issue->severity == SEVERITY_WARNING;
}

static bool advice_servers_act(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]) && issue_has(r->issues[i].code, ISSUE_OF_SERVER))
			return true;
	return false;
}

static bool advice_group_acts(const struct record *r, enum issue_group group)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]) && issue_info(r->issues[i].code)->group == group &&
		    !issue_has(r->issues[i].code, ISSUE_OF_SERVER))
			return true;
	return false;
}

bool advice_has(const struct record *r, enum issue_group group, enum issue_trait trait)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (issue_info(r->issues[i].code)->group == group &&
		    issue_has(r->issues[i].code, trait))
			return true;
	return false;
}

/* ---- the policy -------------------------------------------------------------------------- */

struct advice_writer {
	char *text;
	size_t at;
	unsigned mx;
};

static void advice_mx_line(struct advice_writer *w, struct span name)
{
	/* Twice MX_HOST_MAX names fit: patterns that are kept, hosts that none of them covers. */
	assert(w->at + name.n + 8 <= ADVICE_POLICY_MAX - 64);
	w->at += (size_t)snprintf(w->text + w->at, ADVICE_POLICY_MAX - w->at, "mx: %.*s\n",
				  (int)name.n, name.p);
	w->mx++;
}

/* A pattern that nobody could complain about. */
static bool advice_pattern_fine(struct span pattern)
{
	struct span domain = pattern;

	if (!policy_mx_valid(pattern))
		return false;
	if (span_starts(pattern, SPAN_LIT("*."))) {
		domain = span_of(pattern.p + 2, pattern.n - 2);
		if (suffix_is_public(domain) || provider_is_broad(domain))
			return false;
	}
	return hostname_labels(domain) > 1 && !hostname_is_ipv4(domain);
}

static bool advice_covers(const struct record *r, struct span pattern)
{
	for (unsigned i = 0; i < r->mx.hosts_n; i++)
		if (mxmatch(pattern, r->mx.hosts[i].host) == MXMATCH_YES)
			return true;
	return false;
}

/* Patterns of a valid policy that do their work stay as they are. */
static bool advice_keeps(const struct record *r, unsigned i)
{
	struct span pattern = r->policy.mx[i];

	for (unsigned k = 0; k < i; k++)
		if (span_ieq(r->policy.mx[k], pattern))
			return false;
	return advice_pattern_fine(pattern) && advice_covers(r, pattern);
}

bool advice_leaves_out(const struct record *r, unsigned pattern)
{
	struct span left = r->policy.mx[pattern];

	for (unsigned i = 0; i < pattern; i++)
		if (span_ieq(r->policy.mx[i], left))
			return false;
	if (r->mx.implicit == 1 && r->mx.hosts_n == 0)
		return mxmatch(left, r->domain) != MXMATCH_YES;
	return advice_pattern_fine(left) && !advice_covers(r, left);
}

static void advice_mx_lines(const struct record *r, struct advice_writer *w)
{
	const struct record_mx *mx = &r->mx;
	unsigned patterns = r->policy.valid ? r->policy.mx_n : 0, kept_max = 0;

	for (; kept_max < patterns && w->mx < MX_HOST_MAX; kept_max++)
		if (advice_keeps(r, kept_max))
			advice_mx_line(w, r->policy.mx[kept_max]);
	for (unsigned h = 0; h < mx->hosts_n && h < MX_HOST_MAX; h++) {
		bool covered = !policy_mx_names(mx->hosts[h].host);
		for (unsigned i = 0; i < kept_max && !covered; i++)
			covered = advice_keeps(r, i) &&
				  mxmatch(r->policy.mx[i], mx->hosts[h].host) == MXMATCH_YES;
		for (unsigned k = 0; k < h && !covered; k++)
			covered = span_ieq(mx->hosts[k].host, mx->hosts[h].host);
		if (!covered)
			advice_mx_line(w, mx->hosts[h].host);
	}
	if (mx->implicit == 1 && mx->hosts_n == 0)
		advice_mx_line(w, r->domain);
}

static enum mode advice_mode(const struct record *r)
{
	/* A policy that senders use already goes on as it is; anything new is tried out first. */
	return r->policy.valid && r->policy.mode == MODE_ENFORCE ? MODE_ENFORCE : MODE_TESTING;
}

static int64_t advice_max_age(const struct record *r, enum mode mode)
{
	int64_t age = r->policy.valid ? r->policy.max_age : -1;

	if (mode == MODE_ENFORCE)
		return age >= ENFORCE_AGE_MIN_S ? age : ENFORCE_AGE_S;
	return age >= TESTING_AGE_S && age <= TESTING_AGE_MAX_S ? age : TESTING_AGE_S;
}

/* 0 when there is no MX host that a policy could name. */
static unsigned advice_write_policy(const struct record *r, struct advice *out)
{
	struct advice_writer w = {.text = out->policy_text};

	out->mode = advice_mode(r);
	w.at = (size_t)snprintf(w.text, ADVICE_POLICY_MAX, "version: STSv1\nmode: %s\n",
				mode_name(out->mode));
	advice_mx_lines(r, &w);
	snprintf(w.text + w.at, ADVICE_POLICY_MAX - w.at, "max_age: %lld\n",
		 (long long)advice_max_age(r, out->mode));
	return w.mx;
}

/* ---- the records ------------------------------------------------------------------------- */

static void advice_write_sts(const struct record *r, int64_t now, struct advice *out)
{
	time_t t = (time_t)now;
	struct tm tm;
	char id[32];

	gmtime_r(&t, &tm);
	strftime(id, sizeof(id), "%Y%m%d%H%M%S", &tm);
	/* The same second twice: an id that is published already would change nothing. */
	const char *more = span_eq(r->sts.id, span_str(id)) ? "1" : "";
	snprintf(out->sts_text, sizeof(out->sts_text), "v=STSv1; id=%s%s", id, more);
}

static bool advice_tlsrpt_clean(const char *text)
{
	struct findings f;
	struct tlsrpt parsed;

	tlsrpt_parse(span_str(text), &f, &parsed);
	return parsed.valid && f.n == 0;
}

/* The addresses of the record that is there that can be used; without one an address in the
 * domain. */
static void advice_write_tlsrpt(const struct record *r, struct advice *out)
{
	static const char head[] = "v=TLSRPTv1; rua=";
	size_t at = 0;

	for (unsigned i = 0; i < r->tlsrpt.rua_n; i++) {
		struct span rua = r->tlsrpt.rua[i];
		char alone[ADVICE_RECORD_MAX];
		if (sizeof(head) + at + rua.n > ADVICE_RECORD_MAX / 2)
			continue;
		snprintf(alone, sizeof(alone), "%s%.*s", head, (int)rua.n, rua.p);
		if (!advice_tlsrpt_clean(alone))
			continue;
		assert(at < ADVICE_RECORD_MAX / 2);
		at += (size_t)snprintf(out->tlsrpt_text + at, ADVICE_RECORD_MAX - at, "%s%.*s",
				       at == 0 ? head : ",", (int)rua.n, rua.p);
	}
	if (at == 0)
		snprintf(out->tlsrpt_text, ADVICE_RECORD_MAX, "%smailto:tls-reports@%.*s", head,
			 (int)r->domain.n, r->domain.p);
}

/* A policy that no sender may take, for its server's sake, but with nothing wrong in the file. */
static bool advice_file_fine(const struct record *r)
{
	struct findings f;
	struct policy parsed;

	if ((r->policy.stage != STAGE_TLS && r->policy.stage != STAGE_HTTP) ||
	    r->policy.body.n == 0 || r->policy.body_cut || r->policy.http_status != 200 ||
	    advice_has(r, ISSUE_GROUP_HOST, ISSUE_UNFINISHED))
		return false;
	policy_parse(r->policy.body, &f, &parsed);
	if (!parsed.valid || parsed.mode == MODE_NONE || parsed.max_age < TESTING_AGE_S ||
	    parsed.mx_n > POLICY_MX_KEPT || f.dropped > 0)
		return false;
	for (unsigned i = 0; i < f.n; i++)
		if (issue_info(f.v[i].code)->severity != SEVERITY_INFO)
			return false;
	for (unsigned i = 0; i < parsed.mx_n; i++)
		if (!advice_pattern_fine(parsed.mx[i]))
			return false;
	for (unsigned h = 0; h < r->mx.hosts_n; h++) {
		bool covered = false;
		for (unsigned i = 0; i < parsed.mx_n && !covered; i++)
			covered = mxmatch(parsed.mx[i], r->mx.hosts[h].host) == MXMATCH_YES;
		if (!covered)
			return false;
	}
	return r->mx.hosts_n > 0 && r->mx.hosts_dropped == 0;
}

/* ---- what is to be done ------------------------------------------------------------------ */

static bool advice_no_mail(const struct record *r)
{
	/* Without a policy nobody asked whether the domain has an address of its own. */
	bool no_address =
		r->mx.implicit == 0 || (r->mx.implicit < 0 && r->verdict == VERDICT_ABSENT);

	return r->mx.null_mx == 1 || (r->mx.dns == DNS_NODATA && no_address) ||
	       r->mx.dns == DNS_NXDOMAIN;
}

static enum advice_kind advice_classify(const struct record *r)
{
	if (r->domain.p == NULL || r->verdict == VERDICT_EXCLUDED)
		return ADVICE_NONE;
	bool public_suffix = r->tld.p != NULL && r->registrable.p == NULL;
	if (public_suffix && r->verdict == VERDICT_ABSENT)
		return ADVICE_NONE;
	if (r->verdict == VERDICT_INCONCLUSIVE)
		return ADVICE_UNKNOWN;
	if (advice_no_mail(r))
		return r->verdict == VERDICT_ABSENT &&
				       !advice_has(r, ISSUE_GROUP_STS, ISSUE_DANGLING)
			       ? ADVICE_NONE
			       : ADVICE_REMOVE;
	/* A valid policy of mode none is a withdrawal under way. */
	if (r->verdict == VERDICT_NONE)
		return ADVICE_REMOVE;
	if (r->verdict == VERDICT_ABSENT)
		return ADVICE_SET_UP;
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]))
			return ADVICE_REPAIR;
	return ADVICE_KEEP;
}

/* Whether there is a policy file, and what it says, is hidden by something else that is broken. */
static bool advice_unseen(const struct record *r)
{
	const struct record_policy *p = &r->policy;
	bool missing = p->http_status == 404 || p->http_status == 410 || p->http_status == 204;

	if (r->verdict != VERDICT_BROKEN || p->stage == STAGE_SYNTAX)
		return false;
	if (p->stage == STAGE_TLS || p->stage == STAGE_HTTP)
		return !missing && (p->http_status != 200 || p->body.n == 0);
	return true;
}

static void advice_fill(const struct record *r, struct advice *out)
{
	bool set_up = out->kind == ADVICE_SET_UP;

	out->host = advice_group_acts(r, ISSUE_GROUP_HOST);
	out->kept = advice_file_fine(r);
	out->unseen = advice_unseen(r);
	/* Without MX records the domain's own addresses count, which may be what is not known. */
	out->mx_unknown = r->mx.dns != DNS_OK && (r->mx.dns != DNS_NODATA || r->mx.implicit < 0);
	out->mx_many = r->mx.hosts_dropped > 0;
	out->mx = advice_group_acts(r, ISSUE_GROUP_DOMAIN) || advice_servers_act(r);
	/* A file that was only served badly stays as it is. */
	out->policy = set_up || (!r->policy.valid && !out->kept) ||
		      advice_group_acts(r, ISSUE_GROUP_POLICY) ||
		      advice_group_acts(r, ISSUE_GROUP_LIFE) ||
		      advice_group_acts(r, ISSUE_GROUP_MX);
	if (advice_has(r, ISSUE_GROUP_HOST, ISSUE_SHORTER))
		out->policy = true;
	out->tlsrpt = !r->tlsrpt.valid ? r->tlsrpt.answer.dns == DNS_OK ||
						 r->tlsrpt.answer.dns == DNS_NODATA ||
						 r->tlsrpt.answer.dns == DNS_NXDOMAIN
				       : advice_group_acts(r, ISSUE_GROUP_TLSRPT);
	bool nameless = advice_write_policy(r, out) == 0 && !out->mx_unknown;
	out->mx_nameless = nameless && out->policy;
	if (nameless || out->mx_unknown || out->mx_many ||
	    advice_has(r, ISSUE_GROUP_DOMAIN, ISSUE_MX_WRONG))
		out->policy = false;
	out->record = out->policy || advice_group_acts(r, ISSUE_GROUP_STS);
}

void advice_make(const struct record *r, int64_t now, struct advice *out)
{
	*out = (struct advice){.kind = advice_classify(r)};
	if (r->domain.p == NULL)
		return;
	advice_write_sts(r, now, out);
	advice_write_tlsrpt(r, out);
	if (out->kind == ADVICE_REPAIR || out->kind == ADVICE_SET_UP)
		advice_fill(r, out);
	else if (out->kind == ADVICE_KEEP)
		out->tlsrpt = !r->tlsrpt.valid && (r->tlsrpt.answer.dns == DNS_NODATA ||
						   r->tlsrpt.answer.dns == DNS_NXDOMAIN);
}

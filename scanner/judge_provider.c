/* judge_provider.c - who operates policy and mail, and delegations that went wrong (RFC 8461 8.2).
 */
#include "scanner/judge_parts.h"
#include "scanner/providers.h"

static const char *provider_of_chain(const struct span *cname, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const char *found = provider_of_policy(cname[i]);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static const char *provider_of_hosts(const struct record_mx *mx)
{
	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const char *found = provider_of_mx(mx->hosts[i].host);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static const char *provider_parked(const struct record_policy *p)
{
	for (unsigned i = 0; i < p->cname_n; i++) {
		const char *found = provider_of_parking(p->cname[i]);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static void provider_delegation(struct judging *j, const char *host, enum verdict verdict)
{
	const struct record_policy *p = &j->r->policy;
	const struct record_txt *a = &j->r->sts.answer;
	const char *record = provider_of_chain(a->cname, a->cname_n);
	bool withdrawn =
		verdict == VERDICT_NONE || (p->stage == STAGE_SYNTAX && p->body_bytes == 0);

	if (host != NULL)
		judge_detail(j, judge_add(j, ISSUE_provider_policy_host), "%s", host);
	if (host != NULL && verdict == VERDICT_BROKEN && p->stage != STAGE_SYNTAX)
		judge_detail(j, judge_add(j, ISSUE_provider_not_onboarded), "%s", host);
	else if (host != NULL && withdrawn)
		judge_detail(j, judge_add(j, ISSUE_provider_opted_out), "%s", host);
	if (record != NULL && host == NULL && p->dns == DNS_OK && p->cname_n == 0)
		judge_detail(j, judge_add(j, ISSUE_provider_record_only), "%s", record);
	if (host != NULL && record == NULL && a->cname_n == 0)
		judge_detail(j, judge_add(j, ISSUE_provider_host_only), "%s", host);
}

void judge_provider(struct judging *j, enum verdict verdict)
{
	struct record *r = j->r;
	const char *host = provider_of_chain(r->policy.cname, r->policy.cname_n);
	const char *mx = provider_of_hosts(&r->mx);

	if (host != NULL)
		r->provider_policy = span_str(host);
	if (mx != NULL)
		r->provider_mx = span_str(mx);
	if (verdict == VERDICT_ABSENT || verdict == VERDICT_INCONCLUSIVE || !r->sts.valid)
		return;
	const char *parked = provider_parked(&r->policy);
	if (parked != NULL && verdict == VERDICT_BROKEN)
		judge_detail(j, judge_add(j, ISSUE_policy_parking_page), "%s", parked);
	provider_delegation(j, host, verdict);
	if (host != NULL && mx != NULL && strcmp(host, mx) != 0 && r->policy.valid)
		judge_detail(j, judge_add(j, ISSUE_provider_differs_from_mx), "%s and %s", host,
			     mx);
}

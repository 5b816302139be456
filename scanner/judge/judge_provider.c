/* judge_provider.c - who operates policy and mail, and delegations that went wrong (RFC 8461
 * 8.2). */
#include "scanner/judge/judge_parts.h"
#include "scanner/judge/providers.h"

/* The first name of an alias chain that `of` knows. */
static const char *provider_of_chain(const struct span *cname, unsigned n,
				     const char *(*of)(struct span))
{
	for (unsigned i = 0; i < n; i++) {
		const char *found = of(cname[i]);
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

/* The service answers as for a name that is none of its customers'. A certificate of that name, be
 * it expired, shows that it was one. */
static bool provider_knows_not(const struct record_policy *p)
{
	switch (p->stage) {
	case STAGE_DNS:
		return p->dns == DNS_NXDOMAIN || p->dns == DNS_NODATA;
	case STAGE_TLS:
		return p->tls_reason == TLS_ALERT || p->tls_reason == TLS_NAME_MISMATCH;
	case STAGE_HTTP:
		return p->http_status == 404 || p->http_status == 410;
	case STAGE_NONE:
	case STAGE_TCP:
	case STAGE_SYNTAX:
	case STAGE_OK:
		break;
	}
	return false;
}

/* host: the service that manages the policy; any: that or the web hosting. */
static void provider_delegation(struct judging *j, const char *host, const char *any,
				enum verdict verdict)
{
	const struct record_policy *p = &j->r->policy;
	const struct record_txt *a = &j->r->sts.answer;
	const char *record = provider_of_chain(a->cname, a->cname_n, provider_of_policy);
	bool withdrawn =
		verdict == VERDICT_NONE || (p->stage == STAGE_SYNTAX && p->body_bytes == 0);

	if (any != NULL)
		judge_detail(j, judge_add(j, ISSUE_provider_policy_host), "%s", any);
	if (any != NULL && verdict == VERDICT_BROKEN && provider_knows_not(p))
		judge_detail(j, judge_add(j, ISSUE_provider_not_onboarded), "%s", any);
	else if (host != NULL && withdrawn)
		judge_detail(j, judge_add(j, ISSUE_provider_opted_out), "%s", host);
	if (record != NULL && any == NULL && p->dns == DNS_OK && p->cname_n == 0)
		judge_detail(j, judge_add(j, ISSUE_provider_record_only), "%s", record);
	if (host != NULL && record == NULL && a->cname_n == 0)
		judge_detail(j, judge_add(j, ISSUE_provider_host_only), "%s", host);
}

void judge_provider(struct judging *j, enum verdict verdict)
{
	struct record *r = j->r;
	const char *host =
		provider_of_chain(r->policy.cname, r->policy.cname_n, provider_of_policy);
	const char *mx = provider_of_hosts(&r->mx);
	const char *any = host;

	if (any == NULL)
		any = provider_of_chain(r->policy.cname, r->policy.cname_n, provider_of_hosting);
	if (any != NULL)
		r->provider_policy = span_str(any);
	if (mx != NULL)
		r->provider_mx = span_str(mx);
	if (verdict == VERDICT_ABSENT || verdict == VERDICT_INCONCLUSIVE || !r->sts.valid)
		return;
	const char *parked =
		provider_of_chain(r->policy.cname, r->policy.cname_n, provider_of_parking);
	if (parked != NULL && verdict == VERDICT_BROKEN)
		judge_detail(j, judge_add(j, ISSUE_policy_parking_page), "%s", parked);
	provider_delegation(j, host, any, verdict);
	if (host != NULL && mx != NULL && strcmp(host, mx) != 0 && r->policy.valid)
		judge_detail(j, judge_add(j, ISSUE_provider_differs_from_mx), "%s and %s", host,
			     mx);
}

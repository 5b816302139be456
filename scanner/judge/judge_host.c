/* judge_host.c - the way to the policy file: DNS, TCP, TLS, HTTP (RFC 8461 3.3). */
#include <assert.h>

#include "output/text/number.h"
#include "output/text/quote.h"
#include "scanner/judge/judge_parts.h"

static const char *host_url(const struct judging *j, struct quote *q)
{
	*q = quote_of(j->r->policy.url);
	return j->r->policy.url.p != NULL ? q->text : "the policy host";
}

static enum verdict host_dns(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;
	bool gone = p->dns == DNS_NXDOMAIN || p->dns == DNS_NODATA;

	if (p->not_contacted.p != NULL) {
		bool own = span_eq(p->not_contacted, SPAN_LIT("own"));
		struct record_issue *one = judge_add(j, own ? ISSUE_policy_host_own_address
							    : ISSUE_policy_host_excluded);
		if (p->address.p != NULL)
			judge_detail(j, one, "%s", quote_of(p->address).text);
		return VERDICT_INCONCLUSIVE;
	}
	if (p->address_blocked) {
		struct record_issue *one = judge_root(j, ISSUE_policy_host_private_address);
		if (p->address.p != NULL)
			judge_detail(j, one, "%s", quote_of(p->address).text);
		return VERDICT_BROKEN;
	}
	if (!gone) {
		judge_detail(j, judge_add(j, ISSUE_policy_host_dns_error), "%s",
			     dns_outcome_name(p->dns));
		return VERDICT_INCONCLUSIVE;
	}
	if (p->cname_n > 0)
		judge_detail(j, judge_root(j, ISSUE_policy_host_cname_dangling), "alias of \"%s\"",
			     quote_of(p->cname[p->cname_n - 1]).text);
	else if (p->dns == DNS_NXDOMAIN)
		judge_root(j, ISSUE_policy_host_nxdomain);
	else
		judge_root(j, ISSUE_policy_host_no_address);
	return VERDICT_BROKEN;
}

static enum verdict host_tcp(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;
	struct quote at = quote_of(p->address);
	struct record_issue *one;
	/* Elsewhere, perhaps not: where we could not, or chose not to go. */
	bool refused = p->tcp_refused == 1 && !p->half_located && p->not_contacted.p == NULL;

	if (refused)
		one = judge_root(j, ISSUE_policy_tcp_refused);
	else if (p->timed_out)
		one = judge_add(j, ISSUE_policy_tcp_timeout);
	else
		one = judge_add(j, ISSUE_policy_tcp_unreachable);
	if (p->address.p != NULL)
		judge_detail(j, one,
			     p->passed_over ? "%s, where many others had waited in vain" : "%s",
			     at.text);
	return refused ? VERDICT_BROKEN : VERDICT_INCONCLUSIVE;
}

/* The finding for one reason of a failed handshake. */
static enum issue host_tls_code(const struct record_policy *p, enum tls_reason reason)
{
	switch (reason) {
	case TLS_NAME_MISMATCH:
		return p->cert_cn_only		  ? ISSUE_policy_cert_cn_only
		       : p->cert_wildcard_partial ? ISSUE_policy_cert_wildcard_partial
						  : ISSUE_policy_cert_name_mismatch;
	case TLS_EXPIRED:
		return ISSUE_policy_cert_expired;
	case TLS_NOT_YET_VALID:
		return ISSUE_policy_cert_not_yet_valid;
	case TLS_SELF_SIGNED:
		return ISSUE_policy_cert_self_signed;
	case TLS_UNTRUSTED:
		return ISSUE_policy_cert_untrusted_issuer;
	case TLS_INCOMPLETE_CHAIN:
		return ISSUE_policy_cert_incomplete_chain;
	case TLS_ALERT:
		return ISSUE_policy_tls_alert;
	case TLS_PROTOCOL:
		return ISSUE_policy_tls_protocol_old;
	case TLS_OTHER:
		break;
	}
	return p->cert_refused ? ISSUE_policy_cert_refused : ISSUE_policy_tls_failure;
}

/* Which of several addresses was seen: the others may do better. */
static void host_where(struct judging *j, struct record_issue *one)
{
	const struct record_policy *p = &j->r->policy;
	unsigned n = p->v4_n + p->v6_n;

	if (n < 2 || p->address.p == NULL)
		return;
	if (one->detail.p == NULL)
		judge_detail(j, one, "at %s, one of %u addresses", quote_of(p->address).text, n);
	else
		judge_detail(j, one, "%.*s; at %s, one of %u addresses", (int)one->detail.n,
			     one->detail.p, quote_of(p->address).text, n);
}

/* The reason says that a certificate of the chain is not valid at this time; which one, only the
 * leaf's dates tell. */
static void host_tls_date(struct judging *j, struct record_issue *one, bool expired)
{
	const struct record_policy *p = &j->r->policy;
	int64_t at = expired ? p->cert_not_after : p->cert_not_before;
	int64_t now = j->r->scanned_at_ms / 1000;

	if (at == INT64_MIN)
		return;
	if (expired ? at < now : at > now)
		judge_detail(j, one, "%s %s", expired ? "since" : "not before", number_time(at).s);
	else if (p->cert_issuer.p != NULL)
		judge_detail(j, one, "not the host's own, but that of a CA above it, issuer \"%s\"",
			     quote_of(p->cert_issuer).text);
	else
		judge_detail(j, one, "not the host's own, but that of a CA above it");
}

static void host_tls_detail(struct judging *j, struct record_issue *one, enum tls_reason reason)
{
	const struct record_policy *p = &j->r->policy;

	switch (reason) {
	case TLS_NAME_MISMATCH:
		if (p->cert_names.p != NULL && p->cert_names.n == 0)
			judge_detail(j, one, "the certificate has no DNS name");
		else if (p->cert_names.p != NULL)
			judge_detail(j, one, "the certificate names %s",
				     quote_of(p->cert_names).text);
		break;
	case TLS_EXPIRED:
	case TLS_NOT_YET_VALID:
		host_tls_date(j, one, reason == TLS_EXPIRED);
		break;
	case TLS_SELF_SIGNED:
	case TLS_UNTRUSTED:
	case TLS_INCOMPLETE_CHAIN:
		if (p->cert_issuer.p != NULL)
			judge_detail(j, one, "issuer \"%s\"", quote_of(p->cert_issuer).text);
		break;
	case TLS_ALERT:
	case TLS_PROTOCOL:
	case TLS_OTHER:
		if (p->tls_error.p != NULL)
			judge_detail(j, one, "%s", quote_of(p->tls_error).text);
		break;
	}
}

static enum verdict host_tls(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;

	if (p->timed_out && p->tls_reason < 0) {
		judge_add(j, ISSUE_policy_tls_timeout);
		return VERDICT_INCONCLUSIVE;
	}
	if (p->tls_reason < 0 && p->tls_error.p != NULL) { /* no reason but ours */
		judge_detail(j, judge_add(j, ISSUE_policy_tls_too_costly), "%s",
			     quote_of(p->tls_error).text);
		return VERDICT_INCONCLUSIVE;
	}
	assert(p->tls_reason < (int)tls_reason_count);
	enum tls_reason first = p->tls_reason < 0 ? TLS_OTHER : (enum tls_reason)p->tls_reason;
	struct record_issue *one = judge_root(j, host_tls_code(p, first));
	host_tls_detail(j, one, first);
	host_where(j, one);
	for (unsigned i = 0; i < tls_reason_count; i++)
		if ((p->tls_reasons & (1u << i)) != 0 && i != (unsigned)first) {
			one = judge_add(j, host_tls_code(p, (enum tls_reason)i));
			host_tls_detail(j, one, (enum tls_reason)i);
		}
	return VERDICT_BROKEN;
}

static enum verdict host_http_status(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;
	int status = p->http_status;
	struct record_issue *one;

	assert(status > 0 && status != 200);
	/* 408, 429 and 5xx say "not now" (RFC 9110 15.5.9, 15.6; RFC 6585 4): a sender tries again,
	 * and so the domain is not called broken. */
	if (status == 408) {
		one = judge_add(j, ISSUE_policy_http_timeout);
	} else if (status == 429) {
		one = judge_add(j, ISSUE_policy_http_429);
	} else if (status >= 500 && status <= 599) {
		one = judge_add(j, ISSUE_policy_http_5xx);
	} else if (status >= 300 && status <= 399) {
		one = judge_root(j, ISSUE_policy_http_redirect);
		if (p->location.p != NULL) {
			judge_detail(j, one, "status %d to \"%s\"", status,
				     quote_of(p->location).text);
			return VERDICT_BROKEN;
		}
	} else {
		one = judge_root(j, status == 404 || status == 410   ? ISSUE_policy_http_404
				    : status == 401 || status == 403 ? ISSUE_policy_http_403
								     : ISSUE_policy_http_status);
	}
	struct quote url;
	judge_detail(j, one, "status %d from %s", status, host_url(j, &url));
	return one->root ? VERDICT_BROKEN : VERDICT_INCONCLUSIVE;
}

static enum verdict host_http(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;

	if (p->body_cut) {
		judge_detail(j, judge_root(j, ISSUE_policy_too_large), "more than %u bytes",
			     POLICY_BODY_MAX);
		return VERDICT_BROKEN;
	}
	if (p->timed_out) {
		judge_add(j, ISSUE_policy_http_timeout);
		return VERDICT_INCONCLUSIVE;
	}
	if (p->http_error.p != NULL || p->http_status <= 0) {
		struct record_issue *one = judge_root(j, ISSUE_policy_http_protocol_error);
		if (p->http_error.p != NULL)
			judge_detail(j, one, "%s", quote_of(p->http_error).text);
		return VERDICT_BROKEN;
	}
	return host_http_status(j);
}

static void host_ipv6(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;

	if (p->v4_n == 0 && p->v6_n > 0 && !p->half_located)
		judge_add(j, ISSUE_policy_host_ipv6_only);
}

enum verdict judge_host(struct judging *j)
{
	assert(j->root < 0 && !j->r->policy.valid);
	host_ipv6(j);
	switch (j->r->policy.stage) {
	case STAGE_NONE:
		judge_add(j, ISSUE_policy_not_fetched);
		return VERDICT_INCONCLUSIVE;
	case STAGE_DNS:
		return host_dns(j);
	case STAGE_TCP:
		return host_tcp(j);
	case STAGE_TLS:
		return host_tls(j);
	case STAGE_HTTP:
		return host_http(j);
	case STAGE_SYNTAX:
	case STAGE_OK:
		break;
	}
	return VERDICT_ENFORCE;
}

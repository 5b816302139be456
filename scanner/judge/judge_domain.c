/* judge_domain.c - what the MX answer says about the domain itself, before any policy. */
#include <assert.h>

#include "output/text/quote.h"
#include "parsers/hostname.h"
#include "parsers/netaddr.h"
#include "scanner/judge/judge_parts.h"
#include "scanner/judge/providers.h"

/* The DNS outcome of the MX question stands for the domain: it asks at the name itself. */
static void judge_domain_dns(struct judging *j)
{
	static const int code[] = {
		[DNS_NXDOMAIN] = ISSUE_domain_nxdomain,
		[DNS_SERVFAIL] = ISSUE_domain_dns_servfail,
		[DNS_REFUSED] = ISSUE_domain_dns_refused,
		[DNS_TIMEOUT] = ISSUE_domain_dns_timeout,
		[DNS_BOGUS] = ISSUE_domain_dns_bogus,
		[DNS_MALFORMED] = ISSUE_domain_dns_malformed,
		[DNS_TRUNCATED] = ISSUE_mx_answer_truncated,
		[DNS_SKIPPED] = -1,
	};
	enum dns_outcome dns = j->r->mx.dns;

	assert((unsigned)dns < dns_outcome_count);
	if (dns == DNS_NODATA) {
		judge_add(j, j->r->mx.implicit == 1 ? ISSUE_mx_missing_implicit : ISSUE_mx_missing);
	} else if (dns != DNS_OK && code[dns] >= 0) {
		struct record_issue *one = judge_add(j, (enum issue)code[dns]);
		if (j->r->mx.resolver.p != NULL && !dns_answered(dns))
			judge_detail(j, one, "resolver %s", quote_of(j->r->mx.resolver).text);
	}
}

static bool judge_is_address(struct span host)
{
	return hostname_is_ipv4(host) || (host.n > 0 && memchr(host.p, ':', host.n) != NULL);
}

static bool judge_means_nothing(struct span host)
{
	return record_mx_is_none(host) || span_ieq(host, SPAN_LIT("localhost")) ||
	       span_eq(host, SPAN_LIT("0.0.0.0"));
}

/* A mail service's host with the domain's own name behind it. Where the policy says what is meant,
 * judge_mx() tells it. */
static bool judge_lacks_dot(const struct judging *j, struct span host)
{
	struct span domain = j->r->domain;

	if (host.n <= domain.n + 1 || !span_iends(host, domain) ||
	    host.p[host.n - domain.n - 1] != '.')
		return false;
	struct span meant = span_of(host.p, host.n - domain.n - 1);
	return hostname_labels(meant) > 2 && provider_of_mx(meant) != NULL;
}

static void judge_domain_mx(struct judging *j)
{
	const struct record_mx *mx = &j->r->mx;

	if (mx->null_mx == 1) {
		judge_add(j, ISSUE_mx_null);
		return;
	}
	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		bool nothing = judge_means_nothing(h->host);
		if (judge_lacks_dot(j, h->host))
			judge_detail(j, judge_add(j, ISSUE_mx_final_dot_missing), "MX \"%s\"",
				     quote_of(h->host).text);
		if (!nothing && !judge_is_address(h->host))
			continue;
		struct record_issue *one =
			judge_add(j, nothing ? ISSUE_mx_null_malformed : ISSUE_mx_ip_literal);
		judge_detail(j, one, "MX %u \"%s\"", h->preference, quote_of(h->host).text);
	}
}

void judge_domain(struct judging *j)
{
	judge_domain_dns(j);
	if (j->r->mx.dns == DNS_OK)
		judge_domain_mx(j);
	/* The registrable domain is null for a public suffix; the suffix itself is known then. */
	if (j->r->tld.p != NULL && j->r->registrable.p == NULL)
		judge_add(j, ISSUE_domain_is_public_suffix);
}

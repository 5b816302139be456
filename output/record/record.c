/* record.c - an empty record; see record.h. */
#include "output/record/record.h"

void record_mx_host_init(struct record_mx_host *h)
{
	*h = (struct record_mx_host){
		.matched = -1,
		.mismatch = TERM_NULL,
		.tls = TERM_NULL,
		.tlsa = -1,
		.sts_usable = -1,
		.dane = TERM_NULL,
		.address_dns = TERM_NULL,
		.tlsa_dns = TERM_NULL,
		.tlsa_ad = -1,
		.tlsa_ttl = -1,
		.tlsa_match = -1,
		.probe =
			{
				.how = TERM_NULL,
				.at = INT64_MIN,
				.cert_not_before = INT64_MIN,
				.cert_not_after = INT64_MIN,
			},
	};
}

void record_init(struct record *r)
{
	*r = (struct record){
		.rank = -1,
		.verdict = VERDICT_INCONCLUSIVE,
		.interoperable = -1,
		.sts.answer = {.dns = DNS_SKIPPED, .ad = -1, .ttl = -1},
		.tlsrpt.answer = {.dns = DNS_SKIPPED, .ad = -1, .ttl = -1},
		.policy =
			{
				.dns = DNS_SKIPPED,
				.tls_verified = -1,
				.tls_reason = TERM_NULL,
				.cert_not_before = INT64_MIN,
				.cert_not_after = INT64_MIN,
				.newline = TERM_NULL,
				.mode = TERM_NULL,
				.max_age = -1,
				.took_ms = -1,
			},
		.mx = {.ad = -1, .ttl = -1, .dns = DNS_SKIPPED, .null_mx = -1, .implicit = -1},
	};
}

unsigned record_issue_rank(const struct record_issue *one)
{
	static const unsigned by_severity[] = {[SEVERITY_ERROR] = 0,
					       [SEVERITY_INCONCLUSIVE] = 10,
					       [SEVERITY_WARNING] = 20,
					       [SEVERITY_INFO] = 30};
	static const unsigned by_impact[] = {
		[IMPACT_MAIL_LOSS] = 0, [IMPACT_UNPROTECTED] = 2, [IMPACT_NONE] = 3};

	return by_severity[one->severity] + (one->root ? 1 : by_impact[one->impact]);
}

bool record_mail_late(const struct record *r)
{
	bool late = false;

	for (unsigned i = 0; i < r->issues_n; i++)
		late = late || issue_delays(r->issues[i].code, r->issues[i].severity, r->verdict);
	return late && r->impact != IMPACT_MAIL_LOSS;
}

const struct record_issue *record_first_issue(const struct record *r)
{
	const struct record_issue *first = NULL;

	for (unsigned i = 0; i < r->issues_n; i++)
		if (first == NULL || record_issue_rank(&r->issues[i]) < record_issue_rank(first))
			first = &r->issues[i];
	return first;
}

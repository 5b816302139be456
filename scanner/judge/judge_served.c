/* judge_served.c - a policy file came: remarks on how it was served (RFC 8461 3.2, 3.3). */
#include "output/text/number.h"
#include "output/text/quote.h"
#include "scanner/judge/judge_parts.h"

#define DAY_S 86400
#define CERT_EXPIRES_SOON_DAYS 14 /* of the 90 that most certificates have */
#define CERT_USUAL_DAYS 90
#define POLICY_SIZE_LARGE 4096u
#define POLICY_SIZE_10K 10240u
#define RSA_BITS_MIN 2048u

static bool served_separator(char c)
{
	return c == ';' || c == ' ' || c == '\t';
}

static void served_content_type(struct judging *j)
{
	struct span type = j->r->policy.content_type;
	size_t n = 0;

	if (j->r->policy.content_types > 1)
		judge_detail(j, judge_add(j, ISSUE_policy_content_type_several),
			     "%u of them; the first is \"%s\"", j->r->policy.content_types,
			     quote_of(type).text);
	if (type.p == NULL) {
		judge_add(j, ISSUE_policy_content_type_missing);
		return;
	}
	while (n < type.n && !served_separator(type.p[n]))
		n++;
	if (!span_ieq(span_of(type.p, n), SPAN_LIT("text/plain"))) {
		judge_detail(j, judge_add(j, ISSUE_policy_content_type_invalid), "\"%s\"",
			     quote_of(type).text);
		return;
	}
	for (size_t i = n; i + 8 <= type.n; i++) {
		if (!served_separator(type.p[i > 0 ? i - 1 : 0]) ||
		    !span_ieq(span_of(type.p + i, 8), SPAN_LIT("charset=")))
			continue;
		struct span set = span_of(type.p + i + 8, type.n - i - 8);
		if (set.n > 0 && set.p[0] == '"')
			set = span_of(set.p + 1, set.n - 1);
		size_t m = 0;
		while (m < set.n && !served_separator(set.p[m]) && set.p[m] != '"')
			m++;
		set.n = m;
		if (!span_ieq(set, SPAN_LIT("utf-8")) && !span_ieq(set, SPAN_LIT("us-ascii")) &&
		    !span_ieq(set, SPAN_LIT("utf8")))
			judge_detail(j, judge_add(j, ISSUE_policy_content_type_charset), "\"%s\"",
				     quote_of(type).text);
		return;
	}
}

/* Renewal is overdue: certificates of six days are renewed every few days, and must not be told
 * from birth that they end soon. */
static int64_t served_expires_soon_s(const struct judging *j)
{
	const struct record_policy *p = &j->r->policy;
	int64_t usual = CERT_EXPIRES_SOON_DAYS * DAY_S;

	if (j->config->cert_days > 0)
		return (int64_t)j->config->cert_days * DAY_S;
	if (p->cert_not_before == INT64_MIN || p->cert_not_after < p->cert_not_before)
		return usual;
	int64_t part =
		(p->cert_not_after - p->cert_not_before) * CERT_EXPIRES_SOON_DAYS / CERT_USUAL_DAYS;
	return part < usual ? part : usual;
}

static void served_certificate(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;
	int64_t now = j->r->scanned_at_ms / 1000;

	if (p->cert_not_after != INT64_MIN && p->cert_not_after - now < served_expires_soon_s(j)) {
		judge_detail(j, judge_add(j, ISSUE_policy_cert_expires_soon), "on %s",
			     number_time(p->cert_not_after).s);
	}
	/* A short key is a weak one for RSA only; elliptic curves have 256 bits and more. */
	bool short_key = p->cert_key_bits > 521 && p->cert_key_bits < RSA_BITS_MIN;
	if (p->cert_sha1 || short_key)
		judge_detail(j, judge_add(j, ISSUE_policy_cert_weak), "%u bits%s", p->cert_key_bits,
			     p->cert_sha1 ? ", SHA-1 or MD5 signature" : "");
}

void judge_served(struct judging *j)
{
	const struct record_policy *p = &j->r->policy;

	if (p->odd_address.p != NULL)
		judge_detail(j, judge_add(j, ISSUE_policy_addresses_differ),
			     "%s works, %s does not (%s)", quote_of(p->address).text,
			     quote_of(p->odd_address).text, quote_of(p->odd_reason).text);
	served_certificate(j);
	/* An HTML page is the finding then; its type is no other one. */
	bool html = p->body.n > 0 && p->body.p[0] == '<';
	if (!html)
		served_content_type(j);
	if (p->content_encoded)
		judge_add(j, ISSUE_policy_compressed_unasked);
	if (p->body_bytes > POLICY_SIZE_10K)
		judge_detail(j, judge_add(j, ISSUE_policy_over_10k), "%llu bytes",
			     (unsigned long long)p->body_bytes);
	else if (p->body_bytes > POLICY_SIZE_LARGE)
		judge_detail(j, judge_add(j, ISSUE_policy_large), "%llu bytes",
			     (unsigned long long)p->body_bytes);
}

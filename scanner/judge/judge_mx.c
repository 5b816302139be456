/*
 * judge_mx.c - the MX hosts against the patterns of a valid policy (RFC 8461 4.1), and the closest
 * explanation where they differ (the classes of Ashiq et al., IMC 2025, figure 8).
 */
#include <assert.h>
#include <stdio.h>

#include "output/text/quote.h"
#include "parsers/hostname.h"
#include "parsers/mxmatch.h"
#include "scanner/judge/judge_parts.h"
#include "scanner/judge/providers.h"
#include "parsers/suffix.h"

#define MX_STALE_SHOWN 8u /* lines that are named one by one */

/* How one host fared. */
struct mx_fit {
	struct span host;
	bool matched, deep, apex;
	struct span near; /* the pattern that nearly covers it, for deep and apex */
	int mismatch;	  /* enum mismatch or -1 */
	struct span pattern;
	bool namesake; /* pattern begins with the host's own first label */
	unsigned distance;
	struct span undotted; /* without the scanned domain at its end; null */
	struct span meant;    /* the same if a pattern covers it: the zone lacks a final dot */
};

static struct span mx_pattern_domain(struct span pattern)
{
	return span_starts(pattern, SPAN_LIT("*.")) ? span_of(pattern.p + 2, pattern.n - 2)
						    : pattern;
}

static bool mx_differs_in_tld(struct span host, struct span domain)
{
	struct span a = hostname_tail(host, 1), b = hostname_tail(domain, 1);

	return hostname_labels(host) > 1 && host.n > a.n && domain.n > b.n && !span_ieq(a, b) &&
	       span_ieq(span_of(host.p, host.n - a.n), span_of(domain.p, domain.n - b.n));
}

static int mx_class(struct span host, struct span pattern, unsigned *distance)
{
	struct span domain = mx_pattern_domain(pattern);
	/* A wildcard is compared with what it stands for: the host without its first label. */
	struct span against = domain.p == pattern.p ? host : hostname_parent(host);

	*distance = HOSTNAME_DISTANCE_MAX + 1;
	if (hostname_has_label(pattern, SPAN_LIT("mta-sts")) &&
	    !hostname_has_label(host, SPAN_LIT("mta-sts")))
		return MISMATCH_STS_LABEL;
	if (against.p != NULL && mx_differs_in_tld(against, domain))
		return MISMATCH_TLD;
	if (against.p != NULL)
		*distance = hostname_distance(against, domain, HOSTNAME_DISTANCE_MAX);
	struct span ours = suffix_registrable(host);
	bool same = ours.p != NULL && span_ieq(ours, suffix_registrable(domain));
	/* mx1 and mx2 of one domain are two hosts, not a misspelling. */
	if (*distance <= HOSTNAME_DISTANCE_MAX && !same)
		return MISMATCH_TYPO;
	return same ? MISMATCH_SUBDOMAIN : MISMATCH_OTHER;
}

/* Both are called mx2, whatever they are in. */
static bool mx_namesakes(struct span host, struct span pattern)
{
	const char *dot = memchr(host.p, '.', host.n);
	size_t n = dot == NULL ? host.n : (size_t)(dot - host.p) + 1;

	return pattern.n >= n && span_ieq(span_of(pattern.p, n), span_of(host.p, n));
}

/* The more telling class, then the same first label, then the more similar name. */
static bool mx_tells_more(const struct mx_fit *fit, int class, bool namesake, unsigned distance)
{
	static const unsigned rank[] = {[MISMATCH_TLD] = 4,
					[MISMATCH_TYPO] = 3,
					[MISMATCH_SUBDOMAIN] = 2,
					[MISMATCH_STS_LABEL] = 1,
					[MISMATCH_OTHER] = 0};

	if (fit->mismatch < 0 || rank[class] != rank[fit->mismatch])
		return fit->mismatch < 0 || rank[class] > rank[fit->mismatch];
	if (namesake != fit->namesake)
		return namesake;
	return distance < fit->distance;
}

/* The most telling of all patterns. */
static void mx_explain(const struct policy *policy, struct mx_fit *fit)
{
	unsigned kept = policy->mx_n < POLICY_MX_KEPT ? policy->mx_n : POLICY_MX_KEPT;

	fit->mismatch = TERM_NULL;
	for (unsigned i = 0; i < kept; i++) {
		unsigned distance;
		int class = mx_class(fit->host, policy->mx[i], &distance);
		bool namesake = mx_namesakes(fit->host, policy->mx[i]);
		assert(class >= 0 && class < (int)mismatch_count);
		if (!mx_tells_more(fit, class, namesake, distance))
			continue;
		fit->mismatch = class;
		fit->pattern = policy->mx[i];
		fit->namesake = namesake;
		fit->distance = distance;
	}
}

/* "mx1.mail.example.the.domain": its zone may lack the final dot. What was meant then, or null. */
static struct span mx_undotted(struct span host, struct span domain)
{
	if (host.n <= domain.n + 1 || !span_iends(host, domain) ||
	    host.p[host.n - domain.n - 1] != '.')
		return SPAN_NULL;
	struct span meant = span_of(host.p, host.n - domain.n - 1);
	return hostname_labels(meant) < 2 ? SPAN_NULL : meant;
}

static void mx_fit_pattern(struct mx_fit *fit, struct span pattern)
{
	if (fit->matched)
		return;
	enum mxmatch m = mxmatch(pattern, fit->host);
	fit->matched = m == MXMATCH_YES;
	if (m == MXMATCH_DEEP || m == MXMATCH_APEX) {
		fit->deep = m == MXMATCH_DEEP;
		fit->apex = m == MXMATCH_APEX;
		fit->near = pattern;
	}
	if (fit->undotted.p != NULL && mxmatch(pattern, fit->undotted) == MXMATCH_YES)
		fit->meant = fit->undotted;
}

/* Host by host they are many and so are patterns, each of which is cut out of the policy's text
 * only once here. */
static void mx_fit(const struct policy *policy, struct span domain, struct mx_fit *fits, unsigned n)
{
	struct policy_mx it = policy_mx_start(policy);
	struct span pattern;

	for (unsigned i = 0; i < n; i++)
		fits[i].undotted = mx_undotted(fits[i].host, domain);
	while (policy_mx_next(&it, &pattern))
		for (unsigned i = 0; i < n; i++)
			mx_fit_pattern(&fits[i], pattern);
	for (unsigned i = 0; i < n; i++) {
		assert(!fits[i].deep || !fits[i].apex);
		if (fits[i].matched)
			fits[i].deep = fits[i].apex = false;
		else
			mx_explain(policy, &fits[i]);
	}
}

static void mx_report_near(struct judging *j, const struct mx_fit *fit)
{
	if (!fit->deep && !fit->apex)
		return;
	struct record_issue *one =
		judge_add(j, fit->deep ? ISSUE_mx_wildcard_depth : ISSUE_mx_wildcard_apex);
	judge_detail(j, one, "\"%s\" does not cover \"%s\"", quote_of(fit->near).text,
		     quote_of(fit->host).text);
}

static void mx_report_class(struct judging *j, const struct mx_fit *fit)
{
	static const enum issue code[] = {[MISMATCH_TLD] = ISSUE_mx_mismatch_tld,
					  [MISMATCH_SUBDOMAIN] = ISSUE_mx_mismatch_3ld,
					  [MISMATCH_STS_LABEL] = ISSUE_mx_mismatch_sts_label,
					  [MISMATCH_TYPO] = ISSUE_mx_mismatch_typo,
					  [MISMATCH_OTHER] = ISSUE_mx_mismatch_domain};

	if (fit->mismatch < 0 || fit->deep || fit->apex)
		return;
	struct record_issue *one = judge_add(j, code[fit->mismatch]);
	bool names = policy_mx_names(fit->host);
	judge_detail(j, one, "MX \"%s\", pattern \"%s\"%s%s%s", quote_of(fit->host).text,
		     quote_of(fit->pattern).text, names ? "; add \"mx: " : "",
		     names ? quote_of(fit->host).text : "", names ? "\"" : "");
}

/* Which preference levels are left out: the best one matters most. */
static void mx_report_levels(struct judging *j)
{
	const struct record_mx *mx = &j->r->mx;
	unsigned best = UINT16_MAX + 1u;
	bool best_covered = false, any = false;

	for (unsigned i = 0; i < mx->hosts_n; i++) {
		if (record_mx_is_none(mx->hosts[i].host))
			continue;
		any = any || mx->hosts[i].matched == 1;
		if (mx->hosts[i].preference < best) {
			best = mx->hosts[i].preference;
			best_covered = false;
		}
		if (mx->hosts[i].preference == best)
			best_covered = best_covered || mx->hosts[i].matched == 1;
	}
	if (any && !best_covered)
		judge_detail(j, judge_add(j, ISSUE_mx_unmatched_lowest_pref), "preference %u",
			     best);
}

static void mx_report_sum(struct judging *j, unsigned covered, unsigned all, struct span missing)
{
	bool enforce = j->r->policy.mode == MODE_ENFORCE;

	assert(covered <= all);
	/* Those that were not kept may be covered or not: what is told of all holds for what was
	 * seen. */
	unsigned unseen = j->r->mx.hosts_dropped;
	if (unseen > 0)
		judge_detail(j, judge_add(j, ISSUE_mx_not_all_judged), "%u of %u", all,
			     all + unseen);
	if (covered == all)
		return;
	enum issue code =
		covered == 0 && unseen == 0
			? (enforce ? ISSUE_mx_none_match : ISSUE_mx_none_match_testing)
			: (enforce ? ISSUE_mx_partial_match : ISSUE_mx_partial_match_testing);
	struct record_issue *one = judge_add(j, code);
	char others[32] = "";
	if (all - covered > 1)
		snprintf(others, sizeof(others), " and %u more", all - covered - 1);
	if (missing.p == NULL)
		judge_detail(j, one, "%u of %u MX hosts covered", covered, all);
	else
		judge_detail(j, one, "%u of %u MX hosts covered; missing: %s%s\"%s", covered, all,
			     policy_mx_names(missing) ? "\"mx: " : "\"", quote_of(missing).text,
			     others);
}

/* A pattern without a wildcard that names no MX host. */
static bool mx_is_stale(struct span pattern, const struct mx_fit *fits, unsigned n)
{
	if (span_starts(pattern, SPAN_LIT("*.")))
		return false;
	for (unsigned h = 0; h < n; h++)
		if (mxmatch(pattern, fits[h].host) == MXMATCH_YES ||
		    (fits[h].meant.p != NULL && mxmatch(pattern, fits[h].meant) == MXMATCH_YES))
			return false;
	return true;
}

/* One finding for all of them: MX sets differ from lists in many harmless ways. */
static void mx_report_stale(struct judging *j, const struct mx_fit *fits, unsigned n)
{
	const struct record_policy *p = &j->r->policy;
	char lines[160] = "";
	unsigned stale = 0, first = 0;
	size_t at = 0;

	for (unsigned i = 0; i < p->mx_n; i++) {
		if (!mx_is_stale(p->mx[i], fits, n))
			continue;
		if (stale == 0)
			first = i;
		else if (stale < MX_STALE_SHOWN)
			at += (size_t)snprintf(lines + at, sizeof(lines) - at, "%s%u",
					       stale == 1 ? "; also line " : ", line ",
					       j->policy.mx_line[i]);
		stale++;
	}
	if (stale == 0)
		return;
	if (stale > MX_STALE_SHOWN)
		snprintf(lines + at, sizeof(lines) - at, " and %u more", stale - MX_STALE_SHOWN);
	struct record_issue *one = judge_add(j, ISSUE_policy_mx_not_in_dns);
	one->line = j->policy.mx_line[first];
	judge_detail(j, one, "line %u: \"%s\"%s", j->policy.mx_line[first],
		     quote_of(p->mx[first]).text, lines);
}

static void mx_report_host(struct judging *j, const struct mx_fit *fit)
{
	if (fit->meant.p == NULL) {
		mx_report_near(j, fit);
		mx_report_class(j, fit);
		return;
	}
	if (provider_of_mx(fit->meant) != NULL)
		return; /* judge_domain() has said it */
	judge_detail(j, judge_add(j, ISSUE_mx_final_dot_missing), "MX \"%s\", meant is \"%s.\"",
		     quote_of(fit->host).text, quote_of(fit->meant).text);
}

static void mx_judge_hosts(struct judging *j)
{
	struct record_mx *mx = &j->r->mx;
	struct mx_fit fits[MX_HOST_MAX];
	/* A scan has no more; what is read back from a file may say anything. */
	unsigned n = mx->hosts_n < MX_HOST_MAX ? mx->hosts_n : MX_HOST_MAX;
	unsigned covered = 0, all = 0;
	struct span missing = SPAN_NULL;

	for (unsigned i = 0; i < n; i++) {
		bool none = record_mx_is_none(mx->hosts[i].host);
		fits[all] = (struct mx_fit){.host = mx->hosts[i].host, .mismatch = TERM_NULL};
		all += !none;
	}
	mx_fit(&j->policy, j->r->domain, fits, all);
	for (unsigned i = 0, f = 0; i < n; i++) {
		struct record_mx_host *h = &mx->hosts[i];
		if (record_mx_is_none(h->host))
			continue;
		const struct mx_fit *fit = &fits[f++];
		h->matched = fit->matched;
		covered += fit->matched;
		if (fit->matched)
			continue;
		h->mismatch = fit->mismatch;
		h->suggestion = fit->pattern;
		if (missing.p == NULL && fit->meant.p == NULL)
			missing = h->host;
	}
	mx_report_sum(j, covered, all, missing);
	for (unsigned i = 0; i < all; i++)
		if (!fits[i].matched)
			mx_report_host(j, &fits[i]);
	if (mx->hosts_dropped == 0) {
		mx_report_levels(j);
		mx_report_stale(j, fits, all);
	}
}

static void mx_judge_implicit(struct judging *j)
{
	struct mx_fit fit = {.host = j->r->domain, .mismatch = TERM_NULL};

	mx_fit(&j->policy, j->r->domain, &fit, 1);
	if (fit.matched)
		return;
	mx_report_sum(j, 0, 1, j->r->domain);
	judge_add(j, ISSUE_mx_is_implicit_not_listed);
}

void judge_mx(struct judging *j)
{
	assert(j->policy.valid && j->r->policy.mode >= 0);
	const struct record_mx *mx = &j->r->mx;
	bool covers = j->r->policy.mode == MODE_ENFORCE || j->r->policy.mode == MODE_TESTING;

	if (mx->null_mx == 1 || (mx->dns == DNS_NODATA && mx->implicit == 0)) {
		judge_add(j, ISSUE_sts_without_mail);
		return;
	}
	if (!covers)
		return;
	if (mx->dns == DNS_OK && mx->hosts_n > 0)
		mx_judge_hosts(j);
	else if (mx->dns == DNS_NODATA && mx->implicit == 1)
		mx_judge_implicit(j);
}

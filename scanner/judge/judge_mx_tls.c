/*
 * judge_mx_tls.c - the optional visits at the MX hosts: what an MTA-STS sender makes of each (RFC
 * 8461 4.2), and what that adds up to under the policy's mode (RFC 8461 5).
 */
#include <assert.h>
#include <stdio.h>

#include "parsers/mxmatch.h"
#include "scanner/judge/judge_hosts.h"
#include "scanner/judge/judge_parts.h"

#define SOON_S (14 * 86400)

/* The closest explanation why the host is not among the certificate's names. */
static enum issue name_code(const struct judging *j, const struct record_mx_host *h)
{
	if (h->probe.cert_cn_only)
		return ISSUE_mx_cert_cn_only;
	if (h->probe.cert_wildcard_partial)
		return ISSUE_mx_cert_wildcard;
	return mxmatch_any(h->probe.cert_names, j->r->domain) ? ISSUE_mx_cert_domain_only
							      : ISSUE_mx_cert_name_mismatch;
}

static int reason_code(const struct judging *j, const struct record_mx_host *h, unsigned reason)
{
	switch ((enum tls_reason)reason) {
	case TLS_NAME_MISMATCH:
		return (int)name_code(j, h);
	case TLS_EXPIRED:
		return ISSUE_mx_cert_expired;
	case TLS_NOT_YET_VALID:
		return ISSUE_mx_cert_not_yet_valid;
	case TLS_SELF_SIGNED:
		return ISSUE_mx_cert_self_signed;
	case TLS_INCOMPLETE_CHAIN:
		return ISSUE_mx_cert_incomplete_chain;
	case TLS_UNTRUSTED:
	case TLS_OTHER:
		return ISSUE_mx_cert_untrusted;
	default:
		return -1;
	}
}

/* The finding for an outcome that is more than a reason of the certificate; -1 none. */
static int outcome_code(enum mx_tls outcome)
{
	switch (outcome) {
	case MX_TLS_NO_STARTTLS:
		return ISSUE_mx_starttls_missing;
	case MX_TLS_STARTTLS_REFUSED:
		return ISSUE_mx_starttls_refused;
	case MX_TLS_TEMPFAIL:
		return ISSUE_mx_starttls_tempfail;
	case MX_TLS_STRIPPED:
		return ISSUE_mx_starttls_stripped;
	case MX_TLS_CLEARTEXT:
		return ISSUE_mx_cleartext_after_starttls;
	case MX_TLS_HANDSHAKE:
		return ISSUE_mx_tls_failure;
	case MX_TLS_PROTOCOL:
		return ISSUE_mx_tls_old;
	case MX_TLS_WEAK:
		return ISSUE_mx_cert_weak;
	case MX_TLS_BLOCKED:
		return ISSUE_mx_refuses_us;
	case MX_TLS_SMTP:
	case MX_TLS_DNS:
	case MX_TLS_CONNECT:
	case MX_TLS_TIMEOUT:
	case MX_TLS_NOT_TRIED:
		return ISSUE_mx_probe_failed;
	default:
		return -1;
	}
}

/* Of a certificate, where no list of reasons was kept. */
static unsigned word_reason(enum mx_tls outcome)
{
	switch (outcome) {
	case MX_TLS_NAME_MISMATCH:
		return 1u << TLS_NAME_MISMATCH;
	case MX_TLS_EXPIRED:
		return 1u << TLS_EXPIRED;
	case MX_TLS_NOT_YET_VALID:
		return 1u << TLS_NOT_YET_VALID;
	case MX_TLS_SELF_SIGNED:
		return 1u << TLS_SELF_SIGNED;
	case MX_TLS_UNTRUSTED:
		return 1u << TLS_UNTRUSTED;
	case MX_TLS_INCOMPLETE_CHAIN:
		return 1u << TLS_INCOMPLETE_CHAIN;
	default:
		return 0;
	}
}

/* What the host itself said, or what broke. */
static struct span host_remark(const struct record_mx_host *h, char out[160])
{
	const struct record_probe *p = &h->probe;
	struct span s = p->text.n > 0 ? p->text : p->error;
	int n = 0;

	if (h->tls == MX_TLS_OK || h->tls == MX_TLS_WEAK || p->tls_version.p != NULL)
		return SPAN_NULL;
	if (p->code > 0 && p->text.n > 0 && h->tls != MX_TLS_NO_STARTTLS)
		n = snprintf(out, 160, "%d %.*s", p->code, (int)(s.n < 90 ? s.n : 90), s.p);
	else if (s.n > 0 && h->tls != MX_TLS_NO_STARTTLS)
		n = snprintf(out, 160, "%.*s", (int)(s.n < 90 ? s.n : 90), s.p);
	return span_of(out, n > 0 && n < 160 ? (size_t)n : 0);
}

static bool expires_soon(const struct judging *j, const struct record_mx_host *h)
{
	int64_t now = j->r->scanned_at_ms / 1000, end = h->probe.cert_not_after;

	return end != INT64_MIN && end > now && end - now < SOON_S;
}

static void say_host(const struct judging *j, struct hosts_said *s, const struct record_mx_host *h)
{
	enum mx_tls outcome = (enum mx_tls)h->tls;
	unsigned reasons = h->tls_reasons != 0 ? h->tls_reasons : word_reason(outcome);
	char remark[160];
	int code = outcome_code(outcome);

	if (code >= 0)
		hosts_say(s, (enum issue)code, h->host, host_remark(h, remark));
	for (unsigned i = 0; i < tls_reason_count; i++) {
		code = reasons >> i & 1 ? reason_code(j, h, i) : -1;
		if (code >= 0)
			hosts_say(s, (enum issue)code, h->host,
				  i == TLS_NAME_MISMATCH ? h->probe.cert_names : SPAN_NULL);
	}
	if (h->probe.injected > 0)
		hosts_say(s, ISSUE_mx_injected_before_tls, h->host, SPAN_NULL);
	if (expires_soon(j, h))
		hosts_say(s, ISSUE_mx_cert_expires_soon, h->host, SPAN_NULL);
	if (h->probe.good > 0 && h->probe.bad > 0)
		hosts_say(s, ISSUE_mx_addresses_differ, h->host, SPAN_NULL);
}

/* ---- all hosts --------------------------------------------------------------------------- */

/* How the hosts fare with a strict sender; known: at every address of theirs. */
struct mx_sum {
	unsigned hosts, covered, refused, usable;
	unsigned best, best_refused, best_covered; /* the lowest preference among the covered */
};

static bool host_refused(const struct record_mx_host *h)
{
	return h->tls >= 0 && mx_tls_refused((enum mx_tls)h->tls) &&
	       h->probe.bad >= h->probe.addresses;
}

static bool host_good(const struct record_mx_host *h)
{
	return h->tls == MX_TLS_OK || h->tls == MX_TLS_WEAK;
}

static struct mx_sum sum_up(const struct record_mx *mx)
{
	struct mx_sum s = {.hosts = mx->hosts_n, .best = UINT16_MAX + 1u};

	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		if (h->matched != 1)
			continue;
		s.covered++;
		s.refused += host_refused(h);
		s.usable += host_good(h);
		if (h->preference < s.best) {
			s.best = h->preference;
			s.best_covered = s.best_refused = 0;
		}
		s.best_covered += h->preference == s.best;
		s.best_refused += h->preference == s.best && host_refused(h);
	}
	return s;
}

static void judge_sum(struct judging *j, bool enforce)
{
	struct mx_sum s = sum_up(&j->r->mx);

	if (s.covered > 0 && s.refused == s.covered)
		judge_detail(
			j,
			judge_add(j, enforce ? ISSUE_mx_none_usable : ISSUE_mx_none_usable_testing),
			"%u of %u", s.refused, s.covered);
	else if (s.best_covered > 0 && s.best_refused == s.best_covered && s.usable > 0)
		judge_detail(j, judge_add(j, ISSUE_mx_preferred_unusable), "preference %u", s.best);
}

/* Whether a strict sender may use the host; null when it is not known. */
static int usable(const struct record_mx_host *h)
{
	if (h->matched < 0 || h->tls < 0)
		return -1;
	if (h->matched == 0 || mx_tls_refused((enum mx_tls)h->tls))
		return 0;
	return host_good(h) ? 1 : -1;
}

/* Without a policy that asks for TLS: what one would find. */
static void judge_prospect(struct judging *j)
{
	const struct record_mx *mx = &j->r->mx;
	struct hosts_said said;
	unsigned good = 0, clear = 0;

	hosts_say_nothing(&said);
	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		good += host_good(h);
		clear += h->tls == MX_TLS_NO_STARTTLS && host_refused(h);
		if (host_refused(h))
			hosts_say(&said, ISSUE_mx_certs_would_fail, h->host,
				  span_str(mx_tls_name((enum mx_tls)h->tls)));
	}
	if (mx->hosts_n > 0 && clear == mx->hosts_n)
		judge_add(j, ISSUE_mx_cleartext_only);
	else
		hosts_report(j, &said);
	if (mx->hosts_n > 0 && good == mx->hosts_n && mx->hosts_dropped == 0)
		judge_add(j, ISSUE_sts_ready);
}

/* What is wrong with or without a policy. */
static void judge_addresses(struct judging *j)
{
	const struct record_mx *mx = &j->r->mx;
	struct hosts_said said;
	unsigned without = 0;

	hosts_say_nothing(&said);
	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		bool none = h->address_dns == DNS_NODATA || h->address_dns == DNS_NXDOMAIN;
		without += none;
		if (none)
			hosts_say(&said, ISSUE_mx_unresolvable, h->host, SPAN_NULL);
		if (h->cname_n > 0)
			hosts_say(&said, ISSUE_mx_is_cname, h->host, h->cname[h->cname_n - 1]);
		if (h->tls == MX_TLS_PRIVATE_ADDRESS)
			hosts_say(&said, ISSUE_mx_private_address, h->host, SPAN_NULL);
	}
	if (mx->hosts_n > 0 && without == mx->hosts_n && mx->hosts_dropped == 0)
		judge_add(j, ISSUE_mx_none_resolvable);
	else
		hosts_report(j, &said);
}

void judge_mx_tls(struct judging *j, bool in_force)
{
	struct record_mx *mx = &j->r->mx;
	int mode = in_force ? j->r->policy.mode : TERM_NULL;
	struct hosts_said said;
	unsigned visited = 0;

	hosts_say_nothing(&said);
	for (unsigned i = 0; i < mx->hosts_n; i++) {
		mx->hosts[i].sts_usable = usable(&mx->hosts[i]);
		visited += mx->hosts[i].tls >= 0;
	}
	judge_addresses(j);
	if (visited == 0)
		return;
	if (mode != MODE_ENFORCE && mode != MODE_TESTING) {
		judge_prospect(j);
		return;
	}
	for (unsigned i = 0; i < mx->hosts_n; i++)
		if (mx->hosts[i].tls >= 0)
			say_host(j, &said, &mx->hosts[i]);
	judge_sum(j, mode == MODE_ENFORCE);
	hosts_report(j, &said);
	if (mode == MODE_TESTING && sum_up(mx).usable == mx->hosts_n && mx->hosts_dropped == 0)
		judge_add(j, ISSUE_sts_ready);
}

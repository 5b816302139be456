/*
 * judge_mx_tls.c - the optional probes of the MX hosts (STARTTLS, TLSA), where a policy in force
 * makes them matter (RFC 8461 4.2, 5).
 */
#include <assert.h>

#include "output/text/quote.h"
#include "scanner/judge/judge_parts.h"

/* The finding for a probe's outcome; -1 for a good one. */
static int mx_tls_code(enum mx_tls outcome)
{
	switch (outcome) {
	case MX_TLS_OK:
		return -1;
	case MX_TLS_NO_STARTTLS:
		return ISSUE_mx_starttls_missing;
	case MX_TLS_NAME_MISMATCH:
		return ISSUE_mx_cert_name_mismatch;
	case MX_TLS_EXPIRED:
		return ISSUE_mx_cert_expired;
	case MX_TLS_NOT_YET_VALID:
		return ISSUE_mx_cert_not_yet_valid;
	case MX_TLS_SELF_SIGNED:
		return ISSUE_mx_cert_self_signed;
	case MX_TLS_UNTRUSTED:
		return ISSUE_mx_cert_untrusted;
	case MX_TLS_PROTOCOL:
		return ISSUE_mx_tls_old;
	default:
		return ISSUE_mx_probe_failed;
	}
}

void judge_mx_tls(struct judging *j)
{
	const struct record_mx *mx = &j->r->mx;
	int mode = j->r->policy.mode;
	unsigned covered = 0, refused = 0;
	bool dane = false;

	if (mode != MODE_ENFORCE && mode != MODE_TESTING)
		return;
	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		int code = h->tls < 0 ? -1 : mx_tls_code((enum mx_tls)h->tls);
		covered += h->matched == 1;
		bool refuses = h->tls >= 0 && mx_tls_refused((enum mx_tls)h->tls);
		assert(refuses == (code >= 0 && code != ISSUE_mx_probe_failed));
		refused += h->matched == 1 && refuses;
		dane = dane || h->tlsa == 1;
		if (code >= 0)
			judge_detail(j, judge_add(j, (enum issue)code), "MX \"%s\": %s",
				     quote_of(h->host).text, mx_tls_name((enum mx_tls)h->tls));
	}
	if (mode == MODE_ENFORCE && covered > 0 && refused == covered)
		judge_detail(j, judge_add(j, ISSUE_mx_none_usable), "%u of %u", refused, covered);
	if (dane)
		judge_add(j, ISSUE_dane_present);
}

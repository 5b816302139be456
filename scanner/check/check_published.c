/* check_published.c - the sections on what is published: both TXT records, the policy, the MX. */
#include <stdio.h>

#include "output/text/number.h"
#include "parsers/mxmatch.h"
#include "parsers/policy.h"
#include "scanner/check/check_advice.h"
#include "scanner/check/check_parts.h"
#include "scanner/judge/judge.h"

#define VIEW_TXT_SHOWN 6u
#define VIEW_TXT_ROWS 12u
#define VIEW_POLICY_ROWS 160u
#define VIEW_OTHER_ROWS 12u /* of a body that is no policy at all */
#define VIEW_CNAME_SHOWN 6u
#define VIEW_FACT_MAX 200u /* bytes of one fact in a line */

static const char *view_dns_text(enum dns_outcome dns)
{
	switch (dns) {
	case DNS_OK:
		return "answered";
	case DNS_NODATA:
		return "no record of this type";
	case DNS_NXDOMAIN:
		return "the name does not exist";
	case DNS_SERVFAIL:
		return "the resolver could not find out (SERVFAIL)";
	case DNS_REFUSED:
		return "the resolver refused to answer (REFUSED)";
	case DNS_TIMEOUT:
		return "no answer in time";
	case DNS_BOGUS:
		return "DNSSEC validation failed";
	case DNS_MALFORMED:
		return "the answer cannot be read";
	case DNS_TRUNCATED:
		return "the answer was cut off, and TCP failed";
	case DNS_SKIPPED:
		return "not looked up";
	}
	return "";
}

/* ---- TXT records ------------------------------------------------------------------------- */

static void view_aliases(struct text *t, const struct span *cname, unsigned n)
{
	for (unsigned i = 0; i < n && i < VIEW_CNAME_SHOWN; i++)
		check_label(t, i == 0 ? "alias of" : "", cname[i]);
	if (n > VIEW_CNAME_SHOWN)
		check_labelf(t, "", "and %u more", n - VIEW_CNAME_SHOWN);
}

static void view_answer(struct text *t, const char *prefix, const struct record *r,
			const struct record_txt *a)
{
	text_to(t, CHECK_INDENT);
	text_put(t, prefix);
	text_value(t, r->domain);
	text_put(t, " TXT");
	if (a->dns == DNS_OK) {
		text_line(t);
	} else {
		char outcome[96];
		snprintf(outcome, sizeof(outcome), ": %s", view_dns_text(a->dns));
		text_fill(t, CHECK_LABEL, span_str(outcome));
	}
	view_aliases(t, a->cname, a->cname_n);
}

static void view_answer_facts(struct text *t, const struct record_txt *a)
{
	if (a->dns != DNS_OK)
		return;
	if (a->ttl >= 0)
		check_labelf(t, "TTL", "%lld s (%s)%s", (long long)a->ttl,
			     number_lifetime(a->ttl).s,
			     a->ad == 1 ? "; the resolver says DNSSEC holds" : "");
}

/* Which record counts, if one does: marks are drawn in it alone. */
struct view_txt {
	int chosen; /* -1 none */
	struct findings findings;
};

static void view_txt_values(struct text *t, const struct record *r, const struct record_txt *a,
			    const struct view_txt *mark)
{
	unsigned shown = 0;

	for (unsigned i = 0; i < a->txt_n; i++) {
		bool counts = (int)i == mark->chosen;
		if (!counts && shown >= VIEW_TXT_SHOWN)
			continue;
		shown++;
		check_value(t, &(struct check_value){.value = a->txt[i],
						     .f = counts ? &mark->findings : NULL,
						     .r = r,
						     .rows_max = VIEW_TXT_ROWS});
	}
	if (a->txt_n + a->txt_dropped > shown)
		check_labelf(t, "", "and %u more TXT %s", a->txt_n + a->txt_dropped - shown,
			     number_word(a->txt_n + a->txt_dropped - shown, "record", "records"));
}

static void view_sts(struct text *t, const struct record *r)
{
	const struct record_txt *a = &r->sts.answer;
	struct view_txt mark;

	mark.chosen = judge_txt(JUDGE_STS, a, &mark.findings);
	check_section(t, "MTA-STS DNS record");
	view_answer(t, "_mta-sts.", r, a);
	view_txt_values(t, r, a, &mark);
	view_answer_facts(t, a);
	if (r->sts.valid)
		check_labelf(t, "id", "%.*s: senders fetch the policy again when it changes",
			     (int)r->sts.id.n, r->sts.id.p);
}

static void view_tlsrpt(struct text *t, const struct record *r)
{
	const struct record_txt *a = &r->tlsrpt.answer;
	struct view_txt mark;

	mark.chosen = judge_txt(JUDGE_TLSRPT, a, &mark.findings);
	check_section(t, "TLS-RPT record");
	view_answer(t, "_smtp._tls.", r, a);
	view_txt_values(t, r, a, &mark);
	view_answer_facts(t, a);
	for (unsigned i = 0; r->tlsrpt.valid && i < r->tlsrpt.rua_n; i++)
		check_label(t, i == 0 ? "reports to" : "", r->tlsrpt.rua[i]);
	if (a->dns == DNS_NODATA || a->dns == DNS_NXDOMAIN)
		check_note(t,
			   SPAN_LIT("Nobody hears of it when senders fail to deliver over TLS."));
}

/* ---- the policy -------------------------------------------------------------------------- */

static void view_certificate(struct text *t, const struct record_policy *p)
{
	char line[320];

	if (p->cert_not_after == INT64_MIN)
		return;
	snprintf(line, sizeof(line), "%s to %s%s%.*s", number_date(p->cert_not_before).s,
		 number_date(p->cert_not_after).s, p->cert_issuer.n > 0 ? ", issued by " : "",
		 (int)(p->cert_issuer.n < VIEW_FACT_MAX ? p->cert_issuer.n : VIEW_FACT_MAX),
		 p->cert_issuer.p != NULL ? p->cert_issuer.p : "");
	check_label(t, "certificate", span_str(line));
	if (p->cert_names.n > 0)
		check_label(t, "for", p->cert_names);
}

static void view_http(struct text *t, const struct record_policy *p)
{
	static const char *const ends[] = {
		[NEWLINE_LF] = ", lines end in LF", [NEWLINE_CRLF] = ", lines end in CRLF",
		[NEWLINE_CR] = ", lines end in CR", [NEWLINE_MIXED] = ", lines end in LF and CRLF",
		[NEWLINE_NONE] = ", a single line",
	};
	struct span type =
		p->content_type.p != NULL ? p->content_type : SPAN_LIT("no content type");
	char line[320];

	if (p->http_status == 0)
		return;
	snprintf(line, sizeof(line), "HTTP%s%.*s %d, %.*s, %s%llu bytes%s",
		 p->http_version.n > 0 ? "/" : "", (int)p->http_version.n,
		 p->http_version.p != NULL ? p->http_version.p : "", p->http_status,
		 (int)(type.n < VIEW_FACT_MAX ? type.n : VIEW_FACT_MAX), type.p,
		 p->body_cut ? "more than " : "",
		 (unsigned long long)(p->body_cut ? POLICY_BODY_MAX : p->body_bytes),
		 p->newline >= 0 ? ends[p->newline] : "");
	check_label(t, "answer", span_str(line));
	if (p->location.n > 0 && p->http_status >= 300 && p->http_status < 400)
		check_label(t, "redirect to", p->location);
}

static void view_fetch(struct text *t, const struct record *r)
{
	const struct record_policy *p = &r->policy;

	check_label(t, "URL", p->url);
	view_aliases(t, p->cname, p->cname_n);
	if (p->dns != DNS_OK)
		check_labelf(t, "address", "%s", view_dns_text(p->dns));
	else if (p->address.p != NULL)
		check_label(t, "address", p->address);
	if (p->stage == STAGE_TCP)
		check_label(t, "connection",
			    p->timed_out     ? SPAN_LIT("no answer in time")
			    : p->tcp_refused ? SPAN_LIT("refused")
					     : SPAN_LIT("failed"));
	if (p->tls_verified >= 0)
		check_labelf(t, "TLS", "%.*s%s%s", (int)p->tls_version.n,
			     p->tls_version.p != NULL ? p->tls_version.p : "",
			     p->tls_version.n > 0 ? ", " : "",
			     p->tls_verified == 1 ? "certificate verified" : "not accepted");
	if (p->tls_verified == 0 && p->tls_error.n > 0)
		check_label(t, "", p->tls_error);
	view_certificate(t, p);
	view_http(t, p);
}

static void view_mode(struct text *t, const struct record_policy *p)
{
	static const char *const meaning[] = {
		[MODE_ENFORCE] =
			"deliver only over TLS, with a valid certificate of an MX host below",
		[MODE_TESTING] = "deliver in any case, but report what enforce would have refused",
		[MODE_NONE] = "behave as if there were no policy"};

	if (p->mode >= 0)
		check_labelf(t, "mode", "%s: %s", mode_name((enum mode)p->mode), meaning[p->mode]);
	if (p->max_age >= 0) {
		check_labelf(t, "max_age", "%lld: senders remember the policy for %s",
			     (long long)p->max_age, number_lifetime(p->max_age).s);
	}
}

/* Where "covers HOST" begins: behind the pattern, or below it when that is too wide. */
static unsigned view_covers_column(struct text *t, const struct record *r, struct span pattern)
{
	size_t widest = 0;

	for (unsigned i = 0; i < r->mx.hosts_n; i++) {
		struct span host = r->mx.hosts[i].host;
		if (mxmatch(pattern, host) == MXMATCH_YES && host.n > widest)
			widest = host.n;
	}
	if (t->column + sizeof("covers") + widest > t->width) {
		text_line(t);
		text_to(t, CHECK_LABEL + 2);
	}
	return t->column;
}

static void view_pattern(struct text *t, const struct record *r, unsigned at)
{
	struct span pattern = r->policy.mx[at];
	bool any = false;

	text_to(t, CHECK_INDENT);
	text_put(t, at == 0 ? "mx" : "");
	text_to(t, CHECK_LABEL);
	text_value(t, pattern);
	if (r->mx.dns != DNS_OK && r->mx.implicit != 1) {
		text_line(t);
		return;
	}
	if (t->column < 36)
		text_to(t, 36);
	text_put(t, " ");
	unsigned column = view_covers_column(t, r, pattern);
	for (unsigned i = 0; i < r->mx.hosts_n; i++) {
		if (mxmatch(pattern, r->mx.hosts[i].host) != MXMATCH_YES)
			continue;
		if (any)
			text_to(t, column);
		text_put(t, any ? "       " : "covers ");
		text_value(t, r->mx.hosts[i].host);
		text_line(t);
		any = true;
	}
	if (!any && r->mx.implicit == 1 && mxmatch(pattern, r->domain) == MXMATCH_YES) {
		text_put(t, "covers the domain itself");
		text_line(t);
	} else if (!any) {
		text_styled(t, TEXT_DIM, "covers no MX host");
		text_line(t);
	}
}

static bool view_is_policy(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (issue_has(r->issues[i].code, ISSUE_NO_POLICY))
			return false;
	return r->policy.http_status == 200;
}

static void view_policy(struct text *t, const struct record *r)
{
	const struct record_policy *p = &r->policy;
	bool is_policy = view_is_policy(r);
	struct findings f;
	struct policy parsed;

	check_section(t, "Policy file");
	if (p->stage == STAGE_NONE) {
		check_note(t, advice_unlooked(r)
				      ? SPAN_LIT("Not fetched: no sender asks for it, for want of "
						 "a valid MTA-STS record.")
				      : SPAN_LIT("Not fetched."));
		return;
	}
	if (!r->sts.valid && p->http_status > 0)
		check_note(t, SPAN_LIT("No sender asks for it, for want of a valid MTA-STS record; "
				       "we did, to see what is there."));
	view_fetch(t, r);
	if (p->body.n > 0) {
		policy_parse(p->body, &f, &parsed);
		check_value(t, &(struct check_value){.value = p->body,
						     .f = &f,
						     .r = r,
						     .lines = true,
						     .rows_max = is_policy ? VIEW_POLICY_ROWS
									   : VIEW_OTHER_ROWS});
		if (p->body_cut)
			check_note(t, SPAN_LIT("The file is longer; we stopped reading here."));
	}
	if (!p->valid)
		return;
	text_line(t);
	view_mode(t, p);
	for (unsigned i = 0; i < p->mx_n; i++)
		view_pattern(t, r, i);
	if (p->mx_dropped > 0)
		check_labelf(t, "", "and %u patterns more", p->mx_dropped);
}

/* ---- MX hosts ---------------------------------------------------------------------------- */

static void view_mx_host(struct text *t, const struct record_mx_host *h)
{
	text_printf(t, "  %5u  ", h->preference);
	text_value(t, h->host);
	if (h->matched >= 0) {
		text_to(t, 44);
		text_styled(t, h->matched == 1 ? TEXT_GOOD : TEXT_ERROR,
			    h->matched == 1 ? "covered by the policy"
					    : "NOT covered by the policy");
	}
	text_line(t);
	if (h->matched == 0 && h->suggestion.n > 0) {
		text_to(t, 9);
		text_put(t, "closest pattern: ");
		text_value(t, h->suggestion);
		text_line(t);
	}
}

static void view_mx(struct text *t, const struct record *r)
{
	const struct record_mx *mx = &r->mx;

	check_section(t, "MX hosts");
	if (mx->null_mx == 1)
		check_note(t, SPAN_LIT("Null MX: the domain takes no mail (RFC 7505)."));
	else if (mx->dns == DNS_OK)
		for (unsigned i = 0; i < mx->hosts_n; i++)
			view_mx_host(t, &mx->hosts[i]);
	else if (mx->implicit == 1)
		check_note(
			t,
			SPAN_LIT("No MX record: mail goes to the address of the domain itself (RFC "
				 "5321 5.1)."));
	else
		check_labelf(t, "MX", "%s", view_dns_text(mx->dns));
	if (mx->hosts_dropped > 0)
		check_labelf(t, "", "and %u more", mx->hosts_dropped);
}

void check_published(struct text *t, const struct record *r)
{
	view_sts(t, r);
	view_policy(t, r);
	view_tlsrpt(t, r);
	view_mx(t, r);
}

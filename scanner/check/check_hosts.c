/* check_hosts.c - the MX hosts as they were visited, and their TLSA records: two sections of the
 * page. */
#include <stdio.h>

#include "output/text/number.h"
#include "parsers/tlsa.h"
#include "scanner/check/check_parts.h"

#define HOSTS_NAMES_SHOWN 160u
#define HOSTS_RECORDS_SHOWN 8u

static const char *tls_text(enum mx_tls outcome)
{
	switch (outcome) {
	case MX_TLS_OK:
		return "TLS with a certificate that senders accept";
	case MX_TLS_WEAK:
		return "TLS with a certificate that most senders accept";
	case MX_TLS_NO_STARTTLS:
		return "offers no STARTTLS";
	case MX_TLS_NAME_MISMATCH:
		return "the certificate is for other names";
	case MX_TLS_EXPIRED:
		return "the certificate has expired";
	case MX_TLS_NOT_YET_VALID:
		return "the certificate is not valid yet";
	case MX_TLS_SELF_SIGNED:
		return "the certificate is self-signed";
	case MX_TLS_UNTRUSTED:
		return "the certificate is from an authority that nobody knows";
	case MX_TLS_INCOMPLETE_CHAIN:
		return "certificates between its own and the authority's are missing";
	case MX_TLS_PROTOCOL:
		return "no TLS version from 1.2 on";
	case MX_TLS_STARTTLS_REFUSED:
		return "offers STARTTLS and refuses it";
	case MX_TLS_CLEARTEXT:
		return "goes on in clear after STARTTLS";
	case MX_TLS_HANDSHAKE:
		return "the TLS handshake fails";
	case MX_TLS_TEMPFAIL:
		return "says that TLS is not available now";
	case MX_TLS_STRIPPED:
		return "something on the way takes STARTTLS out";
	case MX_TLS_BLOCKED:
		return "does not talk to us";
	case MX_TLS_SMTP:
		return "what answers is no mail server";
	case MX_TLS_CONNECT:
		return "no connection";
	case MX_TLS_TIMEOUT:
		return "no answer in time";
	case MX_TLS_DNS:
		return "its addresses could not be looked up";
	case MX_TLS_NO_ADDRESS:
		return "has no address";
	case MX_TLS_PRIVATE_ADDRESS:
		return "has only addresses that are never contacted";
	case MX_TLS_EXCLUDED:
		return "excluded: not contacted";
	case MX_TLS_NOT_TRIED:
		return "not visited";
	}
	return "";
}

static void view_certificate(struct text *t, const struct record_probe *p)
{
	char line[320];

	if (p->cert_not_after == INT64_MIN)
		return;
	snprintf(line, sizeof(line), "%s to %s%s%.*s", number_date(p->cert_not_before).s,
		 number_date(p->cert_not_after).s, p->cert_issuer.n > 0 ? ", issued by " : "",
		 (int)(p->cert_issuer.n < HOSTS_NAMES_SHOWN ? p->cert_issuer.n : HOSTS_NAMES_SHOWN),
		 p->cert_issuer.p != NULL ? p->cert_issuer.p : "");
	check_label(t, "certificate", span_str(line));
	if (p->cert_names.n > 0)
		check_label(t, "for", p->cert_names);
}

static void view_said(struct text *t, const struct record_probe *p)
{
	char line[320];

	if (p->banner.n > 0)
		check_label(t, "greeting", p->banner);
	if (p->text.n > 0 && p->tls_version.p == NULL) {
		snprintf(line, sizeof(line), "%d %.*s", p->code,
			 (int)(p->text.n < 250 ? p->text.n : 250), p->text.p);
		check_label(t, "said", p->code > 0 ? span_str(line) : p->text);
	}
	if (p->error.n > 0)
		check_label(t, "", p->error);
}

static void view_host(struct text *t, const struct record_mx_host *h)
{
	const struct record_probe *p = &h->probe;

	text_to(t, CHECK_INDENT);
	text_value(t, h->host);
	text_put(t, ": ");
	text_styled(t,
		    h->tls == MX_TLS_OK			  ? TEXT_GOOD
		    : mx_tls_refused((enum mx_tls)h->tls) ? TEXT_ERROR
							  : TEXT_WARNING,
		    tls_text((enum mx_tls)h->tls));
	text_line(t);
	if (p->how < 0)
		return;
	if (p->address.p != NULL)
		check_labelf(t, "address", "%.*s (%u of %u visited)", (int)p->address.n,
			     p->address.p, p->tried, p->addresses);
	view_said(t, p);
	if (p->tls_version.p != NULL)
		check_labelf(t, "TLS", "%.*s, %.*s", (int)p->tls_version.n, p->tls_version.p,
			     (int)p->cipher.n, p->cipher.p != NULL ? p->cipher.p : "");
	view_certificate(t, p);
	if (h->sts_usable >= 0)
		check_label(t, "MTA-STS",
			    h->sts_usable == 1 ? SPAN_LIT("senders that honour the policy deliver")
					       : SPAN_LIT("senders that honour the policy skip "
							  "this host"));
}

/* ---- DANE -------------------------------------------------------------------------------- */

static const char *dane_text(enum dane outcome)
{
	switch (outcome) {
	case DANE_NONE:
		return "no TLSA records that count";
	case DANE_INSECURE:
		return "TLSA records, but not protected by DNSSEC: senders ignore them";
	case DANE_OK:
		return "senders that use DANE deliver: a record matches";
	case DANE_MISMATCH:
		return "senders that use DANE skip this host: no record matches";
	case DANE_NAME_MISMATCH:
		return "senders that use DANE skip this host: the certificate is for other names";
	case DANE_EXPIRED:
		return "senders that use DANE skip this host: a certificate is out of date";
	case DANE_TA_NOT_SENT:
		return "senders that use DANE skip this host: the authority's certificate is not "
		       "sent";
	case DANE_UNUSABLE:
		return "TLS is demanded, but no record can be used to authenticate the host";
	case DANE_NO_TLS:
		return "senders that use DANE skip this host: it has no TLS";
	case DANE_ERROR:
		return "senders that use DANE wait: the look-up fails";
	case DANE_UNPROVEN:
		return "TLSA records; whether they match is not known";
	}
	return "";
}

static void view_record(struct text *t, const struct record_mx_host *h, unsigned at)
{
	static uint8_t rdata[TLSA_RDATA_MAX];
	struct tlsa one;
	const char *remark = NULL;

	if (tlsa_parse(h->tlsa_records[at], rdata, &one))
		remark = tlsa_use_text(one.use);
	if ((int)at == h->tlsa_match)
		remark = "matches";
	else if (remark == NULL && h->probe.tlsa_spare >> at & 1)
		remark = "matches nothing that is served";
	check_label(t, at == 0 ? "TLSA" : "", h->tlsa_records[at]);
	if (remark != NULL)
		check_labelf(t, "", "  %s", remark);
}

static void view_dane(struct text *t, const struct record_mx_host *h)
{
	bool bad = h->dane != DANE_OK && h->dane != DANE_NONE;

	text_to(t, CHECK_INDENT);
	text_value(t, h->host);
	text_put(t, ": ");
	text_style(t, h->dane == DANE_OK ? TEXT_GOOD : bad ? TEXT_WARNING : TEXT_PLAIN);
	text_fill(t, CHECK_LABEL, span_str(dane_text((enum dane)h->dane)));
	text_style(t, TEXT_PLAIN);
	if (h->tlsa_records_n > 0)
		check_labelf(t, "at", "_25._tcp.%.*s", (int)h->tlsa_base.n, h->tlsa_base.p);
	for (unsigned i = 0; i < h->tlsa_records_n && i < HOSTS_RECORDS_SHOWN; i++)
		view_record(t, h, i);
	if (h->tlsa_records_n + h->tlsa_dropped > HOSTS_RECORDS_SHOWN)
		check_labelf(t, "", "and %u more",
			     h->tlsa_records_n + h->tlsa_dropped - HOSTS_RECORDS_SHOWN);
	if (h->probe.spki_sha256.n > 0 && h->dane != DANE_NONE)
		check_labelf(t, "served key", "3 1 1 %.*s", (int)h->probe.spki_sha256.n,
			     h->probe.spki_sha256.p);
}

void check_hosts(struct text *t, const struct record *r)
{
	const struct record_mx *mx = &r->mx;
	unsigned visited = 0, asked = 0;

	for (unsigned i = 0; i < mx->hosts_n; i++) {
		visited += mx->hosts[i].tls >= 0;
		asked += mx->hosts[i].dane >= 0;
	}
	if (visited > 0)
		check_section(t, "STARTTLS at the MX hosts");
	for (unsigned i = 0; visited > 0 && i < mx->hosts_n; i++)
		if (mx->hosts[i].tls >= 0)
			view_host(t, &mx->hosts[i]);
	if (asked == 0)
		return;
	check_section(t, "DANE");
	check_labelf(t, "MX records", "%s",
		     mx->ad == 1 ? "signed: the resolver says DNSSEC holds"
				 : "not signed: who forges them chooses the hosts");
	for (unsigned i = 0; i < mx->hosts_n; i++)
		if (mx->hosts[i].dane >= 0)
			view_dane(t, &mx->hosts[i]);
}

/*
 * judge_dane.c - what DANE senders make of the MX hosts (RFC 7672), whether there is a policy or
 * not: MTA-STS does not override it (RFC 8461 2).
 */
#include "parsers/tlsa.h"
#include "scanner/judge/judge_hosts.h"
#include "scanner/judge/judge_parts.h"

#define RECORDS_MAX 16u
#define DAY_S 86400

/* The records of one host, read again. */
struct tlsa_set {
	unsigned n, usable, pkix, bad, full, sha256, certificates;
	struct tlsa v[RECORDS_MAX];
	uint8_t rdata[RECORDS_MAX][TLSA_RDATA_MAX];
};

static void set_read(const struct record_mx_host *h, struct tlsa_set *s)
{
	s->n = s->usable = s->pkix = s->bad = s->full = s->sha256 = s->certificates = 0;
	for (unsigned i = 0; i < h->tlsa_records_n && s->n < RECORDS_MAX; i++) {
		struct tlsa *t = &s->v[s->n];
		if (!tlsa_parse(h->tlsa_records[i], s->rdata[s->n], t))
			continue;
		s->n++;
		bool usable = t->use == TLSA_USABLE;
		s->usable += usable;
		s->pkix += t->use == TLSA_BAD_PKIX;
		s->bad += !usable && t->use != TLSA_BAD_PKIX;
		s->full += usable && t->matching == TLSA_FULL;
		s->sha256 += usable && t->matching == TLSA_SHA256;
		s->certificates += usable && t->usage == TLSA_DANE_EE && t->selector == TLSA_CERT &&
				   t->matching != TLSA_FULL;
	}
}

static const char *first_fault(const struct tlsa_set *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->v[i].use != TLSA_USABLE && s->v[i].use != TLSA_BAD_PKIX)
			return tlsa_use_text(s->v[i].use);
	return "";
}

/* The finding for what DANE senders meet at the host; -1 when that is well or not known. */
static int outcome_code(const struct record_mx_host *h)
{
	switch ((enum dane)h->dane) {
	case DANE_MISMATCH:
		return ISSUE_dane_mismatch;
	case DANE_NAME_MISMATCH:
		return ISSUE_dane_name_mismatch;
	case DANE_EXPIRED:
		return ISSUE_dane_cert_expired;
	case DANE_TA_NOT_SENT:
		return ISSUE_dane_ta_not_sent;
	case DANE_UNUSABLE:
		return ISSUE_dane_unusable;
	case DANE_NO_TLS:
		return ISSUE_dane_starttls_missing;
	case DANE_INSECURE:
		return ISSUE_dane_insecure;
	case DANE_ERROR:
		return h->tlsa_dns == DNS_BOGUS ? ISSUE_dane_bogus : ISSUE_dane_lookup_failed;
	default:
		return -1;
	}
}

static bool is_secure(const struct record_mx_host *h)
{
	return h->tlsa == 1 && h->dane != DANE_INSECURE;
}

static bool is_refused(const struct record_mx_host *h)
{
	return h->dane == DANE_MISMATCH || h->dane == DANE_NAME_MISMATCH ||
	       h->dane == DANE_EXPIRED || h->dane == DANE_TA_NOT_SENT || h->dane == DANE_NO_TLS;
}

static void say_records(struct hosts_said *s, const struct record_mx_host *h)
{
	struct tlsa_set set;

	set_read(h, &set);
	if (set.pkix > 0 && set.usable > 0)
		hosts_say(s, ISSUE_dane_pkix_usage, h->host, SPAN_NULL);
	if (set.bad > 0)
		hosts_say(s, ISSUE_dane_bad_record, h->host, span_str(first_fault(&set)));
	if (h->probe.tlsa_leaf_as_ta)
		hosts_say(s, ISSUE_dane_ee_usage_ta, h->host, SPAN_NULL);
	if (set.full > 0)
		hosts_say(s, ISSUE_dane_full_record, h->host, SPAN_NULL);
	if (set.usable > set.full && set.sha256 == 0)
		hosts_say(s, ISSUE_dane_no_sha256, h->host, SPAN_NULL);
	if (set.usable == 1)
		hosts_say(s, ISSUE_dane_single_record, h->host, SPAN_NULL);
	if (set.usable > 0 && set.certificates == set.usable)
		hosts_say(s, ISSUE_dane_pins_certificate, h->host, SPAN_NULL);
	if (h->dane == DANE_OK && h->probe.tlsa_spare != 0)
		hosts_say(s, ISSUE_dane_spare_useless, h->host, SPAN_NULL);
	if (h->tlsa_ttl > DAY_S)
		hosts_say(s, ISSUE_dane_ttl_long, h->host, SPAN_NULL);
}

/* "3 1 1" of the key that is served now: what has to be published. */
static struct span served_record(struct judging *j, const struct record_mx_host *h)
{
	if (h->probe.spki_sha256.n == 0 || h->dane == DANE_OK)
		return SPAN_NULL;
	return arena_printf(j->arena, "serves 3 1 1 %.*s", (int)h->probe.spki_sha256.n,
			    h->probe.spki_sha256.p);
}

static void say_host(struct judging *j, struct hosts_said *s, const struct record_mx_host *h)
{
	int code = outcome_code(h);

	if (code >= 0)
		hosts_say(s, (enum issue)code, h->host,
			  code == ISSUE_dane_mismatch ? served_record(j, h) : SPAN_NULL);
	if (!is_secure(h))
		return;
	if (h->probe.dane_good > 0 && h->probe.dane_bad > 0)
		hosts_say(s, ISSUE_dane_addresses_differ, h->host, SPAN_NULL);
	say_records(s, h);
	if (h->dane == DANE_OK && h->tls >= 0 && mx_tls_refused((enum mx_tls)h->tls))
		hosts_say(s, ISSUE_dane_only_certificate, h->host, SPAN_NULL);
	if (h->dane == DANE_OK || h->dane == DANE_UNPROVEN)
		hosts_say(s, ISSUE_dane_present, h->host, SPAN_NULL);
}

/* What the hosts add up to for the name. */
static void judge_sum(struct judging *j)
{
	const struct record_mx *mx = &j->r->mx;
	unsigned secure = 0, known_none = 0, ok = 0, refused = 0;

	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		secure += is_secure(h);
		known_none += h->dane == DANE_NONE || h->dane == DANE_INSECURE;
		ok += h->dane == DANE_OK;
		refused += is_refused(h) && h->probe.dane_bad >= h->probe.addresses;
	}
	if (secure == 0)
		return;
	if (refused == mx->hosts_n && mx->hosts_dropped == 0)
		judge_detail(j, judge_add(j, ISSUE_dane_none_deliverable), "%u of %u", refused,
			     mx->hosts_n);
	if (known_none > 0)
		judge_detail(j, judge_add(j, ISSUE_dane_partial), "%u of %u have them", secure,
			     mx->hosts_n);
	if (mx->ad == 0)
		judge_add(j, ISSUE_dane_mx_insecure);
	if (ok == mx->hosts_n && mx->ad == 1 && mx->hosts_dropped == 0)
		judge_add(j, ISSUE_dane_ok);
	if (j->r->tlsrpt.answer.dns == DNS_NXDOMAIN || j->r->tlsrpt.answer.dns == DNS_NODATA)
		judge_add(j, ISSUE_dane_without_tlsrpt);
}

void judge_dane(struct judging *j)
{
	const struct record_mx *mx = &j->r->mx;
	struct hosts_said said;

	hosts_say_nothing(&said);
	judge_sum(j);
	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		if (h->dane >= 0)
			say_host(j, &said, h);
		else if (h->tlsa == 1)
			hosts_say(&said, ISSUE_dane_present, h->host, SPAN_NULL);
	}
	hosts_report(j, &said);
}

/*
 * report_mx.c - what the MX hosts showed: STARTTLS, certificates, DANE. Each table by names and by
 * distinct hosts, which differ much: one operator's host stands behind thousands of names.
 */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

#define TOP_OPERATORS 20u

static const struct mx_counts *names_of(const struct report_model *m)
{
	return &m->a->counts.mx_names;
}

static const struct mx_counts *hosts_of(const struct report_model *m)
{
	return &m->a->counts.mx_hosts;
}

/* A table with a column of names and one of hosts. */
static struct report_table *both_table(struct report_model *m, const char *key, const char *title,
				       const char *key_title, const char *note)
{
	struct report_table *t = report_table(m, key, title, key_title, note);

	t->chart = true;
	report_column(t, "names", "names", CELL_SHARE);
	report_column(t, "hosts", "hosts", CELL_SHARE);
	return t;
}

static struct report_row *both_row(struct report_model *m, struct report_table *t, const char *key,
				   const char *label, const uint64_t names[2],
				   const uint64_t hosts[2])
{
	struct report_row *row = report_row_text(m, t, key, label);

	report_share(row, 0, names[0], names[1]);
	report_share(row, 1, hosts[0], hosts[1]);
	return row;
}

#define BOTH(m, t, key, label, part, whole)                                                        \
	both_row(m, t, key, label, (const uint64_t[]){names_of(m)->part, names_of(m)->whole},      \
		 (const uint64_t[]){hosts_of(m)->part, hosts_of(m)->whole})

/* ---- STARTTLS ---------------------------------------------------------------------------- */

static void table_starttls(struct report_model *m)
{
	const struct mx_counts *n = names_of(m), *h = hosts_of(m);
	struct report_table *t = both_table(
		m, "mx_starttls", "STARTTLS at MX hosts", "STARTTLS",
		"Of the names and distinct hosts that were probed and are conclusive: of a name, "
		"its conclusive hosts count. The last row: of all that were probed.");

	BOTH(m, t, "offered", "every host offers it", starttls_every, known);
	both_row(m, t, "partly", "some host does not",
		 (const uint64_t[]){n->known - n->starttls_every - n->starttls_none, n->known},
		 (const uint64_t[]){0, 0});
	BOTH(m, t, "none", "no host offers it", starttls_none, known);
	both_row(m, t, "usable", "a strict sender refuses no host",
		 (const uint64_t[]){n->known - n->refused, n->known},
		 (const uint64_t[]){h->known - h->refused, h->known});
	both_row(m, t, "inconclusive", "nothing conclusive",
		 (const uint64_t[]){n->probed - n->known, n->probed},
		 (const uint64_t[]){h->probed - h->known, h->probed});
}

static void table_certificates(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t = report_table(
		m, "mx_certificates", "MX hosts that senders would refuse", "hosts",
		"Of the names some of whose MX hosts gave a conclusive answer to STARTTLS; hosts "
		"that did not answer count neither way. Enforce, testing: names with such a "
		"policy.");
	static const char *const keys[] = {"some", "every"};
	static const char *const labels[] = {"some host", "... of them: every host"};

	report_column(t, "all", "all", CELL_SHARE);
	report_column(t, "self", "self-managed", CELL_SHARE);
	report_column(t, "provider", "provider", CELL_SHARE);
	report_column(t, "enforce", "enforce", CELL_SHARE);
	report_column(t, "testing", "testing", CELL_SHARE);
	for (unsigned i = 0; i < 2; i++) {
		const uint64_t *n = i == 0 ? c->mx_bad_any : c->mx_bad_all, *of = c->mx_known;
		const uint64_t *mode = i == 0 ? c->mode_bad_any : c->mode_bad_all;
		struct report_row *row = report_row_text(m, t, keys[i], labels[i]);
		report_share(row, 0, n[0] + n[1] + n[2], of[0] + of[1] + of[2]);
		report_share(row, 1, n[FACTS_ENTITY_SELF], of[FACTS_ENTITY_SELF]);
		report_share(row, 2, n[FACTS_ENTITY_PROVIDER], of[FACTS_ENTITY_PROVIDER]);
		report_share(row, 3, mode[0], c->mode_known[0]);
		report_share(row, 4, mode[1], c->mode_known[1]);
	}
}

static void table_reasons(struct report_model *m)
{
	static const char *const labels[] = {
		[TLS_NAME_MISMATCH] = "another name",
		[TLS_EXPIRED] = "expired",
		[TLS_NOT_YET_VALID] = "not yet valid",
		[TLS_SELF_SIGNED] = "self-signed",
		[TLS_UNTRUSTED] = "unknown authority",
		[TLS_INCOMPLETE_CHAIN] = "issuer not sent",
		[TLS_ALERT] = "alert in the handshake",
		[TLS_PROTOCOL] = "protocol",
		[TLS_OTHER] = "other",
	};
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t = both_table(
		m, "mx_cert_reasons", "Certificates that senders refuse, by reason", "reason",
		"Of the names and hosts with a conclusive answer, by what is wrong at some host "
		"that a sender refuses; several reasons are possible.");

	report_column(t, "enforce", "enforce", CELL_SHARE);
	report_column(t, "testing", "testing", CELL_SHARE);
	report_column(t, "other", "no policy", CELL_SHARE);
	for (unsigned i = 0; i < tls_reason_count; i++) {
		struct report_row *row = BOTH(m, t, tls_reason_name((enum tls_reason)i), labels[i],
					      reason[i], known);
		for (unsigned k = 0; k < MX_MODES; k++)
			report_share(row, 2 + k, c->mode_reason[i][k], c->mode_known[k]);
	}
}

static void table_outcomes(struct report_model *m)
{
	static const char *const labels[] = {
		[MX_TLS_OK] = "no failure",
		[MX_TLS_NO_STARTTLS] = "no STARTTLS",
		[MX_TLS_NAME_MISMATCH] = "certificate for another name",
		[MX_TLS_EXPIRED] = "certificate expired",
		[MX_TLS_NOT_YET_VALID] = "certificate not yet valid",
		[MX_TLS_SELF_SIGNED] = "self-signed certificate",
		[MX_TLS_UNTRUSTED] = "certificate of an unknown authority",
		[MX_TLS_PROTOCOL] = "no TLS version in common",
		[MX_TLS_SMTP] = "no SMTP",
		[MX_TLS_DNS] = "DNS fails",
		[MX_TLS_CONNECT] = "no connection",
		[MX_TLS_TIMEOUT] = "timeout",
		[MX_TLS_INCOMPLETE_CHAIN] = "issuer not sent",
		[MX_TLS_STARTTLS_REFUSED] = "STARTTLS offered, then refused",
		[MX_TLS_CLEARTEXT] = "cleartext where TLS belongs",
		[MX_TLS_HANDSHAKE] = "handshake broken off",
		[MX_TLS_WEAK] = "weak key or signature",
		[MX_TLS_BLOCKED] = "we are refused",
		[MX_TLS_TEMPFAIL] = "temporary failure at STARTTLS",
		[MX_TLS_STRIPPED] = "STARTTLS taken out on the way",
		[MX_TLS_NO_ADDRESS] = "no address",
		[MX_TLS_PRIVATE_ADDRESS] = "private address",
		[MX_TLS_EXCLUDED] = "excluded by us",
		[MX_TLS_NOT_TRIED] = "not tried",
	};
	struct report_table *t = both_table(
		m, "mx_tls", "STARTTLS at MX hosts, by outcome", "outcome",
		"Of the probed names and hosts; a name is in the row of each outcome its hosts "
		"have.");

	t->sparse = true;
	for (unsigned i = 0; i < mx_tls_count; i++)
		BOTH(m, t, mx_tls_name((enum mx_tls)i), labels[i], tls[i], probed);
}

static void table_versions(struct report_model *m)
{
	struct report_table *t = both_table(
		m, "mx_tls_versions", "TLS versions of MX hosts", "version",
		"Of the names and hosts where a handshake came to its end: what was agreed on.");

	for (unsigned i = 1; i < facts_tls_count; i++)
		BOTH(m, t, facts_tls_name((enum facts_tls)i), facts_tls_name((enum facts_tls)i),
		     version[i], handshakes);
}

static void table_keys(struct report_model *m)
{
	static const char *const labels[] = {
		[HOST_KEY_RSA_SHORT] = "RSA, under 2048 bits",
		[HOST_KEY_RSA_2048] = "RSA 2048",
		[HOST_KEY_RSA_3072] = "RSA 3072",
		[HOST_KEY_RSA_4096] = "RSA 4096",
		[HOST_KEY_EC_256] = "EC 256",
		[HOST_KEY_EC_384] = "EC 384",
		[HOST_KEY_OTHER] = "other",
	};
	struct report_table *t =
		both_table(m, "mx_keys", "Keys of MX hosts' certificates", "key",
			   "Of the names and hosts that showed a certificate; RSA 2048: from that "
			   "size up to the next row's.");

	for (unsigned i = 1; i < host_key_count; i++)
		BOTH(m, t, host_key_name((enum host_key)i), labels[i], key[i], keys);
}

static void table_days(struct report_model *m)
{
	static const char *const keys[CERT_BUCKETS] = {"expired", "0-6",   "7-13",   "14-29",
						       "30-59",	  "60-89", "90-179", "180-"};
	static const char *const labels[CERT_BUCKETS] = {
		"expired",	 "under 7 days",  "7 to 13 days",   "14 to 29 days",
		"30 to 59 days", "60 to 89 days", "90 to 179 days", "180 days or more"};
	struct report_table *t = both_table(
		m, "mx_cert_days", "Days left of MX hosts' certificates", "left",
		"Of the names and hosts that showed a certificate, at the time of the visit; of "
		"a name the certificate that ends first.");

	for (unsigned i = 0; i < CERT_BUCKETS; i++)
		BOTH(m, t, keys[i], labels[i], cert_days[i], certs);
}

static void table_issuers(struct report_model *m)
{
	struct tally_row rows[REPORT_TOP_MAX], others;
	struct report_table *t = report_table(
		m, "mx_issuers", "Issuers of MX hosts' certificates", "issuer",
		"Of the distinct hosts that showed a certificate with an issuer's name.");
	uint64_t of = m->a->host_issuer.rows;
	unsigned n = report_top(t, &m->a->host_issuer, rows, TOP_OPERATORS, &others);

	t->keyed = false;
	t->chart = true;
	report_column(t, "hosts", "hosts", CELL_SHARE);
	for (unsigned i = 0; i < n; i++)
		report_share(report_row(m, t, rows[i].key, rows[i].key), 0, rows[i].v[0], of);
	if (others.v[0] > 0)
		report_share(report_row_others(m, t), 0, others.v[0], of);
}

static void bad_row(struct report_row *row, const uint64_t *v, uint64_t of)
{
	report_share(row, 0, v[0], of);
	report_share(row, 1, v[1], v[0]);
	report_share(row, 2, v[2], v[0]);
}

static void table_operators_bad(struct report_model *m)
{
	struct tally_row rows[REPORT_TOP_MAX], others;
	struct report_table *t = report_table(
		m, "mx_operators_bad", "Operators of MX hosts that senders would refuse",
		"operator",
		"Of the names with a provider's MX hosts of which a sender refuses some; every "
		"host, enforce: of the operator's.");
	unsigned n = report_top(t, &m->a->mx_operator_bad, rows, TOP_OPERATORS, &others);
	uint64_t of = m->a->mx_operator_bad.rows;

	t->keyed = false;
	report_column(t, "names", "names", CELL_SHARE);
	report_column(t, "every", "every host", CELL_SHARE);
	report_column(t, "enforce", "enforce", CELL_SHARE);
	for (unsigned i = 0; i < n; i++)
		bad_row(report_row(m, t, rows[i].key, rows[i].key), rows[i].v, of);
	if (others.v[0] > 0)
		bad_row(report_row_others(m, t), others.v, of);
}

static void operator_row(struct report_row *row, const uint64_t *v)
{
	uint64_t known = v[1] + v[2];

	row->cells[0].n = v[0];
	row->cells[1].n = v[4];
	report_share(row, 2, v[2], known);
	row->cells[3].n = v[3];
}

static void table_host_operators(struct report_model *m)
{
	struct tally_row rows[REPORT_TOP_MAX], others;
	struct report_table *t = report_table(
		m, "mx_host_operators", "Operators by distinct MX hosts", "operator",
		"By the registrable domain of the hosts' names. Uses: the names that have a host "
		"as MX, summed over the hosts. Refused: of the conclusive hosts.");
	unsigned n = report_top(t, &m->a->host_operator, rows, TOP_OPERATORS, &others);

	t->keyed = false;
	report_column(t, "hosts", "hosts", CELL_COUNT);
	report_column(t, "uses", "uses", CELL_COUNT);
	report_column(t, "refused", "refused", CELL_SHARE);
	report_column(t, "inconclusive", "inconclusive", CELL_COUNT);
	for (unsigned i = 0; i < n; i++)
		operator_row(report_row(m, t, rows[i].key, rows[i].key), rows[i].v);
	if (others.v[0] > 0)
		operator_row(report_row_others(m, t), others.v);
}

static void table_probe_run(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t = report_table(m, "probe_run", "Visits at MX hosts", "what",
					      "Distinct hosts, as stored in hosts.ndjson.zst; of "
					      "several runs each host once.");
	const struct {
		const char *key, *label;
		uint64_t n;
	} rows[] = {
		{"hosts", "distinct hosts", c->host_rows},
		{"uses", "names that have one of them, summed", c->host_names},
		{"addresses", "addresses visited", c->host_tried},
		{"greeted", "hosts that said something", c->host_greeted},
		{"conclusive", "hosts with a conclusive answer", c->mx_hosts.known},
		{"inconclusive", "hosts without", c->mx_hosts.probed - c->mx_hosts.known},
	};

	report_column(t, "n", "number", CELL_COUNT);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		report_row_text(m, t, rows[i].key, rows[i].label)->cells[0].n = rows[i].n;
}

/* ---- DANE -------------------------------------------------------------------------------- */

static void table_dane(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		both_table(m, "dane", "TLSA records of MX hosts", "hosts",
			   "Of the names and hosts of which it is known; records that DNSSEC "
			   "does not secure are none.");

	both_row(m, t, "some", "some host has TLSA",
		 (const uint64_t[]){c->tlsa_any, c->mx_names.asked},
		 (const uint64_t[]){c->mx_hosts.secure, c->mx_hosts.asked});
	both_row(m, t, "every", "... of them: every host has TLSA",
		 (const uint64_t[]){c->tlsa_all, c->mx_names.asked}, (const uint64_t[]){0, 0});
}

static void table_dane_outcomes(struct report_model *m)
{
	static const char *const labels[] = {
		[DANE_NONE] = "no TLSA records",
		[DANE_INSECURE] = "TLSA records without DNSSEC",
		[DANE_OK] = "delivered to",
		[DANE_MISMATCH] = "no record matches the certificate",
		[DANE_NAME_MISMATCH] = "certificate for another name",
		[DANE_EXPIRED] = "certificate not valid at that time",
		[DANE_TA_NOT_SENT] = "issuer of the record not sent",
		[DANE_UNUSABLE] = "no usable record",
		[DANE_NO_TLS] = "TLSA records, but no TLS",
		[DANE_ERROR] = "the lookup fails",
		[DANE_UNPROVEN] = "TLSA records, host not seen",
	};
	struct report_table *t = both_table(
		m, "dane_outcomes", "DANE at MX hosts, by outcome", "outcome",
		"Of the names and hosts of which it is known whether they have secure TLSA "
		"records, and those whose lookup failed apart; a name is in the row of each "
		"outcome its hosts have.");

	for (unsigned i = 0; i < dane_count; i++) {
		if (i == DANE_ERROR || i == DANE_INSECURE)
			continue;
		BOTH(m, t, dane_name((enum dane)i), labels[i], dane[i], asked);
	}
}

static void table_dane_validity(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	const struct mx_counts *n = names_of(m), *h = hosts_of(m);
	struct report_table *t = both_table(
		m, "dane_validity", "TLSA records and the certificates that are served", "DANE",
		"Of the names and hosts with secure TLSA records of which it is certain what a "
		"DANE sender does; the last row: of all with secure TLSA records.");
	const struct {
		const char *key, *label;
		uint64_t names, hosts;
		const uint64_t *entity;
	} rows[] = {
		{"ok", "delivered to", n->dane_ok, h->dane_ok, c->dane_ok},
		{"refused", "some host refused", n->dane_refused, h->dane_refused, c->dane_refused},
		{"every", "... of them: every host", n->dane_every, h->dane_every, c->dane_every},
		{"unusable", "no usable record", n->dane_unusable, h->dane_unusable,
		 c->dane_unusable},
	};

	report_column(t, "self", "self-managed", CELL_SHARE);
	report_column(t, "provider", "provider", CELL_SHARE);
	for (unsigned i = 0; i < 4; i++) {
		struct report_row *row = both_row(m, t, rows[i].key, rows[i].label,
						  (const uint64_t[]){rows[i].names, n->dane_known},
						  (const uint64_t[]){rows[i].hosts, h->dane_known});
		report_share(row, 2, rows[i].entity[FACTS_ENTITY_SELF],
			     c->dane_known[FACTS_ENTITY_SELF]);
		report_share(row, 3, rows[i].entity[FACTS_ENTITY_PROVIDER],
			     c->dane_known[FACTS_ENTITY_PROVIDER]);
	}
	both_row(m, t, "inconclusive", "not known",
		 (const uint64_t[]){n->secure - n->dane_known, n->secure},
		 (const uint64_t[]){h->secure - h->dane_known, h->secure});
}

static void table_parameters(struct report_model *m)
{
	static const char *const usages[] = {"PKIX-TA", "PKIX-EE", "DANE-TA", "DANE-EE"};
	static const char *const selectors[] = {"Cert", "SPKI"};
	static const char *const types[] = {"Full", "SHA2-256", "SHA2-512"};
	struct report_table *t = both_table(
		m, "tlsa_parameters", "Usage, selector and matching type of TLSA records", "record",
		"Of the names and hosts with secure TLSA records; those with several kinds are in "
		"several rows, and kinds that nobody has are left out.");

	t->keyed = false;
	for (unsigned i = TLSA_KINDS; i-- > 0;) {
		struct span key = SPAN_LIT("other"), label = SPAN_LIT("other");
		unsigned u = i / 6, s = i / 3 % 2, type = i % 3;
		if (names_of(m)->kinds[i] + hosts_of(m)->kinds[i] == 0)
			continue;
		if (i < TLSA_KINDS - 1) {
			key = arena_printf(&m->arena, "%u %u %u", u, s, type);
			label = arena_printf(&m->arena, "%u %u %u: %s %s %s", u, s, type, usages[u],
					     selectors[s], types[type]);
		}
		struct report_row *row = report_row(m, t, key, label);
		report_share(row, 0, names_of(m)->kinds[i], names_of(m)->secure);
		report_share(row, 1, hosts_of(m)->kinds[i], hosts_of(m)->secure);
	}
}

static void dane_operator_row(struct report_row *row, const uint64_t *v, uint64_t of)
{
	report_share(row, 0, v[0], of);
	report_share(row, 1, v[2], v[0] - v[3]);
	row->cells[2].n = v[3];
}

static void table_dane_operators(struct report_model *m)
{
	struct tally_row rows[REPORT_TOP_MAX], others;
	struct report_table *t = report_table(
		m, "dane_operators", "Operators of MX hosts with secure TLSA records", "operator",
		"Of the names with secure TLSA records at a provider's MX hosts. Refused: some "
		"host, of the conclusive names.");
	unsigned n = report_top(t, &m->a->dane_operator, rows, TOP_OPERATORS, &others);
	uint64_t of = m->a->dane_operator.rows;

	t->keyed = false;
	report_column(t, "names", "names", CELL_SHARE);
	report_column(t, "refused", "refused", CELL_SHARE);
	report_column(t, "inconclusive", "inconclusive", CELL_COUNT);
	for (unsigned i = 0; i < n; i++)
		dane_operator_row(report_row(m, t, rows[i].key, rows[i].key), rows[i].v, of);
	if (others.v[0] > 0)
		dane_operator_row(report_row_others(m, t), others.v, of);
}

static void tld_row(struct report_row *row, const uint64_t *g)
{
	row->cells[0].n = g[GROUP_MX_AD_KNOWN];
	report_share(row, 1, g[GROUP_MX_AD], g[GROUP_MX_AD_KNOWN]);
	report_share(row, 2, g[GROUP_TLSA], g[GROUP_TLSA_KNOWN]);
	report_share(row, 3, g[GROUP_DANE_REFUSED], g[GROUP_DANE_KNOWN]);
}

static void table_dane_tlds(struct report_model *m)
{
	struct tally_row rows[REPORT_TOP_MAX], others;
	struct report_table *t = report_table(
		m, "dane_by_tld", "DANE by top-level domain", "TLD",
		"MX signed: of the names with MX hosts, as the resolver validated it. TLSA: of "
		"the names of which it is known whether some host has secure TLSA records. "
		"Refused: some host, of those with such records that are conclusive.");
	unsigned n = 0;

	t->keyed = false;
	report_column(t, "names", "names with MX", CELL_COUNT);
	report_column(t, "mx_signed", "MX signed", CELL_SHARE);
	report_column(t, "tlsa", "TLSA", CELL_SHARE);
	report_column(t, "refused", "refused", CELL_SHARE);
	if (names_of(m)->asked > 0) /* else the resolver was never proven to validate */
		n = report_top(t, &m->a->tld, rows, 100, &others);
	for (unsigned i = 0; i < n; i++)
		tld_row(report_row(m, t, rows[i].key, rows[i].key), rows[i].v);
	if (n > 0 && others.v[0] > 0)
		tld_row(report_row_others(m, t), others.v);
}

static void table_sts_dane(struct report_model *m)
{
	static const struct {
		enum verdict verdict;
		const char *label;
	} rows[] = {{VERDICT_ENFORCE, "enforce"},
		    {VERDICT_TESTING, "testing"},
		    {VERDICT_NONE, "none"},
		    {VERDICT_BROKEN, "no valid policy can be had"},
		    {VERDICT_ABSENT, "no MTA-STS"}};
	struct report_table *t = report_table(
		m, "sts_dane", "MTA-STS and DANE", "policy",
		"Of the names of which it is known whether some MX host has secure TLSA records. "
		"Delivered to: every such host; refused: some.");

	t->chart = true;
	report_column(t, "tlsa", "TLSA", CELL_SHARE);
	report_column(t, "ok", "delivered to", CELL_SHARE);
	report_column(t, "refused", "refused", CELL_SHARE);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t *v = m->a->counts.sts_dane[rows[i].verdict];
		struct report_row *row =
			report_row_text(m, t, verdict_name(rows[i].verdict), rows[i].label);
		for (unsigned k = 0; k < 3; k++)
			report_share(row, k, v[1 + k], v[0]);
	}
}

void report_tables_mx(struct report_model *m)
{
	report_section(m, "mx_hosts", "MX hosts: STARTTLS and certificates",
		       "What the hosts that take the mail showed when they were visited. A host "
		       "that did not answer, or turned us away, is inconclusive: in no share but "
		       "where it is said.");
	table_starttls(m);
	table_certificates(m);
	table_reasons(m);
	table_outcomes(m);
	table_versions(m);
	table_keys(m);
	table_days(m);
	table_issuers(m);
	table_operators_bad(m);
	table_host_operators(m);
	table_probe_run(m);
	report_section(m, "dane", "MX hosts: DANE",
		       "Whether senders that follow RFC 7672 would deliver, whatever the policy "
		       "says.");
	table_dane(m);
	table_dane_outcomes(m);
	table_dane_validity(m);
	table_parameters(m);
	table_dane_operators(m);
	table_dane_tlds(m);
	table_sts_dane(m);
}

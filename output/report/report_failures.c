/* report_failures.c - where the way to a valid policy ends, and whose fault it is. */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

static const char *const stage_labels[] = {
	[STAGE_NONE] = "not fetched",
	[STAGE_DNS] = "DNS: the policy host has no address",
	[STAGE_TCP] = "TCP: no connection",
	[STAGE_TLS] = "TLS: certificate or handshake",
	[STAGE_HTTP] = "HTTP: no file with status 200",
	[STAGE_SYNTAX] = "syntax: the file is no valid policy",
	[STAGE_OK] = "a valid policy",
};

static const char *const reason_labels[] = {
	[TLS_NAME_MISMATCH] = "certificate for other names",
	[TLS_EXPIRED] = "certificate expired",
	[TLS_NOT_YET_VALID] = "certificate not yet valid",
	[TLS_SELF_SIGNED] = "self-signed certificate",
	[TLS_UNTRUSTED] = "issuer not trusted",
	[TLS_INCOMPLETE_CHAIN] = "intermediate certificate missing",
	[TLS_ALERT] = "alert: no certificate for this name",
	[TLS_PROTOCOL] = "no common protocol version or cipher",
	[TLS_OTHER] = "other handshake failure",
};

static void entity_columns(struct report_table *t)
{
	report_column(t, "all", "all", CELL_SHARE);
	report_column(t, "self", "self-managed", CELL_SHARE);
	report_column(t, "provider", "provider", CELL_SHARE);
}

/* v[entity * stride + i], with the denominators of each entity. */
static void entity_row(struct report_row *row, const uint64_t n[ENTITIES],
		       const uint64_t of[ENTITIES])
{
	report_share(row, 0, n[0] + n[1] + n[2], of[0] + of[1] + of[2]);
	report_share(row, 1, n[FACTS_ENTITY_SELF], of[FACTS_ENTITY_SELF]);
	report_share(row, 2, n[FACTS_ENTITY_PROVIDER], of[FACTS_ENTITY_PROVIDER]);
}

static void table_outcomes(struct report_model *m)
{
	const uint64_t *g = m->a->counts.all;
	struct report_table *t = report_table(m, "outcomes", "Outcome of MTA-STS records",
					      "outcome", "Of the names with an MTA-STS record.");
	static const struct {
		const char *key, *label;
		enum group group;
	} rows[] = {{"enforce", "valid policy, enforce", GROUP_ENFORCE},
		    {"testing", "valid policy, testing", GROUP_TESTING},
		    {"none", "valid policy, none", GROUP_NONE},
		    {"broken", "no valid policy can be had", GROUP_BROKEN}};
	uint64_t known = 0;

	t->chart = true;
	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < 4; i++) {
		report_share(report_row_text(m, t, rows[i].key, rows[i].label), 0, g[rows[i].group],
			     g[GROUP_STS]);
		known += g[rows[i].group];
	}
	report_share(report_row_text(m, t, "inconclusive", "not known: a temporary failure"), 0,
		     g[GROUP_STS] - known, g[GROUP_STS]);
}

static void table_impact(struct report_model *m)
{
	struct report_table *t = report_table(m, "impact", "Impact", "impact",
					      "Of all names, inconclusive ones too.");

	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < impact_count; i++)
		report_share(report_row_text(m, t, impact_name((enum impact)i),
					     impact_stake((enum impact)i)),
			     0, m->a->counts.impact[i], m->a->counts.all[GROUP_NAMES]);
}

static void table_categories(struct report_model *m)
{
	static const char *const keys[] = {"record", "policy_host", "mx_certificate",
					   "inconsistency"};
	static const char *const labels[] = {"DNS record", "policy host or file", "MX certificate",
					     "MX hosts and policy differ"};
	const uint64_t *c = m->a->counts.category;
	struct report_table *t = report_table(
		m, "misconfigured", "Misconfigurations, by kind", "kind",
		"Of the names with a record and a conclusive verdict; kinds are not exclusive. MX "
		"certificates are known only where MX hosts were probed with STARTTLS.");
	uint64_t of = 0;

	t->chart = true;
	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < 16; i++)
		of += c[i];
	report_share(report_row_text(m, t, "any", "any of them"), 0, of - c[0], of);
	for (unsigned bit = 0; bit < 4; bit++) {
		uint64_t n = 0;
		for (unsigned i = 0; i < 16; i++)
			n += i >> bit & 1 ? c[i] : 0;
		/* Where no MX host was probed nothing is known: no share, not 0 %. */
		bool known = bit != 2 || m->a->counts.mx_names.known > 0;
		report_share(report_row_text(m, t, keys[bit], labels[bit]), 0, n, known ? of : 0);
	}
	struct report_table *o = report_table(
		m, "misconfigured_exactly", "Misconfigurations, by combination", "kinds",
		"The same names, each in exactly one row; empty rows left out.");
	o->keyed = false;
	report_column(o, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < 16; i++) {
		struct span key = i == 0 ? SPAN_LIT("none") : SPAN_LIT(""), label = key;
		for (unsigned bit = 0; bit < 4; bit++) {
			if ((i >> bit & 1) == 0)
				continue;
			key = arena_printf(&m->arena, "%.*s%s%s", (int)key.n, key.p,
					   key.n > 0 ? "+" : "", keys[bit]);
			label = arena_printf(&m->arena, "%.*s%s%s", (int)label.n, label.p,
					     label.n > 0 ? "; " : "", labels[bit]);
		}
		if (c[i] > 0)
			report_share(report_row(m, o, key, label), 0, c[i], of);
	}
}

static void table_stages(struct report_model *m)
{
	const uint64_t(*stage)[7] = m->a->counts.stage;
	struct report_table *t = report_table(
		m, "stages", "Policy fetches, by stage of failure", "stage",
		"Of the names with a valid record whose fetch was conclusive. Provider: the policy "
		"host is a "
		"known operator's, or a CNAME into another registrable domain; else self-managed.");
	uint64_t of[ENTITIES] = {0};

	t->chart = true;
	entity_columns(t);
	for (unsigned e = 0; e < ENTITIES; e++)
		for (unsigned i = STAGE_DNS; i < stage_count; i++)
			of[e] += stage[e][i];
	for (unsigned i = STAGE_DNS; i < stage_count; i++) {
		const uint64_t n[ENTITIES] = {stage[0][i], stage[1][i], stage[2][i]};
		entity_row(report_row_text(m, t, stage_name((enum stage)i), stage_labels[i]), n,
			   of);
	}
}

static void table_tls_reasons(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "tls_reasons", "TLS failures at policy hosts", "reason",
			     "Of the names that fail at stage tls; the first reason found.");
	const uint64_t of[ENTITIES] = {c->stage[0][STAGE_TLS], c->stage[1][STAGE_TLS],
				       c->stage[2][STAGE_TLS]};

	entity_columns(t);
	for (unsigned i = 0; i < tls_reason_count; i++) {
		const uint64_t n[ENTITIES] = {c->tls_reason[0][i], c->tls_reason[1][i],
					      c->tls_reason[2][i]};
		entity_row(report_row_text(m, t, tls_reason_name((enum tls_reason)i),
					   reason_labels[i]),
			   n, of);
	}
}

static void table_http_status(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t = report_table(
		m, "http_status", "HTTP failures at policy hosts", "status",
		"Of the names that fail at stage http. No reply: the connection ended, or "
		"what came is no HTTP. 200 and no whole file: it broke off, or has "
		"more than 64 KB.");
	const uint64_t of[ENTITIES] = {c->stage[0][STAGE_HTTP], c->stage[1][STAGE_HTTP],
				       c->stage[2][STAGE_HTTP]};

	t->keyed = false;
	entity_columns(t);
	for (unsigned i = 0; i < HTTP_STATUSES; i++) {
		const uint64_t n[ENTITIES] = {c->http_status[0][i], c->http_status[1][i],
					      c->http_status[2][i]};
		struct span key;
		if (n[0] + n[1] + n[2] == 0)
			continue;
		key = arena_printf(&m->arena, "%u", i);
		/* These two alone are no failure by themselves. */
		struct span label = i == 0     ? SPAN_LIT("no reply")
				    : i == 200 ? SPAN_LIT("200, but no whole file")
					       : key;
		entity_row(report_row(m, t, key, label), n, of);
	}
}

static void host_row(struct report_row *row, const uint64_t *v)
{
	uint64_t failing = v[HOST_DNS] + v[HOST_TCP] + v[HOST_TLS] + v[HOST_HTTP] + v[HOST_SYNTAX];
	uint64_t of = failing + v[HOST_OK];

	row->cells[0].n = v[HOST_NAMES];
	report_share(row, 1, failing, of);
	for (unsigned k = 0; k < 5; k++)
		row->cells[2 + k].n = v[HOST_DNS + k];
	report_share(row, 7, v[HOST_ENFORCE] < of ? v[HOST_ENFORCE] : of, of);
	row->cells[8].n = v[HOST_MAIL_LOSS];
	row->cells[9].n = v[HOST_INCONCLUSIVE];
}

static void host_table(struct report_model *m, struct report_table *t, const struct tally *tally,
		       unsigned top)
{
	struct tally_row rows[REPORT_TOP_MAX + 1];
	unsigned n = report_top(t, tally, rows, top, &rows[REPORT_TOP_MAX]);

	t->keyed = false;
	report_column(t, "names", "names", CELL_COUNT);
	report_column(t, "failing", "failing", CELL_SHARE);
	report_column(t, "dns", "DNS", CELL_COUNT);
	report_column(t, "tcp", "TCP", CELL_COUNT);
	report_column(t, "tls", "TLS", CELL_COUNT);
	report_column(t, "http", "HTTP", CELL_COUNT);
	report_column(t, "syntax", "syntax", CELL_COUNT);
	report_column(t, "enforce", "enforce", CELL_SHARE);
	report_column(t, "mail_loss", "lose mail", CELL_COUNT);
	report_column(t, "inconclusive", "inconclusive", CELL_COUNT);
	for (unsigned i = 0; i < n; i++)
		host_row(report_row(m, t, rows[i].key, rows[i].key), rows[i].v);
	if (rows[REPORT_TOP_MAX].v[0] > 0)
		host_row(report_row_others(m, t), rows[REPORT_TOP_MAX].v);
}

static void table_causes(struct report_model *m)
{
	struct tally_row rows[64];
	struct report_table *t = report_table(
		m, "inconclusive", "Inconclusive, by cause", "cause",
		"Of the inconclusive names: the first stage at which no answer could be had.");
	unsigned n = tally_top(&m->a->cause, rows, 64);

	t->keyed = false;
	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < n; i++)
		report_share(report_row(m, t, rows[i].key, rows[i].key), 0, rows[i].v[0],
			     m->a->counts.verdict[VERDICT_INCONCLUSIVE]);
}

void report_tables_failures(struct report_model *m)
{
	report_section(m, "failures", "Policy retrieval",
		       "What becomes of the names that have a record. A temporary failure is "
		       "inconclusive: it "
		       "is shown, and counted neither as working nor as broken.");
	table_outcomes(m);
	table_impact(m);
	table_categories(m);
	table_stages(m);
	table_tls_reasons(m);
	table_http_status(m);
	host_table(m,
		   report_table(m, "policy_operators", "Providers of policy hosts", "provider",
				"Failing and enforce: of the conclusive fetches."),
		   &m->a->policy_operator, 50);
	host_table(m,
		   report_table(m, "policy_addresses", "Addresses that serve the most policies",
				"address",
				"Failing and enforce: of the conclusive fetches. Fifty names and "
				"more behind one "
				"address are a hoster, whatever the names say."),
		   &m->a->policy_address, 25);
	table_causes(m);
}

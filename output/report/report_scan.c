/* report_scan.c - how the scan itself went: questions, resolvers, latencies, input that was no
 * name. */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

#include "parsers/name.h"

static void table_questions(struct report_model *m)
{
	static const char *const keys[] = {"sts", "tlsrpt", "mx", "policy"};
	static const char *const titles[] = {"_mta-sts", "_smtp._tls", "MX", "policy host"};
	const uint64_t(*dns)[10] = m->a->counts.dns;
	struct report_table *t =
		report_table(m, "dns", "DNS questions, by outcome", "outcome",
			     "Names, by the answer that counts after all retries.");

	for (unsigned q = 0; q < 4; q++)
		report_column(t, keys[q], titles[q], CELL_COUNT);
	for (unsigned i = 0; i < dns_outcome_count; i++) {
		const char *word = dns_outcome_name((enum dns_outcome)i);
		struct report_row *row = report_row_text(m, t, word, word);
		for (unsigned q = 0; q < 4; q++)
			row->cells[q].n = dns[q][i];
	}
}

static void table_resolvers(struct report_model *m)
{
	struct tally_row rows[64];
	unsigned n = tally_top(&m->a->resolver, rows, 64);
	struct report_table *t =
		report_table(m, "resolvers", "Resolvers, by the answers that count", "resolver",
			     "TXT and MX questions. Unusable: SERVFAIL, REFUSED, timeout, "
			     "truncated or malformed "
			     "after all retries.");

	t->keyed = false;
	report_column(t, "questions", "questions", CELL_COUNT);
	report_column(t, "unusable", "unusable", CELL_SHARE);
	report_column(t, "servfail", "SERVFAIL", CELL_COUNT);
	report_column(t, "refused", "REFUSED", CELL_COUNT);
	report_column(t, "timeout", "timeout", CELL_COUNT);
	for (unsigned i = 0; i < n; i++) {
		const uint64_t *v = rows[i].v;
		struct report_row *row = report_row(m, t, rows[i].key, rows[i].key);
		uint64_t good =
			v[1 + DNS_OK] + v[1 + DNS_NODATA] + v[1 + DNS_NXDOMAIN] + v[1 + DNS_BOGUS];
		row->cells[0].n = v[0];
		report_share(row, 1, v[0] > good ? v[0] - good : 0, v[0]);
		row->cells[2].n = v[1 + DNS_SERVFAIL];
		row->cells[3].n = v[1 + DNS_REFUSED];
		row->cells[4].n = v[1 + DNS_TIMEOUT];
	}
}

/* Adds to the resolver's row, which several runs may share; the first run's state that is worth
 * telling stays. */
static void health_row(struct report_model *m, struct report_table *t,
		       const struct runinfo_resolver *r)
{
	struct report_row *row = NULL;

	for (unsigned i = 0; i < t->rows_n && row == NULL; i++)
		if (span_eq(t->rows[i].key, span_str(r->address)))
			row = &t->rows[i];
	if (row == NULL)
		row = report_row_text(m, t, r->address, r->address);
	row->cells[0].n += r->sent;
	row->cells[1].n += r->answered < r->sent ? r->answered : r->sent;
	row->cells[1].of = row->cells[0].n;
	row->cells[2].n += r->timeouts;
	row->cells[3].n += r->servfail;
	row->cells[4].n += r->refused;
	if (row->cells[5].text.n == 0 || span_eq(row->cells[5].text, SPAN_LIT("good")))
		row->cells[5].text = span_str(r->state);
}

static void table_resolver_health(struct report_model *m)
{
	struct report_table *t =
		report_table(m, "resolver_health", "Resolvers, by every query sent", "resolver",
			     "As the scanner saw them, retries included.");

	t->keyed = false;
	report_column(t, "sent", "sent", CELL_COUNT);
	report_column(t, "answered", "answered", CELL_SHARE);
	report_column(t, "timeouts", "timeouts", CELL_COUNT);
	report_column(t, "servfail", "SERVFAIL", CELL_COUNT);
	report_column(t, "refused", "REFUSED", CELL_COUNT);
	report_column(t, "state", "state", CELL_TEXT);
	for (unsigned i = 0; i < m->meta->runs_n; i++)
		for (unsigned k = 0; k < m->meta->runs[i]->resolvers_n; k++)
			health_row(m, t, &m->meta->runs[i]->resolvers[k]);
}

static void latency_row(struct report_model *m, struct report_table *t, const char *key,
			const char *label, const struct histogram *h)
{
	static const unsigned permille[] = {500, 900, 990, 1000};
	struct report_row *row = report_row_text(m, t, key, label);

	row->cells[0].n = h->n;
	for (unsigned i = 0; i < 4; i++)
		row->cells[1 + i].n = histogram_quantile(h, permille[i]);
}

static void quantile_columns(struct report_table *t, enum report_cell_kind kind)
{
	report_column(t, "n", "number", CELL_COUNT);
	report_column(t, "p50", "median", kind);
	report_column(t, "p90", "p90", kind);
	report_column(t, "p99", "p99", kind);
	report_column(t, "max", "maximum", kind);
}

static void table_latency(struct report_model *m)
{
	struct report_table *t =
		report_table(m, "latency_ms", "Latency", "duration of",
			     "Of a name with the waits for --dns-rate, --host-rate and for what is "
			     "asked again. Quantiles are at most 3.2 % too high.");

	quantile_columns(t, CELL_MS);
	latency_row(m, t, "name", "a name, all stages", &m->a->histogram.took_ms);
	latency_row(m, t, "policy_ok", "policy fetch that succeeded",
		    &m->a->histogram.policy_ok_ms);
	latency_row(m, t, "policy_failed", "policy fetch that failed",
		    &m->a->histogram.policy_failed_ms);
	t = report_table(m, "body_bytes", "Sizes of policy files", "size of",
			 "Of the files that senders get; quantiles are at most 3.2 % too high.");
	quantile_columns(t, CELL_BYTES);
	latency_row(m, t, "body", "body", &m->a->histogram.body_bytes);
}

static void table_invalid(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "invalid_input", "Lines that are no domain name", "reason",
			     "Of the records with verdict invalid_input.");

	t->keyed = false;
	report_column(t, "names", "lines", CELL_SHARE);
	for (unsigned i = 0; i < 256; i++) {
		struct span text;
		if (c->name_status[i] == 0)
			continue;
		text = i <= NAME_LINE_LONG ? span_str(name_status_text((enum name_status)i))
					   : arena_printf(&m->arena, "reason %u", i);
		report_share(report_row(m, t, text, text), 0, c->name_status[i],
			     c->verdict[VERDICT_INVALID_INPUT]);
	}
}

void report_tables_scan(struct report_model *m)
{
	report_section(m, "scan", "Measurement quality", NULL);
	table_questions(m);
	table_resolvers(m);
	table_resolver_health(m);
	table_latency(m);
	table_invalid(m);
}

/* report_adoption.c - who has what: totals, verdicts, adoption and its breakdowns. */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"
#include "output/text/number.h"

/* ---- the run ----------------------------------------------------------------------------- */

struct totals {
	uint64_t lines, blank, comments, elsewhere;
};

/* Adds run i, with the later shards of the same input, unless an earlier one has done so. */
static void run_totals(const struct report_meta *meta, unsigned i, struct totals *sum)
{
	const struct runinfo *run = meta->runs[i];
	uint64_t names = 0;

	for (unsigned k = 0; k < i; k++)
		if (runinfo_same_shards(run, meta->runs[k]))
			return;
	for (unsigned k = i; k < meta->runs_n; k++) {
		const struct runinfo *other = meta->runs[k];
		if (k == i || runinfo_same_shards(run, other))
			names += other->totals.lines - other->totals.blank -
				 other->totals.comments - other->totals.elsewhere;
	}
	uint64_t own = run->totals.lines - run->totals.blank - run->totals.comments;
	sum->lines += run->totals.lines;
	sum->blank += run->totals.blank;
	sum->comments += run->totals.comments;
	sum->elsewhere += own > names ? own - names : 0;
}

static void count_row(struct report_model *m, struct report_table *t, const char *key,
		      const char *label, uint64_t n)
{
	report_row_text(m, t, key, label)->cells[0].n = n;
}

static void table_completeness(struct report_model *m)
{
	struct report_table *t = report_table(m, "completeness", "Input lines and records", "lines",
					      "Every line that is not blank, a comment or another "
					      "shard's gives exactly one record. A header, and "
					      "a line that goes on with the cell of the one "
					      "before, are not counted here; the end of a scan "
					      "and --dry-run tell of them.");
	struct totals sum = {0};

	for (unsigned i = 0; i < m->meta->runs_n; i++)
		run_totals(m->meta, i, &sum);
	m->expected = sum.lines - sum.blank - sum.comments - sum.elsewhere;
	m->records = m->a->counts.rows;
	report_column(t, "n", "number", CELL_COUNT);
	count_row(m, t, "lines", "lines read, without headers", sum.lines);
	count_row(m, t, "blank", "blank", sum.blank);
	count_row(m, t, "comments", "comments", sum.comments);
	count_row(m, t, "elsewhere", "of other shards, or not in the sample", sum.elsewhere);
	count_row(m, t, "expected", "names that are due a record", m->expected);
	count_row(m, t, "records", "records", m->records);
	count_row(m, t, "missing", "missing",
		  m->expected > m->records ? m->expected - m->records : 0);
	count_row(m, t, "surplus", "surplus",
		  m->records > m->expected ? m->records - m->expected : 0);
}

static void about_row(struct report_model *m, struct report_table *t, const char *key,
		      const char *label, const struct hll *h)
{
	/* An estimate is never above what is known exactly. */
	uint64_t n = hll_count(h), most = m->a->counts.rows;

	report_row_text(m, t, key, label)->cells[0].n = n < most ? n : most;
}

static void table_distinct(struct report_model *m)
{
	struct report_table *t = report_table(
		m, "distinct", "Distinct values (estimates)", "value",
		"Estimates by HyperLogLog; standard error 0.81 %, small numbers nearly exact.");

	report_column(t, "about", "about", CELL_ABOUT);
	about_row(m, t, "domains", "names", &m->a->hll.domains);
	about_row(m, t, "registrable", "registrable domains", &m->a->hll.registrables);
	about_row(m, t, "policy_bodies", "policy files, by content", &m->a->hll.bodies);
	about_row(m, t, "policy_addresses", "addresses of policy hosts", &m->a->hll.addresses);
	about_row(m, t, "certificates", "certificates of policy hosts", &m->a->hll.certs);
}

void report_tables_run(struct report_model *m)
{
	report_section(m, "run", "Bookkeeping",
		       "What was read, by whom and when, and whether every line has its record.");
	table_completeness(m);
	table_distinct(m);
}

/* ---- adoption ---------------------------------------------------------------------------- */

static void table_verdicts(struct report_model *m)
{
	struct report_table *t =
		report_table(m, "verdicts", "Verdicts", "verdict", "Of all records.");

	t->chart = true;
	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < verdict_count; i++)
		report_share(report_row_text(m, t, verdict_name((enum verdict)i),
					     verdict_label((enum verdict)i)),
			     0, m->a->counts.verdict[i], m->a->counts.rows);
}

static void table_adoption(struct report_model *m)
{
	const uint64_t *g = m->a->counts.all, (*both)[2][2] = m->a->counts.both;
	uint64_t mx_known = both[1][0][0] + both[1][0][1] + both[1][1][0] + both[1][1][1];
	struct report_table *t =
		report_table(m, "adoption", "Adoption", "mechanism",
			     "Of the names for which the answer is known; names "
			     "with a temporary failure at the question "
			     "are in neither number. An MTA-STS record "
			     "counts whether or not it is valid, of TLS-RPT "
			     "records valid ones alone; 'with MX' needs MX hosts and, for "
			     "TLS-RPT and both, both answers.");
	struct report_row *row;

	t->chart = true;
	report_column(t, "all", "all names", CELL_SHARE);
	report_column(t, "with_mx", "names with MX", CELL_SHARE);
	row = report_row_text(m, t, "mta_sts", "MTA-STS record");
	report_share(row, 0, g[GROUP_STS], g[GROUP_STS_KNOWN]);
	report_share(row, 1, g[GROUP_MX_STS], g[GROUP_MX_STS_KNOWN]);
	row = report_row_text(m, t, "tls_rpt", "TLS-RPT record");
	report_share(row, 0, g[GROUP_TLSRPT], g[GROUP_TLSRPT_KNOWN]);
	report_share(row, 1, both[1][0][1] + both[1][1][1], mx_known);
	row = report_row_text(m, t, "both", "both");
	report_share(row, 0, g[GROUP_BOTH], g[GROUP_BOTH_KNOWN]);
	report_share(row, 1, both[1][1][1], mx_known);
}

static void table_two_by_two(struct report_model *m)
{
	static const struct {
		const char *key, *label;
		unsigned sts, tlsrpt;
	} rows[] = {{"both", "MTA-STS and TLS-RPT", 1, 1},
		    {"mta_sts_only", "MTA-STS only", 1, 0},
		    {"tls_rpt_only", "TLS-RPT only", 0, 1},
		    {"neither", "neither", 0, 0}};
	const uint64_t(*both)[2][2] = m->a->counts.both;
	struct report_table *t =
		report_table(m, "two_by_two", "MTA-STS and TLS-RPT together", "has",
			     "Of the names for which both answers are known.");
	uint64_t of[2] = {0, 0};

	report_column(t, "all", "all names", CELL_SHARE);
	report_column(t, "with_mx", "names with MX", CELL_SHARE);
	for (unsigned i = 0; i < 8; i++)
		of[i >> 2] += both[i >> 2][i >> 1 & 1][i & 1];
	for (unsigned i = 0; i < 4; i++) {
		struct report_row *row = report_row_text(m, t, rows[i].key, rows[i].label);
		uint64_t mx = both[1][rows[i].sts][rows[i].tlsrpt];
		report_share(row, 0, mx + both[0][rows[i].sts][rows[i].tlsrpt], of[0] + of[1]);
		report_share(row, 1, mx, of[1]);
	}
}

static void table_mx(struct report_model *m)
{
	static const char *const labels[] = {
		[FACTS_MX_UNKNOWN] = "not known, or not asked",
		[FACTS_MX_HOSTS] = "MX hosts",
		[FACTS_MX_IMPLICIT] = "no MX, but an address (implicit MX)",
		[FACTS_MX_NULL] = "null MX (RFC 7505)",
		[FACTS_MX_NONE] = "no MX and no address",
		[FACTS_MX_NO_MX] = "no MX (an address was not asked for)",
	};
	struct report_table *t =
		report_table(m, "mx", "MX records", "MX", "Of all names, inconclusive ones too.");

	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < facts_mx_count; i++)
		report_share(report_row_text(m, t, facts_mx_name((enum facts_mx)i), labels[i]), 0,
			     m->a->counts.mx[i], m->a->counts.all[GROUP_NAMES]);
}

/* ---- breakdowns -------------------------------------------------------------------------- */

static struct report_table *group_table(struct report_model *m, const char *key, const char *title,
					const char *key_title)
{
	struct report_table *t = report_table(m, key, title, key_title,
					      "MTA-STS and TLS-RPT: of the names where it is "
					      "known. Broken and lose mail: of the names "
					      "with a record and a conclusive verdict.");

	t->keyed = false;
	report_column(t, "names", "names", CELL_COUNT);
	report_column(t, "mta_sts", "MTA-STS", CELL_SHARE);
	report_column(t, "mta_sts_mx", "MTA-STS, with MX", CELL_SHARE);
	report_column(t, "tls_rpt", "TLS-RPT", CELL_SHARE);
	report_column(t, "both", "both", CELL_SHARE);
	report_column(t, "enforce", "enforce", CELL_SHARE);
	report_column(t, "broken", "broken", CELL_SHARE);
	report_column(t, "mail_loss", "lose mail", CELL_SHARE);
	report_column(t, "inconclusive", "inconclusive", CELL_COUNT);
	return t;
}

static void group_row(struct report_row *row, const uint64_t g[GROUP_N])
{
	row->cells[0].n = g[GROUP_NAMES];
	report_share(row, 1, g[GROUP_STS], g[GROUP_STS_KNOWN]);
	report_share(row, 2, g[GROUP_MX_STS], g[GROUP_MX_STS_KNOWN]);
	report_share(row, 3, g[GROUP_TLSRPT], g[GROUP_TLSRPT_KNOWN]);
	report_share(row, 4, g[GROUP_BOTH], g[GROUP_BOTH_KNOWN]);
	report_share(row, 5, g[GROUP_ENFORCE], g[GROUP_JUDGED]);
	report_share(row, 6, g[GROUP_BROKEN], g[GROUP_JUDGED]);
	report_share(row, 7, g[GROUP_MAIL_LOSS], g[GROUP_JUDGED]);
	row->cells[8].n = g[GROUP_INCONCLUSIVE];
}

static void group_tally(struct report_model *m, struct report_table *t, const struct tally *tally,
			unsigned top)
{
	struct tally_row rows[REPORT_TOP_MAX], others;
	unsigned n = report_top(t, tally, rows, top, &others);

	for (unsigned i = 0; i < n; i++)
		group_row(report_row(m, t, rows[i].key, rows[i].key), rows[i].v);
	if (others.v[0] > 0)
		group_row(report_row_others(m, t), others.v);
}

static void table_rank(struct report_model *m)
{
	struct report_table *t = group_table(m, "by_rank", "By rank", "rank");

	t->chart = true;
	for (unsigned i = 0; i < RANK_ALL; i++) {
		const uint64_t *g = m->a->counts.rank[i];
		struct span key, label;
		if (g[GROUP_NAMES] == 0)
			continue;
		if (i == RANK_NULL) {
			key = SPAN_LIT("none");
			label = SPAN_LIT("no rank");
		} else if (i == RANK_LATER) {
			key = SPAN_LIT("1000001-");
			label = SPAN_LIT("over 1,000,000");
		} else {
			uint64_t first = (uint64_t)i * RANK_BIN + 1,
				 last = (uint64_t)(i + 1) * RANK_BIN;
			key = arena_printf(&m->arena, "%llu-%llu", (unsigned long long)first,
					   (unsigned long long)last);
			label = arena_printf(&m->arena, "%s - %s", number_grouped(first).s,
					     number_grouped(last).s);
		}
		group_row(report_row(m, t, key, label), g);
	}
}

/* Who runs the hosts in its own domain has no operator, and no row: names are not published. */
static void table_mx_operator(struct report_model *m)
{
	struct report_table *t =
		group_table(m, "by_mx_operator", "By operator of the MX hosts", "operator");
	uint64_t hosts = m->a->counts.mx[FACTS_MX_HOSTS], rows = m->a->mx_operator.rows;

	if (hosts > rows)
		t->note = arena_printf(&m->arena,
				       "Without %s whose MX hosts have no known operator and are "
				       "of the name's own domain. %s",
				       number_names(hosts - rows).s, t->note)
				  .p;
	group_tally(m, t, &m->a->mx_operator, 50);
}

void report_tables_adoption(struct report_model *m)
{
	report_section(m, "adoption", "Adoption",
		       "Who publishes what. Names that are no domain names or were excluded are in "
		       "no table "
		       "but the first.");
	table_verdicts(m);
	table_adoption(m);
	table_two_by_two(m);
	table_mx(m);
	group_tally(m, group_table(m, "by_tld", "By top-level domain", "TLD"), &m->a->tld, 100);
	table_rank(m);
	group_tally(m, group_table(m, "by_tag", "By tag of the input", "tag"), &m->a->tag, 200);
	table_mx_operator(m);
}

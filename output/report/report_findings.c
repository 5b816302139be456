/* report_findings.c - the findings by code, and the senders that read a policy differently. */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

#include <stdlib.h>

static void table_severities(struct report_model *m)
{
	static const char *const labels[] = {
		[SEVERITY_ERROR] = "an error: no protection, or mail may be lost",
		[SEVERITY_WARNING] = "a warning: works, but should be fixed",
		[SEVERITY_INFO] = "information",
		[SEVERITY_INCONCLUSIVE] = "something could not be established",
	};
	struct report_table *t = report_table(m, "severities", "Names with findings", "with",
					      "Of all records, inconclusive ones too; a name is in "
					      "the row of each kind that it has.");

	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < severity_count; i++)
		report_share(report_row_text(m, t, severity_name((enum severity)i), labels[i]), 0,
			     m->a->counts.with_severity[i], m->a->counts.rows);
}

struct issue_count {
	unsigned code, severity;
	uint64_t n;
};

static int issue_compare(const void *a, const void *b)
{
	const struct issue_count *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? -1 : 1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->code < y->code ? -1 : x->code > y->code;
}

/* What a finding's names are a share of: those with a record where it needs one, else all
 * records. */
static uint64_t issue_denominator(const struct aggregate_counts *c, unsigned code, const char **of)
{
	enum issue_group group = issue_info((enum issue)code)->group;

	if (issue_group_info(group)->needs_record && c->issue_no_record[code] == 0) {
		*of = "MTA-STS records";
		return c->all[GROUP_STS];
	}
	*of = "all records";
	return c->rows;
}

static void table_findings(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct issue_count list[ISSUE_COUNT * 4];
	unsigned n = 0;
	struct report_table *t = report_table(
		m, "findings", "Findings by code", "finding",
		"Names with the finding, of the names that column 'of' tells. `mtasweep explain "
		"CODE` says why "
		"it matters and how to fix it. Root: it is the one cause of a broken verdict.");

	t->keyed = false;
	report_column(t, "severity", "severity", CELL_TEXT);
	report_column(t, "names", "names", CELL_SHARE);
	report_column(t, "of", "of", CELL_TEXT);
	report_column(t, "root", "root", CELL_COUNT);
	report_column(t, "title", "what it says", CELL_TEXT);
	for (unsigned code = 0; code < ISSUE_COUNT; code++)
		for (unsigned s = 0; s < severity_count; s++)
			if (c->issue[code][s] > 0)
				list[n++] = (struct issue_count){code, s, c->issue[code][s]};
	qsort(list, n, sizeof(*list), issue_compare);
	for (unsigned i = 0; i < n; i++) {
		const struct issue_info *info = issue_info((enum issue)list[i].code);
		const char *of_text;
		uint64_t of = issue_denominator(c, list[i].code, &of_text);
		struct report_row *row = report_row_text(m, t, info->code, info->code);
		row->cells[0].text = span_str(severity_name((enum severity)list[i].severity));
		report_share(row, 1, list[i].n, of);
		row->cells[2].text = span_str(of_text);
		row->cells[3].n = c->issue_root[list[i].code];
		row->cells[4].text = span_str(info->title);
	}
}

static void table_senders(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t = report_table(
		m, "senders", "Names that senders read otherwise than RFC 8461", "sender",
		"Of the names with a record and a conclusive verdict: those for which this "
		"implementation's outcome is not the RFC's. It ends up without the valid policy, "
		"or with another one; or it has a policy where record or policy are broken. Names "
		"that are broken for every sender are in no row. As far as readings are known.");

	report_column(t, "names", "names", CELL_SHARE);
	report_share(report_row_text(m, t, "any", "any of them"), 0, c->read_otherwise_any,
		     c->readable);
	for (unsigned i = 0; i < sender_count; i++)
		report_share(report_row_text(m, t, sender_name((enum sender)i),
					     sender_name((enum sender)i)),
			     0, c->read_otherwise[i], c->readable);
}

void report_tables_findings(struct report_model *m)
{
	report_section(m, "findings", "Findings", NULL);
	table_severities(m);
	table_findings(m);
	table_senders(m);
}

/* report_mail.c - whether policies fit the MX hosts. */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

static void mode_row(struct report_model *m, struct report_table *t, const char *key,
		     const char *label, const uint64_t n[MODES_N], const uint64_t of[MODES_N])
{
	struct report_row *row = report_row_text(m, t, key, label);

	report_share(row, 0, n[MODE_ENFORCE] + n[MODE_TESTING],
		     of[MODE_ENFORCE] + of[MODE_TESTING]);
	report_share(row, 1, n[MODE_ENFORCE], of[MODE_ENFORCE]);
	report_share(row, 2, n[MODE_TESTING], of[MODE_TESTING]);
}

static void table_mismatches(struct report_model *m)
{
	static const char *const labels[] = {
		[MISMATCH_TLD] = "same name under another TLD",
		[MISMATCH_SUBDOMAIN] = "same domain, other host (3LD+)",
		[MISMATCH_STS_LABEL] = "the pattern has an mta-sts label",
		[MISMATCH_TYPO] = "typo (edit distance up to 3)",
		[MISMATCH_OTHER] = "unrelated domain",
	};
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "mismatches", "MX hosts that no pattern covers", "mismatch",
			     "Of the names with a valid policy (enforce or testing) and MX hosts. "
			     "All rows are parts of the first one; below the second a name can be "
			     "in several.");

	t->chart = true;
	report_column(t, "all", "all", CELL_SHARE);
	report_column(t, "enforce", "enforce", CELL_SHARE);
	report_column(t, "testing", "testing", CELL_SHARE);
	mode_row(m, t, "some", "some host is not covered", c->unmatched_any, c->matchable);
	mode_row(m, t, "every", "... of them: no host is covered", c->unmatched_all, c->matchable);
	for (unsigned i = 0; i < mismatch_count; i++)
		mode_row(m, t, mismatch_name((enum mismatch)i), labels[i], c->mismatch[i],
			 c->matchable);
}

static void table_same_provider(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "same_provider", "Policy and mail with providers", "providers",
			     "Of the names with a valid policy whose policy host and MX hosts are "
			     "both a provider's. "
			     "Inconsistent: some MX host is not covered.");

	report_column(t, "names", "names", CELL_COUNT);
	report_column(t, "inconsistent", "inconsistent", CELL_SHARE);
	for (unsigned same = 2; same-- > 0;) {
		struct report_row *row = report_row_text(m, t, same ? "same" : "different",
							 same ? "the same one" : "different ones");
		row->cells[0].n = c->same_provider[same];
		report_share(row, 1, c->same_provider_bad[same], c->same_provider[same]);
	}
}

void report_tables_mail(struct report_model *m)
{
	report_section(m, "mail", "Policies and MX hosts",
		       "A policy in enforce mode that does not cover the MX hosts loses mail.");
	table_mismatches(m);
	table_same_provider(m);
}

/* report_published.c - what the policies, files, certificates and TLS-RPT records look like. */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

struct word {
	const char *key, *label;
};

/* One share a counter of v; of is their denominator. */
static void table_words(struct report_model *m, struct report_table *t, const struct word *words,
			unsigned n, const uint64_t *v, uint64_t of)
{
	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < n; i++)
		report_share(report_row_text(m, t, words[i].key, words[i].label), 0, v[i], of);
}

static void table_top(struct report_model *m, struct report_table *t, const struct tally *tally,
		      unsigned top, uint64_t of)
{
	struct tally_row rows[REPORT_TOP_MAX], others;
	unsigned n = report_top(t, tally, rows, top, &others);

	t->keyed = false;
	report_column(t, "names", "names", CELL_SHARE);
	for (unsigned i = 0; i < n; i++)
		report_share(report_row(m, t, rows[i].key, rows[i].key), 0,
			     rows[i].v[0] < of ? rows[i].v[0] : of, of);
	if (others.v[0] > 0)
		report_share(report_row_others(m, t), 0, others.v[0] < of ? others.v[0] : of, of);
}

static uint64_t sum(const uint64_t *v, unsigned n)
{
	uint64_t s = 0;

	for (unsigned i = 0; i < n; i++)
		s += v[i];
	return s;
}

static void table_records(struct report_model *m)
{
	static const struct word forms[] = {{"null", "no id"},
					    {"date", "a date (YYYYMMDD...)"},
					    {"unix", "seconds since 1970"},
					    {"digits", "other digits"},
					    {"hex", "a hash in hexadecimal"},
					    {"other", "other letters and digits"}};
	const struct aggregate_counts *c = &m->a->counts;
	uint64_t of = c->all[GROUP_STS];
	struct report_table *t =
		report_table(m, "sts_records", "MTA-STS records", "record",
			     "Of the names with a record; DNSSEC: of those where the AD bit is "
			     "known.");

	report_column(t, "names", "names", CELL_SHARE);
	report_share(report_row_text(m, t, "valid", "valid"), 0, c->sts_valid, of);
	report_share(report_row_text(m, t, "delegated", "delegated by CNAME"), 0, c->sts_delegated,
		     of);
	report_share(report_row_text(m, t, "dnssec", "DNSSEC-validated (AD)"), 0, c->sts_ad[2],
		     c->sts_ad[1] + c->sts_ad[2]);
	t = report_table(m, "id_forms", "Forms of the id", "form", "Of the names with a record.");
	table_words(m, t, forms, 6, c->id_form, of);
}

static void table_modes(struct report_model *m)
{
	static const struct word modes[] = {
		{"enforce", "enforce"}, {"testing", "testing"}, {"none", "none"}};
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "modes", "Modes", "mode", "Of the valid policies.");

	t->chart = true;
	table_words(m, t, modes, MODES_N, c->mode, sum(c->mode, MODES_N));
}

static void table_max_age(struct report_model *m)
{
	static const char *const keys[] = {"0",	      "86400",	  "604800",  "1209600",
					   "2592000", "15552000", "31536000"};
	static const char *const labels[] = {
		"under a day",	  "1 to 7 days",     "7 to 14 days",	 "14 to 30 days",
		"30 to 180 days", "180 to 365 days", "365 days and more"};
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "max_age", "max_age", "max_age",
			     "Of the valid policies, by mode, each in one row: its first number of "
			     "days or more, and less than its second. Keys in report.json are the "
			     "smallest max_age of the row, in seconds.");
	uint64_t all = sum(c->mode, MODES_N);

	t->chart = true;
	report_column(t, "all", "all", CELL_SHARE);
	report_column(t, "enforce", "enforce", CELL_SHARE);
	report_column(t, "testing", "testing", CELL_SHARE);
	for (unsigned i = 0; i < MAX_AGE_BUCKETS; i++) {
		struct report_row *row = report_row_text(m, t, keys[i], labels[i]);
		report_share(row, 0, sum(c->max_age[i], MODES_N), all);
		report_share(row, 1, c->max_age[i][MODE_ENFORCE], c->mode[MODE_ENFORCE]);
		report_share(row, 2, c->max_age[i][MODE_TESTING], c->mode[MODE_TESTING]);
	}
	t = report_table(m, "max_age_values", "max_age, exact values", "seconds",
			 "Of the valid policies.");
	table_top(m, t, &m->a->max_age, 30, all);
}

static void table_patterns(struct report_model *m)
{
	static const struct word counts[] = {{"0", "none"}, {"1", "1"}, {"2", "2"},
					     {"3", "3"},    {"4", "4"}, {"5", "5"},
					     {"6", "6"},    {"7", "7"}, {"8", "8 and more"}};
	const struct aggregate_counts *c = &m->a->counts;
	uint64_t of = sum(c->mode, MODES_N);
	struct report_table *t = report_table(m, "patterns", "MX patterns in a policy", "patterns",
					      "Of the valid policies.");

	table_words(m, t, counts, PATTERN_BUCKETS, c->patterns, of);
	report_share(report_row_text(m, t, "wildcard", "with a wildcard"), 0, c->wildcards, of);
}

static void table_files(struct report_model *m)
{
	static const struct word newlines[] = {{"lf", "LF"},
					       {"crlf", "CRLF"},
					       {"cr", "CR alone"},
					       {"mixed", "mixed"},
					       {"none", "none"}};
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "newlines", "Line ends of policy files", "line end",
			     "Of the files that senders get, valid or not.");

	table_words(m, t, newlines, 5, c->newline, c->bodies);
	t = report_table(m, "content_types", "Content types of policy files", "type",
			 "Of the files that senders get, valid or not; parameters left out.");
	table_top(m, t, &m->a->content_type, 20, c->bodies);
	report_share(report_row_text(m, t, "", "(no Content-Type)"), 0, c->content_type_null,
		     c->bodies);
}

static void table_hosts(struct report_model *m)
{
	static const struct word families[] = {{"none", "no address"},
					       {"v4", "IPv4 only"},
					       {"v6", "IPv6 only"},
					       {"both", "IPv4 and IPv6"}};
	static const struct word tls[] = {{"null", "no handshake"}, {"TLSv1", "TLS 1.0"},
					  {"TLSv1.1", "TLS 1.1"},   {"TLSv1.2", "TLS 1.2"},
					  {"TLSv1.3", "TLS 1.3"},   {"other", "other"}};
	static const struct word http[] = {{"null", "no answer"}, {"1.0", "HTTP/1.0"},
					   {"1.1", "HTTP/1.1"},	  {"2", "HTTP/2"},
					   {"3", "HTTP/3"},	  {"other", "other"}};
	const struct aggregate_counts *c = &m->a->counts;
	const char *note = "Of the names with a valid record whose fetch was conclusive.";
	uint64_t of = sum(c->family, 4);

	table_words(m,
		    report_table(m, "address_families", "Policy hosts' addresses", "family", note),
		    families, 4, c->family, of);
	table_words(
		m, report_table(m, "tls_versions", "TLS versions of policy hosts", "version", note),
		tls, 6, c->tls_version, of);
	table_words(
		m,
		report_table(m, "http_versions", "HTTP versions of policy hosts", "version", note),
		http, 6, c->http_version, of);
}

static void table_certificates(struct report_model *m)
{
	static const struct word days[] = {{"expired", "expired"},   {"0", "under a week"},
					   {"7", "7 to 13 days"},    {"14", "14 to 29 days"},
					   {"30", "30 to 59 days"},  {"60", "60 to 89 days"},
					   {"90", "90 to 179 days"}, {"180", "180 days and more"}};
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "cert_issuers", "Issuers of policy hosts' certificates", "issuer",
			     "Of the policy hosts that showed a certificate.");

	table_top(m, t, &m->a->cert_issuer, 25, c->certs);
	t = report_table(m, "cert_days", "Days left on policy hosts' certificates", "left",
			 "Of the policy hosts that showed a certificate, at the time of the scan.");
	table_words(m, t, days, CERT_BUCKETS, c->cert_days, c->certs);
}

static void table_tlsrpt(struct report_model *m)
{
	static const struct word schemes[] = {
		{"mailto", "by mail"}, {"https", "by HTTPS"}, {"other", "another scheme"}};
	const struct aggregate_counts *c = &m->a->counts;
	struct report_table *t =
		report_table(m, "tlsrpt", "TLS-RPT records", "record",
			     "Present and valid: of the names for which the answer is known. "
			     "The rest: of the valid records.");

	report_column(t, "names", "names", CELL_SHARE);
	report_share(report_row_text(m, t, "present", "something that begins like one"), 0,
		     c->tlsrpt_record, c->all[GROUP_TLSRPT_KNOWN]);
	report_share(report_row_text(m, t, "valid", "valid"), 0, c->tlsrpt_valid,
		     c->all[GROUP_TLSRPT_KNOWN]);
	for (unsigned i = 0; i < 3; i++)
		report_share(report_row_text(m, t, schemes[i].key, schemes[i].label), 0,
			     c->rua_scheme[i], c->tlsrpt_valid);
	report_share(report_row_text(m, t, "several", "reports to several hosts"), 0,
		     c->rua_several, c->tlsrpt_valid);
	t = report_table(m, "tlsrpt_destinations", "Report destinations (rua)", "host",
			 "Of the valid records; the first two hosts of each count.");
	table_top(m, t, &m->a->rua, 30, c->tlsrpt_valid);
}

void report_tables_published(struct report_model *m)
{
	report_section(m, "published", "Published configuration", NULL);
	table_records(m);
	table_modes(m);
	table_max_age(m);
	table_patterns(m);
	table_files(m);
	table_hosts(m);
	table_certificates(m);
	report_section(m, "tlsrpt", "TLS-RPT", NULL);
	table_tlsrpt(m);
}

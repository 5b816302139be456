/*
 * report_charts.c - the charts of a report, each with the finding that it shows as its title. What
 * has no data has no chart.
 */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"
#include "output/text/number.h"

#include <assert.h>
#include <stdlib.h>

#define FEW 30u /* names of which a share is no finding yet */

/* A share inside a sentence. */
static struct number about_share(double share, uint64_t of)
{
	uint64_t most = share < 0.1 ? 9999 : 999; /* two digits are enough there */

	return number_share_end(share, of == 0 ? 1 : of < most ? of : most);
}

static struct number about(uint64_t n, uint64_t of)
{
	return about_share(of > 0 ? (double)n / (double)of : 0, of);
}

#define TITLE(chart, ...) snprintf((chart)->title, CHART_TEXT_MAX, __VA_ARGS__)
#define WHAT(chart, ...) snprintf((chart)->what, CHART_TEXT_MAX, __VA_ARGS__)

static int by_first(const void *a, const void *b)
{
	const struct chart_row *x = a, *y = b;

	if (x->v[0].n != y->v[0].n)
		return x->v[0].n > y->v[0].n ? -1 : 1;
	size_t n = x->label.n < y->label.n ? x->label.n : y->label.n;
	int order = n > 0 ? memcmp(x->label.p, y->label.p, n) : 0;
	return order != 0 ? order : (x->label.n > y->label.n) - (x->label.n < y->label.n);
}

/* Column of the table by key; columns_n when there is none. */
static unsigned column_of(const struct report_table *t, const char *key)
{
	unsigned k = 0;

	assert(key != NULL);
	while (k < t->columns_n && strcmp(t->columns[k].key, key) != 0)
		k++;
	return k;
}

struct source {
	const char *table, *columns[CHART_SERIES];
	const char *without; /* key of a row that is no bar; NULL none */
	bool order;	     /* the rows have one of their own */
};

/* Rows of the table in which something was counted. False: there are none. */
static bool chart_fill(struct chart *c, const struct report_model *m, const struct source *from)
{
	const struct report_table *t = report_model_table(m, from->table);

	if (t == NULL)
		return false;
	for (unsigned k = 0; k < CHART_SERIES && from->columns[k] != NULL; k++) {
		unsigned column = column_of(t, from->columns[k]);
		if (column == t->columns_n || t->columns[column].kind != CELL_SHARE)
			return false;
		c->series[c->series_n++] = t->columns[column].title;
	}
	for (unsigned i = 0; i < t->rows_n && c->rows_n < CHART_ROWS_MAX; i++) {
		struct chart_row row = {.label = t->rows[i].label,
					.rest = t->rows[i].key.p == NULL};
		uint64_t n = 0;
		if (from->without != NULL && span_eq(t->rows[i].key, span_str(from->without)))
			continue;
		for (unsigned k = 0; k < c->series_n; k++) {
			const struct report_cell *cell =
				&t->rows[i].cells[column_of(t, from->columns[k])];
			row.v[k] = (struct chart_share){cell->n, cell->of};
			n += cell->of > 0 ? cell->n : 0;
		}
		if (n > 0)
			c->rows[c->rows_n++] = row;
		else
			c->bare = true;
	}
	if (!from->order && c->rows_n > 1)
		qsort(c->rows, c->rows_n, sizeof(*c->rows), by_first);
	c->cut = c->rows_n > CHART_BARS_MAX;
	if (c->cut)
		c->rows_n = CHART_BARS_MAX;
	return c->rows_n > 1 || (c->rows_n == 1 && !c->rows[0].rest);
}

static void funnel_row(struct chart *c, const char *label, uint64_t n, uint64_t of)
{
	c->rows[c->rows_n++] =
		(struct chart_row){.label = span_str(label), .v = {{n < of ? n : of, of}}};
}

static bool chart_funnel(struct chart *c, struct report_model *m)
{
	const struct aggregate_counts *n = &m->a->counts;
	uint64_t of = n->all[GROUP_STS], enforce = n->all[GROUP_ENFORCE];
	uint64_t valid = enforce + n->all[GROUP_TESTING] + n->all[GROUP_NONE];
	uint64_t known = valid + n->all[GROUP_BROKEN];
	uint64_t bare = n->unmatched_any[MODE_ENFORCE];
	uint64_t whole = enforce > bare ? enforce - bare : 0;

	if (of == 0)
		return false;
	c->series_n = 1;
	funnel_row(c, "MTA-STS record", of, of);
	funnel_row(c, "... that is valid", n->sts_valid, of);
	funnel_row(c, "... and leads to a valid policy", valid, of);
	funnel_row(c, "... in enforce mode", enforce, of);
	funnel_row(c, "... that leaves no MX host uncovered", whole, of);
	TITLE(c, "%s of the names with an MTA-STS record enforce a policy that covers their mail",
	      about(whole, of).s);
	uint64_t unsure = of > known ? of - known : 0;
	WHAT(c, "Share of the %s with an MTA-STS record; %s of them %s inconclusive",
	     number_names(of).s, number_grouped(unsure).s, number_word(unsure, "is", "are"));
	return true;
}

/* From the first bin to the last one that has names enough. */
static bool chart_ranks(struct chart *c, struct report_model *m)
{
	const uint64_t(*rank)[GROUP_N] = m->a->counts.rank;
	unsigned bins = 0, known = 0, last = 0, first = RANK_BINS;

	for (unsigned i = 0; i < RANK_BINS; i++) {
		if (rank[i][GROUP_STS_KNOWN] < FEW)
			continue;
		first = first < i ? first : i;
		last = i;
		known++;
	}
	bins = last + 1;
	if (known < 5)
		return false;
	c->kind = CHART_LINES;
	c->series_n = 2;
	c->series[0] = "MTA-STS record";
	c->series[1] = "TLS-RPT record";
	c->x_title = "rank in the list (bins of 10,000 names)";
	c->y_title = "share of names";
	for (unsigned i = 0; i < bins; i++) {
		const uint64_t *g = rank[i];
		struct chart_row *row = &c->rows[c->rows_n++];
		struct number end = number_grouped((uint64_t)(i + 1) * RANK_BIN);
		row->label = arena_printf(&m->arena, "%s", end.s);
		if (g[GROUP_STS_KNOWN] >= FEW)
			row->v[0] = (struct chart_share){g[GROUP_STS], g[GROUP_STS_KNOWN]};
		if (g[GROUP_TLSRPT_KNOWN] >= FEW)
			row->v[1] = (struct chart_share){g[GROUP_TLSRPT], g[GROUP_TLSRPT_KNOWN]};
	}
	const struct chart_share *a = &c->rows[first].v[0], *b = &c->rows[last].v[0];
	if (report_above(a, b) || report_above(b, a))
		TITLE(c, "MTA-STS adoption %s from %s at the top of the list to %s at its end",
		      report_above(a, b) ? "falls" : "rises", about(a->n, a->of).s,
		      about(b->n, b->of).s);
	else
		TITLE(c,
		      "MTA-STS adoption does not differ measurably between the top of the list "
		      "(%s) and its end (%s)",
		      about(a->n, a->of).s, about(b->n, b->of).s);
	WHAT(c, "Share of the names for which the answer is known; the bands are 95 %% intervals");
	return true;
}

static double ratio(const struct chart_share *v)
{
	return v->of > 0 ? (double)v->n / (double)v->of : 0;
}

/* The largest TLDs with their shares; how many have names enough for a finding. */
static unsigned tlds_fill(struct chart *c, struct report_model *m, const struct report_table *t)
{
	unsigned sts = column_of(t, "mta_sts"), rpt = column_of(t, "tls_rpt"), enough = 0;

	assert(sts < t->columns_n && rpt < t->columns_n);
	c->series_n = 2;
	c->series[0] = "MTA-STS record";
	c->series[1] = "TLS-RPT record";
	for (unsigned i = 0; i < t->rows_n && c->rows_n < 8; i++) {
		const struct report_row *from = &t->rows[i];
		struct chart_row *row = &c->rows[c->rows_n];
		if (from->key.p == NULL || from->cells[sts].of == 0)
			continue;
		row->label = arena_printf(&m->arena, ".%.*s (%s)", (int)from->label.n,
					  from->label.p, number_names(from->cells[0].n).s);
		row->v[0] = (struct chart_share){from->cells[sts].n, from->cells[sts].of};
		row->v[1] = (struct chart_share){from->cells[rpt].n, from->cells[rpt].of};
		enough += row->v[0].of >= FEW;
		c->rows_n++;
	}
	return enough;
}

/* ".com" of ".com (12 names)" */
static struct span tld_of(const struct chart_row *row)
{
	size_t word = 0;

	while (word < row->label.n && row->label.p[word] != ' ')
		word++;
	return span_of(row->label.p, word < 64 ? word : 64);
}

/* Only what the intervals show: that one is above all others, or above the least one. */
static void tlds_title(struct chart *c, const struct chart_row *most, const struct chart_row *least)
{
	assert(most != NULL && least != NULL);
	struct span top = tld_of(most), low = tld_of(least);
	uint64_t finest = most->v[0].of > least->v[0].of ? most->v[0].of : least->v[0].of;
	bool above_all = true;

	for (unsigned i = 0; i < c->rows_n; i++)
		if (&c->rows[i] != most && c->rows[i].v[0].of >= FEW)
			above_all = above_all && report_above(&most->v[0], &c->rows[i].v[0]);
	if (above_all)
		TITLE(c,
		      "Of the largest top-level domains, MTA-STS is most frequent under %.*s: %s",
		      (int)top.n, top.p, about(most->v[0].n, most->v[0].of).s);
	else if (report_above(&most->v[0], &least->v[0]))
		TITLE(c, "MTA-STS is more frequent under %.*s (%s) than under %.*s (%s)",
		      (int)top.n, top.p, about(most->v[0].n, most->v[0].of).s, (int)low.n, low.p,
		      about(least->v[0].n, least->v[0].of).s);
	else
		/* Both as fine as the finer one: a range that is rounded at one end is none. */
		TITLE(c,
		      "Adoption of MTA-STS does not differ measurably between the largest "
		      "top-level domains: %s to %s",
		      about_share(ratio(&least->v[0]), finest).s,
		      about_share(ratio(&most->v[0]), finest).s);
}

static bool chart_tlds(struct chart *c, struct report_model *m)
{
	const struct report_table *t = report_model_table(m, "by_tld");
	const struct chart_row *most = NULL, *least = NULL;

	if (t == NULL || t->rows_n < 2 || tlds_fill(c, m, t) < 2)
		return false;
	for (unsigned i = 0; i < c->rows_n; i++) {
		const struct chart_row *row = &c->rows[i];
		if (row->v[0].of < FEW)
			continue;
		most = most == NULL || ratio(&row->v[0]) > ratio(&most->v[0]) ? row : most;
		least = least == NULL || ratio(&row->v[0]) < ratio(&least->v[0]) ? row : least;
	}
	tlds_title(c, most, least);
	WHAT(c,
	     "Share of the names for which the answer is known; the %u top-level domains with "
	     "most names in the list",
	     c->rows_n);
	return true;
}

static bool chart_stages(struct chart *c, struct report_model *m)
{
	const uint64_t(*stage)[7] = m->a->counts.stage;
	uint64_t n[7] = {0}, failed = 0, of = 0;

	for (unsigned i = STAGE_DNS; i < stage_count; i++) {
		for (unsigned e = 0; e < ENTITIES; e++)
			n[i] += stage[e][i];
		of += n[i];
		failed += i != STAGE_OK ? n[i] : 0;
	}
	if (failed == 0 || !chart_fill(c, m, &(struct source){"stages", {"all"}, "ok", true}))
		return false;
	struct report_leaders lead = report_leaders(n + STAGE_DNS, STAGE_OK - STAGE_DNS, failed);
	unsigned worst = STAGE_DNS + lead.first;
	struct span word = report_word(m, "stages", stage_name((enum stage)worst));
	if (lead.clear)
		TITLE(c, "%s of policy fetches fail, most often at %.*s: %s of the failures",
		      about(failed, of).s, (int)word.n, word.p, about(n[worst], failed).s);
	else
		TITLE(c,
		      "%s of policy fetches fail, at no stage measurably more often than at all "
		      "others",
		      about(failed, of).s);
	WHAT(c, "Share of the %s with a valid record whose fetch was conclusive",
	     number_names(of).s);
	return true;
}

/*
 * "The most frequent WHAT: X, 12 %", where one is; else the two that have most. What has no row of
 * its own is no candidate.
 */
static void title_of_most(struct chart *c, const char *what)
{
	uint64_t n[CHART_BARS_MAX];
	const struct chart_row *rows[CHART_BARS_MAX];
	unsigned rows_n = 0;

	for (unsigned i = 0; i < c->rows_n && rows_n < CHART_BARS_MAX; i++) {
		if (c->rows[i].rest || c->rows[i].v[0].of == 0)
			continue;
		rows[rows_n] = &c->rows[i];
		n[rows_n++] = c->rows[i].v[0].n;
	}
	if (rows_n == 0) {
		TITLE(c, "No %s is known", what);
		return;
	}
	uint64_t of = rows[0]->v[0].of;
	struct report_leaders lead = report_leaders(n, rows_n, of);
	struct span first = rows[lead.first]->label, second = rows[lead.second]->label;
	if (lead.clear || rows_n == 1)
		TITLE(c, "The most frequent %s: %.*s, %s", what,
		      (int)(first.n < 100 ? first.n : 100), first.p, about(n[lead.first], of).s);
	else
		TITLE(c, "No %s is measurably the most frequent: %.*s %s, %.*s %s", what,
		      (int)(first.n < 60 ? first.n : 60), first.p, about(n[lead.first], of).s,
		      (int)(second.n < 60 ? second.n : 60), second.p, about(n[lead.second], of).s);
}

static bool chart_tls_reasons(struct chart *c, struct report_model *m)
{
	if (!chart_fill(c, m, &(struct source){"tls_reasons", {"all"}, NULL, false}))
		return false;
	title_of_most(c, "TLS failure");
	WHAT(c, "Share of the %s whose policy fetch fails at stage tls; first reason found",
	     number_names(c->rows[0].v[0].of).s);
	return true;
}

static bool chart_mismatches(struct chart *c, struct report_model *m)
{
	const uint64_t *any = m->a->counts.unmatched_any, *of = m->a->counts.matchable;
	uint64_t n = any[MODE_ENFORCE] + any[MODE_TESTING],
		 all = of[MODE_ENFORCE] + of[MODE_TESTING];

	if (!chart_fill(c, m, &(struct source){"mismatches", {"enforce", "testing"}, NULL, true}))
		return false;
	TITLE(c, "%s of the policies leave an MX host uncovered", about(n, all).s);
	WHAT(c,
	     "Share of the names with a valid policy and MX hosts: %s in enforce, %s in testing "
	     "mode; all rows are parts of the first one",
	     number_grouped(of[MODE_ENFORCE]).s, number_grouped(of[MODE_TESTING]).s);
	return true;
}

static bool chart_max_age(struct chart *c, struct report_model *m)
{
	const struct aggregate_counts *n = &m->a->counts;
	uint64_t week = 0, of = 0;

	if (!chart_fill(c, m, &(struct source){"max_age", {"all"}, NULL, true}))
		return false;
	for (unsigned i = 0; i < MAX_AGE_BUCKETS; i++)
		for (unsigned k = 0; k < MODES_N; k++) {
			of += n->max_age[i][k];
			week += aggregate_max_age_from[i] >= 604800 ? n->max_age[i][k] : 0;
		}
	TITLE(c, "%s of the policies may be cached for 7 days or longer", about(week, of).s);
	WHAT(c, "Share of the %s valid policies, by max_age; each is in one row",
	     number_grouped(of).s);
	return true;
}

static bool chart_senders(struct chart *c, struct report_model *m)
{
	const struct aggregate_counts *n = &m->a->counts;

	if (!chart_fill(c, m, &(struct source){"senders", {"names"}, "any", false}))
		return false;
	TITLE(c, "%s of the names with a record are read otherwise than RFC 8461 by some sender",
	      about(n->read_otherwise_any, n->readable).s);
	WHAT(c,
	     "Share of the %s with a record and a conclusive verdict; names that are broken "
	     "for every sender are in no row",
	     number_names(n->readable).s);
	return true;
}

static bool chart_cert_days(struct chart *c, struct report_model *m)
{
	const struct aggregate_counts *n = &m->a->counts;

	if (!chart_fill(c, m, &(struct source){"cert_days", {"names"}, NULL, true}))
		return false;
	TITLE(c, "%s of the policy hosts' certificates are expired or end within 14 days",
	      about(n->cert_days[0] + n->cert_days[1] + n->cert_days[2], n->certs).s);
	WHAT(c,
	     "Days left at the time of the scan, of the %s whose policy host showed a "
	     "certificate",
	     number_names(n->certs).s);
	return true;
}

static bool chart_issuers(struct chart *c, struct report_model *m)
{
	if (!chart_fill(c, m, &(struct source){"cert_issuers", {"names"}, NULL, true}))
		return false;
	title_of_most(c, "issuer of policy hosts' certificates");
	WHAT(c, "Share of the %s whose policy host showed a certificate",
	     number_names(c->rows[0].v[0].of).s);
	return true;
}

static bool chart_mx_tls(struct chart *c, struct report_model *m)
{
	if (!chart_fill(c, m, &(struct source){"mx_tls", {"names"}, "ok", false}))
		return false;
	title_of_most(c, "obstacle to verified TLS at MX hosts");
	WHAT(c,
	     "Share of the %s whose MX hosts were probed; a name is in the row of each obstacle at "
	     "its hosts, and in none when there is none",
	     number_names(c->rows[0].v[0].of).s);
	return true;
}

static bool chart_dane(struct chart *c, struct report_model *m)
{
	const struct aggregate_counts *n = &m->a->counts;

	if (!chart_fill(c, m, &(struct source){"dane", {"names"}, NULL, true}))
		return false;
	TITLE(c, "%s of the names have TLSA records at some MX host, %s at every one",
	      about(n->tlsa_any, n->mx_names.asked).s, about(n->tlsa_all, n->mx_names.asked).s);
	WHAT(c, "Share of the %s for whose MX hosts TLSA was asked",
	     number_names(n->mx_names.asked).s);
	return true;
}

/* Of the names, or where a report has hosts alone of them. */
static void title_of_both(struct chart *c, const char *what)
{
	title_of_most(c, what);
	WHAT(c,
	     "Share of the %s and of the %s distinct %s; a name is in each row that "
	     "one of its hosts is in",
	     number_names(c->rows[0].v[0].of).s, number_grouped(c->rows[0].v[1].of).s,
	     number_word(c->rows[0].v[1].of, "host", "hosts"));
}

static bool chart_mx_reasons(struct chart *c, struct report_model *m)
{
	if (!chart_fill(c, m, &(struct source){"mx_cert_reasons", {"names", "hosts"}, NULL, false}))
		return false;
	title_of_both(c, "fault of MX hosts that senders refuse");
	return true;
}

static bool chart_mx_versions(struct chart *c, struct report_model *m)
{
	if (!chart_fill(c, m, &(struct source){"mx_tls_versions", {"names", "hosts"}, NULL, true}))
		return false;
	title_of_both(c, "TLS version at MX hosts");
	return true;
}

static bool chart_dane_validity(struct chart *c, struct report_model *m)
{
	const struct mx_counts *n = &m->a->counts.mx_names;

	if (n->dane_known == 0 ||
	    !chart_fill(c, m, &(struct source){"dane_validity", {"names", "hosts"}, NULL, true}))
		return false;
	TITLE(c, "DANE senders turn away from some MX host of %s of the names with TLSA records",
	      about(n->dane_refused, n->dane_known).s);
	WHAT(c,
	     "Share of the %s and %s distinct %s with secure TLSA records of which it "
	     "is certain; not known: of all that have them",
	     number_names(n->dane_known).s, number_grouped(m->a->counts.mx_hosts.dane_known).s,
	     number_word(m->a->counts.mx_hosts.dane_known, "host", "hosts"));
	return true;
}

static bool chart_tlsa(struct chart *c, struct report_model *m)
{
	if (!chart_fill(c, m, &(struct source){"tlsa_parameters", {"names", "hosts"}, NULL, false}))
		return false;
	title_of_both(c, "kind of TLSA record");
	return true;
}

static bool chart_impact(struct chart *c, struct report_model *m)
{
	const uint64_t *bits = m->a->counts.category;
	uint64_t of = 0;

	for (unsigned i = 0; i < 16; i++)
		of += bits[i];
	if (!chart_fill(c, m, &(struct source){"misconfigured", {"names"}, NULL, true}))
		return false;
	TITLE(c, "%s of the names with MTA-STS have a misconfiguration", about(of - bits[0], of).s);
	WHAT(c,
	     "Share of the %s with a record and a conclusive verdict; kinds are not "
	     "exclusive",
	     number_names(of).s);
	return true;
}

/* In the order of their weight. */
static const struct {
	const char *key;
	bool (*make)(struct chart *c, struct report_model *m);
} makers[] = {
	{"funnel", chart_funnel},
	{"by_rank", chart_ranks},
	{"stages", chart_stages},
	{"tls_reasons", chart_tls_reasons},
	{"mismatches", chart_mismatches},
	{"max_age", chart_max_age},
	{"by_tld", chart_tlds},
	{"misconfigured", chart_impact},
	{"senders", chart_senders},
	{"cert_days", chart_cert_days},
	{"cert_issuers", chart_issuers},
	{"mx_tls", chart_mx_tls},
	{"mx_cert_reasons", chart_mx_reasons},
	{"mx_tls_versions", chart_mx_versions},
	{"dane", chart_dane},
	{"dane_validity", chart_dane_validity},
	{"tlsa_parameters", chart_tlsa},
};

void report_charts_make(struct report_model *m)
{
	const unsigned all = sizeof(makers) / sizeof(makers[0]);

	m->charts = arena_alloc(&m->arena, all * sizeof(*m->charts));
	if (m->charts == NULL) {
		m->failed = true;
		return;
	}
	for (unsigned i = 0; i < all; i++) {
		struct chart *c = &m->charts[m->charts_n];
		memset(c, 0, sizeof(*c));
		c->key = makers[i].key;
		if (!makers[i].make(c, m))
			continue;
		size_t at = strlen(c->what);
		if (c->cut)
			snprintf(c->what + at, CHART_TEXT_MAX - at, "; the %u most frequent",
				 CHART_BARS_MAX);
		else if (c->bare)
			snprintf(c->what + at, CHART_TEXT_MAX - at, "; rows of 0 are left out");
		m->charts_n++;
	}
}

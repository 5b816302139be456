/* trend_view.c - see trend_view.h. */
#include "output/trend/trend_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parsers/terms.h"

bool trend_row_empty(const struct trend *t, const struct trend_row *row)
{
	for (unsigned i = 0; i < t->runs_n; i++)
		if (row->v[i].known && row->v[i].n > 0)
			return false;
	return true;
}

/* The values of the first and the last run, where both know them. */
static const struct trend_row *story_row(const struct trend *t, const char *table, const char *key)
{
	for (unsigned i = 0; i < t->tables_n; i++) {
		const struct trend_table *at = &t->tables[i];
		for (unsigned k = 0; strcmp(at->key, table) == 0 && k < at->rows_n; k++) {
			const struct trend_value *v = at->rows[k].v;
			if (span_eq(at->rows[k].key, span_str(key)) && v[0].known &&
			    v[t->runs_n - 1].known)
				return &at->rows[k];
		}
	}
	return NULL;
}

void trend_story(const struct trend *t, char out[TREND_STORY])
{
	const struct trend_row *sts = story_row(t, "adoption", "mta_sts");
	const struct trend_row *loss = story_row(t, "impact", impact_name(IMPACT_MAIL_LOSS));
	unsigned last = t->runs_n - 1;
	size_t n = 0;

	out[0] = '\0';
	if (sts != NULL && sts->v[0].of > 0 && sts->v[last].of > 0)
		n += (size_t)snprintf(out, TREND_STORY,
				      "Names with an MTA-STS record: %s, now %s. ",
				      number_share(sts->v[0].n, sts->v[0].of).s,
				      number_share(sts->v[last].n, sts->v[last].of).s);
	if (loss != NULL)
		snprintf(out + n, TREND_STORY - n, "Names that lose mail: %s, now %s.",
			 number_grouped(loss->v[0].n).s, number_grouped(loss->v[last].n).s);
}

struct number trend_change(const struct trend *t, const struct trend_table *table,
			   const struct trend_row *row)
{
	const struct trend_value *first = NULL, *last = NULL;
	struct number text = {"-"};

	for (unsigned i = 0; i < t->runs_n; i++) {
		const struct trend_value *v = &row->v[i];
		if (!v->known || (table->share ? v->of : v->n) == 0)
			continue;
		first = first == NULL ? v : first;
		last = v;
	}
	if (first == last)
		return text;
	double before = table->share ? (double)first->n / (double)first->of : (double)first->n;
	double now = table->share ? (double)last->n / (double)last->of : (double)last->n;
	double change = table->share ? 100 * (now - before) : 100 * (now / before - 1);
	if (fabs(change) < (table->share ? 0.005 : 0.05))
		snprintf(text.s, sizeof(text.s), table->share ? "0.00" : "0.0%%");
	else if (fabs(change) < 99.95)
		snprintf(text.s, sizeof(text.s), table->share ? "%+.2f" : "%+.1f%%", change);
	else
		snprintf(text.s, sizeof(text.s), table->share ? "%+.0f" : "%+.0f%%",
			 change < 99999 ? change : 99999.0);
	return text;
}

uint64_t trend_of(const struct trend_table *table, unsigned run)
{
	uint64_t most = 0;

	for (unsigned i = 0; table->share && i < table->rows_n; i++) {
		const struct trend_value *v = &table->rows[i].v[run];
		if (v->known && v->of > most)
			most = v->of;
	}
	return most;
}

const char *trend_of_label(const struct trend *t, const struct trend_table *table)
{
	for (unsigned run = 0; run < t->runs_n; run++)
		for (unsigned i = 0; i < table->rows_n; i++) {
			const struct trend_value *v = &table->rows[i].v[run];
			if (v->known && v->of != 0 && v->of != trend_of(table, run))
				return "of at most";
		}
	return "of how many";
}

bool trend_has_of(const struct trend *t, const struct trend_table *table)
{
	for (unsigned i = 0; i < t->runs_n; i++)
		if (trend_of(table, i) > 0)
			return true;
	return false;
}

/* report_model.c - see report_model.h. */
#include "output/report/report_model.h"

#include <assert.h>
#include <math.h>

#define MODEL_MEMORY (64u << 20)

void report_section(struct report_model *m, const char *key, const char *title, const char *intro)
{
	assert(m->sections_n < REPORT_SECTIONS_MAX);
	m->sections[m->sections_n++] = (struct report_section){key, title, intro, m->tables_n, 0};
}

struct report_table *report_table(struct report_model *m, const char *key, const char *title,
				  const char *key_title, const char *note)
{
	assert(m->tables_n < REPORT_TABLES_MAX && m->sections_n > 0);
	struct report_table *t = &m->tables[m->tables_n++];
	m->sections[m->sections_n - 1].n++;
	*t = (struct report_table){
		.key = key, .title = title, .key_title = key_title, .note = note, .keyed = true};
	return t;
}

void report_column(struct report_table *t, const char *key, const char *title,
		   enum report_cell_kind kind)
{
	assert(t->columns_n < REPORT_COLUMNS_MAX && t->rows_n == 0);
	t->columns[t->columns_n++] = (struct report_column){key, title, kind};
}

struct report_row *report_row(struct report_model *m, struct report_table *t, struct span key,
			      struct span label)
{
	if (t->rows_n == t->rows_cap) {
		unsigned cap = t->rows_cap > 0 ? t->rows_cap * 2 : 16;
		struct report_row *rows = arena_alloc(&m->arena, cap * sizeof(*rows));
		if (rows == NULL) {
			m->failed = true;
			return &m->scratch;
		}
		if (t->rows_n > 0)
			memcpy(rows, t->rows, t->rows_n * sizeof(*rows));
		t->rows = rows;
		t->rows_cap = cap;
	}
	struct report_row *row = &t->rows[t->rows_n++];
	*row = (struct report_row){.key = key, .label = label};
	return row;
}

struct report_row *report_row_text(struct report_model *m, struct report_table *t, const char *key,
				   const char *label)
{
	return report_row(m, t, span_str(key), span_str(label));
}

unsigned report_top(struct report_table *t, const struct tally *tally,
		    struct tally_row rows[REPORT_TOP_MAX], unsigned top, struct tally_row *others)
{
	assert(top <= REPORT_TOP_MAX);
	unsigned n = tally_top(tally, rows, top);

	while (n > 0 && rows[n - 1].v[0] < REPORT_NAMES_MIN)
		n--;
	tally_rest(tally, rows, n, others);
	t->bounded = true;
	t->error = tally_error(tally);
	t->keys = tally_keys(tally);
	return n;
}

struct report_row *report_row_others(struct report_model *m, struct report_table *t)
{
	return report_row(m, t, SPAN_NULL, SPAN_LIT("all others"));
}

int report_model_init(struct report_model *m, const struct aggregate *a,
		      const struct report_meta *meta)
{
	memset(m, 0, sizeof(*m));
	m->a = a;
	m->meta = meta;
	if (arena_init(&m->arena, 1u << 20, MODEL_MEMORY) != 0) {
		m->failed = true;
		return -1;
	}
	return 0;
}

void report_model_release(struct report_model *m)
{
	arena_release(&m->arena);
}

const struct report_table *report_model_table(const struct report_model *m, const char *key)
{
	for (unsigned i = 0; i < m->tables_n; i++)
		if (strcmp(m->tables[i].key, key) == 0)
			return &m->tables[i];
	return NULL;
}

struct span report_word(const struct report_model *m, const char *table, const char *key)
{
	const struct report_table *t = report_model_table(m, table);

	for (unsigned i = 0; t != NULL && i < t->rows_n; i++) {
		struct span label = t->rows[i].label;
		const char *colon;
		if (!span_eq(t->rows[i].key, span_str(key)))
			continue;
		colon = label.n > 0 ? memchr(label.p, ':', label.n) : NULL;
		return colon != NULL ? span_of(label.p, (size_t)(colon - label.p)) : label;
	}
	return span_str(key);
}

bool report_complete(const struct report_model *m)
{
	for (unsigned i = 0; i < m->meta->runs_n; i++)
		if (!m->meta->runs[i]->completed)
			return false;
	return m->meta->runs_n > 0 && m->records == m->expected && m->meta->damaged == 0 &&
	       m->meta->shards_missing + m->meta->shards_doubled == 0;
}

bool report_when(const struct report_meta *meta, int64_t *first_ms, int64_t *last_ms)
{
	int64_t first = 0, last = 0;

	for (unsigned i = 0; i < meta->runs_n; i++) {
		const struct runinfo *run = meta->runs[i];
		if (run->started_at_ms == 0)
			return false;
		first = first == 0 || run->started_at_ms < first ? run->started_at_ms : first;
		last = run->ended_at_ms > last ? run->ended_at_ms : last;
	}
	*first_ms = first;
	*last_ms = last;
	return first > 0 && last >= first;
}

bool report_table_empty(const struct report_table *t)
{
	for (unsigned i = 0; i < t->rows_n; i++)
		for (unsigned k = 0; k < t->columns_n; k++)
			if (t->rows[i].cells[k].n > 0 || t->rows[i].cells[k].of > 0)
				return false;
	return true;
}

bool report_row_shown(const struct report_table *t, unsigned row)
{
	bool holds = !t->sparse;

	assert(row < t->rows_n);
	for (unsigned k = 0; k < t->columns_n && !holds; k++)
		holds = t->rows[row].cells[k].n > 0;
	return holds;
}

bool report_section_empty(const struct report_model *m, const struct report_section *s)
{
	unsigned k = 0;

	while (k < s->n && report_table_empty(&m->tables[s->first + k]))
		k++;
	return k == s->n && s->n > 0;
}

void report_wilson(uint64_t n, uint64_t of, double *low, double *high)
{
	const double z = 1.959963984540054, trials = (double)of, p = (double)n / trials;

	assert(of > 0 && n <= of);
	double middle = (p + z * z / (2 * trials)) / (1 + z * z / trials);
	double half = z / (1 + z * z / trials) *
		      sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
	*low = n == 0 ? 0 : middle - half;
	*high = n == of ? 1 : middle + half;
}

void report_interval(uint64_t n, uint64_t of, struct number *low, struct number *high)
{
	double from, to;

	report_wilson(n, of, &from, &to);
	*low = number_share_end(from, of);
	*high = number_share_end(to, of);
	low->s[strcspn(low->s, " ")] = high->s[strcspn(high->s, " ")] = '\0';
}

struct report_leaders report_leaders(const uint64_t *parts, unsigned n, uint64_t whole)
{
	struct report_leaders lead = {0, n > 1 ? 1 : 0, false};

	if (n > 1 && parts[1] > parts[0])
		lead = (struct report_leaders){1, 0, false};
	for (unsigned i = 2; i < n; i++) {
		if (parts[i] > parts[lead.first])
			lead = (struct report_leaders){i, lead.first, false};
		else if (parts[i] > parts[lead.second])
			lead.second = i;
	}
	struct chart_share first = {parts[lead.first], whole}, second = {parts[lead.second], whole};
	if (n > 1 && first.n <= whole && second.n <= whole)
		lead.clear = report_above(&first, &second) || (first.n > 0 && second.n == 0);
	return lead;
}

bool report_above(const struct chart_share *a, const struct chart_share *b)
{
	double low[2], high[2];

	if (a->of == 0 || b->of == 0)
		return false;
	report_wilson(a->n, a->of, &low[0], &high[0]);
	report_wilson(b->n, b->of, &low[1], &high[1]);
	return low[0] > high[1];
}

/* trend.c - the tables and their rows; see trend.h. */
#include "output/trend/trend.h"

#include <stdlib.h>
#include <string.h>

#define TREND_ARENA_FIRST (256u << 10)
#define TREND_ARENA_MAX (256u << 20)

struct trend *trend_new(void)
{
	struct trend *t = calloc(1, sizeof(*t));

	if (t != NULL && arena_init(&t->arena, TREND_ARENA_FIRST, TREND_ARENA_MAX) != 0) {
		free(t);
		return NULL;
	}
	return t;
}

void trend_free(struct trend *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < t->tables_n; i++)
		free(t->tables[i].rows);
	arena_release(&t->arena);
	free(t);
}

/* ---- filling ------------------------------------------------------------------------------- */

static struct trend_table *find_table(struct trend *t, const char *key)
{
	for (unsigned i = 0; i < t->tables_n; i++)
		if (strcmp(t->tables[i].key, key) == 0)
			return &t->tables[i];
	return NULL;
}

struct trend_table *trend_table(struct trend *t, const char *key, struct span title, bool share)
{
	struct trend_table *found = find_table(t, key);

	if (found != NULL)
		return found;
	if (t->tables_n == TREND_TABLES_MAX)
		return NULL;
	struct trend_table *table = &t->tables[t->tables_n++];
	*table = (struct trend_table){
		.key = key, .title = arena_copy(&t->arena, title), .share = share};
	return table;
}

struct trend_row *trend_row(struct trend *t, struct trend_table *table, struct span key,
			    struct span label)
{
	for (unsigned i = 0; i < table->rows_n; i++)
		if (span_eq(table->rows[i].key, key))
			return &table->rows[i];
	if (table->rows_n == table->rows_cap) {
		unsigned cap = table->rows_cap > 0 ? 2 * table->rows_cap : 16;
		struct trend_row *rows = realloc(table->rows, cap * sizeof(*rows));
		if (rows == NULL) {
			t->failed = true;
			return NULL;
		}
		table->rows = rows;
		table->rows_cap = cap;
	}
	struct trend_row row = {arena_copy(&t->arena, key), arena_copy(&t->arena, label),
				arena_zalloc(&t->arena, TREND_RUNS_MAX * sizeof(*row.v))};
	if (row.key.p == NULL || row.v == NULL) {
		t->failed = true;
		return NULL;
	}
	table->rows[table->rows_n] = row;
	return &table->rows[table->rows_n++];
}

static bool trend_same_day(const struct trend *t, unsigned run, const char *day)
{
	for (unsigned i = 0; i < t->runs_n; i++)
		if (i != run && strcmp(number_date(t->runs[i].started_at_ms / 1000).s, day) == 0)
			return true;
	return false;
}

struct number trend_when(const struct trend *t, unsigned run)
{
	struct number day = number_date(t->runs[run].started_at_ms / 1000);
	struct number when = number_time(t->runs[run].started_at_ms / 1000);

	if (!trend_same_day(t, run, day.s))
		return day;
	when.s[strcspn(when.s, "U")] = '\0'; /* "2026-11-30 14:05 UTC" */
	when.s[strlen(when.s) - 1] = '\0';
	return when;
}

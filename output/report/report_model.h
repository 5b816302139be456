/*
 * report_model.h - a report as tables, before it is written as JSON, text or HTML.
 *
 * The three renderings walk the same tables, so they cannot disagree about a number. A share always
 * carries its numerator and denominator; the interval is computed where it is printed.
 */
#ifndef MTASWEEP_REPORT_MODEL_H
#define MTASWEEP_REPORT_MODEL_H

#include "output/aggregate/tally.h"
#include "output/base/arena.h"
#include "output/text/number.h"
#include "output/report/chart.h"
#include "output/text/json.h"
#include "output/report/report.h"

enum report_cell_kind {
	CELL_TEXT,
	CELL_COUNT, /* n */
	CELL_ABOUT, /* n, an estimate */
	CELL_SHARE, /* n of `of` */
	CELL_MS,    /* n milliseconds */
	CELL_BYTES, /* n bytes */
};

struct report_cell {
	uint64_t n, of;
	struct span text; /* CELL_TEXT; null for an empty cell */
};

struct report_column {
	const char *key;   /* in report.json */
	const char *title; /* for people */
	enum report_cell_kind kind;
};

#define REPORT_COLUMNS_MAX 10
#define REPORT_TABLES_MAX 64
#define REPORT_SECTIONS_MAX 12
#define REPORT_STORY 6u /* sentences at most */
#define REPORT_STORY_TEXT 400
#define REPORT_NAMES_MIN 5u /* names of a row whose key comes from outside; with fewer: others */
#define REPORT_TOP_MAX 256  /* rows of a table whose keys come from outside */

struct report_row {
	struct span key;   /* in report.json */
	struct span label; /* for people */
	struct report_cell cells[REPORT_COLUMNS_MAX];
};

struct report_table {
	const char *key, *title;
	const char *note;      /* what the denominators are; NULL none */
	const char *key_title; /* heading of the rows' labels */
	bool keyed;	       /* the rows are a fixed set: an object in report.json, else a list */
	bool sparse;	       /* people are not shown rows that hold nothing */
	bool chart;	       /* its first share is worth a picture */
	bool bounded;	       /* counts may be too high by `error` */
	uint64_t error, keys;  /* bounded or top tables: keys seen in all */
	unsigned columns_n, rows_n, rows_cap;
	struct report_column columns[REPORT_COLUMNS_MAX];
	struct report_row *rows;
};

struct report_section {
	const char *key, *title, *intro;
	unsigned first, n; /* its tables */
};

/* A figure, and the sentence that it begins. */
struct report_story {
	struct number figure;
	char text[REPORT_STORY_TEXT];
};

struct report_model {
	const struct aggregate *a;
	const struct report_meta *meta;
	struct arena arena;
	bool failed; /* without memory: rows went to `scratch` */
	struct report_row scratch;
	uint64_t expected, records; /* input lines that are names of this run; records read */
	unsigned tables_n, sections_n;
	struct report_table tables[REPORT_TABLES_MAX];
	struct report_section sections[REPORT_SECTIONS_MAX];
	unsigned story_n;
	struct report_story story[REPORT_STORY];
	unsigned charts_n;
	struct chart *charts; /* those that have data, most telling first */
};

/* Everything; see report.c. Release in both cases. */
int report_model_build(struct report_model *m, const struct aggregate *a,
		       const struct report_meta *meta);
/* Without tables. 0, or -1 without memory. Release in both cases. */
int report_model_init(struct report_model *m, const struct aggregate *a,
		      const struct report_meta *meta);
void report_model_release(struct report_model *m);
const struct report_table *report_model_table(const struct report_model *m, const char *key);

/* ---- for those who fill it --------------------------------------------------------------- */

void report_section(struct report_model *m, const char *key, const char *title, const char *intro);
struct report_table *report_table(struct report_model *m, const char *key, const char *title,
				  const char *key_title, const char *note);
void report_column(struct report_table *t, const char *key, const char *title,
		   enum report_cell_kind kind);
/* A row with empty cells; a scratch row when memory has failed. */
struct report_row *report_row(struct report_model *m, struct report_table *t, struct span key,
			      struct span label);
/* Both from one literal or static text. */
struct report_row *report_row_text(struct report_model *m, struct report_table *t, const char *key,
				   const char *label);
/*
 * For a table whose keys come from outside, so that no scanned name stands in what is published:
 * the keys with most names, at most `top` and each with REPORT_NAMES_MIN or more. The sum of all
 * other keys goes into *others, and what the table knows of its keys into t.
 */
unsigned report_top(struct report_table *t, const struct tally *tally,
		    struct tally_row rows[REPORT_TOP_MAX], unsigned top, struct tally_row *others);
/* The row of those others; its key is null. */
struct report_row *report_row_others(struct report_model *m, struct report_table *t);
/* Records that contradict themselves, because somebody edited them, may count more than there are:
 * a count without a share, then. */
static inline void report_share(struct report_row *row, unsigned column, uint64_t n, uint64_t of)
{
	row->cells[column].n = n;
	row->cells[column].of = n <= of ? of : 0;
}

/* One section each, or several; without memory m->failed. report.c has their order. */
void report_tables_run(struct report_model *m);
void report_tables_adoption(struct report_model *m);
void report_tables_failures(struct report_model *m);
void report_tables_mail(struct report_model *m);
void report_tables_mx(struct report_model *m);
void report_tables_findings(struct report_model *m);
void report_tables_published(struct report_model *m);
void report_tables_scan(struct report_model *m);
/* When the tables are there. */
void report_story_make(struct report_model *m);
void report_charts_make(struct report_model *m);
/* The beginning of the row's label, up to a colon. */
struct span report_word(const struct report_model *m, const char *table, const char *key);

/* ---- the renderings: 0, or -1 when a write failed ---------------------------------------- */

int report_json_model(FILE *out, const struct report_model *m);
int report_txt_model(FILE *out, const struct report_model *m);
int report_html_model(FILE *out, const struct report_model *m);

/* ---- for those who print it -------------------------------------------------------------- */

/* Every input line has its record, no run is unfinished and nothing was unreadable. */
bool report_complete(const struct report_model *m);
/* From the first run's begin to the last one's end; whether that is known. */
bool report_when(const struct report_meta *meta, int64_t *first_ms, int64_t *last_ms);
/* None of the section's tables has anything to show. */
bool report_section_empty(const struct report_model *m, const struct report_section *s);
/* Nothing was counted: text and HTML leave the table out, report.json never does. */
bool report_table_empty(const struct report_table *t);
/* Whether people are shown the row. */
bool report_row_shown(const struct report_table *t, unsigned row);

/* Wilson's 95 % score interval (Wilson 1927); of > 0. */
void report_wilson(uint64_t n, uint64_t of, double *low, double *high);
/* Its ends as they are printed, without the sign. */
void report_interval(uint64_t n, uint64_t of, struct number *low, struct number *high);
/* The two most frequent of n parts of a whole; clear: the first is so by more than chance explains,
 * or there is no second. */
struct report_leaders {
	unsigned first, second;
	bool clear;
};
struct report_leaders report_leaders(const uint64_t *parts, unsigned n, uint64_t whole);
/* Whether the share a of one group is above the share b of another by more than chance explains:
 * their intervals do not overlap. What is not known is not above. */
bool report_above(const struct chart_share *a, const struct chart_share *b);

#endif

/* Sentences and charts: their figures are those of the counts, every word is drawn in full, and
 * nothing leaves the paper. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

static struct runinfo run = {
	.completed = true, .shard = 1, .shards = 1, .totals = {.lines = 1010, .records = 1010}};
static const struct runinfo *const runs[] = {&run};
static const struct report_meta meta = {.runs = runs, .runs_n = 1};

/* 1000 names, 100 of them with a record. */
static struct aggregate *counted(void)
{
	struct aggregate *a = aggregate_new();
	struct aggregate_counts *c = &a->counts;

	c->rows = 1010;
	c->verdict[VERDICT_INCONCLUSIVE] = 10;
	c->all[GROUP_NAMES] = 1004;
	c->all[GROUP_STS_KNOWN] = c->all[GROUP_TLSRPT_KNOWN] = c->all[GROUP_BOTH_KNOWN] = 1000;
	c->all[GROUP_STS] = 100;
	c->all[GROUP_TLSRPT] = 50;
	c->all[GROUP_BOTH] = 25;
	c->all[GROUP_ENFORCE] = 40;
	c->all[GROUP_TESTING] = 20;
	c->all[GROUP_NONE] = 5;
	c->all[GROUP_BROKEN] = 30;
	c->sts_valid = 90;
	c->unmatched_any[MODE_ENFORCE] = 8;
	c->matchable[MODE_ENFORCE] = 40;
	c->stage[FACTS_ENTITY_SELF][STAGE_TLS] = 15;
	c->stage[FACTS_ENTITY_PROVIDER][STAGE_HTTP] = 5;
	c->stage[FACTS_ENTITY_SELF][STAGE_OK] = 60;
	c->tls_reason[FACTS_ENTITY_SELF][TLS_EXPIRED] = 12;
	c->tls_reason[FACTS_ENTITY_SELF][TLS_SELF_SIGNED] = 3;
	c->impact[IMPACT_MAIL_LOSS] = 8;
	c->mail_late = 4;
	return a;
}

static struct report_model *model_of(const struct aggregate *a)
{
	struct report_model *m = calloc(1, sizeof(*m));

	cr_assert_eq(report_model_build(m, a, &meta), 0);
	return m;
}

static void release(struct report_model *m, struct aggregate *a)
{
	report_model_release(m);
	free(m);
	aggregate_free(a);
}

Test(story, says_what_was_counted)
{
	static const struct {
		const char *figure, *text;
	} want[] = {
		{"10.0 %", "100 of 1,000 (95 % interval 8.3 to 12.0 %). 5.0 % publish a TLS-RPT "
			   "record, 2.5 % both."},
		{"40 %", "40 of 100. 20 % are in testing mode, 5 % in mode none; 30 % lead to no "
			 "valid policy, 5 % are inconclusive."},
		{"25 %", "20 of 80. Most often it is TLS that fails: 75 % of the failures. The "
			 "most frequent TLS failure: certificate expired, 12 of 15."},
		{"8", "can deliver to none of their MX hosts. That is 8 % of the names with an "
		      "MTA-STS record. Of 4 more such senders refuse some MX hosts: mail to these "
		      "may be late or lost."},
		{"1.0 %", "10 of 1,010. A temporary failure is no absence. Of 4 it is not known "
			  "whether they publish a record; the first sentence leaves them out. 6 "
			  "publish one, which the first sentence counts; whether a valid policy "
			  "can be had is not known."}};
	struct aggregate *a = counted();
	struct report_model *m = model_of(a);

	cr_assert_eq(m->story_n, sizeof(want) / sizeof(*want));
	for (unsigned i = 0; i < m->story_n; i++) {
		cr_expect_str_eq(m->story[i].figure.s, want[i].figure);
		cr_expect_not_null(strstr(m->story[i].text, want[i].text), "%s", m->story[i].text);
	}
	release(m, a);
}

/* In a sentence of its own; what no host has shown has no row. */
/* The names that were done first are no sample: no interval says how far they are from all. */
Test(story, of_a_part_has_no_interval)
{
	run.completed = false;
	struct aggregate *a = counted();
	struct report_model *m = model_of(a);
	cr_expect_str_eq(m->story[0].text, "of the names publish an MTA-STS record: 100 of 1,000. "
					   "5.0 % publish a TLS-RPT record, 2.5 % both.");
	release(m, a);
	run.completed = true;
}

Test(story, tells_of_hosts_that_were_visited)
{
	struct aggregate *a = counted();
	bool told = false;

	a->counts.mx_names.known = 40;
	a->counts.mx_names.refused = 10;
	struct report_model *m = model_of(a);
	for (unsigned i = 0; i < m->story_n; i++)
		told = told || (strcmp(m->story[i].figure.s, "25 %") == 0 &&
				strstr(m->story[i].text, "certificate: 10 of 40.") != NULL);
	cr_expect(told);
	for (unsigned i = 0; i < m->tables_n; i++)
		for (unsigned k = 0; k < m->tables[i].rows_n; k++)
			cr_expect_eq(report_row_shown(&m->tables[i], k),
				     strcmp(m->tables[i].key, "mx_tls") != 0);
	release(m, a);
}

static const struct chart *chart_of(const struct report_model *m, const char *key)
{
	for (unsigned i = 0; i < m->charts_n; i++)
		if (strcmp(m->charts[i].key, key) == 0)
			return &m->charts[i];
	return NULL;
}

/* Nothing is said of shares of nothing. */
Test(story, of_nothing_says_so)
{
	static const struct {
		uint64_t rows, names, inconclusive;
		const char *first;
	} rows[] = {{0, 0, 0, "No name was scanned."},
		    {3, 0, 0, "No name was scanned."},
		    {3, 2, 2, "of the names are inconclusive: 2 of 3."}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aggregate *a = aggregate_new();
		a->counts.rows = rows[i].rows;
		a->counts.all[GROUP_NAMES] = rows[i].names;
		a->counts.verdict[VERDICT_INCONCLUSIVE] = rows[i].inconclusive;
		struct report_model *m = model_of(a);
		cr_assert_eq(m->story_n, 1);
		cr_expect_not_null(strstr(m->story[0].text, rows[i].first), "%s", m->story[0].text);
		cr_expect_null(strstr(m->story[0].text, "first sentence"));
		release(m, a);
	}
}

/* What fails is told in words; that nothing fails is not. */
Test(charts, of_mx_hosts_say_what_stands_in_the_way)
{
	struct aggregate *a = counted();

	a->counts.mx_names.probed = 100;
	a->counts.mx_names.tls[MX_TLS_OK] = 95;
	a->counts.mx_names.tls[MX_TLS_NO_STARTTLS] = 30;
	struct report_model *m = model_of(a);
	const struct chart *c = chart_of(m, "mx_tls");
	cr_assert(c != NULL && c->rows_n == 1);
	cr_expect_str_eq(c->title, "The most frequent obstacle to verified TLS at MX hosts: no "
				   "STARTTLS, 30 %");
	for (unsigned i = 0; i < m->tables_n; i++) {
		bool words = strcmp(m->tables[i].key, "mx_tls") == 0 ||
			     strcmp(m->tables[i].key, "dane_outcomes") == 0;
		for (unsigned k = 0; words && k < m->tables[i].rows_n; k++)
			cr_expect(m->tables[i].rows[k].label.n > 0 &&
				  memchr(m->tables[i].rows[k].label.p, '_',
					 m->tables[i].rows[k].label.n) == NULL);
	}
	release(m, a);
}

Test(charts, show_what_was_counted)
{
	static const uint64_t funnel[] = {100, 90, 65, 40, 32};
	struct aggregate *a = counted();
	struct report_model *m = model_of(a);
	const struct chart *c = chart_of(m, "funnel");

	cr_assert(c != NULL && c->rows_n == 5);
	for (unsigned i = 0; i < 5; i++)
		cr_expect(c->rows[i].v[0].n == funnel[i] && c->rows[i].v[0].of == 100);
	cr_expect_not_null(strstr(c->title, "32 % of the names"), "%s", c->title);
	cr_expect_not_null(strstr(c->what, "5 of them are inconclusive"), "%s", c->what);
	c = chart_of(m, "stages");
	cr_assert_not_null(c);
	cr_expect_str_eq(c->title,
			 "25 % of policy fetches fail, most often at TLS: 75 % of the failures");
	cr_expect_eq(c->rows_n, 2, "a stage where nothing fails has no bar, nor has success");
	c = chart_of(m, "tls_reasons");
	cr_assert(c != NULL && c->rows_n == 2);
	cr_expect(c->rows[0].v[0].n == 12 && c->rows[1].v[0].n == 3, "most first");
	cr_expect_null(chart_of(m, "by_rank"), "no ranks, no chart of them");
	cr_expect_null(chart_of(m, "dane"));
	release(m, a);
}

/* Without the table that it is of there is no chart, and the others stay. */
Test(charts, are_of_tables_that_are_there)
{
	struct aggregate *a = counted();
	struct report_model *m = model_of(a);
	unsigned all = m->charts_n, gone = 0;

	for (unsigned i = 0; i < m->tables_n; i++) {
		const char *key = m->tables[i].key;
		bool had = chart_of(m, key) != NULL;
		m->tables[i].key = "";
		m->charts_n = 0;
		report_charts_make(m);
		cr_assert_not(m->failed);
		/* Two are counted without a table. */
		bool needs = strcmp(key, "funnel") != 0 && strcmp(key, "by_rank") != 0;
		cr_expect_eq(m->charts_n, all - (had && needs), "%s", key);
		gone += all - m->charts_n;
		m->tables[i].key = key;
		m->charts_n = 0;
		report_charts_make(m);
	}
	cr_expect_geq(gone, 3);
	release(m, a);
}

/* Ten bins of 100 names; the share falls, or does not. */
static void count_ranks(struct aggregate *a, bool falls)
{
	for (unsigned i = 0; i < 10; i++) {
		a->counts.rank[i][GROUP_NAMES] = a->counts.rank[i][GROUP_STS_KNOWN] = 100;
		a->counts.rank[i][GROUP_STS] = falls ? 50 - 5 * i : 20 + i % 2;
	}
	memset(a->counts.rank[4], 0, sizeof(a->counts.rank[4]));
}

Test(charts, ranks_are_a_trend_only_when_they_are)
{
	for (unsigned falls = 0; falls < 2; falls++) {
		struct aggregate *a = counted();
		count_ranks(a, falls);
		struct report_model *m = model_of(a);
		const struct chart *c = chart_of(m, "by_rank");
		cr_assert(c != NULL && c->rows_n == 10);
		cr_expect_eq(c->rows[4].v[0].of, 0, "a bin without names keeps its place");
		cr_expect_not_null(
			strstr(c->title, falls ? "falls from 50 %" : "does not differ measurably"),
			"%s", c->title);
		release(m, a);
	}
}

/* n of 100 names under each TLD, and 50 under the last one. */
static const char *tlds_title(const uint64_t sts[3], struct report_model **m, struct aggregate *a)
{
	static const char *const names[] = {"aa", "bb", "cc"};

	for (unsigned i = 0; i < 3; i++) {
		uint64_t v[GROUP_N] = {0};
		v[GROUP_NAMES] = v[GROUP_STS_KNOWN] = v[GROUP_TLSRPT_KNOWN] = 100;
		v[GROUP_STS] = sts[i];
		cr_assert_eq(tally_add(&a->tld, span_str(names[i]), v), 0);
	}
	*m = model_of(a);
	const struct chart *c = chart_of(*m, "by_tld");
	cr_assert(c != NULL && c->rows_n == 3);
	return c->title;
}

/* The few names of the one let it be rounded to 2 %, which the other is above. */
Test(charts, a_range_is_as_fine_at_both_ends)
{
	static const struct {
		const char *tld;
		uint64_t n, of;
	} rows[] = {{"aa", 17, 1000}, {"bb", 5, 210}};
	struct aggregate *a = counted();

	for (unsigned i = 0; i < 2; i++) {
		uint64_t v[GROUP_N] = {0};
		v[GROUP_NAMES] = v[GROUP_STS_KNOWN] = v[GROUP_TLSRPT_KNOWN] = rows[i].of;
		v[GROUP_STS] = rows[i].n;
		cr_assert_eq(tally_add(&a->tld, span_str(rows[i].tld), v), 0);
	}
	struct report_model *m = model_of(a);
	const struct chart *c = chart_of(m, "by_tld");
	cr_assert(c != NULL && strstr(c->title, ": 1.7 % to 2.4 %") != NULL, "%s",
		  c != NULL ? c->title : "none");
	release(m, a);
}

Test(charts, groups_differ_only_when_their_intervals_do_not_overlap)
{
	static const struct {
		uint64_t sts[3];
		const char *title;
	} rows[] = {{{34, 33, 30},
		     "does not differ measurably between the largest top-level domains: "
		     "30 % to 34 %"},
		    {{34, 33, 5}, "MTA-STS is more frequent under .aa (34 %) than under .cc (5 %)"},
		    {{10, 60, 5}, "MTA-STS is most frequent under .bb: 60 %"}};

	for (unsigned i = 0; i < 3; i++) {
		struct aggregate *a = counted();
		struct report_model *m = NULL;
		const char *title = tlds_title(rows[i].sts, &m, a);
		cr_expect_not_null(strstr(title, rows[i].title), "%s", title);
		release(m, a);
	}
}

Test(charts, parts_lead_only_when_they_do)
{
	static const struct {
		uint64_t parts[3], whole;
		unsigned first, second;
		bool clear;
	} rows[] = {{{12, 3, 0}, 15, 0, 1, true},  {{6, 4, 5}, 15, 0, 2, false},
		    {{1, 90, 9}, 100, 1, 2, true}, {{0, 0, 2}, 2, 2, 0, true},
		    {{0, 0, 0}, 0, 0, 1, false},   {{5, 5, 5}, 15, 0, 1, false}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report_leaders lead = report_leaders(rows[i].parts, 3, rows[i].whole);
		cr_expect(lead.first == rows[i].first && lead.second == rows[i].second &&
				  lead.clear == rows[i].clear,
			  "%u: %u %u %d", i, lead.first, lead.second, lead.clear);
	}
	struct aggregate *a = counted();
	a->counts.tls_reason[FACTS_ENTITY_SELF][TLS_EXPIRED] = 8;
	a->counts.tls_reason[FACTS_ENTITY_SELF][TLS_SELF_SIGNED] = 7;
	a->counts.stage[FACTS_ENTITY_PROVIDER][STAGE_HTTP] = 12;
	struct report_model *m = model_of(a);
	cr_expect_str_eq(
		chart_of(m, "tls_reasons")->title,
		"No TLS failure is measurably the most frequent: certificate expired 53 %, "
		"self-signed certificate 47 %");
	cr_expect_not_null(strstr(chart_of(m, "stages")->title, "at no stage measurably"), "%s",
			   chart_of(m, "stages")->title);
	cr_expect_not_null(strstr(m->story[2].text, "No stage fails measurably more often than all "
						    "others: TLS 56 %, HTTP 44 % of the failures. "
						    "No TLS failure is measurably the most "
						    "frequent one: certificate expired 8, "
						    "self-signed certificate 7 of 15."),
			   "%s", m->story[2].text);
	release(m, a);
}

/* ---- drawing ----------------------------------------------------------------------------- */

struct drawn {
	double bars[64], bottom;
	unsigned bars_n, marks, rims; /* intervals' strokes, and those of paper below them */
	double ends[64];	      /* where intervals end */
	unsigned ends_n, arrows;
	char words[8192];
};

static void draw_rect(struct canvas *c, enum ink ink, double x, double y, double w, double h)
{
	struct drawn *d = c->paper;

	cr_expect(x >= 0 && x + w <= CHART_WIDTH, "%g to %g", x, x + w);
	if (ink == INK_FIRST && d->bars_n < 64)
		d->bars[d->bars_n++] = w;
	d->bottom = fmax(d->bottom, y + h);
}

static void draw_path(struct canvas *c, enum ink ink, double width, bool dashed,
		      const struct canvas_point *p, size_t n)
{
	struct drawn *d = c->paper;

	(void)dashed;
	d->rims += ink == INK_PAPER && width > 2 && d->marks % 3 == 0;
	d->marks += ink == INK_MARK;
	if (ink == INK_MARK && n == 2 && p[0].y == p[1].y && d->ends_n < 64)
		d->ends[d->ends_n++] = p[1].x;
	d->arrows += ink == INK_MARK && n == 3 && (p[0].x != p[1].x || p[2].x != p[1].x);
	for (size_t i = 0; i < n; i++) {
		cr_expect(p[i].x >= 0 && p[i].x <= CHART_WIDTH && isfinite(p[i].y), "%g %g", p[i].x,
			  p[i].y);
		d->bottom = fmax(d->bottom, p[i].y);
	}
}

static void draw_text(struct canvas *c, const struct canvas_text *how, struct span text)
{
	struct drawn *d = c->paper;
	size_t at = strlen(d->words);

	cr_expect(how->x >= 0 && how->x <= CHART_WIDTH);
	snprintf(d->words + at, sizeof(d->words) - at, "%.*s|", (int)text.n, text.p);
	d->bottom = fmax(d->bottom, how->y);
}

static void drawn_of(const struct chart *c, struct drawn *d)
{
	struct canvas on = {.rect = draw_rect, .path = draw_path, .text = draw_text, .paper = d};

	memset(d, 0, sizeof(*d));
	chart_draw(c, &on, 0);
	cr_expect_leq(d->bottom, chart_height(c), "%s needs more than it says", c->key);
}

Test(charts, every_word_and_no_more_than_the_paper)
{
	static struct drawn d;
	static struct chart c = {.key = "x", .series_n = 1, .rows_n = 3};

	c.rows[0] = (struct chart_row){
		SPAN_LIT("a label that is so long that it takes more than a single line, of which "
			 "every word has to be there in the end, to the very last"),
		{{1, 2}},
		false};
	c.rows[1] = (struct chart_row){SPAN_LIT("half of it"), {{1, 4}}, false};
	c.rows[2] = (struct chart_row){SPAN_LIT("not asked"), {{0, 0}}, false};
	drawn_of(&c, &d);
	cr_expect_not_null(strstr(d.words, "to the very last"), "%s", d.words);
	cr_expect_not_null(strstr(d.words, "50 % (1)"), "%s", d.words);
	cr_expect_not_null(strstr(d.words, "not known"), "%s", d.words);
	cr_assert_eq(d.bars_n, 2, "what is not known has no bar");
	cr_expect(d.marks == 6 && d.rims == 6, "every interval has ends, and a rim of paper below");
	cr_expect_float_eq(d.bars[0], 2 * d.bars[1], 1e-9, "bars are on one scale");
	c.rows[0].v[0] = (struct chart_share){UINT64_MAX / 2, UINT64_MAX / 2};
	c.rows[1].v[0] = (struct chart_share){0, 1};
	drawn_of(&c, &d);
	cr_expect_not_null(strstr(d.words, "100 %"), "%s", d.words);
	c.kind = CHART_LINES;
	c.x_title = c.y_title = "t";
	drawn_of(&c, &d);
	c.rows_n = 1;
	c.rows[0].v[0] = (struct chart_share){0, 1000000000};
	drawn_of(&c, &d);
}

/* Ends of intervals where they are; one that leaves the axis ends in an arrow, and no other. */
Test(charts, intervals_are_drawn_to_their_ends)
{
	static const struct {
		struct chart_share first, second;
		unsigned arrows;
	} rows[] = {{{5, 10}, {1, 10}, 0},   {{1, 1}, {0, 1}, 0},    {{30, 1000}, {1, 5}, 1},
		    {{30, 1000}, {0, 5}, 1}, {{3, 1000}, {0, 7}, 2}, {{1, 4}, {0, 0}, 0}};
	static struct drawn d;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct chart c = {.key = "x", .series_n = 1, .rows_n = 2};
		double low, high;
		c.rows[0] = (struct chart_row){SPAN_LIT("a"), {rows[i].first}, false};
		c.rows[1] = (struct chart_row){SPAN_LIT("b"), {rows[i].second}, false};
		c.kind = CHART_BARS;
		drawn_of(&c, &d);
		cr_expect_eq(d.arrows, rows[i].arrows, "%u: %u", i, d.arrows);
		report_wilson(rows[i].first.n, rows[i].first.of, &low, &high);
		double share = (double)rows[i].first.n / (double)rows[i].first.of;
		if (rows[i].arrows == 0)
			cr_expect_float_eq(d.ends[0] / d.bars[0], high / share, 1e-6, "%u: %g", i,
					   d.ends[0]);
		c.kind = CHART_LINES;
		c.x_title = c.y_title = "t";
		drawn_of(&c, &d);
		cr_expect_eq(d.arrows, rows[i].arrows, "%u as lines: %u", i, d.arrows);
	}
}

/* A title that wraps: never between a number and its sign. */
Test(charts, numbers_keep_their_sign)
{
	static struct drawn d;
	char text[128] = "";
	struct canvas on = {.text = draw_text, .paper = &d};

	for (unsigned i = 0; i < 70; i++) {
		memset(&d, 0, sizeof(d));
		snprintf(
			text, sizeof(text), "%.*s 26.6 %% of them all", (int)i,
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		chart_paragraph(&on, &(struct canvas_text){.size = 12}, span_str(text));
		cr_expect_null(strstr(d.words, "|%"), "%s", d.words);
	}
}

Test(charts, of_a_report_fit)
{
	static struct drawn d;
	struct aggregate *a = counted();

	count_ranks(a, true);
	struct report_model *m = model_of(a);
	cr_assert_geq(m->charts_n, 4);
	for (unsigned i = 0; i < m->charts_n; i++)
		drawn_of(&m->charts[i], &d);
	release(m, a);
}

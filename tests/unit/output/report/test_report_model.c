/* What a report's sentences rest on: who leads, what is complete, what is shown. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"

/* Against the definition, for all small counts: no other part is larger, none but the first is
 * larger than the second, and the earlier of equal ones stands first. */
Test(report_model, leaders)
{
	for (unsigned v = 0; v < 4 * 4 * 4 * 4; v++) {
		const uint64_t parts[4] = {v & 3, v >> 2 & 3, v >> 4 & 3, v >> 6};
		for (unsigned n = 1; n <= 4; n++) {
			struct report_leaders lead = report_leaders(parts, n, 12);
			cr_assert(lead.first < n && lead.second < n);
			cr_assert(n == 1 || lead.first != lead.second);
			for (unsigned i = 0; i < n; i++) {
				cr_assert_leq(parts[i], parts[lead.first]);
				cr_assert(i == lead.first || parts[i] <= parts[lead.second]);
				cr_assert(i >= lead.first || parts[i] < parts[lead.first]);
			}
			cr_assert_eq(lead.clear,
				     n > 1 && parts[lead.first] > 0 && parts[lead.second] == 0,
				     "%u of %u", v, n);
		}
	}
	/* What is more than the whole leads nothing: such counts are no parts of it. */
	cr_expect_not(report_leaders((const uint64_t[]){1, 90}, 2, 89).clear);
	cr_expect_not(report_leaders((const uint64_t[]){90, 1}, 2, 89).clear);
	cr_expect(report_leaders((const uint64_t[]){90, 1}, 2, 90).clear);
}

/* The bound is where a share differs from what was seen by 1.96 of its own standard errors. */
Test(report_model, intervals)
{
	for (uint64_t of = 1; of < 3000; of = of * 2 + 1) {
		for (uint64_t n = 0; n <= of; n += 1 + of / 20) {
			double ends[2], seen = (double)n / (double)of;
			report_wilson(n, of, &ends[0], &ends[1]);
			cr_assert(ends[0] >= 0 && ends[0] <= seen && seen <= ends[1] &&
				  ends[1] <= 1);
			cr_assert_eq(ends[0] == 0, n == 0);
			cr_assert_eq(ends[1] == 1, n == of);
			for (unsigned i = 0; i < 2; i++) {
				double p = ends[i], error = sqrt(p * (1 - p) / (double)of);
				if (p > 0 && p < 1)
					cr_assert_float_eq(fabs(seen - p) / error, 1.959964, 1e-5);
			}
		}
	}
	const struct chart_share none = {0, 0}, low = {5, 100}, high = {30, 100}, mid = {12, 100};
	cr_expect(report_above(&high, &low) && !report_above(&low, &high));
	cr_expect(!report_above(&mid, &low) && !report_above(&low, &mid));
	cr_expect(!report_above(&none, &low) && !report_above(&high, &none));
}

Test(report_model, when)
{
	struct runinfo runs[2] = {{.started_at_ms = 5, .ended_at_ms = 9}};
	const struct runinfo *v[2] = {&runs[0], &runs[1]};
	struct report_meta meta = {.runs = v, .runs_n = 1};
	int64_t first = 0, last = 0;

	cr_expect(report_when(&meta, &first, &last) && first == 5 && last == 9);
	runs[1] = (struct runinfo){.started_at_ms = 3, .ended_at_ms = 8};
	meta.runs_n = 2;
	cr_expect(report_when(&meta, &first, &last) && first == 3 && last == 9);
	runs[1] = (struct runinfo){.started_at_ms = 6, .ended_at_ms = 10};
	cr_expect(report_when(&meta, &first, &last) && first == 5 && last == 10);
	runs[1].started_at_ms = 0;
	cr_expect_not(report_when(&meta, &first, &last));
	meta.runs_n = 1;
	runs[0].ended_at_ms = 5;
	cr_expect(report_when(&meta, &first, &last) && last == 5);
	runs[0].ended_at_ms = 4;
	cr_expect_not(report_when(&meta, &first, &last), "it is still going on");
	meta.runs_n = 0;
	cr_expect_not(report_when(&meta, &first, &last));
}

Test(report_model, complete)
{
	struct runinfo runs[2] = {{.completed = true}, {.completed = true}};
	const struct runinfo *v[2] = {&runs[0], &runs[1]};
	struct report_meta meta = {.runs = v, .runs_n = 2};
	struct report_model m = {.meta = &meta, .records = 3, .expected = 3};

	cr_expect(report_complete(&m));
	m.records = 2;
	cr_expect_not(report_complete(&m));
	m.records = 4;
	cr_expect_not(report_complete(&m));
	m.records = 3;
	meta.damaged = 1;
	cr_expect_not(report_complete(&m));
	meta.damaged = 0;
	meta.shards_missing = 1;
	cr_expect_not(report_complete(&m));
	meta.shards_missing = 0;
	meta.shards_doubled = 1;
	cr_expect_not(report_complete(&m));
	meta.shards_doubled = 0;
	runs[1].completed = false;
	cr_expect_not(report_complete(&m));
	meta.runs_n = 1;
	cr_expect(report_complete(&m));
	meta.runs_n = 0;
	cr_expect_not(report_complete(&m), "of no run nothing is known");
}

/* Keys from outside are in rows of their own with five names or more; the rest is in one. */
Test(report_model, top)
{
	static struct tally_row rows[REPORT_TOP_MAX];
	struct tally_row others;
	struct report_table t = {.key = "x"};
	struct tally tally;
	const uint64_t one = 1;

	tally_init(&tally, 1, 64);
	for (unsigned n = 3; n < 8; n++)
		for (unsigned i = 0; i < n; i++)
			cr_assert_eq(tally_add(&tally, span_of(&"abcdefgh"[n], 1), &one), 0);
	cr_assert_eq(report_top(&t, &tally, rows, 10, &others), 3);
	cr_expect(rows[0].v[0] == 7 && rows[1].v[0] == 6 && rows[2].v[0] == 5);
	cr_expect(others.v[0] == 7 && others.key.p == NULL);
	cr_expect(t.bounded && t.keys == 5 && t.error == 0);
	cr_assert_eq(report_top(&t, &tally, rows, 2, &others), 2);
	cr_expect_eq(others.v[0], 12);
	cr_assert_eq(report_top(&t, &tally, rows, 0, &others), 0);
	cr_expect_eq(others.v[0], 25);
	tally_release(&tally);
}

Test(report_model, what_is_shown)
{
	static struct report_model m;
	struct aggregate *a = aggregate_new();
	const struct report_meta meta = {.runs_n = 0};

	cr_assert_eq(report_model_init(&m, a, &meta), 0);
	report_section(&m, "s", "S", "");
	struct report_table *t = report_table(&m, "t", "T", "k", NULL);
	report_column(t, "a", "a", CELL_COUNT);
	report_column(t, "b", "b", CELL_SHARE);
	cr_expect(report_table_empty(t));
	for (unsigned i = 0; i < 40; i++)
		report_row_text(&m, t, i == 20 ? "twenty" : "other", i == 20 ? "20: a" : "x");
	cr_expect_eq(t->rows_n, 40);
	cr_expect(report_table_empty(t));
	cr_expect(span_eq(report_word(&m, "t", "twenty"), SPAN_LIT("20")));
	cr_expect(span_eq(report_word(&m, "t", "other"), SPAN_LIT("x")));
	cr_expect(span_eq(report_word(&m, "t", "none"), SPAN_LIT("none")));
	cr_expect(span_eq(report_word(&m, "u", "twenty"), SPAN_LIT("twenty")));
	cr_expect_eq(report_model_table(&m, "t"), t);
	cr_expect_null(report_model_table(&m, "u"));
	cr_expect(report_row_shown(t, 39), "a table has all of its rows");
	t->sparse = true;
	cr_expect_not(report_row_shown(t, 39), "but one that is sparse");
	t->rows[39].cells[1].of = 1;
	cr_expect_not(report_row_shown(t, 39));
	cr_expect_not(report_table_empty(t), "none of one is a number, too");
	t->rows[39].cells[1].of = 0;
	t->rows[39].cells[1].n = 1;
	cr_expect(report_row_shown(t, 39));
	cr_expect_not(report_table_empty(t));
	report_model_release(&m);
	aggregate_free(a);
}

/* The report: shards, completeness, intervals, and hostile text in all three renderings. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "output/aggregate/aggregate_data.h"
#include "output/report/html.h"
#include "output/report/report_model.h"
#include "tests/support/sample.h"

static void aggregate_rows_of(struct aggregate *a, uint64_t from, uint64_t to, uint64_t step,
			      unsigned adopters)
{
	static struct facts f;
	struct arena arena;
	struct record r;
	cr_assert_eq(arena_init(&arena, 65536, 1u << 22), 0);
	for (uint64_t line = from; line < to; line += step) {
		arena_reset(&arena);
		sample_record(&r, &arena, 21, line, adopters);
		facts_from_record(&r, &f);
		cr_assert_eq(aggregate_add(a, &f), 0);
	}
	arena_release(&arena);
}

static struct aggregate *aggregate_of(uint64_t from, uint64_t to, uint64_t step, unsigned adopters)
{
	struct aggregate *a = aggregate_new();
	aggregate_rows_of(a, from, to, step, adopters);
	return a;
}

typedef int printer(FILE *, const struct aggregate *, const struct report_meta *);

static char *printed(printer *print, const struct aggregate *a, const struct report_meta *meta)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	cr_assert_eq(print(out, a, meta), 0);
	fclose(out);
	return text;
}

static const struct report_meta *meta_of(struct runinfo *run, uint64_t names)
{
	static const struct runinfo *runs[1];
	static struct report_meta meta;
	*run = (struct runinfo){.version = "0.1.0",
				.vantage = "host<script>",
				.shard = 1,
				.shards = 1,
				.completed = true,
				.started_at_ms = 1790000000000,
				.ended_at_ms = 1790000100000};
	run->totals.lines = names + 3;
	run->totals.comments = 3;
	runs[0] = run;
	meta = (struct report_meta){.runs = runs, .runs_n = 1};
	return &meta;
}

Test(report, four_shards_are_the_whole_in_any_order)
{
	printer *const printers[] = {report_json, report_text, report_html};
	struct runinfo run;
	const struct report_meta *meta = meta_of(&run, 40000);
	struct aggregate *whole = aggregate_of(1, 40001, 1, 300), *merged = aggregate_new();
	for (unsigned k = 4; k >= 1; k--)
		aggregate_rows_of(merged, k, 40001, 4, 300);
	cr_assert_eq(merged->counts.rows, 40000);
	for (unsigned i = 0; i < 3; i++) {
		char *a = printed(printers[i], whole, meta),
		     *b = printed(printers[i], merged, meta);
		cr_assert_str_eq(a, b);
		cr_assert_gt(strlen(a), 5000);
		free(a);
		free(b);
	}
	aggregate_free(whole);
	aggregate_free(merged);
}

static json_t *report_of(const struct aggregate *a, const struct report_meta *meta)
{
	json_error_t error;
	char *text = printed(report_json, a, meta);
	json_t *v = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(v, "%s, line %d", error.text, error.line);
	free(text);
	return v;
}

static void check_share(json_t *share)
{
	json_int_t n = json_integer_value(json_object_get(share, "n"));
	json_int_t of = json_integer_value(json_object_get(share, "of"));
	cr_assert_leq(n, of);
	if (of == 0) {
		cr_assert(json_is_null(json_object_get(share, "share")));
		return;
	}
	double v = json_real_value(json_object_get(share, "share"));
	cr_assert_float_eq(v, (double)n / (double)of, 1e-8);
	cr_assert_leq(json_real_value(json_object_get(share, "low")), v + 1e-8);
	cr_assert_geq(json_real_value(json_object_get(share, "high")), v - 1e-8);
}

/* Every share of every table has a numerator that is a part of its denominator. */
static void check_shares(json_t *v)
{
	const char *key;
	json_t *e;
	size_t i;
	if (json_is_object(v) && json_object_get(v, "share") != NULL) {
		check_share(v);
		return;
	}
	if (json_is_object(v))
		json_object_foreach(v, key, e) check_shares(e);
	json_array_foreach(v, i, e) check_shares(e);
}

Test(report, shares_are_parts_of_their_denominators)
{
	struct runinfo run;
	struct aggregate *a = aggregate_of(1, 20001, 1, 400);
	json_t *v = report_of(a, meta_of(&run, 20000));
	check_shares(v);
	cr_assert(json_is_true(json_object_get(v, "complete")));
	json_decref(v);
	v = report_of(a, meta_of(&run, 20001));
	cr_assert(json_is_false(json_object_get(v, "complete")), "a record is missing");
	json_decref(v);
	aggregate_free(a);
}

Test(report, an_empty_run)
{
	struct runinfo run;
	const struct report_meta *meta = meta_of(&run, 0);
	struct aggregate *a = aggregate_new();
	json_t *v = report_of(a, meta);
	check_shares(v);
	json_decref(v);
	free(printed(report_text, a, meta));
	free(printed(report_html, a, meta));
	aggregate_free(a);
}

Test(report, text_from_strangers_is_harmless)
{
	static const char hostile[] = "<script>alert(1)</script>&\"'\x1b[31m\xc2\x9b\xff";
	static struct facts f;
	struct runinfo run;
	struct record r;
	record_init(&r);
	r.line = 1;
	r.domain = SPAN_LIT("example.com");
	r.verdict = VERDICT_ENFORCE;
	r.sts.valid = true;
	r.policy.stage = STAGE_OK;
	r.policy.valid = true;
	r.policy.mode = MODE_ENFORCE;
	r.policy.http_status = 200;
	r.policy.body = SPAN_LIT("x");
	r.tag = r.provider_policy = r.policy.content_type = r.policy.cert_issuer =
		span_of(hostile, sizeof(hostile) - 1);
	facts_from_record(&r, &f);
	struct aggregate *a = aggregate_new();
	/* A key of four names could be one of them. */
	for (unsigned i = 1; i < REPORT_NAMES_MIN; i++)
		cr_assert_eq(aggregate_add(a, &f), 0);
	const struct report_meta *meta = meta_of(&run, REPORT_NAMES_MIN);
	printer *const printers[] = {report_json, report_text, report_html};
	for (unsigned i = 0; i < 3; i++) {
		char *few = printed(printers[i], a, meta);
		cr_expect_null(strstr(few, "alert(1)"));
		cr_expect_not_null(strstr(few, i == 0 ? "{\"key\": null" : "all others"));
		free(few);
	}
	cr_assert_eq(aggregate_add(a, &f), 0);
	char *html = printed(report_html, a, meta), *text = printed(report_text, a, meta);
	cr_assert_null(strstr(html, "<script"));
	cr_assert_not_null(strstr(html, "&lt;script&gt;alert(1)"));
	cr_assert_null(strchr(html, '\x1b'));
	cr_assert_null(strchr(text, '\x1b'));
	cr_assert_null(strstr(text, "\xc2\x9b"), "a C1 control");
	cr_assert_null(memchr(html, '\xff', strlen(html)));
	json_decref(report_of(a, meta));
	free(html);
	free(text);
	aggregate_free(a);
}

/* Newcombe 1998, Statistics in Medicine 17, table I, method 3. */
Test(report, wilson_intervals_as_published)
{
	static const struct {
		uint64_t n, of;
		double low, high;
	} known[] = {{81, 263, 0.2553, 0.3662},
		     {15, 148, 0.0624, 0.1605},
		     {0, 20, 0, 0.1611},
		     {1, 29, 0.0061, 0.1718}};
	for (unsigned i = 0; i < 4; i++) {
		double low, high;
		report_wilson(known[i].n, known[i].of, &low, &high);
		cr_expect_float_eq(low, known[i].low, 5e-5, "%g", low);
		cr_expect_float_eq(high, known[i].high, 5e-5, "%g", high);
	}
	double low, high;
	report_wilson(29, 29, &low, &high);
	cr_expect_eq(high, 1);
}

Test(report, text_is_80_columns_wide)
{
	struct runinfo run;
	struct aggregate *a = aggregate_of(1, 20001, 1, 400);
	char *text = printed(report_text, a, meta_of(&run, 20000)), *save = NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t width = 0;
		for (const char *p = line; *p; p++)
			width += (*p & 0xc0) != 0x80;
		cr_expect_leq(width, 80, "%zu: %s", width, line);
	}
	free(text);
	aggregate_free(a);
}

/* A browser breaks no line between a number and its sign; text of others stays as it is. */
Test(report, a_percentage_is_one_word_of_a_page)
{
	static const struct {
		const char *text, *want;
	} rows[] = {{"26.6 % of 9 names", "26.6&nbsp;% of 9 names"},
		    {" % a % 1%", " % a % 1%"},
		    {"1 %, 2 %", "1&nbsp;%, 2&nbsp;%"},
		    {"", ""}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = NULL;
		size_t n;
		FILE *out = open_memstream(&text, &n);
		html_str(out, rows[i].text);
		fclose(out);
		cr_expect_str_eq(text, rows[i].want);
		free(text);
	}
}

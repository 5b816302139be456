/*
 * test_chart.c - charts to the stroke: every rectangle, line and word of charts of each kind, in a
 * golden file; how far axes go; where lines of words break.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "output/report/chart.h"
#include "tests/support/golden.h"

static const char *const inks[] = {"text",   "soft", "grid", "first",
				   "second", "band", "mark", "paper"};
_Static_assert(sizeof(inks) / sizeof(inks[0]) == ink_count, "each ink has a word");

static void draw_rect(struct canvas *c, enum ink ink, double x, double y, double w, double h)
{
	fprintf(c->paper, "rect %s %.2f,%.2f %.2fx%.2f\n", inks[ink], x, y, w, h);
}

static void draw_path(struct canvas *c, enum ink ink, double width, bool dashed,
		      const struct canvas_point *p, size_t n)
{
	fprintf(c->paper, "path %s %.2f%s", inks[ink], width, dashed ? " dashed" : "");
	for (size_t i = 0; i < n; i++)
		fprintf(c->paper, " %.2f,%.2f", p[i].x, p[i].y);
	fputc('\n', c->paper);
}

static void draw_text(struct canvas *c, const struct canvas_text *how, struct span text)
{
	static const char *const anchors[] = {"from", "around", "up to"};

	fprintf(c->paper, "text %s %.2f%s %s %.2f,%.2f: %.*s\n", inks[how->ink], how->size,
		how->bold ? " bold" : "", anchors[how->anchor], how->x, how->y, (int)text.n,
		text.p);
}

static void draw(FILE *out, const char *what, const struct chart *c)
{
	struct canvas on = {draw_rect, draw_path, draw_text, out};

	fprintf(out, "== %s, %.2f high\n", what, chart_height(c));
	chart_draw(c, &on, 7);
}

static void row(struct chart *c, const char *label, struct chart_share first,
		struct chart_share second)
{
	c->rows[c->rows_n++] = (struct chart_row){.label = span_str(label), .v = {first, second}};
}

static struct chart chart(enum chart_kind kind, unsigned series_n)
{
	return (struct chart){.key = "key",
			      .kind = kind,
			      .title = "A title",
			      .what = "What is measured",
			      .x_title = "rank",
			      .y_title = "share",
			      .series_n = series_n,
			      .series = {"of one kind", "Zo\u00eb's kind"}};
}

/* Shares that are small, large, of few and of many, and not known. */
static void fill(struct chart *c)
{
	row(c, "first", (struct chart_share){300, 1000}, (struct chart_share){15, 1000});
	row(c,
	    "one whose label takes more than a single line of the paper, because it has so much to "
	    "say of what it is about",
	    (struct chart_share){1, 3}, (struct chart_share){0, 0});
	row(c, "none", (struct chart_share){0, 500}, (struct chart_share){5, 5});
	row(c, "not known", (struct chart_share){0, 0}, (struct chart_share){1234567, 12345678});
	row(c, "few", (struct chart_share){1, 4}, (struct chart_share){0, 2});
}

Test(chart, every_stroke)
{
	struct golden g;
	FILE *out = golden_begin(&g, "charts/drawn.txt");

	for (unsigned series = 1; series <= CHART_SERIES; series++)
		for (unsigned lines = 0; lines < 2; lines++) {
			struct chart c = chart(lines ? CHART_LINES : CHART_BARS, series);
			char what[64];
			fill(&c);
			snprintf(what, sizeof(what), "%s of %u series", lines ? "lines" : "bars",
				 series);
			draw(out, what, &c);
		}
	/* Every sixth label of an axis, and as many as there are of a short one. */
	for (unsigned n = 1; n <= 13; n += 6) {
		struct chart c = chart(CHART_LINES, 1);
		static const char *const labels[] = {"a", "b", "c", "d", "e", "f", "g",
						     "h", "i", "j", "k", "l", "m"};
		for (unsigned i = 0; i < n; i++)
			row(&c, labels[i], (struct chart_share){i, 100}, (struct chart_share){0});
		draw(out, "an axis", &c);
	}
	/* Intervals that go on past the axis. */
	for (unsigned lines = 0; lines < 2; lines++) {
		struct chart c = chart(lines ? CHART_LINES : CHART_BARS, 2);
		row(&c, "many", (struct chart_share){30, 1000}, (struct chart_share){29, 1000});
		row(&c, "few", (struct chart_share){0, 7}, (struct chart_share){0, 5});
		draw(out, "past the axis", &c);
	}
	struct chart nothing = chart(CHART_LINES, 2);
	row(&nothing, "a", (struct chart_share){0, 0}, (struct chart_share){0, 0});
	draw(out, "nothing known", &nothing);
	golden_end(&g);
}

/* Titles of axes by what they are: at most five steps of 1, 2 or 5, the last above the share. */
static double last_tick(const char *said, unsigned *steps)
{
	const char *at = said;
	double tick = 0;

	*steps = 0;
	while ((at = strstr(at, "text soft 10.50 ")) != NULL) {
		const char *text = strstr(at, ": ") + 2;
		char *end;
		double value = strtod(text, &end);
		if (end != text && end[0] == ' ' && end[1] == '%') {
			*steps += value > 0;
			tick = fmax(tick, value);
		}
		at = text;
	}
	return tick / 100;
}

Test(chart, axes_have_round_ends)
{
	unsigned met[6] = {0}, beyond = 0;

	for (unsigned of = 1; of <= 100000; of *= 10)
		for (unsigned n = 0; n <= of; n += of / 20 + 1) {
			struct chart c = chart(CHART_BARS, 1);
			char *said;
			size_t size;
			unsigned steps;
			row(&c, "a", (struct chart_share){n, of}, (struct chart_share){0});
			FILE *out = open_memstream(&said, &size);
			cr_assert_not_null(out);
			draw(out, "x", &c);
			cr_assert_eq(fclose(out), 0);
			double top = last_tick(said, &steps), share = (double)n / of;
			cr_assert(steps >= 3 && steps <= 5, "%u of %u: %u", n, of, steps);
			cr_expect(top >= share - 1e-9 && top <= 1, "%u of %u: %g", n, of, top);
			/* A step more than is needed would be wasted. */
			double step = top / steps;
			cr_expect(share == 0 || top - step < 2.5 * share, "%u of %u: %g", n, of,
				  top);
			double lead = 100 * step / pow(10, floor(log10(100 * step) + 1e-9));
			cr_expect(fabs(lead - 1) < 1e-6 || fabs(lead - 2) < 1e-6 ||
					  fabs(lead - 5) < 1e-6 || top == 1,
				  "%u of %u: %g", n, of, step);
			met[steps]++;
			beyond += strstr(said, "path mark") != NULL;
			free(said);
		}
	cr_expect(met[3] > 0 && met[4] > 0 && met[5] > 0 && beyond > 0);
}

Test(chart, cover)
{
	static const struct {
		double share, high, cover;
	} cases[] = {
		{0, 0, 0.01},	  {0, 0.009, 0.01},	 {0, 0.4, 0.4},	  {0.2, 0.3, 0.3},
		{0.2, 0.5, 0.5},  {0.2, 0.51, 0.5},	 {0.2, 0.1, 0.2}, {1, 1, 1},
		{0.01, 1, 0.025}, {0.001, 0.002, 0.002},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_float_eq(chart_cover(cases[i].share, cases[i].high), cases[i].cover,
				   1e-12, "%g %g", cases[i].share, cases[i].high);
}

/* Words in lines: as many as fit, every one of them, and a character of two bytes is one. */
Test(chart, paragraphs_break_between_words)
{
	static const struct {
		double x, size;
		bool bold;
		unsigned glyphs; /* worked out by hand: room / (size * width of a glyph) */
	} ways[] = {
		{0, 100, false, 7}, {0, 100, true, 6}, {200, 100, false, 4}, {0, 40, false, 19}};
	static const char *const lines[][5] = {
		{"a bb cc", "e", "dddddddddd"},
		{"a bb", "cc e", "dddddddddd"},
		{"a bb", "cc e", "dddddddddd"},
		{"a bb cc e", "dddddddddd"},
	};
	static const char *const wide[][5] = {
		{"\u00e4\u00e4\u00e4 bbb", "cc"},
		{"\u00e4\u00e4\u00e4", "bbb cc"},
		{"\u00e4\u00e4\u00e4", "bbb", "cc"},
		{"\u00e4\u00e4\u00e4 bbb cc"},
	};

	for (size_t i = 0; i < 2 * sizeof(ways) / sizeof(ways[0]); i++) {
		const size_t way = i / 2;
		const char *const *want = i % 2 ? wide[way] : lines[way];
		struct span text =
			span_str(i % 2 ? "\u00e4\u00e4\u00e4 bbb cc" : "a bb cc e dddddddddd");
		struct canvas_text how = {
			.x = ways[way].x, .y = 3, .size = ways[way].size, .bold = ways[way].bold};
		char *said, all[1024] = "";
		size_t size, n = 0;
		double y = 3;
		for (; n < 5 && want[n] != NULL; n++) {
			size_t at = strlen(all);
			y += how.size * 1.25;
			snprintf(all + at, sizeof(all) - at,
				 "text text %.2f%s from %.2f,%.2f: %s\n", how.size,
				 how.bold ? " bold" : "", how.x, y, want[n]);
		}
		FILE *out = open_memstream(&said, &size);
		cr_assert_not_null(out);
		struct canvas on = {.text = draw_text, .paper = out};
		const double drawn = chart_paragraph(&on, &how, text);
		const double alone = chart_paragraph(NULL, &how, text);
		cr_expect(drawn == y && alone == y, "%g, %g for %g", drawn, alone, y);
		cr_assert_eq(fclose(out), 0);
		cr_expect_str_eq(said, all);
		free(said);
	}
}

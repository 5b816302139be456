/* chart.c - see chart.h. */
#include "output/report/chart.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/report/report_model.h"
#include "output/text/number.h"
#include "output/text/plain.h"

#define SIZE 12.0	/* of words */
#define SIZE_SMALL 10.5 /* of ticks and counts */
#define GLYPH 0.56	/* width of a glyph in sizes; no font is wider over a line of words */
#define GLYPH_BOLD 0.66
#define LEADING 1.25
#define VALUE_ROOM 118.0 /* "12.3 % (1,234,567)" behind the longest bar */
#define BAR 10.0
#define CAP 2.6	  /* half the length of an interval's end */
#define LEFT 46.0 /* of a line chart */
#define PLOT 190.0
#define TICKS_MAX 5
#define SQUASHED 2.5 /* of the largest share: an axis that is longer leaves bars too short */
#define ARROW 8.0    /* past the axis, where an interval goes on */

/* ---- words ------------------------------------------------------------------------------- */

static unsigned glyphs(struct span s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* The longest beginning of s that fits, up to a blank; a word longer than a line is a line. */
static struct span fitting(struct span s, unsigned most)
{
	size_t good = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && !plain_breaks(s, i))
			continue;
		if (good > 0 && glyphs(span_of(s.p, i)) > most)
			break;
		good = i;
	}
	return span_of(s.p, good);
}

double chart_paragraph(struct canvas *on, const struct canvas_text *how, struct span text)
{
	double glyph = how->size * (how->bold ? GLYPH_BOLD : GLYPH);
	unsigned most = (unsigned)((CHART_WIDTH - how->x) / glyph);
	struct canvas_text line = *how;

	while (text.n > 0) {
		struct span part = fitting(text, most);
		assert(part.n <= text.n);
		line.y += how->size * LEADING;
		if (on != NULL)
			on->text(on, &line, part);
		size_t gone = part.n < text.n ? part.n + 1 : text.n;
		text = span_of(text.p + gone, text.n - gone);
	}
	return line.y;
}

static void say(struct canvas *on, double x, double y, enum ink ink, enum anchor anchor,
		const char *text)
{
	on->text(on,
		 &(struct canvas_text){
			 .x = x, .y = y, .size = SIZE_SMALL, .ink = ink, .anchor = anchor},
		 span_str(text));
}

/* ---- scales ------------------------------------------------------------------------------ */

struct scale {
	double top, step;
	int digits; /* of its ticks, in per cent */
};

static double ratio_of(const struct chart_share *v)
{
	return v->of > 0 ? (double)v->n / (double)v->of : 0;
}

double chart_cover(double share, double high)
{
	if (share <= 0)
		return fmax(high, 0.01);
	return fmin(fmax(share, high), SQUASHED * share);
}

/* From 0 to the first tick at or above what is to be covered; never past 100 %. */
static struct scale scale_of(const struct chart *c)
{
	double share = 0, end = 0, low, high;

	for (unsigned i = 0; i < c->rows_n; i++)
		for (unsigned k = 0; k < c->series_n; k++) {
			const struct chart_share *v = &c->rows[i].v[k];
			if (v->of == 0)
				continue;
			report_wilson(v->n, v->of, &low, &high);
			share = fmax(share, ratio_of(v));
			end = fmax(end, high);
		}
	double most = chart_cover(share, end);
	double power = pow(10, floor(log10(most / TICKS_MAX)));
	double step = power;
	for (unsigned i = 0; most / step > TICKS_MAX && i < 3; i++)
		step = power * (i == 0 ? 2 : i == 1 ? 5 : 10);
	assert(step > 0);
	struct scale s = {ceil(most / step - 1e-9) * step, step, 0};
	if (s.top > 1)
		s.top = 1;
	while (s.digits < 8 && 100 * step * pow(10, s.digits) < 0.999)
		s.digits++;
	return s;
}

/* Steps from 0 to the top. */
static unsigned ticks_of(const struct scale *s)
{
	assert(s->step > 0 && s->top >= 0);
	return (unsigned)(s->top / s->step + 0.5);
}

/* Whether a share is beyond the last tick; what is there but for rounding is not. */
static bool beyond(const struct scale *s, double share)
{
	return share > s->top * (1 + 1e-9);
}

static struct number tick_text(const struct scale *s, double v)
{
	struct number out;

	snprintf(out.s, sizeof(out.s), "%.*f %%", s->digits, 100 * v);
	return out;
}

/* ---- bars -------------------------------------------------------------------------------- */

static double bars_row_height(const struct chart *c, const struct chart_row *row)
{
	struct canvas_text how = {.size = SIZE};

	return chart_paragraph(NULL, &how, row->label) + c->series_n * (BAR + 3) + 9;
}

/*
 * An interval with its ends, on a rim of paper: on a dark bar and on a light one, and beyond it.
 * One that goes on ends in an arrow: with a cap it would pass for a narrower one.
 */
static void whisker_draw(struct canvas *on, double left, double right, double y, bool goes_on)
{
	for (unsigned rim = 2; rim-- > 0;) {
		enum ink ink = rim ? INK_PAPER : INK_MARK;
		double width = rim ? 3.4 : 1.2, cap = rim ? CAP + 1 : CAP, out = rim ? 1 : 0;
		struct canvas_point line[] = {{fmax(left - out, 0), y}, {right + out, y}};
		struct canvas_point from[] = {{left, y - cap}, {left, y + cap}};
		double back = goes_on ? right - 2 * CAP : right;
		struct canvas_point to[] = {{back, y - cap}, {right, y}, {back, y + cap}};
		on->path(on, ink, width, false, line, 2);
		on->path(on, ink, width, false, from, 2);
		on->path(on, ink, width, false, to, 3);
	}
}

static double bar_draw(const struct chart_share *v, struct canvas *on, enum ink ink,
		       const struct scale *s, double y)
{
	const double room = CHART_WIDTH - VALUE_ROOM;
	double low, high, share = ratio_of(v), end = room * share / s->top;
	char text[96];

	if (v->of == 0) {
		say(on, 4, y + BAR - 1, INK_SOFT, ANCHOR_START, "not known");
		return y + BAR + 3;
	}
	report_wilson(v->n, v->of, &low, &high);
	on->rect(on, ink, 0, y, fmax(end, 0.5), BAR);
	bool goes_on = beyond(s, high);
	double right = goes_on ? room + ARROW : room * high / s->top;
	whisker_draw(on, room * low / s->top, right, y + BAR / 2, goes_on);
	snprintf(text, sizeof(text), "%s (%s)", number_share(v->n, v->of).s,
		 number_grouped(v->n).s);
	say(on, fmax(end, right) + 5, y + BAR - 1, INK_TEXT, ANCHOR_START, text);
	return y + BAR + 3;
}

static void bars_axis(const struct scale *s, struct canvas *on, double top, double bottom)
{
	for (unsigned i = 0; i <= ticks_of(s); i++) {
		double v = i * s->step;
		double x = (CHART_WIDTH - VALUE_ROOM) * v / s->top;
		struct canvas_point grid[] = {{x, top}, {x, bottom}};
		on->path(on, INK_GRID, 1, false, grid, 2);
		say(on, x, bottom + 13, INK_SOFT, v == 0 ? ANCHOR_START : ANCHOR_MIDDLE,
		    tick_text(s, v).s);
	}
}

static void bars_draw(const struct chart *c, struct canvas *on, double y)
{
	struct scale s = scale_of(c);
	double at = y;

	for (unsigned i = 0; i < c->rows_n; i++)
		at += bars_row_height(c, &c->rows[i]);
	bars_axis(&s, on, y + 2, at);
	for (unsigned i = 0; i < c->rows_n; i++) {
		const struct chart_row *row = &c->rows[i];
		struct canvas_text how = {.y = y, .size = SIZE, .ink = INK_TEXT};
		double bar = chart_paragraph(on, &how, row->label) + 5;
		for (unsigned k = 0; k < c->series_n; k++)
			bar = bar_draw(&row->v[k], on, k == 0 ? INK_FIRST : INK_SECOND, &s, bar);
		y += bars_row_height(c, row);
	}
}

/* ---- lines ------------------------------------------------------------------------------- */

static double line_x(const struct chart *c, unsigned i)
{
	assert(i < c->rows_n);
	return LEFT + (CHART_WIDTH - LEFT - 8) * (i + 0.5) / c->rows_n;
}

static double line_y(const struct scale *s, double top, double share)
{
	return top + PLOT * (1 - fmin(share, s->top) / s->top);
}

static void lines_axes(const struct chart *c, const struct scale *s, struct canvas *on, double y)
{
	unsigned every = (c->rows_n + 5) / 6;

	say(on, 0, y - 8, INK_SOFT, ANCHOR_START, c->y_title);
	for (unsigned i = 0; i <= ticks_of(s); i++) {
		double v = i * s->step;
		double at = line_y(s, y, v);
		struct canvas_point grid[] = {{LEFT, at}, {CHART_WIDTH, at}};
		on->path(on, INK_GRID, 1, false, grid, 2);
		say(on, LEFT - 6, at + 4, INK_SOFT, ANCHOR_END, tick_text(s, v).s);
	}
	for (unsigned i = 0; i < c->rows_n; i += every)
		on->text(on,
			 &(struct canvas_text){.x = line_x(c, i),
					       .y = y + PLOT + 15,
					       .size = SIZE_SMALL,
					       .ink = INK_SOFT,
					       .anchor = ANCHOR_MIDDLE},
			 c->rows[i].label);
	say(on, CHART_WIDTH, y + PLOT + 30, INK_SOFT, ANCHOR_END, c->x_title);
}

/* Where the band is cut at the axis' end: it goes on. */
static void band_arrow(struct canvas *on, double x, double top)
{
	struct canvas_point tip[] = {{x - CAP, top + 2 * CAP}, {x, top}, {x + CAP, top + 2 * CAP}};

	on->path(on, INK_MARK, 1.2, false, tip, 3);
}

/* One series: its band, then its line. Rows where nothing is known are left out. */
static void line_draw(const struct chart *c, unsigned k, const struct scale *s, struct canvas *on,
		      double y)
{
	struct canvas_point line[CHART_ROWS_MAX], band[2 * CHART_ROWS_MAX];
	bool cut[CHART_ROWS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < c->rows_n; i++) {
		const struct chart_share *v = &c->rows[i].v[k];
		double low, high, x = line_x(c, i);
		if (v->of == 0)
			continue;
		report_wilson(v->n, v->of, &low, &high);
		cut[n] = beyond(s, high);
		line[n] = (struct canvas_point){x, line_y(s, y, ratio_of(v))};
		band[n] = (struct canvas_point){x, line_y(s, y, high)};
		band[2 * c->rows_n - 1 - n] = (struct canvas_point){x, line_y(s, y, low)};
		n++;
	}
	if (n == 0)
		return;
	memmove(band + n, band + 2 * c->rows_n - n, n * sizeof(*band));
	on->path(on, INK_BAND, 0, false, band, 2 * (size_t)n);
	on->path(on, k == 0 ? INK_FIRST : INK_SECOND, 2, k > 0, line, n);
	for (unsigned i = 0; i < n; i++)
		if (cut[i])
			band_arrow(on, line[i].x, y);
}

static void lines_draw(const struct chart *c, struct canvas *on, double y)
{
	struct scale s = scale_of(c);

	y += 22;
	lines_axes(c, &s, on, y);
	for (unsigned k = c->series_n; k-- > 0;)
		line_draw(c, k, &s, on, y);
}

/* ---- both -------------------------------------------------------------------------------- */

/* Names of the series, each behind its ink. */
static double legend_draw(const struct chart *c, struct canvas *on, double y)
{
	double x = 0;

	for (unsigned k = 0; k < c->series_n && c->series_n > 1; k++) {
		enum ink ink = k == 0 ? INK_FIRST : INK_SECOND;
		if (c->kind == CHART_BARS) {
			on->rect(on, ink, x, y + 4, BAR, BAR);
		} else {
			struct canvas_point dash[] = {{x, y + 9}, {x + 18, y + 9}};
			on->path(on, ink, 2, k > 0, dash, 2);
		}
		x += c->kind == CHART_BARS ? BAR + 5 : 23;
		say(on, x, y + 13, INK_TEXT, ANCHOR_START, c->series[k]);
		x += glyphs(span_str(c->series[k])) * SIZE_SMALL * GLYPH + 16;
	}
	return y + 20;
}

double chart_height(const struct chart *c)
{
	double h = c->series_n > 1 ? 24 : 4;

	if (c->kind == CHART_LINES)
		return h + 22 + PLOT + 36;
	for (unsigned i = 0; i < c->rows_n; i++)
		h += bars_row_height(c, &c->rows[i]);
	return h + 18;
}

void chart_draw(const struct chart *c, struct canvas *on, double y)
{
	assert(c->rows_n > 0 && c->rows_n <= CHART_ROWS_MAX);
	assert(c->series_n > 0 && c->series_n <= CHART_SERIES);
	if (c->series_n > 1)
		y = legend_draw(c, on, y) + 4;
	if (c->kind == CHART_LINES)
		lines_draw(c, on, y);
	else
		bars_draw(c, on, y + 2);
}

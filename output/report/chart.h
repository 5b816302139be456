/*
 * chart.h - a picture of shares: bars with their intervals, or lines over an ordered axis.
 *
 * A chart is data, filled in from a report's tables or by whoever else has shares. Its title is the
 * finding, its `what` says what is measured, of how many. CHART_WIDTH points wide; every word is
 * there in full: labels wrap.
 */
#ifndef MTASWEEP_CHART_H
#define MTASWEEP_CHART_H

#include <stdint.h>

#include "output/report/canvas.h"

#define CHART_WIDTH 440.0
#define CHART_SERIES 2u
#define CHART_ROWS_MAX 128u
#define CHART_BARS_MAX 12u /* rows of a bar chart; more would be a table */
#define CHART_TEXT_MAX 240

enum chart_kind { CHART_BARS, CHART_LINES };

struct chart_share {
	uint64_t n, of; /* of 0: not known, and not drawn */
};

struct chart {
	const char *key; /* of the file, and of the table that it shows */
	enum chart_kind kind;
	char title[CHART_TEXT_MAX], what[CHART_TEXT_MAX];
	bool cut;		       /* there are more rows than these */
	bool bare;		       /* ... and such in which nothing was counted */
	const char *x_title, *y_title; /* CHART_LINES: of the axes */
	unsigned series_n;
	const char *series[CHART_SERIES];
	unsigned rows_n;
	struct chart_row {
		struct span label; /* lives as long as the chart */
		struct chart_share v[CHART_SERIES];
		bool rest; /* of all that have no row of their own */
	} rows[CHART_ROWS_MAX];
};

/* How far an axis goes whose largest share is `share` and whose intervals end at `high` at most: to
 * that end, unless the shares would be too short to compare; intervals have an arrow then. */
double chart_cover(double share, double high);

/* Points that chart_draw() needs below y. */
double chart_height(const struct chart *c);
void chart_draw(const struct chart *c, struct canvas *on, double y);

/* Text in lines of at most CHART_WIDTH points, from how->y downwards; where it ends. Without a
 * canvas nothing is drawn. */
double chart_paragraph(struct canvas *on, const struct canvas_text *how, struct span text);

#endif

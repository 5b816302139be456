/*
 * canvas.h - what a chart is drawn on: rectangles, lines and words, in a plane of points with y
 * downwards.
 *
 * One drawing code, several papers: the SVG inside report.html (canvas_html.c), and stand-alone SVG
 * and PDF (canvas_cairo.c). Inks are roles; each paper has its own colours for them, that differ in
 * lightness as well as in hue.
 */
#ifndef MTASWEEP_CANVAS_H
#define MTASWEEP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "parsers/span.h"

enum ink {
	INK_TEXT,
	INK_SOFT, /* notes and ticks */
	INK_GRID,
	INK_FIRST,  /* the first series */
	INK_SECOND, /* the second one */
	INK_BAND,   /* interval of the first series' line */
	INK_MARK,   /* interval of a bar */
	INK_PAPER,  /* the ground: around a mark, which would not be seen on every bar */
	ink_count
};

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

struct canvas_point {
	double x, y;
};

struct canvas_text {
	double x, y; /* of the base line */
	double size;
	enum ink ink;
	enum anchor anchor;
	bool bold;
};

struct canvas {
	void (*rect)(struct canvas *c, enum ink ink, double x, double y, double w, double h);
	/* width 0: filled. */
	void (*path)(struct canvas *c, enum ink ink, double width, bool dashed,
		     const struct canvas_point *p, size_t n);
	void (*text)(struct canvas *c, const struct canvas_text *how, struct span text);
	void *paper; /* the implementation's */
};

/* The SVG inside a page, whose style sheet knows the classes i0, i1 ... of the inks. */
struct canvas canvas_html(FILE *out);

#endif

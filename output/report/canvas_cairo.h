/*
 * canvas_cairo.h - charts as files of their own: SVG and PDF for papers and slides, by cairo.
 *
 * cairo is optional when we are built. White ground, title and source line inside; text in SVG is
 * shapes, so that it looks the same wherever it is opened; no date of today inside, so that the
 * same records give the same files.
 */
#ifndef MTASWEEP_CANVAS_CAIRO_H
#define MTASWEEP_CANVAS_CAIRO_H

#include <stdbool.h>

#include "output/base/errmsg.h"
#include "output/report/chart.h"

/* Built with cairo. Without it canvas_cairo_write() is an error that says so. */
bool canvas_cairo_there(void);
/* dir/KEY.svg and dir/KEY.pdf; `source` is the line below the chart, `date` when the PDF says it
 * was made, "2026-11-29T20:00:00Z". 0, or -1 (err). */
int canvas_cairo_write(const char *dir, const struct chart *c, const char *source, const char *date,
		       struct errmsg *err);

#endif

/* canvas_cairo.c - see canvas_cairo.h. */
#include "output/report/canvas_cairo.h"

#ifdef MTASWEEP_CAIRO
#include <cairo-pdf.h>
#include <cairo-svg.h>

#include "output/base/outfile.h"
#include "output/text/json.h"

#define MARGIN 8.0
#define POINTS 0.75 /* PDF points a point of the chart: 342 in all, readable down to a column */
#define FONT "Helvetica"
#define FONT_TEXT_MAX 512

/* For white paper: dark blue and a light orange (Okabe, Ito 2008) stay apart in grey, too. */
static const struct {
	double r, g, b, opacity;
} inks[ink_count] = {
	[INK_TEXT] = {0.07, 0.08, 0.09, 1},   [INK_SOFT] = {0.35, 0.38, 0.41, 1},
	[INK_GRID] = {0.86, 0.87, 0.88, 1},   [INK_FIRST] = {0.04, 0.35, 0.54, 1},
	[INK_SECOND] = {0.90, 0.62, 0.10, 1}, [INK_BAND] = {0.04, 0.35, 0.54, 0.18},
	[INK_MARK] = {0.07, 0.08, 0.09, 1},   [INK_PAPER] = {1, 1, 1, 1},
};

bool canvas_cairo_there(void)
{
	return true;
}

static void use_ink(cairo_t *cr, enum ink ink)
{
	cairo_set_source_rgba(cr, inks[ink].r, inks[ink].g, inks[ink].b, inks[ink].opacity);
}

static void cairo_draw_rect(struct canvas *c, enum ink ink, double x, double y, double w, double h)
{
	use_ink(c->paper, ink);
	cairo_rectangle(c->paper, x, y, w, h);
	cairo_fill(c->paper);
}

static void cairo_draw_path(struct canvas *c, enum ink ink, double width, bool dashed,
			    const struct canvas_point *p, size_t n)
{
	static const double dashes[] = {6, 3};

	use_ink(c->paper, ink);
	cairo_new_path(c->paper); /* text leaves its end */
	for (size_t i = 0; i < n; i++)
		cairo_line_to(c->paper, p[i].x, p[i].y);
	if (width <= 0) {
		cairo_close_path(c->paper);
		cairo_fill(c->paper);
		return;
	}
	cairo_set_line_width(c->paper, width);
	cairo_set_line_join(c->paper, CAIRO_LINE_JOIN_ROUND);
	cairo_set_dash(c->paper, dashes, dashed ? 2 : 0, 0);
	cairo_stroke(c->paper);
}

static void cairo_draw_text(struct canvas *c, const struct canvas_text *how, struct span text)
{
	char clean[3 * FONT_TEXT_MAX + 1];
	cairo_text_extents_t extents;
	double x = how->x;
	struct span some = span_of(text.p, text.n < FONT_TEXT_MAX ? text.n : FONT_TEXT_MAX);

	clean[json_clean(some, clean)] = '\0';
	for (char *p = clean; *p != '\0'; p++)
		*p = (unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p;
	cairo_select_font_face(c->paper, FONT, CAIRO_FONT_SLANT_NORMAL,
			       how->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(c->paper, how->size);
	cairo_text_extents(c->paper, clean, &extents);
	if (how->anchor != ANCHOR_START)
		x -= extents.x_advance / (how->anchor == ANCHOR_MIDDLE ? 2 : 1);
	use_ink(c->paper, how->ink);
	cairo_move_to(c->paper, x, how->y);
	cairo_show_text(c->paper, clean);
}

static double put_words(struct canvas *on, double y, double size, bool bold, enum ink ink,
			const char *text)
{
	struct canvas_text how = {.y = y, .size = size, .ink = ink, .bold = bold};

	return chart_paragraph(on, &how, span_str(text));
}

/* The whole picture; without a canvas only its height. */
static double picture(struct canvas *on, const struct chart *c, const char *source)
{
	double y = put_words(on, 0, 13, true, INK_TEXT, c->title);

	y = put_words(on, y + 2, 10.5, false, INK_SOFT, c->what) + 8;
	if (on != NULL)
		chart_draw(c, on, y);
	y += chart_height(c) + 4;
	return put_words(on, y, 9, false, INK_SOFT, source) + 4;
}

static cairo_status_t to_file(void *file, const unsigned char *data, unsigned n)
{
	return fwrite(data, 1, n, file) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static int paint(cairo_surface_t *surface, const struct chart *c, const char *source, double h)
{
	cairo_t *cr = cairo_create(surface);
	struct canvas on = {.rect = cairo_draw_rect,
			    .path = cairo_draw_path,
			    .text = cairo_draw_text,
			    .paper = cr};

	cairo_scale(cr, POINTS, POINTS);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_rectangle(cr, 0, 0, CHART_WIDTH + 2 * MARGIN, h);
	cairo_fill(cr);
	cairo_translate(cr, MARGIN, MARGIN);
	picture(&on, c, source);
	cairo_show_page(cr);
	bool good = cairo_status(cr) == CAIRO_STATUS_SUCCESS;
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	good = good && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
	cairo_surface_destroy(surface);
	return good ? 0 : -1;
}

int canvas_cairo_write(const char *dir, const struct chart *c, const char *source, const char *date,
		       struct errmsg *err)
{
	double w = CHART_WIDTH + 2 * MARGIN, h = picture(NULL, c, source) + 2 * MARGIN;

	for (unsigned pdf = 0; pdf < 2; pdf++) {
		cairo_surface_t *surface;
		struct outfile file;
		char name[96];
		snprintf(name, sizeof(name), "%s.%s", c->key, pdf ? "pdf" : "svg");
		if (outfile_open(&file, dir, name, err) != 0)
			return -1;
		if (pdf) {
			surface = cairo_pdf_surface_create_for_stream(to_file, file.out, POINTS * w,
								      POINTS * h);
			cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, c->title);
			cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
						       date);
		} else {
			surface = cairo_svg_surface_create_for_stream(to_file, file.out, POINTS * w,
								      POINTS * h);
		}
		if (paint(surface, c, source, h) != 0) {
			outfile_abandon(&file);
			return errmsg_set(err, "%s/%s cannot be written", dir, name);
		}
		if (outfile_commit(&file, err) != 0)
			return -1;
	}
	return 0;
}

#else

bool canvas_cairo_there(void)
{
	return false;
}

int canvas_cairo_write(const char *dir, const struct chart *c, const char *source, const char *date,
		       struct errmsg *err)
{
	(void)dir, (void)c, (void)source, (void)date;
	return errmsg_set(err, "this program was built without cairo, which draws the figures: "
			       "install libcairo2-dev and build it again");
}

#endif

/* canvas_html.c - charts as SVG inside a page; see canvas.h. */
#include "output/report/canvas.h"
#include "output/report/html.h"

static void svg_rect(struct canvas *c, enum ink ink, double x, double y, double w, double h)
{
	fprintf(c->paper, "<rect class=i%u x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" />",
		(unsigned)ink, x, y, w, h);
}

static void svg_path(struct canvas *c, enum ink ink, double width, bool dashed,
		     const struct canvas_point *p, size_t n)
{
	fprintf(c->paper, "<path class=\"%c%u\"", width > 0 ? 's' : 'i', (unsigned)ink);
	if (width > 0)
		fprintf(c->paper, " stroke-width=\"%.2f\"", width);
	fputs(dashed ? " stroke-dasharray=\"6 3\" d=\"" : " d=\"", c->paper);
	for (size_t i = 0; i < n; i++)
		fprintf(c->paper, "%c%.1f %.1f", i == 0 ? 'M' : 'L', p[i].x, p[i].y);
	fputs(width > 0 ? "\"/>" : "Z\"/>", c->paper);
}

static void svg_text(struct canvas *c, const struct canvas_text *how, struct span text)
{
	static const char *const anchors[] = {
		[ANCHOR_START] = "start", [ANCHOR_MIDDLE] = "middle", [ANCHOR_END] = "end"};

	fprintf(c->paper, "<text class=i%u x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\"",
		(unsigned)how->ink, how->x, how->y, how->size);
	if (how->anchor != ANCHOR_START)
		fprintf(c->paper, " text-anchor=%s", anchors[how->anchor]);
	fputs(how->bold ? " font-weight=600>" : ">", c->paper);
	html_text(c->paper, text);
	fputs("</text>", c->paper);
}

struct canvas canvas_html(FILE *out)
{
	return (struct canvas){.rect = svg_rect, .path = svg_path, .text = svg_text, .paper = out};
}

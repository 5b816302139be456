/*
 * trend_html.c - a trend as a page; see trend_print.h. Every chart stands beside its table. Time
 * runs on the axis as it did, so that a month that was left out is seen.
 */
#include "output/report/html.h"
#include "output/text/number.h"
#include "output/trend/trend_print.h"
#include "output/trend/trend_view.h"

#include <string.h>

#define HTML_LINES 6  /* in a chart; the table has the others */
#define HTML_DATES 10 /* below it */

#define LINES_WIDTH 1000.0
#define LINES_HEIGHT 300.0
#define LINES_LEFT 64.0
#define LINES_BOTTOM 36.0

/* Lines differ in colour and in dashes, for those who do not see the hues. */
static const char style[] =
	"<style>.part{padding:1.4rem 0 .6rem}.scroll{overflow-x:auto}.trend svg{max-width:none}"
	".trend .grid{stroke:var(--line);fill:none}.trend text{fill:var(--soft);font-size:13px}"
	".trend .end{text-anchor:end}.trend .mid{text-anchor:middle}"
	".trend path.l{fill:none;stroke-width:2.5;stroke-linejoin:round}"
	".l0{stroke:var(--first)}.l1{stroke:var(--second);stroke-dasharray:9 4}"
	".l2{stroke:var(--bad);stroke-dasharray:3 4}.l3{stroke:var(--good)}"
	".l4{stroke:var(--unsure);stroke-dasharray:12 4 3 4}.l5{stroke:var(--soft);"
	"stroke-dasharray:6 3}.trend circle{stroke:none;fill:var(--ink)}"
	".trend .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:.6rem 0 0;padding:0;"
	"list-style:none;font-size:.9rem}.trend svg.swatch{display:inline-block;width:2.2em;"
	"height:.8em;margin:0 .45em 0 0;vertical-align:middle}.swatch path{fill:none;"
	"stroke-width:3}"
	/* On a telephone 28 of the 1000 that a chart is wide are read, and two dates fit. */
	".trend .ends{display:none}@media screen and (max-width:48rem){.trend figcaption{"
	"margin-top:.4rem}.chart.trend svg text{font-size:28px}.trend text.mid{display:none}"
	".trend text.ends{display:inline}.trend text.value{text-anchor:start;"
	"transform:translate(-54px,-8px)}}@media print{.scroll{overflow:visible}.part{"
	"padding:.6rem 0 .3rem}.trend figcaption{break-before:avoid}}</style>\n";

static bool value_drawn(const struct trend_table *table, const struct trend_value *v, double *y)
{
	if (!v->known || (table->share && v->of == 0))
		return false;
	*y = table->share ? (double)v->n / (double)v->of : (double)v->n;
	return true;
}

/* ---- the chart ----------------------------------------------------------------------------- */

/* A round number at least as large as v: 1, 2 or 5 times a power of ten. */
static double axis_top(double v)
{
	double power = 1e-9;

	while (power * 10 <= v)
		power *= 10;
	return v <= power	? power
	       : v <= 2 * power ? 2 * power
	       : v <= 5 * power ? 5 * power
				: 10 * power;
}

static double axis_y(double v, double top)
{
	return 10 + (LINES_HEIGHT - LINES_BOTTOM - 10) * (1 - (v < top ? v : top) / top);
}

struct chart_lines {
	unsigned n, row[HTML_LINES];
	double top;
};

static double row_most(const struct trend *t, const struct trend_table *table, unsigned row)
{
	double most = 0, y;

	for (unsigned i = 0; i < t->runs_n; i++)
		if (value_drawn(table, &table->rows[row].v[i], &y) && y > most)
			most = y;
	return most;
}

/* The largest rows, without the one that is the rest of all. */
static struct chart_lines chart_lines(const struct trend *t, const struct trend_table *table)
{
	struct chart_lines lines = {0};

	for (unsigned i = 0; i < table->rows_n; i++) {
		double most = row_most(t, table, i);
		unsigned at = lines.n;
		if (most <= 0 ||
		    (table->aside != NULL && span_eq(table->rows[i].key, span_str(table->aside))))
			continue;
		while (at > 0 && row_most(t, table, lines.row[at - 1]) < most)
			at--;
		if (at == HTML_LINES)
			continue;
		unsigned last = lines.n < HTML_LINES ? lines.n++ : HTML_LINES - 1;
		memmove(&lines.row[at + 1], &lines.row[at], (last - at) * sizeof(lines.row[0]));
		lines.row[at] = i;
		lines.top = most * 1.05 > lines.top ? most * 1.05 : lines.top;
	}
	lines.top = axis_top(lines.top > 0 ? lines.top : 1);
	if (table->share && lines.top > 1)
		lines.top = 1;
	return lines;
}

static double run_x(const struct trend *t, unsigned run)
{
	double from = (double)t->runs[0].started_at_ms;
	double span = (double)t->runs[t->runs_n - 1].started_at_ms - from;
	double part = span > 0 ? ((double)t->runs[run].started_at_ms - from) / span : 0.5;

	return LINES_LEFT + 24 + (LINES_WIDTH - LINES_LEFT - 72) * part;
}

static void chart_axes(FILE *out, const struct trend *t, bool share, double top)
{
	double last = -1000;

	for (unsigned i = 0; i <= 4; i++) {
		double y = axis_y(top * i / 4, top);
		fprintf(out,
			"<path class=grid d=\"M%.0f %.1fH%.0f\"/><text x=\"%.0f\" y=\"%.1f\" "
			"class=\"end value\">",
			LINES_LEFT, y, LINES_WIDTH - 8, LINES_LEFT - 8, y + 4);
		if (share)
			html_percent(out, top * i / 4);
		else
			fputs(number_grouped((uint64_t)(top * i / 4 + 0.5)).s, out);
		fputs("</text>", out);
	}
	for (unsigned i = 0; i < t->runs_n; i++) {
		double x = run_x(t, i);
		struct number when = trend_when(t, i);
		/* With a time of day it is longer by half. */
		double room = (LINES_WIDTH - LINES_LEFT) / HTML_DATES;
		if (x - last < (when.s[10] != '\0' ? 1.5 * room : room))
			continue;
		fprintf(out, "<text x=\"%.1f\" y=\"%.0f\" class=mid>%s</text>", x,
			LINES_HEIGHT - 12, when.s);
		last = x;
	}
	fprintf(out,
		"<text x=\"%.0f\" y=\"%.0f\" class=ends>%s</text><text x=\"%.0f\" y=\"%.0f\" "
		"class=\"end ends\">%s</text>",
		LINES_LEFT, LINES_HEIGHT - 8, trend_when(t, 0).s, LINES_WIDTH - 8, LINES_HEIGHT - 8,
		trend_when(t, t->runs_n - 1).s);
}

static void chart_line(FILE *out, const struct trend *t, const struct trend_table *table,
		       const struct chart_lines *lines, unsigned line)
{
	const struct trend_row *row = &table->rows[lines->row[line]];
	bool pen = false;
	double y;

	fprintf(out, "<path class=\"l l%u\" d=\"", line);
	for (unsigned i = 0; i < t->runs_n; i++) {
		bool drawn = value_drawn(table, &row->v[i], &y);
		if (drawn)
			fprintf(out, "%c%.1f %.1f", pen ? 'L' : 'M', run_x(t, i),
				axis_y(y, lines->top));
		pen = drawn;
	}
	fputs("\"/>", out);
	for (unsigned i = 0; i < t->runs_n; i++)
		if (value_drawn(table, &row->v[i], &y))
			fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>", run_x(t, i),
				axis_y(y, lines->top));
}

static void html_chart(FILE *out, const struct trend *t, const struct trend_table *table)
{
	struct chart_lines lines = chart_lines(t, table);

	if (lines.n == 0)
		return;
	fprintf(out,
		"<figure class=\"chart trend\"><svg viewBox=\"0 0 %.0f %.0f\" role=img "
		"aria-label=\"",
		LINES_WIDTH, LINES_HEIGHT);
	html_text(out, table->title);
	fputs(", a line a row; the table below has the numbers\">", out);
	chart_axes(out, t, table->share, lines.top);
	for (unsigned i = lines.n; i-- > 0;)
		chart_line(out, t, table, &lines, i);
	fputs("</svg><figcaption><ul class=legend>", out);
	for (unsigned i = 0; i < lines.n; i++) {
		fprintf(out,
			"<li><svg class=swatch viewBox=\"0 0 44 16\" aria-hidden=true><path "
			"class=\"l%u\" d=\"M0 8H44\"/></svg>",
			i);
		html_text(out, table->rows[lines.row[i]].label);
		fputs("</li>", out);
	}
	fputs("</ul></figcaption></figure>\n", out);
}

/* ---- the table ----------------------------------------------------------------------------- */

/* On a narrow screen a row is a card, whose cells say of which run they are. */
static void html_value(FILE *out, const struct trend_table *table, const struct trend_value *v,
		       const char *when)
{
	if (!v->known || (table->share && v->of == 0)) {
		fprintf(out, "<td class=\"n none\" data-t=\"%s\">&ndash;</td>", when);
		return;
	}
	fprintf(out, "<td class=n data-t=\"%s\"", when);
	if (!table->share) {
		fputs(">", out);
		html_number(out, v->n);
		fputs("</td>", out);
		return;
	}
	fputs(" title=\"", out);
	html_number(out, v->n);
	fputs(" of ", out);
	html_number(out, v->of);
	fputs("; 95&nbsp;% interval ", out);
	html_interval(out, v->n, v->of);
	fputs("&nbsp;%\">", out);
	html_share(out, v->n, v->of);
	fputs("</td>", out);
}

/* What all shares above are of. */
static void html_of(FILE *out, const struct trend *t, const struct trend_table *table)
{
	fprintf(out, "<tr><th scope=row>%s</th>", trend_of_label(t, table));
	for (unsigned run = 0; run < t->runs_n; run++) {
		uint64_t of = trend_of(table, run);
		fprintf(out, "<td class=n data-t=\"%s\">", trend_when(t, run).s);
		if (of > 0)
			html_number(out, of);
		else
			fputs("&ndash;", out);
		fputs("</td>", out);
	}
	fputs("<td class=\"n none\" data-t=change>&ndash;</td></tr>\n", out);
}

static void html_table(FILE *out, const struct trend *t, const struct trend_table *table)
{
	fprintf(out,
		"<div class=scroll role=region tabindex=0 aria-labelledby=\"%s\"><table>\n<thead>"
		"<tr><th scope=col></th>",
		table->key);
	for (unsigned i = 0; i < t->runs_n; i++)
		fprintf(out, "<th scope=col class=n>%s</th>", trend_when(t, i).s);
	fprintf(out, "<th scope=col class=n>%s</th></tr></thead>\n<tbody>\n",
		table->share ? "change, points" : "change");
	for (unsigned i = 0; i < table->rows_n; i++) {
		if (trend_row_empty(t, &table->rows[i]))
			continue;
		fputs("<tr><th scope=row>", out);
		html_text(out, table->rows[i].label);
		fputs("</th>", out);
		for (unsigned run = 0; run < t->runs_n; run++)
			html_value(out, table, &table->rows[i].v[run], trend_when(t, run).s);
		fprintf(out, "<td class=n data-t=change>%s</td></tr>\n",
			trend_change(t, table, &table->rows[i]).s);
	}
	if (trend_has_of(t, table))
		html_of(out, t, table);
	fputs("</tbody></table></div>", out);
}

static bool table_empty(const struct trend *t, const struct trend_table *table)
{
	for (unsigned i = 0; i < table->rows_n; i++)
		if (!trend_row_empty(t, &table->rows[i]))
			return false;
	return true;
}

static void html_part(FILE *out, const struct trend *t, const struct trend_table *table)
{
	fprintf(out, "<section class=part><h2 id=\"%s\">", table->key);
	html_text(out, table->title);
	fputs("</h2>\n", out);
	if (table->note != NULL) {
		fputs("<p class=intro>", out);
		html_str(out, table->note);
		fputs("</p>\n", out);
	}
	html_chart(out, t, table);
	html_table(out, t, table);
	fputs("</section>\n", out);
}

/* ---- the page ------------------------------------------------------------------------------ */

static void html_runs(FILE *out, const struct trend *t)
{
	fputs("<section class=part><h2 id=runs>Runs</h2>\n<div class=scroll><table>"
	      "<thead><tr><th>began (UTC)<th>run<th>list<th class=n>records<th>version</tr>"
	      "</thead><tbody>\n",
	      out);
	for (unsigned i = 0; i < t->runs_n; i++) {
		const struct trend_run *run = &t->runs[i];
		fputs("<tr><td data-t=\"began (UTC)\">", out);
		html_time(out, run->started_at_ms);
		fputs("</td><td data-t=run><span>", out);
		html_str(out, run->name);
		fputs(run->complete ? "" : " <em>not complete</em>", out);
		fputs("</span></td><td data-t=list>", out);
		html_str(out, run->input[0] != '\0' ? "SHA-256 " : "not known");
		html_text(out,
			  span_of(run->input, strlen(run->input) < 16 ? strlen(run->input) : 16));
		fputs("</td><td class=n data-t=records>", out);
		html_number(out, run->records);
		fputs("</td><td data-t=version>", out);
		html_str(out, run->version);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div></section>\n", out);
}

static void html_head(FILE *out, const struct trend *t, const struct remarks *remarks)
{
	char story[TREND_STORY];

	html_document(out, "SMTP transport security over time");
	fputs(style, out);
	fprintf(out,
		"<header><p class=brand>mtasweep</p><h1>SMTP transport security from "
		"<time>%s</time> to <time>%s</time></h1>"
		"\n<p class=state>%u runs",
		trend_when(t, 0).s, trend_when(t, t->runs_n - 1).s, t->runs_n);
	if (t->same_names) {
		fprintf(out, "; only the %s that %s in all of them", number_names(t->names).s,
			number_word(t->names, "is", "are"));
	}
	fputs(". Change: from the first to the last, of shares in percentage points. &ndash;: not "
	      "in that report; of operators and domains also what is under five.</p>\n",
	      out);
	trend_story(t, story);
	if (story[0] != '\0') {
		fputs("<p><strong>", out);
		html_str(out, story);
		fputs("</strong></p>\n", out);
	}
	html_remarks(out, remarks->v, remarks->n);
	fputs("<p class=note>", out);
	for (unsigned i = 0; i < t->tables_n; i++) {
		if (table_empty(t, &t->tables[i]))
			continue;
		fprintf(out, "<a href=\"#%s\">", t->tables[i].key);
		html_text(out, t->tables[i].title);
		fputs("</a> &middot; ", out);
	}
	fputs("<a href=\"#runs\">Runs</a></p></header>\n<main>\n", out);
}

int trend_html(FILE *out, const struct trend *t, const struct remarks *remarks)
{
	html_head(out, t, remarks);
	for (unsigned i = 0; i < t->tables_n; i++)
		if (!table_empty(t, &t->tables[i]))
			html_part(out, t, &t->tables[i]);
	html_runs(out, t);
	fputs("</main>\n<footer>mtasweep " MTASWEEP_VERSION
	      " &middot; the same numbers for programs: mtasweep trend -f json</footer>\n"
	      "</body>\n</html>\n",
	      out);
	return ferror(out) ? -1 : 0;
}

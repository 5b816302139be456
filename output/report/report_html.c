/*
 * report_html.c - report.html: one file that needs nothing else, no network and no script. Light
 * and dark, narrow and wide, on paper; every chart is beside its table.
 */
#include "output/report/report_model.h"

#include <stdlib.h>

#include "output/report/report_style.h"
#include "output/text/number.h"

/* Text from outside; what is no text is U+FFFD, as in JSON. */
static void html_text(FILE *out, struct span s)
{
	char clean[3 * 512];

	while (s.n > 0) {
		struct span part = span_of(s.p, s.n < 512 ? s.n : 512);
		/* Not inside a UTF-8 form. */
		while (part.n < s.n && part.n > 500 && ((unsigned char)s.p[part.n] & 0xc0) == 0x80)
			part.n--;
		size_t n = json_clean(part, clean);
		for (size_t i = 0; i < n; i++) {
			unsigned char c = (unsigned char)clean[i];
			if (c == '&')
				fputs("&amp;", out);
			else if (c == '<')
				fputs("&lt;", out);
			else if (c == '>')
				fputs("&gt;", out);
			else if (c == '"')
				fputs("&quot;", out);
			else if (c == '\'')
				fputs("&#39;", out);
			else if (c == 0xc2 && i + 1 < n && (unsigned char)clean[i + 1] < 0xa0)
				i++; /* C1 */
			else
				fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
		}
		s = span_of(s.p + part.n, s.n - part.n);
	}
}

static void html_str(FILE *out, const char *s)
{
	html_text(out, span_str(s));
}

static void html_percent(FILE *out, double share)
{
	struct number text = number_percent(share);

	/* a no-break space before the sign */
	text.s[strcspn(text.s, " ")] = '\0';
	fprintf(out, "%s&nbsp;%%", text.s);
}

static void html_number(FILE *out, uint64_t v)
{
	fputs(number_grouped(v).s, out);
}

/* "[0.97-1.01]" without the sign. */
static void html_interval(FILE *out, uint64_t n, uint64_t of)
{
	double low, high;

	report_wilson(n, of, &low, &high);
	struct number from = number_percent(low), to = number_percent(high);
	from.s[strcspn(from.s, " ")] = to.s[strcspn(to.s, " ")] = '\0';
	fprintf(out, "%s&ndash;%s", from.s, to.s);
}

/* ---- tables ------------------------------------------------------------------------------ */

/* Largest share of a column, at least a millionth: its bars are drawn to that scale. */
static double html_scale(const struct report_table *t, unsigned column)
{
	double most = 1e-6;

	for (unsigned i = 0; i < t->rows_n; i++) {
		const struct report_cell *c = &t->rows[i].cells[column];
		double share = c->of > 0 ? (double)c->n / (double)c->of : 0;
		most = share > most ? share : most;
	}
	return most;
}

static void html_share(FILE *out, const struct report_cell *c, double scale)
{
	double low, high;

	if (c->of == 0) {
		fputs("<td class=\"s none\">&ndash;</td>", out);
		return;
	}
	double share = (double)c->n / (double)c->of;
	report_wilson(c->n, c->of, &low, &high);
	fputs("<td class=s><b>", out);
	html_percent(out, share);
	fputs("</b> <i title=\"95&nbsp;% interval\">", out);
	html_interval(out, c->n, c->of);
	fputs("</i><span>", out);
	html_number(out, c->n);
	fputs(" of ", out);
	html_number(out, c->of);
	fputs("</span>", out);
	if (scale > 0 && c->n > 0) {
		double right = high / scale < 1.15 ? high / scale : 1.15;
		fprintf(out, "<u style=\"--p:%.2f%%;--l:%.2f%%;--h:%.2f%%\"></u>",
			87 * share / scale, 87 * low / scale, 87 * right);
	}
	fputs("</td>", out);
}

static void html_cell(FILE *out, const struct report_column *column, const struct report_cell *c,
		      double scale)
{
	switch (column->kind) {
	case CELL_SHARE:
		html_share(out, c, scale);
		return;
	case CELL_TEXT:
		fputs("<td class=t>", out);
		html_text(out, c->text);
		break;
	case CELL_COUNT:
		fputs(c->n == 0 ? "<td class=\"n none\">" : "<td class=n>", out);
		html_number(out, c->n);
		break;
	case CELL_ABOUT:
		fputs("<td class=n>&asymp;&#8239;", out);
		html_number(out, c->n);
		break;
	case CELL_MS:
		fputs("<td class=n>", out);
		html_number(out, c->n);
		fputs("&nbsp;ms", out);
		break;
	case CELL_BYTES:
		fprintf(out, "<td class=n>%s", number_bytes(c->n).s);
		break;
	}
	fputs("</td>", out);
}

static void html_rows(FILE *out, const struct report_table *t)
{
	double scale[REPORT_COLUMNS_MAX] = {0};
	bool first = true;

	for (unsigned k = 0; k < t->columns_n; k++) {
		/* One column of bars; a table of several shares would be all bars. */
		bool bars = t->columns[k].kind == CELL_SHARE && (first || t->columns_n <= 3);
		scale[k] = bars ? html_scale(t, k) : 0;
		first = first && t->columns[k].kind != CELL_SHARE;
	}
	for (unsigned i = 0; i < t->rows_n; i++) {
		fputs("<tr><th scope=row>", out);
		html_text(out, t->rows[i].label);
		fputs("</th>", out);
		for (unsigned k = 0; k < t->columns_n; k++)
			html_cell(out, &t->columns[k], &t->rows[i].cells[k], scale[k]);
		fputs("</tr>\n", out);
	}
}

static void html_table(FILE *out, const struct report_table *t)
{
	unsigned shares = 0;

	for (unsigned k = 0; k < t->columns_n; k++)
		shares += t->columns[k].kind == CELL_SHARE;
	fprintf(out, "<section class=\"table%s%s\" id=\"%s\"><h3>",
		shares > 2 || t->columns_n > 4 ? " wide" : "", t->columns_n > 6 ? " many" : "",
		t->key);
	html_str(out, t->title);
	fputs("</h3>\n", out);
	if (t->note != NULL) {
		fputs("<p class=note>", out);
		html_str(out, t->note);
		fputs("</p>\n", out);
	}
	if (t->bounded && (t->error > 0 || t->keys > t->rows_n)) {
		fputs("<p class=note>", out);
		if (t->error > 0) {
			fputs("Approximate: more than ", out);
			html_number(out, t->keys);
			fputs(" different ones; a count may be up to ", out);
			html_number(out, t->error);
			fputs(" too high.", out);
		} else {
			html_number(out, t->rows_n);
			fputs(" of ", out);
			html_number(out, t->keys);
			fputs(" different ones.", out);
		}
		fputs("</p>\n", out);
	}
	fprintf(out,
		"<div class=\"scroll%s\" role=region aria-labelledby=\"%s\" "
		"tabindex=0><table>\n<thead><tr><th scope=col>",
		t->rows_n > 16 ? " tall" : "", t->key);
	html_str(out, t->key_title);
	fputs("</th>", out);
	for (unsigned k = 0; k < t->columns_n; k++) {
		bool left = t->columns[k].kind == CELL_TEXT || t->columns[k].kind == CELL_SHARE;
		fputs(left ? "<th scope=col>" : "<th scope=col class=n>", out);
		html_str(out, t->columns[k].title);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	html_rows(out, t);
	fputs("</tbody></table></div></section>\n", out);
}

/* ---- charts ------------------------------------------------------------------------------ */

/* One bar of 100 %: a part a row. */
static void html_stack(FILE *out, const struct report_table *t, const char *const *colours)
{
	double at = 0;

	if (t == NULL || t->rows_n == 0 || t->rows[0].cells[0].of == 0)
		return;
	fputs("<figure class=stack><svg viewBox=\"0 0 1000 56\" preserveAspectRatio=none role=img "
	      "aria-label=\"",
	      out);
	html_str(out, t->title);
	fputs("; the table below has the numbers\">", out);
	for (unsigned i = 0; i < t->rows_n; i++) {
		const struct report_cell *c = &t->rows[i].cells[0];
		double width = 1000.0 * (double)c->n / (double)c->of;
		if (c->n > 0)
			fprintf(out, "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" height=56 />",
				colours[i], at, width > 2 ? width - 2 : width);
		at += width;
	}
	fputs("</svg><figcaption><ul class=legend>", out);
	for (unsigned i = 0; i < t->rows_n; i++) {
		const struct report_cell *c = &t->rows[i].cells[0];
		fprintf(out, "<li><span class=\"key %s\"></span>", colours[i]);
		html_text(out, t->rows[i].label);
		fputs(" <b>", out);
		html_percent(out, (double)c->n / (double)c->of);
		fputs("</b></li>", out);
	}
	fputs("</ul></figcaption></figure>\n", out);
}

#define CHART_W 1000.0
#define CHART_H 300.0
#define CHART_LEFT 64.0
#define CHART_BOTTOM 36.0

/* A round number at least as large as v: 1, 2 or 5 times a power of ten. */
static double html_ceiling(double v)
{
	double power = 1e-9;

	while (power * 10 <= v)
		power *= 10;
	return v <= power	? power
	       : v <= 2 * power ? 2 * power
	       : v <= 5 * power ? 5 * power
				: 10 * power;
}

static double html_x(double i, double n)
{
	return CHART_LEFT + (CHART_W - CHART_LEFT - 8) * (i + 0.5) / n;
}

static double html_y(double share, double top)
{
	return 10 + (CHART_H - CHART_BOTTOM - 10) * (1 - (share < top ? share : top) / top);
}

static void html_axes(FILE *out, const struct report_table *t, unsigned n, double top)
{
	for (unsigned i = 0; i <= 4; i++) {
		double y = html_y(top * i / 4, top);
		fprintf(out,
			"<path class=grid d=\"M%.0f %.1fH%.0f\"/><text x=\"%.0f\" y=\"%.1f\" "
			"class=end>",
			CHART_LEFT, y, CHART_W - 8, CHART_LEFT - 8, y + 4);
		html_percent(out, top * i / 4);
		fputs("</text>", out);
	}
	for (unsigned i = 0, step = (n + 9) / 10; i < n; i += step) {
		fprintf(out, "<text x=\"%.1f\" y=\"%.0f\" class=mid>", html_x(i, n), CHART_H - 12);
		html_number(out, strtoull(t->rows[i].key.p, NULL, 10));
		fputs("</text>", out);
	}
}

/* Adoption over the rank, with its interval as a band. */
static void html_ranks(FILE *out, const struct report_table *t, unsigned column)
{
	unsigned n = 0;
	double top = 0, low, high;

	while (t != NULL && n < t->rows_n && t->rows[n].key.p[0] >= '0' &&
	       t->rows[n].key.p[0] <= '9')
		n++;
	if (n < 5)
		return;
	for (unsigned i = 0; i < n; i++) {
		const struct report_cell *c = &t->rows[i].cells[column];
		double share = c->of > 0 ? (double)c->n / (double)c->of : 0;
		top = share * 1.1 > top ? share * 1.1 : top;
	}
	top = html_ceiling(top > 0 ? top : 0.01);
	fprintf(out,
		"<figure class=chart><svg viewBox=\"0 0 %.0f %.0f\" role=img aria-label=\"MTA-STS "
		"adoption by "
		"rank, in bins of 10,000; the table below has the numbers\">",
		CHART_W, CHART_H);
	html_axes(out, t, n, top);
	for (int pass = 0; pass < 2; pass++) {
		fputs(pass == 0 ? "<path class=band d=\"" : "<path class=line d=\"", out);
		for (unsigned i = 0; i < n; i++) {
			const struct report_cell *c = &t->rows[i].cells[column];
			double v = c->of > 0 ? (double)c->n / (double)c->of : 0;
			if (c->of > 0)
				report_wilson(c->n, c->of, &low, &high);
			fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', html_x(i, n),
				html_y(pass == 0 && c->of > 0 ? high : v, top));
		}
		for (unsigned i = n; pass == 0 && i-- > 0;) {
			const struct report_cell *c = &t->rows[i].cells[column];
			low = 0;
			if (c->of > 0)
				report_wilson(c->n, c->of, &low, &high);
			fprintf(out, "L%.1f %.1f", html_x(i, n), html_y(low, top));
		}
		fputs(pass == 0 ? "Z\"/>" : "\"/>", out);
	}
	fputs("</svg><figcaption>Names with an MTA-STS record, by rank; the band is the 95&nbsp;% "
	      "interval.</figcaption></figure>\n",
	      out);
}

/* ---- the page ---------------------------------------------------------------------------- */

static const char *const outcome_colours[] = {"c-good", "c-soft", "c-grey", "c-bad", "c-unsure"};

/* A number that is worth looking at first; as a share, or as a count where a share says little. */
static void html_figure(FILE *out, const char *title, const struct report_cell *c, const char *of,
			const char *href, const char *mood)
{
	bool count = strcmp(mood, "bad") == 0;

	fprintf(out, "<a class=\"figure %s\" href=\"#%s\"><span>%s</span>", mood, href, title);
	if (c->of == 0) {
		fputs("<b>&ndash;</b><small>nothing to count</small></a>\n", out);
		return;
	}
	fputs("<b>", out);
	if (count)
		html_number(out, c->n);
	else
		html_percent(out, (double)c->n / (double)c->of);
	fputs("</b><small>", out);
	if (count)
		html_percent(out, (double)c->n / (double)c->of);
	else
		html_number(out, c->n);
	fputs(" of ", out);
	html_number(out, c->of);
	fprintf(out, " %s<br><span class=ci>95&nbsp;%% interval</span> <span class=ci>", of);
	html_interval(out, c->n, c->of);
	fputs("&nbsp;%</span></small></a>\n", out);
}

static void html_figures(FILE *out, const struct report_model *m)
{
	const struct report_table *adoption = report_model_table(m, "adoption");
	const struct report_table *outcomes = report_model_table(m, "outcomes");
	const struct report_table *impact = report_model_table(m, "impact");
	const struct report_table *verdicts = report_model_table(m, "verdicts");
	struct report_cell works = {0};

	for (unsigned i = 0; i < 3; i++)
		works.n += outcomes->rows[i].cells[0].n;
	works.of = works.n + outcomes->rows[3].cells[0].n;
	fputs("<div class=figures>\n", out);
	html_figure(out, "publish MTA-STS", &adoption->rows[0].cells[0], "names", "adoption", "");
	html_figure(out, "publish TLS-RPT", &adoption->rows[1].cells[0], "names", "adoption", "");
	html_figure(out, "of MTA-STS policies work", &works, "with a conclusive fetch", "outcomes",
		    "good");
	html_figure(out, "names stand to lose mail", &impact->rows[IMPACT_MAIL_LOSS].cells[0],
		    "names", "impact", "bad");
	html_figure(out, "could not be established", &verdicts->rows[VERDICT_INCONCLUSIVE].cells[0],
		    "records", "inconclusive", "unsure");
	fputs("</div>\n", out);
}

static void html_time(FILE *out, int64_t ms)
{
	struct buf b;

	buf_init(&b, 64);
	json_time_ms(&b, ms);
	if (ms != 0 && !b.failed)
		fprintf(out, "<time datetime=\"%.24s\">%.10s %.5s</time>", b.p + 1, b.p + 1,
			b.p + 12);
	else
		fputs("?", out);
	buf_release(&b);
}

static void html_run(FILE *out, const struct runinfo *run)
{
	fputs("<tr><td>", out);
	html_time(out, run->started_at_ms);
	fputs(" to ", out);
	if (run->completed)
		html_time(out, run->ended_at_ms);
	else
		fputs("<em>not completed</em>", out);
	fputs(" UTC</td><td>", out);
	html_str(out, run->vantage[0] != '\0' ? run->vantage : "?");
	fprintf(out, "</td><td>%u/%u</td><td>", run->shard > 0 ? run->shard : 1,
		run->shards > 0 ? run->shards : 1);
	for (unsigned i = 0; i < run->inputs_n; i++) {
		fputs(i > 0 ? "<br>" : "", out);
		html_str(out, run->inputs[i].path);
		if (run->inputs[i].sha256[0] != '\0')
			fprintf(out, " <small>SHA-256 %.16s&hellip;</small>",
				run->inputs[i].sha256);
	}
	fputs("</td><td>", out);
	html_str(out, run->version);
	fputs("</td></tr>\n", out);
}

static void html_head(FILE *out, const struct report_model *m)
{
	fputs("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
	      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
	      "'unsafe-inline'; img-src data:\">\n"
	      "<meta name=color-scheme content=\"light dark\">\n<link rel=icon href=\"data:,\">\n"
	      "<title>mtasweep report</title>\n<style>\n",
	      out);
	for (const char *const *rule = report_style; *rule != NULL; rule++)
		fputs(*rule, out);
	fputs("</style>\n</head>\n<body>\n<header><p class=brand>mtasweep</p><h1>SMTP transport "
	      "security of ",
	      out);
	html_number(out, m->expected);
	fputs(" names</h1>\n<p class=state>", out);
	if (report_complete(m)) {
		fputs("<span class=ok>Complete:</span> every line has its record.", out);
	} else {
		fputs("<span class=warn>Not complete:</span> ", out);
		html_number(out, m->records);
		fputs(" records of ", out);
		html_number(out, m->expected);
		fputs(" names, or a run that is unfinished or damaged.", out);
	}
	fputs("</p>\n", out);
	if (m->meta->remarks_n > 0)
		fputs("<ul class=remarks>", out);
	for (unsigned i = 0; i < m->meta->remarks_n; i++) {
		fputs("<li>", out);
		html_str(out, m->meta->remarks[i]);
		fputs("</li>\n", out);
	}
	fputs(m->meta->remarks_n > 0 ? "</ul></header>\n" : "</header>\n", out);
}

static void html_nav(FILE *out, const struct report_model *m)
{
	fputs("<nav aria-label=Sections><ul>", out);
	for (unsigned i = 0; i < m->sections_n; i++) {
		fprintf(out, "<li><a href=\"#s-%s\">", m->sections[i].key);
		html_str(out, m->sections[i].title);
		fputs("</a></li>", out);
	}
	fputs("</ul></nav>\n", out);
}

static void html_section(FILE *out, const struct report_model *m, const struct report_section *s)
{
	fprintf(out, "<section class=part id=\"s-%s\"><h2>", s->key);
	html_str(out, s->title);
	fputs("</h2>\n", out);
	if (s->intro != NULL) {
		fputs("<p class=intro>", out);
		html_str(out, s->intro);
		fputs("</p>\n", out);
	}
	if (strcmp(s->key, "run") == 0) {
		fputs("<div class=scroll><table "
		      "class=runs><thead><tr><th>time<th>from<th>shard<th>input"
		      "<th>version</tr></thead><tbody>\n",
		      out);
		for (unsigned i = 0; i < m->meta->runs_n; i++)
			html_run(out, m->meta->runs[i]);
		fputs("</tbody></table></div>\n", out);
	}
	if (strcmp(s->key, "adoption") == 0)
		html_ranks(out, report_model_table(m, "by_rank"), 1);
	if (strcmp(s->key, "failures") == 0)
		html_stack(out, report_model_table(m, "outcomes"), outcome_colours);
	fputs("<div class=tables>\n", out);
	for (unsigned k = 0; k < s->n; k++)
		if (!report_table_empty(&m->tables[s->first + k]))
			html_table(out, &m->tables[s->first + k]);
	fputs("</div></section>\n", out);
}

int report_html_model(FILE *out, const struct report_model *m)
{
	html_head(out, m);
	html_nav(out, m);
	fputs("<main>\n", out);
	html_figures(out, m);
	fputs("<p class=legendline>Bars compare the rows of a column; the thin line is the "
	      "95&nbsp;% Wilson "
	      "interval. Inconclusive names are in no denominator unless it is said.</p>\n",
	      out);
	for (unsigned i = 0; i < m->sections_n; i++)
		html_section(out, m, &m->sections[i]);
	fputs("</main>\n<footer>mtasweep " MTASWEEP_VERSION
	      " &middot; the same numbers for programs: "
	      "report.json</footer>\n</body>\n</html>\n",
	      out);
	return ferror(out) ? -1 : 0;
}

/*
 * report_html.c - report.html: one file that needs nothing else, no network and no script. Light
 * and dark, narrow and wide, on paper; every chart is beside its table.
 */
#include "output/report/report_model.h"

#include <math.h>
#include <stdlib.h>

#include "output/report/html.h"
#include "output/text/number.h"

#define HTML_CHARTS 10u /* printed, they fill two pages */
#define HTML_BAR 95.0 /* per cent of a cell for the scale; the arrow of an interval is behind it */
#define HTML_ROWS 25u /* of a table; report.json has them all */

/* ---- tables ------------------------------------------------------------------------------ */

static bool html_bars(const struct report_table *t, unsigned column)
{
	/* A table of many shares would be all bars. */
	return t->columns[column].kind == CELL_SHARE && t->columns_n <= 3;
}

static unsigned html_rows_shown(const struct report_table *t)
{
	return t->rows_n <= HTML_ROWS + 3 ? t->rows_n : HTML_ROWS;
}

/* What bars and their intervals need: all of a table are drawn to one scale. */
static double html_scale(const struct report_table *t)
{
	double most = 0, end = 0, low, high;

	for (unsigned k = 0; k < t->columns_n; k++)
		for (unsigned i = 0; html_bars(t, k) && i < html_rows_shown(t); i++) {
			const struct report_cell *c = &t->rows[i].cells[k];
			if (c->of == 0 || c->n == 0)
				continue;
			report_wilson(c->n, c->of, &low, &high);
			most = fmax(most, (double)c->n / (double)c->of);
			end = fmax(end, high);
		}
	return chart_cover(most, end);
}

/* On a narrow screen rows are cards, whose cells say what they are. */
static void html_open(FILE *out, const char *class, const struct report_column *column)
{
	fprintf(out, "<td class=\"%s\" data-t=\"", class);
	html_str(out, column->title);
	fputs("\">", out);
}

static void html_share_cell(FILE *out, const struct report_column *column,
			    const struct report_cell *c, double scale)
{
	double low, high;

	if (c->of == 0) {
		html_open(out, "s none", column);
		fputs("&ndash;</td>", out);
		return;
	}
	double share = (double)c->n / (double)c->of;
	report_wilson(c->n, c->of, &low, &high);
	html_open(out, "s", column);
	fputs("<div><b>", out);
	html_share(out, c->n, c->of);
	fputs("</b> <i>", out);
	html_interval(out, c->n, c->of);
	fputs("</i> <span>", out);
	html_number(out, c->n);
	fputs(" of ", out);
	html_number(out, c->of);
	fputs("</span>", out);
	if (scale > 0 && c->n > 0) {
		bool goes_on = high > scale * (1 + 1e-9);
		fprintf(out, "<u%s style=\"--p:%.2f%%;--l:%.2f%%;--h:%.2f%%\"></u>",
			goes_on ? " class=on" : "", HTML_BAR * share / scale,
			HTML_BAR * low / scale, goes_on ? 100 : HTML_BAR * high / scale);
	}
	fputs("</div></td>", out);
}

static void html_cell(FILE *out, const struct report_column *column, const struct report_cell *c,
		      double scale)
{
	switch (column->kind) {
	case CELL_SHARE:
		html_share_cell(out, column, c, scale);
		return;
	case CELL_TEXT:
		html_open(out, "t", column);
		html_text(out, c->text);
		break;
	case CELL_COUNT:
		html_open(out, c->n == 0 ? "n none" : "n", column);
		html_number(out, c->n);
		break;
	case CELL_ABOUT:
		html_open(out, "n", column);
		fputs("&asymp;&#8239;", out);
		html_number(out, c->n);
		break;
	case CELL_MS:
		html_open(out, "n", column);
		html_number(out, c->n);
		fputs("&nbsp;ms", out);
		break;
	case CELL_BYTES:
		html_open(out, "n", column);
		html_str(out, number_bytes(c->n).s);
		break;
	}
	fputs("</td>", out);
}

static void html_rows(FILE *out, const struct report_table *t)
{
	double scale = html_scale(t);

	for (unsigned i = 0; i < html_rows_shown(t); i++) {
		if (!report_row_shown(t, i))
			continue;
		fputs("<tr><th scope=row>", out);
		html_text(out, t->rows[i].label);
		fputs("</th>", out);
		for (unsigned k = 0; k < t->columns_n; k++)
			html_cell(out, &t->columns[k], &t->rows[i].cells[k],
				  html_bars(t, k) ? scale : 0);
		fputs("</tr>\n", out);
	}
}

static void html_note(FILE *out, const struct report_table *t)
{
	if (t->note == NULL && t->error == 0)
		return;
	fputs("<p class=note>", out);
	if (t->note != NULL)
		html_str(out, t->note);
	if (t->error > 0) {
		fputs(" Approximate: more than ", out);
		html_number(out, t->keys);
		fputs(" different ones; a count may be up to ", out);
		html_number(out, t->error);
		fputs(" too high.", out);
	}
	fputs("</p>\n", out);
}

static void html_table(FILE *out, const struct report_table *t)
{
	unsigned shares = 0, shown = html_rows_shown(t);

	for (unsigned k = 0; k < t->columns_n; k++)
		shares += t->columns[k].kind == CELL_SHARE;
	fprintf(out, "<section class=\"table%s%s\" id=\"%s\"><h3>",
		shares > 2 || t->columns_n > 4 ? " wide" : "", t->columns_n > 6 ? " many" : "",
		t->key);
	html_str(out, t->title);
	fputs("</h3>\n", out);
	html_note(out, t);
	fputs("<table>\n<thead><tr><th scope=col>", out);
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
	fputs("</tbody></table>\n", out);
	if (shown < t->rows_n)
		fprintf(out, "<p class=note>%u more rows are in report.json.</p>\n",
			t->rows_n - shown);
	fputs("</section>\n", out);
}

/* ---- story and charts -------------------------------------------------------------------- */

static void html_chart(FILE *out, const struct chart *c)
{
	struct canvas on = canvas_html(out);

	fprintf(out, "<figure class=chart><figcaption><h2 id=\"f-%s\">", c->key);
	html_str(out, c->title);
	fputs("</h2><p class=note>", out);
	html_str(out, c->what);
	fprintf(out,
		"</p></figcaption><svg viewBox=\"0 0 %.0f %.0f\" role=img "
		"aria-labelledby=\"f-%s\">",
		CHART_WIDTH, chart_height(c), c->key);
	chart_draw(c, &on, 0);
	fputs("</svg></figure>\n", out);
}

static void html_story(FILE *out, const struct report_model *m)
{
	fputs("<ol class=story>\n", out);
	for (unsigned i = 0; i < m->story_n; i++) {
		fputs("<li><b>", out);
		html_str(out, m->story[i].figure.s);
		fputs("</b> <span>", out);
		html_str(out, m->story[i].text);
		fputs("</span></li>\n", out);
	}
	fputs("</ol>\n", out);
	if (m->charts_n > 0)
		fputs("<section aria-label=Charts><div class=charts>\n", out);
	for (unsigned i = 0; i < m->charts_n && i < HTML_CHARTS; i++)
		html_chart(out, &m->charts[i]);
	if (m->charts_n > 0)
		fputs("</div>\n<p class=legendline>Thin lines and bands are 95&nbsp;% Wilson "
		      "intervals; where one ends in an arrow, it goes on. In brackets the number "
		      "of "
		      "names.</p></section>\n",
		      out);
}

/* ---- the page ---------------------------------------------------------------------------- */

static void html_run(FILE *out, const struct runinfo *run)
{
	fputs("<tr><td>", out);
	if (run->completed) {
		html_period(out, run->started_at_ms, run->ended_at_ms);
	} else {
		html_time(out, run->started_at_ms);
		fputs(" to <em>not completed</em>", out);
	}
	fputs(" UTC", out);
	if (run->resumed > 0)
		fprintf(out, "<br>interrupted %s %s", number_grouped(run->resumed).s,
			number_word(run->resumed, "time", "times"));
	fputs("</td><td>", out);
	html_str(out, run->vantage[0] != '\0' ? run->vantage : "?");
	fprintf(out, "</td><td>%u/%u</td><td>", run->shard > 0 ? run->shard : 1,
		run->shards > 0 ? run->shards : 1);
	for (unsigned i = 0; i < run->inputs_n; i++) {
		fputs(i > 0 ? "<br>" : "", out);
		html_str(out, runinfo_input_name(&run->inputs[i]));
		if (run->inputs[i].sha256[0] != '\0')
			fprintf(out, " <small>SHA-256 %.16s&hellip;</small>",
				run->inputs[i].sha256);
	}
	fputs("</td><td>", out);
	html_str(out, run->version);
	fputs("</td></tr>\n", out);
}

static void html_when(FILE *out, const struct report_meta *meta)
{
	int64_t first, last;

	if (!report_when(meta, &first, &last))
		return;
	fputs(" Scanned ", out);
	html_period(out, first, last);
	fputs(" UTC.", out);
}

static void html_head(FILE *out, const struct report_model *m)
{
	char text[96];

	snprintf(text, sizeof(text), "SMTP transport security of %s",
		 number_names(report_complete(m) ? m->expected : m->records).s);
	html_document(out, m->meta->title != NULL ? m->meta->title : text);
	fputs("<header><p class=brand>mtasweep</p><h1>", out);
	html_str(out, m->meta->title != NULL ? m->meta->title : text);
	fputs("</h1>\n<p class=state>", out);
	if (report_complete(m)) {
		fputs("<span class=ok>Complete:</span> every line has its record.", out);
	} else {
		fputs("<span class=warn>Not complete:</span> ", out);
		html_number(out, m->records);
		fprintf(out, " %s of %s that were read%s.",
			number_word(m->records, "record", "records"), number_names(m->expected).s,
			m->expected > m->records ? " of the list so far"
						 : "; the run is unfinished or damaged");
	}
	html_when(out, m->meta);
	fputs("</p>\n", out);
	html_remarks(out, m->meta->remarks, m->meta->remarks_n);
	/* Here, and not behind the charts: who reads the first page looks for the tables. */
	fputs("<p class=\"note printed\">Tables that were closed are not printed. They are in "
	      "report.html on the screen, where a click opens them, and all of them in "
	      "report.txt.</p>\n",
	      out);
	fputs("</header>\n", out);
}

static void html_runs(FILE *out, const struct report_model *m)
{
	fputs("<table class=runs><thead><tr><th scope=col>time<th scope=col>from<th scope=col>shard"
	      "<th scope=col>input<th scope=col>version</tr></thead><tbody>\n",
	      out);
	for (unsigned i = 0; i < m->meta->runs_n; i++)
		html_run(out, m->meta->runs[i]);
	fputs("</tbody></table>\n", out);
}

/* The titles of a section's tables. */
static void html_contents(FILE *out, const struct report_model *m, const struct report_section *s)
{
	bool first = true;

	for (unsigned k = 0; k < s->n; k++) {
		const struct report_table *t = &m->tables[s->first + k];
		if (report_table_empty(t))
			continue;
		fputs(first ? "" : " &middot; ", out);
		html_str(out, t->title);
		first = false;
	}
}

static void html_section(FILE *out, const struct report_model *m, const struct report_section *s)
{
	fprintf(out, "<details class=part id=\"s-%s\"><summary><h2>", s->key);
	html_str(out, s->title);
	fputs("</h2> <small>", out);
	html_contents(out, m, s);
	fputs("</small></summary>\n", out);
	if (s->intro != NULL) {
		fputs("<p class=intro>", out);
		html_str(out, s->intro);
		fputs("</p>\n", out);
	}
	if (strcmp(s->key, "run") == 0)
		html_runs(out, m);
	fputs("<div class=tables>\n", out);
	for (unsigned k = 0; k < s->n; k++)
		if (!report_table_empty(&m->tables[s->first + k]))
			html_table(out, &m->tables[s->first + k]);
	fputs("</div></details>\n", out);
}

int report_html_model(FILE *out, const struct report_model *m)
{
	html_head(out, m);
	fputs("<main>\n", out);
	html_story(out, m);
	fputs("<h2 class=all>Tables</h2><p class=intro>Each share stands with its 95&nbsp;% Wilson "
	      "interval, its numerator and its denominator; bars of a table are on one scale. "
	      "Rows whose keys come from outside have five names or more; what is smaller, or "
	      "further down, is in &lsquo;all others&rsquo;. Every table is in report.json, "
	      "too. Sections that are open are printed.</p>\n",
	      out);
	for (unsigned i = 0; i < m->sections_n; i++)
		if (!report_section_empty(m, &m->sections[i]) ||
		    strcmp(m->sections[i].key, "run") == 0)
			html_section(out, m, &m->sections[i]);
	fputs("</main>\n<footer>mtasweep " MTASWEEP_VERSION
	      " &middot; the same numbers as text: report.txt; for programs: "
	      "report.json</footer>\n</body>\n</html>\n",
	      out);
	return ferror(out) ? -1 : 0;
}

/* diff_page.c - see diff_page.h. */
#include "output/diff/diff_page.h"

#include "output/diff/diff_print.h"
#include "output/report/html.h"
#include "output/text/number.h"

#define PAGE_HOSTS 100u
#define PAGE_FINDINGS 2u /* of a name that are named */

static const struct {
	const char *title, *figure, *intro, *class;
	unsigned rows; /* the others are counted */
} parts[DIFF_DIRECTIONS] = {
	[DIFF_LOSS] = {"Lose mail now", "lose mail now",
		       "Senders that honour the policy cannot deliver any more. Act today.", "bad",
		       200},
	[DIFF_WORSE] = {"Worse than before", "are worse",
			"Mail arrives, but is less protected, or something new is wrong.", "bad",
			100},
	[DIFF_BETTER] = {"Better than before", "are better", "Repaired, or newly protected.",
			 "good", 50},
	[DIFF_OTHER] = {"Changed otherwise", "changed otherwise",
			"Neither better nor worse for mail.", "", 20},
	[DIFF_NEW] = {"New in the list", "are new", "Not in the list before.", "", 20},
	[DIFF_GONE] = {"Gone from the list", "are gone", "In the list before, not now.", "", 20},
};

int diff_page_begin(struct diff_page *p)
{
	*p = (struct diff_page){.failed = false};
	buf_init(&p->shown[0], DIFF_STATE_MAX);
	buf_init(&p->shown[1], DIFF_STATE_MAX);
	p->hosts = tmpfile();
	for (unsigned i = 0; i < DIFF_DIRECTIONS && p->hosts != NULL; i++) {
		p->part[i] = tmpfile();
		if (p->part[i] == NULL)
			return -1;
	}
	return p->hosts != NULL ? 0 : -1;
}

void diff_page_release(struct diff_page *p)
{
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++)
		if (p->part[i] != NULL)
			fclose(p->part[i]);
	if (p->hosts != NULL)
		fclose(p->hosts);
	buf_release(&p->shown[0]);
	buf_release(&p->shown[1]);
}

/* ---- rows -------------------------------------------------------------------------------- */

static const char *page_state(const struct diff_state *s)
{
	static const char *const words[] = {
		[VERDICT_ABSENT] = "without MTA-STS",
		[VERDICT_ENFORCE] = "enforced",
		[VERDICT_TESTING] = "testing",
		[VERDICT_NONE] = "switched off",
		[VERDICT_BROKEN] = "broken, unprotected",
		[VERDICT_INCONCLUSIVE] = "not known",
		[VERDICT_INVALID_INPUT] = "no domain name",
		[VERDICT_EXCLUDED] = "not asked",
	};

	if (s == NULL)
		return "-";
	if (span_eq(s->v[DIFF_IMPACT], SPAN_LIT("\"mail_loss\"")))
		return "mail is lost";
	return words[s->verdict];
}

static void page_value(struct diff_page *p, FILE *out, unsigned side, const struct diff_state *s,
		       enum diff_key key)
{
	struct span shown = s != NULL ? diff_shown(&p->shown[side], s->v[key]) : SPAN_NULL;

	p->failed = p->failed || p->shown[side].failed;
	html_text(out, shown.p != NULL ? shown : SPAN_LIT("-"));
}

/* Titles of what appeared or went and is more than a remark, the most severe first. */
static void page_findings(FILE *out, const char *lead, const enum issue *codes, unsigned n)
{
	static const enum severity order[] = {SEVERITY_ERROR, SEVERITY_WARNING};
	unsigned told = 0;

	for (unsigned k = 0; k < sizeof(order) / sizeof(*order); k++)
		for (unsigned i = 0; i < n; i++) {
			if (issue_info(codes[i])->severity != order[k])
				continue;
			if (told++ >= PAGE_FINDINGS)
				continue;
			fprintf(out, "<div>%s", lead);
			html_str(out, issue_info(codes[i])->title);
			fputs("</div>", out);
		}
	if (told > PAGE_FINDINGS)
		fprintf(out, "<div class=none>and %u more</div>", told - PAGE_FINDINGS);
}

/* What is published otherwise, in words. */
static void page_keys(FILE *out, const struct diff_change *c)
{
	static const struct {
		enum diff_key key;
		const char *word;
	} words[] = {
		{DIFF_STS_ID, "policy id"},	    {DIFF_MODE, "mode"},
		{DIFF_MAX_AGE, "lifetime"},	    {DIFF_MX, "mail hosts in the policy"},
		{DIFF_PROVIDER, "policy operator"}, {DIFF_RUA, "report addresses"},
	};
	bool first = true;

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!diff_state_differs(c->before, c->after, words[i].key))
			continue;
		fprintf(out, "%s%s", first ? "other " : ", ", words[i].word);
		first = false;
	}
	if (first)
		page_findings(out, "", c->appeared, c->appeared_n);
}

/* What it comes to for those who did not make it. */
static void page_why(FILE *out, const struct diff_change *c)
{
	if (c->kind != DIFF_CHANGED)
		return;
	if (c->direction == DIFF_BETTER)
		page_findings(out, "no longer: ", c->gone, c->gone_n);
	else if (c->direction == DIFF_OTHER)
		page_keys(out, c);
	else
		page_findings(out, "", c->appeared, c->appeared_n);
}

void diff_page_change(void *owner, const struct diff_change *c)
{
	struct diff_page *p = owner;
	FILE *out = p->part[c->direction];

	if (p->rows[c->direction]++ >= parts[c->direction].rows)
		return;
	fputs("<tr><th scope=row>", out);
	html_text(out, c->domain);
	fputs("<td data-t=Customer>", out);
	const struct diff_state *tagged = c->after != NULL ? c->after : c->before;
	if (tagged->v[DIFF_TAG].n > 0)
		page_value(p, out, 0, tagged, DIFF_TAG);
	fputs("<td data-t=Was>", out);
	html_str(out, page_state(c->before));
	fputs("<td data-t=Is>", out);
	html_str(out, page_state(c->after));
	fputs("<td>", out);
	page_why(out, c);
	fputs("</tr>\n", out);
}

void diff_page_host(void *owner, const struct host_change *c)
{
	static const struct {
		enum host_event event;
		const char *word;
	} words[] = {
		{HOST_STARTTLS_LOST, "offers no encryption any more"},
		{HOST_CERT_DEGRADED, "its certificate or TLS is not accepted any more"},
		{HOST_ROLLOVER_BROKEN, "has a new key that its TLSA records do not know"},
		{HOST_DANE_BROKEN, "does not match its TLSA records any more"},
		{HOST_DANE_LOST, "has no secure TLSA records any more"},
	};
	struct diff_page *p = owner;
	bool first = true;

	if (c->direction != DIFF_WORSE || p->hosts_n++ >= PAGE_HOSTS)
		return;
	fputs("<tr><th scope=row>", p->hosts);
	html_text(p->hosts, c->after->host);
	fprintf(p->hosts, "<td class=n data-t=Names>%s<td>", number_grouped(c->names).s);
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if ((c->events >> words[i].event & 1) == 0)
			continue;
		fprintf(p->hosts, "%s%s", first ? "" : "; ", words[i].word);
		first = false;
	}
	fputs("</tr>\n", p->hosts);
}

/* ---- the page ---------------------------------------------------------------------------- */

static const char style[] =
	"<style>.page{max-width:64rem;margin:0 auto;padding:1.5rem 1.2rem}.page h2{"
	"margin:1.8rem 0 0;font-size:1.2rem}.page td,.page tbody th{overflow-wrap:anywhere}"
	".page td div{line-height:1.35}@media print,(min-width:48.01rem){.page table{"
	"table-layout:fixed}.page tbody th{min-width:0}.page thead th:nth-child(-n+4){width:15%}"
	".page thead th:first-child{width:24%}}@media print{.page{padding:0;max-width:none}"
	".figures{grid-template-columns:repeat(4,1fr)}.page "
	"h2{font-size:14px;margin-top:1rem}.page .intro{margin:0}"
	".page table{font-size:10px}}</style>\n";

static void page_figures(FILE *out, const struct diff_totals *t, const struct host_totals *hosts)
{
	fputs("<ul class=figures>\n", out);
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		bool bad = i == DIFF_LOSS || i == DIFF_WORSE;
		if (t->directions[i] > 0 || bad)
			html_figure(out, bad && t->directions[i] == 0 ? "good" : parts[i].class,
				    t->directions[i], 0, parts[i].figure);
	}
	if (hosts->compared)
		html_figure(out, hosts->directions[DIFF_WORSE] > 0 ? "bad" : "good",
			    hosts->directions[DIFF_WORSE], 0, "mail hosts are worse");
	html_figure(out, "", t->same, 0, "the same");
	if (t->unknown > 0)
		html_figure(out, "", t->unknown, 0, "not known in one of them");
	if (t->not_scanned > 0)
		html_figure(out, "", t->not_scanned, 0, "not scanned by one of them");
	fputs("</ul>\n", out);
}

static void page_rows(struct diff_page *p, FILE *rows, FILE *out)
{
	char bytes[8192];
	size_t n;

	rewind(rows);
	while ((n = fread(bytes, 1, sizeof(bytes), rows)) > 0)
		fwrite(bytes, 1, n, out);
	p->failed = p->failed || ferror(rows) != 0;
	fputs("</tbody>\n</table>\n", out);
}

static void page_more(FILE *out, uint64_t n, uint64_t shown)
{
	if (n > shown)
		fprintf(out,
			"<p class=note>And %s more: <code>mtasweep diff -f csv OLD "
			"NEW</code></p>\n",
			number_grouped(n - shown).s);
}

static void page_part(struct diff_page *p, FILE *out, unsigned i, const struct diff_totals *t)
{
	if (t->directions[i] == 0)
		return;
	fprintf(out,
		"<h2>%s: %s</h2>\n<p class=intro>%s</p>\n<table>\n<thead><tr><th>Name<th>Customer"
		"<th>Was<th>Is<th>%s</tr></thead>\n<tbody>\n",
		parts[i].title, number_grouped(t->directions[i]).s, parts[i].intro,
		i == DIFF_NEW || i == DIFF_GONE ? "" : "Why");
	page_rows(p, p->part[i], out);
	page_more(out, p->rows[i], parts[i].rows);
}

static void page_hosts(struct diff_page *p, FILE *out)
{
	if (p->hosts_n == 0)
		return;
	fprintf(out,
		"<h2>Mail hosts that are worse: %s</h2>\n<p class=intro>Servers that take mail, "
		"visited in both runs, and how many of the names have them.</p>\n<table>\n"
		"<thead><tr><th>Host<th class=n>Names<th>What happened</tr></thead>\n<tbody>\n",
		number_grouped(p->hosts_n).s);
	page_rows(p, p->hosts, out);
	page_more(out, p->hosts_n, PAGE_HOSTS);
}

int diff_page_write(struct diff_page *p, FILE *out, const char *const runs[2],
		    const struct diff_totals *t, const struct host_totals *hosts,
		    const struct remarks *remarks)
{
	uint64_t bad = t->directions[DIFF_LOSS] + t->directions[DIFF_WORSE] +
		       hosts->directions[DIFF_WORSE];

	html_document(out, "What changed");
	fputs(style, out);
	fputs("<div class=page>\n<p class=brand>mtasweep</p>\n<h1>", out);
	if (t->directions[DIFF_LOSS] > 0)
		fprintf(out, "%s %s mail now", number_grouped(t->directions[DIFF_LOSS]).s,
			t->directions[DIFF_LOSS] == 1 ? "more name loses" : "more names lose");
	else
		fputs(bad > 0 ? "Something is worse, but no more mail is lost"
			      : "Nothing is worse than before",
		      out);
	fputs("</h1>\n<p class=state>From ", out);
	html_str(out, runs[0]);
	fputs(" to ", out);
	html_str(out, runs[1]);
	fputs(": what these domains publish for the security of mail (MTA-STS, TLS-RPT). This "
	      "page holds names: it is not for publication.</p>\n",
	      out);
	html_remarks(out, remarks->v, remarks->n);
	page_figures(out, t, hosts);
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		page_part(p, out, i, t);
		if (i == DIFF_WORSE)
			page_hosts(p, out);
	}
	fputs("</div>\n</body>\n</html>\n", out);
	return p->failed ? -1 : 0;
}

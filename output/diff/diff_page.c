/* diff_page.c - see diff_page.h. */
#include "output/diff/diff_page.h"

#include <assert.h>

#include "output/diff/diff_print.h"
#include "output/report/html.h"
#include "output/text/number.h"

#define PAGE_HOSTS 100u
#define PAGE_FINDINGS 2u /* of a name that are named */

/* What a group is called, in its tile, and how bad it is to be in it. */
static const struct {
	const char *title, *figure, *one, *intro, *class;
	unsigned rows; /* the others are counted */
	bool action;   /* whether there is something to do about it */
} parts[DIFF_DIRECTIONS] = {
	[DIFF_LOSS] = {"Newly lose mail", "newly lose mail", "newly loses mail",
		       "Senders that honour the policy cannot deliver any more. Act today.", "bad",
		       200, true},
	[DIFF_NEW_LOSS] = {"New in the list, lose mail", "are new and lose mail",
			   "is new and loses mail",
			   "Not in the list before. Senders that honour the policy cannot deliver. "
			   "Act today.",
			   "bad", 200, true},
	[DIFF_UNSURE_LOSS] = {"Lose mail, before not known", "lose mail, before not known",
			      "loses mail, before not known",
			      "Mail is lost now. The older run could not tell whether it was.",
			      "bad", 200, true},
	[DIFF_STILL_LOSS] = {"Still lose mail", "still lose mail", "still loses mail",
			     "Senders that honour the policy could not deliver before, and cannot "
			     "now. Act today.",
			     "bad", 200, true},
	[DIFF_WORSE] = {"Worse than before", "are worse", "is worse",
			"Less protected, or wrong where nothing was wrong before.", "bad", 100,
			true},
	[DIFF_STILL] =
		{"Still broken, in another way", "still broken, in another way",
		 "still broken, in another way",
		 "Wrong before and wrong now, for another reason. Some of them may be better "
		 "protected than before. Where mail was lost and the policy is now out of "
		 "reach, senders that stored it go on refusing until its max_age is over.",
		 "bad", 50, true},
	[DIFF_BETTER] =
		{"Better than before", "are better", "is better",
		 "Repaired, newly protected, or on the way there: mode testing protects nothing "
		 "yet.",
		 "good", 50, false},
	[DIFF_OTHER] = {"Changed otherwise", "changed otherwise", "changed otherwise",
			"Neither better nor worse for mail.", "", 20, false},
	[DIFF_NEW] = {"New in the list", "are new", "is new", "Not in the list before.", "", 20,
		      false},
	[DIFF_GONE] = {"Gone from the list", "are gone", "is gone", "In the list before, not now.",
		       "", 20, false},
};

int diff_page_begin(struct diff_page *p)
{
	*p = (struct diff_page){.failed = false};
	buf_init(&p->shown[0], DIFF_STATE_MAX);
	buf_init(&p->shown[1], DIFF_STATE_MAX);
	p->hosts = tmpfile();
	return diff_order_begin(&p->order) == 0 && p->hosts != NULL ? 0 : -1;
}

void diff_page_release(struct diff_page *p)
{
	diff_order_end(&p->order);
	if (p->hosts != NULL)
		fclose(p->hosts);
	buf_release(&p->shown[0]);
	buf_release(&p->shown[1]);
}

/* ---- rows -------------------------------------------------------------------------------- */

static const char *page_state(const struct diff_state *s)
{
	static const char *const words[] = {
		[VERDICT_ABSENT] = "no MTA-STS",
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
	if (diff_state_loses(s))
		return "mail is lost";
	if (s->verdict == VERDICT_ENFORCE && diff_state_impact_is(s, IMPACT_UNPROTECTED))
		return "enforced, not all protected";
	return words[s->verdict];
}

static void page_value(struct diff_page *p, FILE *out, unsigned side, const struct diff_state *s,
		       enum diff_key key)
{
	struct span shown = s != NULL ? diff_shown(&p->shown[side], s->v[key]) : SPAN_NULL;

	p->failed = p->failed || p->shown[side].failed;
	html_text(out, shown.p != NULL ? shown : SPAN_LIT("-"));
}

/* Titles of what appeared or went, the most severe first, down to `least`; how many. */
static unsigned page_titles(FILE *out, const char *lead, const enum issue *codes, unsigned n,
			    enum severity least)
{
	unsigned told = 0;

	for (unsigned severity = SEVERITY_ERROR; severity <= least; severity++)
		for (unsigned i = 0; i < n; i++) {
			if (issue_info(codes[i])->severity != severity)
				continue;
			if (told++ >= PAGE_FINDINGS)
				continue;
			fprintf(out, "<div>%s", lead);
			html_str(out, issue_info(codes[i])->title);
			fputs("</div>", out);
		}
	if (told > PAGE_FINDINGS)
		fprintf(out, "<div class=none>and %u more</div>", told - PAGE_FINDINGS);
	return told;
}

/* Without remarks. */
static unsigned page_findings(FILE *out, const char *lead, const enum issue *codes, unsigned n)
{
	return page_titles(out, lead, codes, n, SEVERITY_WARNING);
}

/* What is published otherwise, in words; else what there is to remark now, or was. */
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

	assert(c->before != NULL && c->after != NULL); /* it is in both runs */
	if (c->before->verdict == VERDICT_ABSENT && c->after->verdict == VERDICT_NONE) {
		html_str(out, "MTA-STS is announced, and its policy says that it is off");
		return;
	}
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!diff_state_differs(c->before, c->after, words[i].key))
			continue;
		fprintf(out, "%s%s", first ? "other " : ", ", words[i].word);
		first = false;
	}
	if (first && page_titles(out, "", c->appeared, c->appeared_n, SEVERITY_INFO) == 0)
		page_titles(out, "no longer: ", c->gone, c->gone_n, SEVERITY_INFO);
}

/* What is wrong with it now, what loses mail before all else. */
static void page_wrong(FILE *out, const struct diff_state *s)
{
	enum issue codes[DIFF_FINDINGS_MAX];
	unsigned n = diff_state_findings(s, codes), kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (!diff_state_loses(s) || issue_info(codes[i])->impact == IMPACT_MAIL_LOSS)
			codes[kept++] = codes[i];
	page_findings(out, "", codes, kept);
}

/* Of a name that is worse without anything being wrong: it was taken back. */
static void page_withdrawn(FILE *out, const struct diff_state *after)
{
	static const char *const words[VERDICT_EXCLUDED + 1] = {
		[VERDICT_ABSENT] = "The MTA-STS record is gone",
		[VERDICT_NONE] = "The policy is switched off",
		[VERDICT_TESTING] = "The policy is in mode testing again",
	};

	assert(after != NULL); /* it is in both runs */
	if (words[after->verdict] != NULL)
		html_str(out, words[after->verdict]);
}

/* What was repaired; else what is published now. A remark that goes with a mode is no repair: it
 * may stand there again under the next one. */
static void page_better(FILE *out, const struct diff_change *c)
{
	static const char *const words[VERDICT_EXCLUDED + 1] = {
		[VERDICT_ENFORCE] = "The policy is enforced now",
		[VERDICT_TESTING] = "The policy is in mode testing now",
	};
	assert(c->before != NULL && c->after != NULL); /* it is in both runs */
	enum verdict now = c->after->verdict;

	if (page_titles(out, "no longer: ", c->gone, c->gone_n, SEVERITY_ERROR) > 0)
		return;
	if (c->before->verdict != now && words[now] != NULL)
		html_str(out, words[now]);
	else
		page_findings(out, "no longer: ", c->gone, c->gone_n);
}

/* What it comes to for those who did not make it. */
static void page_why(FILE *out, const struct diff_change *c)
{
	if (c->kind == DIFF_ONLY_NEW || diff_state_loses(c->after))
		page_wrong(out, c->after);
	else if (c->kind != DIFF_CHANGED)
		return;
	else if (c->direction == DIFF_BETTER)
		page_better(out, c);
	else if (c->direction == DIFF_OTHER)
		page_keys(out, c);
	else if (page_findings(out, "", c->appeared, c->appeared_n) == 0 &&
		 c->direction == DIFF_WORSE)
		page_withdrawn(out, c->after);
}

static void page_action(struct diff_page *p, FILE *out, const struct diff_state *s)
{
	assert(s != NULL);
	fputs("<td data-t=\"Do first\">", out);
	if (s->v[DIFF_ACTION].n > 0)
		page_value(p, out, 1, s, DIFF_ACTION);
	else
		html_str(out, "Nothing, if that was meant");
}

/* Of a name that is worse: what it does to mail. */
static void page_note_mail(struct diff_page *p, const struct diff_state *s)
{
	enum issue codes[DIFF_FINDINGS_MAX];
	assert(s != NULL);
	unsigned n = diff_state_findings(s, codes);

	for (unsigned i = 0; i < n; i++)
		if (issue_delays(codes[i], issue_info(codes[i])->severity, s->verdict))
			p->delayed = true;
	p->unsure = p->unsure || !diff_state_known(s, DIFF_IMPACT);
}

void diff_page_change(void *owner, const struct diff_change *c)
{
	struct diff_page *p = owner;
	FILE *out = p->order.row;
	const struct diff_state *tagged = c->after != NULL ? c->after : c->before;

	if (c->direction == DIFF_WORSE)
		page_note_mail(p, c->after);
	if (!diff_order_wants(&p->order, c, parts[c->direction].rows))
		return;
	p->tagged = p->tagged || tagged->v[DIFF_TAG].n > 0;
	fputs("<tr><th scope=row>", out);
	html_name(out, c->domain);
	fputs("<td data-t=Customer>", out);
	if (tagged->v[DIFF_TAG].n > 0)
		page_value(p, out, 0, tagged, DIFF_TAG);
	fputs("<td data-t=Was>", out);
	html_str(out, page_state(c->before));
	fputs("<td data-t=Is>", out);
	html_str(out, page_state(c->after));
	fputs("<td data-t=Why><div>", out);
	page_why(out, c);
	fputs("</div>", out);
	if (parts[c->direction].action)
		page_action(p, out, c->after);
	fputs("</tr>\n", out);
	diff_order_put(&p->order, c);
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
	html_name(p->hosts, c->after->host);
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
	"<style>.page{max-width:72rem;margin:0 auto;padding:1.5rem 1.2rem}.page h1.bad{"
	"color:var(--bad)}.page h1.good{color:var(--good)}.page h2{"
	"margin:1.8rem 0 0;font-size:1.2rem}.page td,.page tbody th{overflow-wrap:anywhere}"
	/* Our own words never break: their columns are as wide as the longest one. */
	".page .names td:nth-child(n+3):nth-child(-n+5){overflow-wrap:normal}"
	".page td div{line-height:1.35}.page td div+div{margin-top:.25rem}"
	/* No hole behind the last tile. */
	".page .figures{display:flex;flex-wrap:wrap}.page .figures li{flex:1 1 9.5rem}"
	"@media print,(min-width:48.01rem){.page table{table-layout:fixed}.page tbody "
	"th{min-width:0}.page .names thead th{width:7.2rem}.page .names thead "
	"th:nth-child(2){width:13%}.page .names thead "
	"th:first-child{width:20%}.page .names thead th:nth-child(5){width:19%}.page .names "
	"thead th:last-child{width:auto}}.page .steps{margin-top:.8rem}"
	"@media print{.page{padding:0;max-width:none}.page .figures li{flex-basis:20%}.page "
	"h2{font-size:14px;margin-top:1rem}.page .intro{margin:0}"
	".page table{font-size:10px}}"
	".untagged .names tr>:nth-child(2){display:none}.page footer{padding:0;margin-top:2.5rem}"
	/* A sentence is read from the left; an empty one is not there. */
	"@media screen and (max-width:48rem){.page td[data-t=Why],.page td[data-t='Do first']{"
	"display:block;text-align:left}.page td[data-t=Why]::before,.page td[data-t='Do "
	"first']::before{display:block;max-width:none}.page td:has(>div:only-child:empty){"
	"display:none}}</style>\n";

/* A part of those whom the part's title counts has another name than it. */
static const char *page_figure(const struct diff_totals *t, unsigned direction, uint64_t n)
{
	if (direction == DIFF_BETTER && t->loss_ended > 0)
		return number_word(n, "is better otherwise", "are better otherwise");
	if (direction == DIFF_STILL && t->loss_ended_by[DIFF_STILL] > 0)
		return number_word(n, "other still broken, in another way",
				   "others still broken, in another way");
	if (direction == DIFF_NEW && t->directions[DIFF_NEW_LOSS] > 0)
		return number_word(n, "is new, losing no mail", "are new, losing no mail");
	return number_word(n, parts[direction].one, parts[direction].figure);
}

/* Each name in exactly one of them; nothing is green while mail is lost. */
static void page_figures(FILE *out, const struct diff_totals *t, const struct host_totals *hosts)
{
	fputs("<ul class=figures>\n", out);
	if (diff_losing(t) == 0)
		html_figure(out, "good", 0, 0, "lose mail");
	else if (t->directions[DIFF_LOSS] + t->directions[DIFF_NEW_LOSS] == 0)
		html_figure(out, "", 0, 0, parts[DIFF_LOSS].figure);
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		uint64_t n = diff_told(t, i) - t->loss_ended_by[i];

		if (i == DIFF_BETTER && t->loss_ended > 0)
			html_figure(out, "good", t->loss_ended, 0,
				    number_word(t->loss_ended, "no longer loses mail",
						"no longer lose mail"));
		if (n > 0)
			html_figure(out, parts[i].class, n, 0, page_figure(t, i, n));
	}
	for (enum diff_kind kind = DIFF_SAME; kind < DIFF_KINDS; kind++)
		if (diff_rest(t, kind) > 0 || kind == DIFF_SAME)
			html_figure(out, "", diff_rest(t, kind), 0, diff_rest_label(t, kind));
	if (hosts->compared)
		html_figure(out, hosts->directions[DIFF_WORSE] > 0 ? "bad" : "good",
			    hosts->directions[DIFF_WORSE], 0,
			    number_word(hosts->directions[DIFF_WORSE], "mail host is worse",
					"mail hosts are worse"));
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

/* What becomes of mail to those that are worse, as far as that is so of all of them. */
static const char *page_mail(const struct diff_page *p, unsigned direction)
{
	if (direction != DIFF_WORSE)
		return "";
	if (p->delayed)
		return " Mail to those of which senders refuse some MX hosts may be late or lost.";
	return p->unsure ? "" : " No mail is lost.";
}

struct page_ended {
	char s[80];
};

/* Of a part's names those that have a figure of their own above. */
static struct page_ended page_ended(const struct diff_totals *t, unsigned direction)
{
	const uint64_t n = t->loss_ended_by[direction];
	struct page_ended ended = {""};

	if (n > 0)
		snprintf(ended.s, sizeof(ended.s), " %s of them no longer %s mail.",
			 number_grouped(n).s, n == 1 ? "loses" : "lose");
	return ended;
}

static void page_part(struct diff_page *p, FILE *out, unsigned i, const struct diff_totals *t)
{
	const uint64_t n = diff_told(t, i);

	if (n == 0)
		return;
	fprintf(out,
		"<h2>%s: %s</h2>\n<p class=intro>%s%s%s</p>\n<table class=names>\n<thead><tr>"
		"<th>Name"
		"<th>Customer<th>Was<th>Is<th>Why%s</tr></thead>\n<tbody>\n",
		parts[i].title, number_grouped(n).s, parts[i].intro, page_mail(p, i),
		page_ended(t, i).s, parts[i].action ? "<th>What to do first" : "");
	diff_order_write(&p->order, i, parts[i].rows, out);
	fputs("</tbody>\n</table>\n", out);
	page_more(out, n, parts[i].rows);
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

/* In the colour of the worst of what is, not of what changed. */
static void page_headline(FILE *out, const struct diff_totals *t, const struct host_totals *hosts)
{
	bool losing = diff_losing(t) > 0;
	bool worse = diff_worse(t) || hosts->directions[DIFF_WORSE] > 0;

	bool blind = diff_blind(t) && !worse;

	fprintf(out, "<h1%s>", losing || blind ? " class=bad" : worse ? "" : " class=good");
	diff_loss_sentence(out, t);
	if (!losing && !blind)
		fputs(worse ? ", but something is worse" : ", and nothing is worse", out);
	fputs("</h1>\n", out);
}

static bool page_has_actions(const struct diff_totals *t)
{
	bool some = false;

	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++)
		some = some || (parts[i].action && diff_told(t, i) > 0);
	return some;
}

/* Without the folders of the machine on which it lies. */
static const char *page_run_name(const char *run)
{
	const char *slash = strrchr(run, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : run;
}

static void page_run(FILE *out, const char *run, const struct diff_side *side)
{
	html_str(out, page_run_name(run));
	if (side->started_at_ms == 0)
		return;
	fputs(" (scanned ", out);
	html_time(out, side->started_at_ms);
	fputs(" UTC)", out);
}

int diff_page_write(struct diff_page *p, FILE *out, const char *const runs[2],
		    const struct diff_totals *t, const struct host_totals *hosts,
		    const struct remarks *remarks)
{
	html_document(out, "What changed");
	fputs(style, out);
	fprintf(out, "<div class=\"page%s\">\n<p class=brand>mtasweep</p>\n",
		p->tagged ? "" : " untagged");
	page_headline(out, t, hosts);
	fputs("<p class=state>From ", out);
	page_run(out, runs[0], &t->old);
	fputs(" to ", out);
	page_run(out, runs[1], &t->new);
	fputs(": what these domains publish for the security of mail (MTA-STS, TLS-RPT). This "
	      "page holds names: it is not for publication.</p>\n",
	      out);
	html_remarks(out, remarks->v, remarks->n);
	page_figures(out, t, hosts);
	if (page_has_actions(t))
		fputs("<p class='note steps'>What to do first is told as far as the newer scan "
		      "saw. "
		      "<code>mtasweep check NAME</code> looks again and has all steps and the "
		      "values to publish; it looks at the policy, too, where the record at "
		      "_mta-sts is void and the scan did not ask for it.</p>\n",
		      out);
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		page_part(p, out, i, t);
		if (i == DIFF_WORSE)
			page_hosts(p, out);
	}
	fputs("<footer>mtasweep " MTASWEEP_VERSION
	      " &middot; the names for programs: mtasweep diff -f ndjson</footer>\n"
	      "</div>\n</body>\n</html>\n",
	      out);
	return p->failed || p->order.failed ? -1 : 0;
}

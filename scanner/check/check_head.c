/*
 * check_head.c - the head of the page: how it stands, in words and a colour that follow from the
 * worst finding; the cause, the first action, and what all of it rests on.
 */
#include <assert.h>
#include <stdio.h>

#include "output/text/number.h"
#include "scanner/check/check_advice.h"
#include "scanner/check/check_parts.h"

/* From the best to the worst: who reads the head alone has to be warned of the worst. */
static unsigned head_weight(enum severity severity)
{
	static const unsigned weight[] = {[SEVERITY_INFO] = 0,
					  [SEVERITY_WARNING] = 1,
					  [SEVERITY_INCONCLUSIVE] = 2,
					  [SEVERITY_ERROR] = 3};

	assert((unsigned)severity < severity_count);
	return weight[severity];
}

int check_worst(const struct record *r)
{
	int worst = TERM_NULL;

	for (unsigned i = 0; i < r->issues_n; i++)
		if (worst < 0 ||
		    head_weight(r->issues[i].severity) > head_weight((enum severity)worst))
			worst = (int)r->issues[i].severity;
	return worst;
}

static bool head_delays(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (issue_delays(r->issues[i].code, (enum severity)r->issues[i].severity,
				 r->verdict))
			return true;
	return false;
}

/* The verdict's own sentence, but for what else is known of the name: what is wrong beside it may
 * not be left to be found further down. */
static const char *head_verdict(const struct record *r, char line[CHECK_SENTENCE_MAX])
{
	int worst = check_worst(r);
	bool policy = r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING;

	if (r->verdict == VERDICT_ABSENT && r->mx.dns == DNS_NXDOMAIN)
		return "The name does not exist in DNS: no mail can be sent to it.";
	if (!policy || worst < 0 || worst == SEVERITY_INFO)
		return verdict_sentence(r->verdict);
	const char *word = r->verdict == VERDICT_ENFORCE ? "Enforced" : "Testing";
	if (r->impact == IMPACT_MAIL_LOSS)
		snprintf(line, CHECK_SENTENCE_MAX,
			 "%s, but mail is lost: compliant senders cannot deliver.", word);
	else if (worst == SEVERITY_ERROR)
		snprintf(line, CHECK_SENTENCE_MAX, "%s, but %s.", word,
			 head_delays(r) ? "some mail may be late or lost" : "with errors");
	else if (worst == SEVERITY_INCONCLUSIVE)
		snprintf(line, CHECK_SENTENCE_MAX, "%s, but not all could be found out.", word);
	else
		snprintf(line, CHECK_SENTENCE_MAX, "%s, with something to put right.", word);
	return line;
}

static enum text_style head_style(const struct record *r)
{
	int worst = check_worst(r);

	if (r->verdict == VERDICT_BROKEN || r->impact == IMPACT_MAIL_LOSS ||
	    worst == SEVERITY_ERROR)
		return TEXT_ERROR;
	if (worst != SEVERITY_WARNING && worst != SEVERITY_INCONCLUSIVE &&
	    (r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING))
		return TEXT_GOOD;
	return TEXT_WARNING;
}

/* "1 error, 2 warnings" */
static void head_counts(struct text *t, const struct record *r)
{
	static const struct {
		enum severity severity;
		const char *one, *many;
	} rows[] = {
		{SEVERITY_ERROR, "error", "errors"},
		{SEVERITY_INCONCLUSIVE, "not known", "not known"},
		{SEVERITY_WARNING, "warning", "warnings"},
		{SEVERITY_INFO, "info", "info"},
	};
	char line[128] = "none";
	size_t at = 0;

	for (unsigned k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		unsigned n = 0;
		for (unsigned i = 0; i < r->issues_n; i++)
			n += r->issues[i].severity == rows[k].severity &&
			     !check_repeats(r, &r->issues[i]);
		if (n > 0)
			at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%u %s",
					       at > 0 ? ", " : "", n,
					       n == 1 ? rows[k].one : rows[k].many);
	}
	assert(at < sizeof(line));
	check_label(t, "findings", span_str(line));
}

/* What is told first among the findings, if it is to be acted on. */
static void head_cause(struct text *t, const struct record *r)
{
	const struct record_issue *first = record_first_issue(r);
	char line[2 * CHECK_SENTENCE_MAX], sentence[CHECK_SENTENCE_MAX];

	if (first == NULL || first->severity == SEVERITY_INFO)
		return;
	check_sentence(r, issue_info(first->code)->title, sentence);
	snprintf(line, sizeof(line), "%s [%s]", sentence, issue_info(first->code)->code);
	check_label(t, first->severity == SEVERITY_INCONCLUSIVE ? "why" : "cause", span_str(line));
}

static void head_action(struct text *t, const struct record *r, const struct check_page *page)
{
	char line[CHECK_SENTENCE_MAX];

	if (check_recommend_first(r, page->now, !page->stepless, line).n > 0)
		check_label(t, "do first", span_str(line));
}

static void head_checked(struct text *t, const struct record *r, const struct check_page *page)
{
	struct span resolver =
		r->sts.answer.resolver.p != NULL ? r->sts.answer.resolver : r->mx.resolver;
	struct number when = number_time(r->scanned_at_ms / 1000);
	char line[512];

	if (r->domain.p == NULL || r->verdict == VERDICT_EXCLUDED)
		return;
	if (page->letter) {
		check_label(t, "checked", span_str(when.s));
		return;
	}
	snprintf(line, sizeof(line), "%s%s%.*s, mtasweep %s", when.s,
		 resolver.p != NULL ? ", resolver " : "", resolver.p != NULL ? (int)resolver.n : 0,
		 resolver.p != NULL ? resolver.p : "", page->version);
	check_label(t, "checked", span_str(line));
}

struct head_list {
	char line[512];
	size_t at;
};

static void head_item(struct head_list *l, bool holds, const char *what)
{
	if (holds && l->at < sizeof(l->line))
		l->at += (size_t)snprintf(l->line + l->at, sizeof(l->line) - l->at, "%s%s",
					  l->at > 0 ? "; " : "", what);
}

/* Not all of what is known by a visit to the MX hosts is. Who runs the scan is told by which option
 * it would be. */
static const char *head_unvisited(bool tls, bool dane, bool letter)
{
	if (tls)
		return letter ? "DANE of the MX hosts" : "DANE of the MX hosts (--dane)";
	if (dane)
		return letter ? "TLS of the MX hosts" : "TLS of the MX hosts (--mx-tls)";
	return letter ? "TLS and DANE of the MX hosts"
		      : "TLS and DANE of the MX hosts (--mx-tls, --dane)";
}

/* What nobody may take for fine because nothing is said of it. */
static void head_unchecked(struct text *t, const struct record *r, const struct check_page *page)
{
	struct head_list l = {.at = 0};
	bool tls = false, dane = false, hosts = r->mx.hosts_n > 0 && r->mx.null_mx != 1;

	if (r->domain.p == NULL || r->verdict == VERDICT_EXCLUDED)
		return;
	for (unsigned i = 0; i < r->mx.hosts_n; i++) {
		int seen = r->mx.hosts[i].tls;
		tls = tls || (seen >= 0 && seen != MX_TLS_NOT_TRIED);
		dane = dane || r->mx.hosts[i].dane >= 0 || r->mx.hosts[i].tlsa >= 0;
	}
	head_item(&l, !dns_answered(r->sts.answer.dns), "MTA-STS record (no answer)");
	head_item(&l, !dns_answered(r->mx.dns), "MX records (no answer)");
	head_item(&l, !dns_answered(r->tlsrpt.answer.dns), "TLS-RPT record (no answer)");
	head_item(&l, (r->sts.valid || advice_unlooked(r)) && r->policy.stage == STAGE_NONE,
		  "policy file");
	if (hosts && !(tls && dane))
		head_item(&l, true, head_unvisited(tls, dane, page->letter));
	if (l.at > 0)
		check_label(t, "not checked", span_str(l.line));
}

void check_head(struct text *t, const struct record *r, const struct check_page *page)
{
	char line[CHECK_SENTENCE_MAX];

	text_style(t, TEXT_TITLE);
	text_fill(t, 0,
		  r->domain.p != NULL ? r->domain
		  : r->input.n > 0    ? r->input
				      : SPAN_LIT("\"\""));
	text_style(t, TEXT_PLAIN);
	if (r->domain.p != NULL && !span_ieq(r->domain, r->input))
		check_label(t, "asked as", r->input);
	text_to(t, CHECK_INDENT);
	text_put(t, "verdict");
	text_to(t, CHECK_LABEL);
	text_style(t, head_style(r));
	text_fill(t, CHECK_LABEL, span_str(head_verdict(r, line)));
	text_style(t, TEXT_PLAIN);
	head_counts(t, r);
	head_cause(t, r);
	head_action(t, r, page);
	head_checked(t, r, page);
	head_unchecked(t, r, page);
}

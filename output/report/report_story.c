/* report_story.c - the report in five or six sentences, each behind the figure that it is about. */
#include "output/aggregate/aggregate_data.h"
#include "output/report/report_model.h"
#include "output/text/number.h"

#define SPAN_ARGS(s) (int)(s).n, (s).p /* of "%.*s" */
#define SAY(line, ...) snprintf((line)->text, REPORT_STORY_TEXT, __VA_ARGS__)

static struct number percent(uint64_t n, uint64_t of)
{
	struct number none = {"-"};

	return of > 0 && n <= of ? number_share(n, of) : none;
}

/* No run of it was stopped, as far as is known. */
static bool story_whole(const struct report_meta *meta)
{
	for (unsigned i = 0; i < meta->runs_n; i++)
		if (!meta->runs[i]->completed)
			return false;
	return true;
}

/* An interval is that of a sample, which the names that were done first are not. */
static void story_adoption(struct report_story *s, const uint64_t *g, bool complete)
{
	uint64_t of = g[GROUP_STS_KNOWN];
	struct number low = {"-"}, high = {"-"};

	if (of > 0 && g[GROUP_STS] <= of)
		report_interval(g[GROUP_STS], of, &low, &high);
	s->figure = percent(g[GROUP_STS], of);
	SAY(s,
	    "of the names publish an MTA-STS record: %s of %s%s%s%s%s%s. %s publish a TLS-RPT "
	    "record, "
	    "%s both.",
	    number_grouped(g[GROUP_STS]).s, number_grouped(of).s,
	    complete ? " (95 % interval " : "", complete ? low.s : "", complete ? " to " : "",
	    complete ? high.s : "", complete ? " %)" : "",
	    percent(g[GROUP_TLSRPT], g[GROUP_TLSRPT_KNOWN]).s,
	    percent(g[GROUP_BOTH], g[GROUP_BOTH_KNOWN]).s);
}

static void story_policies(struct report_story *s, const uint64_t *g)
{
	uint64_t of = g[GROUP_STS],
		 known = g[GROUP_ENFORCE] + g[GROUP_TESTING] + g[GROUP_NONE] + g[GROUP_BROKEN];

	s->figure = percent(g[GROUP_ENFORCE], of);
	SAY(s,
	    "of the names with an MTA-STS record enforce a valid policy: %s of %s. %s are in "
	    "testing "
	    "mode, %s in mode none; %s lead to no valid policy, %s are inconclusive.",
	    number_grouped(g[GROUP_ENFORCE]).s, number_grouped(of).s,
	    percent(g[GROUP_TESTING], of).s, percent(g[GROUP_NONE], of).s,
	    percent(g[GROUP_BROKEN], of).s, percent(of > known ? of - known : 0, of).s);
}

/* Of the stages from DNS on. */
static struct span stage_word(const struct report_model *m, unsigned i)
{
	return report_word(m, "stages", stage_name((enum stage)(STAGE_DNS + i)));
}

static struct span reason_word(const struct report_model *m, unsigned i)
{
	return report_word(m, "tls_reasons", tls_reason_name((enum tls_reason)i));
}

/* The most frequent reason of `of` TLS failures, where there is one, behind the text so far. */
static void story_tls(struct report_story *s, size_t at, const struct report_model *m,
		      const uint64_t *reason, uint64_t of)
{
	struct report_leaders lead = report_leaders(reason, tls_reason_count, of);

	if (lead.clear)
		snprintf(s->text + at, REPORT_STORY_TEXT - at,
			 " The most frequent TLS failure: %.*s, %s of %s.",
			 SPAN_ARGS(reason_word(m, lead.first)),
			 number_grouped(reason[lead.first]).s, number_grouped(of).s);
	else if (of > 0)
		snprintf(s->text + at, REPORT_STORY_TEXT - at,
			 " No TLS failure is measurably the most frequent one: %.*s %s, %.*s %s of "
			 "%s.",
			 SPAN_ARGS(reason_word(m, lead.first)),
			 number_grouped(reason[lead.first]).s,
			 SPAN_ARGS(reason_word(m, lead.second)),
			 number_grouped(reason[lead.second]).s, number_grouped(of).s);
}

/* False: nothing was fetched. */
static bool story_failures(struct report_story *s, const struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;
	uint64_t n[7] = {0}, reason[9] = {0}, of = 0, failed = 0;

	for (unsigned e = 0; e < ENTITIES; e++) {
		for (unsigned i = STAGE_DNS; i < stage_count; i++)
			n[i] += c->stage[e][i];
		for (unsigned i = 0; i < tls_reason_count; i++)
			reason[i] += c->tls_reason[e][i];
	}
	for (unsigned i = STAGE_DNS; i < stage_count; i++) {
		of += n[i];
		failed += i != STAGE_OK ? n[i] : 0;
	}
	if (of == 0)
		return false;
	s->figure = percent(failed, of);
	int at = SAY(s, "of the policies that valid records announce cannot be had: %s of %s.",
		     number_grouped(failed).s, number_grouped(of).s);
	struct report_leaders lead = report_leaders(n + STAGE_DNS, STAGE_OK - STAGE_DNS, failed);
	if (lead.clear)
		at += snprintf(s->text + at, REPORT_STORY_TEXT - (size_t)at,
			       " Most often it is %.*s that fails: %s of the failures.",
			       SPAN_ARGS(stage_word(m, lead.first)),
			       percent(n[STAGE_DNS + lead.first], failed).s);
	else if (failed > 0)
		at += snprintf(s->text + at, REPORT_STORY_TEXT - (size_t)at,
			       " No stage fails measurably more often than all others: %.*s %s, "
			       "%.*s %s of the failures.",
			       SPAN_ARGS(stage_word(m, lead.first)),
			       percent(n[STAGE_DNS + lead.first], failed).s,
			       SPAN_ARGS(stage_word(m, lead.second)),
			       percent(n[STAGE_DNS + lead.second], failed).s);
	story_tls(s, (size_t)at, m, reason, n[STAGE_TLS]);
	return true;
}

static void story_mail(struct report_story *s, const struct aggregate_counts *c)
{
	uint64_t n = c->impact[IMPACT_MAIL_LOSS], of = c->all[GROUP_STS], late = c->mail_late;

	s->figure = number_grouped(n);
	int at = SAY(s,
		     "%s mail: compliant senders can deliver to none of %s MX hosts. That is "
		     "%s of the names with an MTA-STS record.",
		     n == 1 ? "name loses" : "names lose", n == 1 ? "its" : "their",
		     percent(n, of).s);
	if (late > 0)
		snprintf(s->text + at, REPORT_STORY_TEXT - (size_t)at,
			 " Of %s more such senders refuse some MX hosts: mail to %s may be late or "
			 "lost.",
			 number_grouped(late).s, number_word(late, "it", "these"));
}

/* Where MX hosts were visited; whether a policy or not asks senders to be strict. */
static void story_hosts(struct report_story *s, const struct aggregate_counts *c)
{
	const uint64_t n = c->mx_names.refused, of = c->mx_names.known;

	s->figure = percent(n, of);
	SAY(s,
	    "of the names whose MX hosts were visited have one that a strict sender refuses, for "
	    "its STARTTLS or its certificate: %s of %s.",
	    number_grouped(n).s, number_grouped(of).s);
}

/* And why the first sentence leaves out fewer names than these. */
static void story_unknown(struct report_story *s, const struct aggregate_counts *c)
{
	uint64_t n = c->verdict[VERDICT_INCONCLUSIVE], of = c->all[GROUP_NAMES];
	uint64_t silent = of > c->all[GROUP_STS_KNOWN] ? of - c->all[GROUP_STS_KNOWN] : 0;

	const bool first = c->all[GROUP_STS_KNOWN] > 0; /* there is such a sentence */
	silent = silent < n ? silent : n;
	s->figure = percent(n, c->rows);
	int at = SAY(s,
		     "of the names are inconclusive: %s of %s. A temporary failure is no absence.",
		     number_grouped(n).s, number_grouped(c->rows).s);
	if (silent > 0)
		at += snprintf(s->text + at, REPORT_STORY_TEXT - (size_t)at,
			       " Of %s it is not known whether %s a record%s%s%s.",
			       number_grouped(silent).s,
			       number_word(silent, "it publishes", "they publish"),
			       first ? "; the first sentence leaves " : "",
			       first ? number_word(silent, "it", "them") : "", first ? " out" : "");
	if (n > silent)
		snprintf(s->text + at, REPORT_STORY_TEXT - (size_t)at,
			 " %s %s one, which the first sentence counts; whether a valid policy "
			 "can be had is not known.",
			 number_grouped(n - silent).s,
			 number_word(n - silent, "publishes", "publish"));
}

/* Shares of nothing say nothing. */
static void story_none(struct report_story *s)
{
	s->figure = (struct number){""};
	SAY(s, "No name was scanned.");
}

void report_story_make(struct report_model *m)
{
	const struct aggregate_counts *c = &m->a->counts;

	m->story_n = 0;
	if (c->all[GROUP_NAMES] == 0) {
		story_none(&m->story[m->story_n++]);
		return;
	}
	if (c->all[GROUP_STS_KNOWN] > 0)
		story_adoption(&m->story[m->story_n++], c->all, story_whole(m->meta));
	if (c->all[GROUP_STS] > 0) {
		story_policies(&m->story[m->story_n++], c->all);
		m->story_n += story_failures(&m->story[m->story_n], m);
		story_mail(&m->story[m->story_n++], c);
	}
	if (c->mx_names.known > 0)
		story_hosts(&m->story[m->story_n++], c);
	story_unknown(&m->story[m->story_n++], c);
}

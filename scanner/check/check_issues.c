/* check_issues.c - the findings, most severe first, each with what it does to whom and where it
 * stands. */
#include <stdio.h>

#include "parsers/senders.h"
#include "scanner/check/check_parts.h"

#define ISSUES_INDENT 4u

static void issues_detail(struct text *t, struct span s)
{
	text_to(t, ISSUES_INDENT);
	text_fill(t, ISSUES_INDENT, s);
}

/* The known senders of a set, by name; returns the length. */
static size_t issues_names(char *line, size_t room, uint32_t senders)
{
	size_t at = 0;

	if (senders == (1u << sender_count) - 1)
		return (size_t)snprintf(line, room, "all that are known to us");
	for (unsigned i = 0; i < sender_count && at < room; i++)
		if ((senders >> i & 1) != 0)
			at += (size_t)snprintf(line + at, room - at, "%s%s", at > 0 ? ", " : "",
					       sender_name((enum sender)i));
	return at;
}

static void issues_senders(struct text *t, const struct record_issue *one)
{
	const struct issue_info *info = issue_info(one->code);
	enum issue_touches touches = issue_group_info(info->group)->touches;
	bool error = one->severity == SEVERITY_ERROR;
	char known[300], line[400];

	if (one->severity == SEVERITY_INCONCLUSIVE)
		return;
	const char *who = "";
	if (one->impact == IMPACT_MAIL_LOSS || (error && touches == ISSUE_TOUCHES_DELIVERY))
		who = "all that honour the policy";
	else if (error && touches == ISSUE_TOUCHES_POLICY &&
		 (one->root || one->impact == IMPACT_UNPROTECTED))
		who = "all that follow the RFC";
	size_t n = issues_names(known, sizeof(known), one->senders);
	if (who[0] == '\0' && n == 0)
		return;
	snprintf(line, sizeof(line), "Senders: %s%s%s", who,
		 n == 0		  ? ""
		 : who[0] != '\0' ? ", among them "
				  : "",
		 n > 0 ? known : "");
	issues_detail(t, span_str(line));
}

static void issues_impact(struct text *t, const struct record *r, const struct record_issue *one)
{
	const char *what = issue_consequence(one->code, one->severity, one->impact, r->verdict);
	char line[96];

	if (what[0] == '\0')
		return;
	snprintf(line, sizeof(line), "Impact: %s", what);
	issues_detail(t, span_str(line));
}

bool check_repeats(const struct record *r, const struct record_issue *one)
{
	for (const struct record_issue *before = r->issues; before < one; before++)
		if (before->code == one->code && before->severity == one->severity)
			return true;
	return false;
}

/* Where it was seen, each place once. */
static void issues_details(struct text *t, const struct record *r, const struct record_issue *one)
{
	for (const struct record_issue *at = one; at < r->issues + r->issues_n; at++) {
		bool told = false;
		if (at->code != one->code || at->severity != one->severity || at->detail.n == 0)
			continue;
		for (const struct record_issue *k = one; k < at && !told; k++)
			told = k->code == one->code && span_eq(k->detail, at->detail);
		if (!told)
			issues_detail(t, at->detail);
	}
}

static void issues_one(struct text *t, const struct record *r, const struct record_issue *one)
{
	const struct issue_info *info = issue_info(one->code);
	bool acts = one->severity != SEVERITY_INFO;
	char line[CHECK_SENTENCE_MAX + 64], sentence[CHECK_SENTENCE_MAX];

	text_to(t, CHECK_INDENT);
	text_styled(t, check_style_of(one->severity), severity_name(one->severity));
	check_sentence(r, info->title, sentence);
	snprintf(line, sizeof(line), "%s [%s]", sentence, info->code);
	text_put(t, "  ");
	text_fill(t, ISSUES_INDENT, span_str(line));
	issues_details(t, r, one);
	if (!acts)
		return;
	issues_detail(t, check_sentence(r, info->why, sentence));
	issues_impact(t, r, one);
	issues_senders(t, one);
	if (info->rfc[0] != '\0')
		issues_detail(t, span_str(info->rfc));
}

static void issues_refusing(struct text *t, uint32_t senders)
{
	char line[400];

	issues_names(line, sizeof(line), senders);
	text_line(t);
	text_to(t, CHECK_INDENT);
	text_fill(t, CHECK_INDENT,
		  SPAN_LIT("Known senders that end up without this policy, or with another one:"));
	issues_detail(t, span_str(line));
}

/* The senders of one finding are named with it; here they are those of several. */
static bool issues_refusing_is_news(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (r->issues[i].senders == r->senders_refusing)
			return false;
	return r->senders_refusing != 0;
}

void check_issues(struct text *t, const struct record *r)
{
	bool apart = false;

	check_section(t, "Issues");
	if (r->issues_n == 0)
		check_note(t, SPAN_LIT("None."));
	for (unsigned rank = 0; rank < 40; rank++)
		for (unsigned i = 0; i < r->issues_n; i++)
			if (record_issue_rank(&r->issues[i]) == rank &&
			    !check_repeats(r, &r->issues[i])) {
				/* Those to act on stand apart; remarks follow in one block. */
				if (apart)
					text_line(t);
				issues_one(t, r, &r->issues[i]);
				apart = r->issues[i].severity != SEVERITY_INFO;
			}
	if (r->issues_dropped > 0)
		check_labelf(t, "", "and %u more", r->issues_dropped);
	if (issues_refusing_is_news(r))
		issues_refusing(t, r->senders_refusing);
}

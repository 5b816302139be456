/* check_view.c - see check_view.h: the head of the page, and the order of its sections. */
#include "scanner/check/check_view.h"

#include <assert.h>

#include "scanner/check/check_parts.h"

/* The verdict's own sentence, but for what else is known of the name. */
static const char *view_verdict_text(const struct record *r)
{
	if (r->verdict == VERDICT_ABSENT && r->mx.dns == DNS_NXDOMAIN)
		return "The name does not exist in DNS: no mail can be sent to it.";
	if (r->verdict == VERDICT_ENFORCE && r->impact == IMPACT_MAIL_LOSS)
		return "Enforced, but the policy covers no MX host: senders that honour it cannot "
		       "deliver mail.";
	return verdict_sentence(r->verdict);
}

static enum text_style view_verdict_style(const struct record *r)
{
	if (r->verdict == VERDICT_BROKEN || r->impact == IMPACT_MAIL_LOSS)
		return TEXT_ERROR;
	if (r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING)
		return TEXT_GOOD;
	return TEXT_WARNING;
}

static void view_head(struct text *t, const struct record *r)
{
	text_style(t, TEXT_TITLE);
	text_fill(t, 0,
		  r->domain.p != NULL ? r->domain
		  : r->input.n > 0    ? r->input
				      : SPAN_LIT("\"\""));
	text_style(t, TEXT_PLAIN);
	if (r->domain.p != NULL && !span_ieq(r->domain, r->input)) {
		text_to(t, CHECK_INDENT);
		text_put(t, "asked as");
		text_to(t, CHECK_LABEL);
		text_fill(t, CHECK_LABEL, r->input);
	}
	text_to(t, CHECK_INDENT);
	text_put(t, "verdict");
	text_to(t, CHECK_LABEL);
	text_style(t, view_verdict_style(r));
	text_fill(t, CHECK_LABEL, span_str(view_verdict_text(r)));
	text_style(t, TEXT_PLAIN);
}

void check_view(struct text *t, const struct record *r, int64_t now)
{
	assert(t->width >= CHECK_WIDTH_MIN && t->width <= CHECK_WIDTH_MAX);
	view_head(t, r);
	if (r->domain.p != NULL && r->verdict != VERDICT_EXCLUDED) {
		check_published(t, r);
		check_hosts(t, r);
	}
	check_issues(t, r);
	check_recommend(t, r, now);
}

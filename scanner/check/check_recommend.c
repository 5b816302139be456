/* check_recommend.c - the advice as numbered steps, in the order in which they are safe. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "scanner/check/check_advice.h"
#include "scanner/check/check_parts.h"
#include "scanner/judge/judge.h"

#define RECOMMEND_INDENT 5u

#define RECOMMEND_SHOWN 6u /* values that are named one by one */

struct recommend {
	struct text *t;
	const struct record *r; /* the advice's: with the policy as far as it was seen */
	const struct advice *a;
	unsigned step;
	char *first; /* NULL, or where the first step goes in short; CHECK_SENTENCE_MAX bytes */
};

static void recommend_short(struct recommend *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The next step in short: for the head of the page, when it is the first. */
static void recommend_short(struct recommend *c, const char *fmt, ...)
{
	va_list args;

	if (c->first == NULL || c->first[0] != '\0')
		return;
	va_start(args, fmt);
	vsnprintf(c->first, CHECK_SENTENCE_MAX, fmt, args);
	va_end(args);
}

static void recommend_step(struct recommend *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void recommend_step(struct recommend *c, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	recommend_short(c, "%s", line);
	text_printf(c->t, "  %u. ", ++c->step);
	text_fill(c->t, RECOMMEND_INDENT, span_str(line));
}

/* Belongs to the step before it, or stands alone. */
static void recommend_more(struct recommend *c, const char *line)
{
	unsigned indent = c->step > 0 ? RECOMMEND_INDENT : CHECK_INDENT;

	text_to(c->t, indent);
	text_fill(c->t, indent, span_str(line));
}

/* A line to be copied: never wrapped, whatever the width. */
static void recommend_copy(struct recommend *c, const char *prefix, const char *text)
{
	text_to(c->t, RECOMMEND_INDENT);
	text_style(c->t, TEXT_CODE);
	text_put(c->t, prefix);
	if (prefix[0] != '\0') {
		text_value(c->t, c->r->domain);
		text_put(c->t, ". IN TXT ");
	}
	text_value(c->t, span_str(text));
	text_style(c->t, TEXT_PLAIN);
	text_line(c->t);
}

static void recommend_txt(struct recommend *c, const char *prefix, const char *value)
{
	char quoted[ADVICE_RECORD_MAX + 2];

	snprintf(quoted, sizeof(quoted), "\"%s\"", value);
	recommend_copy(c, prefix, quoted);
}

static void recommend_fix(struct recommend *c, const char *fix)
{
	char line[CHECK_SENTENCE_MAX];

	check_sentence(c->r, fix, line);
	recommend_step(c, "%s", line);
}

/* The steps of this page say it already, and better. */
static bool recommend_said(const struct recommend *c, enum issue code)
{
	return issue_has(code, ISSUE_SAID) ||
	       (c->a->policy && issue_has(code, ISSUE_SAID_BY_POLICY));
}

/* What the catalogue says on each finding of a group that is to be acted on. */
static void recommend_fixes(struct recommend *c, enum issue_group group)
{
	for (unsigned i = 0; i < c->r->issues_n; i++) {
		const struct record_issue *one = &c->r->issues[i];
		bool twice = false;
		for (unsigned k = 0; k < i; k++)
			twice = twice || c->r->issues[k].code == one->code;
		if (advice_acts(one) && !twice && !recommend_said(c, one->code) &&
		    issue_info(one->code)->group == group)
			recommend_fix(c, issue_info(one->code)->fix);
	}
}

/* Whoever has to do it, where the policy host is somebody else's. */
static void recommend_operator(struct recommend *c)
{
	const struct record_policy *p = &c->r->policy;
	char line[512];

	if (p->cname_n == 0)
		return;
	struct span target = p->cname[p->cname_n - 1];
	snprintf(line, sizeof(line),
		 "mta-sts is an alias of %.*s: its operator has to do this, or you end the alias.",
		 (int)(target.n < 255 ? target.n : 255), target.p);
	recommend_more(c, line);
}

static void recommend_host(struct recommend *c)
{
	unsigned before = c->step;

	if (!c->r->sts.valid && c->a->host)
		recommend_step(
			c,
			"Give mta-sts.%.*s an address of a web server with a certificate for this "
			"name that public CAs vouch for.",
			(int)c->r->domain.n, c->r->domain.p);
	else if (c->r->sts.valid)
		recommend_fixes(c, ISSUE_GROUP_HOST);
	if (c->step > before)
		recommend_operator(c);
}

/* Hosts of the present policy that the new one lacks: a move may be under way. */
static void recommend_left_out(struct recommend *c)
{
	const struct record_policy *p = &c->r->policy;
	char line[1024];
	unsigned n = 0;
	size_t at = 0;

	for (unsigned i = 0; p->valid && i < p->mx_n; i++) {
		if (!advice_leaves_out(c->r, i))
			continue;
		if (n++ < 3)
			at += (size_t)snprintf(
				line + at, sizeof(line) - at, "%s\"%.*s\"",
				at == 0 ? "Left out, because no MX host has such a name "
					  "now: "
					: ", ",
				(int)p->mx[i].n, p->mx[i].p);
	}
	if (n > 3)
		at += (size_t)snprintf(line + at, sizeof(line) - at, " and %u more", n - 3);
	if (n > 0) {
		snprintf(line + at, sizeof(line) - at,
			 ". Keep the lines of hosts that mail is to move to.");
		recommend_more(c, line);
	}
}

static void recommend_policy_lines(struct recommend *c)
{
	const char *at = c->a->policy_text;

	text_to(c->t, RECOMMEND_INDENT);
	text_put(c->t, "https://mta-sts.");
	text_value(c->t, c->r->domain);
	text_put(c->t, "/.well-known/mta-sts.txt");
	text_line(c->t);
	while (*at != '\0') {
		char line[512];
		size_t n = strcspn(at, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, at);
		recommend_copy(c, "", line);
		at += n + (at[n] == '\n');
	}
}

static void recommend_policy(struct recommend *c)
{
	/* It is no step to be told first: nothing is done by it. */
	char *first = c->first;
	c->first = NULL;
	if (c->a->kept)
		recommend_step(c, "Leave the policy file as it is: nothing is wrong with it.");
	c->first = first;
	if (c->a->stop && !c->a->policy)
		recommend_step(c, "Stop the loss of mail: change the policy that is served to "
				  "\"mode: testing\", and then the record to a new id.");
	if (!c->a->policy)
		return;
	recommend_short(c, "%s (steps %u and %u).",
			c->a->stop ? "Stop the loss of mail: serve a policy in mode testing with "
				     "the MX hosts of today, then publish a new id"
			: c->a->kind == ADVICE_SET_UP
				? "Serve a policy, then publish the MTA-STS record"
				: "Serve the corrected policy, then publish a new id",
			c->step + 1, c->step + 2);
	if (c->a->stop)
		recommend_step(c, "Stop the loss of mail: serve this policy, in mode testing, with "
				  "status 200 and as text/plain, at");
	else
		recommend_step(c, "Serve this %spolicy, with status 200 and as text/plain, at",
			       c->r->policy.valid || c->a->unseen ? "" : "new ");
	recommend_policy_lines(c);
	recommend_left_out(c);
	if (c->a->unseen)
		recommend_more(c, "It was not possible to see whether a good policy is there "
				  "already. One that is may stay: check again when the rest is "
				  "repaired.");
	recommend_operator(c);
}

/* The values of TXT records, one a line, but for one. */
static void recommend_values(struct recommend *c, const struct record_txt *a, int but)
{
	unsigned shown = 0, all = a->txt_n + a->txt_dropped - (but >= 0);

	for (unsigned i = 0; i < a->txt_n && shown < RECOMMEND_SHOWN; i++) {
		struct span value = a->txt[i];
		if ((int)i == but)
			continue;
		text_to(c->t, RECOMMEND_INDENT + 2);
		text_put(c->t, "\"");
		text_value(c->t, span_of(value.p, value.n < 160 ? value.n : 160));
		text_put(c->t, value.n > 160 ? "...\"" : "\"");
		text_line(c->t);
		shown++;
	}
	if (all > shown) {
		text_to(c->t, RECOMMEND_INDENT + 2);
		text_printf(c->t, "and %u more\n", all - shown);
	}
}

/* What becomes of that which is published at the record's name, perhaps not at that name at all. */
static void recommend_replaces(struct recommend *c, const struct record_txt *there,
			       enum issue_group group)
{
	if (advice_has(c->r, group, ISSUE_WILDCARD)) {
		recommend_more(c, "Publish it beside the wildcard record, if that is where the "
				  "present answer comes from: the wildcard stays.");
		return;
	}
	if (there->txt_n == 0)
		return;
	recommend_more(c, there->txt_n + there->txt_dropped > 1
				  ? "Delete the TXT records that are at this name now:"
				  : "It replaces the TXT record that is at this name now:");
	recommend_values(c, there, -1);
}

static void recommend_alias(struct recommend *c, const struct record_txt *there)
{
	struct span target = there->cname[there->cname_n - 1];
	char line[512];

	snprintf(line, sizeof(line), "It replaces the alias (CNAME) of %.*s that is there now.",
		 (int)(target.n < 255 ? target.n : 255), target.p);
	recommend_more(c, line);
}

/* The record itself is fine. */
static void recommend_strays(struct recommend *c)
{
	const struct record_txt *a = &c->r->sts.answer;
	struct findings f;
	int chosen = c->a->strays ? judge_txt(JUDGE_STS, a, &f) : -1;

	if (chosen < 0)
		return;
	recommend_short(c, "Delete the other TXT records at _mta-sts.%.*s (step %u).",
			(int)c->r->domain.n, c->r->domain.p, c->step + 1);
	recommend_step(c,
		       "Delete the TXT records at _mta-sts.%.*s that are not the MTA-STS record; "
		       "\"%.*s\" stays:",
		       (int)c->r->domain.n, c->r->domain.p, (int)a->txt[chosen].n,
		       a->txt[chosen].p);
	recommend_values(c, a, chosen);
}

static void recommend_tlsrpt(struct recommend *c)
{
	if (!c->a->tlsrpt)
		return;
	recommend_short(c, "Publish where senders report failures: the record of step %u.",
			c->step + 1);
	recommend_step(
		c, "Publish where senders report failures, in one TXT record (take an address that "
		   "somebody reads):");
	recommend_txt(c, "_smtp._tls.", c->a->tlsrpt_text);
	if (c->r->tlsrpt.answer.cname_n > 0)
		recommend_alias(c, &c->r->tlsrpt.answer);
	else
		recommend_replaces(c, &c->r->tlsrpt.answer, ISSUE_GROUP_TLSRPT);
}

static void recommend_record_operator(struct recommend *c, const struct record_txt *a)
{
	struct span target = a->cname[a->cname_n - 1];
	char line[512];

	snprintf(line, sizeof(line),
		 "_mta-sts is an alias of %.*s: have its operator renew the id, or replace the "
		 "alias by this record.",
		 (int)(target.n < 255 ? target.n : 255), target.p);
	recommend_more(c, line);
}

static void recommend_record(struct recommend *c)
{
	const struct record_txt *a = &c->r->sts.answer;

	if (!c->a->record_new)
		return;
	recommend_short(c, "Publish the TXT record of step %u at _mta-sts%s.", c->step + 1,
			a->txt_n > 0	 ? ", in place of what is there"
			: a->cname_n > 0 ? ", in place of the alias"
					 : "");
	recommend_step(c,
		       c->a->policy
			       ? "When the policy is in place, publish this one TXT record; its id "
				 "is new, so that senders fetch the policy:"
			       : "Publish this one TXT record:");
	recommend_txt(c, "_mta-sts.", c->a->sts_text);
	if (a->cname_n > 0 && advice_has(c->r, ISSUE_GROUP_STS, ISSUE_DANGLING))
		recommend_alias(c, a);
	else if (a->cname_n > 0)
		recommend_record_operator(c, a);
	else
		recommend_replaces(c, a, ISSUE_GROUP_STS);
}

/* What is due later: each in a step of its own, so that it is known what went wrong if it does. */
static void recommend_later(struct recommend *c)
{
	c->first = NULL; /* nothing that waits is to be done first */
	if (c->a->mode == MODE_TESTING)
		recommend_step(c, "After two weeks without failures in the reports, change the "
				  "policy to \"mode: enforce\", and then the record to a new id.");
	if (c->a->raise > 0)
		recommend_step(c,
			       "When that has gone well for two more weeks, change the policy to "
			       "\"max_age: %lld\", and then the record to a new id.",
			       (long long)c->a->raise);
}

static void recommend_withdrawal(struct recommend *c)
{
	text_line(c->t);
	text_to(c->t, CHECK_INDENT);
	text_fill(c->t, CHECK_INDENT,
		  SPAN_LIT("To withdraw MTA-STS one day: serve \"mode: none\" with \"max_age: "
			   "86400\", "
			   "publish a new id, wait as long as the max_age that was in force, then "
			   "remove "
			   "the record, and the policy last."));
}

static void recommend_remove(struct recommend *c)
{
	bool withdrawn = c->r->policy.valid && c->r->policy.mode == MODE_NONE;

	recommend_fixes(c, ISSUE_GROUP_LIFE);
	recommend_fixes(c, ISSUE_GROUP_DOMAIN);
	if (withdrawn) {
		recommend_step(c, "Senders are told to forget the policy. Wait for the longest "
				  "max_age that was ever published, then remove the record at "
				  "_mta-sts, and the policy last.");
		recommend_more(c, "To protect mail again instead, serve a policy with \"mode: "
				  "testing\" and publish a new id.");
	} else {
		recommend_step(c, "The domain takes no mail: remove the record at _mta-sts%s.",
			       c->r->policy.valid ? ", after it the policy" : "");
	}
}

/* Nothing is known that could be changed, but perhaps where to look. */
static void recommend_again(struct recommend *c)
{
	static const char again[] = "Scan again. ";

	if (!advice_has(c->r, ISSUE_GROUP_HOST, ISSUE_OURS))
		recommend_step(c, "Check again in a few minutes, before anything is changed.");
	for (unsigned i = 0; i < c->r->issues_n; i++) {
		const char *fix = issue_info(c->r->issues[i].code)->fix;
		if (c->r->issues[i].severity != SEVERITY_INCONCLUSIVE)
			continue;
		if (strncmp(fix, again, sizeof(again) - 1) == 0)
			fix += sizeof(again) - 1;
		recommend_fix(c, fix);
	}
}

/* Why no policy is written down, and what to do then. */
static void recommend_no_policy(struct recommend *c)
{
	if (c->a->policy)
		return;
	if (c->a->mx_unknown)
		recommend_step(c, "It could not be found out where the domain's mail goes, so no "
				  "policy can be written down here. Check again.");
	else if (c->a->mx_many)
		recommend_step(c,
			       "There are more MX hosts than are looked at here: see yourself "
			       "that the policy has an mx line for each, or a pattern that covers "
			       "it.");
	else if (c->a->mx_nameless)
		recommend_step(c,
			       "Give the MX hosts names that a policy can list (letters, digits "
			       "and hyphens, two labels at least), in the MX records and in the "
			       "policy.%s",
			       c->r->policy.valid && c->r->policy.mode == MODE_ENFORCE
				       ? " Until then serve the policy with \"mode: testing\", and "
					 "publish a new id."
				       : "");
}

/* The record of the key that is served, where senders that use DANE find none that matches. */
static void recommend_tlsa(struct recommend *c)
{
	const struct record_mx *mx = &c->r->mx;
	char line[400];

	for (unsigned i = 0; i < mx->hosts_n; i++) {
		const struct record_mx_host *h = &mx->hosts[i];
		bool helps = h->dane == DANE_MISMATCH || h->dane == DANE_TA_NOT_SENT ||
			     h->dane == DANE_NAME_MISMATCH || h->dane == DANE_UNUSABLE;
		if (!helps || h->probe.spki_sha256.n == 0)
			continue;
		/* A certificate that has to be issued again would bring another key along. */
		recommend_step(c,
			       h->tls >= 0 && mx_tls_refused((enum mx_tls)h->tls)
				       ? "Publish the TLSA record of the key that the host serves "
					 "now, and keep that key when the certificate is issued "
					 "anew:"
				       : "Publish the TLSA record of the key that the host serves "
					 "now; keep it beside the next one for two TTLs when the "
					 "key changes:");
		snprintf(line, sizeof(line), "_25._tcp.%.*s. IN TLSA 3 1 1 %.*s",
			 (int)h->tlsa_base.n, h->tlsa_base.p, (int)h->probe.spki_sha256.n,
			 h->probe.spki_sha256.p);
		recommend_copy(c, "", line);
	}
}

/* What no record and no policy repairs. */
static void recommend_elsewhere(struct recommend *c)
{
	recommend_fixes(c, ISSUE_GROUP_PROVIDER);
	recommend_fixes(c, ISSUE_GROUP_DOMAIN);
	for (unsigned i = 0; i < c->r->issues_n; i++)
		if (advice_acts(&c->r->issues[i]) &&
		    issue_has(c->r->issues[i].code, ISSUE_OF_SERVER))
			recommend_fix(c, issue_info(c->r->issues[i].code)->fix);
	recommend_tlsa(c);
	recommend_host(c);
}

static void recommend_publish(struct recommend *c)
{
	/* What loses mail now comes before all that can wait. */
	if (!c->a->stop)
		recommend_elsewhere(c);
	recommend_policy(c);
	recommend_no_policy(c);
	recommend_record(c);
	recommend_strays(c);
	if (c->a->stop)
		recommend_elsewhere(c);
	recommend_tlsrpt(c);
	recommend_later(c);
	if (c->step == 0)
		recommend_more(c, "Nothing to do.");
	else
		recommend_withdrawal(c);
}

/* The name at which something of MTA-STS stands, instead of the domain. */
static bool recommend_parent(struct recommend *c)
{
	static const char *const prefixes[] = {"_mta-sts.", "mta-sts.", "_smtp._tls."};
	char line[512];

	for (unsigned i = 0; c->r->domain.p != NULL && i < 3; i++) {
		struct span prefix = span_str(prefixes[i]), domain = c->r->domain;
		if (!span_starts(domain, prefix))
			continue;
		domain = span_of(domain.p + prefix.n, domain.n - prefix.n);
		snprintf(line, sizeof(line),
			 "Nothing. Check the domain itself: mtasweep check %.*s", (int)domain.n,
			 domain.p);
		recommend_more(c, line);
		return true;
	}
	return false;
}

static void recommend_nothing(struct recommend *c)
{
	const struct record *r = c->r;

	if (recommend_parent(c))
		return;

	if (r->verdict == VERDICT_INVALID_INPUT)
		recommend_more(c, "Give the domain behind the @ of the mail addresses, for example "
				  "example.com.");
	else if (r->verdict == VERDICT_EXCLUDED)
		recommend_more(c, "Remove the name from the exclusion list to have it checked.");
	else if (r->registrable.p == NULL && r->domain.p != NULL)
		recommend_more(
			c,
			"Nothing: registrations happen below this name. Check the domain itself.");
	else if (r->mx.dns == DNS_NXDOMAIN)
		recommend_more(c, "Nothing: the name does not exist. Is it spelled right?");
	else
		recommend_more(c, "Nothing, as long as the domain takes no mail.");
}

static void recommend_all(struct recommend *c)
{
	switch (c->a->kind) {
	case ADVICE_UNKNOWN:
		recommend_again(c);
		break;
	case ADVICE_NONE:
		recommend_nothing(c);
		break;
	case ADVICE_REMOVE:
		recommend_remove(c);
		break;
	case ADVICE_REPAIR:
	case ADVICE_SET_UP:
		recommend_publish(c);
		break;
	case ADVICE_KEEP:
		recommend_tlsrpt(c);
		recommend_later(c);
		if (c->step == 0)
			recommend_more(c, "Nothing to do. Whenever the policy changes, publish a "
					  "new id, too.");
		recommend_withdrawal(c);
		break;
	}
}

void check_recommend(struct text *t, const struct record *r, int64_t now)
{
	struct advice advice;
	struct recommend c = {.t = t, .r = &advice.record, .a = &advice};

	advice_make(r, now, &advice);
	assert(!advice.policy || advice.kind == ADVICE_REPAIR || advice.kind == ADVICE_SET_UP);
	check_section(t, "Recommendations");
	recommend_all(&c);
}

struct span check_recommend_first(const struct record *r, int64_t now, char out[CHECK_SENTENCE_MAX])
{
	struct advice advice;
	struct text nowhere;
	struct recommend c = {.t = &nowhere, .r = &advice.record, .a = &advice, .first = out};

	out[0] = '\0';
	advice_make(r, now, &advice);
	text_init(&nowhere, false, CHECK_WIDTH, CHECK_TEXT_MAX);
	recommend_all(&c);
	text_release(&nowhere);
	return span_str(out);
}

void check_action(void *now, const struct record *r, struct buf *out)
{
	const int64_t *seconds = now;
	char line[CHECK_SENTENCE_MAX];
	struct span s = check_recommend_first(r, *seconds, line);

	buf_bytes(out, s.p, s.n);
}

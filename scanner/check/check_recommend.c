/* check_recommend.c - the advice as numbered steps, in the order in which they are safe. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "scanner/check/check_advice.h"
#include "scanner/check/check_parts.h"

#define RECOMMEND_INDENT 5u

struct recommend {
	struct text *t;
	const struct record *r;
	const struct advice *a;
	unsigned step;
};

static void recommend_step(struct recommend *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void recommend_step(struct recommend *c, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
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

static void recommend_host(struct recommend *c)
{
	bool set_up = c->a->kind == ADVICE_SET_UP;

	if (set_up)
		recommend_step(
			c,
			"Give mta-sts.%.*s an address of a web server with a certificate for this "
			"name that public CAs vouch for.",
			(int)c->r->domain.n, c->r->domain.p);
	else
		recommend_fixes(c, ISSUE_GROUP_HOST);
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

static void recommend_policy(struct recommend *c)
{
	const char *at = c->a->policy_text;

	if (c->a->kept)
		recommend_step(c, "Leave the policy file as it is: nothing is wrong with it.");
	if (!c->a->policy)
		return;
	recommend_step(c, "Serve this %spolicy, with status 200 and as text/plain, at",
		       c->r->policy.valid || c->a->unseen ? "" : "new ");
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
	recommend_left_out(c);
	if (c->a->unseen)
		recommend_more(c, "It was not possible to see whether a good policy is there "
				  "already. One that is may stay: check again when the rest is "
				  "repaired.");
	if (c->r->policy.cname_n > 0) {
		char line[512];
		snprintf(line, sizeof(line),
			 "mta-sts is an alias of %.*s: its operator has to change the policy, or "
			 "you end "
			 "the alias.",
			 (int)(c->r->policy.cname[0].n < 255 ? c->r->policy.cname[0].n : 255),
			 c->r->policy.cname[0].p);
		recommend_more(c, line);
	}
}

/* What becomes of that which is published at the record's name, perhaps not at that name at all. */
static void recommend_replaces(struct recommend *c, const struct record_txt *there,
			       enum issue_group group)
{
	if (advice_has(c->r, group, ISSUE_WILDCARD))
		recommend_more(c, "Publish it beside the wildcard record, if that is where the "
				  "present answer comes from: the wildcard stays.");
	else if (there->txt_n + there->txt_dropped > 1)
		recommend_more(c, "It replaces all TXT records at this name.");
	else if (there->txt_n == 1)
		recommend_more(c, "It replaces the TXT record at this name.");
}

static void recommend_tlsrpt(struct recommend *c)
{
	if (!c->a->tlsrpt)
		return;
	recommend_step(
		c, "Publish where senders report failures, in one TXT record (take an address that "
		   "somebody reads):");
	recommend_txt(c, "_smtp._tls.", c->a->tlsrpt_text);
	if (c->r->tlsrpt.answer.cname_n > 0)
		recommend_more(c, "It replaces the alias that is there now.");
	else
		recommend_replaces(c, &c->r->tlsrpt.answer, ISSUE_GROUP_TLSRPT);
}

static void recommend_record(struct recommend *c)
{
	const struct record_txt *a = &c->r->sts.answer;

	if (!c->a->record)
		return;
	recommend_step(c,
		       c->a->policy
			       ? "When the policy is in place, publish this one TXT record; its id "
				 "is new, so that senders fetch the policy:"
			       : "Publish this one TXT record:");
	recommend_txt(c, "_mta-sts.", c->a->sts_text);
	if (a->cname_n > 0 && advice_has(c->r, ISSUE_GROUP_STS, ISSUE_DANGLING))
		recommend_more(c, "It replaces the alias that is there now.");
	else if (a->cname_n > 0)
		recommend_more(
			c, "The name is an alias now: have its operator renew the id, or replace "
			   "the alias by this record.");
	else
		recommend_replaces(c, a, ISSUE_GROUP_STS);
}

static void recommend_enforce(struct recommend *c)
{
	enum mode mode = c->a->policy		  ? c->a->mode
			 : c->r->policy.mode >= 0 ? (enum mode)c->r->policy.mode
						  : MODE_NONE;
	if (mode != MODE_TESTING)
		return;
	recommend_step(
		c, "After two weeks without failures in the reports, change the policy to \"mode: "
		   "enforce\" and \"max_age: 2592000\", and then the record to a new id.");
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
		recommend_step(c, "Publish the TLSA record of the key that the host serves now; "
				  "keep it beside the next one for two TTLs when the key changes:");
		snprintf(line, sizeof(line), "_25._tcp.%.*s. IN TLSA 3 1 1 %.*s",
			 (int)h->tlsa_base.n, h->tlsa_base.p, (int)h->probe.spki_sha256.n,
			 h->probe.spki_sha256.p);
		recommend_copy(c, "", line);
	}
}

static void recommend_publish(struct recommend *c)
{
	recommend_fixes(c, ISSUE_GROUP_PROVIDER);
	recommend_fixes(c, ISSUE_GROUP_DOMAIN);
	for (unsigned i = 0; i < c->r->issues_n; i++)
		if (advice_acts(&c->r->issues[i]) &&
		    issue_has(c->r->issues[i].code, ISSUE_OF_SERVER))
			recommend_fix(c, issue_info(c->r->issues[i].code)->fix);
	recommend_tlsa(c);
	recommend_host(c);
	recommend_policy(c);
	recommend_no_policy(c);
	recommend_tlsrpt(c);
	recommend_record(c);
	recommend_enforce(c);
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

void check_recommend(struct text *t, const struct record *r, int64_t now)
{
	struct advice advice;
	struct recommend c = {.t = t, .r = r, .a = &advice};

	advice_make(r, now, &advice);
	assert(!advice.policy || advice.kind == ADVICE_REPAIR || advice.kind == ADVICE_SET_UP);
	check_section(t, "Recommendations");
	switch (advice.kind) {
	case ADVICE_UNKNOWN:
		recommend_again(&c);
		break;
	case ADVICE_NONE:
		recommend_nothing(&c);
		break;
	case ADVICE_REMOVE:
		recommend_remove(&c);
		break;
	case ADVICE_REPAIR:
	case ADVICE_SET_UP:
		recommend_publish(&c);
		break;
	case ADVICE_KEEP:
		recommend_tlsrpt(&c);
		recommend_enforce(&c);
		if (c.step == 0)
			recommend_more(
				&c, "Nothing to do. Whenever the policy changes, publish a new id, "
				    "too.");
		recommend_withdrawal(&c);
		break;
	}
}

/* check_recommend.c - the advice as numbered steps, in the order in which they are safe. */
#include <assert.h>
#include <stdio.h>

#include "scanner/check/check_parts.h"
#include "scanner/check/check_records.h"
#include "scanner/check/check_steps.h"

/* Whoever has to do it, where the policy host is somebody else's. */
static void recommend_operator(struct steps *c)
{
	const struct record_policy *p = &c->r->policy;
	char line[512];

	if (p->cname_n == 0)
		return;
	struct span target = p->cname[p->cname_n - 1];
	snprintf(line, sizeof(line),
		 "mta-sts is an alias of %.*s: its operator has to do this. To serve it yourself "
		 "instead, have a web server of your own ready, with a certificate for that name, "
		 "before you end the alias.",
		 (int)(target.n < 255 ? target.n : 255), target.p);
	steps_more(c, line);
}

static void recommend_host(struct steps *c)
{
	unsigned before = c->n;

	if (!c->r->sts.valid && c->a->host)
		steps_add(
			c, steps_cause_in(c, ISSUE_GROUP_HOST),
			"Give mta-sts.%.*s an address of a web server with a certificate for this "
			"name that public CAs vouch for.",
			(int)c->r->domain.n, c->r->domain.p);
	else if (c->r->sts.valid)
		steps_fixes(c, ISSUE_GROUP_HOST);
	if (c->n > before)
		recommend_operator(c);
}

/* Hosts of the present policy that the new one lacks: a move may be under way. */
static void recommend_left_out(struct steps *c)
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
		steps_more(c, line);
	}
}

static void recommend_policy_lines(struct steps *c)
{
	const char *at = c->a->policy_text;

	text_to(c->t, STEPS_INDENT);
	text_put(c->t, "https://mta-sts.");
	text_value(c->t, c->r->domain);
	text_put(c->t, "/.well-known/mta-sts.txt");
	text_line(c->t);
	while (*at != '\0') {
		char line[512];
		size_t n = strcspn(at, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, at);
		steps_copy(c, "", line);
		at += n + (at[n] == '\n');
	}
	steps_more(c, "Its lines begin at their first letter, without these blanks.");
}

/* Whether serving policy_text removes what the head names as the cause. */
static bool recommend_policy_removes(const struct steps *c)
{
	return steps_cause_in(c, ISSUE_GROUP_POLICY) || steps_cause_in(c, ISSUE_GROUP_LIFE) ||
	       steps_cause_in(c, ISSUE_GROUP_MX) || steps_cause_in(c, ISSUE_GROUP_STS) ||
	       (c->cause != NULL && issue_has(c->cause->code, ISSUE_SAID_BY_POLICY));
}

/* Two steps in one sentence: the policy, and the record that tells of it. */
static void recommend_policy_short(struct steps *c)
{
	const struct record_txt *there = &c->r->sts.answer;
	bool removes = recommend_policy_removes(c), set_up = c->a->kind == ADVICE_SET_UP;
	char line[CHECK_SENTENCE_MAX];

	if (removes && steps_cause_in(c, ISSUE_GROUP_HOST)) {
		struct span fix = check_sentence(c->r, issue_info(c->cause->code)->fix, line);
		steps_short(c, true, "%.*s%s.", (int)fix.n - 1, fix.p, steps_note(c, 2).s);
		return;
	}
	const char *what = steps_cause_in(c, ISSUE_GROUP_STS)
				   ? "then publish the one TXT record at _mta-sts"
			   : set_up ? "then publish the MTA-STS record"
				    : "then publish a new id";
	const char *place = !steps_cause_in(c, ISSUE_GROUP_STS) ? ""
			    : there->txt_n > 0			? ", in place of what is there"
			    : there->cname_n > 0		? ", in place of the alias"
								: "";
	steps_short(c, removes, "Serve %s policy, %s%s%s.", set_up ? "a" : "the corrected", what,
		    place, steps_note(c, 2).s);
}

/* Before all else; what made it come to that is said behind it. */
static void recommend_stop_short(struct steps *c, const char *how)
{
	char line[CHECK_SENTENCE_MAX];
	bool removes = recommend_policy_removes(c) && c->a->policy;

	if (!removes && c->cause != NULL && !issue_has(c->cause->code, ISSUE_SUMS_UP))
		steps_short(c, true, "Stop the loss of mail: %s. Then: %s", how,
			    check_sentence(c->r, issue_info(c->cause->code)->fix, line).p);
	else
		steps_short(c, true, "Stop the loss of mail: %s.", how);
}

/* What a file says that nobody can see in force: whether it is meant, only its owner knows. */
static void recommend_withdrawn(struct steps *c)
{
	steps_add(c, false,
		  "The policy file says \"mode: none\", which withdraws MTA-STS. If that is meant, "
		  "leave it so, wait for the longest max_age that was ever published, then remove "
		  "the record at _mta-sts, and the policy last.");
	steps_more(c, "If it is not meant, serve a policy with \"mode: testing\" and publish a "
		      "new id.");
}

static void recommend_stop(struct steps *c)
{
	char how[160];

	if (!c->a->policy) {
		recommend_stop_short(c, "change the policy that is served to \"mode: testing\", "
					"and then the record to a new id");
		steps_add(c, false,
			  "Stop the loss of mail: change the policy that is served to "
			  "\"mode: testing\", and then the record to a new id.");
		return;
	}
	snprintf(how, sizeof(how),
		 "serve a policy in mode testing with the MX hosts of today, then publish a new "
		 "id%s",
		 steps_note(c, 2).s);
	recommend_stop_short(c, how);
	steps_add(c, false,
		  "Stop the loss of mail: serve this policy, in mode testing, with status 200 and "
		  "as text/plain, at");
}

/* What a scan does not look at, `check` does. */
static void recommend_look(struct steps *c)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "Whether a web server and a good policy are there already was not looked at, and "
		 "what is good may stay: \"mtasweep check %.*s\" looks.",
		 (int)c->r->domain.n, c->r->domain.p);
	steps_more(c, line);
}

static void recommend_policy(struct steps *c)
{
	if (c->a->stop)
		recommend_stop(c);
	if (!c->a->policy)
		return;
	if (!c->a->stop) {
		recommend_policy_short(c);
		steps_add(c, false, "Serve this %spolicy, with status 200 and as text/plain, at",
			  c->r->policy.valid || c->a->unseen ? "" : "new ");
	}
	recommend_policy_lines(c);
	if (!c->a->stop && c->a->not_kept != NULL) {
		char line[256];
		snprintf(line, sizeof(line), "The file that is there is not kept: %s.",
			 c->a->not_kept);
		steps_more(c, line);
	}
	recommend_left_out(c);
	if (c->a->withdrawn)
		steps_more(c, "The file that is there says \"mode: none\", which withdraws "
			      "MTA-STS. If that is meant, write \"mode: none\" here, too, with "
			      "\"max_age: 86400\".");
	if (c->a->unseen && advice_unlooked(c->r))
		recommend_look(c);
	else if (c->a->unseen)
		steps_more(c, "It was not possible to see whether a good policy is there "
			      "already. One that is may stay: check again when the rest is "
			      "repaired.");
	recommend_operator(c);
}

/* What is due later: each in a step of its own, so that it is known what went wrong if it does. */
static void recommend_later(struct steps *c)
{
	c->first = NULL; /* nothing that waits is to be done first */
	if (c->a->mode == MODE_TESTING)
		steps_add(c, false,
			  "After two weeks without failures in the reports, change the "
			  "policy to \"mode: enforce\", and then the record to a new id.");
	if (c->a->raise > 0)
		steps_add(c, false,
			  "When that has gone well for two %sweeks, change the policy to "
			  "\"max_age: %lld\", and then the record to a new id.",
			  c->a->mode == MODE_TESTING ? "more " : "", (long long)c->a->raise);
}

/* A sentence behind the steps. */
static void recommend_behind(struct steps *c, struct span sentence)
{
	text_line(c->t);
	text_to(c->t, CHECK_INDENT);
	text_fill(c->t, CHECK_INDENT, sentence);
}

/* How to see that it has worked, and how to be rid of it; a letter says so once, at its end. */
static void recommend_end(struct steps *c)
{
	char line[CHECK_SENTENCE_MAX];

	if (c->letter)
		return;
	if (c->n > 0) {
		int n = snprintf(
			line, sizeof(line),
			"When all is published, check again with the same options: \"mtasweep "
			"check %.*s\". Resolvers "
			"may give the old records until their time to live (TTL) has passed.",
			(int)c->r->domain.n, c->r->domain.p);
		recommend_behind(c, span_of(line, (size_t)n));
	}
	recommend_behind(
		c, SPAN_LIT("To withdraw MTA-STS one day: serve \"mode: none\" with \"max_age: "
			    "86400\", publish a new id, wait as long as the max_age that was in "
			    "force, then remove the record, and the policy last."));
}

static void recommend_remove(struct steps *c)
{
	bool withdrawn = c->r->policy.valid && c->r->policy.mode == MODE_NONE;

	steps_fixes(c, ISSUE_GROUP_LIFE);
	steps_fixes(c, ISSUE_GROUP_DOMAIN);
	if (withdrawn) {
		steps_add(c, false,
			  "Senders are told to forget the policy. Wait for the longest "
			  "max_age that was ever published, then remove the record at "
			  "_mta-sts, and the policy last.");
		steps_more(c, "To protect mail again instead, serve a policy with \"mode: "
			      "testing\" and publish a new id.");
	} else {
		steps_add(c, false, "The domain takes no mail: remove the record at _mta-sts%s.",
			  c->r->policy.valid ? ", after it the policy" : "");
	}
}

/* Nothing is known that could be changed, but perhaps where to look. */
static void recommend_again(struct steps *c)
{
	static const char again[] = "Scan again. ";

	if (!advice_has(c->r, ISSUE_GROUP_HOST, ISSUE_OURS))
		steps_add(c, true, "Check again in a few minutes, before anything is changed.");
	for (unsigned i = 0; i < c->r->issues_n; i++) {
		const char *fix = issue_info(c->r->issues[i].code)->fix;
		if (c->r->issues[i].severity != SEVERITY_INCONCLUSIVE)
			continue;
		if (strncmp(fix, again, sizeof(again) - 1) == 0)
			fix += sizeof(again) - 1;
		steps_fix(c, &c->r->issues[i], fix);
	}
}

/* Why no policy is written down, and what to do then: what is wrong in the file can be mended in
 * any case. */
static void recommend_no_policy(struct steps *c)
{
	bool removes = steps_cause_in(c, ISSUE_GROUP_MX);

	if (c->a->policy || c->a->unasked)
		return;
	steps_fixes(c, ISSUE_GROUP_POLICY);
	steps_fixes(c, ISSUE_GROUP_LIFE);
	if (c->a->mx_unknown)
		steps_add(c, removes,
			  "It could not be found out where the domain's mail goes, so no "
			  "policy can be written down here. Check again.");
	else if (c->a->mx_many)
		steps_add(c, removes,
			  "There are more MX hosts than are looked at here: see yourself "
			  "that the policy has an mx line for each, or a pattern that covers "
			  "it.");
	else if (c->a->mx_nameless)
		steps_add(c, removes,
			  "Give the MX hosts names that a policy can list (letters, digits "
			  "and hyphens, two labels at least), in the MX records and in the "
			  "policy.%s",
			  c->r->policy.valid && c->r->policy.mode == MODE_ENFORCE
				  ? " Until then serve the policy with \"mode: testing\", and "
				    "publish a new id."
				  : "");
}

/* The record of the key that is served, where senders that use DANE find none that matches. */
static void recommend_tlsa(struct steps *c)
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
		steps_add(c, false, "%s",
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
		steps_copy(c, "", line);
	}
}

/* What no record and no policy repairs. */
static void recommend_elsewhere(struct steps *c)
{
	steps_fixes(c, ISSUE_GROUP_PROVIDER);
	steps_fixes(c, ISSUE_GROUP_DOMAIN);
	steps_fixes(c, ISSUE_GROUP_COUNT);
	recommend_tlsa(c);
	recommend_host(c);
}

/* It is no step: nothing is done by it. */
static void recommend_kept(struct steps *c)
{
	bool enforced = c->a->mode == MODE_ENFORCE, visited = false;

	for (unsigned i = 0; i < c->r->mx.hosts_n; i++)
		visited = visited ||
			  (c->r->mx.hosts[i].tls >= 0 && c->r->mx.hosts[i].tls != MX_TLS_NOT_TRIED);
	if (!enforced || visited) {
		steps_more(c, "Leave the policy file as it is: nothing is wrong with it.");
		return;
	}
	steps_more(
		c,
		"Nothing is wrong with the policy file, which says \"mode: enforce\". When the "
		"rest is repaired, senders refuse an MX host without a good certificate, which "
		"was not looked at here. Leave the file as it is if you are sure of the hosts; "
		"else let it say \"mode: testing\" for two weeks first, with a new id before and "
		"after.");
}

/* A record that counts puts a policy into force that nobody has seen. */
static void recommend_before(struct steps *c)
{
	steps_add(c, false,
		  "See to the policy at https://mta-sts.%.*s/.well-known/mta-sts.txt before you "
		  "publish a record that counts: then senders follow it, and it was not looked at "
		  "here, because none asks for it now. While it is not certain that its mx lines "
		  "cover all MX hosts, let it say \"mode: testing\".",
		  (int)c->r->domain.n, c->r->domain.p);
	if (!c->a->policy_maybe)
		return;
	steps_more(c, "If none is there, serve this one, with status 200 and as text/plain, at");
	recommend_policy_lines(c);
}

static void recommend_publish(struct steps *c)
{
	if (c->a->kept && !c->a->withdrawn)
		recommend_kept(c);
	/* What loses mail now comes before all that can wait. */
	if (!c->a->stop)
		recommend_elsewhere(c);
	recommend_policy(c);
	recommend_no_policy(c);
	if (c->a->unasked)
		recommend_before(c);
	records_sts(c);
	records_strays(c);
	if (c->a->unasked && c->a->mx_unknown)
		steps_more(c, "Where the domain's mail goes is not known. If it takes none, remove "
			      "the record instead.");
	if (c->a->kept && c->a->withdrawn)
		recommend_withdrawn(c);
	if (c->a->stop)
		recommend_elsewhere(c);
	records_tlsrpt(c);
	recommend_later(c);
	if (c->n == 0)
		steps_more(c, "Nothing to do.");
	else
		recommend_end(c);
}

/* The name at which something of MTA-STS stands, instead of the domain. */
static bool recommend_parent(struct steps *c)
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
		steps_more(c, line);
		return true;
	}
	return false;
}

static void recommend_nothing(struct steps *c)
{
	const struct record *r = c->r;

	if (recommend_parent(c))
		return;

	if (r->verdict == VERDICT_INVALID_INPUT)
		steps_more(c, "Give the domain behind the @ of the mail addresses, for example "
			      "example.com.");
	else if (r->verdict == VERDICT_EXCLUDED)
		steps_more(c, "Remove the name from the exclusion list to have it checked.");
	else if (r->registrable.p == NULL && r->domain.p != NULL)
		steps_more(
			c,
			"Nothing: registrations happen below this name. Check the domain itself.");
	else if (r->mx.dns == DNS_NXDOMAIN)
		steps_more(c, "Nothing: the name does not exist. Is it spelled right?");
	else
		steps_more(c, "Nothing, as long as the domain takes no mail.");
}

static void recommend_all(struct steps *c)
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
		records_tlsrpt(c);
		recommend_later(c);
		if (c->n == 0)
			steps_more(c, "Nothing to do. Whenever the policy changes, publish a "
				      "new id, too.");
		recommend_end(c);
		break;
	}
}

void check_recommend(struct text *t, const struct record *r, const struct check_page *page)
{
	struct advice advice;
	struct steps c;

	advice_make(r, page->now, &advice);
	steps_init(&c, t, &advice);
	c.letter = page->letter;
	assert(!advice.policy || advice.kind == ADVICE_REPAIR || advice.kind == ADVICE_SET_UP);
	check_section(t, "Recommendations");
	recommend_all(&c);
}

/* What the first action may bring into force, where nobody has seen it. */
static void recommend_first_behind(const struct advice *a, const struct record *r,
				   char out[CHECK_SENTENCE_MAX])
{
	bool hidden = a->unseen && !a->stop && r->verdict == VERDICT_BROKEN &&
		      strstr(out, " policy") == NULL;
	size_t n = strlen(out);

	if (n > 0 && (a->unasked || hidden))
		snprintf(out + n, CHECK_SENTENCE_MAX - n, "%s",
			 a->unasked ? " See to the policy before: it was not looked at."
				    : " See to the policy, too: it could not be seen.");
}

struct span check_recommend_first(const struct record *r, int64_t now, bool numbers,
				  char out[CHECK_SENTENCE_MAX])
{
	struct advice advice;
	struct text nowhere;
	struct steps c;

	out[0] = '\0';
	advice_make(r, now, &advice);
	text_init(&nowhere, false, CHECK_WIDTH, CHECK_TEXT_MAX);
	steps_init(&c, &nowhere, &advice);
	c.first = out;
	c.numbers = numbers;
	recommend_all(&c);
	recommend_first_behind(&advice, r, out);
	text_release(&nowhere);
	return span_str(out);
}

void check_action(void *now, const struct record *r, struct buf *out)
{
	const int64_t *seconds = now;
	char line[CHECK_SENTENCE_MAX];
	struct span s = check_recommend_first(r, *seconds, false, line);

	buf_bytes(out, s.p, s.n);
}

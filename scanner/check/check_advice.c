/* check_advice.c - see check_advice.h. */
#include "scanner/check/check_advice.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "parsers/hostname.h"
#include "parsers/mxmatch.h"
#include "parsers/policy.h"
#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "scanner/judge/providers.h"
#include "parsers/suffix.h"

#define DAY_S 86400
/* Testing: long enough to be cached, short enough to change one's mind. Enforce: RFC 8461 3.2
 * speaks of weeks. */
#define TESTING_AGE_S (7 * DAY_S)
#define TESTING_AGE_MAX_S (30 * DAY_S) /* policy_testing_max_age_long */
#define ENFORCE_AGE_S (30 * DAY_S)
#define ENFORCE_AGE_MIN_S (14 * DAY_S)

bool advice_acts(const struct record_issue *issue)
{
	return issue->severity == SEVERITY_ERROR || issue->severity == SEVERITY_WARNING;
}

static bool advice_servers_act(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]) && issue_has(r->issues[i].code, ISSUE_OF_SERVER))
			return true;
	return false;
}

static bool advice_group_acts(const struct record *r, enum issue_group group)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]) && issue_info(r->issues[i].code)->group == group &&
		    !issue_has(r->issues[i].code, ISSUE_OF_SERVER) &&
		    !issue_has(r->issues[i].code, ISSUE_OF_RECORD))
			return true;
	return false;
}

bool advice_has(const struct record *r, enum issue_group group, enum issue_trait trait)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (issue_info(r->issues[i].code)->group == group &&
		    issue_has(r->issues[i].code, trait))
			return true;
	return false;
}

/* ---- the policy -------------------------------------------------------------------------- */

struct advice_writer {
	char *text;
	size_t at;
	unsigned mx;
};

static void advice_mx_line(struct advice_writer *w, struct span name)
{
	/* Twice MX_HOST_MAX names fit: patterns that are kept, hosts that none of them covers. */
	assert(w->at + name.n + 8 <= ADVICE_POLICY_MAX - 64);
	w->at += (size_t)snprintf(w->text + w->at, ADVICE_POLICY_MAX - w->at, "mx: %.*s\n",
				  (int)name.n, name.p);
	w->mx++;
}

/* A pattern that nobody could complain about. */
static bool advice_pattern_fine(struct span pattern)
{
	struct span domain = pattern;

	if (!policy_mx_valid(pattern))
		return false;
	if (span_starts(pattern, SPAN_LIT("*."))) {
		domain = span_of(pattern.p + 2, pattern.n - 2);
		if (suffix_is_public(domain) || provider_is_broad(domain))
			return false;
	}
	return hostname_labels(domain) > 1 && !hostname_is_ipv4(domain);
}

static bool advice_covers(const struct record *r, struct span pattern)
{
	for (unsigned i = 0; i < r->mx.hosts_n; i++)
		if (mxmatch(pattern, r->mx.hosts[i].host) == MXMATCH_YES)
			return true;
	return false;
}

/* Patterns of a valid policy that do their work stay as they are. */
static bool advice_keeps(const struct record *r, unsigned i)
{
	struct span pattern = r->policy.mx[i];

	for (unsigned k = 0; k < i; k++)
		if (span_ieq(r->policy.mx[k], pattern))
			return false;
	return advice_pattern_fine(pattern) && advice_covers(r, pattern);
}

bool advice_leaves_out(const struct record *r, unsigned pattern)
{
	struct span left = r->policy.mx[pattern];

	for (unsigned i = 0; i < pattern; i++)
		if (span_ieq(r->policy.mx[i], left))
			return false;
	if (r->mx.implicit == 1 && r->mx.hosts_n == 0)
		return mxmatch(left, r->domain) != MXMATCH_YES;
	return advice_pattern_fine(left) && !advice_covers(r, left);
}

static void advice_mx_lines(const struct record *r, struct advice_writer *w)
{
	const struct record_mx *mx = &r->mx;
	unsigned patterns = r->policy.valid ? r->policy.mx_n : 0, kept_max = 0;

	for (; kept_max < patterns && w->mx < MX_HOST_MAX; kept_max++)
		if (advice_keeps(r, kept_max))
			advice_mx_line(w, r->policy.mx[kept_max]);
	for (unsigned h = 0; h < mx->hosts_n && h < MX_HOST_MAX; h++) {
		bool covered = !policy_mx_names(mx->hosts[h].host);
		for (unsigned i = 0; i < kept_max && !covered; i++)
			covered = advice_keeps(r, i) &&
				  mxmatch(r->policy.mx[i], mx->hosts[h].host) == MXMATCH_YES;
		for (unsigned k = 0; k < h && !covered; k++)
			covered = span_ieq(mx->hosts[k].host, mx->hosts[h].host);
		if (!covered)
			advice_mx_line(w, mx->hosts[h].host);
	}
	if (mx->implicit == 1 && mx->hosts_n == 0)
		advice_mx_line(w, r->domain);
}

/* A policy that senders use already goes on as it is, unless it loses mail; anything new is tried
 * out first. */
static enum mode advice_mode(const struct advice *out)
{
	return out->live && !out->stop && out->record.policy.mode == MODE_ENFORCE ? MODE_ENFORCE
										  : MODE_TESTING;
}

/* Whether there is something to act on that is not the max_age alone. */
static bool advice_others_act(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]) && !issue_has(r->issues[i].code, ISSUE_OF_AGE))
			return true;
	return false;
}

static bool advice_age_acts(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]) && issue_has(r->issues[i].code, ISSUE_OF_AGE))
			return true;
	return false;
}

/* While something is being repaired the policy lives as long as it did: a longer life makes a
 * mistake last longer. One to try things out, which does no harm, lives as long as we would not
 * remark on ourselves. */
static int64_t advice_max_age(const struct advice *out)
{
	const struct record_policy *p = &out->record.policy;
	int64_t fresh = out->mode == MODE_ENFORCE ? ENFORCE_AGE_S : TESTING_AGE_S;

	if (!p->valid || p->mode == MODE_NONE ||
	    (out->mode == MODE_TESTING &&
	     (p->max_age > TESTING_AGE_MAX_S || p->max_age < TESTING_AGE_S)))
		return fresh;
	if (out->live && (advice_others_act(&out->record) || !advice_age_acts(&out->record)))
		return p->max_age;
	return p->max_age >= TESTING_AGE_S ? p->max_age : fresh;
}

/* What max_age should be in the end, when what is served then does not have it. */
static int64_t advice_raise(const struct advice *out)
{
	const struct record_policy *p = &out->record.policy;
	int64_t age = out->policy ? advice_max_age(out) : p->max_age;

	if (out->mode == MODE_TESTING)
		return age < ENFORCE_AGE_MIN_S ? ENFORCE_AGE_S : 0;
	return out->policy && age < TESTING_AGE_S ? ENFORCE_AGE_S : 0;
}

/* 0 when there is no MX host that a policy could name. */
static unsigned advice_write_policy(struct advice *out)
{
	struct advice_writer w = {.text = out->policy_text};

	out->mode = advice_mode(out);
	w.at = (size_t)snprintf(w.text, ADVICE_POLICY_MAX, "version: STSv1\nmode: %s\n",
				mode_name(out->mode));
	advice_mx_lines(&out->record, &w);
	snprintf(w.text + w.at, ADVICE_POLICY_MAX - w.at, "max_age: %lld\n",
		 (long long)advice_max_age(out));
	return w.mx;
}

/* ---- the records ------------------------------------------------------------------------- */

static void advice_write_sts(const struct record *r, int64_t now, struct advice *out)
{
	time_t t = (time_t)now;
	struct tm tm;
	char id[32];

	gmtime_r(&t, &tm);
	strftime(id, sizeof(id), "%Y%m%d%H%M%S", &tm);
	/* The same second twice: an id that is published already would change nothing. */
	const char *more = span_eq(r->sts.id, span_str(id)) ? "1" : "";
	snprintf(out->sts_text, sizeof(out->sts_text), "v=STSv1; id=%s%s", id, more);
}

static bool advice_tlsrpt_clean(struct span text)
{
	struct findings f;
	struct tlsrpt parsed;

	tlsrpt_parse(text, &f, &parsed);
	return parsed.valid && f.n == 0;
}

/* The addresses of the record that is there that can be used; without one an address in the
 * domain. */
static void advice_write_tlsrpt(const struct record *r, struct advice *out)
{
	static const char head[] = "v=TLSRPTv1; rua=";
	size_t at = 0;

	for (unsigned i = 0; i < r->tlsrpt.rua_n; i++) {
		struct span rua = r->tlsrpt.rua[i];
		char alone[ADVICE_RECORD_MAX];
		if (sizeof(head) + at + rua.n > ADVICE_RECORD_MAX / 2)
			continue;
		snprintf(alone, sizeof(alone), "%s%.*s", head, (int)rua.n, rua.p);
		if (!advice_tlsrpt_clean(span_str(alone)))
			continue;
		assert(at < ADVICE_RECORD_MAX / 2);
		at += (size_t)snprintf(out->tlsrpt_text + at, ADVICE_RECORD_MAX - at, "%s%.*s",
				       at == 0 ? head : ",", (int)rua.n, rua.p);
	}
	if (at == 0)
		snprintf(out->tlsrpt_text, ADVICE_RECORD_MAX, "%smailto:tls-reports@%.*s", head,
			 (int)r->domain.n, r->domain.p);
}

/* What was served as the file, though no sender gets it or asks for it. */
static bool advice_served(const struct record *r)
{
	const struct record_policy *p = &r->policy;
	bool behind = p->stage == STAGE_TLS || p->stage == STAGE_HTTP || p->stage == STAGE_SYNTAX ||
		      (p->stage == STAGE_OK && !r->sts.valid);

	return behind && p->body.n > 0 && !p->body_cut && p->http_status == 200 &&
	       !advice_has(r, ISSUE_GROUP_HOST, ISSUE_UNFINISHED);
}

/* Takes over a file that is a policy, whoever would read it. */
static void advice_see(const struct record *r, struct advice *out)
{
	struct findings f;
	struct record_policy *p = &out->record.policy;

	out->live = r->policy.valid;
	if (out->live || !advice_served(r))
		return;
	policy_parse(p->body, &f, &out->seen);
	out->withdrawn = out->seen.mode == MODE_NONE;
	if (!out->seen.valid || out->withdrawn)
		return;
	p->valid = true;
	p->mode = out->seen.mode;
	p->max_age = out->seen.max_age;
	p->mx = out->seen.mx;
	p->mx_n = out->seen.mx_n < POLICY_MX_KEPT ? out->seen.mx_n : POLICY_MX_KEPT;
	p->mx_dropped = out->seen.mx_n - p->mx_n;
}

static bool advice_hosts_covered(const struct record *r)
{
	for (unsigned h = 0; h < r->mx.hosts_n; h++) {
		bool covered = false;
		for (unsigned i = 0; i < r->policy.mx_n && !covered; i++)
			covered = mxmatch(r->policy.mx[i], r->mx.hosts[h].host) == MXMATCH_YES;
		if (!covered)
			return false;
	}
	return r->mx.hosts_n > 0 && r->mx.hosts_dropped == 0;
}

/* What keeps a policy that no sender takes, for its server's or its record's sake, from staying as
 * it is; NULL nothing. */
static const char *advice_file_wrong(const struct advice *out)
{
	const struct record_policy *p = &out->record.policy;
	struct findings f;
	struct policy parsed;

	if (p->max_age < TESTING_AGE_S)
		return "its max_age is less than a week";
	if (p->mx_dropped > 0)
		return "it has more mx lines than are looked at";
	policy_parse(p->body, &f, &parsed);
	for (unsigned i = 0; i < f.n; i++)
		if (issue_info(f.v[i].code)->severity != SEVERITY_INFO || f.dropped > 0)
			return "its lines have something wrong with them, too (mtasweep lint "
			       "policy "
			       "says what)";
	for (unsigned i = 0; i < p->mx_n; i++)
		if (!advice_pattern_fine(p->mx[i]))
			return "an mx pattern covers other people's hosts, or none";
	return advice_hosts_covered(&out->record) ? NULL : "its mx lines do not cover all MX hosts";
}

/* A policy that no sender takes and that may stay as it is. Of a withdrawal under way nothing but
 * its grammar counts. */
static bool advice_file_fine(struct advice *out)
{
	if (out->withdrawn)
		return out->seen.valid;
	if (out->live || !out->record.policy.valid)
		return false;
	out->not_kept = advice_file_wrong(out);
	return out->not_kept == NULL;
}

/* ---- what is to be done ------------------------------------------------------------------ */

static bool advice_no_mail(const struct record *r)
{
	/* Without a policy nobody asked whether the domain has an address of its own. */
	bool no_address =
		r->mx.implicit == 0 || (r->mx.implicit < 0 && r->verdict == VERDICT_ABSENT);

	return r->mx.null_mx == 1 || (r->mx.dns == DNS_NODATA && no_address) ||
	       r->mx.dns == DNS_NXDOMAIN;
}

static enum advice_kind advice_classify(const struct record *r)
{
	if (r->domain.p == NULL || r->verdict == VERDICT_EXCLUDED)
		return ADVICE_NONE;
	bool public_suffix = r->tld.p != NULL && r->registrable.p == NULL;
	if (public_suffix && r->verdict == VERDICT_ABSENT)
		return ADVICE_NONE;
	if (r->verdict == VERDICT_INCONCLUSIVE)
		return ADVICE_UNKNOWN;
	if (advice_no_mail(r))
		return r->verdict == VERDICT_ABSENT &&
				       !advice_has(r, ISSUE_GROUP_STS, ISSUE_DANGLING)
			       ? ADVICE_NONE
			       : ADVICE_REMOVE;
	/* A valid policy of mode none is a withdrawal under way. */
	if (r->verdict == VERDICT_NONE)
		return ADVICE_REMOVE;
	if (r->verdict == VERDICT_ABSENT)
		return ADVICE_SET_UP;
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]))
			return ADVICE_REPAIR;
	return ADVICE_KEEP;
}

bool advice_unlooked(const struct record *r)
{
	return !r->sts.valid && r->policy.stage == STAGE_NONE && dns_answered(r->sts.answer.dns);
}

/* Whether there is a policy file, and what it says, is hidden by something else that is broken. */
static bool advice_unseen(const struct record *r)
{
	const struct record_policy *p = &r->policy;
	bool missing = p->http_status == 404 || p->http_status == 410 || p->http_status == 204;

	if (advice_unlooked(r))
		return true;
	if (r->verdict != VERDICT_BROKEN || p->stage == STAGE_SYNTAX || p->stage == STAGE_OK)
		return false;
	if (p->stage == STAGE_TLS || p->stage == STAGE_HTTP)
		return !missing && (p->http_status != 200 || p->body.n == 0);
	return true;
}

/* A finding about what is published at _mta-sts that a new record mends. */
static bool advice_record_acts(const struct record *r)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (advice_acts(&r->issues[i]) &&
		    issue_info(r->issues[i].code)->group == ISSUE_GROUP_STS &&
		    !issue_has(r->issues[i].code, ISSUE_STRAYS))
			return true;
	return false;
}

/* An id that was published later, where ids are times. */
static bool advice_later(struct span a, struct span b)
{
	return a.n != b.n ? a.n > b.n : memcmp(a.p, b.p, a.n) > 0;
}

/* The record that can stay while the others are deleted: one that is fine by itself. -1 none. */
static int advice_stays(const struct record_txt *a)
{
	struct span latest = SPAN_NULL;
	int stays = -1;

	for (unsigned i = 0; i < a->txt_n; i++) {
		struct findings f;
		struct sts_record one;
		sts_record_parse(a->txt[i], &f, &one);
		bool fine = one.valid && f.dropped == 0;
		for (unsigned k = 0; k < f.n; k++)
			fine = fine && issue_info(f.v[k].code)->severity == SEVERITY_INFO;
		if (!fine || (stays >= 0 && !advice_later(one.id, latest)))
			continue;
		latest = one.id;
		stays = (int)i;
	}
	return stays;
}

static bool advice_before(struct span a, struct span b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order != 0 ? order < 0 : a.n < b.n;
}

/* The same of TLS-RPT records: of those that are fine the first by their bytes, as answers come in
 * any order. */
static int advice_tlsrpt_stays(const struct record_txt *a)
{
	int stays = -1;

	for (unsigned i = 0; i < a->txt_n; i++)
		if (advice_tlsrpt_clean(a->txt[i]) &&
		    (stays < 0 || advice_before(a->txt[i], a->txt[stays])))
			stays = (int)i;
	return stays;
}

/* Whether something about the file itself has to be another thing. */
static bool advice_file_acts(const struct record *r, const struct advice *out)
{
	return out->stop || advice_group_acts(r, ISSUE_GROUP_POLICY) ||
	       advice_group_acts(r, ISSUE_GROUP_LIFE) || advice_group_acts(r, ISSUE_GROUP_MX) ||
	       advice_has(r, ISSUE_GROUP_HOST, ISSUE_SHORTER);
}

/* The file: whether it stays or has to be another one. One that was only served badly stays as it
 * is. */
static void advice_fill_file(const struct record *r, struct advice *out)
{
	bool acts = advice_file_acts(r, out);

	/* Without a record a withdrawal is over; who reads on wants to begin anew. */
	bool over = out->withdrawn && out->kind == ADVICE_SET_UP &&
		    !advice_has(r, ISSUE_GROUP_STS, ISSUE_DANGLING);
	out->kept = !acts && !over && advice_file_fine(out);
	out->policy = acts || (!out->live && !out->kept);
	bool nameless = advice_write_policy(out) == 0 && !out->mx_unknown;
	out->mx_nameless = nameless && out->policy && !out->unasked;
	if (nameless || out->mx_unknown || out->mx_many ||
	    advice_has(r, ISSUE_GROUP_DOMAIN, ISSUE_MX_WRONG))
		out->policy = false;
	out->policy_maybe = out->policy && out->unasked;
	out->policy = out->policy && !out->unasked;
	if (!out->policy)
		out->mode =
			out->record.policy.valid ? (enum mode)out->record.policy.mode : MODE_NONE;
	assert(!out->kept || !out->policy);
}

static void advice_fill_record(const struct record *r, struct advice *out)
{
	int stays = advice_stays(&r->sts.answer);

	out->record_new = out->policy || (out->kind == ADVICE_SET_UP && out->kept) ||
			  advice_record_acts(r) ||
			  (stays < 0 && advice_has(r, ISSUE_GROUP_STS, ISSUE_STRAYS));
	out->strays = !out->record_new && advice_group_acts(r, ISSUE_GROUP_STS);
	out->stays = out->strays ? (unsigned)stays : 0;
	assert(!out->strays || out->stays < r->sts.answer.txt_n);
}

static void advice_fill(const struct record *r, struct advice *out)
{
	out->unasked = advice_unlooked(r) && advice_group_acts(r, ISSUE_GROUP_STS);
	out->host = advice_group_acts(r, ISSUE_GROUP_HOST) ||
		    (!out->unasked && !r->sts.valid && r->policy.stage < STAGE_HTTP);
	out->stop = out->live && r->policy.mode == MODE_ENFORCE && r->impact == IMPACT_MAIL_LOSS;
	out->unseen = advice_unseen(r);
	/* Without MX records the domain's own addresses count, which may be what is not known. */
	out->mx_unknown = r->mx.dns != DNS_OK && (r->mx.dns != DNS_NODATA || r->mx.implicit < 0);
	out->mx_many = r->mx.hosts_dropped > 0;
	out->mx = advice_group_acts(r, ISSUE_GROUP_DOMAIN) || advice_servers_act(r);
	out->tlsrpt = !r->tlsrpt.valid ? r->tlsrpt.answer.dns == DNS_OK ||
						 r->tlsrpt.answer.dns == DNS_NODATA ||
						 r->tlsrpt.answer.dns == DNS_NXDOMAIN
				       : advice_group_acts(r, ISSUE_GROUP_TLSRPT);
	int stays = advice_tlsrpt_stays(&r->tlsrpt.answer);
	out->tlsrpt_strays = stays >= 0 && advice_has(r, ISSUE_GROUP_TLSRPT, ISSUE_STRAYS);
	if (out->tlsrpt_strays) {
		out->tlsrpt = false;
		out->tlsrpt_stays = (unsigned)stays;
	}
	advice_fill_file(r, out);
	advice_fill_record(r, out);
	out->raise = out->unasked ? 0 : advice_raise(out);
}

void advice_make(const struct record *r, int64_t now, struct advice *out)
{
	*out = (struct advice){.kind = advice_classify(r), .record = *r};
	if (r->domain.p == NULL)
		return;
	advice_see(r, out);
	advice_write_sts(r, now, out);
	advice_write_tlsrpt(r, out);
	if (out->kind == ADVICE_REPAIR || out->kind == ADVICE_SET_UP) {
		advice_fill(r, out);
	} else if (out->kind == ADVICE_KEEP) {
		out->mode = (enum mode)r->policy.mode;
		out->raise = out->mode == MODE_TESTING && r->policy.max_age < ENFORCE_AGE_MIN_S
				     ? ENFORCE_AGE_S
				     : 0;
		out->tlsrpt = !r->tlsrpt.valid && (r->tlsrpt.answer.dns == DNS_NODATA ||
						   r->tlsrpt.answer.dns == DNS_NXDOMAIN);
	}
}

/* judge.c - the order of a judgement, and what its parts share; see judge.h and judge_parts.h. */
#include "scanner/judge/judge.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "output/text/quote.h"
#include "parsers/name.h"
#include "parsers/senders.h"
#include "parsers/sts_record.h"
#include "parsers/utf8.h"
#include "scanner/judge/judge_parts.h"

void judge_config_init(struct judge_config *c)
{
	for (unsigned i = 0; i < ISSUE_COUNT; i++)
		c->severity[i] = (unsigned char)issue_info((enum issue)i)->severity;
}

int judge_config_severity(struct judge_config *c, struct span setting)
{
	const char *equals = setting.n == 0 ? NULL : memchr(setting.p, '=', setting.n);

	if (equals == NULL)
		return -1;
	size_t n = (size_t)(equals - setting.p);
	int code = issue_parse(span_of(setting.p, n));
	int level = severity_parse(span_of(equals + 1, setting.n - n - 1));
	if (code < 0 || level < 0)
		return -1;
	c->severity[code] = (unsigned char)level;
	return 0;
}

static struct record_issue *judge_slot(struct judging *j, bool must)
{
	if (j->n < FINDINGS_MAX)
		return &j->v[j->n++];
	j->dropped++;
	return must ? &j->v[j->n - 1] : &j->spill;
}

static void judge_fill(struct judging *j, struct record_issue *one, enum issue code)
{
	*one = (struct record_issue){.code = code,
				     .severity = (enum severity)j->config->severity[code],
				     .impact = issue_info(code)->impact,
				     .senders = senders_of(code)};
}

struct record_issue *judge_add(struct judging *j, enum issue code)
{
	unsigned same = 0;

	for (unsigned i = 0; i < j->n; i++)
		same += j->v[i].code == code;
	struct record_issue *one = &j->spill;
	if (same < FINDINGS_PER_CODE)
		one = judge_slot(j, false);
	else
		j->dropped++;

	judge_fill(j, one, code);
	return one;
}

struct record_issue *judge_root(struct judging *j, enum issue code)
{
	struct record_issue *one = judge_slot(j, true);

	assert(j->root < 0 && issue_info(code)->severity == SEVERITY_ERROR);
	judge_fill(j, one, code);
	one->root = true;
	j->root = (int)(one - j->v);
	return one;
}

void judge_detail(struct judging *j, struct record_issue *one, const char *fmt, ...)
{
	char text[FINDING_DETAIL_MAX + 1];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n <= 0)
		return;
	struct span s = span_of(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	s.n = utf8_valid_prefix(s); /* a cut may have split a character */
	one->detail = arena_copy(j->arena, s);
	j->failed = j->failed || one->detail.p == NULL;
}

static void judge_place(struct judging *j, struct record_issue *one, const struct finding *f,
			const char *hint)
{
	struct quote at = quote_of(f->at);
	const char *gap = hint[0] != '\0' ? "; " : "";

	if (f->at.p == NULL || f->at.n == 0) {
		if (f->line > 0)
			judge_detail(j, one, "line %u%s%s", f->line, gap, hint);
		else if (hint[0] != '\0')
			judge_detail(j, one, "%s", hint);
	} else if (f->line > 0) {
		judge_detail(j, one, "line %u, column %u: \"%s\"%s%s", f->line, f->column, at.text,
			     gap, hint);
	} else {
		judge_detail(j, one, "\"%s\"%s%s", at.text, gap, hint);
	}
}

void judge_take(struct judging *j, const struct findings *f, struct span value, bool as_root,
		judge_suggest *suggest)
{
	for (unsigned i = 0; i < f->n; i++) {
		const struct finding *one = &f->v[i];
		bool root = as_root && (int)i == f->root;
		if (i >= FINDINGS_PER_VALUE && !root) {
			j->dropped++;
			continue;
		}
		struct record_issue *issue =
			root ? judge_root(j, one->code) : judge_add(j, one->code);
		char hint[JUDGE_HINT_MAX] = "";
		if (suggest != NULL)
			suggest(one, value, hint);
		issue->offset = one->offset;
		issue->line = one->line;
		issue->column = one->column;
		judge_place(j, issue, one, hint);
	}
	j->dropped += f->dropped;
}

bool judge_dns_said(const struct judging *j, enum dns_outcome outcome)
{
	return outcome == j->r->mx.dns && outcome != DNS_SKIPPED && outcome != DNS_TRUNCATED;
}

bool judge_wants_policy(const struct record_txt *answer)
{
	return answer->dns == DNS_OK && sts_record_usable(answer->txt, answer->txt_n);
}

static void judge_input(struct judging *j)
{
	if (j->r->name_flags & NAME_WAS_URL)
		judge_add(j, ISSUE_input_from_url);
	if (j->r->name_flags & NAME_WAS_EMAIL)
		judge_add(j, ISSUE_input_from_email);
}

/* Everything after the name is known to be one. */
static enum verdict judge_name(struct judging *j)
{
	judge_input(j);
	judge_domain(j);
	enum verdict verdict = judge_sts(j);
	if (verdict == VERDICT_ABSENT)
		judge_orphan(j);
	if (verdict == VERDICT_ENFORCE)
		verdict = judge_host(j);
	if (verdict == VERDICT_ENFORCE) {
		judge_served(j);
		verdict = judge_policy(j);
	}
	if (j->r->policy.valid && verdict != VERDICT_ABSENT) {
		judge_life(j);
		judge_mx(j);
		judge_mx_tls(j);
	}
	judge_provider(j, verdict);
	judge_tlsrpt(j, verdict);
	return verdict;
}

static void judge_clear(struct record *r)
{
	r->impact = IMPACT_NONE;
	r->interoperable = -1;
	r->senders_refusing = 0;
	r->sts.valid = r->tlsrpt.valid = r->policy.valid = false;
	r->sts.id = SPAN_NULL;
	r->tlsrpt.rua = NULL;
	r->tlsrpt.rua_n = 0;
	r->policy.mode = r->policy.newline = TERM_NULL;
	r->policy.max_age = -1;
	r->policy.mx = NULL;
	r->policy.mx_n = r->policy.mx_dropped = 0;
	r->provider_policy = r->provider_mx = SPAN_NULL;
	for (unsigned i = 0; i < r->mx.hosts_n; i++) {
		r->mx.hosts[i].matched = -1;
		r->mx.hosts[i].mismatch = TERM_NULL;
		r->mx.hosts[i].suggestion = SPAN_NULL;
	}
}

void judge_start(struct judging *j, const struct judge_config *c, struct arena *a, struct record *r)
{
	j->config = c;
	j->arena = a;
	j->r = r;
	j->failed = false;
	j->root = -1;
	j->n = j->dropped = 0;
}

struct record_issue *judge_issues(struct judging *j)
{
	size_t size = j->n * sizeof(j->v[0]);
	struct record_issue *copy = size == 0 ? NULL : arena_alloc(j->arena, size);

	if (copy != NULL)
		memcpy(copy, j->v, size);
	j->failed = j->failed || (size > 0 && copy == NULL);
	return copy;
}

static void judge_finish(struct judging *j)
{
	struct record *r = j->r;

	for (unsigned i = 0; i < j->n; i++) {
		if (j->v[i].impact > r->impact)
			r->impact = j->v[i].impact;
		if (issue_info(j->v[i].code)->group != ISSUE_GROUP_TLSRPT)
			r->senders_refusing |= j->v[i].senders;
	}
	if (r->verdict == VERDICT_ENFORCE || r->verdict == VERDICT_TESTING ||
	    r->verdict == VERDICT_NONE || r->verdict == VERDICT_BROKEN)
		r->interoperable = r->senders_refusing == 0;
	else
		r->senders_refusing = 0;
	r->issues_n = j->n;
	r->issues_dropped = j->dropped;
	r->issues = judge_issues(j);
}

int judge(const struct judge_config *c, struct arena *a, struct record *r)
{
	struct judging j;

	judge_start(&j, c, a, r);
	judge_clear(r);
	if (r->verdict == VERDICT_EXCLUDED) {
		judge_add(&j, ISSUE_scan_excluded);
	} else if (r->domain.p == NULL) {
		r->verdict = VERDICT_INVALID_INPUT;
		judge_detail(&j, judge_add(&j, ISSUE_domain_syntax_invalid), "%s",
			     name_status_text((enum name_status)r->name_status));
	} else {
		r->verdict = judge_name(&j);
		assert((r->verdict == VERDICT_BROKEN) == (j.root >= 0));
	}
	judge_finish(&j);
	return j.failed ? -1 : 0;
}

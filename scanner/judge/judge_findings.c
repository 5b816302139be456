/* judge_findings.c - see judge_findings.h. */
#include "scanner/judge/judge_findings.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "output/text/quote.h"
#include "parsers/senders.h"
#include "parsers/utf8.h"

void judge_start(struct judging *j, const struct judge_config *c, struct arena *a, struct record *r)
{
	j->config = c;
	j->arena = a;
	j->r = r;
	j->failed = false;
	j->root = -1;
	j->n = j->dropped = 0;
}

static struct record_issue *judge_slot(struct judging *j, bool must)
{
	assert(j->n <= FINDINGS_MAX);
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
	assert(one == &j->spill || (one >= j->v && one < j->v + j->n));
	if (n <= 0)
		return;
	struct span s = span_of(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	s.n = utf8_valid_prefix(s); /* a cut may have split a character */
	one->detail = arena_copy(j->arena, s);
	j->failed = j->failed || one->detail.p == NULL;
}

/* A hint that does not fit as a whole would tell to write something else: then there is none. */
static void judge_place(struct judging *j, struct record_issue *one, const struct finding *f,
			const char *hint)
{
	struct quote at = quote_of(f->at);
	char place[FINDING_DETAIL_MAX + 1] = "";

	if (f->at.p == NULL || f->at.n == 0) {
		if (f->line > 0)
			snprintf(place, sizeof(place), "line %u", f->line);
	} else if (f->line > 0) {
		snprintf(place, sizeof(place), "line %u, column %u: \"%s\"", f->line, f->column,
			 at.text);
	} else {
		snprintf(place, sizeof(place), "\"%s\"", at.text);
	}
	const char *gap = place[0] != '\0' && hint[0] != '\0' ? "; " : "";
	if (strlen(place) + strlen(gap) + strlen(hint) > FINDING_DETAIL_MAX)
		gap = hint = "";
	judge_detail(j, one, "%s%s%s", place, gap, hint);
}

void judge_take(struct judging *j, const struct findings *f, struct span value, bool as_root,
		judge_suggest *suggest)
{
	assert(f->n <= FINDINGS_MAX && f->root < (int)f->n);
	assert(!as_root || j->root < 0);
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

struct record_issue *judge_issues(struct judging *j)
{
	size_t size = j->n * sizeof(j->v[0]);
	struct record_issue *copy = size == 0 ? NULL : arena_alloc(j->arena, size);

	if (copy != NULL)
		memcpy(copy, j->v, size);
	j->failed = j->failed || (size > 0 && copy == NULL);
	return copy;
}

bool judge_dns_said(const struct judging *j, enum dns_outcome outcome)
{
	return outcome == j->r->mx.dns && outcome != DNS_SKIPPED && outcome != DNS_TRUNCATED;
}

bool judge_dangles(const struct record_txt *answer, const struct record_txt *beside)
{
	return answer->dns == DNS_NXDOMAIN && answer->cname_n > 0 && dns_answered(beside->dns) &&
	       (beside->cname_n == 0 || !span_ieq(answer->cname[0], beside->cname[0]));
}

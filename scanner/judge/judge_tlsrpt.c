/* judge_tlsrpt.c - the TXT answer at _smtp._tls (RFC 8460 3). */
#include <assert.h>

#include "output/text/quote.h"
#include "parsers/hostname.h"
#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "parsers/tlsrpt_uri.h"
#include "scanner/judge/judge_parts.h"
#include "parsers/suffix.h"

static bool tlsrpt_is_delegation(struct span target)
{
	return hostname_has_label(target, SPAN_LIT("_smtp")) ||
	       hostname_has_label(target, SPAN_LIT("_tls")) ||
	       hostname_has_label(target, SPAN_LIT("tls"));
}

static void tlsrpt_fill(struct judging *j, const struct tlsrpt *parsed)
{
	struct record_tlsrpt *t = &j->r->tlsrpt;

	if (parsed->rua_n == 0)
		return;
	struct span *rua = arena_alloc(j->arena, parsed->rua_n * sizeof(*rua));
	if (rua == NULL) {
		j->failed = true;
		return;
	}
	memcpy(rua, parsed->rua, parsed->rua_n * sizeof(*rua));
	assert(parsed->rua_n <= TLSRPT_RUA_MAX);
	t->rua = rua;
	t->rua_n = parsed->rua_n;
}

static void tlsrpt_external(struct judging *j)
{
	const struct record_tlsrpt *t = &j->r->tlsrpt;

	for (unsigned i = 0; i < t->rua_n; i++) {
		struct span domain = tlsrpt_rua_domain(t->rua[i]);
		if (domain.p == NULL)
			continue;
		struct span theirs = suffix_registrable(domain);
		struct span ours = j->r->registrable.p != NULL ? j->r->registrable : j->r->domain;
		if (theirs.p != NULL && span_ieq(theirs, ours))
			continue;
		judge_detail(j, judge_add(j, ISSUE_tlsrpt_rua_external_domain), "\"%s\"",
			     quote_of(domain).text);
		return;
	}
}

static void tlsrpt_absent(struct judging *j, enum verdict verdict)
{
	const struct record_txt *a = &j->r->tlsrpt.answer;

	bool gone = judge_dangles(a, &j->r->sts.answer);

	if (a->cname_n > 0 && (gone || tlsrpt_is_delegation(a->cname[a->cname_n - 1])))
		judge_detail(j, judge_add(j, ISSUE_tlsrpt_cname_dangling), "alias of \"%s\"%s",
			     quote_of(a->cname[a->cname_n - 1]).text,
			     gone ? ", which does not exist: whoever registers it can answer" : "");
	else if (verdict == VERDICT_ENFORCE)
		judge_add(j, ISSUE_sts_enforce_without_tlsrpt);
	else if (verdict == VERDICT_TESTING)
		judge_add(j, ISSUE_sts_testing_without_tlsrpt);
	else if (j->r->mx.dns != DNS_NXDOMAIN)
		judge_add(j, ISSUE_tlsrpt_missing);
}

static void tlsrpt_published(struct judging *j, const struct tlsrpt_choice *choice)
{
	const struct record_txt *a = &j->r->tlsrpt.answer;

	if (a->txt_pieces != NULL && a->txt_pieces[choice->chosen] > 1)
		judge_detail(j, judge_add(j, ISSUE_tlsrpt_multi_string), "%u strings",
			     a->txt_pieces[choice->chosen]);
	if (a->cname_n > 0)
		judge_detail(j, judge_add(j, ISSUE_tlsrpt_cname), "alias of \"%s\"",
			     quote_of(a->cname[a->cname_n - 1]).text);
	if (choice->others > 0)
		judge_detail(j, judge_add(j, ISSUE_tlsrpt_unrelated_txt), "%u", choice->others);
}

static void tlsrpt_judge_one(struct judging *j, const struct tlsrpt_choice *choice,
			     const struct findings *f, const struct tlsrpt *parsed)
{
	struct record_tlsrpt *t = &j->r->tlsrpt;
	struct span txt = t->answer.txt[choice->chosen];

	assert(choice->chosen < t->answer.txt_n);
	tlsrpt_fill(j, parsed);
	bool discarded = choice->set == TLSRPT_SET_DISCARDED;
	if (discarded)
		judge_detail(j, judge_add(j, ISSUE_tlsrpt_discarded), "\"%s\"", quote_of(txt).text);
	t->valid = parsed->valid && !discarded;
	judge_take(j, f, txt, false, judge_suggest_tlsrpt);
	tlsrpt_published(j, choice);
	if (t->valid)
		tlsrpt_external(j);
}

/* TXT records, but none that was meant for TLS-RPT. */
static void tlsrpt_strangers(struct judging *j)
{
	const struct record_txt *a = &j->r->tlsrpt.answer;
	unsigned shown = 0;
	bool swapped = false;

	for (unsigned i = 0; i < a->txt_n && !swapped; i++)
		if (sts_record_meant(a->txt[i])) {
			swapped = true;
			shown = i;
		}
	judge_detail(j, judge_add(j, swapped ? ISSUE_tlsrpt_swapped : ISSUE_tlsrpt_wildcard_txt),
		     "\"%s\"", quote_of(a->txt[shown]).text);
}

static void tlsrpt_failed(struct judging *j)
{
	const struct record_txt *a = &j->r->tlsrpt.answer;
	bool as_sts = a->dns == j->r->sts.answer.dns; /* said there, for the same zone */

	if (a->dns == DNS_SKIPPED || judge_dns_said(j, a->dns) || as_sts)
		return;
	judge_detail(j, judge_add(j, ISSUE_tlsrpt_dns_error), "%s", dns_outcome_name(a->dns));
}

void judge_tlsrpt(struct judging *j, enum verdict verdict)
{
	const struct record_txt *a = &j->r->tlsrpt.answer;
	struct tlsrpt_choice choice;
	struct findings f;
	struct tlsrpt parsed;

	if (!dns_answered(a->dns)) {
		tlsrpt_failed(j);
		return;
	}
	tlsrpt_take(a->txt, a->dns == DNS_OK ? a->txt_n : 0, &choice, &f, &parsed);
	switch (choice.set) {
	case TLSRPT_SET_NONE:
		if (a->dns == DNS_OK && a->txt_n > 0)
			tlsrpt_strangers(j);
		else
			tlsrpt_absent(j, verdict);
		return;
	case TLSRPT_SET_MULTIPLE:
		judge_detail(j, judge_add(j, ISSUE_tlsrpt_multiple), "%u records",
			     choice.candidates);
		return;
	case TLSRPT_SET_ONE:
	case TLSRPT_SET_DISCARDED:
		break;
	}
	tlsrpt_judge_one(j, &choice, &f, &parsed);
	if (verdict == VERDICT_ABSENT && j->r->tlsrpt.valid)
		judge_add(j, ISSUE_tlsrpt_without_sts);
}

/* judge_sts.c - the TXT answer at _mta-sts (RFC 8461 3.1). */
#include <assert.h>

#include "output/text/quote.h"
#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "parsers/hostname.h"
#include "scanner/judge/judge_parts.h"
#include "scanner/judge/providers.h"

#define STS_TTL_LONG_S 86400
#define STS_CNAME_LONG 5u

/* A CNAME target that somebody chose for MTA-STS, not one that a wildcard gives to every name. */
static bool sts_is_delegation(struct span target)
{
	return provider_of_policy(target) != NULL ||
	       hostname_has_label(target, SPAN_LIT("_mta-sts")) ||
	       hostname_has_label(target, SPAN_LIT("mta-sts")) ||
	       hostname_has_label(target, SPAN_LIT("_mta_sts"));
}

static void sts_absent(struct judging *j)
{
	const struct record_txt *a = &j->r->sts.answer;

	if (a->cname_n > 0) {
		struct span target = a->cname[a->cname_n - 1];
		bool delegated = false;
		for (unsigned i = 0; i < a->cname_n; i++)
			delegated = delegated || sts_is_delegation(a->cname[i]);
		bool gone = judge_dangles(a, &j->r->tlsrpt.answer);
		struct record_issue *one =
			judge_add(j, delegated || gone ? ISSUE_sts_record_cname_dangling
						       : ISSUE_sts_record_wildcard_cname);
		judge_detail(j, one, "alias of \"%s\"%s", quote_of(target).text,
			     gone ? ", which does not exist: whoever registers it can answer" : "");
	} else if (j->r->mx.dns != DNS_NXDOMAIN) { /* else said by domain_nxdomain */
		judge_add(j, ISSUE_sts_record_missing);
	}
}

/* TXT records, but none that was meant for MTA-STS. */
static void sts_strangers(struct judging *j)
{
	const struct record_txt *a = &j->r->sts.answer;
	unsigned shown = 0;
	bool swapped = false;

	for (unsigned i = 0; i < a->txt_n && !swapped; i++)
		if (tlsrpt_meant(a->txt[i])) {
			swapped = true;
			shown = i;
		}
	judge_detail(
		j, judge_add(j, swapped ? ISSUE_sts_record_swapped : ISSUE_sts_record_wildcard_txt),
		"\"%s\"", quote_of(a->txt[shown]).text);
}

static enum verdict sts_failed(struct judging *j)
{
	const struct record_txt *a = &j->r->sts.answer;

	if (a->dns == DNS_SKIPPED) {
		judge_add(j, j->r->worker_crashed ? ISSUE_scan_worker_crashed : ISSUE_scan_aborted);
	} else if (a->dns == DNS_TRUNCATED) {
		judge_add(j, ISSUE_sts_record_txt_too_large);
	} else if (!judge_dns_said(j, a->dns)) {
		struct record_issue *one = judge_add(j, ISSUE_sts_record_dns_error);
		judge_detail(j, one, "%s%s%s", dns_outcome_name(a->dns),
			     a->resolver.p != NULL ? " from resolver " : "",
			     a->resolver.p != NULL ? quote_of(a->resolver).text : "");
	}
	return VERDICT_INCONCLUSIVE;
}

/* Remarks that need a record: how it is published. */
static void sts_published(struct judging *j, const struct sts_choice *choice)
{
	const struct record_txt *a = &j->r->sts.answer;

	if (a->txt_pieces != NULL && a->txt_pieces[choice->chosen] > 1)
		judge_detail(j, judge_add(j, ISSUE_sts_record_multi_string), "%u strings",
			     a->txt_pieces[choice->chosen]);
	if (a->cname_n > 0)
		judge_detail(j, judge_add(j, ISSUE_sts_record_cname), "alias of \"%s\"",
			     quote_of(a->cname[a->cname_n - 1]).text);
	if (a->cname_n > STS_CNAME_LONG)
		judge_detail(j, judge_add(j, ISSUE_sts_record_cname_depth), "%u aliases",
			     a->cname_n);
	if (a->ttl > STS_TTL_LONG_S)
		judge_detail(j, judge_add(j, ISSUE_sts_record_ttl_long), "TTL %lld s",
			     (long long)a->ttl);
}

static void sts_others(struct judging *j, const struct sts_choice *choice)
{
	const struct record_txt *a = &j->r->sts.answer;

	if (choice->others == 0)
		return;
	struct record_issue *one = judge_add(j, ISSUE_sts_record_unrelated_txt);
	for (unsigned i = 0; i < a->txt_n; i++)
		if (i != choice->chosen && !span_starts(a->txt[i], SPAN_LIT("v=STSv1;"))) {
			judge_detail(j, one, "%u; the first is \"%s\"", choice->others,
				     quote_of(a->txt[i]).text);
			break;
		}
}

static enum verdict sts_judge_one(struct judging *j, const struct sts_choice *choice,
				  const struct findings *f, const struct sts_record *record)
{
	struct record_sts *sts = &j->r->sts;
	struct span txt = sts->answer.txt[choice->chosen];

	assert(choice->chosen < sts->answer.txt_n);
	sts->id = record->id;
	/* RFC 8461 3.1 discards by the bytes "v=STSv1;", though its grammar lets a blank stand
	 * before the ";": such a record is none beside others, whatever else is right in it. */
	bool discarded = choice->set == STS_SET_DISCARDED;
	if (discarded)
		judge_detail(j, judge_root(j, ISSUE_sts_record_discarded), "\"%s\"",
			     quote_of(txt).text);
	sts->valid = record->valid && !discarded;
	judge_take(j, f, txt, !discarded, judge_suggest_sts);
	sts_others(j, choice);
	sts_published(j, choice);
	assert(sts->valid == (j->root < 0));
	return sts->valid ? VERDICT_ENFORCE : VERDICT_BROKEN;
}

enum verdict judge_sts(struct judging *j)
{
	const struct record_txt *a = &j->r->sts.answer;
	struct sts_choice choice;
	struct findings f;
	struct sts_record record;

	if (!dns_answered(a->dns))
		return sts_failed(j);
	sts_record_take(a->txt, a->dns == DNS_OK ? a->txt_n : 0, &choice, &f, &record);
	switch (choice.set) {
	case STS_SET_NONE:
		if (a->dns != DNS_OK || a->txt_n == 0)
			sts_absent(j);
		else
			sts_strangers(j);
		return VERDICT_ABSENT;
	case STS_SET_MULTIPLE:
		judge_detail(j, judge_root(j, ISSUE_sts_record_multiple), "%u records",
			     choice.candidates);
		return VERDICT_BROKEN;
	case STS_SET_ONE:
	case STS_SET_DISCARDED:
		break;
	}
	return sts_judge_one(j, &choice, &f, &record);
}

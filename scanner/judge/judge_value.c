/* judge_value.c - one TXT value or policy file without the domain around it; see judge.h. */
#include <assert.h>

#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "scanner/judge/judge_parts.h"

static bool value_sts(struct judging *j, struct span value)
{
	struct findings f;
	struct sts_record record;

	sts_record_parse(value, &f, &record);
	judge_take(j, &f, value, true, judge_suggest_sts);
	return record.valid;
}

static bool value_tlsrpt(struct judging *j, struct span value)
{
	struct findings f;
	struct tlsrpt record;

	tlsrpt_parse(value, &f, &record);
	judge_take(j, &f, value, true, judge_suggest_tlsrpt);
	return record.valid;
}

static bool value_policy(struct judging *j, struct span value)
{
	judge_policy_text(j, value);
	if (j->policy.valid)
		judge_life(j);
	return j->policy.valid;
}

int judge_value(const struct judge_config *c, struct arena *a, enum judge_kind kind,
		struct span value, struct judge_value *out)
{
	struct record r;
	struct judging j;

	assert(value.p != NULL);
	record_init(&r);
	judge_start(&j, c, a, &r);
	out->valid = kind == JUDGE_STS	    ? value_sts(&j, value)
		     : kind == JUDGE_POLICY ? value_policy(&j, value)
					    : value_tlsrpt(&j, value);
	assert(out->valid == (j.root < 0));
	out->issues = judge_issues(&j);
	out->issues_n = j.n;
	out->issues_dropped = j.dropped;
	return j.failed ? -1 : 0;
}

int judge_txt(enum judge_kind kind, const struct record_txt *answer, struct findings *f)
{
	unsigned n = answer->dns == DNS_OK ? answer->txt_n : 0;
	struct sts_choice sts;
	struct sts_record record;
	struct tlsrpt_choice tlsrpt;
	struct tlsrpt parsed;

	assert(kind == JUDGE_STS || kind == JUDGE_TLSRPT);
	return kind == JUDGE_STS ? sts_record_take(answer->txt, n, &sts, f, &record)
				 : tlsrpt_take(answer->txt, n, &tlsrpt, f, &parsed);
}

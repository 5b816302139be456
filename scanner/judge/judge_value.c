/* judge_value.c - one TXT value or policy file without the domain around it; see judge.h. */
#include <assert.h>

#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "scanner/judge/judge_parts.h"

static bool value_sts(struct judging *j, const struct span *values, unsigned n)
{
	struct findings f;
	struct sts_record record;
	struct sts_choice choice;

	sts_record_choose(values, n, &choice);
	struct span value = values[choice.set == STS_SET_NONE ? 0 : choice.chosen];
	bool several = choice.set == STS_SET_MULTIPLE;
	if (several)
		judge_detail(j, judge_root(j, ISSUE_sts_record_multiple), "%u records",
			     choice.candidates);
	sts_record_parse(value, &f, &record);
	judge_take(j, &f, value, !several, judge_suggest_sts);
	return record.valid && !several;
}

static bool value_tlsrpt(struct judging *j, const struct span *values, unsigned n)
{
	struct findings f;
	struct tlsrpt record;
	struct tlsrpt_choice choice;

	tlsrpt_choose(values, n, &choice);
	struct span value = values[choice.set == TLSRPT_SET_NONE ? 0 : choice.chosen];
	bool several = choice.set == TLSRPT_SET_MULTIPLE;
	if (several)
		judge_detail(j, judge_root(j, ISSUE_tlsrpt_multiple), "%u records",
			     choice.candidates);
	tlsrpt_parse(value, &f, &record);
	judge_take(j, &f, value, !several, judge_suggest_tlsrpt);
	return record.valid && !several;
}

static bool value_policy(struct judging *j, struct span value)
{
	judge_policy_text(j, value);
	if (j->policy.valid)
		judge_life(j);
	return j->policy.valid;
}

int judge_values(const struct judge_config *c, struct arena *a, enum judge_kind kind,
		 const struct span *values, unsigned n, struct judge_value *out)
{
	struct record r;
	struct judging j;

	assert(n > 0 && values[0].p != NULL && (n == 1 || kind != JUDGE_POLICY));
	record_init(&r);
	judge_start(&j, c, a, &r);
	out->valid = kind == JUDGE_STS	    ? value_sts(&j, values, n)
		     : kind == JUDGE_POLICY ? value_policy(&j, values[0])
					    : value_tlsrpt(&j, values, n);
	assert(out->valid == (j.root < 0));
	out->issues = judge_issues(&j);
	out->issues_n = j.n;
	out->issues_dropped = j.dropped;
	return j.failed ? -1 : 0;
}

int judge_value(const struct judge_config *c, struct arena *a, enum judge_kind kind,
		struct span value, struct judge_value *out)
{
	return judge_values(c, a, kind, &value, 1, out);
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

/* issue.c - the catalogue as a table; see issue.h. */
#include "parsers/issue.h"

#include <assert.h>

static const struct issue_info issue_table[ISSUE_COUNT] = {
#define ISSUE(code, severity, impact, group, rfc, title, why, fix)                                 \
	{#code, SEVERITY_##severity, IMPACT_##impact, ISSUE_GROUP_##group, rfc, title, why, fix},
#include "parsers/issues.def"
#undef ISSUE
};

const struct issue_info *issue_info(enum issue code)
{
	assert((unsigned)code < ISSUE_COUNT);
	return &issue_table[code];
}

int issue_parse(struct span code)
{
	for (int i = 0; i < ISSUE_COUNT; i++)
		if (span_eq(span_str(issue_table[i].code), code))
			return i;
	return -1;
}

struct finding *findings_add(struct findings *f, enum issue code)
{
	static const struct finding none;

	assert((unsigned)code < ISSUE_COUNT && f->n <= FINDINGS_MAX);
	if (f->n == FINDINGS_MAX) {
		f->dropped++;
		return NULL;
	}
	struct finding *one = &f->v[f->n++];
	*one = none;
	one->code = code;
	return one;
}

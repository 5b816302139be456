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

const char *issue_group_title(enum issue_group group)
{
#define ISSUE_GROUP_TITLE(id, title) title,
	static const char *const titles[] = {ISSUE_GROUPS(ISSUE_GROUP_TITLE)};
#undef ISSUE_GROUP_TITLE

	assert((unsigned)group < ISSUE_GROUP_COUNT);
	return titles[group];
}

int issue_parse(struct span code)
{
	for (int i = 0; i < ISSUE_COUNT; i++)
		if (span_eq(span_str(issue_table[i].code), code))
			return i;
	return -1;
}

void findings_init(struct findings *f, const char *base)
{
	f->base = base;
	f->n = f->dropped = 0;
	f->root = -1;
}

static bool findings_full(const struct findings *f, enum issue code)
{
	unsigned same = 0;

	if (f->n == FINDINGS_MAX)
		return true;
	for (unsigned i = 0; i < f->n; i++)
		same += f->v[i].code == code;
	return same >= FINDINGS_PER_CODE;
}

static struct finding *findings_put(struct findings *f, enum issue code, struct span at,
				    bool breaks)
{
	assert((unsigned)code < ISSUE_COUNT && f->n <= FINDINGS_MAX);
	assert(at.p == NULL || at.p >= f->base);
	if (findings_full(f, code)) {
		f->dropped++;
		if (!breaks || f->root >= 0)
			return NULL;
		f->n--; /* the cause of invalidity is worth more than one more remark */
	}
	struct finding *one = &f->v[f->n];
	*one = (struct finding){.code = code,
				.breaks = breaks,
				.offset = at.p == NULL ? 0 : (uint32_t)(at.p - f->base),
				.at = at};
	if (breaks && f->root < 0)
		f->root = (int)f->n;
	f->n++;
	return one;
}

struct finding *findings_add(struct findings *f, enum issue code, struct span at)
{
	return findings_put(f, code, at, false);
}

struct finding *findings_break(struct findings *f, enum issue code, struct span at)
{
	return findings_put(f, code, at, true);
}

/* issue.c - the catalogue as a table; see issue.h. */
#include "parsers/issue.h"

#include <assert.h>

static const struct issue_info issue_table[ISSUE_COUNT] = {
#define ISSUE(code, severity, impact, group, traits, rfc, title, why, fix)                         \
	{                                                                                          \
		#code,                                                                             \
		SEVERITY_##severity,                                                               \
		IMPACT_##impact,                                                                   \
		ISSUE_GROUP_##group,                                                               \
		traits,                                                                            \
		rfc,                                                                               \
		title,                                                                             \
		why,                                                                               \
		fix},
#include "parsers/issues.def"
#undef ISSUE
};

const struct issue_info *issue_info(enum issue code)
{
	assert((unsigned)code < ISSUE_COUNT);
	return &issue_table[code];
}

const struct issue_group_info *issue_group_info(enum issue_group group)
{
#define ISSUE_GROUP_ROW(id, title, needs_record, touches, list, verify)                            \
	{title, needs_record, ISSUE_TOUCHES_##touches, ISSUE_LIST_##list, verify},
	static const struct issue_group_info groups[] = {ISSUE_GROUPS(ISSUE_GROUP_ROW)};
#undef ISSUE_GROUP_ROW

	static_assert(sizeof(groups) / sizeof(groups[0]) == ISSUE_GROUP_COUNT, "a row a group");
	assert((unsigned)group < ISSUE_GROUP_COUNT);
	return &groups[group];
}

/* The size of the literal counts: a value may hold any byte. */
static const struct {
	enum issue_example kind;
	struct span wrong;
} issue_examples[ISSUE_COUNT] = {
#define EXAMPLE(code, kind, wrong) [ISSUE_##code] = {ISSUE_EXAMPLE_##kind, SPAN_INIT(wrong)},
#include "parsers/examples.def"
#undef EXAMPLE
};

enum issue_example issue_example(enum issue code, struct span *wrong, struct span *right)
{
	static const struct span good[] = {
		[ISSUE_EXAMPLE_NONE] = SPAN_INIT(""),
		[ISSUE_EXAMPLE_STS] = SPAN_INIT("v=STSv1; id=20260101120000"),
		[ISSUE_EXAMPLE_POLICY] = SPAN_INIT("version: STSv1\nmode: enforce\n"
						   "mx: mail.example.com\nmax_age: 1209600\n"),
		[ISSUE_EXAMPLE_TLSRPT] =
			SPAN_INIT("v=TLSRPTv1; rua=mailto:tls-reports@example.com"),
	};

	assert((unsigned)code < ISSUE_COUNT);
	*wrong = issue_examples[code].wrong;
	*right = good[issue_examples[code].kind];
	return issue_examples[code].kind;
}

bool issue_has(enum issue code, enum issue_trait trait)
{
	assert(trait != 0 && (trait & (trait - 1)) == 0);
	return (issue_info(code)->traits & (unsigned)trait) != 0;
}

bool issue_delays(enum issue code, enum severity severity, enum verdict verdict)
{
	const enum issue_group group = issue_info(code)->group;

	return severity == SEVERITY_ERROR &&
	       issue_group_info(group)->touches == ISSUE_TOUCHES_DELIVERY &&
	       (verdict == VERDICT_ENFORCE || group == ISSUE_GROUP_DANE);
}

const char *issue_consequence(enum issue code, enum severity severity, enum impact impact,
			      enum verdict verdict)
{
	static const char *const of_error[] = {
		[ISSUE_TOUCHES_POLICY] = "",
		[ISSUE_TOUCHES_DELIVERY] = "some mail may be late or lost",
		[ISSUE_TOUCHES_REPORTS] = "nobody reports failures",
	};

	if (impact != IMPACT_NONE)
		return impact_sentence(impact);
	if (severity != SEVERITY_ERROR)
		return "";
	enum issue_touches touches = issue_group_info(issue_info(code)->group)->touches;
	if (touches != ISSUE_TOUCHES_DELIVERY || issue_delays(code, severity, verdict))
		return of_error[touches];
	return verdict == VERDICT_TESTING ? "some mail would be late or lost in mode enforce" : "";
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
		assert(f->n > 0);
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
	assert(f->root < (int)f->n && (f->root < 0 || f->v[f->root].breaks));
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

/* The examples of the catalogue: the wrong value raises its finding, the right one does not. */
#include <criterion/criterion.h>

#include "output/base/arena.h"
#include "scanner/judge/judge.h"

static const enum judge_kind kinds[] = {[ISSUE_EXAMPLE_STS] = JUDGE_STS,
					[ISSUE_EXAMPLE_POLICY] = JUDGE_POLICY,
					[ISSUE_EXAMPLE_TLSRPT] = JUDGE_TLSRPT};

static bool raises(const struct judge_config *config, enum issue_example kind, struct span value,
		   enum issue code)
{
	struct arena arena;
	struct judge_value judged;
	bool found = false;

	cr_assert_eq(arena_init(&arena, 1 << 16, 1 << 20), 0);
	cr_assert_eq(judge_value(config, &arena, kinds[kind], value, &judged), 0);
	for (unsigned i = 0; i < judged.issues_n; i++)
		found = found || judged.issues[i].code == code;
	arena_release(&arena);
	return found;
}

Test(judge_examples, the_wrong_one_raises_and_the_right_one_does_not)
{
	struct judge_config config;
	unsigned tried = 0;

	judge_config_init(&config);
	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		struct span wrong, right;
		enum issue_example kind = issue_example((enum issue)i, &wrong, &right);
		if (kind == ISSUE_EXAMPLE_NONE)
			continue;
		tried++;
		cr_expect(raises(&config, kind, wrong, (enum issue)i), "%s: wrong",
			  issue_info((enum issue)i)->code);
		cr_expect(!raises(&config, kind, right, (enum issue)i), "%s: right",
			  issue_info((enum issue)i)->code);
	}
	cr_expect(tried > 100, "only %u", tried);
}

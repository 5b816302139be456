/*
 * Every code has evidence that raises it and a near miss that does not, and the table of these
 * lacks no code. Whatever the evidence, the rules of presentation hold (test_judge_rules.c has them
 * in full).
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "parsers/name.h"
#include "tests/support/evidence.h"

struct code_case {
	bool given;
	struct evidence raise, miss;
};

#define RAISE(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define MISS(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
static const struct code_case cases[ISSUE_COUNT] = {
#define CASE(code, raise, miss) [ISSUE_##code] = {true, raise, miss},
#include "tests/unit/scanner/judge/codes.def"
#undef CASE
};

static bool raises(const struct evidence *e, enum issue code, char *seen, size_t room)
{
	struct judge_config config;
	struct record r;
	struct arena a;
	bool found = false;
	size_t at = 0;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	judge_config_init(&config);
	evidence_record(&a, e, &r);
	cr_assert_eq(judge(&config, &a, &r), 0);
	seen[0] = '\0';
	for (unsigned i = 0; i < r.issues_n; i++) {
		found = found || r.issues[i].code == code;
		if (at < room)
			at += (size_t)snprintf(seen + at, room - at, " %s",
					       issue_info(r.issues[i].code)->code);
	}
	arena_release(&a);
	return found;
}

Test(judge_codes, no_code_lacks_a_case)
{
	for (unsigned i = 0; i < ISSUE_COUNT; i++)
		cr_expect(cases[i].given, "no case for %s", issue_info((enum issue)i)->code);
}

Test(judge_codes, raised)
{
	char seen[4096];

	for (unsigned i = 0; i < ISSUE_COUNT; i++)
		cr_expect(!cases[i].given ||
				  raises(&cases[i].raise, (enum issue)i, seen, sizeof(seen)),
			  "%s is not raised; found:%s", issue_info((enum issue)i)->code, seen);
}

Test(judge_codes, near_miss)
{
	char seen[4096];

	for (unsigned i = 0; i < ISSUE_COUNT; i++)
		cr_expect(!cases[i].given ||
				  !raises(&cases[i].miss, (enum issue)i, seen, sizeof(seen)),
			  "%s is raised by its near miss; found:%s",
			  issue_info((enum issue)i)->code, seen);
}

Test(judge_codes, a_healthy_domain_has_no_finding)
{
	static const struct evidence healthy;
	char seen[4096];

	raises(&healthy, ISSUE_domain_nxdomain, seen, sizeof(seen));
	cr_assert_str_eq(seen, "");
}

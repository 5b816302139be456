/*
 * diff_rank.c - whether a change is for the worse: mail that is lost comes first, then protection,
 * then what is wrong. See diff.h.
 */
#include <assert.h>

#include "output/diff/diff.h"

const char *diff_direction_name(enum diff_direction direction)
{
	static const char *const names[] = {"mail_loss", "worse", "better", "other", "new", "gone"};

	assert((unsigned)direction < DIFF_DIRECTIONS);
	return names[direction];
}

static bool rank_impact_is(const struct diff_state *s, enum impact impact)
{
	struct span word = s->v[DIFF_IMPACT];

	return word.n > 2 &&
	       span_eq(span_of(word.p + 1, word.n - 2), span_str(impact_name(impact)));
}

/* How well mail is off: lost; protection that fails; none; being tried out; protected. */
static int rank_of(const struct diff_state *s)
{
	if (rank_impact_is(s, IMPACT_MAIL_LOSS))
		return 0;
	if (s->verdict == VERDICT_BROKEN || rank_impact_is(s, IMPACT_UNPROTECTED))
		return 1;
	return s->verdict == VERDICT_ENFORCE ? 4 : s->verdict == VERDICT_TESTING ? 3 : 2;
}

static unsigned rank_errors(const enum issue *codes, unsigned n)
{
	unsigned errors = 0;

	for (unsigned i = 0; i < n; i++)
		errors += issue_info(codes[i])->severity == SEVERITY_ERROR;
	return errors;
}

enum diff_direction diff_direction(const struct diff_change *c)
{
	if (c->kind != DIFF_CHANGED)
		return c->kind == DIFF_ONLY_NEW ? DIFF_NEW : DIFF_GONE;
	int before = rank_of(c->before), after = rank_of(c->after);
	if (after != before)
		return after == 0 ? DIFF_LOSS : after < before ? DIFF_WORSE : DIFF_BETTER;
	unsigned appeared = rank_errors(c->appeared, c->appeared_n);
	if (appeared > 0)
		return DIFF_WORSE;
	return rank_errors(c->gone, c->gone_n) > 0 ? DIFF_BETTER : DIFF_OTHER;
}

/*
 * diff_rank.c - whether a change is for the worse, and how grave it is: mail that is lost comes
 * first, then protection, then what is wrong. See diff.h.
 */
#include <assert.h>

#include "output/diff/diff.h"

const char *diff_direction_name(enum diff_direction direction)
{
	static const char *const names[] = {
		"mail_loss", "mail_loss_new", "mail_loss_unsure", "mail_loss_still",
		"worse",     "still_broken",  "better",		  "other",
		"new",	     "gone"};

	static_assert(sizeof(names) / sizeof(*names) == DIFF_DIRECTIONS, "a word each");
	assert((unsigned)direction < DIFF_DIRECTIONS);
	return names[direction];
}

bool diff_state_loses(const struct diff_state *s)
{
	return s != NULL && s->v[DIFF_LOSES].n > 0;
}

/* How well mail is off: lost; protection that fails; none; being tried out; protected. */
#define RANK_BEST 4
static int rank_of(const struct diff_state *s, bool impact)
{
	assert(s != NULL);
	if (impact && diff_state_impact_is(s, IMPACT_MAIL_LOSS))
		return 0;
	if (s->verdict == VERDICT_BROKEN || (impact && diff_state_impact_is(s, IMPACT_UNPROTECTED)))
		return 1;
	return s->verdict == VERDICT_ENFORCE ? RANK_BEST : s->verdict == VERDICT_TESTING ? 3 : 2;
}

/* Of both sides, by what both know. */
static void rank_both(const struct diff_change *c, int *before, int *after)
{
	bool impact =
		diff_state_known(c->before, DIFF_IMPACT) && diff_state_known(c->after, DIFF_IMPACT);

	*before = rank_of(c->before, impact);
	*after = rank_of(c->after, impact);
}

/* Whether an error is there that was not: whoever reads of what is better would not look for it. */
static bool rank_fresh(const struct diff_change *c)
{
	for (unsigned i = 0; i < c->appeared_n; i++)
		if (issue_info(c->appeared[i])->severity == SEVERITY_ERROR)
			return true;
	return false;
}

/* Whether an error is gone. */
static bool rank_mended(const struct diff_change *c)
{
	for (unsigned i = 0; i < c->gone_n; i++)
		if (issue_info(c->gone[i])->severity == SEVERITY_ERROR)
			return true;
	return false;
}

/* Of a name that is better off: with an error that is new it is worse where there was none, else
 * it is wrong in another way. */
static enum diff_direction rank_rise(const struct diff_change *c, int before)
{
	bool wrong = before <= 1;

	if (!rank_fresh(c))
		return DIFF_BETTER;
	for (enum diff_key key = DIFF_FINDINGS; key <= DIFF_FINDINGS_TLSRPT; key++)
		wrong = wrong || diff_state_wrong(c->before, key);
	return wrong ? DIFF_STILL : DIFF_WORSE;
}

/* Of names that are equally well off: an error where there was none is worse, one in another's
 * place is neither. */
static enum diff_direction rank_errors(const struct diff_change *c, int rank)
{
	bool worse = false, better = false, still = rank <= 1;

	for (enum diff_key key = DIFF_FINDINGS; key <= DIFF_FINDINGS_TLSRPT; key++) {
		if (!diff_state_known(c->before, key) || !diff_state_known(c->after, key))
			continue;
		bool was = diff_state_wrong(c->before, key), is = diff_state_wrong(c->after, key);
		worse = worse || (is && !was);
		better = better || (was && !is);
		still = still || (was && is && diff_state_differs(c->before, c->after, key));
	}
	better = better && !rank_fresh(c);
	/* Behind what was repaired something else comes to light, in another list of findings. */
	if (worse && c->before->verdict == VERDICT_BROKEN && rank_mended(c))
		return DIFF_STILL;
	return worse ? DIFF_WORSE : better ? DIFF_BETTER : still ? DIFF_STILL : DIFF_OTHER;
}

/* Of a name that loses mail now: whether it did before. */
static enum diff_direction rank_loss(const struct diff_change *c)
{
	if (diff_state_loses(c->before))
		return DIFF_STILL_LOSS;
	if (c->kind != DIFF_CHANGED || !diff_state_known(c->before, DIFF_IMPACT) ||
	    !diff_state_impact_is(c->after, IMPACT_MAIL_LOSS))
		return DIFF_UNSURE_LOSS;
	return DIFF_LOSS;
}

enum diff_direction diff_direction(const struct diff_change *c)
{
	int before, after;

	if (c->kind == DIFF_ONLY_OLD)
		return DIFF_GONE;
	if (c->kind == DIFF_ONLY_NEW)
		return diff_state_loses(c->after) ? DIFF_NEW_LOSS : DIFF_NEW;
	if (diff_state_loses(c->after))
		return rank_loss(c);
	assert(c->kind == DIFF_CHANGED);
	rank_both(c, &before, &after);
	if (after < before)
		return DIFF_WORSE;
	return after > before ? rank_rise(c, before) : rank_errors(c, after);
}

unsigned diff_gravity(const struct diff_change *c)
{
	const struct diff_state *only = c->after != NULL ? c->after : c->before;
	int before, after;

	if (c->before == NULL || c->after == NULL) {
		int rank = diff_state_loses(only) ? 0 : rank_of(only, true);
		return rank <= 1 ? (unsigned)rank : 2;
	}
	rank_both(c, &before, &after);
	if (c->direction == DIFF_STILL)
		return (unsigned)after;
	if (c->direction == DIFF_BETTER && before == 0)
		return 0;
	/* The deepest fall first, or the greatest rise; of equal ones what is worse now. */
	int steps = after < before ? before - after : after - before;
	unsigned gravity = (unsigned)((RANK_BEST - steps) * (RANK_BEST + 1) + after);
	assert(gravity < DIFF_GRAVITIES - 1);
	return gravity + 1;
}

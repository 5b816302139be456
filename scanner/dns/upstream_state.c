/* upstream_state.c - see upstream_state.h. */
#include "scanner/dns/upstream_state.h"

#include <assert.h>
#include <stddef.h>

#define FAILING_MIN 20u /* questions; of fewer, nothing is concluded */

const char *upstream_state_trouble(enum upstream_state state)
{
	assert((unsigned)state <= UPSTREAM_LYING);
	switch (state) {
	case UPSTREAM_SILENT:
		return "silent";
	case UPSTREAM_FAILING:
		return "failing";
	case UPSTREAM_INSECURE:
		return "not validating";
	case UPSTREAM_LYING:
		return "lying";
	default:
		return NULL;
	}
}

const char *upstream_state_text(enum upstream_state state, uint64_t asked, uint64_t refused)
{
	const char *trouble = upstream_state_trouble(state);

	if (state == UPSTREAM_UNPROVEN)
		return "unproven";
	if (state == UPSTREAM_LYING)
		return "lying (dropped)";
	if (state == UPSTREAM_INSECURE)
		return "not validating DNSSEC (dropped)";
	if (trouble != NULL)
		return trouble;
	/* The state says how it does now. One that hardly ever helped is asked for as long as there
	 * is room for it, and is good no more than one that is paused. */
	return asked >= FAILING_MIN && 10 * refused > 9 * asked ? "failing" : "good";
}

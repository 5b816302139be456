/* first_step.c - see first_step.h. */
#include "scanner/cli/first_step.h"

#include <string.h>

#include "scanner/check/check_view.h"

#define STEP_NUMBERS " (step" /* " (step 2)", " (steps 1 and 2)" */

void first_step(void *now, const struct record *r, struct buf *out)
{
	const size_t from = out->n;

	check_action(now, r, out);
	if (out->failed || out->n == from)
		return;
	char *end = out->p + out->n;
	char *at = memmem(out->p + from, out->n - from, STEP_NUMBERS, sizeof(STEP_NUMBERS) - 1);
	char *close = at != NULL ? memchr(at, ')', (size_t)(end - at)) : NULL;
	if (close == NULL)
		return;
	memmove(at, close + 1, (size_t)(end - close) - 1);
	out->n -= (size_t)(close + 1 - at);
}

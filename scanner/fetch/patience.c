/* patience.c - see patience.h. */
#include "scanner/fetch/patience.h"

#define USUAL_FIRST_MS 75.0
#define SHARE (1.0 / 32) /* that one fetch has in what is usual */

void patience_init(struct patience *p)
{
	p->usual_ms = USUAL_FIRST_MS;
}

void patience_answered(struct patience *p, uint64_t took_ms)
{
	/* One that took a minute says no more than one that took as long as we wait at most. */
	double took = took_ms < PATIENCE_MAX_MS ? (double)took_ms : PATIENCE_MAX_MS;

	p->usual_ms += (took - p->usual_ms) * SHARE;
}

uint32_t patience_ms(const struct patience *p)
{
	double twice = 2 * p->usual_ms;

	if (twice < PATIENCE_MIN_MS)
		return PATIENCE_MIN_MS;
	return twice > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : (uint32_t)twice;
}

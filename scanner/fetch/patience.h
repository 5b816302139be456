/*
 * patience.h - how long a fetch counts as busy before it counts as waiting for its host.
 *
 * A handshake under way costs memory and is about to cost time: so many as a processor can do are
 * let in. One that only waits must not hold up others, and is not counted. What tells them apart is
 * how long others take: twice the usual time of those that were answered. A fixed limit fails
 * either way: a short one calls all of them waiting when servers are slow, and nothing bounds how
 * many there are; with a long one hosts that never answer hold up the rest.
 */
#ifndef MTASWEEP_PATIENCE_H
#define MTASWEEP_PATIENCE_H

#include <stdint.h>

#define PATIENCE_MIN_MS 100u
#define PATIENCE_MAX_MS 250u

struct patience {
	double usual_ms; /* of the fetches answered last, smoothed */
};

void patience_init(struct patience *p);
/* A fetch was answered, whatever with. Who never answers has no say. */
void patience_answered(struct patience *p, uint64_t took_ms);
uint32_t patience_ms(const struct patience *p);

#endif

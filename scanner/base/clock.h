/*
 * clock.h - the time of day. Everything else in the scanner counts monotonic milliseconds that it
 * is given, so that tests can turn the clock.
 */
#ifndef MTASWEEP_CLOCK_H
#define MTASWEEP_CLOCK_H

#include <stdint.h>

/* Unix milliseconds; it may jump. */
int64_t clock_wall_ms(void);

#endif

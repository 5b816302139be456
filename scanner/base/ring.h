/*
 * ring.h - deadlines in a ring of time slots: add and remove are O(1), no heap, no timer per job.
 *
 * An entry is embedded in what waits for it and belongs to at most one ring. Precision is one tick
 * (RING_TICK_MS): an entry fires at the first ring_advance() whose time is at or past its due time,
 * never before. The clock is the caller's, in milliseconds, and must not go backwards.
 */
#ifndef MTASWEEP_RING_H
#define MTASWEEP_RING_H

#include <stdbool.h>
#include <stdint.h>

#define RING_SLOTS 1024u
#define RING_TICK_MS 10u

struct ring_entry {
	struct ring_entry *next, *prev; /* NULL when not in a ring */
	uint64_t due_ms;
	void (*fire)(struct ring_entry *self); /* already removed when called */
};

struct ring {
	uint64_t tick; /* last one that was swept */
	uint64_t next; /* nothing is due at an earlier one; UINT64_MAX: nothing waits */
	struct ring_entry slot[RING_SLOTS];
};

void ring_init(struct ring *r, uint64_t now_ms);
/* e->fire must be set; an entry that is in the ring is moved. */
void ring_add(struct ring *r, struct ring_entry *e, uint64_t due_ms);
void ring_remove(struct ring_entry *e);
/* Whether it is in a ring; a zeroed entry is not. */
bool ring_waiting(const struct ring_entry *e);
/* Fires everything that is due. A callback may add and remove any entry. */
void ring_advance(struct ring *r, uint64_t now_ms);
/* Until when ring_advance() would do nothing; UINT64_MAX when nothing waits. It may be too early,
 * because what is removed leaves it as it is. */
uint64_t ring_next_ms(const struct ring *r);

#endif

/* ring.c - see ring.h. An entry further away than the ring is long is met each time round. */
#include "scanner/base/ring.h"

#include <assert.h>
#include <stddef.h>

void ring_init(struct ring *r, uint64_t now_ms)
{
	r->tick = now_ms / RING_TICK_MS;
	r->next = UINT64_MAX;
	for (unsigned i = 0; i < RING_SLOTS; i++)
		r->slot[i] = (struct ring_entry){.next = &r->slot[i], .prev = &r->slot[i]};
}

bool ring_waiting(const struct ring_entry *e)
{
	return e->next != NULL;
}

void ring_remove(struct ring_entry *e)
{
	if (e->next == NULL)
		return;
	assert(e->next->prev == e && e->prev->next == e);
	e->next->prev = e->prev;
	e->prev->next = e->next;
	e->next = e->prev = NULL;
}

void ring_add(struct ring *r, struct ring_entry *e, uint64_t due_ms)
{
	assert(e->fire != NULL);
	ring_remove(e);
	/* Round up, so that nothing fires early, and never into a slot that was just swept. */
	uint64_t tick = (due_ms + RING_TICK_MS - 1) / RING_TICK_MS;
	if (tick <= r->tick)
		tick = r->tick + 1;
	struct ring_entry *head = &r->slot[tick % RING_SLOTS];
	if (tick < r->next)
		r->next = tick;
	e->due_ms = due_ms;
	e->prev = head->prev;
	e->next = head;
	head->prev->next = e;
	head->prev = e;
}

/* Takes the slot's list away first, so that callbacks may add to the same slot. */
static void ring_sweep(struct ring *r, unsigned slot, uint64_t now_ms)
{
	struct ring_entry *head = &r->slot[slot];
	struct ring_entry list = {.next = &list, .prev = &list};

	if (head->next == head)
		return;
	list = (struct ring_entry){.next = head->next, .prev = head->prev};
	list.next->prev = &list;
	list.prev->next = &list;
	head->next = head->prev = head;
	while (list.next != &list) {
		struct ring_entry *e = list.next;
		uint64_t due = e->due_ms;
		ring_remove(e);
		if (due > now_ms)
			ring_add(r, e, due);
		else
			e->fire(e);
	}
}

/* The first tick whose slot is not empty. */
static uint64_t ring_first(const struct ring *r)
{
	for (uint64_t tick = r->tick + 1; tick <= r->tick + RING_SLOTS; tick++) {
		const struct ring_entry *head = &r->slot[tick % RING_SLOTS];
		if (head->next != head)
			return tick;
	}
	return UINT64_MAX;
}

uint64_t ring_next_ms(const struct ring *r)
{
	return r->next == UINT64_MAX ? UINT64_MAX : r->next * RING_TICK_MS;
}

void ring_advance(struct ring *r, uint64_t now_ms)
{
	uint64_t target = now_ms / RING_TICK_MS;

	if (target > r->tick + RING_SLOTS) /* once round meets every entry */
		r->tick = target - RING_SLOTS;
	/* A clock that stands still or goes back fires nothing, and loses nothing. */
	while (r->tick < target) {
		r->tick++;
		ring_sweep(r, (unsigned)(r->tick % RING_SLOTS), now_ms);
	}
	if (r->next <= r->tick)
		r->next = ring_first(r);
}

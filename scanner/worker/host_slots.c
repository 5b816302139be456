/* host_slots.c - see host_slots.h. */
#include "scanner/worker/host_slots.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/list.h"

#define SLOT_ARENA_FIRST 4096u
#define SLOT_ARENA_MAX (1u << 20)

struct host_slot {
	struct host_task task;
	struct host_slots *slots;
	uint64_t line;
	struct record_mx_host out;
	struct arena arena;
	struct list_item item; /* of host_slots.free or .stepping */
	bool queued;
};

struct host_slots {
	struct host_slots_config config;
	struct host_slot *v;
	struct list free, stepping;
	bool failed;
};

static void slot_ready(struct host_task *t)
{
	struct host_slot *s = list_owner(t, struct host_slot, task);

	if (s->queued)
		return;
	s->queued = true;
	list_push(&s->slots->stepping, &s->item);
}

int host_slots_start(struct host_slots *slots, uint64_t line, struct span host, bool only_secure)
{
	assert(slots->free.n > 0);
	struct host_slot *s = list_owner(list_pop(&slots->free), struct host_slot, item);
	struct span name = arena_copy(&s->arena, host); /* with a NUL, as the prober wants it */

	if (name.p == NULL) {
		list_push_front(&slots->free, &s->item);
		return -1;
	}
	memset(&s->task, 0, sizeof(s->task));
	record_mx_host_init(&s->out);
	s->line = line;
	s->out.host = name;
	s->task.env = slots->config.env;
	s->task.arena = &s->arena;
	s->task.out = &s->out;
	s->task.only_secure = only_secure;
	s->task.ready = slot_ready;
	host_task_start(&s->task);
	return 0;
}

static void slot_over(struct host_slot *s)
{
	struct host_slots *slots = s->slots;

	slots->failed = slots->failed || s->task.failed;
	slots->config.done(slots->config.user, s->line, &s->out);
	arena_reset(&s->arena);
	list_push_front(&slots->free, &s->item);
}

void host_slots_turn(struct host_slots *slots, int64_t wall_s)
{
	for (size_t n = slots->stepping.n; n > 0; n--) {
		struct host_slot *s =
			list_owner(list_pop(&slots->stepping), struct host_slot, item);
		s->queued = false;
		if (host_task_step(&s->task, wall_s))
			slot_over(s);
		else if (host_task_wants_slot(&s->task))
			slot_ready(&s->task);
	}
}

struct host_slots *host_slots_new(const struct host_slots_config *config)
{
	struct host_slots *slots = calloc(1, sizeof(*slots));

	if (slots == NULL)
		return NULL;
	slots->config = *config;
	slots->v = calloc(config->n, sizeof(*slots->v));
	for (unsigned i = 0; slots->v != NULL && i < config->n; i++) {
		struct host_slot *s = &slots->v[i];
		s->slots = slots;
		if (arena_init(&s->arena, SLOT_ARENA_FIRST, SLOT_ARENA_MAX) != 0)
			break;
		list_push(&slots->free, &s->item);
	}
	if (slots->free.n == config->n)
		return slots;
	host_slots_free(slots);
	return NULL;
}

void host_slots_free(struct host_slots *slots)
{
	if (slots == NULL)
		return;
	for (unsigned i = 0; slots->v != NULL && i < slots->config.n; i++)
		arena_release(&slots->v[i].arena);
	free(slots->v);
	free(slots);
}

unsigned host_slots_room(const struct host_slots *slots)
{
	return (unsigned)slots->free.n;
}

unsigned host_slots_active(const struct host_slots *slots)
{
	return slots->config.n - (unsigned)slots->free.n;
}

bool host_slots_failed(const struct host_slots *slots)
{
	return slots->failed;
}

/* gate.c - see gate.h. */
#include "scanner/hosts/gate.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/token_bucket.h"

#define GATE_BUCKETS 1024u
#define GATE_FORGET_MS 1000u
#define GATE_FORGET_LATE_MS 60000u
#define GATE_TURN_S 0.02 /* gate_turn() comes at least so often */

struct gate_host {
	struct gate_host *next; /* in its bucket */
	struct gate_host *next_busy, *prev_busy;
	struct netaddr address;
	unsigned open;
	unsigned late;		   /* connections in a row that timed out */
	struct token_bucket saved; /* connections, where there is a rate */
	uint64_t used_ms;
	struct list queue;
};

struct gate {
	unsigned per_host;
	double rate;
	uint64_t now_ms;
	unsigned waiting;
	void (*changed)(void *user, const struct netaddr *a, bool shut); /* may be NULL */
	void *changed_user;
	struct gate_host *bucket[GATE_BUCKETS];
	struct gate_host busy; /* ring of hosts that are known */
};

struct gate *gate_new(unsigned per_host, double rate)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->per_host = per_host > 0 ? per_host : 1;
	g->rate = rate;
	g->busy.next_busy = g->busy.prev_busy = &g->busy;
	return g;
}

void gate_watch(struct gate *g, void (*changed)(void *user, const struct netaddr *a, bool shut),
		void *user)
{
	g->changed = changed;
	g->changed_user = user;
}

static unsigned gate_bucket(const struct netaddr *a)
{
	uint32_t h = 2166136261u ^ a->family; /* FNV-1a */

	for (unsigned i = 0; i < sizeof(a->bytes); i++)
		h = (h ^ a->bytes[i]) * 16777619u;
	return (h ^ h >> 16) % GATE_BUCKETS;
}

static void gate_forget(struct gate *g, struct gate_host *h)
{
	struct gate_host **at = &g->bucket[gate_bucket(&h->address)];

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	h->next_busy->prev_busy = h->prev_busy;
	h->prev_busy->next_busy = h->next_busy;
	free(h);
}

void gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	while (g->busy.next_busy != &g->busy)
		gate_forget(g, g->busy.next_busy);
	free(g);
}

static struct gate_host *gate_find(struct gate *g, const struct netaddr *a)
{
	struct gate_host **bucket = &g->bucket[gate_bucket(a)];

	for (struct gate_host *h = *bucket; h != NULL; h = h->next)
		if (memcmp(&h->address, a, sizeof(*a)) == 0)
			return h;
	struct gate_host *h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->address = *a;
	h->saved = (struct token_bucket){1, g->now_ms};
	h->used_ms = g->now_ms;
	h->next = *bucket;
	*bucket = h;
	h->next_busy = &g->busy;
	h->prev_busy = g->busy.prev_busy;
	h->prev_busy->next_busy = h;
	g->busy.prev_busy = h;
	return h;
}

int gate_ask(struct gate *g, struct gate_ticket *t)
{
	t->host = gate_find(g, &t->address);
	if (t->host == NULL)
		return -1;
	t->state = GATE_QUEUED;
	t->vain = t->late = false;
	list_push(&t->host->queue, &t->item);
	g->waiting++;
	return 0;
}

static void gate_give_back(struct gate *g, struct gate_ticket *t)
{
	assert(t->state == GATE_GRANTED && (t->vain || t->host->open > 0));
	t->state = GATE_IDLE;
	if (t->vain) /* the host may be forgotten by now */
		return;
	t->host->open--;
	t->host->used_ms = g->now_ms;
}

void gate_done(struct gate *g, struct gate_ticket *t)
{
	if (!t->vain) {
		struct gate_host *h = t->host;
		bool was_shut = h->late >= GATE_LATE_MAX;
		h->late = t->late ? h->late + 1 : 0;
		if (was_shut != (h->late >= GATE_LATE_MAX) && g->changed != NULL)
			g->changed(g->changed_user, &h->address, !was_shut);
	}
	gate_give_back(g, t);
}

bool gate_cancel(struct gate *g, struct gate_ticket *t)
{
	if (t->state == GATE_QUEUED) {
		t->state = GATE_CANCELLED;
		return false;
	}
	if (t->state == GATE_GRANTED)
		gate_give_back(g, t);
	return true;
}

static bool gate_may_open(struct gate *g, struct gate_host *h)
{
	if (h->open >= g->per_host)
		return false;
	if (g->rate <= 0)
		return true;
	if (!token_bucket_holds(&h->saved))
		return false;
	h->saved.tokens -= 1;
	return true;
}

static void gate_serve(struct gate *g, struct gate_host *h)
{
	while (h->queue.n > 0) {
		struct gate_ticket *t = list_owner(h->queue.first, struct gate_ticket, item);
		if (t->state != GATE_CANCELLED) {
			t->vain = h->late >= GATE_LATE_MAX && h->open > 0;
			if (!t->vain && !gate_may_open(g, h))
				return;
			h->open += !t->vain;
			t->state = GATE_GRANTED;
		}
		list_pop(&h->queue);
		g->waiting--;
		t->granted(t);
	}
}

/* A new host starts with one connection saved up: the old one must have earned that much, or a rate
 * below one a second would not hold. */
static bool gate_may_forget(const struct gate *g, const struct gate_host *h)
{
	uint64_t quiet_ms = g->now_ms - h->used_ms;

	return quiet_ms > (h->late > 0 ? GATE_FORGET_LATE_MS : GATE_FORGET_MS) &&
	       (g->rate <= 0 || g->rate * (double)quiet_ms >= 1000);
}

void gate_turn(struct gate *g, uint64_t now_ms)
{
	g->now_ms = now_ms;
	for (struct gate_host *h = g->busy.next_busy, *next; h != &g->busy; h = next) {
		next = h->next_busy;
		bool idle = h->open == 0 && h->queue.n == 0;
		if (idle && gate_may_forget(g, h)) {
			gate_forget(g, h);
			continue;
		}
		if (idle)
			continue;
		if (g->rate > 0)
			token_bucket_refill(&h->saved, g->rate, GATE_TURN_S, now_ms);
		gate_serve(g, h);
	}
}

unsigned gate_waiting(const struct gate *g)
{
	return g->waiting;
}

/* gate.c - see gate.h. */
#include "scanner/hosts/gate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/list.h"

#include "scanner/base/token_bucket.h"

#define GATE_BUCKETS 1024u
#define GATE_FORGET_MS 1000u
#define GATE_FORGET_LATE_MS 60000u
#define GATE_TURN_S 0.02 /* gate_turn() comes at least so often */

/* What all addresses of a /24 or /48 bear together. Lives as long as one of them is known. */
struct gate_network {
	struct gate_network *next; /* in its bucket */
	struct netaddr prefix;
	unsigned hosts, open;
	struct token_bucket saved;
};

struct gate_host {
	struct gate_network *network;
	struct gate_host *next; /* in its bucket */
	struct gate_host *next_busy, *prev_busy;
	struct netaddr address;
	unsigned open;
	unsigned late;		   /* connections in a row that timed out */
	uint32_t late_asker;	   /* who had the first of them ... */
	bool late_others;	   /* ... and whether others had some, too */
	struct token_bucket saved; /* connections, where there is a rate */
	uint64_t used_ms;
	uint64_t opened_ms, rest_until_ms; /* of one at a time, when less than one may be open */
	struct list queue;
};

/* What the gate knows of a ticket. Pooled: at most as many as tickets were ever out at a time. */
struct gate_place {
	struct list_item item;	    /* in its host's queue, or among the free ones */
	struct gate_place *made;    /* the one that was made before it */
	struct gate_host *host;	    /* NULL: granted in vain; the host may be forgotten by then */
	struct gate_ticket *ticket; /* NULL: cancelled while it was queued, or free */
	bool granted;
};

struct gate {
	struct gate_door door;
	struct gate_limits limits;
	uint64_t now_ms, due_ms; /* due: see gate_due_ms() */
	unsigned waiting;
	void (*changed)(void *user, const struct netaddr *a, bool shut); /* may be NULL */
	void *changed_user;
	struct gate_host *bucket[GATE_BUCKETS];
	struct gate_network *networks[GATE_BUCKETS];
	struct gate_host busy; /* ring of hosts that are known */
	struct list free;      /* places */
	struct gate_place *made;
};

/* ---- its door ---------------------------------------------------------------------------- */

static int door_ask(struct gate_door *door, struct gate_ticket *t)
{
	return gate_ask(list_owner(door, struct gate, door), t);
}

static void door_done(struct gate_door *door, struct gate_ticket *t)
{
	gate_done(list_owner(door, struct gate, door), t);
}

struct gate_door *gate_door(struct gate *g)
{
	return &g->door;
}

/* ---- hosts ------------------------------------------------------------------------------- */

struct gate *gate_new(const struct gate_limits *limits)
{
	struct gate *g = calloc(1, sizeof(*g));

	assert(limits->at_once > 0 && limits->rate >= 0);
	assert(limits->saved >= 0 && limits->saved <= 1);
	if (g == NULL)
		return NULL;
	g->door = (struct gate_door){door_ask, door_done};
	g->limits = *limits;
	g->due_ms = UINT64_MAX;
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

static struct netaddr gate_prefix(const struct netaddr *a)
{
	struct netaddr prefix = {.family = a->family};

	memcpy(prefix.bytes, a->bytes, a->family == 4 ? 3 : 6);
	return prefix;
}

/* NULL without memory. */
static struct gate_network *network_join(struct gate *g, const struct netaddr *a)
{
	struct netaddr prefix = gate_prefix(a);
	struct gate_network **bucket = &g->networks[gate_bucket(&prefix)], *n = *bucket;

	while (n != NULL && memcmp(&n->prefix, &prefix, sizeof(prefix)) != 0)
		n = n->next;
	if (n == NULL) {
		n = calloc(1, sizeof(*n));
		if (n == NULL)
			return NULL;
		n->prefix = prefix;
		n->saved = (struct token_bucket){1, g->now_ms};
		n->next = *bucket;
		*bucket = n;
	}
	n->hosts++;
	return n;
}

static void network_leave(struct gate *g, struct gate_network *n)
{
	struct gate_network **at = &g->networks[gate_bucket(&n->prefix)];

	assert(n->hosts > 0);
	if (--n->hosts > 0)
		return;
	assert(n->open == 0);
	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	free(n);
}

static bool network_may_open(struct gate *g, struct gate_network *n)
{
	if (g->limits.network_at_once > 0 && n->open > 0 && n->open + 1 > g->limits.network_at_once)
		return false;
	if (g->limits.network_rate <= 0)
		return true;
	token_bucket_refill(&n->saved, g->limits.network_rate, GATE_TURN_S, g->now_ms);
	return token_bucket_holds(&n->saved);
}

static void gate_forget(struct gate *g, struct gate_host *h)
{
	struct gate_host **at = &g->bucket[gate_bucket(&h->address)];

	assert(h->open == 0 && h->queue.n == 0);
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	h->next_busy->prev_busy = h->prev_busy;
	h->prev_busy->next_busy = h->next_busy;
	network_leave(g, h->network);
	free(h);
}

void gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	for (struct gate_host *h = g->busy.next_busy, *next; h != &g->busy; h = next) {
		next = h->next_busy;
		h->network->open -= h->open;
		network_leave(g, h->network);
		free(h);
	}
	for (struct gate_place *p = g->made, *next; p != NULL; p = next) {
		next = p->made;
		free(p);
	}
	free(g);
}

static struct gate_host *gate_find(struct gate *g, const struct netaddr *a)
{
	struct gate_host **bucket = &g->bucket[gate_bucket(a)];

	for (struct gate_host *h = *bucket; h != NULL; h = h->next)
		if (memcmp(&h->address, a, sizeof(*a)) == 0)
			return h;
	struct gate_host *h = calloc(1, sizeof(*h));
	if (h == NULL || (h->network = network_join(g, a)) == NULL) {
		free(h);
		return NULL;
	}
	h->address = *a;
	h->saved = (struct token_bucket){g->limits.saved, g->now_ms};
	h->used_ms = g->now_ms;
	h->next = *bucket;
	*bucket = h;
	h->next_busy = &g->busy;
	h->prev_busy = g->busy.prev_busy;
	h->prev_busy->next_busy = h;
	g->busy.prev_busy = h;
	return h;
}

/* ---- tickets ----------------------------------------------------------------------------- */

static struct gate_place *place_take(struct gate *g)
{
	struct list_item *item = list_pop(&g->free);

	if (item != NULL)
		return list_owner(item, struct gate_place, item);
	struct gate_place *p = calloc(1, sizeof(*p));
	if (p != NULL) {
		p->made = g->made;
		g->made = p;
	}
	return p;
}

static void place_give_back(struct gate *g, struct gate_place *p)
{
	p->ticket = NULL;
	p->host = NULL;
	p->granted = false;
	list_push_front(&g->free, &p->item);
}

int gate_ask(struct gate *g, struct gate_ticket *t)
{
	assert(t->address.family == 4 || t->address.family == 6);
	struct gate_host *h = gate_find(g, &t->address);
	struct gate_place *p = h != NULL ? place_take(g) : NULL;

	if (p == NULL)
		return -1;
	p->host = h;
	p->ticket = t;
	t->vain = t->late = false;
	t->place = p;
	list_push(&h->queue, &p->item);
	g->waiting++;
	g->due_ms = g->now_ms;
	return 0;
}

/* After one connection, as long as it takes to have fewer than one open on the average. */
static void gate_rest(const struct gate *g, struct gate_host *h)
{
	double lasted_ms = (double)(g->now_ms - h->opened_ms);

	h->rest_until_ms = g->now_ms + (uint64_t)(lasted_ms * (1 / g->limits.at_once - 1));
}

/* Its connection, if there was one, counts no more. */
static void gate_close(struct gate *g, struct gate_place *p)
{
	assert(p->granted);
	g->due_ms = g->now_ms;
	if (p->host != NULL) {
		assert(p->host->open > 0);
		p->host->open--;
		p->host->network->open--;
		p->host->used_ms = g->now_ms;
		if (g->limits.at_once < 1)
			gate_rest(g, p->host);
	}
	place_give_back(g, p);
}

/* For all. */
static bool gate_is_shut(const struct gate *g, const struct gate_host *h)
{
	return h->late >= GATE_LATE_MAX && (h->late_others || g->limits.askers <= 1);
}

static void gate_learn(struct gate *g, struct gate_host *h, const struct gate_ticket *t)
{
	bool was_shut = gate_is_shut(g, h);

	if (h->late == 0) {
		h->late_asker = t->asker;
		h->late_others = false;
	}
	h->late_others |= t->asker != h->late_asker;
	h->late = t->late ? h->late + 1 : 0;
	if (was_shut != gate_is_shut(g, h) && g->changed != NULL)
		g->changed(g->changed_user, &h->address, !was_shut);
}

void gate_done(struct gate *g, struct gate_ticket *t)
{
	struct gate_place *p = t->place;

	assert(p != NULL && p->ticket == t);
	t->place = NULL;
	if (p->host != NULL)
		gate_learn(g, p->host, t);
	gate_close(g, p);
}

void gate_cancel(struct gate *g, struct gate_ticket *t)
{
	struct gate_place *p = t->place;

	assert(p != NULL && p->ticket == t);
	t->place = NULL;
	if (p->granted)
		gate_close(g, p);
	else
		p->ticket = NULL; /* gate_serve() takes it out of the queue when its turn comes */
}

/* ---- whose turn it is -------------------------------------------------------------------- */

static bool gate_may_open(struct gate *g, struct gate_host *h)
{
	if (h->open > 0 && h->open + 1 > g->limits.at_once)
		return false;
	if (h->rest_until_ms > g->now_ms || !network_may_open(g, h->network))
		return false;
	if (g->limits.rate > 0) {
		if (!token_bucket_holds(&h->saved))
			return false;
		h->saved.tokens -= 1;
	}
	if (g->limits.network_rate > 0)
		h->network->saved.tokens -= 1;
	h->opened_ms = g->now_ms;
	return true;
}

/* To be granted now? In vain when others time out there and one of them is still trying. */
static bool gate_grant(struct gate *g, struct gate_host *h, struct gate_place *p)
{
	bool shut = gate_is_shut(g, h) ||
		    (h->late >= GATE_LATE_MAX && p->ticket->asker == h->late_asker);
	bool vain = shut && h->open > 0;

	if (!vain && !gate_may_open(g, h))
		return false;
	h->open += !vain;
	h->network->open += !vain;
	assert(h->open <= 1 || h->open <= g->limits.at_once);
	p->ticket->vain = vain;
	p->host = vain ? NULL : h;
	p->granted = true;
	return true;
}

static void gate_serve(struct gate *g, struct gate_host *h)
{
	while (h->queue.n > 0) {
		struct gate_place *p = list_owner(h->queue.first, struct gate_place, item);
		if (p->ticket != NULL && !gate_grant(g, h, p))
			return;
		list_pop(&h->queue);
		g->waiting--;
		if (p->ticket != NULL)
			p->ticket->granted(p->ticket);
		else
			place_give_back(g, p);
	}
}

/* A new host starts with one connection saved up: the old one must have earned that much, or a rate
 * below one a second would not hold. */
static bool gate_may_forget(const struct gate *g, const struct gate_host *h)
{
	uint64_t quiet_ms = g->now_ms - h->used_ms;

	return quiet_ms > (h->late > 0 ? GATE_FORGET_LATE_MS : GATE_FORGET_MS) &&
	       g->now_ms >= h->rest_until_ms &&
	       (g->limits.rate <= 0 || g->limits.rate * (double)quiet_ms >= 1000);
}

/* When the first ticket of its queue may be granted, if no connection ends before. */
static uint64_t gate_host_due(const struct gate *g, const struct gate_host *h)
{
	uint64_t due = g->now_ms + 1;

	if (h->queue.n == 0 || (h->open > 0 && h->open + 1 > g->limits.at_once))
		return UINT64_MAX;
	if (g->limits.rate > 0)
		due += token_bucket_wait_ms(&h->saved, g->limits.rate, GATE_TURN_S);
	return due > h->rest_until_ms ? due : h->rest_until_ms;
}

void gate_turn(struct gate *g, uint64_t now_ms)
{
	assert(now_ms >= g->now_ms);
	g->now_ms = now_ms;
	g->due_ms = UINT64_MAX;
	for (struct gate_host *h = g->busy.next_busy, *next; h != &g->busy; h = next) {
		next = h->next_busy;
		bool idle = h->open == 0 && h->queue.n == 0;
		if (idle && gate_may_forget(g, h)) {
			gate_forget(g, h);
			continue;
		}
		if (idle)
			continue;
		if (g->limits.rate > 0)
			token_bucket_refill(&h->saved, g->limits.rate, GATE_TURN_S, now_ms);
		gate_serve(g, h);
		uint64_t due = gate_host_due(g, h);
		if (due < g->due_ms)
			g->due_ms = due;
	}
}

uint64_t gate_due_ms(const struct gate *g)
{
	return g->due_ms;
}

uint64_t gate_slowest(const struct gate *g, struct netaddr *address, uint64_t *queued)
{
	uint64_t most = 0;

	if (g->limits.rate <= 0 || g->waiting == 0)
		return 0;
	for (const struct gate_host *h = g->busy.next_busy; h != &g->busy; h = h->next_busy) {
		double ms = (double)h->queue.n / g->limits.rate * 1000;
		if (h->late >= GATE_LATE_MAX || ms <= (double)most || ms > 1e15)
			continue;
		most = (uint64_t)ms;
		*address = h->address;
		*queued = h->queue.n;
	}
	return most;
}

unsigned gate_waiting(const struct gate *g)
{
	return g->waiting;
}

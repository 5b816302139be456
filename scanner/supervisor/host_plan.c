/* host_plan.c - see host_plan.h. */
#include "scanner/supervisor/host_plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>
/* uthash's own falls through its cases without a word, which clang reports. */
#define HASH_FUNCTION(key, n, hash) ((hash) = (unsigned)XXH3_64bits(key, n))
#include <uthash.h>

#include "scanner/base/list.h"
#include "scanner/base/ring.h"

#define RETRY_GROWS 4u
#define LISTED_SLOWER 4u /* when operators say that we are on a list */

/* One operator. */
struct pace_key {
	struct span name;
	unsigned busy;
	bool queued;	       /* on the ready list */
	uint64_t next_ms;      /* when the next visit may begin */
	struct list waiting;   /* of its hosts */
	struct list_item item; /* of host_plan.ready */
	struct ring_entry pause;
	struct canary_key canary;
	struct host_plan *plan;
	UT_hash_handle hh;
};

struct plan_host {
	struct pace_key *key;
	unsigned tries;
	bool busy, over;
	uint64_t begun_ms;
	struct list_item item; /* of key->waiting */
	struct ring_entry pause;
};

struct host_plan {
	struct host_plan_config config;
	struct host_plan_totals totals;
	struct host_canary canary;
	struct ring ring;
	struct pace_key *keys; /* by name */
	struct plan_host *hosts;
	struct list ready;
	uint64_t now_ms;
};

/* ---- keys -------------------------------------------------------------------------------- */

static struct pace_key *key_get(struct host_plan *p, struct span name)
{
	struct pace_key *k = NULL;

	HASH_FIND(hh, p->keys, name.p, name.n, k);
	if (k != NULL)
		return k;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->name = name;
	k->plan = p;
	HASH_ADD_KEYPTR(hh, p->keys, k->name.p, k->name.n, k);
	return k;
}

static bool key_is_full(const struct pace_key *k)
{
	double most = k->plan->config.key_at_once;

	return k->busy >= (most < 1 ? 1 : (unsigned)most);
}

static void key_paused(struct ring_entry *e);

/* Puts the key where its next visit will be found. */
static void key_wake(struct pace_key *k)
{
	struct host_plan *p = k->plan;

	if (k->queued || ring_waiting(&k->pause) || k->waiting.n == 0 || key_is_full(k))
		return;
	if (k->next_ms > p->now_ms) {
		k->pause.fire = key_paused;
		ring_add(&p->ring, &k->pause, k->next_ms);
		return;
	}
	k->queued = true;
	list_push(&p->ready, &k->item);
}

static void key_paused(struct ring_entry *e)
{
	key_wake(list_owner(e, struct pace_key, pause));
}

static void key_not_before(struct pace_key *k, uint64_t ms)
{
	if (k->next_ms < ms)
		k->next_ms = ms;
}

/* ---- hosts ------------------------------------------------------------------------------- */

static void host_wait(struct host_plan *p, struct plan_host *h)
{
	(void)p;
	list_push(&h->key->waiting, &h->item);
	key_wake(h->key);
}

static void host_again(struct ring_entry *e)
{
	struct plan_host *h = list_owner(e, struct plan_host, pause);

	host_wait(h->key->plan, h);
}

/* Whether it asked for another visit later, and may have one. */
static bool again(struct host_plan *p, struct plan_host *h, const struct record_mx_host *out)
{
	bool later = (out->tls == MX_TLS_BLOCKED || out->tls == MX_TLS_TEMPFAIL) &&
		     out->probe.code / 100 == 4;

	if (!later || h->tries > p->config.retries)
		return false;
	uint64_t pause = p->config.retry_ms;
	for (unsigned i = 1; i < h->tries; i++)
		pause *= RETRY_GROWS;
	h->pause.fire = host_again;
	ring_add(&p->ring, &h->pause, p->now_ms + pause);
	p->totals.retried++;
	return true;
}

/* It is no longer under way. */
static struct plan_host *host_leaves(struct host_plan *p, unsigned host)
{
	struct plan_host *h = &p->hosts[host];
	double most = p->config.key_at_once;

	assert(h->busy && h->key->busy > 0 && p->totals.active > 0);
	h->busy = false;
	h->key->busy--;
	p->totals.active--;
	if (most < 1) /* a share of one: for the rest of the time others may have theirs */
		key_not_before(h->key, p->now_ms + (uint64_t)((double)(p->now_ms - h->begun_ms) *
							      (1 / most - 1)));
	return h;
}

/* Whether one visit more may be under way. */
static bool plan_has_room(const struct host_plan *p)
{
	bool proven = p->canary.state == CANARY_PROVEN;
	unsigned most =
		proven || p->config.at_once < PLAN_UNPROVEN ? p->config.at_once : PLAN_UNPROVEN;

	return p->totals.active < most;
}

uint64_t host_plan_due_ms(const struct host_plan *p)
{
	return plan_has_room(p) && p->ready.n > 0 ? p->now_ms : ring_next_ms(&p->ring);
}

unsigned host_plan_next(struct host_plan *p)
{
	unsigned slower = host_canary_listed(&p->canary) == CANARY_WELCOME ? 1 : LISTED_SLOWER;

	while (plan_has_room(p) && p->ready.n > 0) {
		struct pace_key *k = list_owner(list_pop(&p->ready), struct pace_key, item);
		k->queued = false;
		if (k->waiting.n == 0 || key_is_full(k))
			continue;
		struct plan_host *h = list_owner(list_pop(&k->waiting), struct plan_host, item);
		h->busy = true;
		h->tries++;
		h->begun_ms = p->now_ms;
		k->busy++;
		key_not_before(k, p->now_ms + (uint64_t)(slower * 1000 / p->config.key_rate));
		p->totals.active++;
		key_wake(k);
		return (unsigned)(h - p->hosts);
	}
	return PLAN_NONE;
}

bool host_plan_done(struct host_plan *p, unsigned host, const struct record_mx_host *out,
		    bool *believed)
{
	struct plan_host *h = host_leaves(p, host);

	p->totals.visits += out->probe.tried;
	*believed = host_canary_learn(&p->canary, &h->key->canary, h->key->name, out, p->now_ms);
	h->over = !again(p, h, out);
	if (h->over) {
		p->totals.over++;
		p->totals.blocked += out->tls == MX_TLS_BLOCKED;
	}
	key_wake(h->key);
	return h->over;
}

void host_plan_back(struct host_plan *p, unsigned host)
{
	struct plan_host *h = host_leaves(p, host);

	h->tries--;
	host_wait(p, h);
}

void host_plan_crashed(struct host_plan *p, unsigned host)
{
	struct plan_host *h = host_leaves(p, host);

	h->over = true;
	p->totals.over++;
	p->totals.crashed++;
	key_wake(h->key);
}

/* ---- life -------------------------------------------------------------------------------- */

void host_plan_turn(struct host_plan *p, uint64_t now_ms)
{
	assert(now_ms >= p->now_ms);
	p->now_ms = now_ms;
	ring_advance(&p->ring, now_ms);
}

struct host_plan *host_plan_new(const struct host_plan_config *config, const struct span *keys,
				unsigned n, uint64_t now_ms)
{
	struct host_plan *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	assert(config->at_once > 0 && config->key_at_once > 0 && config->key_rate > 0);
	p->config = *config;
	p->now_ms = now_ms;
	ring_init(&p->ring, now_ms);
	p->hosts = calloc(n > 0 ? n : 1, sizeof(*p->hosts));
	for (unsigned i = 0; p->hosts != NULL && i < n; i++) {
		p->hosts[i].key = key_get(p, keys[i]);
		if (p->hosts[i].key == NULL)
			break;
		p->totals.hosts++;
		host_wait(p, &p->hosts[i]);
	}
	if (p->hosts != NULL && p->totals.hosts == n)
		return p;
	host_plan_free(p);
	return NULL;
}

void host_plan_free(struct host_plan *p)
{
	struct pace_key *k, *next;

	if (p == NULL)
		return;
	k = p->keys;
	HASH_CLEAR(hh, p->keys); /* the table; what was in it is still a list */
	for (; k != NULL; k = next) {
		next = k->hh.next;
		free(k);
	}
	free(p->hosts);
	free(p);
}

bool host_plan_over(const struct host_plan *p)
{
	return p->totals.over == p->totals.hosts;
}

const struct host_plan_totals *host_plan_totals(const struct host_plan *p)
{
	return &p->totals;
}

const struct host_canary *host_plan_canary(const struct host_plan *p)
{
	return &p->canary;
}

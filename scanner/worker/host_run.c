/* host_run.c - see host_run.h. */
#include "scanner/worker/host_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>
/* uthash's own falls through its cases without a word, which clang reports. */
#define HASH_FUNCTION(key, n, hash) ((hash) = (unsigned)XXH3_64bits(key, n))
#include <uthash.h>

#include "scanner/job/host_task.h"

#define TASK_ARENA_FIRST 4096u
#define TASK_ARENA_MAX (1u << 20)
#define RETRY_GROWS 4u

/* One operator. */
struct pace_key {
	struct span name;
	unsigned busy;
	bool queued, failed;   /* on the ready list; did not answer */
	uint64_t next_ms;      /* when the next visit may begin */
	struct list waiting;   /* of its hosts */
	struct list_item item; /* of host_run.ready */
	struct ring_entry pause;
	struct host_run *run;
	UT_hash_handle hh;
};

struct run_host {
	const char *name;
	struct pace_key *key;
	unsigned tries;
	struct list_item item; /* of key->waiting */
	struct ring_entry pause;
};

/* One host under way. */
struct run_slot {
	struct host_task task;
	struct host_run *run;
	struct run_host *host;
	struct record_mx_host out;
	struct arena arena;
	struct list_item item; /* of host_run.free or .stepping */
	bool queued;
};

struct host_run {
	struct host_run_config config;
	struct host_run_totals totals;
	struct pace_key *keys; /* by name */
	struct run_host *hosts;
	struct run_slot *slots;
	struct list free, stepping, ready;
	unsigned active, failed_keys;
	uint64_t now_ms;
	bool failed;
};

/* ---- keys -------------------------------------------------------------------------------- */

static struct pace_key *key_get(struct host_run *r, struct span name)
{
	struct pace_key *k = NULL;

	HASH_FIND(hh, r->keys, name.p, name.n, k);
	if (k != NULL)
		return k;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->name = name;
	k->run = r;
	HASH_ADD_KEYPTR(hh, r->keys, k->name.p, k->name.n, k);
	return k;
}

static void key_paused(struct ring_entry *e);

/* Puts the key where its next visit will be found. */
static void key_wake(struct pace_key *k)
{
	struct host_run *r = k->run;

	if (k->queued || ring_waiting(&k->pause) || k->waiting.n == 0 ||
	    k->busy >= r->config.key_at_once)
		return;
	if (k->next_ms > r->now_ms) {
		k->pause.fire = key_paused;
		ring_add(engine_ring(r->config.engine), &k->pause, k->next_ms);
		return;
	}
	k->queued = true;
	list_push(&r->ready, &k->item);
}

static void key_paused(struct ring_entry *e)
{
	struct pace_key *k = list_owner(e, struct pace_key, pause);

	if (k->next_ms > k->run->now_ms) /* the ring is ahead of the turn */
		k->run->now_ms = k->next_ms;
	key_wake(k);
}

/* ---- hosts ------------------------------------------------------------------------------- */

static void slot_ready(struct host_task *t)
{
	struct run_slot *s = list_owner(t, struct run_slot, task);

	if (s->queued)
		return;
	s->queued = true;
	list_push(&s->run->stepping, &s->item);
}

static void slot_start(struct host_run *r, struct run_host *h)
{
	struct run_slot *s = list_owner(list_pop(&r->free), struct run_slot, item);

	memset(&s->task, 0, sizeof(s->task));
	s->host = h;
	s->queued = false;
	record_mx_host_init(&s->out);
	s->out.host = span_str(h->name);
	s->task.env = engine_hosts(r->config.engine);
	s->task.arena = &s->arena;
	s->task.out = &s->out;
	s->task.ready = slot_ready;
	r->active++;
	h->key->busy++;
	h->key->next_ms = r->now_ms + (uint64_t)(1000 / r->config.key_rate);
	h->tries++;
	host_task_start(&s->task);
}

static void host_again(struct ring_entry *e)
{
	struct run_host *h = list_owner(e, struct run_host, pause);

	list_push(&h->key->waiting, &h->item);
	key_wake(h->key);
}

/* Whether it asked for another visit later, and may have one. */
static bool again(struct host_run *r, struct run_host *h, const struct record_mx_host *out)
{
	bool later = (out->tls == MX_TLS_BLOCKED || out->tls == MX_TLS_TEMPFAIL) &&
		     out->probe.code / 100 == 4;

	if (!later || h->tries > r->config.retries)
		return false;
	uint64_t pause = r->config.retry_ms;
	for (unsigned i = 1; i < h->tries; i++)
		pause *= RETRY_GROWS;
	h->pause.fire = host_again;
	ring_add(engine_ring(r->config.engine), &h->pause, r->now_ms + pause);
	r->totals.retried++;
	return true;
}

/* Does anybody answer on this port at all? */
static void learn(struct host_run *r, struct pace_key *k, const struct record_mx_host *out)
{
	if (out->probe.banner.p != NULL || out->probe.code > 0)
		r->totals.proven = true;
	if (r->totals.proven || out->probe.how < 0 || k->failed)
		return;
	k->failed = true;
	if (++r->failed_keys >= PROOF_KEYS)
		r->totals.egress = true;
}

static void slot_over(struct run_slot *s)
{
	struct host_run *r = s->run;
	struct run_host *h = s->host;

	r->failed = r->failed || s->task.failed;
	r->totals.visits += s->out.probe.tried;
	learn(r, h->key, &s->out);
	if (!again(r, h, &s->out)) {
		r->totals.over++;
		r->config.done(r->config.user, (unsigned)(h - r->hosts), &s->out);
	}
	arena_reset(&s->arena);
	assert(r->active > 0 && h->key->busy > 0);
	r->active--;
	h->key->busy--;
	list_push_front(&r->free, &s->item);
	key_wake(h->key);
}

/* ---- turns ------------------------------------------------------------------------------- */

static void start_some(struct host_run *r)
{
	unsigned most = r->totals.proven ? r->config.at_once : PROOF_VISITS;
	struct list_item *item;

	most = most < r->config.at_once ? most : r->config.at_once;
	while (!r->totals.egress && r->active < most && r->ready.n > 0) {
		item = list_pop(&r->ready);
		struct pace_key *k = list_owner(item, struct pace_key, item);
		k->queued = false;
		if (k->waiting.n == 0 || k->busy >= r->config.key_at_once)
			continue;
		slot_start(r, list_owner(list_pop(&k->waiting), struct run_host, item));
		key_wake(k);
	}
}

bool host_run_turn(struct host_run *r, uint64_t now_ms, int64_t wall_s)
{
	r->now_ms = now_ms > r->now_ms ? now_ms : r->now_ms;
	for (size_t n = r->stepping.n; n > 0; n--) {
		struct run_slot *s = list_owner(list_pop(&r->stepping), struct run_slot, item);
		s->queued = false;
		if (host_task_step(&s->task, wall_s))
			slot_over(s);
		else if (host_task_wants_slot(&s->task))
			slot_ready(&s->task);
	}
	start_some(r);
	return r->totals.over == r->totals.hosts || (r->totals.egress && r->active == 0);
}

/* ---- life -------------------------------------------------------------------------------- */

static int run_open_slots(struct host_run *r)
{
	r->slots = calloc(r->config.at_once, sizeof(*r->slots));
	for (unsigned i = 0; r->slots != NULL && i < r->config.at_once; i++) {
		if (arena_init(&r->slots[i].arena, TASK_ARENA_FIRST, TASK_ARENA_MAX) != 0)
			return -1;
		r->slots[i].run = r;
		list_push(&r->free, &r->slots[i].item);
	}
	return r->slots != NULL ? 0 : -1;
}

struct host_run *host_run_new(const struct host_run_config *config, const char *const *names,
			      const struct span *keys, unsigned n)
{
	struct host_run *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	assert(config->at_once > 0 && config->key_at_once > 0 && config->key_rate > 0);
	r->config = *config;
	r->totals.hosts = n;
	r->hosts = calloc(n > 0 ? n : 1, sizeof(*r->hosts));
	if (r->hosts == NULL || run_open_slots(r) != 0) {
		host_run_free(r);
		return NULL;
	}
	for (unsigned i = 0; i < n; i++) {
		struct run_host *h = &r->hosts[i];
		h->name = names[i];
		h->key = key_get(r, keys[i]);
		if (h->key == NULL) {
			host_run_free(r);
			return NULL;
		}
		list_push(&h->key->waiting, &h->item);
		key_wake(h->key);
	}
	return r;
}

void host_run_free(struct host_run *r)
{
	struct pace_key *k, *next;

	if (r == NULL)
		return;
	k = r->keys;
	HASH_CLEAR(hh, r->keys); /* the table; what was in it is still a list */
	for (; k != NULL; k = next) {
		next = k->hh.next;
		ring_remove(&k->pause);
		free(k);
	}
	for (unsigned i = 0; r->hosts != NULL && i < r->totals.hosts; i++)
		ring_remove(&r->hosts[i].pause);
	for (unsigned i = 0; r->slots != NULL && i < r->config.at_once; i++)
		arena_release(&r->slots[i].arena);
	free(r->hosts);
	free(r->slots);
	free(r);
}

bool host_run_failed(const struct host_run *r)
{
	return r->failed;
}

const struct host_run_totals *host_run_totals(const struct host_run *r)
{
	return &r->totals;
}

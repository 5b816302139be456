/* resolver.c - see resolver.h; health of one upstream is in upstream.c. */
#include "scanner/dns/resolver.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/token_bucket.h"
#include "scanner/dns/upstream.h"

#define CANARY_AGAIN_MS 1000u
#define CANARY_EVERY_MS 30000u
#define CANARY_LOST_MAX 4u
#define BACKOFF_FIRST_MS 200u
#define RATE_TURN_S 0.03 /* a refill may be this late without losing rate */

struct resolver {
	struct dns_transport *transport;
	struct ring *ring;
	struct resolver_config config;
	struct resolver_stats stats;
	uint64_t now_ms;
	struct token_bucket saved; /* questions, where there is a rate */
	unsigned turn;		   /* whose turn it is */
	bool hurry, ever_good;
	uint64_t last_answer_ms; /* of any upstream; start of the run at first */
	uint64_t random;
	struct list waiting;
	unsigned upstreams_n;
	struct upstream upstreams[];
};

static uint64_t resolver_random(struct resolver *r)
{
	/* xorshift64*: jitter and canary labels need no secrecy. */
	r->random ^= r->random >> 12;
	r->random ^= r->random << 25;
	r->random ^= r->random >> 27;
	return r->random * 0x2545f4914f6cdd1dull;
}

struct resolver *resolver_new(const struct resolver_config *config, struct dns_transport *transport,
			      struct ring *ring, uint64_t now_ms)
{
	assert(config->upstreams > 0 && config->upstreams <= RESOLVER_UPSTREAM_MAX);
	struct resolver *r = calloc(1, sizeof(*r) + config->upstreams * sizeof(struct upstream));
	if (r == NULL)
		return NULL;
	r->transport = transport;
	r->ring = ring;
	r->config = *config;
	r->config.names = NULL;
	r->now_ms = r->saved.refilled_ms = r->last_answer_ms = now_ms;
	r->random = config->seed | 1;
	r->upstreams_n = config->upstreams;
	for (unsigned i = 0; i < config->upstreams; i++)
		upstream_init(&r->upstreams[i], config->names[i], now_ms);
	return r;
}

void resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < r->upstreams_n; i++)
		ring_remove(&r->upstreams[i].canary.retry);
	free(r);
}

/* ---- one question ------------------------------------------------------------------------ */

static void resolver_finish(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			    const struct dnsmsg_rrset *set)
{
	q->answered(q, outcome, m, set);
}

static void resolver_retry_due(struct ring_entry *e)
{
	struct question *q = list_owner(e, struct question, retry);
	list_push(&q->resolver->waiting, &q->item);
}

/* How telling a temporary outcome is: the last question's timeout must not hide a SERVFAIL. */
static int outcome_weight(enum dns_outcome o)
{
	switch (o) {
	case DNS_BOGUS:
		return 5;
	case DNS_SERVFAIL:
		return 4;
	case DNS_REFUSED:
		return 3;
	case DNS_TRUNCATED:
		return 2;
	case DNS_MALFORMED:
		return 1;
	default:
		return 0;
	}
}

static bool resolver_untried_left(const struct resolver *r, const struct question *q)
{
	for (unsigned i = 0; i < r->upstreams_n && i < 64; i++)
		if (r->upstreams[i].stats.state == UPSTREAM_GOOD && !(q->tried >> i & 1))
			return true;
	return false;
}

static void resolver_next_try(struct resolver *r, struct question *q)
{
	assert(q->tries > 0);
	q->tcp = false;
	if (!q->at_once || resolver_untried_left(r, q)) {
		list_push(&r->waiting, &q->item);
		return;
	}
	uint64_t wait = (uint64_t)BACKOFF_FIRST_MS << (q->tries - 1);
	ring_add(r->ring, &q->retry, r->now_ms + wait + resolver_random(r) % wait);
}

/* A temporary outcome: ask again, or report the most telling one. at_once: it took no time to come,
 * so asking again must. */
static void resolver_again(struct resolver *r, struct question *q, enum dns_outcome outcome,
			   bool at_once)
{
	assert(q->tries > 0 && !q->canary && outcome != DNS_OK);
	if (q->worst_upstream < 0 || outcome_weight(outcome) > outcome_weight(q->worst)) {
		q->worst = outcome;
		q->worst_upstream = q->upstream;
	}
	q->at_once = at_once;
	if (q->tries >= q->tries_end || r->hurry) {
		q->upstream = q->worst_upstream;
		resolver_finish(q, q->worst, NULL, NULL);
		return;
	}
	r->stats.retries++;
	resolver_next_try(r, q);
}

static enum dns_outcome resolver_read(const struct dnsmsg *m, uint16_t type,
				      struct dnsmsg_rrset *set)
{
	set->rr_n = set->rr_dropped = set->cname_n = 0; /* not the arrays: that is 2 KB an answer */
	set->ttl = 0;
	/* "Does not exist", or the address of a page that says why: not the zone's word. */
	if (dnsmsg_filtered(m) && m->rcode != DNS_RCODE_SERVFAIL)
		return DNS_REFUSED;
	switch (m->rcode) {
	case DNS_RCODE_NOERROR:
	case DNS_RCODE_NXDOMAIN:
		break;
	case DNS_RCODE_SERVFAIL:
		return dnsmsg_bogus(m) ? DNS_BOGUS : DNS_SERVFAIL;
	case DNS_RCODE_REFUSED:
		return DNS_REFUSED;
	default:
		return DNS_SERVFAIL;
	}
	switch (dnsmsg_chase(m, type, set)) {
	case DNSMSG_FOUND:
		return DNS_OK;
	case DNSMSG_EMPTY:
		/* A server that will not look further answers with a referral, which denies
		 * nothing. */
		if (!m->ra && !m->aa)
			return DNS_REFUSED;
		return m->rcode == DNS_RCODE_NXDOMAIN ? DNS_NXDOMAIN : DNS_NODATA;
	default:
		return DNS_MALFORMED;
	}
}

/* A zone that is broken fails each time its names are asked again; it may speak against the
 * upstream once. */
static void resolver_account(struct resolver *r, struct upstream *u, const struct question *q,
			     enum dns_outcome outcome, bool filtered)
{
	unsigned room = r->transport->room(r->transport, (unsigned)(u - r->upstreams));

	u->stats.answered++;
	if (outcome == DNS_SERVFAIL)
		u->stats.servfails++;
	if (outcome == DNS_REFUSED)
		u->stats.refused++;
	/* To filter a name is no sign of trouble. */
	if (filtered || (outcome != DNS_SERVFAIL && outcome != DNS_REFUSED))
		upstream_good(u, room, r->now_ms);
	else if (q->tries <= 1)
		upstream_bad(u, r->now_ms);
	else
		upstream_heard(u, r->now_ms);
}

/* Canaries of many silent upstreams must not eat up a small rate: at most half of it. */
static uint64_t resolver_canary_pause(const struct resolver *r)
{
	double pause = r->config.rate > 0 ? 2000.0 * r->upstreams_n / r->config.rate : 0;

	return pause > CANARY_AGAIN_MS ? (uint64_t)pause : CANARY_AGAIN_MS;
}

/* secure: the answer has the AD bit. */
static void resolver_canary_result(struct resolver *r, struct upstream *u, enum dns_outcome outcome,
				   bool secure)
{
	/* What the root says is signed: where that cannot be had, or is not said to be valid. */
	bool unsure = r->config.need_ad && u->canary_root && !secure;

	if (unsure && outcome != DNS_OK && outcome != DNS_NXDOMAIN)
		outcome = DNS_TIMEOUT;
	u->canary_out = false;
	u->canary_due_ms = r->now_ms + CANARY_EVERY_MS;
	if (outcome == (u->canary_root ? DNS_NXDOMAIN : DNS_OK))
		u->stats.state = UPSTREAM_LYING;
	else if (outcome != DNS_TIMEOUT && !u->canary_root) {
		u->canary_root = true; /* the other way to lie comes next */
		u->canary_due_ms = r->now_ms;
	} else if (outcome == DNS_TIMEOUT)
		u->canary_due_ms = r->now_ms + resolver_canary_pause(r);
	else if (unsure)
		u->stats.state = UPSTREAM_INSECURE;
	else if (u->stats.state < UPSTREAM_INSECURE) {
		u->stats.state = UPSTREAM_GOOD;
		u->canary_root = false;
		r->ever_good = true;
	}
	u->canaries_lost = outcome == DNS_TIMEOUT ? u->canaries_lost + 1 : 0;
	/* One packet may be lost; so many in a row are not. */
	if (u->canaries_lost >= CANARY_LOST_MAX &&
	    (u->stats.state == UPSTREAM_UNPROVEN || u->stats.state == UPSTREAM_FAILING))
		u->stats.state = UPSTREAM_SILENT;
}

static void resolver_answer(struct resolver *r, struct question *q, const uint8_t *wire, size_t n)
{
	struct upstream *u = &r->upstreams[q->upstream];
	struct dnsmsg m;
	struct dnsmsg_rrset set;

	enum dns_outcome outcome = DNS_MALFORMED;
	/* An echo is no answer, nor is the reply to a notification or an update. */
	bool readable = dnsmsg_parse(&m, wire, n) == 0 && m.qr && m.opcode == 0;
	if (readable)
		outcome = resolver_read(&m, q->type, &set);
	bool filtered = readable && dnsmsg_filtered(&m);
	resolver_account(r, u, q, outcome, filtered);
	if (q->canary)
		resolver_canary_result(r, u, outcome, readable && m.ad);
	if (u->stats.state >= UPSTREAM_INSECURE) { /* so is what it was asked before we knew */
		if (!q->canary)
			resolver_again(r, q, DNS_MALFORMED, true);
		return;
	}
	r->last_answer_ms = r->now_ms;
	if (q->canary)
		return;
	if (readable && m.tc && !q->tcp) {
		q->tcp = true;
		q->tries--; /* the same try goes on, over TCP */
		list_push(&r->waiting, &q->item);
		return;
	}
	if (readable && m.tc) /* over TCP: what is missing may be what we ask for */
		resolver_again(r, q, DNS_TRUNCATED, true);
	else if (outcome == DNS_OK || outcome == DNS_NODATA || outcome == DNS_NXDOMAIN)
		resolver_finish(q, outcome, &m, &set);
	else if (filtered && !resolver_untried_left(r, q)) {
		q->tries = r->config.retries + 1; /* it will say the same again */
		resolver_again(r, q, outcome, true);
	} else
		resolver_again(r, q, outcome, true);
}

static void resolver_exchange_done(struct dns_exchange *x, enum dns_transport_status status,
				   const uint8_t *msg, size_t n)
{
	struct question *q = list_owner(x, struct question, exchange);
	struct resolver *r = q->resolver;
	struct upstream *u = &r->upstreams[q->upstream];

	assert(q->upstream >= 0 && (unsigned)q->upstream < r->upstreams_n);
	assert(u->stats.in_flight > 0 && r->stats.in_flight > 0);
	u->stats.in_flight--;
	r->stats.in_flight--;
	if (status == DNS_TRANSPORT_ANSWER) {
		if (q->tcp)
			upstream_tcp_answer(u);
		resolver_answer(r, q, msg, n);
		return;
	}
	if (q->tcp && upstream_tcp_failed(u, q, status != DNS_TRANSPORT_TIMEOUT) && !r->hurry) {
		q->tries--;
		list_push(&r->waiting, &q->item);
		return;
	}
	u->stats.timeouts++;
	if (!q->tcp)
		upstream_silent(u, r->now_ms, r->config.timeout_ms);
	if (q->canary) {
		resolver_canary_result(r, u, DNS_TIMEOUT, false);
		return;
	}
	/* The upstream is gone, which says nothing about the name: the try does not count. */
	if (u->stats.state == UPSTREAM_SILENT && q->tries > 1)
		q->tries--;
	resolver_again(r, q, q->tcp ? DNS_TRUNCATED : DNS_TIMEOUT, status != DNS_TRANSPORT_TIMEOUT);
}

static void resolver_begin(struct resolver *r, struct question *q)
{
	assert(q->answered != NULL && q->name.n > 0);
	q->resolver = r;
	q->tried = 0;
	q->tries = 0;
	q->at_once = q->tcp = q->canary = false;
	q->tcp_broken = 0;
	q->upstream = q->worst_upstream = -1;
	q->worst = DNS_TIMEOUT;
	q->exchange.done = resolver_exchange_done;
	q->retry = (struct ring_entry){.fire = resolver_retry_due};
	r->stats.questions++;
}

static void resolver_limit_tries(const struct resolver *r, struct question *q)
{
	unsigned left = r->config.retries + 1 - q->tries;

	q->tries_end = q->tries + (q->tries_max > 0 && q->tries_max < left ? q->tries_max : left);
	assert(q->tries_end > q->tries && q->tries_end <= r->config.retries + 1);
}

void resolver_ask(struct resolver *r, struct question *q)
{
	resolver_begin(r, q);
	resolver_limit_tries(r, q);
	list_push(&r->waiting, &q->item);
}

bool resolver_ask_after(struct resolver *r, struct question *q, const struct question *failed)
{
	unsigned tries = failed->tries;

	if (q == failed && tries > r->config.retries)
		return false;
	if (q != failed) {
		resolver_begin(r, q);
		q->tried = failed->tried;
		q->at_once = failed->at_once;
		q->tries = tries < r->config.retries ? tries : r->config.retries;
	} else {
		r->stats.retries++;
	}
	resolver_limit_tries(r, q);
	if (q->tries > 0)
		resolver_next_try(r, q);
	else /* nobody was asked, or none may be tried twice */
		list_push(&r->waiting, &q->item);
	return true;
}

/* ---- sending ----------------------------------------------------------------------------- */

static void resolver_send(struct resolver *r, struct question *q, unsigned upstream)
{
	uint8_t packet[DNS_QUERY_MAX];
	struct upstream *u = &r->upstreams[upstream];
	size_t n = dnsmsg_query(packet, sizeof(packet), 0, q->name, q->type, r->config.want_do);

	assert(n > 0 && upstream < r->upstreams_n);
	q->upstream = (int)upstream;
	q->exchange.plain = q->tries > 0;
	r->transport->send(r->transport, upstream, q->tcp, packet, n, &q->exchange);
	q->tries++;
	q->tried |= 1ull << (upstream % 64);
	u->stats.asked++;
	if (q->tcp) {
		u->stats.tcp++;
		upstream_tcp_sent(u, q);
	}
	u->stats.in_flight++;
	r->stats.in_flight++;
	r->stats.packets++;
	r->saved.tokens -= 1;
}

#define PICK_BUSY (-1) /* all are */
#define PICK_LATER (-2)
#define LATER_MAX 64u /* questions a turn that are passed over */

/* An open upstream that this question has not met. One that failed it already gets it again only
 * when there is no good one left to hear: else a resolver that refuses, and so is always free,
 * would use up the tries while the good ones are busy. */
static int resolver_pick(struct resolver *r, const struct question *q)
{
	int fallback = PICK_BUSY;
	bool later = false;

	for (unsigned i = 0; i < r->upstreams_n; i++) {
		unsigned at = (r->turn + i) % r->upstreams_n;
		const struct upstream *u = &r->upstreams[at];
		bool met = q->tried >> (at % 64) & 1;
		if (!upstream_open(u, r->transport->room(r->transport, at))) {
			later = later || (!met && u->stats.state == UPSTREAM_GOOD);
			continue;
		}
		if (!met) {
			r->turn = at + 1;
			return (int)at;
		}
		if (fallback < 0)
			fallback = (int)at;
	}
	return later && q->tried != 0 ? PICK_LATER : fallback;
}

static void resolver_canaries(struct resolver *r)
{
	for (unsigned i = 0; i < r->upstreams_n; i++) {
		struct upstream *u = &r->upstreams[i];
		if (u->canary_out || u->canary_due_ms > r->now_ms ||
		    u->stats.state >= UPSTREAM_INSECURE)
			continue;
		if (u->canary_root)
			snprintf(u->canary_name, sizeof(u->canary_name), ".");
		else
			snprintf(u->canary_name, sizeof(u->canary_name),
				 "c%016llx.mtasweep.invalid",
				 (unsigned long long)resolver_random(r));
		u->canary = (struct question){
			.name = span_str(u->canary_name),
			.type = u->canary_root ? DNS_TYPE_NS : DNS_TYPE_A,
			.resolver = r,
			.canary = true,
			.exchange = {.done = resolver_exchange_done},
		};
		u->canary_out = true;
		resolver_send(r, &u->canary, i);
	}
}

static bool resolver_may_send(const struct resolver *r)
{
	return r->config.rate <= 0 || token_bucket_holds(&r->saved);
}

bool resolver_hopeless(const struct resolver *r)
{
	bool all_lie = true;

	for (unsigned i = 0; i < r->upstreams_n; i++) {
		enum upstream_state s = r->upstreams[i].stats.state;
		if (s == UPSTREAM_GOOD || s == UPSTREAM_UNPROVEN || s == UPSTREAM_FAILING)
			return false;
		all_lie = all_lie && s >= UPSTREAM_INSECURE;
	}
	if (all_lie) /* dropped for the run: nobody will come back */
		return true;
	return !r->ever_good || r->now_ms - r->last_answer_ms > r->config.outage_ms || r->hurry;
}

/* Nobody answers: give back what waits, so that a run without a network ends, and says why. */
static void resolver_give_up(struct resolver *r)
{
	for (unsigned i = 0; i < r->upstreams_n; i++)
		while (r->upstreams[i].tcp_waiting.n > 0)
			list_push(&r->waiting, list_pop(&r->upstreams[i].tcp_waiting));
	size_t n = r->waiting.n; /* answered() may ask new questions: they wait for the next turn */

	while (n-- > 0) {
		struct question *q = list_owner(list_pop(&r->waiting), struct question, item);
		if (q->worst_upstream >= 0)
			q->upstream = q->worst_upstream;
		resolver_finish(q, q->worst, NULL, NULL);
	}
	r->stats.waiting = r->waiting.n;
}

/* Questions over TCP have one place to go to: they must not hold up the others. */
static void resolver_turn_tcp(struct resolver *r)
{
	for (unsigned i = 0; i < r->upstreams_n; i++) {
		struct upstream *u = &r->upstreams[i];
		while (u->tcp_waiting.n > 0 && u->tcp_in_flight < u->tcp_window &&
		       resolver_may_send(r))
			resolver_send(
				r, list_owner(list_pop(&u->tcp_waiting), struct question, item), i);
	}
}

void resolver_turn(struct resolver *r, uint64_t now_ms)
{
	r->now_ms = now_ms;
	if (r->config.rate > 0)
		token_bucket_refill(&r->saved, r->config.rate, RATE_TURN_S, r->now_ms);
	resolver_canaries(r);
	if (r->config.wait_for_first && !r->ever_good)
		return;
	if (resolver_hopeless(r)) {
		resolver_give_up(r);
		return;
	}
	unsigned later = 0;
	for (size_t n = r->waiting.n; n > 0 && resolver_may_send(r); n--) {
		struct question *q = list_owner(r->waiting.first, struct question, item);
		if (q->tcp) {
			list_pop(&r->waiting);
			list_push(&r->upstreams[q->upstream].tcp_waiting, &q->item);
			continue;
		}
		int upstream = resolver_pick(r, q);
		if (upstream == PICK_BUSY || later == LATER_MAX)
			break;
		list_pop(&r->waiting);
		if (upstream == PICK_LATER) {
			list_push(&r->waiting, &q->item);
			later++;
			continue;
		}
		resolver_send(r, q, (unsigned)upstream);
	}
	resolver_turn_tcp(r);
	r->stats.waiting = r->waiting.n;
}

void resolver_hurry(struct resolver *r)
{
	r->hurry = true;
}

/* ---- what others may know ---------------------------------------------------------------- */

bool resolver_trusts(const struct resolver *r, int upstream)
{
	if (upstream < 0)
		return false;
	const struct upstream *u = &r->upstreams[upstream];
	return u->stats.state == UPSTREAM_GOOD && u->canaries_lost == 0;
}

struct span resolver_upstream_name(const struct resolver *r, int upstream)
{
	if (upstream < 0)
		return SPAN_NULL;
	assert((unsigned)upstream < r->upstreams_n);
	return span_str(r->upstreams[upstream].name);
}

void resolver_upstream_stats(const struct resolver *r, unsigned upstream,
			     struct upstream_stats *out)
{
	assert(upstream < r->upstreams_n);
	*out = r->upstreams[upstream].stats;
	out->window = (uint32_t)r->upstreams[upstream].window;
}

const struct resolver_stats *resolver_stats(const struct resolver *r)
{
	return &r->stats;
}

bool resolver_ever_good(const struct resolver *r)
{
	return r->ever_good;
}

/* engine.c - see engine.h. */
#include "scanner/worker/engine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/base/clock.h"
#include "scanner/dns/dns_ares.h"
#include "scanner/fetch/fetch_curl.h"
#include "scanner/job/host_task.h"
#include "scanner/job/nat64.h"
#include "scanner/probe/ehlo_name.h"
#include "scanner/probe/probe_uv.h"

#define RECEIVE_BUFFER_WANTED (8u << 20)
#define WINDOW_MAX 8192u
#define SMTP_SLOTS 64u	  /* visits at a time */
#define DNS_TICK_EVERY 5u /* ring ticks: 50 ms */

struct engine {
	struct engine_config config;
	uv_loop_t *loop;
	uv_prepare_t prepare;
	uv_timer_t tick;
	uv_check_t check;
	unsigned ticks, open_handles;
	uint64_t tick_due; /* what the timer is set for; 0: ticks */
	struct ring ring;
	struct tls_trust *trust;
	struct dns_ares *dns;
	struct resolver *resolver;
	struct fetch_curl *fetch;
	struct probe_uv *probe; /* NULL: MX hosts are not visited */
	struct host_env hosts;
	char ehlo[NAME_BUF];
	struct machine *machine;
	struct nat64 nat64;
};

uint64_t engine_now(const struct engine *e)
{
	return uv_now(e->loop);
}

static void engine_tick(uv_timer_t *handle)
{
	struct engine *e = handle->data;

	ring_advance(&e->ring, uv_now(e->loop));
	e->ticks++;
}

#define ENGINE_IDLE_MS 250u /* as often as a heartbeat: a resolver is looked at again, for one */

/* Time goes on in ticks as long as names or questions are under way. Visits alone wait for bytes
 * and for deadlines, and the loop sleeps until the next of these, or for a while. */
static void engine_arm(struct engine *e)
{
	const struct resolver_stats *dns = resolver_stats(e->resolver);
	bool ticks = machine_active(e->machine) > 0 || dns->in_flight + dns->waiting > 0;
	uint64_t due = ticks ? 0 : ring_next_ms(&e->ring), now = uv_now(e->loop);
	uint64_t sleep = due > now ? due - now : 0;

	if (due == e->tick_due)
		return;
	e->tick_due = due;
	if (ticks)
		uv_timer_start(&e->tick, engine_tick, RING_TICK_MS, RING_TICK_MS);
	else
		uv_timer_start(&e->tick, engine_tick,
			       sleep < ENGINE_IDLE_MS ? sleep : ENGINE_IDLE_MS, ENGINE_IDLE_MS);
}

/* One turn: what finished, what follows from it, new lines, then everything that is to be sent. */
static void engine_prepare(uv_prepare_t *handle)
{
	struct engine *e = handle->data;

	fetch_curl_turn(e->fetch);
	if (e->probe != NULL)
		probe_uv_turn(e->probe);
	machine_turn(e->machine, uv_now(e->loop), clock_wall_ms());
	e->config.turn(e->config.user);
	machine_turn(e->machine, uv_now(e->loop), clock_wall_ms());
	resolver_turn(e->resolver, uv_now(e->loop));
	dns_ares_flush(e->dns);
	engine_arm(e);
}

/* After the sockets were read: a turn may have been long, and answers that lie there are not
 * late. */
static void engine_check(uv_check_t *handle)
{
	struct engine *e = handle->data;

	if (e->ticks < DNS_TICK_EVERY)
		return;
	e->ticks = 0;
	dns_ares_tick(e->dns);
}

static int engine_open_dns(struct engine *e, struct errmsg *err)
{
	const struct engine_config *c = &e->config;
	struct dns_ares_config dns = {
		.upstreams = c->resolvers->address,
		.upstreams_n = c->resolvers->n,
		.timeout_ms = c->options->timeout_dns_ms,
		.receive_buffer = RECEIVE_BUFFER_WANTED,
		.window_max = WINDOW_MAX,
	};
	struct resolver_config resolver = {
		.upstreams = c->resolvers->n,
		.names = c->resolvers->name,
		.rate = c->dns_rate,
		.retries = c->options->retries,
		.timeout_ms = c->options->timeout_dns_ms,
		.outage_ms = 60000,
		.need_ad = c->options->dane,
		.wait_for_first = c->wait_for_resolver,
		.seed = c->seed,
	};

	e->dns = dns_ares_new(e->loop, &dns, err);
	if (e->dns == NULL)
		return -1;
	e->resolver =
		resolver_new(&resolver, dns_ares_transport(e->dns), &e->ring, uv_now(e->loop));
	return e->resolver != NULL ? 0 : errmsg_set(err, "out of memory for resolvers");
}

static int engine_open_fetch(struct engine *e, struct errmsg *err)
{
	const struct scan_options *o = e->config.options;
	char agent[256];

	if (o->contact != NULL)
		snprintf(agent, sizeof(agent), "mtasweep/%s (+%s)", MTASWEEP_VERSION, o->contact);
	else
		snprintf(agent, sizeof(agent), "mtasweep/%s", MTASWEEP_VERSION);
	e->trust = scan_options_trust(o, err);
	if (e->trust == NULL)
		return -1;
	struct fetch_curl_config fetch = {
		.slots = e->config.fetch_slots,
		.port = o->https_port,
		.timeout_ms = o->timeout_fetch_ms,
		.user_agent = agent,
		.trust = e->trust,
		.pulse = e->config.pulse,
		.pulse_user = e->config.user,
	};
	e->fetch = fetch_curl_new(e->loop, &fetch, err);
	return e->fetch != NULL ? 0 : -1;
}

/* One visit: long enough for those that let strangers wait before they greet. */
static struct smtp_limits engine_smtp_limits(const struct scan_options *o)
{
	return (struct smtp_limits){
		.connect = 10000,
		.greeting = 60000,
		.reply = 30000,
		.tls = 20000,
		.quit = 2000,
		.total = o->timeout_smtp_ms,
	};
}

static int engine_open_hosts(struct engine *e, struct errmsg *err)
{
	const struct scan_options *o = e->config.options;

	if ((!o->mx_tls && !o->dane) || e->config.names_only)
		return 0;
	e->hosts = (struct host_env){
		.resolver = e->resolver,
		.reach = e->config.reach,
		.gate = e->config.smtp_gate,
		.dane = o->dane,
		.curious = e->config.curious,
	};
	if (!o->mx_tls)
		return 0;
	if (o->ehlo != NULL)
		snprintf(e->ehlo, sizeof(e->ehlo), "%s", o->ehlo);
	else
		ehlo_own_name(&e->config.resolvers->address[0], e->ehlo);
	struct probe_uv_config probe = {
		.slots = e->config.smtp_slots > 0 ? e->config.smtp_slots : SMTP_SLOTS,
		.port = o->smtp_port,
		.ehlo_name = e->ehlo,
		.limits = engine_smtp_limits(o),
		.trust = e->trust,
		.ring = &e->ring,
	};
	e->probe = probe_uv_new(e->loop, &probe, err);
	if (e->probe == NULL)
		return -1;
	e->hosts.prober = probe_uv_prober(e->probe);
	return 0;
}

static int engine_open_machine(struct engine *e, struct errmsg *err)
{
	const struct engine_config *c = &e->config;

	struct machine_config machine = {
		.jobs = c->jobs,
		.asking = c->asking,
		.all_addresses = c->all_addresses,
		.lean = c->options->lean,
		.thorough = c->thorough,
		.fetch_timeout_ms = c->options->timeout_fetch_ms,
		.fetch_retries = 1,
		.judge = &c->options->judge,
		.reach = c->reach,
		.resolver = e->resolver,
		.fetcher = fetch_curl_fetcher(e->fetch),
		.gate = c->gate,
		.hosts = e->hosts.resolver != NULL ? &e->hosts : NULL,
		.ring = &e->ring,
		.finished = c->finished,
		.finished_user = c->user,
	};
	e->machine = machine_new(&machine);
	return e->machine != NULL ? 0
				  : errmsg_set(err,
					       "out of memory for %u names in flight "
					       "(--concurrency)",
					       c->jobs);
}

struct engine *engine_new(uv_loop_t *loop, const struct engine_config *config, struct errmsg *err)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		errmsg_set(err, "out of memory");
		return NULL;
	}
	assert(config->jobs > 0 && config->asking > 0 && config->fetch_slots > 0);
	e->config = *config;
	e->loop = loop;
	uv_update_time(loop);
	ring_init(&e->ring, uv_now(loop));
	uv_prepare_init(loop, &e->prepare);
	uv_timer_init(loop, &e->tick);
	uv_check_init(loop, &e->check);
	e->open_handles = 3;
	e->prepare.data = e->tick.data = e->check.data = e;
	if (engine_open_dns(e, err) != 0 || engine_open_fetch(e, err) != 0 ||
	    engine_open_hosts(e, err) != 0 || engine_open_machine(e, err) != 0) {
		engine_free(e);
		return NULL;
	}
	nat64_start(&e->nat64, e->resolver, config->reach);
	uv_prepare_start(&e->prepare, engine_prepare);
	uv_check_start(&e->check, engine_check);
	uv_timer_start(&e->tick, engine_tick, RING_TICK_MS, RING_TICK_MS);
	return e;
}

static void engine_handle_closed(uv_handle_t *handle)
{
	struct engine *e = handle->data;

	assert(e->open_handles > 0);
	if (--e->open_handles == 0)
		free(e);
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	if (e->resolver != NULL)
		resolver_hurry(e->resolver);
	fetch_curl_free(e->fetch);
	probe_uv_free(e->probe);
	dns_ares_free(e->dns);
	resolver_free(e->resolver);
	machine_free(e->machine);
	tls_trust_free(e->trust);
	uv_prepare_stop(&e->prepare);
	uv_timer_stop(&e->tick);
	uv_check_stop(&e->check);
	uv_close((uv_handle_t *)&e->check, engine_handle_closed);
	uv_close((uv_handle_t *)&e->prepare, engine_handle_closed);
	uv_close((uv_handle_t *)&e->tick, engine_handle_closed);
}

bool engine_settled(const struct engine *e)
{
	return !e->nat64.asked;
}

struct machine *engine_machine(struct engine *e)
{
	return e->machine;
}

struct resolver *engine_resolver(struct engine *e)
{
	return e->resolver;
}

unsigned engine_fetches(const struct engine *e)
{
	return fetch_curl_in_flight(e->fetch);
}

uint64_t engine_fetched(const struct engine *e)
{
	return fetch_curl_done(e->fetch);
}

size_t engine_receive_buffer(const struct engine *e)
{
	return dns_ares_receive_buffer(e->dns);
}

unsigned engine_visits(const struct engine *e)
{
	return e->probe != NULL ? probe_uv_in_flight(e->probe) : 0;
}

bool engine_insecure(const struct engine *e, struct errmsg *err)
{
	const struct resolver_list *l = e->config.resolvers;
	struct upstream_stats stats;

	for (unsigned i = 0; i < l->n; i++) {
		resolver_upstream_stats(e->resolver, i, &stats);
		if (stats.state != UPSTREAM_INSECURE)
			continue;
		errmsg_set(err,
			   "--dane needs a resolver that validates DNSSEC, and %s%s does not (its "
			   "answers for the root lack the AD bit); name another one with "
			   "--resolver",
			   l->name[i], l->n > 1 ? " or another" : "");
		return true;
	}
	return false;
}

const char *engine_ehlo(const struct engine *e)
{
	return e->ehlo;
}

const struct host_env *engine_hosts(const struct engine *e)
{
	return &e->hosts;
}

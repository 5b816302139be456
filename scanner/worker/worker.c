/*
 * worker.c - see worker.h: glue between the pipe and the engine. Everything it needs from the file
 * system is read before the first line; afterwards it has its sockets and the pipe.
 */
#include "scanner/worker/worker.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "scanner/base/status.h"
#include "scanner/job/ehlo_check.h"
#include "scanner/probe/ehlo_name.h"
#include "scanner/worker/engine.h"
#include "output/record/record_emit.h"
#include "scanner/base/clock.h"
#include "scanner/worker/frame_box.h"
#include "scanner/worker/host_slots.h"
#include "scanner/worker/line_queue.h"
#include "scanner/pipe/message.h"
#include "scanner/worker/sandbox.h"
#include "scanner/worker/worker_gate.h"

#define STATS_EVERY_MS 250u
#define FAREWELL_MS 5000u	   /* for visits under way: QUIT shall be said */
#define FRAME_AGE_MS 1000u	   /* a record waits no longer for its frame */
#define WORKER_MEMORY (1ull << 30) /* address space: a bug must not eat the machine */
#define WORKER_MEMORY_JOB (128ull << 10)
#define PIPE_QUEUE_MAX (8u << 20) /* with more unwritten, no new names are begun */

struct worker {
	uv_loop_t loop;
	uv_timer_t stats_timer;
	struct proto_pipe *pipe;
	struct scan_options options; /* those of the command, as this worker needs them */
	enum worker_lines kind;
	struct message_setup setup;
	struct resolver_list resolvers;
	struct reach *reach;
	struct engine *engine;
	struct frame_box box;
	struct line_queue lines;
	uint32_t taken;
	struct message_upstream *upstreams; /* one a resolver, to be told of */
	uint64_t spoke_ns;		    /* uv_hrtime() of the last heartbeat */
	bool ending, stopping, failed;
	struct worker_gate gate;
	/* WORKER_HOSTS */
	struct host_slots *hosts;
	uint64_t farewell_ms; /* leave then at the latest; 0: nobody has said so */
	struct ehlo_check ehlo;
	struct record_emitter *emitter;
	struct buf host_line;
};

/* ---- leaving ----------------------------------------------------------------------------- */

static void worker_leave(struct worker *w)
{
	w->stopping = true;
	uv_stop(&w->loop);
}

static void worker_fail(struct worker *w, const char *why)
{
	if (w->failed)
		return;
	w->failed = true;
	message_send_fail(w->pipe, why);
	worker_leave(w);
}

/* ---- heartbeat --------------------------------------------------------------------------- */

static void worker_send_stats(struct worker *w)
{
	struct machine_stats jobs;
	const struct resolver *resolver = engine_resolver(w->engine);
	const struct resolver_stats *dns = resolver_stats(resolver);
	struct message_stats stats = {0};

	machine_stats(engine_machine(w->engine), &jobs);
	stats.questions = dns->questions;
	stats.packets = dns->packets;
	stats.retries = dns->retries;
	stats.dns_in_flight = (uint32_t)dns->in_flight;
	stats.fetched = engine_fetched(w->engine);
	stats.fetches = engine_fetches(w->engine);
	stats.gated = jobs.gated;
	stats.active = machine_active(engine_machine(w->engine));
	stats.receive_buffer = (uint32_t)engine_receive_buffer(w->engine);
	stats.ever_good = resolver_ever_good(resolver);
	stats.hopeless = resolver_hopeless(resolver);
	stats.upstreams_n = w->resolvers.n;
	for (unsigned i = 0; i < w->resolvers.n; i++) {
		struct upstream_stats u;
		resolver_upstream_stats(resolver, i, &u);
		w->upstreams[i] = (struct message_upstream){
			u.asked,   u.answered, u.timeouts,  u.servfails,
			u.refused, u.state,    u.in_flight,
		};
	}
	message_send_stats(w->pipe, &stats, w->upstreams);
	w->spoke_ns = uv_hrtime();
}

/* The timer comes once in a turn of the loop, and a turn may be long. */
static void worker_pulse(void *user)
{
	struct worker *w = user;

	if (uv_hrtime() - w->spoke_ns > 2 * STATS_EVERY_MS * 1000000ull)
		worker_send_stats(w);
}

static void worker_stats_due(uv_timer_t *timer)
{
	worker_send_stats(timer->data);
}

/* ---- lines in, records out --------------------------------------------------------------- */

/* Counters go first: what records cost is known wherever they are, also when this worker is killed
 * in between. */
static void worker_send_frame(struct worker *w)
{
	worker_send_stats(w);
	if (frame_box_send(&w->box, w->pipe) != 0)
		worker_fail(w, "out of memory for records");
}

static void worker_finished(void *user, const struct record *r)
{
	struct worker *w = user;

	if (w->failed) /* its box may be full; the supervisor has these lines scanned again */
		return;
	if (frame_box_add(&w->box, r, uv_now(&w->loop)) != 0)
		worker_fail(w, "out of memory for records");
	else if (frame_box_full(&w->box))
		worker_send_frame(w);
}

#ifdef MTASWEEP_TEST_HOOKS
/* A name that begins so stands for a bug in whatever reads its answers. */
static void worker_misbehave(struct span name)
{
	const size_t step = 1u << 20;

	if (span_starts(name, SPAN_LIT("crash-test-")))
		abort();
	if (span_starts(name, SPAN_LIT("hang-test-")))
		for (;;)
			pause();
	if (span_starts(name, SPAN_LIT("spin-test-")) || span_starts(name, SPAN_LIT("loop-test-")))
		for (clock_t end = clock() + 3 * CLOCKS_PER_SEC;
		     clock() < end || span_starts(name, SPAN_LIT("loop-test-"));)
			;
	if (span_starts(name, SPAN_LIT("eat-test-")))
		for (;;) {
			char *p = malloc(step);
			if (p == NULL)
				abort();
			memset(p, 1, step);
		}
}
#endif

#ifdef MTASWEEP_TEST_HOOKS
/* The same of an MX host: its domain begins so. */
static void worker_misbehave_host(struct span host)
{
	while (host.n > 0) {
		worker_misbehave(host);
		const char *dot = memchr(host.p, '.', host.n);
		size_t skip = dot == NULL ? host.n : (size_t)(dot + 1 - host.p);
		host = span_of(host.p + skip, host.n - skip);
	}
}
#endif

#ifdef MTASWEEP_TEST_HOOKS
/* A program in our place, as if it had taken us over. */
static void worker_replace(enum worker_lines kind)
{
	const char *program = getenv("MTASWEEP_TEST_WORKER");

	if (program != NULL)
		execl(program, program, kind == WORKER_HOSTS ? "hosts" : "names", (char *)NULL);
}
#endif

/* Submits the line that waits first. */
static void worker_submit_one(struct worker *w)
{
	struct line_queue *q = &w->lines;
	struct message_line line;
	size_t took = message_read_line(q->bytes + q->at, q->n - q->at, &line);

	assert(took > 0); /* worker_lines() let nothing else in */
	assert(machine_room(engine_machine(w->engine)) > 0);
	struct machine_input in = {line.line, line.text, line.rank, line.tag, line.too_long};
#ifdef MTASWEEP_TEST_HOOKS
	worker_misbehave(in.text);
#endif
	q->at += took;
	w->taken++;
	machine_submit(engine_machine(w->engine), &in);
}

static bool worker_has_lines(const struct worker *w)
{
	return w->lines.at < w->lines.n;
}

static void worker_say_taken(struct worker *w)
{
	if (w->taken > 0)
		message_send_taken(w->pipe, w->taken);
	w->taken = 0;
}

/* With --dane names are not asked of resolvers that do not validate. */
static void worker_check_validates(struct worker *w)
{
	const struct resolver *r = engine_resolver(w->engine);
	struct errmsg err;

	if (w->options.dane && !resolver_ever_good(r) && resolver_hopeless(r) &&
	    engine_insecure(w->engine, &err))
		worker_fail(w, err.text);
}

static void worker_turn(void *user)
{
	struct worker *w = user;
	struct machine *m = engine_machine(w->engine);

	worker_check_validates(w);
	while (worker_has_lines(w) && engine_settled(w->engine) && machine_room(m) > 0 &&
	       proto_queued(w->pipe) < PIPE_QUEUE_MAX)
		worker_submit_one(w);
	if (machine_failed(m))
		worker_fail(w, "out of memory for a name's answers");
	worker_say_taken(w);
	bool idle = !worker_has_lines(w) && machine_active(m) == 0;
	if (w->box.lines_n > 0 && (idle || uv_now(&w->loop) - w->box.first_ms >= FRAME_AGE_MS))
		worker_send_frame(w);
	if (idle && w->ending && !w->stopping)
		worker_leave(w);
}

/* ---- MX hosts ---------------------------------------------------------------------------- */

/* One host a frame: it may be the last for minutes, and nothing is packed for the report. */
static void worker_host_done(void *user, uint64_t line, const struct record_mx_host *h)
{
	struct worker *w = user;
	struct message_frame f = {.lines_n = 1};

	buf_reset(&w->host_line);
	if (record_emit_mx_host(w->emitter, h, &w->host_line) != 0 || w->host_line.failed) {
		worker_fail(w, "out of memory for a host");
		return;
	}
	f.text = span_of(w->host_line.p, w->host_line.n);
	if (message_send_frame(w->pipe, &f, &line) != 0)
		worker_fail(w, "out of memory for a host");
}

static void worker_start_host(struct worker *w)
{
	struct line_queue *q = &w->lines;
	struct message_line line;
	size_t took = message_read_line(q->bytes + q->at, q->n - q->at, &line);

	assert(took > 0); /* worker_lines() let nothing else in */
#ifdef MTASWEEP_TEST_HOOKS
	worker_misbehave_host(line.text);
#endif
	q->at += took;
	w->taken++;
	if (host_slots_start(w->hosts, line.line, line.text, line.rank == 1) != 0)
		worker_fail(w, "out of memory for a host");
}

static void worker_hosts_turn(void *user)
{
	struct worker *w = user;

	if (w->hosts == NULL) /* not set up yet */
		return;
	proto_gather(w->pipe);
	ehlo_check_turn(&w->ehlo);
	/* Without a resolver nothing is learnt of a host; that there is none is for the supervisor
	 * to say. */
	while (worker_has_lines(w) && resolver_ever_good(engine_resolver(w->engine)) &&
	       engine_settled(w->engine) && host_slots_room(w->hosts) > 0)
		worker_start_host(w);
	host_slots_turn(w->hosts, clock_wall_ms() / 1000);
	if (host_slots_failed(w->hosts))
		worker_fail(w, "out of memory for a host's answers");
	worker_say_taken(w);
	bool idle = !worker_has_lines(w) && host_slots_active(w->hosts) == 0;
	bool dismissed = w->farewell_ms > 0 &&
			 (engine_visits(w->engine) == 0 || uv_now(&w->loop) >= w->farewell_ms);
	proto_flush(w->pipe);
	if (!w->stopping && ((w->ending && idle) || dismissed))
		worker_leave(w);
}

static void worker_warn(void *user, const char *text)
{
	(void)user;
	fprintf(stderr, "warning: %s\n", text);
}

/* One of the crew is enough. */
static void worker_check_ehlo(struct worker *w)
{
	w->ehlo = (struct ehlo_check){
		.resolver = engine_resolver(w->engine),
		.name = engine_ehlo(w->engine),
		.warn = worker_warn,
		.user = w,
	};
	ehlo_own_address(&w->ehlo.own);
	ehlo_check_start(&w->ehlo);
}

static int worker_open_hosts(struct worker *w)
{
	const struct host_slots_config config = {
		.env = engine_hosts(w->engine),
		.n = w->setup.jobs,
		.done = worker_host_done,
		.user = w,
	};

	w->emitter = record_emitter_new();
	w->hosts = w->emitter != NULL ? host_slots_new(&config) : NULL;
	if (w->setup.worker == 0 && engine_ehlo(w->engine)[0] != '\0')
		worker_check_ehlo(w);
	return w->hosts != NULL ? 0 : -1;
}

static int worker_lines(struct worker *w, const uint8_t *body, size_t n)
{
	return message_lines_are_sound(body, n) ? line_queue_add(&w->lines, body, n) : -1;
}

/* A policy host's or an MX host's, and each resolver's for answers that are truncated. NULL without
 * memory. */
static uint16_t *worker_ports(const struct worker *w, unsigned *n)
{
	uint16_t *ports = calloc(w->resolvers.n + 1, sizeof(*ports));

	*n = 0;
	if (ports != NULL)
		ports[(*n)++] =
			w->kind == WORKER_HOSTS ? w->options.smtp_port : w->options.https_port;
	for (unsigned i = 0; ports != NULL && i < w->resolvers.n; i++)
		ports[(*n)++] = resolver_list_port(&w->resolvers, i);
	return ports;
}

/* Everything that needs files was read; from here on there are sockets and the pipe. */
static int worker_confine(struct worker *w, struct errmsg *err)
{
	unsigned ports_n;
	uint16_t *ports = worker_ports(w, &ports_n);

	if (ports == NULL)
		return errmsg_set(err, "out of memory at start");
	struct sandbox_config config = {
		.files_max = scan_worker_files(w->resolvers.n, w->setup.fetch_slots),
		.memory_max = WORKER_MEMORY + (uint64_t)w->setup.jobs * WORKER_MEMORY_JOB,
		.tcp_ports = ports,
		.tcp_ports_n = ports_n,
	};
	int rc = sandbox_enter(&config, err);

	free(ports);
	if (rc > 0 && w->setup.worker == 0 && !w->options.quiet)
		fprintf(stderr, "warning: %s\n", err->text);
	return rc < 0 ? -1 : 0;
}

/* ---- messages ---------------------------------------------------------------------------- */

static void worker_setup(struct worker *w, const uint8_t *body, size_t n)
{
	struct message_setup setup;
	struct errmsg err;

	if (w->engine != NULL || message_read_setup(body, n, &setup) != 0) {
		worker_fail(w, "a message that makes no sense");
		return;
	}
	w->setup = setup;
	w->upstreams = calloc(w->resolvers.n, sizeof(*w->upstreams));
	if (w->upstreams == NULL || frame_box_init(&w->box) != 0 ||
	    worker_gate_init(&w->gate, w->pipe, setup.jobs) != 0) {
		worker_fail(w, "out of memory at start");
		return;
	}
	bool hosts = w->kind == WORKER_HOSTS;
	struct engine_config config = {
		.options = &w->options,
		.resolvers = &w->resolvers,
		.reach = w->reach,
		.gate = &w->gate.door,
		.smtp_gate = &w->gate.door,
		.names_only = !hosts,
		.jobs = hosts ? 1 : setup.jobs,
		.asking = hosts ? 1 : scan_asking(setup.jobs),
		.fetch_slots = hosts ? 1 : setup.fetch_slots,
		.smtp_slots = hosts ? setup.fetch_slots : 0,
		.dns_rate = setup.dns_rate,
		.wait_for_resolver = setup.seen_good == 0,
		.seed = setup.seed,
		.finished = worker_finished,
		.turn = hosts ? worker_hosts_turn : worker_turn,
		.pulse = worker_pulse,
		.user = w,
	};
	w->engine = engine_new(&w->loop, &config, &err);
	if (w->engine == NULL) {
		worker_fail(w, err.text);
		return;
	}
	if (hosts && worker_open_hosts(w) != 0) {
		worker_fail(w, "out of memory at start");
		return;
	}
	if (w->options.sandbox && worker_confine(w, &err) != 0) {
		worker_fail(w, err.text);
		return;
	}
	uv_timer_start(&w->stats_timer, worker_stats_due, STATS_EVERY_MS, STATS_EVERY_MS);
}

/* Records that are done are handed over; of MX hosts none is begun any more, and those that are
 * being visited are taken leave of. */
static void worker_stop(struct worker *w)
{
	if (w->hosts != NULL) {
		w->lines.at = w->lines.n;
		w->farewell_ms = uv_now(&w->loop) + FAREWELL_MS;
		return;
	}
	if (w->engine != NULL && w->kind == WORKER_NAMES)
		worker_send_frame(w);
	worker_leave(w);
}

static void worker_message(void *user, enum proto_kind kind, const uint8_t *body, size_t n)
{
	struct worker *w = user;

	if (w->stopping)
		return;
	switch (kind) {
	case PROTO_SETUP:
		worker_setup(w, body, n);
		break;
	case PROTO_LINES:
		if (w->engine == NULL || worker_lines(w, body, n) != 0)
			worker_fail(w, "lines that cannot be read, or no memory for them");
		break;
	case PROTO_END:
		w->ending = true;
		break;
	case PROTO_STOP:
		worker_stop(w);
		break;
	case PROTO_GRANTED:
		if (worker_gate_granted(&w->gate, body, n) != 0)
			worker_fail(w, "leave that nobody asked for");
		break;
	default:
		worker_fail(w, "a message that makes no sense");
	}
}

static void worker_pipe_closed(void *user, int status)
{
	(void)status;
	worker_leave(user); /* the supervisor is gone: nobody takes records any more */
}

/* ---- life -------------------------------------------------------------------------------- */

static int worker_open(struct worker *w, struct errmsg *err)
{
	struct proto_handler handler = {worker_message, worker_pipe_closed, w};

	if (scan_options_resolvers(&w->options, &w->resolvers, err) != 0)
		return -1;
	w->reach = scan_options_reach(&w->options, err);
	if (w->reach == NULL)
		return -1;
	w->pipe = proto_open(&w->loop, PROTO_FD, &handler);
	if (w->pipe == NULL)
		return errmsg_set(err, "'%s' is started by 'mtasweep scan', not by hand",
				  PROTO_COMMAND);
	return 0;
}

static void worker_close(struct worker *w)
{
	if (w->engine != NULL)
		worker_send_stats(w);
	engine_free(w->engine);
	uv_close((uv_handle_t *)&w->stats_timer, NULL);
	/* The last frame must leave before the pipe closes. */
	while (w->pipe != NULL && proto_queued(w->pipe) > 0 && uv_run(&w->loop, UV_RUN_ONCE) != 0)
		;
	proto_close(w->pipe);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	line_queue_release(&w->lines);
	frame_box_release(&w->box);
	host_slots_free(w->hosts);
	record_emitter_free(w->emitter);
	buf_release(&w->host_line);
	reach_free(w->reach);
	free(w->upstreams);
	resolver_list_release(&w->resolvers);
	worker_gate_release(&w->gate);
	uv_loop_close(&w->loop);
}

int worker_run(const struct scan_options *options, enum worker_lines kind)
{
	struct worker *w = calloc(1, sizeof(*w));
	struct errmsg err;

#ifdef MTASWEEP_TEST_HOOKS
	worker_replace(kind);
#endif
	sandbox_close_from(PROTO_FD + 1);
	sandbox_before_loop();
	if (w == NULL || uv_loop_init(&w->loop) != 0) {
		free(w);
		return CMD_FAILURE;
	}
	w->options = *options;
	w->kind = kind;
	buf_init(&w->host_line, RECORD_LINE_MAX);
	/* Ctrl-C reaches the whole group; the supervisor decides what a worker does. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	uv_timer_init(&w->loop, &w->stats_timer);
	w->stats_timer.data = w;
	int rc = worker_open(w, &err);
	if (rc == 0)
		uv_run(&w->loop, UV_RUN_DEFAULT);
	else
		fprintf(stderr, "%s\n", err.text);
	bool failed = w->failed;
	worker_close(w);
	free(w);
	return rc == 0 && !failed ? CMD_OK : CMD_FAILURE;
}

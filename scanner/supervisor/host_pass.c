/* host_pass.c - see host_pass.h. */
#include "scanner/supervisor/host_pass.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record_read.h"
#include "scanner/base/status.h"
#include "scanner/options/share.h"
#include "scanner/supervisor/haste.h"
#include "scanner/supervisor/supervisor_parts.h"

#define TURN_MS 10u /* between two turns, at least: what comes meanwhile is done together */
#define LOOK_MS 250u
#define PROGRESS_MS 10000u
#define LATE_MS 2000u /* we ourselves were held up */
#define LEAVING_MAX_MS 15000u
#define PIPE_HELD_MS haste_limit(15000, 3000, 1000) /* by somebody else, when it is gone */
#define ADDRESSES_A_HOST 2u			    /* that are visited: one a family */
#define IN_HAND 10u	   /* hosts in hand for one visit: they wait for their address's turn */
#define HOSTS_A_WORKER 64u /* fewer are not worth another process */
#define DEATHS_IN_VAIN_MAX 24u
#define ALONE_MAX 2u /* one death may be chance: somebody's signal, a library's bad day */
#define CRASHED_IN_ROW_MAX 32u
#define HOST_ARENA (1u << 20)
/* What a host showed: an honest worker keeps 16 TLSA records and some lines of 200 bytes. All hosts
 * are held in memory, so what is longer is somebody's who wants to fill it. */
#define HOST_TEXT_MAX 65536u

/* One host as the pass sees it. */
struct pass_host {
	uint16_t holder; /* index of its worker and one; 0 nobody */
	uint8_t alone;	 /* workers that died of it alone */
	/* Of a suspect, that a worker died with: so many are visited together at most; else 0. */
	unsigned group;
};

struct host_pass {
	const struct host_pass_config *config;
	struct host_pass_outcome *outcome;
	struct errmsg *err;
	uv_loop_t loop;
	uv_timer_t turn, look;
	uv_prepare_t arm;
	uv_signal_t signals[3];
	struct resolver_list resolvers;
	struct gate *gate;
	struct crew *crew;
	unsigned workers, in_hand; /* processes; hosts that one of them may have */
	struct host_plan *plan;
	struct pass_host *hosts;
	unsigned *quarantine; /* of each worker: it has suspects, so many at most; 0: it has not */
	unsigned *suspects;   /* they wait for a worker that has no others */
	unsigned suspects_n;
	unsigned *doubted; /* told, not to be kept yet */
	unsigned doubted_n;
	struct record_reader reader;
	struct arena arena;
	uint64_t looked_ms, told_ms, oom_kills, kept_ms;
	uint64_t turned_ms, due_ms; /* of the turn: the last one, and for when its timer is set */
	bool stirred;		    /* a worker has room again */
	unsigned deaths_in_vain, crashed_in_row;
	enum canary_listed listed_told;
	bool leaving;
	int rc;
};

/* ---- ending ------------------------------------------------------------------------------ */

static void pass_leave(struct host_pass *p)
{
	if (p->leaving)
		return;
	p->leaving = true;
	for (unsigned i = 0; p->crew != NULL && i < p->workers; i++)
		crew_tell(crew_worker(p->crew, i), PROTO_STOP);
	if (p->crew == NULL || crew_running(p->crew) == 0)
		uv_stop(&p->loop);
}

__attribute__((format(printf, 3, 4))) static void pass_fail(struct host_pass *p, int rc,
							    const char *fmt, ...)
{
	char text[sizeof(p->err->text)];
	va_list ap;

	if (p->rc != CMD_OK)
		return; /* the first failure is the cause */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	errmsg_set(p->err, "%s", text);
	p->rc = rc;
	pass_leave(p);
}

__attribute__((format(printf, 3, 4))) static void pass_note(struct host_pass *p, bool important,
							    const char *fmt, ...)
{
	struct errmsg note;
	char text[sizeof(note.text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	errmsg_set(&note, "%s", text);
	p->config->note(p->config->user, important, note.text);
}

/* ---- what a host showed ------------------------------------------------------------------ */

static void pass_keep(struct host_pass *p, unsigned host)
{
	struct errmsg err;

	if (p->config->keep(p->config->user, host, &err) != 0)
		pass_fail(p, CMD_FAILURE, "%s", err.text);
}

static void pass_believe(struct host_pass *p)
{
	for (unsigned i = 0; i < p->doubted_n; i++)
		pass_keep(p, p->doubted[i]);
	p->doubted_n = 0;
}

static void pass_tell(struct host_pass *p, unsigned host, const struct record_mx_host *h)
{
	struct errmsg err;

	if (p->config->told(p->config->user, host, h, &err) != 0)
		pass_fail(p, CMD_FAILURE, "%s", err.text);
	else if (host_canary_doubts(host_plan_canary(p->plan), h))
		p->doubted[p->doubted_n++] = host;
	else
		pass_keep(p, host);
}

/* Operators refuse us because of who we are: said once, then less is asked; at last nothing. */
static void pass_listed(struct host_pass *p)
{
	const struct host_canary *c = host_plan_canary(p->plan);
	enum canary_listed listed = host_canary_listed(c);

	if (listed == p->listed_told || p->leaving)
		return;
	p->listed_told = listed;
	if (listed == CANARY_LISTED)
		pass_note(
			p, true,
			"%u of %u operators say that we are on a block list: from now on they are "
			"asked at a quarter of the rate. See README, 'MX hosts', for how to be "
			"welcome",
			c->listed_keys, c->greeted_keys);
	else if (listed == CANARY_SHUNNED)
		pass_fail(p, CMD_FAILURE,
			  "%u of %u operators say that we are on a block list: stopped. Find out "
			  "which list, and have this address taken off, before going on with "
			  "--resume",
			  c->listed_keys, c->greeted_keys);
}

static void pass_take(struct host_pass *p, unsigned host, const struct record_mx_host *h)
{
	bool believed;
	bool last = host_plan_done(p->plan, host, h, &believed);
	struct errmsg why;
	enum canary_state state = host_plan_canary(p->plan)->state;

	if (state == CANARY_CLOSED || state == CANARY_INTERCEPTED) {
		host_canary_explain(host_plan_canary(p->plan), p->config->options->smtp_port, &why);
		pass_fail(p, CMD_FAILURE, "%s", why.text);
		return;
	}
	if (believed)
		pass_believe(p);
	if (last)
		pass_tell(p, host, h);
	pass_listed(p);
}

/* One host a frame, of those that this worker was given. */
static int pass_frame(void *user, struct crew_worker *w, const uint8_t *body, size_t n)
{
	struct host_pass *p = user;
	struct message_frame f;
	struct record_mx_host h;

	if (message_read_frame(body, n, &f) != 0 || f.lines_n != 1 || f.facts_n != 0 ||
	    f.text.n > HOST_TEXT_MAX)
		return -1;
	uint64_t line = message_frame_line(&f, 0);
	if (line < 1 || line > p->config->n || p->hosts[line - 1].holder != w->index + 1)
		return -1;
	unsigned host = (unsigned)(line - 1);
	arena_reset(&p->arena);
	if (record_read_mx_host(&p->reader, f.text, &p->arena, &h) != RECORD_READ_OK ||
	    !span_eq(h.host, span_str(p->config->names[host])))
		return -1;
	p->hosts[host] = (struct pass_host){0};
	w->out--;
	w->delivered_ms = uv_now(&p->loop);
	p->stirred = true;
	if (w->out == 0)
		p->quarantine[w->index] = 0;
	p->deaths_in_vain = p->crashed_in_row = 0;
	if (!p->leaving || p->rc == CMD_STOPPED)
		pass_take(p, host, &h);
	return 0;
}

/* ---- handing out ------------------------------------------------------------------------- */

static void pass_send(struct host_pass *p, struct crew_worker *w, unsigned host)
{
	struct message_line line = {
		.line = (uint64_t)host + 1,
		.rank = p->config->only_secure[host],
		.text = span_str(p->config->names[host]),
	};
	uint8_t bytes[1024];

	assert(message_line_size(&line) <= sizeof(bytes));
	message_write_line(&line, bytes);
	p->hosts[host].holder = (uint16_t)(w->index + 1);
	if (crew_send_lines(w, bytes, message_line_size(&line), 1) != 0)
		crew_kill(w); /* its hosts, this one too, go elsewhere */
}

static bool pass_listens(const struct crew_worker *w)
{
	return w->running && !w->ending && !w->pipe_ended && !w->condemned;
}

static bool pass_usable(const struct host_pass *p, const struct crew_worker *w)
{
	return pass_listens(w) && p->quarantine[w->index] == 0;
}

/* The one that has least to do, if it has room. */
static struct crew_worker *pass_idlest(struct host_pass *p, unsigned but)
{
	struct crew_worker *best = NULL;

	for (unsigned i = 0; i < p->workers; i++) {
		struct crew_worker *w = crew_worker(p->crew, i);
		if (i != but && pass_usable(p, w) && w->out < p->in_hand &&
		    (best == NULL || w->out < best->out))
			best = w;
	}
	return best;
}

/* A worker that may have a suspect of that group: it has suspects already, and not too many, or
 * nothing at all. NULL: none is free. */
static struct crew_worker *pass_ward(struct host_pass *p, unsigned group)
{
	struct crew_worker *idle = pass_idlest(p, PLAN_NONE);

	for (unsigned i = 0; i < p->workers; i++) {
		struct crew_worker *w = crew_worker(p->crew, i);
		unsigned most = p->quarantine[i];
		if (most > 0 && most <= group && w->out < most && pass_listens(w))
			return w;
	}
	if (idle == NULL || idle->out > 0)
		return NULL;
	p->quarantine[idle->index] = group;
	return idle;
}

/* Suspects are among themselves, and as many as may be together: if their worker dies, half as many
 * are the next time, until one is left. The index of a worker that is being emptied for them, or
 * PLAN_NONE. */
static unsigned pass_send_suspects(struct host_pass *p)
{
	while (p->suspects_n > 0) {
		unsigned host = p->suspects[p->suspects_n - 1];
		struct crew_worker *w = pass_ward(p, p->hosts[host].group);
		if (w == NULL) {
			w = pass_idlest(p, PLAN_NONE);
			return w == NULL ? PLAN_NONE : w->index;
		}
		p->suspects_n--;
		pass_send(p, w, host);
	}
	return PLAN_NONE;
}

static void pass_dispatch(struct host_pass *p)
{
	if (p->leaving)
		return;
	for (;;) {
		unsigned emptied = pass_send_suspects(p);
		struct crew_worker *w = pass_idlest(p, emptied);
		unsigned host = w != NULL ? host_plan_next(p->plan) : PLAN_NONE;
		if (host == PLAN_NONE)
			return;
		pass_send(p, w, host);
	}
}

/* ---- workers that end -------------------------------------------------------------------- */

static void pass_crashed(struct host_pass *p, unsigned host)
{
	struct record_mx_host h;

	record_mx_host_init(&h);
	h.host = span_str(p->config->names[host]);
	h.tls = MX_TLS_NOT_TRIED;
	h.dane = p->config->options->dane ? DANE_UNPROVEN : TERM_NULL;
	host_plan_crashed(p->plan, host);
	pass_tell(p, host, &h);
	pass_note(p, true, "MX host %s kills every worker that visits it: skipped",
		  p->config->names[host]);
	if (++p->crashed_in_row > CRASHED_IN_ROW_MAX)
		pass_fail(p, CMD_FAILURE,
			  "workers die on every host; go on with the same command and --resume");
}

/* Killed by somebody, and neither by us nor for its memory: then no host is to blame. */
static bool pass_from_outside(struct host_pass *p, const struct crew_worker *w)
{
	uint64_t kills = supervisor_oom_kills();
	bool same = kills == p->oom_kills && kills != UINT64_MAX;

	p->oom_kills = kills;
	return w->exit_signal == SIGKILL && !w->condemned && same;
}

/* A suspect is under way all the time, whoever visits it; who is none waits for its turn again. */
static void pass_take_back(struct host_pass *p, struct crew_worker *w)
{
	bool outside = pass_from_outside(p, w), alone = w->out == 1;
	unsigned group = w->out / 2 > 0 ? w->out / 2 : 1;

	p->quarantine[w->index] = 0;
	for (unsigned i = 0; i < p->config->n; i++) {
		struct pass_host *h = &p->hosts[i];
		if (h->holder != w->index + 1)
			continue;
		h->holder = 0;
		if (!outside && alone && h->group == 1 && ++h->alone == ALONE_MAX) {
			p->deaths_in_vain = 0;
			pass_crashed(p, i);
			continue;
		}
		if (!outside && (h->group == 0 || h->group > group))
			h->group = group;
		if (h->group > 0)
			p->suspects[p->suspects_n++] = i;
		else
			host_plan_back(p->plan, i);
	}
}

static void pass_worker_ended(void *user, struct crew_worker *w)
{
	struct host_pass *p = user;
	struct errmsg err;

	if (!w->ending && !p->leaving) {
		pass_take_back(p, w);
		pass_note(p, false, "a worker ended (%s %d%s); its hosts go to another",
			  w->exit_signal != 0 ? "signal" : "exit status",
			  w->exit_signal != 0 ? w->exit_signal : w->exit_status,
			  w->condemned ? ", it hung or spoke nonsense" : "");
		p->outcome->replaced++;
		if (++p->deaths_in_vain > DEATHS_IN_VAIN_MAX)
			pass_fail(p, CMD_FAILURE,
				  "workers die again and again (last: %s %d); go on with the same "
				  "command and --resume",
				  w->exit_signal != 0 ? "signal" : "exit status",
				  w->exit_signal != 0 ? w->exit_signal : w->exit_status);
		else if (p->rc == CMD_OK && crew_start(p->crew, w->index, &err) != 0)
			pass_fail(p, CMD_FAILURE, "%s", err.text);
	}
	if (crew_running(p->crew) == 0)
		uv_stop(&p->loop);
}

static void pass_worker_taken(void *user, struct crew_worker *w)
{
	(void)user;
	(void)w;
}

static void pass_worker_failed(void *user, const char *why)
{
	pass_fail(user, CMD_FAILURE, "%s", why);
}

static void pass_worker_said(void *user, const char *line)
{
	pass_note(user, true, "%s", line);
}

/* ---- timers and signals ------------------------------------------------------------------ */

static void pass_turn(uv_timer_t *timer)
{
	struct host_pass *p = timer->data;
	uint64_t now = uv_now(&p->loop);

	p->turned_ms = now;
	p->stirred = false;
	crew_gather(p->crew);
	if (!p->leaving) /* nobody is visited any more */
		gate_turn(p->gate, now);
	host_plan_turn(p->plan, now);
	pass_dispatch(p);
	crew_flush(p->crew);
	if (host_plan_over(p->plan))
		pass_leave(p);
}

/* Before the loop waits: sets the timer for when there is something to do. While all that can be
 * done is to let time pass, nobody wakes up. */
static void pass_arm(uv_prepare_t *handle)
{
	struct host_pass *p = handle->data;
	uint64_t now = uv_now(&p->loop), soonest = p->turned_ms + TURN_MS;
	uint64_t gate = gate_due_ms(p->gate), plan = host_plan_due_ms(p->plan);
	uint64_t due = p->stirred ? soonest : gate < plan ? gate : plan;

	if (due < soonest)
		due = soonest;
	if (due == p->due_ms || p->leaving)
		return;
	p->due_ms = due;
	if (due == UINT64_MAX)
		uv_timer_stop(&p->turn);
	else
		uv_timer_start(&p->turn, pass_turn, due > now ? due - now : 0, 0);
}

/* No resolver: nothing could be learnt, and no host is to be blamed for it. */
static void pass_check_resolvers(struct host_pass *p)
{
	if (crew_hopeless(p->crew) && !crew_seen_good(p->crew))
		pass_fail(p, CMD_FAILURE, "%s",
			  p->config->options->dane
				  ? "no resolver answers that validates DNSSEC, which --dane needs"
				  : "no resolver answers");
}

static void pass_look(uv_timer_t *timer)
{
	struct host_pass *p = timer->data;
	uint64_t now = uv_now(&p->loop), before = p->looked_ms;
	bool late = now - before > LATE_MS;
	uint64_t visit_ms = ADDRESSES_A_HOST * (uint64_t)p->config->options->timeout_smtp_ms;

	p->looked_ms = now;
	p->stirred = true; /* whatever it is that nobody was told of */
	for (unsigned i = 0; i < p->workers; i++) {
		struct crew_worker *w = crew_worker(p->crew, i);
		if (w->running && w->exited && now - w->exited_ms > PIPE_HELD_MS)
			crew_give_up_pipe(w); /* somebody it started has it */
		if (!w->running || w->exited)
			continue;
		if (late)
			w->told_ms = w->delivered_ms = now;
		uint64_t kept_ms = supervisor_kept_ms(p->config->options, w, now);
		if (w->ending && now - w->told_ms > LEAVING_MAX_MS)
			crew_kill(w);
		else if (!w->ending && kept_ms > visit_ms && !w->condemned) {
			p->kept_ms += kept_ms;
			crew_condemn(w);
		} else if (supervisor_worker_hung(w, now, before, late))
			crew_condemn(w);
	}
	if (supervisor_kept_too_long(p->kept_ms))
		pass_fail(p, CMD_FAILURE,
			  "workers keep their hosts, whichever they are; go on with the same "
			  "command and --resume");
	pass_check_resolvers(p);
	p->outcome->totals = *host_plan_totals(p->plan);
	if (now < p->told_ms + PROGRESS_MS)
		return;
	p->told_ms = now;
	p->config->progress(p->config->user, p->outcome);
}

static void pass_signal(uv_signal_t *handle, int number)
{
	struct host_pass *p = handle->data;

	(void)number;
	if (p->leaving) /* asked twice: do not wait for anybody */
		for (unsigned i = 0; i < p->workers; i++)
			crew_kill(crew_worker(p->crew, i));
	pass_fail(p, CMD_STOPPED, "stopped");
}

/* ---- life -------------------------------------------------------------------------------- */

static int pass_open_crew(struct host_pass *p)
{
	const struct scan_options *o = p->config->options;
	struct share share = share_of(o);
	unsigned slots = (o->visits + p->workers - 1) / p->workers;

	p->in_hand = slots * IN_HAND;
	struct crew_config config = {
		.loop = &p->loop,
		.workers = p->workers,
		.setup = {.jobs = p->in_hand,
			  .fetch_slots = slots,
			  .dns_rate = share.dns_rate,
			  .seed = o->seed},
		.command = p->config->worker,
		.args = p->config->args,
		.upstreams_n = p->resolvers.n,
		.gate = p->gate,
		.frame = pass_frame,
		.ended = pass_worker_ended,
		.taken = pass_worker_taken,
		.failed = pass_worker_failed,
		.said = pass_worker_said,
		.user = p,
	};
	p->crew = crew_new(&config, p->err);
	for (unsigned i = 0; p->crew != NULL && i < p->workers; i++)
		if (crew_start(p->crew, i, p->err) != 0)
			return -1;
	return p->crew != NULL ? 0 : -1;
}

static int pass_open(struct host_pass *p)
{
	const struct host_pass_config *c = p->config;
	struct share share = share_of(c->options);
	const struct host_plan_config plan = {
		.at_once = c->options->visits * IN_HAND,
		.key_at_once = share.smtp_key_at_once,
		.key_rate = share.smtp_key_rate,
		.retries = c->options->smtp_retries,
		.retry_ms = c->options->smtp_pause_ms,
	};

	if (scan_options_check(c->options, &p->resolvers, p->err) != 0)
		return -1;
	p->gate = gate_new(&share.smtp);
	p->plan = host_plan_new(&plan, c->keys, c->n, uv_now(&p->loop));
	p->hosts = calloc(c->n + 1, sizeof(*p->hosts));
	p->suspects = calloc(c->n + 1, sizeof(*p->suspects));
	p->doubted = calloc(c->n + 1, sizeof(*p->doubted));
	p->quarantine = calloc(p->workers, sizeof(*p->quarantine));
	if (arena_init(&p->arena, 4096, HOST_ARENA) != 0 || p->gate == NULL || p->plan == NULL ||
	    p->hosts == NULL || p->suspects == NULL || p->doubted == NULL || p->quarantine == NULL)
		return errmsg_set(p->err, "no memory for %u hosts", c->n);
	record_reader_init(&p->reader);
	p->oom_kills = supervisor_oom_kills();
	return pass_open_crew(p);
}

static void pass_start_handles(struct host_pass *p)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	uv_timer_init(&p->loop, &p->turn);
	uv_timer_init(&p->loop, &p->look);
	uv_prepare_init(&p->loop, &p->arm);
	p->turn.data = p->look.data = p->arm.data = p;
	uv_prepare_start(&p->arm, pass_arm);
	uv_timer_start(&p->look, pass_look, LOOK_MS, LOOK_MS);
	for (unsigned i = 0; i < 3; i++) {
		struct sigaction old;
		uv_signal_init(&p->loop, &p->signals[i]);
		p->signals[i].data = p;
		if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue; /* nohup */
		uv_signal_start(&p->signals[i], pass_signal, numbers[i]);
	}
}

static void pass_close(struct host_pass *p)
{
	if (p->turn.loop != NULL) {
		uv_close((uv_handle_t *)&p->turn, NULL);
		uv_close((uv_handle_t *)&p->look, NULL);
		uv_close((uv_handle_t *)&p->arm, NULL);
		for (unsigned i = 0; i < 3; i++)
			uv_close((uv_handle_t *)&p->signals[i], NULL);
	}
	for (unsigned i = 0; p->crew != NULL && i < p->workers; i++)
		crew_kill(crew_worker(p->crew, i));
	uv_run(&p->loop, UV_RUN_DEFAULT);
	crew_free(p->crew);
	gate_free(p->gate);
	host_plan_free(p->plan);
	resolver_list_release(&p->resolvers);
	arena_release(&p->arena);
	free(p->hosts);
	free(p->suspects);
	free(p->doubted);
	free(p->quarantine);
	uv_loop_close(&p->loop);
}

int host_pass_run(const struct host_pass_config *config, struct host_pass_outcome *outcome,
		  struct errmsg *err)
{
	struct host_pass *p = calloc(1, sizeof(*p));
	unsigned most = config->n / HOSTS_A_WORKER + 1;

	*outcome = (struct host_pass_outcome){0};
	if (p == NULL || uv_loop_init(&p->loop) != 0) {
		free(p);
		errmsg_set(err, "no memory");
		return CMD_FAILURE;
	}
	p->config = config;
	p->outcome = outcome;
	p->err = err;
	p->workers = config->options->workers < most ? config->options->workers : most;
	p->looked_ms = p->told_ms = uv_now(&p->loop);
	int rc = CMD_USAGE;
	if (pass_open(p) == 0) {
		pass_start_handles(p);
		uv_run(&p->loop, UV_RUN_DEFAULT);
		if (p->rc == CMD_OK) /* nobody was left to greet us, but somebody had */
			pass_believe(p);
		rc = p->rc;
		outcome->totals = *host_plan_totals(p->plan);
		outcome->canary = host_plan_canary(p->plan)->state;
		outcome->listed = host_canary_listed(host_plan_canary(p->plan));
	}
	pass_close(p);
	free(p);
	return rc;
}

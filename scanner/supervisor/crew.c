/* crew.c - see crew.h. */
#include "scanner/supervisor/crew.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "scanner/base/list.h"
#include "scanner/supervisor/voice.h"
#include "scanner/dns/upstream_state.h"
#include "parsers/span.h"

#define WARNINGS_MAX 16u

static_assert(UPSTREAM_LYING + 1 == MESSAGE_STATES, "a resolver's states, as they are sent");

/* A worker that reads nothing and goes on asking; an honest one leaves no more than its lines. */
#define QUEUE_MAX (64u << 20)

struct crew {
	struct crew_config config;
	char exe[4096];
	char **argv; /* exe, hidden command, the user's arguments */
	unsigned running;
	bool seen_good;
	struct crew_worker *workers;
	uint64_t warned[WARNINGS_MAX]; /* hashes of warnings that somebody has given */
	unsigned warned_n;
};

/* ---- tickets: a worker's way through the gate -------------------------------------------- */

static void ticket_granted(struct gate_ticket *gate)
{
	struct crew_ticket *t = list_owner(gate, struct crew_ticket, gate);
	const struct message_ticket message = {.id = t->id, .vain = gate->vain};

	assert(!t->granted && t->worker->ungranted > 0);
	t->granted = true;
	t->worker->ungranted--;
	message_send_ticket(t->worker->pipe, PROTO_GRANTED, &message);
}

static int crew_ask(struct crew_worker *w, const uint8_t *body, size_t n)
{
	struct message_ticket message;

	if (message_read_ticket(PROTO_ASK, body, n, &message) != 0 ||
	    message.id >= w->crew->config.setup.jobs || w->tickets[message.id] != NULL)
		return -1;
	struct crew_ticket *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return -1;
	t->gate.address = message.address;
	t->gate.asker = w->index;
	t->gate.granted = ticket_granted;
	t->worker = w;
	t->id = message.id;
	w->ungranted++;
	if (gate_ask(w->crew->config.gate, &t->gate) != 0) {
		w->ungranted--;
		free(t);
		return -1;
	}
	w->tickets[t->id] = t;
	return 0;
}

static int crew_ticket_done(struct crew_worker *w, const uint8_t *body, size_t n)
{
	struct message_ticket message;

	if (message_read_ticket(PROTO_DONE, body, n, &message) != 0)
		return -1;
	struct crew_ticket *t =
		message.id < w->crew->config.setup.jobs ? w->tickets[message.id] : NULL;
	if (t == NULL || !t->granted)
		return -1;
	w->tickets[t->id] = NULL;
	t->gate.late = message.late;
	gate_done(w->crew->config.gate, &t->gate);
	free(t);
	return 0;
}

static void crew_drop_tickets(struct crew_worker *w)
{
	for (uint32_t i = 0; i < w->crew->config.setup.jobs; i++) {
		if (w->tickets[i] == NULL)
			continue;
		gate_cancel(w->crew->config.gate, &w->tickets[i]->gate);
		free(w->tickets[i]);
		w->tickets[i] = NULL;
	}
	w->ungranted = 0;
}

/* ---- messages ---------------------------------------------------------------------------- */

static int crew_taken(struct crew_worker *w, const uint8_t *body, size_t n)
{
	uint32_t taken;

	if (message_read_taken(body, n, &taken) != 0 || taken > w->waiting)
		return -1;
	w->waiting -= taken;
	w->crew->config.taken(w->crew->config.user, w);
	return 0;
}

void crew_message(void *user, enum proto_kind kind, const uint8_t *body, size_t n)
{
	struct crew_worker *w = user;
	const struct crew_config *c = &w->crew->config;
	char why[MESSAGE_WHY_MAX];
	int rc = 0;

	w->heard_ms = uv_now(c->loop);
	switch (kind) {
	case PROTO_STATS:
		rc = message_read_stats(body, n, c->upstreams_n, &w->stats, w->upstreams);
		w->crew->seen_good = w->crew->seen_good || w->stats.ever_good;
		break;
	case PROTO_FRAME:
		rc = c->frame(c->user, w, body, n);
		w->delivered = true;
		break;
	case PROTO_TAKEN:
		rc = crew_taken(w, body, n);
		break;
	case PROTO_ASK:
		rc = crew_ask(w, body, n);
		break;
	case PROTO_DONE:
		rc = crew_ticket_done(w, body, n);
		break;
	case PROTO_FAIL:
		message_read_fail(body, n, why);
		c->failed(c->user, why);
		break;
	default:
		rc = -1;
	}
	if (rc != 0 || proto_queued(w->pipe) > QUEUE_MAX)
		crew_condemn(w);
}

/* ---- life and death ---------------------------------------------------------------------- */

static void crew_forget(struct crew_worker *w)
{
	proto_close(w->pipe);
	if (w->voice != NULL)
		voice_release(w->voice);
	w->pipe = NULL;
	w->voice = NULL;
}

static void crew_check_end(struct crew_worker *w)
{
	if (!w->exited || !w->pipe_ended)
		return;
	assert(w->running && w->crew->running > 0);
	crew_forget(w);
	crew_drop_tickets(w);
	w->running = false;
	w->crew->running--;
	w->crew->config.ended(w->crew->config.user, w);
}

static void crew_pipe_closed(void *user, int status)
{
	struct crew_worker *w = user;

	w->pipe_ended = true;
	if (status == UV_EPROTO)
		crew_condemn(w);
	else if (status != 0)
		crew_kill(w);
	crew_check_end(w);
}

void crew_give_up_pipe(struct crew_worker *w)
{
	assert(w->exited && !w->pipe_ended);
	w->condemned = w->pipe_ended = true;
	crew_check_end(w);
}

static void crew_process_closed(uv_handle_t *handle)
{
	struct crew_worker *w = handle->data;

	w->exited = true; /* only now may the handle be used for a new process */
	crew_check_end(w);
}

static void crew_exited(uv_process_t *process, int64_t status, int signal_number)
{
	struct crew_worker *w = process->data;

	w->exit_status = (int)status;
	w->exit_signal = signal_number;
	w->exited_ms = uv_now(w->crew->config.loop);
	uv_close((uv_handle_t *)process, crew_process_closed);
}

static int crew_spawn(struct crew_worker *w)
{
	const struct crew_config *c = &w->crew->config;
	uv_stdio_container_t stdio[PROTO_FD + 1] = {
		{.flags = UV_IGNORE},
		{.flags = UV_IGNORE},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = voice_stream(w->voice)},
		{.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE,
		 .data.stream = proto_stream(w->pipe)},
	};
	uv_process_options_t options = {
		.exit_cb = crew_exited,
		.file = w->crew->exe,
		.args = w->crew->argv,
		.stdio_count = PROTO_FD + 1,
		.stdio = stdio,
	};

	w->process.data = w;
	int rc = uv_spawn(c->loop, &w->process, &options);
	if (rc == 0)
		voice_start(w->voice);
	return rc;
}

/* What is so for all of them each says at its start, and whoever is started in its place again. */
static void crew_said(void *user, const char *line)
{
	struct crew *c = user;
	size_t n = strlen(line);
	uint64_t hash = XXH3_64bits(line, n);

	if (span_starts(span_of(line, n), SPAN_LIT("warning: "))) {
		for (unsigned i = 0; i < c->warned_n; i++)
			if (c->warned[i] == hash)
				return;
		if (c->warned_n < WARNINGS_MAX)
			c->warned[c->warned_n++] = hash;
	}
	c->config.said(c->config.user, line);
}

int crew_start(struct crew *c, unsigned index, struct errmsg *err)
{
	struct crew_worker *w = crew_worker(c, index);
	struct proto_handler handler = {crew_message, crew_pipe_closed, w};
	struct message_setup setup = c->config.setup;

	assert(!w->running);
	w->exited = w->pipe_ended = w->ending = w->delivered = w->condemned = false;
	w->waiting = w->out = 0;
	w->stats = (struct message_stats){0};
	w->heard_ms = uv_now(c->config.loop);
	memset(w->upstreams, 0, c->config.upstreams_n * sizeof(*w->upstreams));
	w->pipe = proto_new(c->config.loop, &handler);
	w->voice = voice_new(c->config.loop, crew_said, c);
	if (w->pipe == NULL || w->voice == NULL) {
		crew_forget(w);
		return errmsg_set(err, "out of memory for a worker");
	}
	int rc = crew_spawn(w);
	if (rc != 0) {
		crew_forget(w);
		uv_close((uv_handle_t *)&w->process, NULL);
		return errmsg_set(err, "cannot start a worker process: %s", uv_strerror(rc));
	}
	w->running = true;
	c->running++;
	setup.worker = index;
	setup.seen_good = c->seen_good;
	setup.dns_rate = c->config.setup.dns_rate / c->config.workers;
	setup.seed = c->config.setup.seed + index;
	if (proto_start(w->pipe) != 0 || message_send_setup(w->pipe, &setup) != 0)
		crew_kill(w);
	return 0;
}

int crew_send_lines(struct crew_worker *w, const uint8_t *bytes, size_t n, unsigned lines)
{
	assert(w->running && !w->ending && lines > 0);
	if (proto_send(w->pipe, PROTO_LINES, &(struct proto_part){bytes, n}, 1) != 0)
		return -1;
	if (w->out == 0)
		w->delivered_ms = uv_now(w->crew->config.loop);
	w->waiting += lines;
	w->out += lines;
	return 0;
}

void crew_gather(struct crew *c)
{
	for (unsigned i = 0; i < c->config.workers; i++)
		if (c->workers[i].pipe != NULL)
			proto_gather(c->workers[i].pipe);
}

void crew_flush(struct crew *c)
{
	for (unsigned i = 0; i < c->config.workers; i++)
		if (c->workers[i].pipe != NULL)
			proto_flush(c->workers[i].pipe);
}

void crew_tell(struct crew_worker *w, enum proto_kind kind)
{
	assert(kind == PROTO_END || kind == PROTO_STOP);
	if (!w->running || w->ending || w->pipe_ended)
		return;
	w->ending = true;
	w->told_ms = uv_now(w->crew->config.loop);
	proto_send(w->pipe, kind, NULL, 0);
}

void crew_kill(struct crew_worker *w)
{
	if (w->running && !uv_is_closing((const uv_handle_t *)&w->process))
		uv_process_kill(&w->process, SIGKILL);
}

void crew_condemn(struct crew_worker *w)
{
	w->condemned = true;
	crew_kill(w);
}

struct crew_worker *crew_worker(struct crew *c, unsigned index)
{
	assert(index < c->config.workers);
	return &c->workers[index];
}

unsigned crew_running(const struct crew *c)
{
	return c->running;
}

bool crew_seen_good(const struct crew *c)
{
	return c->seen_good;
}

bool crew_hopeless(const struct crew *c)
{
	for (unsigned i = 0; i < c->config.workers; i++)
		if (!c->workers[i].running || !c->workers[i].stats.hopeless)
			return false;
	return true;
}

void crew_free(struct crew *c)
{
	if (c == NULL)
		return;
	assert(c->running == 0);
	for (unsigned i = 0; c->workers != NULL && i < c->config.workers; i++) {
		struct crew_worker *w = &c->workers[i];
		if (w->tickets != NULL)
			crew_drop_tickets(w);
		free(w->tickets);
		free(w->upstreams);
	}
	free(c->workers);
	free(c->argv);
	free(c);
}

static int crew_make(struct crew *c)
{
	unsigned n = 0;
	size_t size = sizeof(c->exe);

	while (c->config.args[n] != NULL)
		n++;
	c->argv = calloc(n + 2, sizeof(char *));
	c->workers = calloc(c->config.workers, sizeof(*c->workers));
	if (c->argv == NULL || c->workers == NULL || uv_exepath(c->exe, &size) != 0)
		return -1;
	c->argv[0] = c->exe;
	c->argv[1] = c->config.command;
	for (unsigned i = 1; i < n; i++)
		c->argv[i + 1] = c->config.args[i];
	for (unsigned i = 0; i < c->config.workers; i++) {
		struct crew_worker *w = &c->workers[i];
		w->crew = c;
		w->index = i;
		w->tickets = calloc(c->config.setup.jobs, sizeof(struct crew_ticket *));
		w->upstreams = calloc(c->config.upstreams_n, sizeof(struct message_upstream));
		if (w->tickets == NULL || w->upstreams == NULL)
			return -1;
	}
	return 0;
}

struct crew *crew_new(const struct crew_config *config, struct errmsg *err)
{
	struct crew *c = calloc(1, sizeof(*c));

	signal(SIGPIPE, SIG_IGN); /* a worker may be gone before it is told its task */
	if (c != NULL) {
		c->config = *config;
		if (crew_make(c) == 0)
			return c;
	}
	crew_free(c);
	errmsg_set(err, "out of memory for workers");
	return NULL;
}

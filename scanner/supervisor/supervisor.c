/* supervisor.c - see supervisor.h: the life of a scan from the first worker to the last. */
#include "scanner/supervisor/supervisor.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/text/number.h"
#include "scanner/base/status.h"
#include "scanner/options/share.h"
#include "scanner/supervisor/supervisor_parts.h"

#define GATE_TURN_MS 10u
#define FEED_WAIT_MS 2000u
#define CHECKPOINT_EVERY_MS 5000u
#define CHECKPOINT_LOOK_MS 250u /* a look finds the input being read now and then */
#define DEATHS_IN_VAIN_MAX 24u	/* in a row: crashes ... */
#define KILLS_IN_VAIN_MAX 100u	/* ... or kills by somebody else, who may stop */

/* ---- handing out ------------------------------------------------------------------------- */

static struct chunk *supervisor_next_chunk(struct supervisor *s)
{
	struct chunk *c = s->redo;

	if (c != NULL && !supervisor_suspect(c)) {
		s->redo = c->next;
		c->next = NULL;
		return c;
	}
	c = feed_take(s->feed);
	if (c != NULL && ledger_add(&s->ledger, c) != 0) {
		chunk_free(c);
		supervisor_fail(s, CMD_FAILURE, "out of memory for lines that are out");
		return NULL;
	}
	return c;
}

/* A chunk for the worker when it has room: about as many lines are kept ready there as it asks
 * about at a time, so that it never waits for the next. False when it has enough, or there is
 * none. */
static bool supervisor_give(struct supervisor *s, struct crew_worker *w)
{
	if (!w->running || w->ending || w->pipe_ended || s->phase != PHASE_RUNNING ||
	    supervisor_try_alone(s, w) || w->waiting >= scan_asking(s->options->concurrency) ||
	    w->out >= supervisor_out_max(s))
		return false;
	struct chunk *c = supervisor_next_chunk(s);
	if (c == NULL)
		return false;
	assert(c->holder == NULL);
	c->holder = w;
	c->given_ms = uv_now(&s->loop);
	if (crew_send_lines(w, c->bytes, c->offset[c->n], c->left) != 0) {
		crew_kill(w); /* its chunks, this one too, go elsewhere */
		return false;
	}
	return true;
}

static void supervisor_fill(struct supervisor *s, struct crew_worker *w)
{
	while (supervisor_give(s, w))
		;
}

static void supervisor_check_end(struct supervisor *s)
{
	if (s->phase != PHASE_RUNNING || !feed_ended(s->feed) || s->ledger.n > 0)
		return;
	if (feed_error(s->feed) != NULL) {
		supervisor_fail(s, feed_starved(s->feed) ? CMD_FAILURE : CMD_USAGE, "%s",
				feed_error(s->feed));
		return;
	}
	s->phase = PHASE_ENDING;
	for (unsigned i = 0; i < s->options->workers; i++)
		crew_tell(crew_worker(s->crew, i), PROTO_END);
}

static void supervisor_dispatch(struct supervisor *s)
{
	bool given;

	do { /* in turn: each has its share of the total rates, and shall use it */
		given = false;
		for (unsigned i = 0; i < s->options->workers; i++)
			given = supervisor_give(s, crew_worker(s->crew, i)) || given;
	} while (given);
	supervisor_check_end(s);
}

/* Said at once and not only at the end, which may be days away. */
static void supervisor_doubt(struct supervisor *s)
{
	const struct input_doubt *d = feed_doubt(s->feed);
	char examples[2 * INPUT_DOUBT_TEXT + 64], www[192];

	if (s->doubted || (d->seen < INPUT_DOUBT_LINES && !feed_all_read(s->feed)))
		return;
	s->doubted = true;
	input_doubt_www(d, www, sizeof(www));
	if (www[0] != '\0')
		supervisor_note(s, "%s", www);
	if (d->seen < INPUT_DOUBT_LINES ||
	    !input_doubt_is_serious(d)) /* a short list is soon done */
		return;
	input_doubt_examples(d, examples, sizeof(examples));
	supervisor_alert(
		s,
		"%u of the first %u lines are no domain names (%s); is this the right column? "
		"--dry-run shows how the input is read",
		d->invalid, d->seen, examples);
}

/* The only moment without a read under way when the input is a slow pipe. */
static void supervisor_feed_ready(void *user)
{
	struct supervisor *s = user;

	supervisor_doubt(s);
	if (s->phase == PHASE_RUNNING && uv_now(&s->loop) - s->checkpoint_ms >= CHECKPOINT_EVERY_MS)
		supervisor_checkpoint(s);
	supervisor_dispatch(s);
}

static void supervisor_taken(void *user, struct crew_worker *w)
{
	struct supervisor *s = user;

	supervisor_fill(s, w);
}

static int supervisor_got_frame(void *user, struct crew_worker *w, const uint8_t *body, size_t n)
{
	struct supervisor *s = user;
	int rc = supervisor_frame(user, w, body, n);

	supervisor_go_on_alone(s, w);
	if (s->redo != NULL ||
	    s->alone[w->index]) /* it may be free for a suspect, or again for all */
		supervisor_fill(s, w);
	supervisor_check_end(user);
	return rc;
}

/* ---- workers that end -------------------------------------------------------------------- */

static void supervisor_worker_ended(void *user, struct crew_worker *w)
{
	struct supervisor *s = user;
	struct errmsg err;

	supervisor_keep_stats(s, w);
	if (w->ending || s->phase != PHASE_RUNNING) {
		if (crew_running(s->crew) == 0)
			uv_stop(&s->loop);
		return;
	}
	bool outside = supervisor_take_back(s, w);
	s->replaced++;
	supervisor_tell_worker(s, w);
	if (s->failed) {
		/* its lines could not be recorded: nothing is started any more */
	} else if (++s->deaths_in_vain > (outside ? KILLS_IN_VAIN_MAX : DEATHS_IN_VAIN_MAX)) {
		supervisor_fail(s, CMD_FAILURE,
				"workers die again and again (last: %s %d); the run can be resumed",
				w->exit_signal != 0 ? "signal" : "exit status",
				w->exit_signal != 0 ? w->exit_signal : w->exit_status);
	} else if (crew_start(s->crew, w->index, &err) != 0) {
		supervisor_fail(s, CMD_FAILURE, "%s", err.text);
	}
	if (crew_running(s->crew) == 0)
		uv_stop(&s->loop);
	else
		supervisor_dispatch(s);
}

static void supervisor_worker_failed(void *user, const char *why)
{
	supervisor_fail(user, CMD_FAILURE, "%s", why);
}

static void supervisor_worker_said(void *user, const char *line)
{
	supervisor_alert(user, "a worker: %s", line);
}

/* ---- timers and signals ------------------------------------------------------------------ */

static void supervisor_gate_due(uv_timer_t *timer)
{
	struct supervisor *s = timer->data;

	gate_turn(s->gate, uv_now(&s->loop));
}

/* No resolver could be used from the first on. Questions wait for one (wait_for_first in
 * resolver.h): names would only be called inconclusive, all in a moment. So the run stays as it is.
 * A network that goes away later is waited for, and then told of each name. */
static void supervisor_check_resolvers(struct supervisor *s)
{
	if (s->phase != PHASE_RUNNING || crew_seen_good(s->crew) || !crew_hopeless(s->crew))
		return;
	struct message_upstream first = supervisor_upstream(s, 0);
	supervisor_fail(
		s, CMD_FAILURE,
		"no resolver can be used (%s is %s%s), so no name was looked up; start it, or "
		"name one that works with --resolver",
		s->resolvers.name[0],
		upstream_state_text(first.state, first.asked, first.servfail + first.refused),
		s->resolvers.n > 1 ? ", the others no better" : "");
}

static void supervisor_checkpoint_due(uv_timer_t *timer)
{
	struct supervisor *s = timer->data;

	supervisor_look_for_hung(s);
	supervisor_check_resolvers(s);
	if (uv_now(&s->loop) - s->checkpoint_ms >= CHECKPOINT_EVERY_MS)
		supervisor_checkpoint(s);
}

static void supervisor_signal(uv_signal_t *handle, int number)
{
	struct supervisor *s = handle->data;

	(void)number;
	supervisor_interrupt(s);
}

static void supervisor_start_handles(struct supervisor *s)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	uv_timer_init(&s->loop, &s->gate_timer);
	uv_timer_init(&s->loop, &s->view_timer);
	uv_timer_init(&s->loop, &s->checkpoint_timer);
	s->gate_timer.data = s->view_timer.data = s->checkpoint_timer.data = s;
	uv_timer_start(&s->gate_timer, supervisor_gate_due, GATE_TURN_MS, GATE_TURN_MS);
	uv_timer_start(&s->checkpoint_timer, supervisor_checkpoint_due, CHECKPOINT_LOOK_MS,
		       CHECKPOINT_LOOK_MS);
	for (unsigned i = 0; i < 3; i++) {
		struct sigaction old;
		uv_signal_init(&s->loop, &s->signals[i]);
		s->signals[i].data = s;
		if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue; /* nohup: the scan shall outlive its terminal */
		uv_signal_start(&s->signals[i], supervisor_signal, numbers[i]);
	}
}

/* ---- setting up -------------------------------------------------------------------------- */

static int supervisor_make_crew(struct supervisor *s)
{
	const struct scan_options *o = s->options;
	unsigned slots = supervisor_fetch_slots(s);
	static char command[] = PROTO_COMMAND;
	struct crew_config config = {
		.loop = &s->loop,
		.workers = o->workers,
		.setup =
			{
				.jobs = o->concurrency,
				.fetch_slots = slots,
				.dns_rate = share_of(o).dns_rate,
				.seed = o->seed,
			},
		.command = command,
		.args = s->config->args,
		.upstreams_n = s->resolvers.n,
		.gate = s->gate,
		.frame = supervisor_got_frame,
		.ended = supervisor_worker_ended,
		.taken = supervisor_taken,
		.failed = supervisor_worker_failed,
		.said = supervisor_worker_said,
		.user = s,
	};

	if (slots == 0)
		return errmsg_set(s->err, "too few open files are allowed; raise 'ulimit -n'");
	supervisor_tell_start(s, slots);
	s->crew = crew_new(&config, s->err);
	if (s->crew == NULL)
		return -1;
	for (unsigned i = 0; i < o->workers; i++)
		if (crew_start(s->crew, i, s->err) != 0)
			return -1;
	return 0;
}

/* Everything that can be wrong with the command is found here, before a file is made. */
static int supervisor_check(struct supervisor *s)
{
	struct feed_config feed = {
		.options = s->options,
		.next = 1,
		.ready = supervisor_feed_ready,
		.user = s,
	};

	s->rc = CMD_FAILURE;
	if (supervisor_check_memory(s) != 0)
		return -1;
	s->rc = CMD_USAGE;
	if (scan_options_check(s->options, &s->resolvers, s->err) != 0)
		return -1;
	if (s->options->resume) {
		if (supervisor_check_resume(s) != 0)
			return -1;
		feed.next = s->resumed.next;
		feed.pending = s->resumed.pending;
		feed.pending_n = s->resumed.pending_n;
	}
	s->feed = feed_open(&s->loop, &feed, s->err);
	if (s->feed == NULL)
		return -1;
	for (size_t i = 0; i < s->resumed.inputs_n; i++)
		if (strcmp(s->resumed.inputs[i].path, "-") == 0)
			feed_expect(s->feed, s->resumed.inputs[i].bytes,
				    s->resumed.inputs[i].sha256);
	s->rc = CMD_FAILURE;
	struct share share = share_of(s->options);
	share.hosts.askers = s->options->workers;
	s->gate = gate_new(&share.hosts);
	s->aggregate = aggregate_new();
	s->info = calloc(1, sizeof(*s->info));
	s->upstreams = calloc(s->resolvers.n, sizeof(*s->upstreams));
	s->writer = frame_writer_new(s->options->level);
	s->alone = calloc(s->options->workers, sizeof(*s->alone));
	s->view_resolvers = calloc(s->resolvers.n, sizeof(*s->view_resolvers));
	if (s->writer == NULL || s->view_resolvers == NULL || s->alone == NULL || s->gate == NULL ||
	    s->aggregate == NULL || s->info == NULL || s->upstreams == NULL)
		return errmsg_set(s->err, "out of memory");
	gate_watch(s->gate, supervisor_tell_host, s);
	return 0;
}

static void supervisor_wait_over(uv_timer_t *timer)
{
	(void)timer;
}

/* Lets a read of the input end. False when it hangs in a file system that does not answer. */
static bool supervisor_await_feed(struct supervisor *s)
{
	uint64_t until = uv_now(&s->loop) + FEED_WAIT_MS;

	if (s->feed != NULL)
		feed_stop(s->feed);
	while (s->feed != NULL && feed_busy(s->feed) && uv_now(&s->loop) < until) {
		uv_timer_start(&s->view_timer, supervisor_wait_over, 50, 0);
		uv_run(&s->loop, UV_RUN_ONCE);
	}
	return s->feed == NULL || !feed_busy(s->feed);
}

static void supervisor_close(struct supervisor *s)
{
	uv_handle_t *handles[] = {
		(uv_handle_t *)&s->gate_timer,	     (uv_handle_t *)&s->view_timer,
		(uv_handle_t *)&s->checkpoint_timer, (uv_handle_t *)&s->signals[0],
		(uv_handle_t *)&s->signals[1],	     (uv_handle_t *)&s->signals[2],
	};

	for (unsigned i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
		if (handles[i]->loop != NULL)
			uv_close(handles[i], NULL);
	for (unsigned i = 0; s->crew != NULL && i < s->options->workers; i++)
		crew_kill(crew_worker(s->crew, i));
	uv_run(&s->loop, UV_RUN_DEFAULT);
	if (s->results.fd >= 0)
		results_close(&s->results, NULL);
	feed_close(s->feed);
	crew_free(s->crew);
	gate_free(s->gate);
	aggregate_free(s->aggregate);
	ledger_release(&s->ledger);
	resolver_list_release(&s->resolvers);
	checkpoint_release(&s->resumed);
	free(s->configuration);
	free(s->info);
	free(s->upstreams);
	free(s->alone);
	free(s->rows);
	frame_writer_free(s->writer);
	free(s->view_resolvers);
	uv_loop_close(&s->loop);
}

/* ---- the whole --------------------------------------------------------------------------- */

/* A list that is none: each line has its record, and whoever started this must not take them for
 * results. */
static void supervisor_check_names(struct supervisor *s)
{
	uint64_t records = s->ledger.done + s->records_before;
	uint64_t invalid = s->verdicts[VERDICT_INVALID_INPUT];
	char examples[2 * INPUT_DOUBT_TEXT + 64];

	if (s->rc != CMD_OK || feed_elsewhere(s->feed) > records ||
	    (records > 0 && 2 * invalid <= records))
		return;
	s->rc = CMD_NO_NAMES;
	if (records == 0) {
		errmsg_set(s->err, "there was no name in the input");
		return;
	}
	input_doubt_examples(feed_doubt(s->feed), examples, sizeof(examples));
	errmsg_set(s->err,
		   "%llu of %llu lines are no domain names (%s); --dry-run shows how the input is "
		   "read, --domain-column and --delimiter say it otherwise",
		   (unsigned long long)invalid, (unsigned long long)records, examples);
}

int supervisor_run(const struct supervisor_config *config, struct supervisor_outcome *outcome)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	int rc;

	*outcome = (struct supervisor_outcome){0};
	if (s == NULL || uv_loop_init(&s->loop) != 0) {
		free(s);
		errmsg_set(&outcome->err, "out of memory");
		return CMD_FAILURE;
	}
	s->config = config;
	s->options = config->options;
	s->outcome = outcome;
	s->err = &outcome->err;
	s->oom_kills = supervisor_oom_kills();
	s->dir = strcmp(s->options->output, "-") != 0 ? s->options->output : NULL;
	s->results.fd = -1;
	ledger_init(&s->ledger);
	if (supervisor_check(s) == 0 && supervisor_begin_files(s) == 0) {
		if (config->begin != NULL)
			config->begin(config->user);
		if (s->options->resume)
			supervisor_note(s, "%s %s stored already; the rest is scanned",
					number_grouped(s->records_before).s,
					number_word(s->records_before, "record is", "records are"));
		supervisor_start_handles(s);
		if (supervisor_make_crew(s) == 0) {
			s->rc = CMD_OK;
			supervisor_view_start(s);
			supervisor_dispatch(s);
			uv_run(&s->loop, UV_RUN_DEFAULT);
			if (!supervisor_await_feed(s)) /* the last checkpoint holds */
				return (s->rc != CMD_OK ? s->rc : CMD_FAILURE) | CMD_AT_ONCE;
			supervisor_view_stop(s);
		}
		supervisor_finish_files(s);
		supervisor_check_names(s);
	}
	rc = s->rc;
	supervisor_close(s);
	free(s);
	return rc;
}

/* supervisor_view.c - what people see of a scan: gathers the numbers, progress.c shows them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/status.h"
#include "scanner/options/cost.h"
#include "scanner/options/share.h"
#include "scanner/supervisor/supervisor_parts.h"

#define VIEW_EVERY_MS 200u

static void view_fill_resolvers(struct supervisor *s, struct progress_data *d)
{
	d->resolvers = s->view_resolvers;
	d->resolvers_n = 0;
	for (unsigned i = 0; i < s->resolvers.n; i++) {
		struct message_upstream u = supervisor_upstream(s, i);
		struct progress_resolver *view = &s->view_resolvers[d->resolvers_n++];
		const char *trouble = upstream_state_trouble(u.state);
		if (trouble != view->state) /* both are constants of upstream_state.c */
			supervisor_tell_resolver(s, i, trouble);
		view->name = s->resolvers.name[i];
		view->state = trouble;
	}
}

static void view_fill(struct supervisor *s, struct progress_data *d)
{
	const struct message_stats stats = supervisor_stats(s);

	*d = (struct progress_data){
		.elapsed_ms = uv_now(&s->loop) - s->started_ms,
		.names_done = s->records_before + s->ledger.done,
		.names_before = s->records_before,
		.dns_rate = share_of(s->options).dns_rate,
		.questions_each = cost_questions(s->options),
		.questions = stats.packets,
		.retries = stats.retries,
		.fetches = stats.fetched,
		.dns_in_flight = stats.dns_in_flight,
		.fetches_in_flight = stats.fetches,
		.workers_replaced = s->replaced,
		.stopping = s->phase == PHASE_STOPPING,
	};
	memcpy(d->verdicts, s->verdicts, sizeof(d->verdicts));
	if (feed_ended(s->feed))
		d->names_total = s->records_before + s->ledger.done + s->ledger.lines;
	feed_position(s->feed, &d->bytes_done, &d->bytes_total);
	d->names_read = s->records_before + feed_names(s->feed);
	struct netaddr slowest;
	d->slowest_ms = gate_slowest(s->gate, &slowest, &d->slowest_n);
	if (d->slowest_ms > 0) {
		netaddr_text(&slowest, s->slowest);
		d->slowest = s->slowest;
	}
	view_fill_resolvers(s, d);
	progress_meter_update(&s->meter, d, uv_now(&s->loop));
}

static void view_due(uv_timer_t *timer)
{
	struct supervisor *s = timer->data;
	struct progress_data d;
	unsigned gated = gate_waiting(s->gate);

	if (gated > s->gated_most)
		s->gated_most = gated;
	view_fill(s, &d);
	progress_tick(&s->progress, &d, uv_now(&s->loop));
}

void supervisor_view_start(struct supervisor *s)
{
	progress_init(&s->progress, s->options->quiet ? SCAN_PROGRESS_NONE : s->options->progress,
		      STDERR_FILENO);
	s->started_ms = uv_now(&s->loop);
	uv_timer_start(&s->view_timer, view_due, VIEW_EVERY_MS, VIEW_EVERY_MS);
}

/* The last word about names; where the files lie is said by whoever runs this. */
void supervisor_view_stop(struct supervisor *s)
{
	struct progress_summary summary = {0};
	struct input_counts counts;

	uv_timer_stop(&s->view_timer);
	view_fill(s, &summary.data); /* the last heartbeats may tell news of resolvers */
	supervisor_tell_end(s);
	if (s->options->quiet)
		return;
	input_counts(feed_input(s->feed), &counts);
	summary.lines = counts.lines;
	summary.blank = counts.blank;
	summary.comments = counts.comments;
	summary.headers = counts.headers;
	summary.continued = counts.continued;
	summary.not_selected = feed_elsewhere(s->feed);
	summary.stopped = s->rc != CMD_OK;
	progress_finish(&s->progress, &summary);
}

/* machine.c - see machine.h: the pool and the turns. The life of one name is in job*.c. */
#include "scanner/job/machine.h"

#include <assert.h>
#include <stdlib.h>

#include "scanner/job/job.h"
#include "scanner/job/job_again.h"

/* ---- life -------------------------------------------------------------------------------- */

struct machine *machine_new(const struct machine_config *config)
{
	struct machine *m = calloc(1, sizeof(*m) + config->jobs * sizeof(struct job));

	if (m == NULL)
		return NULL;
	m->config = *config;
	m->again = again_new();
	if (m->again == NULL) {
		free(m);
		return NULL;
	}
	m->in_state[JOB_FREE] = config->jobs;
	return m;
}

void machine_free(struct machine *m)
{
	if (m == NULL)
		return;
	for (unsigned i = 0; i < m->made; i++) {
		ring_remove(&m->jobs[i].pause);
		arena_release(&m->jobs[i].arena);
	}
	again_free(m->again);
	free(m);
}

unsigned machine_room(const struct machine *m)
{
	assert(m->active <= m->config.jobs);
	assert(m->in_state[JOB_ASKING] + m->in_state[JOB_LOCATING] <= m->config.asking);
	unsigned unused = m->config.jobs - m->active;
	unsigned unasked = m->config.asking - m->in_state[JOB_ASKING] - m->in_state[JOB_LOCATING];

	return unused < unasked ? unused : unasked;
}

unsigned machine_active(const struct machine *m)
{
	return m->active;
}

bool machine_failed(const struct machine *m)
{
	return m->failed;
}

void machine_stats(const struct machine *m, struct machine_stats *out)
{
	out->asking = m->in_state[JOB_ASKING] + m->in_state[JOB_LOCATING];
	out->fetching = m->in_state[JOB_FETCHING] + m->in_state[JOB_PROBING];
	out->gated = m->in_state[JOB_GATED] + m->in_state[JOB_READY] + m->in_state[JOB_PAUSING];
}

/* ---- one name ---------------------------------------------------------------------------- */

/* The one that was used last, or a new one: only a pool that was full takes all its memory. */
static struct job *machine_take(struct machine *m)
{
	struct list_item *item = list_pop(&m->free);

	if (item != NULL)
		return list_owner(item, struct job, item);
	assert(m->made < m->config.jobs);
	struct job *j = &m->jobs[m->made];
	if (arena_init(&j->arena, JOB_ARENA_FIRST, JOB_ARENA_MAX) != 0) {
		m->failed = true;
		return NULL;
	}
	m->made++;
	j->machine = m;
	return j;
}

void machine_submit(struct machine *m, const struct machine_input *in)
{
	struct job *j = machine_take(m);

	if (j == NULL)
		return;
	assert(j->state == JOB_FREE && !j->queued);
	m->active++;
	j->started_ms = m->now_ms;
	j->outstanding = 0;
	j->addresses_n = j->address_at = j->attempts = j->retries = 0;
	j->fetching_ms = 0;
	j->hosts = NULL;
	j->hosts_started = j->hosts_over = 0;
	j->pause = (struct ring_entry){0};
	j->alike = (struct list){0};
	if (!job_begin(j, in)) {
		job_finish(j);
		return;
	}
	switch (again_meet(m->again, j)) {
	case AGAIN_KNOWN:
		job_finish(j);
		break;
	case AGAIN_WAITS:
		job_enter(j, JOB_ALIKE);
		break;
	case AGAIN_FIRST:
		job_enter(j, JOB_ASKING);
		job_ask_first(j);
		break;
	}
}

/* Both stages of questions end here: go on with what is now known. */
static void job_answered(struct job *j)
{
	if (j->outstanding > 0)
		return;
	if (j->state == JOB_ASKING && job_ask_next(j))
		return;
	if (j->state == JOB_ASKING) {
		job_ask_more(j);
		/* All may have been answered at once, when there is no memory to ask: then the job
		 * waits for its turn like any other. */
		if (j->outstanding > 0 || j->queued) {
			job_enter(j, JOB_LOCATING);
			return;
		}
	}
	job_gather(j);
	if (job_wants_policy(j))
		job_next_address(j);
	if (j->state != JOB_GATED)
		job_conclude(j);
}

static void job_step(struct job *j)
{
	switch (j->state) {
	case JOB_ASKING:
	case JOB_LOCATING:
		job_answered(j);
		break;
	case JOB_READY:
		if (!job_start_fetch(j))
			list_push(&j->machine->slot_wait, &j->item);
		break;
	case JOB_FETCHING:
		job_fetched(j);
		if (j->state == JOB_FETCHING)
			job_conclude(j);
		break;
	case JOB_PAUSING:
		job_next_address(j);
		break;
	case JOB_PROBING:
		job_step_hosts(j);
		break;
	default:
		assert(0 && "a job on the ready list has something to do");
	}
}

void machine_turn(struct machine *m, uint64_t now_ms, int64_t wall_ms)
{
	struct list_item *item;

	assert(now_ms >= m->now_ms); /* monotonic, as took_ms and deadlines have it */
	m->now_ms = now_ms;
	m->wall_ms = wall_ms;
	/* A slot may have come free: those who wait go first. */
	for (size_t n = m->slot_wait.n; n > 0; n--) {
		struct job *j = list_owner(m->slot_wait.first, struct job, item);
		if (!job_start_fetch(j))
			break;
		list_pop(&m->slot_wait);
	}
	while ((item = list_pop(&m->host_wait)) != NULL) {
		struct job *j = list_owner(item, struct job, item);
		j->queued = false;
		job_ready(j);
	}
	while ((item = list_pop(&m->ready)) != NULL) {
		struct job *j = list_owner(item, struct job, item);
		j->queued = false;
		job_step(j);
	}
}

/* job.c - see job.h: how a name changes its state, begins and ends. */
#include "scanner/job/job.h"

#include <assert.h>

#include "output/record/record_name.h"
#include "scanner/job/job_again.h"

#define BIT(name) (1u << JOB_##name)
static const unsigned job_successors[JOB_STATES] = {
#define STATE(name, next) [JOB_##name] = (next),
#include "scanner/job/job_states.def"
#undef STATE
};
#undef BIT

void job_enter(struct job *j, enum job_state next)
{
	assert(job_successors[j->state] >> next & 1);
	j->machine->in_state[j->state]--;
	j->machine->in_state[next]++;
	j->state = next;
}

void job_ready(struct job *j)
{
	assert(j->state != JOB_FREE && j->state != JOB_DONE);
	if (j->queued)
		return;
	j->queued = true;
	list_push(&j->machine->ready, &j->item);
}

void job_no_memory(struct job *j)
{
	j->machine->failed = true;
}

/* ---- its begin and end ------------------------------------------------------------------- */

bool job_begin(struct job *j, const struct machine_input *in)
{
	struct machine *m = j->machine;
	struct record *r = &j->record;

	assert(j->state == JOB_FREE && j->outstanding == 0);
	record_init(r);
	r->line = in->line;
	r->rank = in->rank;
	r->input = arena_copy(&j->arena, in->text);
	r->tag = arena_copy(&j->arena, in->tag);
	r->scanned_at_ms = m->wall_ms;
	enum record_name named = record_set_name(r, in->text, in->too_long, &j->arena);
	if (named == RECORD_NO_MEMORY)
		job_no_memory(j);
	if (named != RECORD_NAMED)
		return false;
	if (reach_excludes_name(m->config.reach, r->domain)) {
		r->verdict = VERDICT_EXCLUDED;
		r->impact = IMPACT_NONE;
		return false;
	}
	return true;
}

/* Judges and hands over; the job stays as it is, but for its state. */
static void job_hand_over(struct job *j)
{
	struct machine *m = j->machine;

	job_enter(j, JOB_DONE);
	if (judge(m->config.judge, &j->arena, &j->record) != 0)
		job_no_memory(j);
	if (!m->failed)
		m->config.finished(m->config.finished_user, &j->record);
}

static void job_free(struct job *j)
{
	arena_reset(&j->arena);
	job_enter(j, JOB_FREE);
	j->machine->active--;
	list_push_front(&j->machine->free, &j->item);
}

void job_finish(struct job *j)
{
	struct machine *m = j->machine;

	/* Nothing may come back to a job that is over: no answer, no turn, no pause that would fire
	 * into the next job of this slot. */
	assert(j->outstanding == 0 && !j->queued && !ring_waiting(&j->pause));
	if (j->state != JOB_FREE ||
	    j->record.took_ms < 0) /* else another job's answers, and time */
		j->record.took_ms = (int64_t)(m->now_ms - j->started_ms);
	job_hand_over(j);
	for (struct job *next; (next = again_next(j)) != NULL;) {
		job_hand_over(next);
		job_free(next);
	}
	again_keep(m->again, j);
	job_free(j);
}

/* job_mx.c - the last stage of a job, where it is wanted: the MX hosts of the name, a few at a
 * time. */
#include <assert.h>

#include "scanner/job/host_task.h"
#include "scanner/job/job.h"

#define JOB_HOSTS_AT_ONCE 4u /* they often stand at one operator's */

struct job_host {
	struct host_task task;
	struct job *job;
	bool ready;
};

static void host_ready(struct host_task *t)
{
	struct job_host *h = list_owner(t, struct job_host, task);

	h->ready = true;
	job_ready(h->job);
}

static void host_start(struct job *j, unsigned at)
{
	struct record *r = &j->record;
	struct job_host *h = &j->hosts[at];

	h->job = j;
	h->task.env = j->machine->config.hosts;
	h->task.arena = &j->arena;
	h->task.out = &r->mx.hosts[at];
	h->task.ready = host_ready;
	/* RFC 7672 3.2.2: the name that mail is for counts only where the MX records are secure. */
	h->task.next_hop = r->mx.ad == 1 ? r->domain : SPAN_NULL;
	host_task_start(&h->task);
}

static void start_some(struct job *j)
{
	while (j->hosts_started < j->record.mx.hosts_n &&
	       j->hosts_started - j->hosts_over < JOB_HOSTS_AT_ONCE)
		host_start(j, j->hosts_started++);
}

void job_conclude(struct job *j)
{
	const struct record_mx *mx = &j->record.mx;

	if (j->machine->config.hosts == NULL || mx->dns != DNS_OK || mx->null_mx == 1 ||
	    mx->hosts_n == 0) {
		job_finish(j);
		return;
	}
	j->hosts = arena_zalloc(&j->arena, mx->hosts_n * sizeof(*j->hosts));
	if (j->hosts == NULL) {
		job_no_memory(j);
		job_finish(j);
		return;
	}
	job_enter(j, JOB_PROBING);
	start_some(j);
}

void job_step_hosts(struct job *j)
{
	bool wants_slot = false;

	assert(j->state == JOB_PROBING && j->hosts_over <= j->hosts_started);
	for (unsigned i = 0; i < j->hosts_started; i++) {
		struct job_host *h = &j->hosts[i];
		if (!h->ready)
			continue;
		h->ready = false;
		j->hosts_over += host_task_step(&h->task, j->machine->wall_ms / 1000);
		if (h->task.failed)
			job_no_memory(j);
		h->ready = h->ready || host_task_wants_slot(&h->task);
		wants_slot = wants_slot || host_task_wants_slot(&h->task);
	}
	start_some(j);
	if (j->hosts_over == j->record.mx.hosts_n) {
		assert(!j->queued);
		job_finish(j);
	} else if (wants_slot && !j->queued) {
		list_push(&j->machine->host_wait, &j->item);
		j->queued = true;
	}
}

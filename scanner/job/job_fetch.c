/* job_fetch.c - the fetch stage of a job: which address next, and which attempt counts. */
#include <assert.h>

#include "scanner/job/job.h"
#include "scanner/judge/judge.h"

#define FETCH_PAUSE_MS 2000u

bool job_wants_policy(const struct job *j)
{
	const struct record_txt *a = &j->record.sts.answer;

	return judge_wants_policy(a) || (j->machine->config.thorough && dns_answered(a->dns));
}

/* The operator of what the name is an alias of asked not to be contacted, too. */
static bool job_alias_excluded(const struct job *j)
{
	const struct record_policy *p = &j->record.policy;

	for (unsigned i = 0; i < p->cname_n; i++)
		if (reach_excludes_name(j->machine->config.reach, p->cname[i]))
			return true;
	return false;
}

/* Whether it may be contacted; if not, why goes into the record. */
static bool job_may_contact(struct job *j, const struct netaddr *a, bool alias_excluded)
{
	const struct reach *reach = j->machine->config.reach;
	struct record_policy *p = &j->record.policy;
	const char *chosen = alias_excluded ? "excluded" : reach_chosen(reach, a);
	char text[NETADDR_TEXT_MAX];

	if (!alias_excluded && reach_blocked(reach, a) == NULL)
		return true;
	/* One of ours stays: that of a special address would be blamed on the domain. */
	if (p->not_contacted.p == NULL || chosen != NULL) {
		netaddr_text(a, text);
		p->address = arena_copy(&j->arena, span_str(text));
	}
	if (chosen != NULL)
		p->not_contacted = span_str(chosen);
	return false;
}

/* Keeps the addresses that may be contacted, IPv6 and IPv4 in turn, IPv6 first (RFC 8305 4). */
static void job_order_addresses(struct job *j)
{
	struct netaddr v6[JOB_ADDRESSES], v4[JOB_ADDRESSES];
	unsigned v6_n = 0, v4_n = 0, n = 0;
	struct record_policy *p = &j->record.policy;
	bool excluded = job_alias_excluded(j);

	for (unsigned i = 0; i < j->addresses_n; i++) {
		const struct netaddr *a = &j->addresses[i];
		if (!job_may_contact(j, a, excluded))
			continue;
		if (a->family == 6)
			v6[v6_n++] = *a;
		else
			v4[v4_n++] = *a;
	}
	for (unsigned i = 0; i < v6_n || i < v4_n; i++) {
		if (i < v6_n)
			j->addresses[n++] = v6[i];
		if (i < v4_n)
			j->addresses[n++] = v4[i];
	}
	if (n == 0 && j->addresses_n > 0 && p->not_contacted.p == NULL && p->half_located) {
		/* The other family, which could not be asked for, may have better ones. */
		bool first = j->host_outcome[0] != DNS_OK;
		p->dns = j->host_outcome[first ? 0 : 1];
	} else if (n == 0 && j->addresses_n > 0 && p->not_contacted.p == NULL) {
		p->address_blocked = true;
	}
	assert(n <= j->addresses_n);
	j->addresses_n = n;
}

static struct job *job_of_ticket(struct gate_ticket *t)
{
	return list_owner(t, struct job, ticket);
}

static void job_granted(struct gate_ticket *t)
{
	struct job *j = job_of_ticket(t);

	assert(j->state == JOB_GATED);
	job_enter(j, JOB_READY);
	job_ready(j);
}

static void job_attempt_done(struct fetch *f)
{
	struct job *j = list_owner(f, struct job, fetch);

	assert(j->state == JOB_FETCHING && f->out == &j->attempt);
	job_ready(j);
}

void job_next_address(struct job *j)
{
	struct machine *m = j->machine;
	struct record_policy *p = &j->record.policy;

	if (j->attempts == 0 && j->state != JOB_PAUSING) {
		p->url = arena_printf(&j->arena, "https://%s/.well-known/mta-sts.txt",
				      j->policy_host);
		job_order_addresses(j);
		if (p->dns != DNS_OK || p->address_blocked ||
		    (p->not_contacted.p != NULL && j->addresses_n == 0))
			p->stage = STAGE_DNS;
	}
	if (j->address_at >= j->addresses_n)
		return;
	j->ticket = (struct gate_ticket){
		.address = j->addresses[j->address_at],
		.granted = job_granted,
	};
	if (m->config.gate->ask(m->config.gate, &j->ticket) != 0) {
		job_no_memory(j);
		return;
	}
	job_enter(j, JOB_GATED);
}

/* As many others have just waited for nothing there. */
static void job_pass_over(struct job *j)
{
	struct record_policy *a = &j->attempt;
	char text[NETADDR_TEXT_MAX];

	netaddr_text(&j->ticket.address, text);
	a->address = arena_copy(&j->arena, span_str(text));
	a->stage = STAGE_TCP;
	a->timed_out = a->passed_over = true;
	j->attempts++;
	j->attempt_started_ms = j->machine->now_ms;
	job_enter(j, JOB_FETCHING);
	job_ready(j);
}

/* On another connection, that is (RFC 9110 15.5.9, 15.5.20; RFC 8470 5.2). */
static bool status_says_again(int status)
{
	return status == 408 || status == 421 || status == 425;
}

bool job_start_fetch(struct job *j)
{
	struct machine *m = j->machine;
	struct record empty;

	assert(j->state == JOB_READY && j->attempts <= JOB_ATTEMPTS * (1 + j->retries));
	record_init(&empty);
	j->attempt = empty.policy;
	if (j->ticket.vain) {
		job_pass_over(j);
		return true;
	}
	j->fetch = (struct fetch){
		.host = j->policy_host,
		.address = j->ticket.address,
		/* HTTP_1_1_REQUIRED, REFUSED_STREAM, a GOAWAY (RFC 9113 6.8, 7, 8.7), a status that
		 * wants another connection: senders with HTTP/1.1 have come so already. */
		.http1 = j->retries > 0 && (j->record.policy.http_error.p != NULL ||
					    status_says_again(j->record.policy.http_status)),
		.arena = &j->arena,
		.out = &j->attempt,
		.done = job_attempt_done,
	};
	if (m->config.fetcher->start(m->config.fetcher, &j->fetch) != 0)
		return false;
	j->attempts++;
	j->attempt_started_ms = m->now_ms;
	job_enter(j, JOB_FETCHING);
	return true;
}

/* Which of two attempts says more about the policy host. */
static int attempt_weight(const struct record_policy *p)
{
	if (p->stage != STAGE_TCP)
		return 4;
	if (p->timed_out && !p->passed_over)
		return 3;
	return p->tcp_refused ? 2 : 1;
}

/* A file came, by a connection that senders accept; what is in it is the judge's business. */
static bool attempt_works(const struct record_policy *p)
{
	return p->stage == STAGE_HTTP && p->http_status == 200 && p->tls_verified != 0 &&
	       p->http_error.p == NULL && !p->body_cut && !p->timed_out;
}

/* What is wrong with an attempt, in a word. */
static struct span attempt_fault(const struct record_policy *p)
{
	enum stage stage = p->tls_verified == 0 ? STAGE_TLS : p->stage;

	if (stage == STAGE_TLS && p->tls_reason >= 0)
		return span_str(tls_reason_name((enum tls_reason)p->tls_reason));
	return span_str(stage_name(stage));
}

/* Takes what the attempt saw; what DNS said stays. */
static void job_keep_attempt(struct job *j)
{
	struct record_policy *p = &j->record.policy;
	struct record_policy kept = j->attempt;

	assert(kept.stage != STAGE_NONE && kept.stage != STAGE_DNS);
	if (p->stage != STAGE_NONE && attempt_weight(&kept) < attempt_weight(p))
		return;
	/* A server without HTTP/1.1 fails otherwise then; what it said first is told. */
	if (j->retries > 0 && p->http_error.p != NULL && kept.http_status == 0)
		return;
	if (j->machine->config.all_addresses && j->address_at > 0 && p->stage != STAGE_NONE &&
	    p->stage != STAGE_TCP) {
		/* One address differs from another: that which works tells more of the policy. */
		if (!attempt_works(&kept))
			return;
		kept.odd_address = p->address;
		kept.odd_reason = attempt_fault(p);
	}
	kept.url = p->url;
	kept.dns = p->dns;
	kept.cname = p->cname;
	kept.cname_n = p->cname_n;
	kept.half_located = p->half_located;
	kept.not_contacted = p->not_contacted;
	kept.v4_n = p->v4_n;
	kept.v6_n = p->v6_n;
	*p = kept;
}

/* Worth a second look after a pause: faults that tend to pass, but no deadline that was missed. */
static bool attempt_may_pass(const struct record_policy *p)
{
	if (p->timed_out)
		return false;
	return p->http_status >= 500 || status_says_again(p->http_status) ||
	       p->http_error.p != NULL || (p->stage == STAGE_TCP && p->unreachable) ||
	       (p->stage == STAGE_TLS && p->tls_version.p == NULL && p->tls_reason == TLS_OTHER);
}

static void job_pause_over(struct ring_entry *e)
{
	struct job *j = list_owner(e, struct job, pause);

	assert(j->state == JOB_PAUSING);
	job_ready(j);
}

void job_fetched(struct job *j)
{
	struct machine *m = j->machine;
	struct record_policy *p = &j->record.policy;

	assert(j->state == JOB_FETCHING);
	j->ticket.late = j->attempt.timed_out;
	m->config.gate->done(m->config.gate, &j->ticket);
	job_keep_attempt(j);
	/* Waiting for leave is our doing, and takes nothing from the time for the other
	 * addresses. */
	j->fetching_ms += m->now_ms - j->attempt_started_ms;
	bool in_time = j->fetching_ms < m->config.fetch_timeout_ms;
	bool elsewhere = j->attempt.stage == STAGE_TCP ||
			 (m->config.all_addresses && !attempt_works(&j->attempt));
	if (elsewhere && in_time && j->attempts < JOB_ATTEMPTS &&
	    ++j->address_at < j->addresses_n) {
		job_next_address(j);
		return;
	}
	if (attempt_may_pass(p) && j->retries < m->config.fetch_retries) {
		j->retries++;
		j->address_at = 0;
		j->pause = (struct ring_entry){.fire = job_pause_over};
		job_enter(j, JOB_PAUSING);
		ring_add(m->config.ring, &j->pause, m->now_ms + FETCH_PAUSE_MS);
		return;
	}
}

/* job_dns.c - the DNS stages of a job: what is asked, and where the answers go. */
#include <assert.h>
#include <string.h>

#include "scanner/job/evidence.h"
#include "scanner/job/job.h"

static struct job *job_of(struct question *q)
{
	return list_owner(q - q->tag, struct job, questions); /* the tag is its place there */
}

static struct evidence_answer job_answer(const struct job *j, const struct question *q,
					 enum dns_outcome outcome, const struct dnsmsg *m,
					 const struct dnsmsg_rrset *set)
{
	return (struct evidence_answer){
		.outcome = outcome,
		.resolver = resolver_upstream_name(j->machine->config.resolver, q->upstream),
		.m = m,
		.set = set,
	};
}

static void job_count_answer(struct job *j, int rc)
{
	if (rc != 0)
		job_no_memory(j);
	assert(j->outstanding > 0);
	if (--j->outstanding == 0)
		job_ready(j);
}

/*
 * An answer that is an alias and nothing else, without the SOA that makes it a negative one (RFC
 * 2308 2.2): whoever answered did not look behind it. Asks for the target, the same question going
 * on; the outcome of a chain without an end is no proof of anything.
 */
static bool job_follow(struct job *j, struct question *q, struct evidence_answer *a)
{
	char text[DNS_NAME_TEXT_MAX];

	if (!dns_answered(a->outcome) || a->outcome == DNS_OK || a->m == NULL || a->m->soa ||
	    a->set->cname_n == 0)
		return false;
	int n = dnsmsg_name(a->m, a->set->cname[a->set->cname_n - 1], text);
	if (n <= 0 || n > (int)NAME_TEXT_MAX || memchr(text, '\\', (size_t)n) != NULL)
		return false;
	if (j->followed[q->tag] == JOB_ALIASES_MAX) {
		a->outcome = DNS_MALFORMED;
		return false;
	}
	struct span target = arena_copy(&j->arena, span_of(text, (size_t)n));
	if (target.p == NULL) {
		job_no_memory(j);
		return false;
	}
	j->followed[q->tag]++;
	q->name = target;
	resolver_ask(j->machine->config.resolver, q);
	return true;
}

static void answered_txt(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			 const struct dnsmsg_rrset *set)
{
	struct job *j = job_of(q);
	struct evidence_answer answer = job_answer(j, q, outcome, m, set);
	struct record_txt *out =
		q->tag == JOB_Q_STS ? &j->record.sts.answer : &j->record.tlsrpt.answer;
	bool goes_on = job_follow(j, q, &answer);

	if (goes_on) {
		if (evidence_cname(&j->arena, &answer, &out->cname, &out->cname_n) != 0)
			job_no_memory(j);
		return;
	}
	job_count_answer(j, evidence_txt(&j->arena, &answer, out));
}

/* A name that its registry denies has nothing below it, either. A resolver that may not be telling
 * the truth is asked for each instead: it may deny one name, and not those below. */
static int answered_denied(struct job *j, const struct evidence_answer *answer,
			   const struct question *q)
{
	bool alone = j->record.sts.answer.dns == DNS_SKIPPED; /* not with --lean */
	struct span by;

	if (!alone || j->followed[q->tag] > 0 ||
	    !resolver_trusts(j->machine->config.resolver, q->upstream))
		return 0;
	int rc = evidence_denier(&j->arena, answer, j->record.domain, &by);
	if (rc == 0 && by.p != NULL) {
		evidence_txt_denied(answer, by, &j->record.sts.answer);
		evidence_txt_denied(answer, by, &j->record.tlsrpt.answer);
	}
	return rc;
}

static void answered_mx(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			const struct dnsmsg_rrset *set)
{
	struct job *j = job_of(q);
	struct evidence_answer answer = job_answer(j, q, outcome, m, set);

	if (job_follow(j, q, &answer))
		return;
	int rc = evidence_mx(&j->arena, &answer, &j->record.mx);
	if (rc == 0)
		rc = answered_denied(j, &answer, q);
	job_count_answer(j, rc);
}

/* The domain's own address, to know whether no MX means implicit MX (RFC 5321 5.1). */
static void answered_own(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			 const struct dnsmsg_rrset *set)
{
	struct job *j = job_of(q);
	struct evidence_answer answer = job_answer(j, q, outcome, m, set);

	if (job_follow(j, q, &answer))
		return;
	j->own_outcome[q->tag == JOB_Q_OWN_AAAA] = answer.outcome;
	job_count_answer(j, 0);
}

static void answered_host(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			  const struct dnsmsg_rrset *set)
{
	struct job *j = job_of(q);
	struct record_policy *p = &j->record.policy;
	struct evidence_answer answer = job_answer(j, q, outcome, m, set);
	int rc = 0;

	if (p->cname_n == 0)
		j->host_chain = (uint8_t)q->tag;
	bool goes_on = job_follow(j, q, &answer);
	if (j->host_chain == q->tag)
		rc = evidence_cname(&j->arena, &answer, &p->cname, &p->cname_n);
	if (goes_on) {
		if (rc != 0)
			job_no_memory(j);
		return;
	}
	j->host_outcome[q->tag == JOB_Q_HOST_AAAA] = answer.outcome;
	unsigned n = evidence_addresses(&answer, j->addresses + j->addresses_n,
					JOB_ADDRESSES - j->addresses_n);
	j->addresses_n += n;
	if (q->tag == JOB_Q_HOST_AAAA)
		p->v6_n = n;
	else
		p->v4_n = n;
	job_count_answer(j, rc);
}

/* How long a question that fails may keep the others waiting: twice, so that one packet that was
 * lost, or one resolver that is ill, is no reason to ask for less. */
#define FIRST_TRIES 2u

typedef void answered_fn(struct question *, enum dns_outcome, const struct dnsmsg *,
			 const struct dnsmsg_rrset *);

/* Puts a question for prefix + domain; `after`: one that has just failed, or NULL. A name over the
 * limit cannot exist: that is proof. */
static void job_ask_after(struct job *j, enum job_question which, struct span prefix, uint16_t type,
			  unsigned tries_max, const struct question *after, answered_fn *answered)
{
	assert(which < JOB_Q_COUNT);
	struct question *q = &j->questions[which];
	size_t n = prefix.n + j->record.domain.n;
	char *text = arena_alloc(&j->arena, n + 1);

	j->outstanding++;
	j->followed[which] = 0;
	q->tag = which;
	q->type = type;
	q->tries_max = tries_max;
	q->answered = answered;
	if (text == NULL) {
		job_no_memory(j);
		job_count_answer(j, 0);
		return;
	}
	memcpy(text, prefix.p, prefix.n);
	memcpy(text + prefix.n, j->record.domain.p, j->record.domain.n);
	text[n] = '\0';
	q->name = span_of(text, n);
	if (n > NAME_TEXT_MAX) {
		q->upstream = -1;
		answered(q, DNS_NXDOMAIN, NULL, NULL);
		return;
	}
	if (after != NULL)
		resolver_ask_after(j->machine->config.resolver, q, after);
	else
		resolver_ask(j->machine->config.resolver, q);
}

static void job_ask(struct job *j, enum job_question which, struct span prefix, uint16_t type,
		    answered_fn *answered)
{
	job_ask_after(j, which, prefix, type, 0, NULL, answered);
}

static void job_ask_txt(struct job *j, enum job_question which, const struct question *after)
{
	struct span prefix = which == JOB_Q_STS ? SPAN_LIT("_mta-sts.") : SPAN_LIT("_smtp._tls.");

	job_ask_after(j, which, prefix, DNS_TYPE_TXT, 0, after, answered_txt);
}

/* Gives a question that failed the tries that it has left. */
static void job_ask_on(struct job *j, enum job_question which)
{
	struct question *q = &j->questions[which];

	q->tries_max = 0;
	if (resolver_ask_after(j->machine->config.resolver, q, q))
		j->outstanding++;
}

void job_ask_first(struct job *j)
{
	j->step = JOB_STEP_FIRST;
	if (j->machine->config.lean)
		job_ask_txt(j, JOB_Q_STS, NULL);
	else
		job_ask_after(j, JOB_Q_MX, SPAN_LIT(""), DNS_TYPE_MX, FIRST_TRIES, NULL,
			      answered_mx);
}

/* The first question has ended. */
static void job_ask_second(struct job *j)
{
	const struct record_txt *sts = &j->record.sts.answer;
	const struct question *first =
		&j->questions[j->machine->config.lean ? JOB_Q_STS : JOB_Q_MX];

	j->step = JOB_STEP_LAST;
	if (j->machine->config.lean) {
		job_ask_txt(j, JOB_Q_TLSRPT, dns_answered(sts->dns) ? NULL : first);
	} else if (sts->denied_by.p != NULL) {
		return;
	} else if (dns_answered(j->record.mx.dns)) {
		job_ask_txt(j, JOB_Q_STS, NULL);
		job_ask_txt(j, JOB_Q_TLSRPT, NULL);
	} else {
		j->step = JOB_STEP_FAILING;
		job_ask_txt(j, JOB_Q_STS, first);
	}
}

/* MX has failed, and _mta-sts has ended. Where that has an answer the zone is not lame, and MX gets
 * the rest of its tries. Else the zone was tried as often as a question is, under two names, and
 * _smtp._tls stays skipped: it would cost the resolver a third walk to the same servers. */
static void job_ask_third(struct job *j)
{
	j->step = JOB_STEP_LAST;
	if (!dns_answered(j->record.sts.answer.dns))
		return;
	job_ask_txt(j, JOB_Q_TLSRPT, NULL);
	job_ask_on(j, JOB_Q_MX);
}

bool job_ask_next(struct job *j)
{
	j->outstanding++; /* held, so that the step does not end while it is being put together */
	if (j->step == JOB_STEP_FIRST)
		job_ask_second(j);
	else if (j->step == JOB_STEP_FAILING)
		job_ask_third(j);
	return --j->outstanding > 0;
}

void job_ask_more(struct job *j)
{
	bool wanted = job_wants_policy(j);
	bool lean_mx = j->machine->config.lean && (wanted || j->record.tlsrpt.answer.txt_n > 0);

	j->host_outcome[0] = j->host_outcome[1] = DNS_SKIPPED;
	j->own_outcome[0] = j->own_outcome[1] = DNS_SKIPPED;
	if (!wanted && !lean_mx)
		return;
	j->outstanding++;
	if (wanted) {
		job_ask(j, JOB_Q_HOST_A, SPAN_LIT("mta-sts."), DNS_TYPE_A, answered_host);
		job_ask(j, JOB_Q_HOST_AAAA, SPAN_LIT("mta-sts."), DNS_TYPE_AAAA, answered_host);
		j->policy_host = j->questions[JOB_Q_HOST_A].name.p;
	}
	if (lean_mx)
		job_ask(j, JOB_Q_MX, SPAN_LIT(""), DNS_TYPE_MX, answered_mx);
	if (wanted && (lean_mx || j->record.mx.dns == DNS_NODATA)) {
		job_ask(j, JOB_Q_OWN_A, SPAN_LIT(""), DNS_TYPE_A, answered_own);
		job_ask(j, JOB_Q_OWN_AAAA, SPAN_LIT(""), DNS_TYPE_AAAA, answered_own);
	}
	job_count_answer(j, 0);
}

void job_gather(struct job *j)
{
	assert(j->outstanding == 0);
	struct record *r = &j->record;
	enum dns_outcome own = evidence_address_outcome(j->own_outcome[0], j->own_outcome[1]);

	if (j->host_outcome[0] != DNS_SKIPPED) {
		r->policy.dns = evidence_address_outcome(j->host_outcome[0], j->host_outcome[1]);
		r->policy.half_located =
			r->policy.dns == DNS_OK &&
			(!dns_answered(j->host_outcome[0]) || !dns_answered(j->host_outcome[1]));
	}
	if (r->mx.dns == DNS_OK)
		r->mx.implicit = 0;
	else if (r->mx.dns == DNS_NODATA && own == DNS_OK)
		r->mx.implicit = 1;
	else if (r->mx.dns == DNS_NODATA && (own == DNS_NODATA || own == DNS_NXDOMAIN))
		r->mx.implicit = 0;
}

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

static void answered_mx(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			const struct dnsmsg_rrset *set)
{
	struct job *j = job_of(q);
	struct evidence_answer answer = job_answer(j, q, outcome, m, set);

	if (job_follow(j, q, &answer))
		return;
	job_count_answer(j, evidence_mx(&j->arena, &answer, &j->record.mx));
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

/* Puts a question for prefix + domain. A name over the limit cannot exist: that is proof. */
static void job_ask(struct job *j, enum job_question which, struct span prefix, uint16_t type,
		    void (*answered)(struct question *, enum dns_outcome, const struct dnsmsg *,
				     const struct dnsmsg_rrset *))
{
	assert(which < JOB_Q_COUNT);
	struct question *q = &j->questions[which];
	size_t n = prefix.n + j->record.domain.n;
	char *text = arena_alloc(&j->arena, n + 1);

	j->outstanding++;
	j->followed[which] = 0;
	q->tag = which;
	q->type = type;
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
	resolver_ask(j->machine->config.resolver, q);
}

void job_ask_base(struct job *j)
{
	j->outstanding++; /* held, so that the stage does not end while it is being put together */
	job_ask(j, JOB_Q_STS, SPAN_LIT("_mta-sts."), DNS_TYPE_TXT, answered_txt);
	job_ask(j, JOB_Q_TLSRPT, SPAN_LIT("_smtp._tls."), DNS_TYPE_TXT, answered_txt);
	if (!j->machine->config.lean)
		job_ask(j, JOB_Q_MX, SPAN_LIT(""), DNS_TYPE_MX, answered_mx);
	job_count_answer(j, 0);
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

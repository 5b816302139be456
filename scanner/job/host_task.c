/* host_task.c - see host_task.h: the questions about a host. Visits are in host_visit.c. */
#include "scanner/job/host_task.h"

#include <assert.h>
#include <string.h>

#include "scanner/job/evidence.h"

static struct host_task *task_of(struct question *q)
{
	return list_owner(q - q->tag, struct host_task, questions); /* the tag is its place there */
}

static void no_memory(struct host_task *t)
{
	t->failed = true;
}

static void answered(struct host_task *t)
{
	assert(t->outstanding > 0);
	if (--t->outstanding == 0)
		t->ready(t);
}

typedef void host_answered(struct question *, enum dns_outcome, const struct dnsmsg *,
			   const struct dnsmsg_rrset *);

static void ask(struct host_task *t, enum host_question which, struct span name, uint16_t type,
		host_answered *take)
{
	struct question *q = &t->questions[which];

	t->outstanding++;
	q->tag = which;
	q->type = type;
	q->answered = take;
	q->name = name;
	resolver_ask(t->env->resolver, q);
}

static struct evidence_answer answer_of(enum dns_outcome outcome, const struct dnsmsg *m,
					const struct dnsmsg_rrset *set)
{
	return (struct evidence_answer){.outcome = outcome, .m = m, .set = set};
}

/* ---- addresses --------------------------------------------------------------------------- */

static void answered_address(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			     const struct dnsmsg_rrset *set)
{
	struct host_task *t = task_of(q);
	struct evidence_answer a = answer_of(outcome, m, set);
	struct record_mx_host *out = t->out;
	unsigned family = q->tag == HOST_Q_AAAA;

	t->address_dns[family] = outcome;
	t->address_ad[family] = m != NULL && m->ad;
	t->addresses_n += evidence_addresses(&a, t->addresses + t->addresses_n,
					     HOST_ADDRESSES - t->addresses_n);
	if (m != NULL && out->cname_n == 0 &&
	    evidence_cname(t->arena, &a, &out->cname, &out->cname_n) != 0)
		no_memory(t);
	answered(t);
}

/* An A or AAAA RRset that is secure makes the host one to be asked for TLSA (RFC 7672 2.2.2);
 * one family is enough for its addresses. */
static bool addresses_secure(const struct host_task *t)
{
	for (unsigned i = 0; i < 2; i++)
		if (t->address_dns[i] == DNS_OK && t->address_ad[i])
			return true;
	return false;
}

/* ---- TLSA -------------------------------------------------------------------------------- */

static void keep_records(struct host_task *t, const struct dnsmsg_rrset *set)
{
	struct record_mx_host *out = t->out;
	unsigned n = set->rr_n < PROBE_TLSA_MAX ? set->rr_n : PROBE_TLSA_MAX;
	struct span *texts = arena_alloc(t->arena, n * sizeof(*texts));
	char text[TLSA_TEXT_MAX];

	for (unsigned i = 0; i < n && texts != NULL; i++) {
		struct span rdata = arena_copy(
			t->arena, span_of((const char *)set->rr[i].rdata, set->rr[i].rdata_n));
		if (rdata.p == NULL) {
			no_memory(t);
			return;
		}
		tlsa_read((const uint8_t *)rdata.p, rdata.n, &t->tlsa[i]);
		texts[i] = arena_copy(t->arena, span_of(text, tlsa_text(&t->tlsa[i], text)));
	}
	if (texts == NULL) {
		no_memory(t);
		return;
	}
	t->tlsa_n = out->tlsa_records_n = n;
	out->tlsa_records = texts;
	out->tlsa_dropped = set->rr_n - n + set->rr_dropped;
	out->tlsa_ttl = set->ttl;
}

static void answered_tlsa(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			  const struct dnsmsg_rrset *set)
{
	struct host_task *t = task_of(q);

	t->out->tlsa_dns = (int)outcome;
	t->out->tlsa_ad = m == NULL ? -1 : m->ad;
	if (outcome == DNS_OK)
		keep_records(t, set);
	answered(t);
}

static void answered_alias(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			   const struct dnsmsg_rrset *set)
{
	struct host_task *t = task_of(q);

	(void)set;
	t->may_be_secure = outcome == DNS_OK && m != NULL && m->ad;
	answered(t);
}

static bool ask_tlsa(struct host_task *t)
{
	if (t->candidate_at >= t->candidates_n)
		return false;
	struct span base = t->candidates[t->candidate_at++];
	/* Whatever port a lab has: this is the name that the world asks for. */
	struct span name = arena_printf(t->arena, "_25._tcp.%.*s", (int)base.n, base.p);
	if (name.p == NULL || name.n > NAME_TEXT_MAX)
		return false;
	t->out->tlsa_base = base;
	t->state = HOST_TLSA;
	ask(t, HOST_Q_TLSA, name, DNS_TYPE_TLSA, answered_tlsa);
	return true;
}

/* Where TLSA records may be (RFC 7672 2.2.2, 2.2.3): at the alias's end when all of it is
 * secure, then at the host's own name. Where nothing is secure nobody asks, because many servers
 * answer with SERVFAIL. */
static bool look_for_tlsa(struct host_task *t)
{
	struct record_mx_host *out = t->out;

	if (!t->env->dane)
		return false;
	t->may_be_secure = addresses_secure(t);
	if (t->may_be_secure && out->cname_n > 0)
		t->candidates[t->candidates_n++] = out->cname[out->cname_n - 1];
	t->candidates[t->candidates_n++] = out->host;
	if (!t->may_be_secure && out->cname_n > 0) {
		t->state = HOST_ALIAS;
		ask(t, HOST_Q_ALIAS, out->host, DNS_TYPE_CNAME, answered_alias);
		return true;
	}
	if (!t->may_be_secure && !t->env->curious)
		return false;
	return ask_tlsa(t);
}

/* An answer about TLSA came: is there another name to be asked for? */
static bool look_further(struct host_task *t)
{
	int outcome = t->out->tlsa_dns;

	return (outcome == DNS_NODATA || outcome == DNS_NXDOMAIN) && ask_tlsa(t);
}

/* ---- the order --------------------------------------------------------------------------- */

/* Where a name cannot be asked for, its own fault or ours. */
static void refuse(struct host_task *t, enum mx_tls why)
{
	if (t->env->prober != NULL)
		t->out->tls = (int)why;
	t->state = HOST_OVER;
	t->ready(t);
}

void host_task_start(struct host_task *t)
{
	struct span host = t->out->host;

	t->state = HOST_LOCATING;
	t->dane_seen = -1;
	t->name = host.p;
	if (reach_excludes_name(t->env->reach, host)) {
		refuse(t, MX_TLS_EXCLUDED);
		return;
	}
	if (record_mx_is_none(host) || host.n > NAME_TEXT_MAX ||
	    memchr(host.p, '\\', host.n) != NULL) {
		refuse(t, MX_TLS_NO_ADDRESS);
		return;
	}
	t->outstanding++; /* held, so that it does not end while it is being put together */
	ask(t, HOST_Q_A, host, DNS_TYPE_A, answered_address);
	ask(t, HOST_Q_AAAA, host, DNS_TYPE_AAAA, answered_address);
	answered(t);
}

static void located(struct host_task *t)
{
	enum dns_outcome both = evidence_address_outcome(t->address_dns[0], t->address_dns[1]);

	t->out->address_dns = (int)both;
	if (both != DNS_OK) {
		if (t->env->prober != NULL)
			t->out->tls = dns_answered(both) ? MX_TLS_NO_ADDRESS : MX_TLS_DNS;
		t->state = HOST_OVER;
	} else if (!look_for_tlsa(t)) {
		host_visit_begin(t);
	}
}

/* The word for what DNS and visits said; -1 when DANE was not asked about. */
static int dane_word(const struct host_task *t)
{
	const struct record_mx_host *out = t->out;

	if (!t->env->dane || out->address_dns < 0)
		return TERM_NULL;
	if (!dns_answered((enum dns_outcome)out->address_dns))
		return DANE_UNPROVEN;
	if (out->tlsa_dns < 0 || out->tlsa_dns == DNS_NODATA || out->tlsa_dns == DNS_NXDOMAIN)
		return DANE_NONE;
	if (!t->may_be_secure)
		return out->tlsa_dns == DNS_OK ? DANE_INSECURE : DANE_NONE;
	if (out->tlsa_dns != DNS_OK)
		return DANE_ERROR;
	if (out->tlsa_ad != 1)
		return DANE_INSECURE;
	if (t->dane_seen >= 0)
		return t->dane_seen;
	return t->no_tls_seen ? DANE_NO_TLS : DANE_UNPROVEN;
}

static void conclude(struct host_task *t)
{
	struct record_mx_host *out = t->out;

	out->dane = dane_word(t);
	if (out->dane >= 0 && out->dane != DANE_UNPROVEN)
		out->tlsa = out->tlsa_records_n > 0 && out->dane != DANE_INSECURE;
	else if (out->tlsa_records_n > 0)
		out->tlsa = 1;
	if (out->dane == DANE_ERROR)
		out->tlsa = -1;
}

bool host_task_step(struct host_task *t, int64_t wall_s)
{
	switch (t->state) {
	case HOST_LOCATING:
		located(t);
		break;
	case HOST_ALIAS:
		if (!(t->may_be_secure || t->env->curious) || !ask_tlsa(t))
			host_visit_begin(t);
		break;
	case HOST_TLSA:
		if (!look_further(t))
			host_visit_begin(t);
		break;
	case HOST_READY:
		host_visit_start(t);
		break;
	case HOST_VISITED:
		host_visit_done(t, wall_s);
		break;
	default:
		break;
	}
	if (t->state != HOST_OVER)
		return false;
	conclude(t);
	return true;
}

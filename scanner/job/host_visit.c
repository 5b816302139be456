/* host_visit.c - the visits at a host: which address next, and what they add up to; see
 * host_task.h. */
#include <assert.h>
#include <string.h>

#include "scanner/job/host_task.h"
#include "scanner/job/machine.h"

static struct host_task *task_of_ticket(struct gate_ticket *ticket)
{
	return list_owner(ticket, struct host_task, ticket);
}

static void granted(struct gate_ticket *ticket)
{
	struct host_task *t = task_of_ticket(ticket);

	t->state = HOST_READY;
	t->ready(t);
}

static void visited(struct probe *p)
{
	struct host_task *t = list_owner(p, struct host_task, probe);

	t->state = HOST_VISITED;
	t->ready(t);
}

/* ---- addresses --------------------------------------------------------------------------- */

/* Those that may be contacted, IPv6 and IPv4 in turn (RFC 8305 4). Of what is left out one
 * reason is kept. */
static enum mx_tls order_addresses(struct host_task *t)
{
	struct netaddr v6[HOST_ADDRESSES], v4[HOST_ADDRESSES];
	unsigned v6_n = 0, v4_n = 0, n = 0;
	enum mx_tls why = MX_TLS_NOT_TRIED;

	for (unsigned i = 0; i < t->addresses_n; i++) {
		const struct netaddr *a = &t->addresses[i];
		const char *blocked = reach_blocked(t->env->reach, a);
		if (blocked != NULL)
			why = strcmp(blocked, "excluded") == 0 ? MX_TLS_EXCLUDED
							       : MX_TLS_PRIVATE_ADDRESS;
		else if (a->family == 6)
			v6[v6_n++] = *a;
		else
			v4[v4_n++] = *a;
	}
	for (unsigned i = 0; i < v6_n || i < v4_n; i++) {
		if (i < v6_n)
			t->addresses[n++] = v6[i];
		if (i < v4_n)
			t->addresses[n++] = v4[i];
	}
	t->addresses_n = n;
	return why;
}

/* The others are as one of their family, which is what a sender finds first. */
static bool worth_a_visit(const struct host_task *t, unsigned at)
{
	if (t->env->curious)
		return true;
	for (unsigned i = 0; i < at; i++)
		if (t->addresses[i].family == t->addresses[at].family)
			return false;
	return true;
}

static void next_address(struct host_task *t)
{
	while (t->address_at < t->addresses_n && !worth_a_visit(t, t->address_at))
		t->address_at++;
	if (t->address_at >= t->addresses_n || t->out->probe.tried == HOST_VISITS_MAX) {
		t->state = HOST_OVER;
		return;
	}
	t->ticket = (struct gate_ticket){
		.address = t->addresses[t->address_at],
		.granted = granted,
	};
	t->state = HOST_GATED;
	if (t->env->gate->ask(t->env->gate, &t->ticket) != 0) {
		t->failed = true;
		t->state = HOST_OVER;
	}
}

static bool tlsa_is_secure(const struct host_task *t)
{
	return t->may_be_secure && t->out->tlsa_ad == 1 && t->tlsa_n > 0;
}

void host_visit_begin(struct host_task *t)
{
	struct record_probe *p = &t->out->probe;

	t->state = HOST_OVER;
	if (t->env->prober == NULL || (t->only_secure && !tlsa_is_secure(t)))
		return;
	p->addresses = t->addresses_n;
	enum mx_tls why = order_addresses(t);
	if (t->addresses_n == 0) {
		t->out->tls = (int)why;
		return;
	}
	next_address(t);
}

/* ---- one visit --------------------------------------------------------------------------- */

static void name_for_dane(struct host_task *t, struct span name)
{
	struct probe *p = &t->probe;

	if (name.p != NULL && p->names_n < PROBE_DANE_NAMES && memchr(name.p, '\\', name.n) == NULL)
		p->names[p->names_n++] = name.p;
}

void host_visit_start(struct host_task *t)
{

	t->probe = (struct probe){
		.host = t->name,
		.address = t->ticket.address,
		.arena = t->arena,
		.out = &t->visit,
		.done = visited,
	};
	if (tlsa_is_secure(t)) {
		t->probe.tlsa = t->tlsa;
		t->probe.tlsa_n = t->tlsa_n;
		name_for_dane(t, t->out->tlsa_base);
		name_for_dane(t, t->next_hop);
	}
	if (t->ticket.vain) { /* as many others have just waited for nothing there */
		t->visit = (struct probe_result){.tls = MX_TLS_NOT_TRIED,
						 .dane = {.outcome = TERM_NULL, .record = -1},
						 .cert_not_before = INT64_MIN,
						 .cert_not_after = INT64_MIN};
		t->state = HOST_VISITED;
		t->ready(t);
		return;
	}
	/* No slot: the state stays, and so the owner comes again. */
	if (t->env->prober->start(t->env->prober, &t->probe) == 0)
		t->state = HOST_VISITING;
}

static void write_visit(struct host_task *t, int64_t wall_s)
{
	const struct probe_result *v = &t->visit;
	struct record_probe *p = &t->out->probe;
	char address[NETADDR_TEXT_MAX];

	netaddr_text(&t->ticket.address, address);
	p->how = PROBE_DIRECT;
	p->at = wall_s;
	p->address = arena_copy(t->arena, span_str(address));
	p->code = v->code;
	p->text = v->text;
	p->banner = v->banner;
	p->error = v->error;
	p->tls_version = v->tls_version;
	p->cipher = v->cipher;
	p->cert_issuer = v->cert_issuer;
	p->cert_sha256 = v->cert_sha256;
	p->cert_names = v->cert_names;
	p->spki_sha256 = v->spki_sha256;
	p->cert_not_before = v->cert_not_before;
	p->cert_not_after = v->cert_not_after;
	p->cert_key_bits = v->cert_key_bits;
	p->cert_ec = v->cert_ec;
	p->cert_sha1 = v->cert_sha1;
	p->cert_cn_only = v->cert_cn_only;
	p->cert_wildcard_partial = v->cert_wildcard_partial;
	p->requiretls = v->requiretls;
	p->injected = v->injected;
	p->tlsa_leaf_as_ta = v->dane.leaf_as_ta;
	p->tlsa_spare = v->dane.spare;
	p->took_ms = v->took_ms;
	t->out->tls = (int)v->tls;
	t->out->tls_reasons = v->tls_reasons;
	t->out->tlsa_match = v->dane.record;
}

/* How much a visit says about the host: a sender that is served at one address is served; what
 * is certain says more than what may pass. */
static int weight(enum mx_tls outcome)
{
	if (outcome == MX_TLS_OK || outcome == MX_TLS_WEAK)
		return 4;
	if (mx_tls_refused(outcome))
		return 3;
	return outcome == MX_TLS_CONNECT || outcome == MX_TLS_NOT_TRIED ? 1 : 2;
}

/* Whether a DANE sender is refused here for certain, though there was no chain to compare. */
static bool without_tls(const struct probe_result *v)
{
	return v->tls_version.p == NULL && mx_tls_refused(v->tls);
}

static void add_dane(struct host_task *t)
{
	const struct probe_result *v = &t->visit;
	struct record_probe *p = &t->out->probe;

	if (t->probe.tlsa_n == 0)
		return;
	bool good = v->dane.outcome == DANE_OK || v->dane.outcome == DANE_UNUSABLE;
	if (good)
		p->dane_good++;
	else if (v->dane.outcome >= 0 || without_tls(v))
		p->dane_bad++;
	if (v->dane.outcome >= 0 && (t->dane_seen < 0 || good))
		t->dane_seen = v->dane.outcome;
	t->no_tls_seen = t->no_tls_seen || without_tls(v);
}

void host_visit_done(struct host_task *t, int64_t wall_s)
{
	const struct probe_result *v = &t->visit;
	struct record_probe *p = &t->out->probe;
	int before = p->how < 0 ? 0 : weight((enum mx_tls)t->out->tls);

	assert(t->state == HOST_VISITED);
	t->ticket.late = v->tls == MX_TLS_TIMEOUT && v->stage == PROBE_TCP;
	t->env->gate->done(t->env->gate, &t->ticket);
	if (!t->ticket.vain)
		p->tried++;
	p->good += v->tls == MX_TLS_OK || v->tls == MX_TLS_WEAK;
	p->bad += mx_tls_refused(v->tls);
	add_dane(t);
	if (weight(v->tls) > before)
		write_visit(t, wall_s);
	t->address_at++;
	next_address(t);
}

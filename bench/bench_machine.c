/*
 * bench_machine.c - the life of N names that deploy nothing, all but sockets and output: input
 * text to name, machine, resolver, answers parsed, judge. For counting instructions.
 *
 *     bench_machine N
 *
 * The other side is scripted: every TXT question is NXDOMAIN, every MX question has one host, and
 * all answers come at the next turn of the loop. The clock is too, so that N names always do the
 * same work.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dnsmsg.h"
#include "scanner/job/machine.h"

#define JOBS 512u
#define WAITING (4 * JOBS)
#define TURN_MS 5u
#define WALL_MS 1700000000000

struct waiting {
	struct dns_exchange *x;
	uint8_t msg[DNS_QUERY_MAX + 64];
	size_t n;
};

struct bench {
	uint64_t now_ms, sum;
	struct dns_transport transport;
	struct fetcher fetcher;
	struct gate_door gate;
	struct ring ring;
	struct resolver *resolver;
	struct machine *machine;
	struct waiting waiting[WAITING];
	unsigned from, to; /* of a ring of answers */
	unsigned long finished;
};

/* The answer to the question just sent: the question again, with a code and perhaps an MX host. */
static void bench_send(struct dns_transport *t, unsigned upstream, bool tcp, const uint8_t *packet,
		       size_t n, struct dns_exchange *x)
{
	static const uint8_t mx[] = "\xc0\x0c\0\xf\0\1\0\0\1,\0\x14\0\12\4mail\7example\3com";
	struct bench *b = list_owner(t, struct bench, transport);
	struct waiting *w = &b->waiting[b->to++ % WAITING];
	struct dnsmsg m;

	(void)upstream;
	(void)tcp;
	if (b->to - b->from > WAITING || dnsmsg_parse(&m, packet, n) != 0)
		abort();
	memcpy(w->msg, packet, m.answers);
	w->x = x;
	w->n = m.answers;
	w->msg[2] = 0x81;
	w->msg[3] = 0x80 | (m.qtype == DNS_TYPE_TXT ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR);
	w->msg[7] = m.qtype == DNS_TYPE_MX;
	w->msg[10] = w->msg[11] = 0;
	if (m.qtype != DNS_TYPE_MX)
		return;
	memcpy(w->msg + w->n, mx, sizeof(mx));
	w->n += sizeof(mx);
}

static unsigned bench_room(struct dns_transport *t, unsigned upstream)
{
	struct bench *b = list_owner(t, struct bench, transport);

	(void)upstream;
	return WAITING - (b->to - b->from);
}

static int bench_no_fetch(struct fetcher *fetcher, struct fetch *f)
{
	(void)fetcher;
	(void)f;
	abort();
}

static int bench_no_gate(struct gate_door *g, struct gate_ticket *t)
{
	(void)g;
	(void)t;
	abort();
}

static void bench_no_done(struct gate_door *g, struct gate_ticket *t)
{
	(void)g;
	(void)t;
	abort();
}

static void bench_finished(void *user, const struct record *r)
{
	struct bench *b = user;

	if (r->verdict != VERDICT_ABSENT || r->mx.hosts_n != 1)
		abort();
	b->sum += r->domain.n;
	b->finished++;
}

static void bench_open(struct bench *b, struct judge_config *judge)
{
	static char names[1][RESOLVER_NAME_MAX] = {"127.0.0.1:53"};

	b->now_ms = 1000000;
	b->transport = (struct dns_transport){bench_send, bench_room};
	b->fetcher.start = bench_no_fetch;
	b->gate = (struct gate_door){bench_no_gate, bench_no_done};
	ring_init(&b->ring, b->now_ms);
	judge_config_init(judge);
	const struct resolver_config resolver = {
		.upstreams = 1,
		.names = names,
		.retries = 4,
		.timeout_ms = 1000,
		.outage_ms = 60000,
		.seed = 1,
	};
	b->resolver = resolver_new(&resolver, &b->transport, &b->ring, b->now_ms);
	const struct machine_config machine = {
		.jobs = JOBS,
		.asking = JOBS,
		.fetch_timeout_ms = 10000,
		.fetch_retries = 1,
		.judge = judge,
		.reach = reach_new(),
		.resolver = b->resolver,
		.fetcher = &b->fetcher,
		.gate = &b->gate,
		.ring = &b->ring,
		.finished = bench_finished,
		.finished_user = b,
	};
	b->machine = machine_new(&machine);
	if (b->resolver == NULL || b->machine == NULL)
		abort();
	machine_turn(b->machine, b->now_ms, WALL_MS);
}

static void bench_turn(struct bench *b)
{
	unsigned to = b->to;

	b->now_ms += TURN_MS;
	ring_advance(&b->ring, b->now_ms);
	for (; b->from != to; b->from++) {
		struct waiting *w = &b->waiting[b->from % WAITING];
		w->x->done(w->x, DNS_TRANSPORT_ANSWER, w->msg, w->n);
	}
	machine_turn(b->machine, b->now_ms, WALL_MS);
	resolver_turn(b->resolver, b->now_ms);
	if (machine_failed(b->machine))
		abort();
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct judge_config judge;
	char name[64];

	if (argc != 2) {
		fputs("usage: bench_machine N\n", stderr);
		return 2;
	}
	bench_open(&bench, &judge);
	unsigned long n = strtoul(argv[1], NULL, 10);
	for (unsigned long i = 1; i <= n; i++) {
		int length = snprintf(name, sizeof(name), "name%07lu.example.net", i);
		struct machine_input in = {
			.line = i, .text = span_of(name, (size_t)length), .rank = -1};
		while (machine_room(bench.machine) == 0)
			bench_turn(&bench);
		machine_submit(bench.machine, &in);
	}
	while (machine_active(bench.machine) > 0)
		bench_turn(&bench);
	printf("%lu %llu\n", bench.finished, (unsigned long long)bench.sum);
	return bench.finished == n ? 0 : 1;
}

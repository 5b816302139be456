/*
 * bench_transport.c - what carries questions, N times over: for counting instructions.
 *
 *     bench_transport TASK N
 *
 * TASK: datagrams (queries collected, ordered and sent in batches), token (a question's token,
 * written as a query and as an answer), exchange (all of dns_ares: a question to c-ares and out,
 * its answer in and told). The other side of "exchange" is a socket of this process, which turns
 * each question into NXDOMAIN. All goes in batches of which each is over before the next begins, so
 * that the same N does the same work.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "parsers/dnsmsg.h"
#include "scanner/dns/datagrams.h"
#include "scanner/dns/dns_ares.h"
#include "scanner/dns/dns_token.h"

#define PACKETS 64u /* different questions, of some lengths */
#define BATCH 64u
#define KEY 0x9e3779b97f4a7c15u

struct question {
	struct dns_exchange exchange;
	struct bench *bench;
};

struct bench {
	uint8_t packet[PACKETS][DNS_QUERY_MAX];
	size_t packet_n[PACKETS];
	int peer, sender;
	struct sockaddr_in address; /* of peer */
	struct datagrams datagrams;
	uv_loop_t loop;
	struct dns_ares *ares;
	struct question question[BATCH];
	unsigned done;
	uint64_t sum;
	/* Of the peer. */
	struct mmsghdr header[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t datagram[BATCH][DNS_QUERY_MAX];
};

static void make_packets(struct bench *b)
{
	static const uint16_t types[] = {DNS_TYPE_TXT, DNS_TYPE_TXT, DNS_TYPE_MX};
	static const char *const owners[] = {"_mta-sts.", "_smtp._tls.", ""};
	char name[64];

	for (unsigned i = 0; i < PACKETS; i++) {
		int n = snprintf(name, sizeof(name), "%sname%u.example.net", owners[i % 3], i * i);
		b->packet_n[i] = dnsmsg_query(b->packet[i], sizeof(b->packet[i]), (uint16_t)i,
					      span_of(name, (size_t)n), types[i % 3], true);
		if (b->packet_n[i] == 0)
			abort();
	}
}

static void make_sockets(struct bench *b)
{
	int room = 1 << 20;
	socklen_t n = sizeof(b->address);

	b->address = (struct sockaddr_in){.sin_family = AF_INET,
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	b->peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	b->sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (b->peer < 0 || b->sender < 0 ||
	    setsockopt(b->peer, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) != 0 ||
	    bind(b->peer, (struct sockaddr *)&b->address, sizeof(b->address)) != 0 ||
	    getsockname(b->peer, (struct sockaddr *)&b->address, &n) != 0 ||
	    connect(b->sender, (struct sockaddr *)&b->address, n) != 0)
		abort();
	for (unsigned i = 0; i < BATCH; i++) {
		b->iov[i].iov_base = b->datagram[i];
		b->header[i].msg_hdr = (struct msghdr){
			.msg_iov = &b->iov[i], .msg_iovlen = 1, .msg_name = &b->from[i]};
	}
}

/* What has been sent to the peer: exactly n datagrams. */
static void peer_receive(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		b->iov[i].iov_len = DNS_QUERY_MAX;
		b->header[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
	}
	if (recvmmsg(b->peer, b->header, n, 0, NULL) != (int)n)
		abort();
}

static void peer_answer(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		b->datagram[i][2] |= 0x80;
		b->datagram[i][3] = 0x80 | DNS_RCODE_NXDOMAIN;
		b->iov[i].iov_len = b->header[i].msg_len;
	}
	if (sendmmsg(b->peer, b->header, n, 0) != (int)n)
		abort();
}

static void run_datagrams(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct iovec iov = {b->packet[i % PACKETS], b->packet_n[i % PACKETS]};
		if (!datagrams_add(&b->datagrams, &iov, 1, iov.iov_len))
			abort();
	}
	datagrams_flush(&b->datagrams, b->sender);
	peer_receive(b, n);
	b->sum += b->header[n - 1].msg_len;
}

static void run_token(struct bench *b, unsigned n)
{
	uint8_t query[DNS_TOKEN_N], answer[DNS_TOKEN_N];
	struct dns_token token;

	for (unsigned i = 0; i < n; i++) {
		if (dns_token_of(&token, b->packet[i % PACKETS], b->packet_n[i % PACKETS], KEY,
				 false) != 0)
			abort();
		dns_token_write(&token, (uint16_t)i, DNS_TOKEN_QUERY, query);
		dns_token_write(&token, (uint16_t)i, DNS_TOKEN_ANSWER, answer);
		b->sum += query[DNS_TOKEN_N - 3] + answer[DNS_TOKEN_N - 4];
	}
}

static void exchange_done(struct dns_exchange *x, enum dns_transport_status status,
			  const uint8_t *msg, size_t n)
{
	struct bench *b = list_owner(x, struct question, exchange)->bench;

	(void)msg;
	if (status != DNS_TRANSPORT_ANSWER)
		abort();
	b->sum += n;
	b->done++;
}

static void run_exchange(struct bench *b, unsigned n)
{
	struct dns_transport *t = dns_ares_transport(b->ares);

	b->done = 0;
	for (unsigned i = 0; i < n; i++) {
		b->question[i] = (struct question){.exchange = {.done = exchange_done}, .bench = b};
		t->send(t, 0, false, b->packet[i % PACKETS], b->packet_n[i % PACKETS],
			&b->question[i].exchange);
	}
	dns_ares_flush(b->ares);
	peer_receive(b, n);
	peer_answer(b, n);
	while (b->done < n)
		uv_run(&b->loop, UV_RUN_ONCE);
	dns_ares_tick(b->ares);
}

static void open_ares(struct bench *b)
{
	struct sockaddr_storage upstream = {0};
	struct errmsg err;
	const struct dns_ares_config config = {
		.upstreams = &upstream,
		.upstreams_n = 1,
		.timeout_ms = 600000, /* under callgrind all takes its time */
		.receive_buffer = 1 << 20,
		.window_max = BATCH,
	};

	memcpy(&upstream, &b->address, sizeof(b->address));
	if (uv_loop_init(&b->loop) != 0)
		abort();
	b->ares = dns_ares_new(&b->loop, &config, &err);
	if (b->ares == NULL) {
		fprintf(stderr, "bench_transport: %s\n", err.text);
		exit(3);
	}
}

static void bench_close(struct bench *b)
{
	dns_ares_free(b->ares);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	uv_loop_close(&b->loop);
	close(b->sender);
	close(b->peer);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(struct bench *, unsigned n);
	} tasks[] = {
		{"datagrams", run_datagrams}, {"token", run_token}, {"exchange", run_exchange}};
	static struct bench bench;

	for (size_t k = 0; k < sizeof(tasks) / sizeof(tasks[0]); k++) {
		if (argc != 3 || strcmp(tasks[k].name, argv[1]) != 0)
			continue;
		make_packets(&bench);
		make_sockets(&bench);
		open_ares(&bench);
		for (unsigned long n = strtoul(argv[2], NULL, 10); n > 0;) {
			unsigned batch = n < BATCH ? (unsigned)n : BATCH;
			tasks[k].run(&bench, batch);
			n -= batch;
		}
		printf("%llu\n", (unsigned long long)bench.sum);
		bench_close(&bench);
		return 0;
	}
	fputs("usage: bench_transport datagrams|token|exchange N\n", stderr);
	return 2;
}

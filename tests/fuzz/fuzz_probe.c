/*
 * fuzz_probe.c - an MX host that says anything, and the real prober on the other side of a
 * connection over loopback. The first byte chooses what the rest is: all that the host ever says;
 * bytes in place of a TLS handshake; what it says inside TLS; TLSA records (a length byte before
 * each) for the chain it serves; nobody listens; or the host says nothing and waits.
 */
#include <assert.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/probe/probe_uv.h"
#include "tests/support/certs.h"
#include "tests/support/scratch.h"

#define HOST "mx.example.org"
#define LIMIT_MS 300u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum kind { KIND_CLEAR, KIND_HANDSHAKE, KIND_INSIDE, KIND_TLSA, KIND_NOBODY, KIND_SILENT, KINDS };

/* Made once: what a worker makes once, too, and the other side. */
static struct {
	uv_loop_t loop;
	uv_timer_t timer;
	struct ring ring;
	struct probe_uv *prober;
	struct tls_trust *trust;
	SSL_CTX *server;
	struct cert root, leaf;
	int listener;
} lab;

struct script {
	enum kind kind;
	const uint8_t *bytes;
	size_t n;
};

/* ---- the server -------------------------------------------------------------------------- */

static void serve_tls(int fd, const struct script *s)
{
	char byte;
	SSL *ssl = SSL_new(lab.server);

	assert(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
	if (SSL_accept(ssl) == 1) {
		if (s->kind == KIND_INSIDE && s->n > 0)
			SSL_write(ssl, s->bytes, (int)s->n);
		while (SSL_read(ssl, &byte, 1) > 0 && byte != '\n')
			;
		SSL_write(ssl, "221 bye\r\n", 9);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
}

static void serve_dialogue(int fd, const struct script *s)
{
	static const char *const say[] = {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n"};
	char buffer[512];

	for (unsigned i = 0; i < 3; i++) {
		send(fd, say[i], strlen(say[i]), MSG_NOSIGNAL);
		if (i < 2 && recv(fd, buffer, sizeof(buffer), 0) <= 0)
			return;
	}
	if (s->kind == KIND_HANDSHAKE && recv(fd, buffer, 1, MSG_PEEK) > 0)
		send(fd, s->bytes, s->n, MSG_NOSIGNAL);
	else
		serve_tls(fd, s);
}

/* Serves one connection. */
static void *serve(void *user)
{
	const struct timeval limit = {.tv_sec = 5};
	const struct script *s = user;
	char buffer[4096];
	int fd = accept(lab.listener, NULL, NULL);

	assert(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (s->kind == KIND_CLEAR)
		send(fd, s->bytes, s->n, MSG_NOSIGNAL);
	else if (s->kind != KIND_SILENT)
		serve_dialogue(fd, s);
	if (s->kind == KIND_SILENT)
		recv(fd, buffer, sizeof(buffer), 0); /* until the prober has had enough */
	shutdown(fd, SHUT_WR);
	while (recv(fd, buffer, sizeof(buffer), 0) > 0)
		;
	close(fd);
	return NULL;
}

static void tick(uv_timer_t *timer)
{
	ring_advance(&lab.ring, uv_now(timer->loop));
}

static void lab_certs(void)
{
	char path[128];
	struct errmsg err = {""};

	lab.root = cert_make(NULL, "root", NULL, -1, 99, 0);
	lab.leaf = cert_make(&lab.root, HOST, HOST, -1, 99, 0);
	lab.server = SSL_CTX_new(TLS_server_method());
	assert(lab.server != NULL && SSL_CTX_use_certificate(lab.server, lab.leaf.x509) == 1);
	assert(SSL_CTX_use_PrivateKey(lab.server, lab.leaf.key) == 1);
	snprintf(path, sizeof(path), "%s/ca.pem", scratch_dir());
	FILE *out = fopen(path, "w");
	assert(out != NULL && PEM_write_X509(out, lab.root.x509) == 1 && fclose(out) == 0);
	lab.trust = tls_trust_load(path, NULL, &err);
	assert(lab.trust != NULL);
}

static void lab_open(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t to_n = sizeof(to);
	struct errmsg err = {""};

	signal(SIGPIPE, SIG_IGN); /* as a worker does */
	lab_certs();
	lab.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(bind(lab.listener, (struct sockaddr *)&to, sizeof(to)) == 0);
	assert(listen(lab.listener, 8) == 0);
	assert(getsockname(lab.listener, (struct sockaddr *)&to, &to_n) == 0);
	assert(uv_loop_init(&lab.loop) == 0);
	ring_init(&lab.ring, uv_now(&lab.loop));
	uv_timer_init(&lab.loop, &lab.timer);
	uv_timer_start(&lab.timer, tick, RING_TICK_MS, RING_TICK_MS);
	struct probe_uv_config config = {
		.slots = 1,
		.port = ntohs(to.sin_port),
		.ehlo_name = "scanner.example.net",
		.limits = {LIMIT_MS, LIMIT_MS, LIMIT_MS, LIMIT_MS, 100, 3 * LIMIT_MS},
		.trust = lab.trust,
		.ring = &lab.ring,
	};
	lab.prober = probe_uv_new(&lab.loop, &config, &err);
	assert(lab.prober != NULL);
}

/* ---- the client -------------------------------------------------------------------------- */

struct asked {
	struct probe probe;
	struct probe_result result;
	struct tlsa set[PROBE_TLSA_MAX];
	bool done;
};

static void asked_done(struct probe *p)
{
	struct asked *a = (struct asked *)(void *)((char *)p - offsetof(struct asked, probe));

	assert(!a->done);
	a->done = true;
}

/* Records from the input, the first byte of each its length; a record of no bytes is one that
 * matches. */
static void read_records(struct asked *a, const struct script *s, const struct cert_tlsa *good)
{
	for (size_t at = 0; at < s->n && a->probe.tlsa_n < PROBE_TLSA_MAX;) {
		size_t n = s->bytes[at++];
		n = n < s->n - at ? n : s->n - at;
		struct tlsa *t = &a->set[a->probe.tlsa_n++];
		if (n == 0)
			*t = good->t;
		else
			tlsa_read(s->bytes + at, n, t);
		at += n;
	}
	a->probe.tlsa = a->set;
}

static void check(const struct asked *a, const struct script *s)
{
	const struct probe_result *r = &a->result;
	const struct probe_dane *d = &r->dane;

	assert(r->took_ms >= 0 && r->took_ms < 3 * LIMIT_MS + 500);
	assert((r->tls == MX_TLS_OK) == (r->stage == PROBE_OK));
	assert(d->record < (int)a->probe.tlsa_n);
	if (s->kind == KIND_NOBODY)
		assert(r->tls == MX_TLS_CONNECT && r->stage == PROBE_TCP);
	if (s->kind == KIND_SILENT)
		assert(r->tls == MX_TLS_TIMEOUT && r->stage == PROBE_GREETING);
	if (s->kind == KIND_CLEAR || s->kind == KIND_HANDSHAKE)
		assert(r->tls != MX_TLS_OK && r->tls_version.p == NULL);
	if (s->kind == KIND_INSIDE)
		assert(r->tls == MX_TLS_OK);
	if (s->kind == KIND_TLSA) {
		assert(r->tls == MX_TLS_OK);
		assert((d->outcome < 0) == (a->probe.tlsa_n == 0));
		assert((d->outcome == DANE_OK) == (d->record >= 0));
	}
}

static void probe_once(struct script s)
{
	static struct cert_tlsa good;
	struct arena arena;
	pthread_t server;

	assert(arena_init(&arena, 65536, 1u << 22) == 0);
	struct asked a = {
		.probe = {.host = HOST,
			  .address = {.family = 4, .bytes = {127, 0, 0, 1}},
			  .arena = &arena,
			  .names = {HOST},
			  .names_n = 1,
			  .done = asked_done},
	};
	a.probe.out = &a.result;
	if (s.kind == KIND_TLSA) {
		cert_tlsa(&lab.leaf, TLSA_DANE_EE, TLSA_SPKI, TLSA_SHA256, &good);
		read_records(&a, &s, &good);
	}
	if (s.kind == KIND_NOBODY)
		a.probe.address.bytes[3] = 2;
	else
		assert(pthread_create(&server, NULL, serve, &s) == 0);
	struct prober *prober = probe_uv_prober(lab.prober);
	assert(prober->start(prober, &a.probe) == 0);
	assert(probe_uv_in_flight(lab.prober) == 1);
	while (!a.done) {
		uv_run(&lab.loop, UV_RUN_ONCE);
		probe_uv_turn(lab.prober);
	}
	if (s.kind != KIND_NOBODY)
		pthread_join(server, NULL);
	check(&a, &s);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 1u << 20)
		return 0;
	if (lab.prober == NULL)
		lab_open();
	probe_once((struct script){(enum kind)(data[0] % KINDS), data + 1, size - 1});
	return 0;
}

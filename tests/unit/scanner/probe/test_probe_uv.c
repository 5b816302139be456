/*
 * test_probe_uv.c - the prober against a server of flesh and blood on loopback: a thread that
 * speaks SMTP as a script says and TLS as OpenSSL does. What no server may do to us: hold up the
 * loop, or keep us longer than agreed.
 */
#include <criterion/criterion.h>
#include "tests/support/certs.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/probe/probe_uv.h"
#include "tests/support/scratch.h"

#define HOST "mx.example.org"
#define LIMITS                                                                                     \
	{                                                                                          \
		500, 400, 400, 400, 200, 1500                                                      \
	}

struct server {
	int fd;
	uint16_t port;
	pthread_t thread;
	SSL_CTX *ctx;
	/* The script: what is said at each step. NULL: nothing, for ever. */
	const char *greeting, *ehlo, *starttls, *quit;
	const char *after_starttls; /* in clear, 50 ms after the 220 */
	bool drips, closes_in_handshake, hangs_in_handshake;
	/* What it saw. */
	char commands[256];
	bool early; /* the client spoke first */
	bool shut;  /* close_notify came */
};

static void wait_ms(unsigned ms)
{
	usleep(ms * 1000);
}

/* ---- the server -------------------------------------------------------------------------- */

static void say(struct server *v, int fd, SSL *ssl, const char *text)
{
	for (size_t at = 0, n = strlen(text); at < n; at += v->drips ? 1 : n) {
		int part = v->drips ? 1 : (int)n;
		if (ssl != NULL)
			SSL_write(ssl, text + at, part);
		else if (send(fd, text + at, (size_t)part, MSG_NOSIGNAL) <= 0)
			return;
		if (v->drips)
			wait_ms(10);
	}
}

/* A line of the client, noted; false at its end. */
static bool hear(struct server *v, int fd, SSL *ssl)
{
	char line[300];
	size_t n = 0;

	while (n < sizeof(line) - 1) {
		int got = ssl != NULL ? SSL_read(ssl, line + n, 1) : (int)recv(fd, line + n, 1, 0);
		if (got <= 0) {
			v->shut = ssl != NULL && SSL_get_error(ssl, got) == SSL_ERROR_ZERO_RETURN;
			return false;
		}
		if (line[n++] == '\n')
			break;
	}
	line[strcspn(line, " \r\n")] = '\0';
	size_t used = strlen(v->commands);
	snprintf(v->commands + used, sizeof(v->commands) - used, "%s ", line);
	return true;
}

static void hang(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, 0) > 0)
		;
}

static void secure(struct server *v, int fd)
{
	SSL *ssl = SSL_new(v->ctx);

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1 && hear(v, fd, ssl)) {
		if (v->quit != NULL)
			say(v, fd, ssl, v->quit);
		hear(v, fd, ssl);
	}
	SSL_free(ssl);
}

static void serve(struct server *v, int fd)
{
	char byte;

	wait_ms(20);
	v->early = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
	if (v->greeting == NULL) {
		hang(fd);
		return;
	}
	say(v, fd, NULL, v->greeting);
	while (hear(v, fd, NULL)) {
		const char *last = strrchr(v->commands, ' ') - 4;
		const char *reply = strncmp(last, "EHLO", 4) == 0   ? v->ehlo
				    : strncmp(last, "QUIT", 4) == 0 ? v->quit
								    : v->starttls;
		if (reply == NULL) {
			hang(fd);
			return;
		}
		say(v, fd, NULL, reply);
		if (reply != v->starttls || reply[0] != '2')
			continue;
		if (v->after_starttls != NULL) {
			wait_ms(50);
			say(v, fd, NULL, v->after_starttls);
		} else if (v->hangs_in_handshake) {
			hang(fd);
		} else if (!v->closes_in_handshake) {
			secure(v, fd);
		}
		return;
	}
}

static void *server_run(void *user)
{
	struct server *v = user;
	int fd = accept(v->fd, NULL, NULL);

	if (fd >= 0) {
		serve(v, fd);
		close(fd);
	}
	return NULL;
}

static void server_start(struct server *v, const struct cert *leaf, const struct cert *issuer)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);

	signal(SIGPIPE, SIG_IGN);
	if (v->ctx == NULL)
		v->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(v->ctx, 0);
	cr_assert(SSL_CTX_use_certificate(v->ctx, leaf->x509) == 1 &&
		  SSL_CTX_use_PrivateKey(v->ctx, leaf->key) == 1);
	if (issuer != NULL)
		SSL_CTX_add1_chain_cert(v->ctx, issuer->x509);
	v->fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert(bind(v->fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(v->fd, 5) == 0);
	getsockname(v->fd, (struct sockaddr *)&a, &n);
	v->port = ntohs(a.sin_port);
	cr_assert_eq(pthread_create(&v->thread, NULL, server_run, v), 0);
}

static void server_stop(struct server *v)
{
	shutdown(v->fd, SHUT_RDWR);
	pthread_join(v->thread, NULL);
	close(v->fd);
	SSL_CTX_free(v->ctx);
}

/* ---- the client -------------------------------------------------------------------------- */

struct visit {
	struct probe probe; /* stands first */
	struct probe_result result;
	bool done;
	uint64_t took_ms;
};

static void visit_done(struct probe *p)
{
	struct visit *v = (struct visit *)(void *)p;

	cr_assert_not(v->done, "done() once");
	v->done = true;
}

static struct tls_trust *trust_of(const struct cert *root)
{
	char path[128];
	struct errmsg err = {0};

	snprintf(path, sizeof(path), "%s/ca.pem", scratch_dir());
	FILE *f = fopen(path, "w");
	cr_assert(f != NULL && PEM_write_X509(f, root->x509) == 1 && fclose(f) == 0);
	struct tls_trust *t = tls_trust_load(path, NULL, &err);
	cr_assert(t != NULL);
	return t;
}

static void tick(uv_timer_t *t)
{
	ring_advance(t->data, uv_now(t->loop));
}

static void run_until_done(uv_loop_t *loop, struct probe_uv *u, const struct visit *v)
{
	while (!v->done) {
		uv_run(loop, UV_RUN_ONCE);
		probe_uv_turn(u);
	}
}

/* What is expected is text of these: they live as long as the test. */
#define VISITS_MAX 16u
static struct arena arenas[VISITS_MAX];
static unsigned arenas_n;

static void visit_host(struct visit *v, uint16_t port, const struct cert *root)
{
	static struct ring ring;
	static const struct smtp_limits limits = LIMITS;
	uv_loop_t loop;
	uv_timer_t timer;
	struct errmsg err = {0};
	struct tls_trust *trust = trust_of(root);

	uv_loop_init(&loop);
	ring_init(&ring, uv_now(&loop));
	uv_timer_init(&loop, &timer);
	timer.data = &ring;
	uv_timer_start(&timer, tick, RING_TICK_MS, RING_TICK_MS);
	struct probe_uv_config config = {.slots = 1,
					 .port = port,
					 .ehlo_name = "me.example",
					 .limits = limits,
					 .trust = trust,
					 .ring = &ring};
	struct probe_uv *u = probe_uv_new(&loop, &config, &err);
	struct arena *arena = &arenas[arenas_n++];
	cr_assert(u != NULL && arenas_n <= VISITS_MAX && arena_init(arena, 8192, 1 << 20) == 0);
	v->probe.host = HOST;
	v->probe.address = (struct netaddr){4, {127, 0, 0, 1}};
	v->probe.arena = arena;
	v->probe.out = &v->result;
	v->probe.done = visit_done;
	uint64_t began = uv_hrtime();
	cr_assert_eq(probe_uv_prober(u)->start(probe_uv_prober(u), &v->probe), 0);
	struct probe second = v->probe;
	cr_expect_eq(probe_uv_prober(u)->start(probe_uv_prober(u), &second), -1, "no slot");
	run_until_done(&loop, u, v);
	v->took_ms = (uv_hrtime() - began) / 1000000;
	cr_expect_eq(probe_uv_in_flight(u), 0);
	probe_uv_free(u);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	cr_expect_eq(uv_loop_close(&loop), 0, "every handle is closed");
	tls_trust_free(trust);
}

#define GREETING "220 mx ESMTP\r\n"
#define EHLO_OK "250-mx\r\n250-STARTTLS\r\n250 SIZE\r\n"
#define EHLO_LONG                                                                                  \
	"250-mx\r\n250-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n250 STARTTLS\r\n"
#define GO "220 go\r\n"
#define BYE "221 bye\r\n"
#define WILLING .greeting = GREETING, .ehlo = EHLO_OK, .starttls = GO, .quit = BYE

/* They live as long as the process. */
static struct cert root, leaf, self_signed, short_key;

static void make_certs(void)
{
	root = cert_make(NULL, "root", NULL, -9, 99, 0);
	leaf = cert_make(&root, HOST, HOST, -9, 9, 0);
}

static void visit_server(struct server *v, struct visit *visit, const struct cert *c)
{
	server_start(v, c, NULL);
	visit_host(visit, v->port, &root);
	server_stop(v);
	cr_expect_not(v->early, "nothing before the greeting");
}

Test(probe_uv, a_good_host)
{
	struct server v = {WILLING};
	struct visit visit = {0};

	make_certs();
	visit_server(&v, &visit, &leaf);
	cr_expect_eq(visit.result.tls, MX_TLS_OK, "%s", mx_tls_name(visit.result.tls));
	cr_expect_eq(visit.result.stage, PROBE_OK);
	cr_expect(span_eq(visit.result.tls_version, SPAN_LIT("TLSv1.3")));
	cr_expect(visit.result.cipher.n > 0 && visit.result.spki_sha256.n == 64);
	cr_expect(visit.result.cert_ec && visit.result.cert_key_bits == 256);
	cr_expect(visit.result.quit_sent && visit.result.quit_answered);
	cr_expect_str_eq(v.commands, "EHLO STARTTLS QUIT ", "%s", v.commands);
	cr_expect(v.shut, "TLS ends with close_notify");
	cr_expect_null(visit.result.error.p);
}

Test(probe_uv, one_handshake_two_verdicts)
{
	struct server v = {WILLING};
	struct visit visit = {0};
	struct cert_tlsa record;

	make_certs();
	self_signed = cert_make(NULL, "self", "wrong.example", -9, -1, 0);
	cert_tlsa(&self_signed, 3, 1, 1, &record);
	visit.probe.tlsa = &record.t;
	visit.probe.tlsa_n = 1;
	visit.probe.names[0] = HOST;
	visit.probe.names_n = 1;
	visit_server(&v, &visit, &self_signed);
	cr_expect_eq(visit.result.tls, MX_TLS_NAME_MISMATCH);
	cr_expect_eq(visit.result.tls_reasons,
		     1u << TLS_NAME_MISMATCH | 1u << TLS_EXPIRED | 1u << TLS_SELF_SIGNED);
	cr_expect_eq(visit.result.dane.outcome, DANE_OK);
}

static const struct {
	struct server v;
	enum mx_tls tls;
	enum probe_stage stage;
	const char *commands;
	unsigned least_ms, most_ms;
} hosts[] = {
	{{.greeting = GREETING, .ehlo = EHLO_LONG, .drips = true},
	 MX_TLS_TIMEOUT,
	 PROBE_EHLO,
	 "EHLO QUIT ",
	 400,
	 1700},
	{{.greeting = NULL}, MX_TLS_TIMEOUT, PROBE_GREETING, "", 390, 700},
	{{.greeting = "421 no\r\n", .quit = BYE}, MX_TLS_BLOCKED, PROBE_GREETING, "QUIT ", 0, 300},
	{{.greeting = GREETING}, MX_TLS_TIMEOUT, PROBE_EHLO, "EHLO ", 390, 1000},
	{{.greeting = GREETING, .ehlo = "250 mx\r\n", .quit = BYE},
	 MX_TLS_NO_STARTTLS,
	 PROBE_STARTTLS,
	 "EHLO QUIT ",
	 0,
	 300},
	{{.greeting = GREETING, .ehlo = EHLO_OK, .starttls = "454 later\r\n", .quit = BYE},
	 MX_TLS_TEMPFAIL,
	 PROBE_STARTTLS,
	 "EHLO STARTTLS QUIT ",
	 0,
	 300},
	{{WILLING, .after_starttls = "250 in clear\r\n"},
	 MX_TLS_CLEARTEXT,
	 PROBE_TLS,
	 "EHLO STARTTLS ",
	 0,
	 400},
	{{WILLING, .closes_in_handshake = true},
	 MX_TLS_HANDSHAKE,
	 PROBE_TLS,
	 "EHLO STARTTLS ",
	 0,
	 400},
	{{WILLING, .hangs_in_handshake = true},
	 MX_TLS_TIMEOUT,
	 PROBE_TLS,
	 "EHLO STARTTLS ",
	 390,
	 1000},
	{{.greeting = GREETING, .ehlo = EHLO_OK, .starttls = GO},
	 MX_TLS_OK,
	 PROBE_OK,
	 "EHLO STARTTLS QUIT ",
	 190,
	 700},
	{{.greeting = "SSH-2.0-x\r\n", .ehlo = ""}, MX_TLS_SMTP, PROBE_GREETING, "", 0, 300},
};

Test(probe_uv, what_hosts_do)
{
	make_certs();
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct server v = hosts[i].v;
		struct visit visit = {0};
		visit_server(&v, &visit, &leaf);
		cr_expect_eq(visit.result.tls, hosts[i].tls, "row %zu: %s", i,
			     mx_tls_name(visit.result.tls));
		cr_expect_eq(visit.result.stage, hosts[i].stage, "row %zu: %d", i,
			     visit.result.stage);
		if (!v.drips)
			cr_expect_str_eq(v.commands, hosts[i].commands, "row %zu: %s", i,
					 v.commands);
		cr_expect(visit.took_ms >= hosts[i].least_ms && visit.took_ms <= hosts[i].most_ms,
			  "row %zu: %llu ms", i, (unsigned long long)visit.took_ms);
	}
}

Test(probe_uv, old_tls_and_weak_keys_are_facts)
{
	struct server old = {WILLING}, weak = {WILLING};
	struct visit visit = {0}, second = {0};

	make_certs();
	old.ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_cipher_list(old.ctx, "DEFAULT@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(old.ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(old.ctx, TLS1_VERSION);
	visit_server(&old, &visit, &leaf);
	cr_expect_eq(visit.result.tls, MX_TLS_PROTOCOL, "%s", mx_tls_name(visit.result.tls));
	cr_expect(span_eq(visit.result.tls_version, SPAN_LIT("TLSv1")));
	short_key = cert_make(&root, HOST, HOST, -9, 9, 1024);
	visit_server(&weak, &second, &short_key);
	cr_expect_eq(second.result.tls, MX_TLS_WEAK);
	cr_expect_eq(second.result.tls_reasons, 0);
}

Test(probe_uv, nobody_listens)
{
	struct visit visit = {0};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd =
		socket(AF_INET, SOCK_STREAM, 0); /* bound, and not listening: the port stays ours */

	make_certs();
	cr_assert(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	getsockname(fd, (struct sockaddr *)&a, &n);
	visit_host(&visit, ntohs(a.sin_port), &root);
	cr_expect_eq(visit.result.tls, MX_TLS_CONNECT);
	cr_expect_eq(visit.result.stage, PROBE_TCP);
	cr_expect(span_eq(visit.result.error, SPAN_LIT("connection refused")));
	close(fd);
}

static unsigned visits_done;

static void count_done(struct probe *p)
{
	(void)p;
	visits_done++;
}

/* As many at a time as there are slots, and each is free again when its visit is over. */
Test(probe_uv, so_many_at_a_time)
{
	struct ring ring;
	uv_loop_t loop;
	struct errmsg err = {0};
	struct probe_result results[4];
	struct probe probes[4] = {0};

	make_certs();
	uv_loop_init(&loop);
	ring_init(&ring, uv_now(&loop));
	struct tls_trust *trust = trust_of(&root);
	cr_assert_eq(arena_init(&arenas[0], 8192, 1 << 20), 0);
	for (unsigned slots = 1; slots <= 3; slots++) {
		struct probe_uv_config config = {.slots = slots,
						 .port = 1, /* nobody is there */
						 .ehlo_name = "me.example",
						 .limits = LIMITS,
						 .trust = trust,
						 .ring = &ring};
		struct probe_uv *u = probe_uv_new(&loop, &config, &err);
		visits_done = 0;
		cr_assert(u != NULL);
		for (unsigned round = 1; round <= 2; round++) {
			for (unsigned i = 0; i <= slots; i++) {
				probes[i].host = HOST;
				probes[i].address = (struct netaddr){4, {127, 0, 0, 1}};
				probes[i].arena = &arenas[0];
				probes[i].out = &results[i];
				probes[i].done = count_done;
				cr_expect_eq(
					probe_uv_prober(u)->start(probe_uv_prober(u), &probes[i]),
					i < slots ? 0 : -1, "%u of %u", i, slots);
			}
			cr_expect_eq(probe_uv_in_flight(u), slots);
			while (visits_done < round * slots) {
				uv_run(&loop, UV_RUN_ONCE);
				probe_uv_turn(u);
			}
			cr_expect_eq(probe_uv_in_flight(u), 0);
			uv_run(&loop, UV_RUN_DEFAULT); /* what is closed is closed */
			probe_uv_turn(u);
		}
		probe_uv_free(u);
		uv_run(&loop, UV_RUN_DEFAULT);
	}
	arena_release(&arenas[0]);
	tls_trust_free(trust);
	uv_loop_close(&loop);
}

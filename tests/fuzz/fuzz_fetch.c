/*
 * fuzz_fetch.c - a policy host that says anything, and the real fetcher on the other side of a
 * connection over loopback. The first byte chooses what the rest is: bytes in place of a TLS
 * handshake, an HTTP/1.1 or HTTP/2 answer after one; or nobody listens.
 */
#include <assert.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parsers/limits.h"
#include "scanner/fetch/fetch_curl.h"
#include "tests/support/scratch.h"

#define HOST "mta-sts.example.org"
#define DEADLINE_MS 2000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum answer { ANSWER_RAW, ANSWER_HTTP1, ANSWER_HTTP2, ANSWER_NOBODY, ANSWERS };

/* Made once: what a worker makes once, too, and the other side. */
static struct {
	uv_loop_t loop;
	struct fetch_curl *fetch;
	struct tls_trust *trust;
	SSL_CTX *server;
	int listener;
} lab;

struct reply {
	enum answer answer;
	const uint8_t *bytes;
	size_t n;
};

/* ---- the server -------------------------------------------------------------------------- */

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
		       const unsigned char *in, unsigned in_n, void *user)
{
	static const unsigned char http1[] = "\x08http/1.1", http2[] = "\x02h2";
	const struct reply *reply = SSL_get_app_data(ssl);
	const unsigned char *mine = reply->answer == ANSWER_HTTP2 ? http2 : http1;
	unsigned char *chosen;

	(void)user;
	if (SSL_select_next_proto(&chosen, out_n, mine, mine[0] + 1u, in, in_n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void reply_tls(int fd, const struct reply *reply)
{
	char request[4096];
	SSL *ssl = SSL_new(lab.server);

	assert(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
	SSL_set_app_data(ssl, (void *)(uintptr_t)reply);
	if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof(request)) > 0) {
		if (reply->n > 0)
			SSL_write(ssl, reply->bytes, (int)reply->n);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
}

/* Serves one connection. */
static void *serve(void *user)
{
	const struct timeval limit = {.tv_sec = 5};
	const struct reply *reply = user;
	char buffer[4096];
	int fd = accept(lab.listener, NULL, NULL);

	assert(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (reply->answer != ANSWER_RAW)
		reply_tls(fd, reply);
	else if (recv(fd, buffer, sizeof(buffer), 0) > 0)
		send(fd, reply->bytes, reply->n, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (recv(fd, buffer, sizeof(buffer), 0) > 0)
		;
	close(fd);
	return NULL;
}

/* A certificate for HOST that signs itself; the client trusts it. */
static void make_certificate(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:" HOST);
	char path[128];

	assert(key != NULL && cert != NULL && san != NULL);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * 365);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "O", MBSTRING_ASC,
				   (const unsigned char *)"Lab", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_add_ext(cert, san, -1);
	X509_set_pubkey(cert, key);
	assert(X509_sign(cert, key, EVP_sha256()) > 0);
	lab.server = SSL_CTX_new(TLS_server_method());
	assert(lab.server != NULL && SSL_CTX_use_certificate(lab.server, cert) == 1);
	assert(SSL_CTX_use_PrivateKey(lab.server, key) == 1);
	SSL_CTX_set_alpn_select_cb(lab.server, choose_alpn, NULL);
	snprintf(path, sizeof(path), "%s/ca.pem", scratch_dir());
	FILE *out = fopen(path, "w");
	assert(out != NULL && PEM_write_X509(out, cert) == 1 && fclose(out) == 0);
	X509_EXTENSION_free(san);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void lab_open(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t to_n = sizeof(to);
	struct errmsg err = {""};
	char path[128];

	signal(SIGPIPE, SIG_IGN); /* as a worker does */
	make_certificate();
	lab.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(bind(lab.listener, (struct sockaddr *)&to, sizeof(to)) == 0);
	assert(listen(lab.listener, 8) == 0);
	assert(getsockname(lab.listener, (struct sockaddr *)&to, &to_n) == 0);
	assert(uv_loop_init(&lab.loop) == 0);
	snprintf(path, sizeof(path), "%s/ca.pem", scratch_dir());
	lab.trust = tls_trust_load(path, NULL, &err);
	assert(lab.trust != NULL);
	struct fetch_curl_config config = {
		.slots = 1,
		.port = ntohs(to.sin_port),
		.timeout_ms = DEADLINE_MS,
		.user_agent = "fuzz",
		.trust = lab.trust,
	};
	lab.fetch = fetch_curl_new(&lab.loop, &config, &err);
	assert(lab.fetch != NULL);
}

/* ---- the client -------------------------------------------------------------------------- */

struct asked {
	struct fetch fetch;
	bool done;
};

static void asked_done(struct fetch *f)
{
	struct asked *a = (struct asked *)(void *)((char *)f - offsetof(struct asked, fetch));

	assert(!a->done);
	a->done = true;
}

static void check(const struct record_policy *p, const struct reply *reply)
{
	assert(p->took_ms < DEADLINE_MS + 1000 && p->body.n <= POLICY_BODY_MAX);
	assert(p->body_cut == (p->body_bytes > p->body.n));
	assert(p->stage == STAGE_TCP || p->stage == STAGE_TLS || p->stage == STAGE_HTTP);
	assert(p->stage == STAGE_HTTP || p->http_status <= 0);
	if (reply->answer == ANSWER_NOBODY)
		assert(p->stage == STAGE_TCP && p->tcp_refused);
	else if (reply->answer == ANSWER_RAW)
		assert(p->stage == STAGE_TLS && p->http_status <= 0);
	else /* the lab's own handshake is without fault */
		assert(p->tls_verified == 1 && p->cert_names.n > 0 && p->stage != STAGE_TLS);
}

static void fetch_once(struct reply reply)
{
	struct arena arena;
	struct record r;
	pthread_t server;

	assert(arena_init(&arena, 65536, 1u << 22) == 0);
	record_init(&r);
	struct asked asked = {
		.fetch = {.host = HOST,
			  .address = {.family = 4, .bytes = {127, 0, 0, 1}},
			  .arena = &arena,
			  .out = &r.policy,
			  .done = asked_done},
	};
	if (reply.answer == ANSWER_NOBODY)
		asked.fetch.address.bytes[3] = 2;
	else
		assert(pthread_create(&server, NULL, serve, &reply) == 0);
	struct fetcher *fetcher = fetch_curl_fetcher(lab.fetch);
	assert(fetcher->start(fetcher, &asked.fetch) == 0);
	while (!asked.done) {
		uv_run(&lab.loop, UV_RUN_ONCE);
		fetch_curl_turn(lab.fetch);
	}
	uv_run(&lab.loop, UV_RUN_NOWAIT); /* what was closed is freed */
	if (reply.answer != ANSWER_NOBODY)
		pthread_join(server, NULL);
	check(&r.policy, &reply);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	const struct reply before = {ANSWER_HTTP1, (const uint8_t *)good, sizeof(good) - 1};

	if (size == 0 || size > 1u << 20)
		return 0;
	if (lab.fetch == NULL)
		lab_open();
	struct reply reply = {(enum answer)(data[0] % ANSWERS), data + 1, size - 1};
	fetch_once(before); /* the slot was in use */
	fetch_once(reply);
	return 0;
}

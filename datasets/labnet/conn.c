/* conn.c - see conn.h. */
#include "datasets/labnet/conn.h"

#include <assert.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "datasets/labnet/dns_answer.h"
#include "datasets/labnet/http1.h"
#include "datasets/labnet/smtp.h"

#define READ_MAX 16384

/* ---- TLS --------------------------------------------------------------------------------- */

/* server_name of a ClientHello (RFC 6066 3): the first host name, lower case. False: none. */
static bool read_sni(SSL *ssl, char out[NAME_BUF])
{
	const unsigned char *p;
	size_t n;

	if (!SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &n) || n < 5 || p[2] != 0)
		return false;
	size_t length = (size_t)(p[3] << 8 | p[4]);
	if (length == 0 || length > n - 5 || length > NAME_TEXT_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = p[5 + i];
		if (c < '-' || c > 'z')
			return false;
		out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out[length] = '\0';
	return true;
}

/* A policy host: its name decides everything. */
static enum cert web_cert(struct conn *n, const struct conn_context *c)
{
	struct span domain = dns_policy_domain(span_str(n->host));

	population_look(&c->lab->population, domain.p ? domain : span_str(n->host), &n->situation);
	return n->situation.kind->cert;
}

static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
	const struct conn_context *c = arg;
	struct conn *n = SSL_get_app_data(ssl);

	*alert = SSL_AD_UNRECOGNIZED_NAME;
	if (!read_sni(ssl, n->host)) {
		if (!n->mail)
			return SSL_CLIENT_HELLO_ERROR;
		memcpy(n->host, "mx.lab",
		       sizeof("mx.lab")); /* senders without SNI get some certificate */
	}
	enum cert kind = n->mail ? n->mail->cert : web_cert(n, c);
	if (kind == CERT_ALERT)
		return SSL_CLIENT_HELLO_ERROR;
	if (kind == CERT_OLD) {
		SSL_set_min_proto_version(ssl, 0);
		SSL_set_max_proto_version(ssl, TLS1_1_VERSION);
	}
	*alert = SSL_AD_INTERNAL_ERROR;
	int bad = cert_cache_use(c->certs, ssl, n->host, kind, n->situation.intermediate);
	ERR_clear_error();
	return bad ? SSL_CLIENT_HELLO_ERROR : SSL_CLIENT_HELLO_SUCCESS;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
		   const unsigned char *in, unsigned in_n, void *arg)
{
	static const unsigned char both[] = "\x02h2\x08http/1.1", old[] = "\x08http/1.1";
	const struct conn *n = SSL_get_app_data(ssl);
	bool h2 = n->situation.h2;
	union {
		const unsigned char **in;
		unsigned char **out;
	} cast = {out}; /* OpenSSL's own signature differs from its callback's */

	(void)arg;
	if (n->mail)
		return SSL_TLSEXT_ERR_NOACK;
	return SSL_select_next_proto(cast.out, out_n, h2 ? both : old,
				     h2 ? sizeof(both) - 1 : sizeof(old) - 1, in,
				     in_n) == OPENSSL_NPN_NEGOTIATED
		       ? SSL_TLSEXT_ERR_OK
		       : SSL_TLSEXT_ERR_NOACK;
}

SSL_CTX *conn_ssl_context(struct conn_context *c)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());

	if (!ssl)
		return NULL;
	SSL_CTX_set_security_level(ssl, 0); /* TLS 1.1 is one of the situations */
	SSL_CTX_set_min_proto_version(ssl, TLS1_1_VERSION);
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_num_tickets(ssl, 0);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_client_hello_cb(ssl, on_client_hello, c);
	SSL_CTX_set_alpn_select_cb(ssl, on_alpn, NULL);
	return ssl;
}

bool conn_only_waits(struct conn *n, int result)
{
	int error = SSL_get_error(n->ssl, result);

	n->want_write = error == SSL_ERROR_WANT_WRITE;
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

int conn_open(struct conn *n, const struct conn_context *c, int fd, const struct mail_host *mail)
{
	SSL *ssl = SSL_new(c->ssl);

	if (!ssl || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		close(fd);
		return -1;
	}
	*n = (struct conn){.fd = fd, .ssl = ssl, .mail = mail};
	n->state = mail ? CONN_PLAIN : CONN_HANDSHAKE;
	n->idle_ms = lab_now_ms() + CONN_IDLE_MS;
	SSL_set_app_data(ssl, n);
	SSL_set_accept_state(ssl);
	return 0;
}

void conn_book(struct conn *n, const struct conn_context *c, unsigned place)
{
	n->book = c->lab->book;
	n->place = place;
	n->visit = estate_arrives(n->book, place, n->fd);
	n->due_ms = lab_now_ms() + CONN_GREETING_MS;
}

void conn_close(struct conn *n)
{
	assert(n->fd >= 0);
	if (n->book)
		estate_leaves(n->book, n->place, n->fd);
	if (SSL_is_init_finished(n->ssl))
		SSL_shutdown(n->ssl);
	SSL_free(n->ssl);
	http2_free(n->h2);
	free(n->out);
	close(n->fd);
	n->fd = -1;
	n->ssl = NULL;
	n->h2 = NULL;
	n->out = NULL;
}

/* ---- HTTP/2 ------------------------------------------------------------------------------ */

/* False: over. */
static bool http2_flush(struct conn *n)
{
	n->want_write = false;
	for (;;) {
		if (n->out_at == n->out_n) {
			const uint8_t *p;
			long got = http2_send(n->h2, &p);
			if (got <= 0)
				return got == 0 && !http2_over(n->h2);
			char *copy = realloc(n->out, (size_t)got);
			if (!copy)
				return false;
			memcpy(copy, p, (size_t)got);
			n->out = copy;
			n->out_n = (size_t)got;
			n->out_at = 0;
		}
		int done = SSL_write(n->ssl, n->out + n->out_at, (int)(n->out_n - n->out_at));
		if (done <= 0)
			return conn_only_waits(n, done);
		n->out_at += (size_t)done;
	}
}

static bool http2_event(struct conn *n)
{
	uint8_t in[READ_MAX];
	bool waits = true;

	while (waits) {
		int got = SSL_read(n->ssl, in, sizeof(in));
		if (got <= 0) {
			if (!conn_only_waits(n, got))
				return false;
			waits = false;
		} else if (http2_receive(n->h2, in, (size_t)got, lab_now_ms()) != 0) {
			return false;
		}
	}
	bool alive = http2_flush(n);
	n->due_ms = http2_due(n->h2);
	return alive;
}

/* ---- both -------------------------------------------------------------------------------- */

static bool handshake(struct conn *n, const struct conn_context *c)
{
	const unsigned char *protocol;
	unsigned protocol_n;

	int done = SSL_do_handshake(n->ssl);
	if (done != 1)
		return conn_only_waits(n, done);
	n->want_write = false;
	n->state = CONN_OPEN;
	if (n->mail)
		return true;
	SSL_get0_alpn_selected(n->ssl, &protocol, &protocol_n);
	if (protocol_n == 2 && memcmp(protocol, "h2", 2) == 0) {
		n->h2 = http2_new(&n->situation, c->lab->slow_ms);
		return n->h2 != NULL;
	}
	return true;
}

bool conn_event(struct conn *n, const struct conn_context *c)
{
	/* SSL_get_error reads the thread's queue: what another connection left there is not
	 * ours. */
	ERR_clear_error();
	if (n->state == CONN_HANDSHAKE && !handshake(n, c))
		return false;
	if (n->state == CONN_HANDSHAKE)
		return true;
	if (n->mail)
		return smtp_event(n);
	return n->h2 ? http2_event(n) : http1_event(n, c);
}

bool conn_tick(struct conn *n, const struct conn_context *c, int64_t now_ms)
{
	if (now_ms >= n->idle_ms)
		return false;
	if (n->due_ms == 0 || now_ms < n->due_ms)
		return true;
	n->due_ms = 0;
	ERR_clear_error();
	if (n->mail)
		return smtp_tick(n);
	if (n->h2) {
		http2_tick(n->h2, now_ms);
		return http2_event(n);
	}
	return http1_tick(n, c, now_ms);
}

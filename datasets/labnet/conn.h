/*
 * conn.h - one connection: to a policy host (TLS, then HTTP/1.1 or HTTP/2) or an MX host (SMTP,
 * then TLS).
 *
 * A connection never blocks and never waits by itself: server.c tells it when its socket is
 * ready (conn_event) and when its time has come (conn_tick).
 */
#ifndef LABNET_CONN_H
#define LABNET_CONN_H

#include <openssl/ssl.h>

#include "datasets/labnet/certs.h"
#include "datasets/labnet/http2.h"
#include "datasets/labnet/web_reply.h"

#define CONN_REQUEST_MAX 8192
#define CONN_IDLE_MS 120000
#define CONN_GREETING_MS 40 /* with a book: whoever speaks before that speaks too early */

enum conn_state {
	CONN_PLAIN, /* SMTP before STARTTLS */
	CONN_HANDSHAKE,
	CONN_OPEN,  /* over TLS: reading requests, writing what is due */
	CONN_PAUSE, /* HTTP/1.1: nothing until due_ms */
	CONN_DRIP,  /* HTTP/1.1: a byte at each due_ms */
	CONN_HANG,  /* nothing any more */
};

struct conn {
	int fd; /* -1: free */
	SSL *ssl;
	enum conn_state state;
	bool want_write, close_after, greeted;
	struct estate_book *book;     /* of the visits, or NULL */
	unsigned place, visit;	      /* there, and the how many-th */
	int64_t due_ms, idle_ms;      /* absolute; due 0: none */
	const struct mail_host *mail; /* NULL: a policy host */
	struct situation situation;   /* of the policy host, from the handshake on */
	char host[NAME_BUF];	      /* situation.domain points into it */
	char request[CONN_REQUEST_MAX];
	size_t request_n;
	char *out; /* owned; what is being written */
	size_t out_n, out_at, out_allowed;
	struct http2 *h2; /* NULL: HTTP/1.1 */
	struct conn *next_free;
};

struct conn_context {
	const struct lab *lab;
	struct cert_cache *certs;
	SSL_CTX *ssl;
};

/* NULL: OpenSSL has no memory. Sets the callbacks that find the connection by SSL_get_app_data. */
SSL_CTX *conn_ssl_context(struct conn_context *c);
/* Before conn_event: the visit stands in the lab's book. */
void conn_book(struct conn *n, const struct conn_context *c, unsigned place);
/* Takes fd. 0 or -1 (fd is closed). mail: what kind of MX host was called, or NULL. */
int conn_open(struct conn *n, const struct conn_context *c, int fd, const struct mail_host *mail);
/* false: the connection is over and must be closed. */
bool conn_event(struct conn *n, const struct conn_context *c);
bool conn_tick(struct conn *n, const struct conn_context *c, int64_t now_ms);
void conn_close(struct conn *n);
/* After an OpenSSL call that gave `result`: true when it only has to wait for the socket. */
bool conn_only_waits(struct conn *n, int result);

#endif

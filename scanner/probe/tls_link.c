/* tls_link.c - see tls_link.h. */
#include "scanner/probe/tls_link.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "parsers/limits.h"
#include "scanner/probe/dane_chain.h"

#define CERTIFICATES_MAX (64u << 10) /* bytes of a chain: OpenSSL's own limit is 100 KB */

struct tls_client {
	SSL_CTX *ctx;
	struct dane_judge *dane;
};

/* Level 0 lets everything pass but what would cost us more than it tells. */
static int link_security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
			 void *user)
{
	(void)ctx;
	(void)bits;
	(void)nid;
	(void)user;
	return tls_facts_affords(ssl, op, other);
}

static int client_configure(SSL_CTX *ctx, struct tls_trust *trust)
{
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_security_callback(ctx, link_security);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
					 SSL_OP_LEGACY_SERVER_CONNECT |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_max_cert_list(ctx, CERTIFICATES_MAX);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return tls_facts_share(ctx, trust) == 0 &&
			       SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1 &&
			       SSL_CTX_set_cipher_list(ctx, "DEFAULT@SECLEVEL=0") == 1
		       ? 0
		       : -1;
}

struct tls_client *tls_client_new(struct tls_trust *trust, struct errmsg *err)
{
	struct tls_client *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		c->ctx = SSL_CTX_new(TLS_client_method());
		c->dane = dane_judge_new();
	}
	if (c == NULL || c->ctx == NULL || c->dane == NULL ||
	    client_configure(c->ctx, trust) != 0) {
		tls_client_free(c);
		errmsg_set(err, "out of memory for TLS");
		return NULL;
	}
	return c;
}

void tls_client_free(struct tls_client *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ctx);
	dane_judge_free(c->dane);
	free(c);
}

int tls_link_open(struct tls_link *l, struct tls_client *c, struct tls_facts *facts)
{
	SSL *ssl = SSL_new(c->ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	char host[NAME_TEXT_MAX + 1]; /* OpenSSL copies it, but takes no const */

	snprintf(host, sizeof(host), "%s", facts->host);
	if (ssl == NULL || in == NULL || out == NULL || SSL_set_tlsext_host_name(ssl, host) != 1) {
		SSL_free(ssl);
		BIO_free(in);
		BIO_free(out);
		ERR_clear_error();
		return -1;
	}
	BIO_set_mem_eof_return(in, -1); /* empty is not the end */
	SSL_set_bio(ssl, in, out);
	SSL_set_app_data(ssl, facts);
	SSL_set_connect_state(ssl);
	*l = (struct tls_link){.client = c, .ssl = ssl, .facts = facts};
	return 0;
}

void tls_link_close(struct tls_link *l)
{
	SSL_free(l->ssl);
	l->ssl = NULL;
}

enum tls_link_status tls_link_feed(struct tls_link *l, const char *bytes, size_t n)
{
	l->received += n;
	if (l->received > TLS_RECEIVED_MAX) {
		l->facts->endless = true;
		return TLS_LINK_FAILED;
	}
	if (n > 0 && BIO_write(SSL_get_rbio(l->ssl), bytes, (int)n) != (int)n)
		return TLS_LINK_FAILED;
	if (SSL_is_init_finished(l->ssl))
		return TLS_LINK_OPEN;
	ERR_clear_error();
	int done = SSL_do_handshake(l->ssl);
	if (done == 1)
		return TLS_LINK_OPEN;
	return SSL_get_error(l->ssl, done) == SSL_ERROR_WANT_READ ? TLS_LINK_WAITS
								  : TLS_LINK_FAILED;
}

struct span tls_link_output(struct tls_link *l)
{
	char *p = NULL;
	long n = BIO_get_mem_data(SSL_get_wbio(l->ssl), &p);

	return n > 0 ? span_of(p, (size_t)n) : SPAN_NULL;
}

void tls_link_sent(struct tls_link *l)
{
	(void)BIO_reset(SSL_get_wbio(l->ssl));
}

int tls_link_read(struct tls_link *l, char *out, size_t cap)
{
	ERR_clear_error();
	int n = SSL_read(l->ssl, out, (int)cap);
	if (n > 0)
		return n;
	return SSL_get_error(l->ssl, n) == SSL_ERROR_WANT_READ ? 0 : -1;
}

int tls_link_write(struct tls_link *l, const char *bytes, size_t n)
{
	ERR_clear_error();
	return SSL_write(l->ssl, bytes, (int)n) == (int)n ? (int)n : -1;
}

void tls_link_shut(struct tls_link *l)
{
	if (SSL_is_init_finished(l->ssl))
		SSL_shutdown(l->ssl);
	ERR_clear_error();
}

const char *tls_link_error(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error != 0 ? ERR_reason_error_string(error) : NULL;

	return reason;
}

static void write_leaf(const struct tls_facts *f, const struct probe *p)
{
	struct probe_result *out = p->out;
	struct arena *a = p->arena;

	out->tls_reasons = f->reasons;
	out->cert_issuer = f->issuer[0] != '\0' ? arena_copy(a, span_str(f->issuer)) : SPAN_NULL;
	out->cert_not_before = f->not_before;
	out->cert_not_after = f->not_after;
	out->cert_sha256 = arena_copy(a, span_str(f->sha256));
	out->cert_sha1 = f->sha1;
	out->cert_cn_only = f->cn_only;
	out->cert_wildcard_partial = f->wildcard_partial;
	out->cert_names = arena_copy(a, span_str(f->names));
}

void tls_link_write_down(const struct tls_link *l, const struct probe *p)
{
	const struct tls_facts *f = l->facts;
	struct probe_result *out = p->out;

	assert(l->ssl != NULL);
	if (!f->seen)
		return;
	write_leaf(f, p);
	out->tls_version = arena_copy(p->arena, span_str(SSL_get_version(l->ssl)));
	if (SSL_get_current_cipher(l->ssl) != NULL)
		out->cipher = arena_copy(p->arena, span_str(SSL_get_cipher_name(l->ssl)));
	X509 *leaf = SSL_get0_peer_certificate(l->ssl);
	const struct dane_certs certs = {
		.leaf = leaf,
		.served = SSL_get_peer_cert_chain(l->ssl),
		.built = SSL_get0_verified_chain(l->ssl),
		.signed_all = f->signed_all,
	};
	if (leaf != NULL)
		dane_judge_chain(l->client->dane, &certs, p);
}

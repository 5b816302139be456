/* dane_chain.c - see dane_chain.h. */
#include "scanner/probe/dane_chain.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "scanner/base/digest.h"

struct dane_judge {
	SSL_CTX *ctx; /* with DANE, and without a certificate to trust */
};

struct dane_judge *dane_judge_new(void)
{
	struct dane_judge *j = calloc(1, sizeof(*j));

	if (j != NULL)
		j->ctx = SSL_CTX_new(TLS_client_method());
	if (j == NULL || j->ctx == NULL || SSL_CTX_dane_enable(j->ctx) <= 0) {
		dane_judge_free(j);
		ERR_clear_error();
		return NULL;
	}
	SSL_CTX_set_security_level(j->ctx, 0);
	return j;
}

void dane_judge_free(struct dane_judge *j)
{
	if (j == NULL)
		return;
	SSL_CTX_free(j->ctx);
	free(j);
}

/* ---- one certificate and one record ------------------------------------------------------ */

/* What the record selects of the certificate, DER; freed with OPENSSL_free. -1 when it has none. */
static int selected(X509 *cert, uint8_t selector, unsigned char **der)
{
	*der = NULL;
	return selector == TLSA_CERT ? i2d_X509(cert, der)
				     : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), der);
}

static bool digest_is(const EVP_MD *md, const unsigned char *der, size_t n, struct span data)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_n = 0;

	return EVP_Digest(der, n, digest, &digest_n, md, NULL) == 1 && digest_n == data.n &&
	       memcmp(digest, data.p, digest_n) == 0;
}

static bool cert_matches(X509 *cert, const struct tlsa *t)
{
	unsigned char *der;
	int n = selected(cert, t->selector, &der);
	bool matches = false;

	if (n > 0 && t->matching == TLSA_FULL)
		matches = (size_t)n == t->data.n && memcmp(der, t->data.p, t->data.n) == 0;
	else if (n > 0)
		matches = digest_is(t->matching == TLSA_SHA256 ? EVP_sha256() : EVP_sha512(), der,
				    (size_t)n, t->data);
	OPENSSL_free(der);
	return matches;
}

static bool any_matches(const STACK_OF(X509) * certs, const struct tlsa *t)
{
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (cert_matches(sk_X509_value(certs, i), t))
			return true;
	return false;
}

/* ---- the chain --------------------------------------------------------------------------- */

/* A scratch connection that knows the records and names; NULL without memory. */
static SSL *scratch_new(struct dane_judge *j, const struct probe *p)
{
	SSL *ssl = SSL_new(j->ctx);

	if (ssl == NULL || SSL_dane_enable(ssl, p->names[0]) <= 0) {
		SSL_free(ssl);
		return NULL;
	}
	/* RFC 7672 3.1.1: usage 3 binds the key to the TLSA name, whatever the certificate says. */
	SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	for (unsigned i = 1; i < p->names_n; i++)
		SSL_add1_host(ssl, p->names[i]);
	for (unsigned i = 0; i < p->tlsa_n; i++) {
		const struct tlsa *t = &p->tlsa[i];
		if (t->use == TLSA_USABLE)
			SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->matching,
					  (const unsigned char *)t->data.p, t->data.n);
	}
	return ssl;
}

/* What the last step of a verification against the records may know. */
struct last_step {
	X509_STORE_CTX_verify_fn whole;	     /* OpenSSL's own: signatures and dates */
	const STACK_OF(X509) * signed_chain; /* NULL: none */
};

/* The first certificates of what is known to be signed, each by the next. */
static bool begins_so(const STACK_OF(X509) * known, const STACK_OF(X509) * chain)
{
	if (known == NULL || sk_X509_num(chain) > sk_X509_num(known))
		return false;
	for (int i = 0; i < sk_X509_num(chain); i++)
		if (X509_cmp(sk_X509_value(chain, i), sk_X509_value(known, i)) != 0)
			return false;
	return true;
}

static int date_error(const X509 *cert)
{
	int from = X509_cmp_time(X509_get0_notBefore(cert), NULL);
	int until = X509_cmp_time(X509_get0_notAfter(cert), NULL);

	if (from == 0)
		return X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD;
	if (from > 0)
		return X509_V_ERR_CERT_NOT_YET_VALID;
	if (until == 0)
		return X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD;
	return until < 0 ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_OK;
}

/* In place of OpenSSL's: a signature costs more than all else that is done for the records, and
 * those of a chain that the handshake went through have been computed. Ends with the first fault
 * from the top, as that does. */
static int verify_last(X509_STORE_CTX *ctx)
{
	const struct last_step *step = X509_STORE_CTX_get_app_data(ctx);
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);

	if (!begins_so(step->signed_chain, chain))
		return step->whole(ctx);
	for (int i = sk_X509_num(chain) - 1; i >= 0; i--) {
		int error = date_error(sk_X509_value(chain, i));
		if (error == X509_V_OK)
			continue;
		X509_STORE_CTX_set_error(ctx, error);
		X509_STORE_CTX_set_error_depth(ctx, i);
		return 0;
	}
	return 1;
}

/* X509_V_OK, or the error. scratch then knows which record matched. */
static int chain_verify(SSL *scratch, const struct dane_certs *certs)
{
	struct last_step step = {.signed_chain = certs->signed_all ? certs->built : NULL};
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *none = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(scratch));
	int error = X509_V_ERR_OUT_OF_MEM;

	if (ctx != NULL && X509_STORE_CTX_init(ctx, none, certs->leaf, certs->served) == 1 &&
	    X509_STORE_CTX_set_app_data(ctx, &step) == 1 &&
	    X509_STORE_CTX_set_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx(), scratch) == 1) {
		X509_STORE_CTX_set_default(ctx, "ssl_server");
		X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(ctx), SSL_get0_param(scratch));
		X509_STORE_CTX_set0_dane(ctx, SSL_get0_dane(scratch));
		step.whole = X509_STORE_CTX_get_verify(ctx);
		X509_STORE_CTX_set_verify(ctx, verify_last);
		int good = X509_verify_cert(ctx);
		error = X509_STORE_CTX_get_error(ctx);
		if (good > 0)
			error = X509_V_OK;
		else if (error == X509_V_OK)
			error = X509_V_ERR_UNSPECIFIED;
		/* Which record matched is told of a good chain only; we know better. */
		SSL_set_verify_result(scratch, X509_V_OK);
	}
	X509_STORE_CTX_free(ctx);
	return error;
}

/* Index of the record that OpenSSL names. */
static int record_of(SSL *scratch, const struct probe *p)
{
	uint8_t usage, selector, matching;
	const unsigned char *data;
	size_t n;

	if (SSL_get0_dane_tlsa(scratch, &usage, &selector, &matching, &data, &n) < 0)
		return -1;
	for (unsigned i = 0; i < p->tlsa_n; i++) {
		const struct tlsa *t = &p->tlsa[i];
		if (t->use == TLSA_USABLE && t->usage == usage && t->selector == selector &&
		    t->matching == matching && t->data.n == n && memcmp(t->data.p, data, n) == 0)
			return (int)i;
	}
	return -1;
}

/* Usage 2 names an issuer that our own store completes the chain with, but that was not served. */
static bool issuer_not_served(const STACK_OF(X509) * built, const STACK_OF(X509) * served,
			      const struct probe *p)
{
	for (unsigned i = 0; i < p->tlsa_n; i++) {
		const struct tlsa *t = &p->tlsa[i];
		if (t->use == TLSA_USABLE && t->usage == TLSA_DANE_TA && any_matches(built, t) &&
		    !any_matches(served, t))
			return true;
	}
	return false;
}

static enum dane outcome_of(int error)
{
	switch (error) {
	case X509_V_OK:
		return DANE_OK;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return DANE_NAME_MISMATCH;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return DANE_EXPIRED;
	default:
		return DANE_MISMATCH;
	}
}

/* Which records have their certificate in the chain. */
static void judge_records(X509 *leaf, const STACK_OF(X509) * served, const struct probe *p)
{
	struct probe_dane *out = &p->out->dane;

	for (unsigned i = 0; i < p->tlsa_n; i++) {
		const struct tlsa *t = &p->tlsa[i];
		if (t->use != TLSA_USABLE)
			continue;
		bool leaf_only = t->usage == TLSA_DANE_EE;
		bool hit = leaf_only ? cert_matches(leaf, t) : any_matches(served, t);
		if (!hit)
			out->spare |= 1u << i;
		if (!leaf_only && cert_matches(leaf, t))
			out->leaf_as_ta = true;
	}
}

static bool some_usable(const struct probe *p)
{
	for (unsigned i = 0; i < p->tlsa_n; i++)
		if (p->tlsa[i].use == TLSA_USABLE)
			return true;
	return false;
}

static void chain_judge(struct dane_judge *j, const struct dane_certs *certs, const struct probe *p)
{
	struct probe_dane *out = &p->out->dane;

	if (!some_usable(p)) {
		out->outcome = DANE_UNUSABLE;
		return;
	}
	SSL *scratch = scratch_new(j, p);
	if (scratch == NULL)
		return;
	int error = chain_verify(scratch, certs);
	out->outcome = (int)outcome_of(error);
	/* Depth and record are known of a match whose names or dates are wrong, too. */
	out->record = record_of(scratch, p);
	out->depth = SSL_get0_dane_authority(scratch, NULL, NULL);
	judge_records(certs->leaf, certs->served, p);
	if (out->outcome == DANE_MISMATCH && issuer_not_served(certs->built, certs->served, p))
		out->outcome = DANE_TA_NOT_SENT;
	SSL_free(scratch);
}

/* ---- the key ----------------------------------------------------------------------------- */

static void write_key(X509 *leaf, const struct probe *p)
{
	unsigned char *der;
	uint8_t digest[DIGEST_N];
	char text[DIGEST_TEXT_N + 1];
	EVP_PKEY *key = X509_get0_pubkey(leaf);
	int n = selected(leaf, TLSA_SPKI, &der);

	if (key != NULL) {
		p->out->cert_key_bits = (unsigned)EVP_PKEY_get_bits(key);
		p->out->cert_ec = EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA;
	}
	if (n > 0 && digest_of(der, (size_t)n, digest) == 0) {
		digest_text(digest, text);
		p->out->spki_sha256 = arena_copy(p->arena, span_of(text, DIGEST_TEXT_N));
	}
	OPENSSL_free(der);
}

void dane_judge_chain(struct dane_judge *j, const struct dane_certs *certs, const struct probe *p)
{
	assert(p->tlsa_n <= PROBE_TLSA_MAX && (p->tlsa_n == 0 || p->names_n > 0));
	write_key(certs->leaf, p);
	if (p->tlsa_n > 0)
		chain_judge(j, certs, p);
	ERR_clear_error();
}

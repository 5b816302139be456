/* tls_facts.c - see tls_facts.h. Knows OpenSSL, not curl. */
#include "scanner/hosts/tls_facts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "parsers/mxmatch.h"
#include "parsers/terms.h"

/* What costs time counts as so many bytes: an empty record, and a handshake message, of which an
 * honest server sends eight, while one with 37,000 session tickets may be of the usual size. */
#define RECORD_COST 256u
#define MESSAGE_COST 6144u

#define BUNDLE_MAX (16u << 20) /* bytes; the usual ones have 0.2 MB */

struct tls_trust {
	X509_STORE *store;
	BIO *unread; /* the bundle in memory, as long as nobody needed it */
	/* OpenSSL's own judgement of strength, which ours comes on top of. */
	int (*security)(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
			void *user);
};

/* Why a file that gave no certificate cannot be read; what is read is no PEM file. */
static const char *tls_trust_why(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int wrong = fd < 0 || read(fd, &byte, 1) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return wrong != 0 ? strerror(wrong) : "it holds none";
}

/* The next certificate; NULL at the end. Passes over what is none. */
static X509 *tls_trust_next(BIO *pem)
{
	for (;;) {
		X509 *x = PEM_read_bio_X509_AUX(pem, NULL, NULL, NULL);
		unsigned long why = x == NULL ? ERR_peek_last_error() : 0;
		ERR_clear_error();
		if (x != NULL || BIO_eof(pem) ||
		    (ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE))
			return x;
	}
}

static int tls_trust_add(struct tls_trust *t, X509 *x)
{
	int rc = x != NULL && X509_STORE_add_cert(t->store, x) == 1 ? 0 : -1;

	X509_free(x);
	return rc;
}

/* The bundle's bytes, and its first certificate: so the library is ready to parse the others. */
static int tls_trust_read(struct tls_trust *t, const char *path)
{
	char bytes[16384];
	ssize_t n = -1;
	size_t all = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	t->unread = BIO_new(BIO_s_mem());
	if (fd >= 0 && t->unread != NULL)
		while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
			all += (size_t)n;
			if (all > BUNDLE_MAX || BIO_write(t->unread, bytes, (int)n) != n)
				break;
		}
	if (fd >= 0)
		close(fd);
	return n == 0 ? tls_trust_add(t, tls_trust_next(t->unread)) : -1;
}

/* NULL without memory. */
static X509_STORE *tls_trust_store(struct tls_trust *t)
{
	X509 *x;

	if (t->unread == NULL)
		return t->store;
	while ((x = tls_trust_next(t->unread)) != NULL)
		if (tls_trust_add(t, x) != 0)
			return NULL;
	BIO_free(t->unread);
	t->unread = NULL;
	return t->store;
}

static int tls_trust_take(struct tls_trust *t, const char *ca_file, const char *system_bundle)
{
	if (ca_file != NULL)
		return X509_STORE_load_file(t->store, ca_file) == 1 ? 0 : -1;
	return system_bundle != NULL ? tls_trust_read(t, system_bundle) : -1;
}

struct tls_trust *tls_trust_load(const char *ca_file, const char *system_bundle, struct errmsg *err)
{
	const char *path = ca_file != NULL ? ca_file : system_bundle;
	struct tls_trust *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->store = X509_STORE_new()) == NULL) {
		errmsg_set(err, "out of memory for CA certificates");
		tls_trust_free(t);
		return NULL;
	}
	if (tls_trust_take(t, ca_file, system_bundle) != 0) {
		errmsg_set(err,
			   ca_file != NULL
				   ? "no CA certificates in '%s': %s (--ca-file wants a PEM file)"
				   : "no CA certificates in '%s': %s; install the package "
				     "ca-certificates or name a PEM file with --ca-file",
			   path != NULL ? path : "the system store",
			   path != NULL ? tls_trust_why(path) : "it is not known where");
		ERR_clear_error();
		tls_trust_free(t);
		return NULL;
	}
	return t;
}

void tls_trust_free(struct tls_trust *t)
{
	if (t == NULL)
		return;
	X509_STORE_free(t->store);
	BIO_free(t->unread);
	free(t);
}

void tls_facts_init(struct tls_facts *f, const char *host)
{
	*f = (struct tls_facts){
		.host = host,
		.fd = -1,
		.alert_read = -1,
		.alert_written = -1,
		.not_before = INT64_MIN,
		.not_after = INT64_MIN,
	};
}

static void tls_facts_add(struct tls_facts *f, enum tls_reason reason)
{
	f->reasons |= 1u << reason;
}

/* ---- the chain --------------------------------------------------------------------------- */

/*
 * An issuer is missing. A certificate that says where its issuer's can be fetched (AIA caIssuers,
 * RFC 5280 4.2.2.1) comes from a hierarchy with intermediates, and the server left one out; without
 * it, this is somebody's own CA.
 */
static enum tls_reason tls_missing_issuer(const X509 *last)
{
	enum tls_reason reason = TLS_UNTRUSTED;
	AUTHORITY_INFO_ACCESS *aia = X509_get_ext_d2i(last, NID_info_access, NULL, NULL);

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(aia); i++)
		if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(aia, i)->method) == NID_ad_ca_issuers)
			reason = TLS_INCOMPLETE_CHAIN;
	AUTHORITY_INFO_ACCESS_free(aia);
	return reason;
}

static enum tls_reason tls_reason_of(X509_STORE_CTX *ctx)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);

	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return TLS_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return TLS_NOT_YET_VALID;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return TLS_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
		return TLS_UNTRUSTED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return cert != NULL ? tls_missing_issuer(cert) : TLS_UNTRUSTED;
	default:
		return TLS_OTHER;
	}
}

/* What TLS_OTHER stands for, in the words of who has to mend it: the library's are kept for what is
 * rare. */
static const char *tls_fault_of(X509_STORE_CTX *ctx)
{
	bool issuer = X509_STORE_CTX_get_error_depth(ctx) > 0;
	int error = X509_STORE_CTX_get_error(ctx);

	switch (error) {
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
		return "the name is outside of what its CA may certify (name constraints)";
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
		return "there are more intermediate CAs than one of them allows (path length)";
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		return "it was issued by a certificate that is no CA";
	case X509_V_ERR_INVALID_PURPOSE:
		return issuer ? "it was issued by a certificate that is no CA for servers"
			      : "it is not for servers (extended key usage)";
	case X509_V_ERR_EE_KEY_TOO_SMALL:
		return "its key is too short";
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		return "the key of its CA is too short";
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return "it is signed with a hash that is accepted no more";
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
		return "it has a critical extension that nobody knows";
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return "a signature in its chain is wrong";
	default:
		return X509_verify_cert_error_string(error);
	}
}

static void tls_facts_fault(struct tls_facts *f, X509_STORE_CTX *ctx)
{
	enum tls_reason reason = tls_reason_of(ctx);

	tls_facts_add(f, reason);
	if (reason == TLS_OTHER && f->fault == NULL)
		f->fault = tls_fault_of(ctx);
}

/* OpenSSL calls this for each fault and, with ok = 1, for each good certificate; 1 goes on. */
static int tls_chain_step(int ok, X509_STORE_CTX *ctx)
{
	struct tls_facts *f = X509_STORE_CTX_get_app_data(ctx);

	if (!ok && X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_CHAIN_TOO_LONG) {
		tls_bounds_chain_too_long(f->refused);
		return 0;
	}
	if (!ok) {
		/* "cannot verify the leaf" only repeats a missing issuer. */
		if (X509_STORE_CTX_get_error(ctx) != X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
		    (f->reasons & (1u << TLS_UNTRUSTED | 1u << TLS_INCOMPLETE_CHAIN)) == 0)
			tls_facts_fault(f, ctx);
	}
	return 1;
}

/* ---- the leaf ---------------------------------------------------------------------------- */

static bool tls_name_matches(X509 *leaf, const char *host, unsigned flags)
{
	return X509_check_host(leaf, host, strlen(host), flags, NULL) == 1;
}

static void tls_check_name(struct tls_facts *f, X509 *leaf)
{
	const unsigned dns_id_only = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

	if (tls_name_matches(leaf, f->host, dns_id_only | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
		return;
	tls_facts_add(f, TLS_NAME_MISMATCH);
	if (tls_name_matches(leaf, f->host, dns_id_only))
		f->wildcard_partial = true;
	else if (tls_name_matches(leaf, f->host, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
		f->cn_only = true;
}

static int64_t tls_time(const ASN1_TIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return INT64_MIN;
	return (int64_t)timegm(&tm);
}

static void tls_copy_string(char *out, size_t out_n, const ASN1_STRING *s)
{
	unsigned char *utf8 = NULL;
	int n = s != NULL ? ASN1_STRING_to_UTF8(&utf8, s) : -1;

	if (n >= 0) {
		size_t kept = (size_t)n < out_n - 1 ? (size_t)n : out_n - 1;
		memcpy(out, utf8, kept);
		out[kept] = '\0';
		OPENSSL_free(utf8);
	}
}

static void tls_read_issuer(struct tls_facts *f, X509 *leaf)
{
	X509_NAME *name = X509_get_issuer_name(leaf);
	int at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);

	if (at < 0)
		at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	if (at >= 0)
		tls_copy_string(f->issuer, sizeof(f->issuer),
				X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/* The DNS name; a NUL inside it ends it here (and never matches). */
static struct span tls_dns_name(const GENERAL_NAME *g)
{
	const char *p = (const char *)ASN1_STRING_get0_data(g->d.dNSName);

	return span_of(p, strnlen(p, (size_t)ASN1_STRING_length(g->d.dNSName)));
}

/* Appends the name while there is room. */
static bool tls_add_name(struct tls_facts *f, size_t *used, struct span name)
{
	if (*used + name.n + 2 > TLS_NAMES_SHOWN)
		return false;
	*used += (size_t)snprintf(f->names + *used, sizeof(f->names) - *used, "%s%.*s",
				  *used > 0 ? ", " : "", (int)name.n, name.p);
	return true;
}

/* The DNS names, that of the policy host first, as many as fit, and how many there are more. */
static void tls_read_names(struct tls_facts *f, X509 *leaf)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	size_t used = 0;
	unsigned more = 0;

	f->names[0] = '\0';
	for (unsigned ours = 2; ours-- > 0;)
		for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
			const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
			if (g->type != GEN_DNS)
				continue;
			struct span name = tls_dns_name(g);
			bool covers = mxmatch(name, span_str(f->host)) == MXMATCH_YES;
			if (covers == ours)
				more += more > 0 || !tls_add_name(f, &used, name);
		}
	if (more > 0)
		snprintf(f->names + used, sizeof(f->names) - used,
			 used > 0 ? ", and %u more" : "%u too long to be shown", more);
	GENERAL_NAMES_free(names);
}

static void tls_read_leaf(struct tls_facts *f, X509 *leaf)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int hash = NID_undef;

	f->not_before = tls_time(X509_get0_notBefore(leaf));
	f->not_after = tls_time(X509_get0_notAfter(leaf));
	if (X509_digest(leaf, EVP_sha256(), digest, &n) == 1) {
		for (unsigned i = 0; i < 32; i++) {
			f->sha256[2 * i] = hex[digest[i] >> 4];
			f->sha256[2 * i + 1] = hex[digest[i] & 15];
		}
	}
	EVP_PKEY *key = X509_get0_pubkey(leaf);
	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		f->rsa_bits = (unsigned)EVP_PKEY_get_bits(key);
	if (X509_get_signature_info(leaf, &hash, NULL, NULL, NULL) == 1)
		f->sha1 = hash == NID_sha1 || hash == NID_md5;
	tls_read_issuer(f, leaf);
	tls_read_names(f, leaf);
	tls_check_name(f, leaf);
}

bool tls_facts_verify(struct tls_facts *f, void *store_ctx)
{
	X509_STORE_CTX *ctx = store_ctx;
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);

	f->reasons = 0;
	f->fault = NULL;
	f->signed_all = false;
	if (!tls_bounds_chain(ctx, f->refused))
		return false;
	f->seen = true;
	if (ssl != NULL)
		snprintf(f->version, sizeof(f->version), "%s", SSL_get_version(ssl));
	X509_STORE_CTX_set_app_data(ctx, f);
	X509_STORE_CTX_set_verify_cb(ctx, tls_chain_step);
	bool whole = X509_verify_cert(ctx) > 0; /* each step said "go on", whatever was wrong */
	if (!whole && f->reasons == 0 && f->refused[0] == '\0')
		tls_facts_fault(f, ctx);
	/* A wrong signature is TLS_OTHER. */
	f->signed_all = whole && (f->reasons & (1u << TLS_OTHER | 1u << TLS_SELF_SIGNED)) == 0;
	if (leaf != NULL)
		tls_read_leaf(f, leaf);
	ERR_clear_error();
	if (f->refused[0] != '\0')
		return false;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return true;
}

/* Of a context that connections share. */
static int tls_verify_shared(X509_STORE_CTX *ctx, void *user)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());

	(void)user;
	return tls_facts_verify(SSL_get_app_data(ssl), ctx);
}

/* Replaces OpenSSL's verification: runs it, writes everything down, and accepts all that is not too
 * dear. */
static int tls_verify(X509_STORE_CTX *ctx, void *user)
{
	return tls_facts_verify(user, ctx);
}

/* ---- handshake and alerts ---------------------------------------------------------------- */

static struct tls_facts *tls_facts_of(const SSL *ssl)
{
	struct tls_facts *f = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	return f != NULL ? f : SSL_get_app_data(ssl);
}

bool tls_facts_affords(const void *ssl, int op, void *other)
{
	struct tls_facts *f = ssl != NULL ? tls_facts_of(ssl) : NULL;
	char why[TLS_REFUSED_MAX];

	if (op != SSL_SECOP_TMP_DH || tls_bounds_key(other, why))
		return true;
	if (f != NULL)
		memcpy(f->refused, why, sizeof(f->refused));
	return false;
}

static int tls_security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
			void *user)
{
	const struct tls_trust *trust = user;

	return tls_facts_affords(ssl, op, other)
		       ? trust->security(ssl, ctx, op, bits, nid, other, NULL)
		       : 0;
}

static void tls_info(const SSL *ssl, int where, int ret)
{
	struct tls_facts *f = tls_facts_of(ssl);

	if (f == NULL)
		return;
	if ((where & SSL_CB_HANDSHAKE_START) != 0)
		f->started = true;
	/* From here on a server may close without saying so first: many do, senders go along, and
	 * HTTP tells when something is missing. Some versions of libcurl notice, some do not. */
	if ((where & SSL_CB_HANDSHAKE_DONE) != 0)
		SSL_set_options((SSL *)(uintptr_t)ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if ((where & SSL_CB_ALERT) == 0)
		return;
	if ((where & SSL_CB_READ) != 0)
		f->alert_read = ret & 0xff;
	else
		f->alert_written = ret & 0xff;
}

static void tls_count(struct tls_facts *f, size_t cost)
{
	f->received += cost;
	if (f->received <= TLS_RECEIVED_MAX || f->endless)
		return;
	f->endless = true;
	if (f->fd >= 0) /* the library finds the end of the stream, and gives up by itself */
		shutdown(f->fd, SHUT_RDWR);
}

/*
 * A handshake message, whole and not yet read by the library. There is no call that ends a
 * handshake from here, and the library would read all certificates before it asks anybody: with
 * lengths that cannot be it ends by itself. The bytes are the library's own and
 * not constant; should a version hand out a copy, nothing is lost but time.
 */
static void tls_message(struct tls_facts *f, const SSL *ssl, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (n > SSL3_HM_HEADER_LENGTH && p[0] == SSL3_MT_CERTIFICATE &&
	    !tls_bounds_list(p + SSL3_HM_HEADER_LENGTH, n - SSL3_HM_HEADER_LENGTH,
			     SSL_version(ssl) == TLS1_3_VERSION, f->refused))
		memset((void *)(uintptr_t)(p + SSL3_HM_HEADER_LENGTH), 0xff,
		       n - SSL3_HM_HEADER_LENGTH);
}

/* Called with the header of each record and with each message that comes in or goes out. */
static void tls_record(int sent, int version, int type, const void *bytes, size_t n, SSL *ssl,
		       void *user)
{
	struct tls_facts *f = tls_facts_of(ssl);
	const unsigned char *header = bytes;

	(void)version;
	(void)user;
	if (sent || f == NULL)
		return;
	if (type == SSL3_RT_HANDSHAKE) {
		tls_count(f, MESSAGE_COST);
		tls_message(f, ssl, bytes, n);
	} else if (type == SSL3_RT_HEADER && n >= SSL3_RT_HEADER_LENGTH) {
		size_t length = (size_t)(header[3] << 8 | header[4]);
		tls_count(f, n + (length > RECORD_COST ? length : RECORD_COST));
	}
}

int tls_facts_hook(void *ssl_ctx, struct tls_trust *trust, struct tls_facts *f)
{
	SSL_CTX *ctx = ssl_ctx;
	X509_STORE *store = tls_trust_store(trust);

	if (store == NULL || SSL_CTX_set_app_data(ctx, f) != 1)
		return -1;
	SSL_CTX_set1_cert_store(ctx, store);
	if (trust->security == NULL)
		trust->security = SSL_CTX_get_security_callback(ctx);
	SSL_CTX_set_security_callback(ctx, tls_security);
	SSL_CTX_set0_security_ex_data(ctx, trust);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL); /* or nobody listens to tls_verify() */
	SSL_CTX_set_cert_verify_callback(ctx, tls_verify, f);
	SSL_CTX_set_info_callback(ctx, tls_info);
	SSL_CTX_set_msg_callback(ctx, tls_record);
	/* The certificate that was judged stays the one we talk to. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	return 0;
}

int tls_facts_share(void *ssl_ctx, struct tls_trust *trust)
{
	SSL_CTX *ctx = ssl_ctx;
	X509_STORE *store = tls_trust_store(trust);

	if (store == NULL)
		return -1;
	SSL_CTX_set1_cert_store(ctx, store);
	SSL_CTX_set_cert_verify_callback(ctx, tls_verify_shared, NULL);
	SSL_CTX_set_info_callback(ctx, tls_info);
	SSL_CTX_set_msg_callback(ctx, tls_record);
	return 0;
}

int tls_facts_failure(const struct tls_facts *f, const char *library_text)
{
	if (f->alert_read == SSL_AD_PROTOCOL_VERSION || f->alert_written == SSL_AD_PROTOCOL_VERSION)
		return TLS_PROTOCOL;
	if (f->alert_read > SSL_AD_CLOSE_NOTIFY)
		return TLS_ALERT;
	/* Something that is not TLS at all answers on the port (RFC 8446 5.1 wants a record). */
	if (strstr(library_text, "wrong version number") != NULL)
		return TLS_PROTOCOL;
	return TLS_OTHER;
}

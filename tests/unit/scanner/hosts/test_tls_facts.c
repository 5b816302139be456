/* What is written down of a chain, whole: what is wrong with it, and what its leaf says. */
#include "scanner/hosts/tls_facts.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parsers/terms.h"
#include "scanner/hosts/tls_bounds.h"
#include "tests/support/certs.h"
#include "tests/support/scratch.h"

#define HOST "mta-sts.example.com"

enum maker { ROOT, INTERMEDIATE, STRANGER, NO_CA, ITSELF };

static struct cert makers[ITSELF];

static void make_all(void)
{
	makers[ROOT] = cert_make(NULL, "A root", NULL, -1, 30, 0);
	makers[INTERMEDIATE] = cert_make(&makers[ROOT], "Between", NULL, -1, 30, 0);
	makers[STRANGER] = cert_make(NULL, "Somebody", NULL, -1, 30, 0);
	makers[NO_CA] = cert_make(&makers[ROOT], "No CA", "x.example", -1, 30, 0);
}

static void free_all(void)
{
	for (unsigned i = 0; i < ITSELF; i++)
		cert_free(&makers[i]);
}

TestSuite(tls_facts, .init = make_all, .fini = free_all);

struct wanted {
	const char *name;
	enum maker by;
	const char *cn, *dns;
	int from, to;		/* days from now */
	const char *aia;	/* where the leaf says that its issuer's is; NULL nothing */
	bool sent;		/* the server sends the certificate of who signed */
	uint32_t reasons;	/* bits */
	const char *fault;	/* begins so */
	const char *names;	/* of DNS, as kept */
	bool cn_only, wildcard; /* why the name does not match */
};

#define BIT(reason) (1u << (reason))
#define OURS "x", HOST, -1, 30, NULL

static const struct wanted rows[] = {
	{"good", INTERMEDIATE, OURS, true, 0, NULL, HOST, false, false},
	{"by the root", ROOT, OURS, false, 0, NULL, HOST, false, false},
	{"signed by itself", ITSELF, OURS, false, BIT(TLS_SELF_SIGNED), NULL, HOST, false, false},
	{"nobody knows its CA", STRANGER, OURS, true, BIT(TLS_UNTRUSTED), NULL, HOST, false, false},
	{"nor sees it", STRANGER, OURS, false, BIT(TLS_UNTRUSTED), NULL, HOST, false, false},
	{"of a hierarchy, without what is between", INTERMEDIATE, "x", HOST, -1, 30,
	 "caIssuers;URI:http://ca.example/i.cer", false, BIT(TLS_INCOMPLETE_CHAIN), NULL, HOST,
	 false, false},
	{"the same, with where to ask for revocation first", INTERMEDIATE, "x", HOST, -1, 30,
	 "OCSP;URI:http://ca.example/,caIssuers;URI:http://ca.example/i.cer", false,
	 BIT(TLS_INCOMPLETE_CHAIN), NULL, HOST, false, false},
	{"revocation alone says nothing", INTERMEDIATE, "x", HOST, -1, 30,
	 "OCSP;URI:http://ca.example/", false, BIT(TLS_UNTRUSTED), NULL, HOST, false, false},
	{"expired", ROOT, "x", HOST, -9, -1, NULL, false, BIT(TLS_EXPIRED), NULL, HOST, false,
	 false},
	{"of tomorrow", ROOT, "x", HOST, 1, 9, NULL, false, BIT(TLS_NOT_YET_VALID), NULL, HOST,
	 false, false},
	{"two faults", STRANGER, "x", "b.example", -9, -1, NULL, true,
	 BIT(TLS_UNTRUSTED) | BIT(TLS_EXPIRED) | BIT(TLS_NAME_MISMATCH), NULL, "b.example", false,
	 false},
	{"issued by who may not", NO_CA, OURS, true, BIT(TLS_OTHER),
	 "it was issued by a certificate that is no CA", HOST, false, false},
	{"the name in the subject, beside others", ROOT, HOST, "b.example", -1, 30, NULL, false,
	 BIT(TLS_NAME_MISMATCH), NULL, "b.example", false, false},
	{"no names at all", ROOT, HOST, "", -1, 30, NULL, false, BIT(TLS_NAME_MISMATCH), NULL, "",
	 true, false},
	{"a wildcard in a label", ROOT, "x", "mta-s*.example.com", -1, 30, NULL, false,
	 BIT(TLS_NAME_MISMATCH), NULL, "mta-s*.example.com", false, true},
	{"ours comes first", ROOT, "x", "a.example,DNS:*.example.com,DNS:b.example", -1, 30, NULL,
	 false, 0, NULL, "*.example.com, a.example, b.example", false, false},
};

static struct cert leaf_of(const struct wanted *w)
{
	const struct cert *by = w->by == ITSELF ? NULL : &makers[w->by];
	struct cert leaf = cert_make(by, w->cn, w->dns, w->from, w->to, 0);

	if (w->aia != NULL) {
		cert_extend(leaf.x509, by->x509, NID_info_access, w->aia);
		cr_assert_gt(X509_sign(leaf.x509, by->key, EVP_sha256()), 0);
	}
	return leaf;
}

static void look(const struct wanted *w, const struct cert *leaf, struct tls_facts *f)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *chain = sk_X509_new_null();

	cr_assert_eq(X509_STORE_add_cert(store, makers[ROOT].x509), 1);
	cr_assert_gt(sk_X509_push(chain, leaf->x509), 0);
	if (w->sent)
		cr_assert_gt(sk_X509_push(chain, makers[w->by].x509), 0);
	cr_assert_eq(X509_STORE_CTX_init(ctx, store, leaf->x509, chain), 1);
	cr_assert_eq(X509_STORE_CTX_set_default(ctx, "ssl_server"), 1);
	tls_facts_init(f, HOST);
	cr_expect(tls_facts_verify(f, ctx), "%s: %s", w->name, f->refused);
	cr_expect_eq(X509_STORE_CTX_get_error(ctx), X509_V_OK, "%s: all is taken", w->name);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(chain);
}

static void expect(const struct wanted *w, const struct cert *leaf, const struct tls_facts *f)
{
	static const char *const issuers[] = {"A root", "Between", "Somebody", "No CA"};
	int64_t now = (int64_t)time(NULL);
	unsigned char digest[32];
	char hex[65];

	cr_expect_eq(f->reasons, w->reasons, "%s: %x, not %x", w->name, f->reasons, w->reasons);
	cr_expect(f->fault == NULL ? w->fault == NULL
				   : w->fault != NULL && strcmp(f->fault, w->fault) == 0,
		  "%s: %s", w->name, f->fault);
	cr_expect_str_eq(f->names, w->names, "%s: %s", w->name, f->names);
	cr_expect_eq(f->cn_only, w->cn_only, "%s", w->name);
	cr_expect_eq(f->wildcard_partial, w->wildcard, "%s", w->name);
	cr_expect(f->seen && !f->sha1 && f->rsa_bits == 0, "%s", w->name);
	cr_expect_str_eq(f->issuer, w->by == ITSELF ? w->cn : issuers[w->by]);
	cr_expect(f->not_before - (now + w->from * DAY) >= -5 &&
			  f->not_before <= now + w->from * DAY,
		  "%s", w->name);
	cr_expect_eq(f->not_after - f->not_before, (w->to - w->from) * DAY, "%s", w->name);
	bool whole = (w->reasons & (BIT(TLS_OTHER) | BIT(TLS_SELF_SIGNED))) == 0;
	cr_expect_eq(f->signed_all, whole, "%s: each is signed by the next", w->name);
	cr_assert_eq(X509_digest(leaf->x509, EVP_sha256(), digest, NULL), 1);
	for (unsigned i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	cr_expect_str_eq(f->sha256, hex, "%s", w->name);
}

Test(tls_facts, of_chains)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cert leaf = leaf_of(&rows[i]);
		struct tls_facts f;
		look(&rows[i], &leaf, &f);
		expect(&rows[i], &leaf, &f);
		cert_free(&leaf);
	}
}

Test(tls_facts, of_a_key_of_another_kind)
{
	static const struct wanted w = {.name = "RSA", .by = ROOT, .sent = false};
	struct cert leaf = cert_make(&makers[ROOT], "x", HOST, -1, 30, 2048);
	struct tls_facts f;

	cr_assert_gt(X509_sign(leaf.x509, makers[ROOT].key, EVP_sha1()), 0);
	look(&w, &leaf, &f);
	cr_expect_eq(f.rsa_bits, 2048);
	cr_expect(f.sha1);
	cert_free(&leaf);
}

/* As many names as there is room for; the others are counted, and ours is not among them. */
Test(tls_facts, of_many_names)
{
	static const struct wanted w = {.name = "many", .by = ROOT, .sent = false};

	for (unsigned n = 1; n < 20; n++) {
		char dns[300] = "", ours[sizeof(HOST) + 3] = ", " HOST;
		size_t at = 0;
		unsigned shown = 1;
		struct tls_facts f;
		for (unsigned i = 1; i < n; i++)
			at += (size_t)snprintf(dns + at, sizeof(dns) - at, "n%02u.ex,DNS:", i);
		snprintf(dns + at, sizeof(dns) - at, HOST);
		struct cert leaf = cert_make(&makers[ROOT], "x", dns, -1, 30, 0);
		look(&w, &leaf, &f);
		cert_free(&leaf);
		cr_expect_eq(f.reasons, 0);
		cr_expect_eq(strncmp(f.names, ours + 2, strlen(ours + 2)), 0, "%s", f.names);
		for (const char *p = f.names; (p = strchr(p, ',')) != NULL; p++)
			shown += strncmp(p, ", and ", 6) != 0;
		const char *more = strstr(f.names, ", and ");
		unsigned rest = more != NULL ? (unsigned)atoi(more + 6) : 0;
		cr_expect_eq(shown + rest, n, "%u: %s", n, f.names);
		cr_expect(rest == 0 || (size_t)(more - f.names) + 8 > TLS_NAMES_SHOWN - 2,
			  "there was room: %s", f.names);
	}
}

/* ---- handshakes -------------------------------------------------------------------------- */

/* Trusts the root. */
static struct tls_trust *trust_the_root(void)
{
	char path[128];
	struct errmsg err = {""};

	snprintf(path, sizeof(path), "%s/root.pem", scratch_dir());
	FILE *f = fopen(path, "w");
	cr_assert(f != NULL && PEM_write_X509(f, makers[ROOT].x509) == 1 && fclose(f) == 0);
	struct tls_trust *t = tls_trust_load(path, NULL, &err);
	cr_assert(t != NULL, "%s", err.text);
	return t;
}

/* With a leaf and so many certificates in all. */
static SSL *server_with(SSL_CTX *ctx, const struct cert *leaf, unsigned listed)
{
	cr_assert_eq(SSL_CTX_use_certificate(ctx, leaf->x509), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey(ctx, leaf->key), 1);
	for (unsigned i = 1; i < listed; i++)
		cr_assert_eq(SSL_CTX_add1_chain_cert(ctx, makers[ROOT].x509), 1);
	SSL *ssl = SSL_new(ctx);
	SSL_set_accept_state(ssl);
	return ssl;
}

/* In memory, to its end. Whether it came to a connection. */
static bool shake_hands(SSL *client, SSL *server)
{
	BIO *ours, *theirs;
	bool done = false;

	cr_assert_eq(BIO_new_bio_pair(&ours, 1 << 18, &theirs, 1 << 18), 1);
	SSL_set_bio(client, ours, ours);
	SSL_set_bio(server, theirs, theirs);
	SSL_set_connect_state(client);
	for (unsigned i = 0; i < 20 && !done; i++) {
		int here = SSL_do_handshake(client);
		int there = SSL_do_handshake(server);
		if (here != 1 && SSL_get_error(client, here) != SSL_ERROR_WANT_READ)
			return false;
		done = here == 1 && there == 1;
	}
	return done;
}

/* What a list of certificates may have, told before anybody reads those in it. */
Test(tls_facts, of_lists_of_certificates)
{
	static const struct {
		int version;
		unsigned listed;
		const char *refused;
	} lists[] = {
		{TLS1_3_VERSION, 1, ""},
		{TLS1_2_VERSION, 1, ""},
		{TLS1_3_VERSION, TLS_LISTED_MAX, ""},
		{TLS1_2_VERSION, TLS_LISTED_MAX, ""},
		{TLS1_3_VERSION, TLS_LISTED_MAX + 1, "a list of 33 certificates, more than 32"},
		{TLS1_2_VERSION, TLS_LISTED_MAX + 1, "a list of 33 certificates, more than 32"},
		{TLS1_3_VERSION, 100, "a list of 100 certificates, more than 32"},
	};
	struct tls_trust *trust = trust_the_root();
	struct cert leaf = cert_make(&makers[ROOT], "x", HOST, -1, 30, 0);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		SSL_CTX *here = SSL_CTX_new(TLS_client_method());
		SSL_CTX *there = SSL_CTX_new(TLS_server_method());
		bool fine = lists[i].refused[0] == '\0';
		struct tls_facts f;
		SSL_CTX_set_max_proto_version(there, lists[i].version);
		tls_facts_init(&f, HOST);
		f.fd = -1;
		cr_assert_eq(tls_facts_hook(here, trust, &f), 0);
		SSL *client = SSL_new(here), *server = server_with(there, &leaf, lists[i].listed);
		cr_expect_eq(shake_hands(client, server), fine, "list %zu", i);
		cr_expect_str_eq(f.refused, lists[i].refused, "list %zu: %s", i, f.refused);
		cr_expect_eq(f.seen, fine, "list %zu: those in it are read", i);
		cr_expect_eq(f.reasons, 0, "list %zu: nothing is said of the host", i);
		cr_expect(f.started && !f.endless, "list %zu", i);
		SSL_free(client);
		SSL_free(server);
		SSL_CTX_free(here);
		SSL_CTX_free(there);
	}
	cert_free(&leaf);
	tls_trust_free(trust);
}

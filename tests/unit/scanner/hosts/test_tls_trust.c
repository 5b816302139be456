/* The CA certificates: those of the system are parsed when the first connection needs them. */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <unistd.h>

#include "scanner/hosts/tls_facts.h"
#include "tests/support/certs.h"
#include "tests/support/scratch.h"

/* Certificates of so many roots, with a block that is none behind the first. */
static void write_bundle(const char *path, unsigned roots)
{
	FILE *f = fopen(path, "w");

	cr_assert(f != NULL);
	fputs("A comment, as some bundles have\n", f);
	for (unsigned i = 0; i < roots; i++) {
		struct cert c = cert_make(NULL, "A root", NULL, -1, 30, 0);
		cr_assert_eq(PEM_write_X509(f, c.x509), 1);
		cert_free(&c);
		if (i == 0)
			fputs("-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n", f);
	}
	cr_assert_eq(fclose(f), 0);
}

static int trusted(struct tls_trust *t)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct tls_facts facts;

	tls_facts_init(&facts, "mta-sts.example.com");
	cr_assert_eq(tls_facts_hook(ctx, t, &facts), 0);
	int n = sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx)));
	SSL_CTX_free(ctx);
	return n;
}

Test(tls_trust, the_systems_bundle_is_read_at_once_and_parsed_when_it_is_needed)
{
	struct errmsg err = {""};
	char path[128];

	snprintf(path, sizeof(path), "%s/bundle.pem", scratch_dir());
	write_bundle(path, 5);
	struct tls_trust *t = tls_trust_load(NULL, path, &err);
	cr_assert(t != NULL, "%s", err.text);
	cr_assert_eq(unlink(path), 0); /* a worker that is confined cannot open it, either */
	cr_expect_eq(trusted(t), 5);
	cr_expect_eq(trusted(t), 5, "once");
	tls_trust_free(t);

	write_bundle(path, 1);
	t = tls_trust_load(NULL, path, &err);
	cr_assert(t != NULL, "%s", err.text);
	tls_trust_free(t); /* never needed */
}

Test(tls_trust, what_holds_no_certificate_is_refused_at_once)
{
	static const char *const texts[] = {
		"", "no PEM\n", "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n"};
	char path[128];

	snprintf(path, sizeof(path), "%s/bundle.pem", scratch_dir());
	for (unsigned i = 0; i < 4; i++)
		for (unsigned system = 0; system < 2; system++) {
			struct errmsg err = {""};
			FILE *f = i < 3 ? fopen(path, "w") : NULL;
			cr_assert(i == 3 || (fputs(texts[i], f) >= 0 && fclose(f) == 0));
			if (i == 3)
				unlink(path);
			struct tls_trust *t = system ? tls_trust_load(NULL, path, &err)
						     : tls_trust_load(path, NULL, &err);
			cr_expect_null(t, "text %u", i);
			cr_expect(strstr(err.text, path) != NULL, "text %u: %s", i, err.text);
		}
}

/* A bundle that is far too long is none, whatever it begins with. */
Test(tls_trust, a_bundle_has_an_end)
{
	char path[128];
	struct errmsg err = {""};

	snprintf(path, sizeof(path), "%s/bundle.pem", scratch_dir());
	for (unsigned long_one = 0; long_one < 2; long_one++) {
		write_bundle(path, 1);
		cr_assert_eq(truncate(path, (off_t)(16u << 20) + long_one), 0);
		struct tls_trust *t = tls_trust_load(NULL, path, &err);
		cr_expect_eq(t == NULL, long_one == 1);
		if (t != NULL)
			tls_trust_free(t);
	}
}

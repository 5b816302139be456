/* test_dane_chain.c - TLSA records against chains: what matches, what names and dates count for
 * (RFC 7672 3). */
#include <criterion/criterion.h>
#include "tests/support/certs.h"

#include <openssl/ssl.h>

#include "scanner/hosts/tls_facts.h"
#include "scanner/probe/dane_chain.h"

#define HOST "mx.example.org"
#define NEXT_HOP "example.org"

enum which { ROOT, INTERMEDIATE, LEAF, OTHER, WHICH };

/* One chain and up to three records of it. */
struct row {
	const char *what;
	struct {
		enum which cert;
		uint8_t usage, selector, matching;
	} record[3];
	unsigned records_n;
	bool root_sent, with_next_hop;
	const char *dns; /* of the leaf; NULL: HOST */
	int to;		 /* days until the leaf expires */
	/* Expected. */
	enum dane outcome;
	int matched, depth;
	bool leaf_as_ta;
	uint32_t spare;
};

static const struct row rows[] = {
	{"3 1 1", {{LEAF, 3, 1, 1}}, 1, false, false, NULL, 9, DANE_OK, 0, 0, false, 0},
	{"3 0 1", {{LEAF, 3, 0, 1}}, 1, false, false, NULL, 9, DANE_OK, 0, 0, false, 0},
	{"3 1 2", {{LEAF, 3, 1, 2}}, 1, false, false, NULL, 9, DANE_OK, 0, 0, false, 0},
	{"3 0 0", {{LEAF, 3, 0, 0}}, 1, false, false, NULL, 9, DANE_OK, 0, 0, false, 0},
	{"3 1 0", {{LEAF, 3, 1, 0}}, 1, false, false, NULL, 9, DANE_OK, 0, 0, false, 0},
	{"3 1 1, wrong name",
	 {{LEAF, 3, 1, 1}},
	 1,
	 false,
	 false,
	 "a.b",
	 9,
	 DANE_OK,
	 0,
	 0,
	 false,
	 0},
	{"3 1 1, expired", {{LEAF, 3, 1, 1}}, 1, false, false, NULL, -1, DANE_OK, 0, 0, false, 0},
	{"3 1 1 of another key",
	 {{OTHER, 3, 1, 1}},
	 1,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_MISMATCH,
	 -1,
	 -1,
	 false,
	 1},
	{"old and new",
	 {{OTHER, 3, 1, 1}, {LEAF, 3, 1, 1}},
	 2,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_OK,
	 1,
	 0,
	 false,
	 1},
	{"3 1 1 of an issuer",
	 {{INTERMEDIATE, 3, 1, 1}},
	 1,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_MISMATCH,
	 -1,
	 -1,
	 false,
	 1},
	{"2 1 1 of the intermediate",
	 {{INTERMEDIATE, 2, 1, 1}},
	 1,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_OK,
	 0,
	 1,
	 false,
	 0},
	{"2 0 1 of the root, sent",
	 {{ROOT, 2, 0, 1}},
	 1,
	 true,
	 false,
	 NULL,
	 9,
	 DANE_OK,
	 0,
	 2,
	 false,
	 0},
	{"2 0 1 of the root, not sent",
	 {{ROOT, 2, 0, 1}},
	 1,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_TA_NOT_SENT,
	 -1,
	 -1,
	 false,
	 1},
	{"2 0 0 of the root, not sent",
	 {{ROOT, 2, 0, 0}},
	 1,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_OK,
	 0,
	 2,
	 false,
	 1},
	{"2 1 1 of the leaf",
	 {{LEAF, 2, 1, 1}},
	 1,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_MISMATCH,
	 -1,
	 -1,
	 true,
	 0},
	{"2 0 1, wrong name",
	 {{INTERMEDIATE, 2, 0, 1}},
	 1,
	 false,
	 false,
	 "a.b",
	 9,
	 DANE_NAME_MISMATCH,
	 0,
	 1,
	 false,
	 0},
	{"2 0 1, next hop, secure",
	 {{INTERMEDIATE, 2, 0, 1}},
	 1,
	 false,
	 true,
	 NEXT_HOP,
	 9,
	 DANE_OK,
	 0,
	 1,
	 false,
	 0},
	{"2 0 1, next hop, insecure",
	 {{INTERMEDIATE, 2, 0, 1}},
	 1,
	 false,
	 false,
	 NEXT_HOP,
	 9,
	 DANE_NAME_MISMATCH,
	 0,
	 1,
	 false,
	 0},
	{"2 0 1, partial wildcard",
	 {{INTERMEDIATE, 2, 0, 1}},
	 1,
	 false,
	 false,
	 "m*.example.org",
	 9,
	 DANE_NAME_MISMATCH,
	 0,
	 1,
	 false,
	 0},
	{"2 0 1, wildcard",
	 {{INTERMEDIATE, 2, 0, 1}},
	 1,
	 false,
	 false,
	 "*.example.org",
	 9,
	 DANE_OK,
	 0,
	 1,
	 false,
	 0},
	{"2 0 1, name in the CN only",
	 {{INTERMEDIATE, 2, 0, 1}},
	 1,
	 false,
	 false,
	 "",
	 9,
	 DANE_OK,
	 0,
	 1,
	 false,
	 0},
	{"2 0 1, expired",
	 {{INTERMEDIATE, 2, 0, 1}},
	 1,
	 false,
	 false,
	 NULL,
	 -1,
	 DANE_EXPIRED,
	 0,
	 1,
	 false,
	 0},
	{"only 1 x x",
	 {{LEAF, 1, 1, 1}},
	 1,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_UNUSABLE,
	 -1,
	 -1,
	 false,
	 0},
	{"1 x x beside 3 x x",
	 {{LEAF, 1, 1, 1}, {OTHER, 3, 1, 1}},
	 2,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_MISMATCH,
	 -1,
	 -1,
	 false,
	 2},
	{"a strong digest of another hides a weak one that matches",
	 {{LEAF, 3, 1, 1}, {OTHER, 3, 1, 2}},
	 2,
	 false,
	 false,
	 NULL,
	 9,
	 DANE_MISMATCH,
	 -1,
	 -1,
	 false,
	 2},
};

static struct cert certs[WHICH];

/* signed_all: as after a handshake that computed the signatures, or as if that were not known. */
static void run_row(struct dane_judge *judge, struct arena *arena, const struct row *r,
		    bool signed_all)
{
	static struct cert_tlsa records[3];
	struct tlsa set[3];
	STACK_OF(X509) *served = sk_X509_new_null(), *built = sk_X509_new_null();
	struct probe_result out = {.dane = {.outcome = -1, .record = -1, .depth = -1}};
	const char *dns = r->dns != NULL ? r->dns : HOST;

	certs[LEAF] = cert_make(&certs[INTERMEDIATE], HOST, dns, -9, r->to, 0);
	for (unsigned i = 0; i < r->records_n; i++) {
		cert_tlsa(&certs[r->record[i].cert], r->record[i].usage, r->record[i].selector,
			  r->record[i].matching, &records[i]);
		set[i] = records[i].t;
	}
	for (int i = LEAF; i >= ROOT; i--) {
		if (i != ROOT || r->root_sent)
			sk_X509_push(served, certs[i].x509);
		sk_X509_push(built, certs[i].x509);
	}
	struct probe p = {
		.host = HOST,
		.arena = arena,
		.tlsa = set,
		.tlsa_n = r->records_n,
		.names = {HOST, NEXT_HOP},
		.names_n = r->with_next_hop ? 2 : 1,
		.out = &out,
	};
	const struct dane_certs seen = {certs[LEAF].x509, served, built, signed_all};
	dane_judge_chain(judge, &seen, &p);
	cr_expect_eq(out.dane.outcome, (int)r->outcome, "%s: %s", r->what,
		     out.dane.outcome < 0 ? "nothing" : dane_name((enum dane)out.dane.outcome));
	cr_expect_eq(out.dane.record, r->matched, "%s: record %d", r->what, out.dane.record);
	cr_expect_eq(out.dane.depth, r->depth, "%s: depth %d", r->what, out.dane.depth);
	cr_expect_eq(out.dane.leaf_as_ta, r->leaf_as_ta, "%s", r->what);
	cr_expect_eq(out.dane.spare, r->spare, "%s: spare %x", r->what, out.dane.spare);
	cr_expect_eq(out.spki_sha256.n, 64);
	sk_X509_free(served);
	sk_X509_free(built);
	cert_free(&certs[LEAF]);
}

Test(dane_chain, rows)
{
	struct dane_judge *judge = dane_judge_new();
	struct arena arena;

	cr_assert(judge != NULL && arena_init(&arena, 4096, 1 << 20) == 0);
	certs[ROOT] = cert_make(NULL, "root", NULL, -9, 99, 0);
	certs[INTERMEDIATE] = cert_make(&certs[ROOT], "intermediate", NULL, -9, 99, 0);
	certs[OTHER] = cert_make(NULL, "other", HOST, -9, 99, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int known = 0; known < 2; known++)
			run_row(judge, &arena, &rows[i], known);
	arena_release(&arena);
	dane_judge_free(judge);
}

Test(dane_chain, key)
{
	struct dane_judge *judge = dane_judge_new();
	struct cert c = cert_make(NULL, "x", HOST, -9, 9, 1024);
	STACK_OF(X509) *served = sk_X509_new_null();
	struct probe_result out = {.dane = {.outcome = -1}};
	struct probe p = {.host = HOST, .out = &out};
	struct arena arena;

	cr_assert(arena_init(&arena, 4096, 1 << 20) == 0);
	p.arena = &arena;
	sk_X509_push(served, c.x509);
	dane_judge_chain(judge, &(struct dane_certs){.leaf = c.x509, .served = served}, &p);
	cr_expect_eq(out.cert_key_bits, 1024);
	cr_expect_not(out.cert_ec);
	cr_expect_eq(out.dane.outcome, -1, "no records, nothing to say");
	sk_X509_free(served);
	cert_free(&c);
	arena_release(&arena);
	dane_judge_free(judge);
}

/* What the handshake's verification says of these certificates, leaf first. */
static bool signed_all(STACK_OF(X509) * served)
{
	X509_STORE *none = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	struct tls_facts facts;

	tls_facts_init(&facts, HOST);
	cr_assert(X509_STORE_CTX_init(ctx, none, sk_X509_value(served, 0), served) == 1);
	cr_assert(tls_facts_verify(&facts, ctx) && facts.seen);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(none);
	return facts.signed_all;
}

/* Somebody who has no key of the issuer that the record names uses its name. */
Test(dane_chain, a_wrong_signature)
{
	struct dane_judge *judge = dane_judge_new();
	struct cert root = cert_make(NULL, "root", NULL, -9, 99, 0);
	struct cert issuer = cert_make(&root, "issuer", NULL, -9, 99, 0);
	struct cert imposter = cert_make(&root, "issuer", NULL, -9, 99, 0);
	struct cert_tlsa record;
	struct arena arena;

	cr_assert(arena_init(&arena, 4096, 1 << 20) == 0);
	cert_tlsa(&issuer, 2, 1, 1, &record);
	for (int forged = 0; forged < 2; forged++) {
		struct cert leaf = cert_make(forged ? &imposter : &issuer, HOST, HOST, -9, 9, 0);
		STACK_OF(X509) *served = sk_X509_new_null();
		struct probe_result out = {.dane = {.outcome = -1}};
		struct probe p = {.host = HOST,
				  .arena = &arena,
				  .tlsa = &record.t,
				  .tlsa_n = 1,
				  .names = {HOST},
				  .names_n = 1,
				  .out = &out};

		sk_X509_push(served, leaf.x509);
		sk_X509_push(served, issuer.x509);
		cr_expect_eq(signed_all(served), !forged);
		const struct dane_certs seen = {leaf.x509, served, served, signed_all(served)};
		dane_judge_chain(judge, &seen, &p);
		cr_expect_eq(out.dane.outcome, (int)(forged ? DANE_MISMATCH : DANE_OK));
		/* The handshake went another way, over the certificate that did sign it. */
		STACK_OF(X509) *other = sk_X509_new_null();
		sk_X509_push(other, leaf.x509);
		sk_X509_push(other, imposter.x509);
		const struct dane_certs elsewhere = {leaf.x509, served, other, true};
		dane_judge_chain(judge, &elsewhere, &p);
		cr_expect_eq(out.dane.outcome, (int)(forged ? DANE_MISMATCH : DANE_OK));
		sk_X509_free(other);
		sk_X509_free(served);
		cert_free(&leaf);
	}
	cert_free(&root);
	cert_free(&issuer);
	cert_free(&imposter);
	arena_release(&arena);
	dane_judge_free(judge);
}

/* What is known to be signed is so of these certificates and no others: a chain that differs from
 * it at any place has its signatures computed. */
Test(dane_chain, known_signatures_are_those_of_the_same_chain)
{
	struct dane_judge *judge = dane_judge_new();
	struct cert root = cert_make(NULL, "root", NULL, -9, 99, 0);
	struct cert issuer = cert_make(&root, "issuer", NULL, -9, 99, 0);
	struct cert imposter = cert_make(&root, "issuer", NULL, -9, 99, 0);
	struct cert good = cert_make(&issuer, HOST, HOST, -9, 9, 0);
	struct cert forged = cert_make(&imposter, HOST, HOST, -9, 9, 0);
	struct cert_tlsa record;
	struct arena arena;
	const struct {
		const char *what;
		const struct cert *leaf, *known[3];
		enum dane outcome;
	} chains[] = {
		{"the same", &good, {&good, &issuer}, DANE_OK},
		{"the same and more", &good, {&good, &issuer, &root}, DANE_OK},
		{"nothing", &good, {NULL}, DANE_OK},
		{"another leaf's", &forged, {&good, &issuer, &root}, DANE_MISMATCH},
		{"another issuer's", &forged, {&forged, &imposter, &root}, DANE_MISMATCH},
		{"the leaf's alone", &forged, {&forged}, DANE_MISMATCH},
		{"in another order", &forged, {&issuer, &forged}, DANE_MISMATCH},
	};

	cr_assert(arena_init(&arena, 4096, 1 << 20) == 0);
	cert_tlsa(&issuer, 2, 0, 1, &record);
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		STACK_OF(X509) *served = sk_X509_new_null(), *known = sk_X509_new_null();
		struct probe_result out = {.dane = {.outcome = -1}};
		struct probe p = {.host = HOST,
				  .arena = &arena,
				  .tlsa = &record.t,
				  .tlsa_n = 1,
				  .names = {HOST},
				  .names_n = 1,
				  .out = &out};
		sk_X509_push(served, chains[i].leaf->x509);
		sk_X509_push(served, issuer.x509);
		for (unsigned k = 0; k < 3 && chains[i].known[k] != NULL; k++)
			sk_X509_push(known, chains[i].known[k]->x509);
		const struct dane_certs seen = {chains[i].leaf->x509, served, known, true};
		dane_judge_chain(judge, &seen, &p);
		cr_expect_eq(out.dane.outcome, (int)chains[i].outcome, "%s: %d", chains[i].what,
			     out.dane.outcome);
		sk_X509_free(known);
		sk_X509_free(served);
	}
	cert_free(&root);
	cert_free(&issuer);
	cert_free(&imposter);
	cert_free(&good);
	cert_free(&forged);
	arena_release(&arena);
	dane_judge_free(judge);
}

/*
 * bench_dane.c - what the TLSA records of a host cost, judged against the chain it served.
 *
 *     bench_dane ee|ta COUNT
 *
 * The chain has three certificates, all with keys on P-256, and is parsed already. "ee": 3 1 1 of
 * the leaf's key and of the next one's. "ta": 2 1 1 of its issuer and of another; then a signature
 * is verified, too. Prints one JSON object.
 */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cpu_time.h"
#include "parsers/terms.h"
#include "scanner/probe/dane_chain.h"
#include "tests/support/certs.h"

#define HOST "mx.example.org"
#define ARENA (64u << 10)

/* One judgement; whether it is what it must be. */
static bool judge(struct dane_judge *j, struct probe *p, X509 *leaf, STACK_OF(X509) * served,
		  STACK_OF(X509) * built)
{
	arena_reset(p->arena);
	*p->out = (struct probe_result){.dane = {.outcome = -1, .record = -1, .depth = -1}};
	const struct dane_certs certs = {leaf, served, built, true};

	dane_judge_chain(j, &certs, p);
	return p->out->dane.outcome == DANE_OK && p->out->dane.record == 1;
}

int main(int argc, char **argv)
{
	struct cert root, issuer, leaf, next;
	struct cert_tlsa record[2];
	struct tlsa tlsa[2];
	struct arena arena;
	struct probe_result out;

	if (argc != 3 || (strcmp(argv[1], "ee") != 0 && strcmp(argv[1], "ta") != 0)) {
		fputs("usage: bench_dane ee|ta COUNT\n", stderr);
		return 2;
	}
	bool ta = strcmp(argv[1], "ta") == 0;
	unsigned long n = strtoul(argv[2], NULL, 10), good = 0;
	root = cert_make(NULL, "root", NULL, -9, 99, 0);
	issuer = cert_make(&root, "issuer", NULL, -9, 99, 0);
	leaf = cert_make(&issuer, HOST, HOST, -9, 9, 0);
	next = cert_make(&issuer, HOST, ta ? NULL : HOST, -9, 9, 0);
	cert_tlsa(&next, ta ? 2 : 3, 1, 1, &record[0]);
	cert_tlsa(ta ? &issuer : &leaf, ta ? 2 : 3, 1, 1, &record[1]);
	tlsa[0] = record[0].t;
	tlsa[1] = record[1].t;
	STACK_OF(X509) *served = sk_X509_new_null(), *built = sk_X509_new_null();
	sk_X509_push(served, leaf.x509);
	sk_X509_push(served, issuer.x509);
	sk_X509_push(built, leaf.x509);
	sk_X509_push(built, issuer.x509);
	sk_X509_push(built, root.x509);
	struct dane_judge *j = dane_judge_new();
	struct probe p = {.arena = &arena,
			  .tlsa = tlsa,
			  .tlsa_n = 2,
			  .names = {HOST},
			  .names_n = 1,
			  .out = &out};
	if (j == NULL || arena_init(&arena, 4096, ARENA) != 0)
		return 1;
	good += judge(j, &p, leaf.x509, served, built); /* what is read when it is first needed */
	double begin = cpu_us();
	for (unsigned long i = 0; i < n; i++)
		good += judge(j, &p, leaf.x509, served, built);
	printf("{\"bench\":\"dane\",\"records\":\"%s\",\"judged\":%lu,\"cpu_us_each\":%.2f}\n",
	       argv[1], n, n > 0 ? (cpu_us() - begin) / (double)n : 0.0);
	arena_release(&arena);
	dane_judge_free(j);
	sk_X509_free(served);
	sk_X509_free(built);
	cert_free(&root);
	cert_free(&issuer);
	cert_free(&leaf);
	cert_free(&next);
	return good == n + 1 ? 0 : 1;
}

/*
 * bench_parsers.c - nanoseconds per value for every parser and for a whole judgement, beside a
 * memcpy of the same bytes in the same run, and the allocations they make (none, but for the
 * judge's arena).
 *
 * Each figure is the best of ROUNDS rounds: what the code costs when the machine leaves it alone.
 * Prints one JSON object. Exit status 1 when a limit of the project is missed: an MTA-STS record
 * under 150 ns, a typical policy under 1000 ns, no allocation.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parsers/mxmatch.h"
#include "parsers/policy.h"
#include "parsers/sts_record.h"
#include "parsers/tlsrpt.h"
#include "scanner/judge.h"

#define ROUNDS 100
#define STS_NS_MAX 150.0
#define POLICY_NS_MAX 1000.0

/* ---- allocations are counted by standing in front of glibc's ------------------------------------
 */

static unsigned long allocations;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}

/* ---- loads
 * --------------------------------------------------------------------------------------- */

static const char *const sts_values[] = {
	"v=STSv1; id=20190429T010101;",
	"v=STSv1; id=20160831085700Z;",
	"v=STSv1;id=1769609691387;",
	"v=STSv1; id=14e8765cc6063cdb4e6f4b744f975d43",
};
static const char *const tlsrpt_values[] = {
	"v=TLSRPTv1; rua=mailto:tls-reports@example.com",
	"v=TLSRPTv1;rua=https://reports.example.net/v1/tlsrpt",
	"v=TLSRPTv1; rua=mailto:a+tls@example.org,mailto:tls@reports.example.com;",
};
static const char *const policies[] = {
	"version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n",
	"version: STSv1\r\nmode: testing\r\nmx: aspmx.l.example.com\r\nmx: "
	"*.aspmx.l.example.com\r\n"
	"max_age: 86400\r\n",
	"version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmx: "
	"mx3.example.com\n"
	"mx: *.mail.protection.example.com\nmax_age: 1209600",
};
static const char *const hosts[] = {"mail.example.com", "alt1.aspmx.l.example.com",
				    "tenant.mail.protection.example.com"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static volatile uint64_t sink; /* keeps the compiler from dropping the work */
static struct arena arena;
static struct judge_config config;

static void run_sts(unsigned i)
{
	struct findings f;
	struct sts_record record;

	sts_record_parse(span_str(sts_values[i % COUNT(sts_values)]), &f, &record);
	sink += record.valid;
}

static void run_tlsrpt(unsigned i)
{
	struct findings f;
	struct tlsrpt record;

	tlsrpt_parse(span_str(tlsrpt_values[i % COUNT(tlsrpt_values)]), &f, &record);
	sink += record.valid;
}

static void run_policy(unsigned i)
{
	struct findings f;
	struct policy policy;

	policy_parse(span_str(policies[i % COUNT(policies)]), &f, &policy);
	sink += policy.valid;
}

static void run_match(unsigned i)
{
	sink += mxmatch(SPAN_LIT("*.mail.protection.example.com"),
			span_str(hosts[i % COUNT(hosts)]));
}

static void run_copy(unsigned i)
{
	char copy[512];
	const char *text = policies[i % COUNT(policies)];
	size_t n = strlen(text);

	memcpy(copy, text, n);
	sink += (unsigned char)copy[i % n];
}

/* A domain with everything in order, and one with nothing: what a scan judges nearly always. */
static void judge_one(bool has_policy, unsigned i)
{
	struct record_mx_host mx = {.host = SPAN_LIT("mail.example.com"), .preference = 10};
	struct span txt = span_str(sts_values[i % COUNT(sts_values)]);
	struct record r;

	arena_reset(&arena);
	record_init(&r);
	r.domain = r.registrable = SPAN_LIT("example.com");
	r.tld = SPAN_LIT("com");
	r.mx.dns = DNS_OK;
	r.mx.hosts = &mx;
	r.mx.hosts_n = 1;
	r.tlsrpt.answer.dns = DNS_NXDOMAIN;
	r.sts.answer.dns = has_policy ? DNS_OK : DNS_NXDOMAIN;
	r.sts.answer.txt = &txt;
	r.sts.answer.txt_n = has_policy;
	if (has_policy) {
		r.policy.stage = STAGE_OK;
		r.policy.dns = DNS_OK;
		r.policy.http_status = 200;
		r.policy.tls_verified = 1;
		r.policy.content_type = SPAN_LIT("text/plain");
		r.policy.body = span_str(policies[0]);
		r.policy.body_bytes = r.policy.body.n;
	}
	if (judge(&config, &arena, &r) == 0)
		sink += r.verdict;
}

static void run_judge_absent(unsigned i)
{
	judge_one(false, i);
}

static void run_judge_enforce(unsigned i)
{
	judge_one(true, i);
}

/* ---- measuring
 * ----------------------------------------------------------------------------------- */

struct load {
	const char *name;
	void (*run)(unsigned i);
	unsigned times;
	double ns;
	unsigned long allocations;
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(struct load *l)
{
	unsigned long before = allocations;

	l->ns = 1e18;
	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns();
		for (unsigned i = 0; i < l->times; i++)
			l->run(i);
		double ns = (now_ns() - start) / l->times;
		l->ns = ns < l->ns ? ns : l->ns;
	}
	l->allocations = allocations - before;
}

int main(void)
{
	struct load loads[] = {
		{"memcpy_policy", run_copy, 50000, 0, 0},
		{"sts_record", run_sts, 20000, 0, 0},
		{"tlsrpt_record", run_tlsrpt, 10000, 0, 0},
		{"policy", run_policy, 10000, 0, 0},
		{"mx_match", run_match, 50000, 0, 0},
		{"judge_absent", run_judge_absent, 10000, 0, 0},
		{"judge_enforce", run_judge_enforce, 5000, 0, 0},
	};
	unsigned long allocated = 0;

	judge_config_init(&config);
	if (arena_init(&arena, 1 << 16, 1 << 20) != 0)
		return 3;
	printf("{\"bench\":\"parsers\"");
	for (size_t i = 0; i < COUNT(loads); i++) {
		measure(&loads[i]);
		allocated += loads[i].allocations;
		printf(",\"%s_ns\":%.1f", loads[i].name, loads[i].ns);
	}
	bool ok = loads[1].ns < STS_NS_MAX && loads[3].ns < POLICY_NS_MAX && allocated == 0;
	printf(",\"allocations\":%lu,\"limits_met\":%s}\n", allocated, ok ? "true" : "false");
	arena_release(&arena);
	return ok ? 0 : 1;
}

/*
 * bench_parsers.c - nanoseconds of CPU time per value for every parser and for a whole judgement,
 * beside a memcpy of the same bytes in the same run, and the allocations they make (none, but for
 * the judge's arena). The judge's bytes are those of the record that it judges.
 *
 *     bench_parsers            Each figure is the best of ROUNDS rounds: what the code costs when
 *                              the machine leaves it alone. Prints one JSON object; parts.py makes
 *                              rows of it. Exit status 1 when a limit of the project is missed: an
 *                              MTA-STS record under 150 ns, a typical policy under 1000 ns, no
 *                              allocation.
 *     bench_parsers NAME N     only that value, N times over: for counting instructions.
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
#include "scanner/judge/judge.h"

#define ROUNDS 100
#define STS_NS_MAX 150.0
#define POLICY_NS_MAX 1000.0

/* ---- allocations are counted by standing in front of glibc's ----------------------------- */

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

/* ---- loads ------------------------------------------------------------------------------- */

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

static void copy(const void *bytes, size_t n)
{
	static char to[sizeof(struct record)];

	memcpy(to, bytes, n);
	/* As far as the compiler knows, somebody reads all of it. */
	__asm__ volatile("" : : "r"(to) : "memory");
}

static void run_copy_sts(unsigned i)
{
	copy(sts_values[i % COUNT(sts_values)], strlen(sts_values[i % COUNT(sts_values)]));
}

static void run_copy_tlsrpt(unsigned i)
{
	copy(tlsrpt_values[i % COUNT(tlsrpt_values)],
	     strlen(tlsrpt_values[i % COUNT(tlsrpt_values)]));
}

static void run_copy_policy(unsigned i)
{
	copy(policies[i % COUNT(policies)], strlen(policies[i % COUNT(policies)]));
}

static void run_copy_host(unsigned i)
{
	copy(hosts[i % COUNT(hosts)], strlen(hosts[i % COUNT(hosts)]));
}

static void run_copy_record(unsigned i)
{
	static const struct record r;

	(void)i;
	copy(&r, sizeof(r));
}

/* A domain with everything in order, and one with nothing: what a scan judges nearly always. */
static void judge_one(bool has_policy, unsigned i)
{
	struct record_mx_host mx;
	struct span txt = span_str(sts_values[i % COUNT(sts_values)]);
	struct record r;

	arena_reset(&arena);
	record_init(&r);
	record_mx_host_init(&mx);
	mx.host = SPAN_LIT("mail.example.com");
	mx.preference = 10;
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

/* ---- measuring --------------------------------------------------------------------------- */

struct load {
	const char *name;
	void (*run)(unsigned i);
	void (*copy)(unsigned i); /* the yardstick */
	unsigned times;
	double ns_max; /* the project's limit, or 0 */
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double round_ns(void (*run)(unsigned i), unsigned times)
{
	double start = now_ns();

	for (unsigned i = 0; i < times; i++)
		run(i);
	return (now_ns() - start) / times;
}

/* Prints its figures; whether the limit was met. */
static bool measure(const struct load *l)
{
	double ns = 1e18, copy_ns = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double one = round_ns(l->run, l->times);
		ns = one < ns ? one : ns;
		one = round_ns(l->copy, l->times);
		copy_ns = one < copy_ns ? one : copy_ns;
	}
	printf("{\"name\":\"%s\",\"ns\":%.1f,\"memcpy_ns\":%.1f,\"ns_max\":%.0f}", l->name, ns,
	       copy_ns, l->ns_max);
	return l->ns_max == 0 || ns < l->ns_max;
}

static const struct load loads[] = {
	{"sts_record", run_sts, run_copy_sts, 20000, STS_NS_MAX},
	{"tlsrpt_record", run_tlsrpt, run_copy_tlsrpt, 10000, 0},
	{"policy", run_policy, run_copy_policy, 10000, POLICY_NS_MAX},
	{"mx_match", run_match, run_copy_host, 50000, 0},
	{"judge_absent", run_judge_absent, run_copy_record, 10000, 0},
	{"judge_enforce", run_judge_enforce, run_copy_record, 5000, 0},
};

static int measure_all(void)
{
	bool ok = true;

	printf("{\"bench\":\"parsers\",\"values\":[");
	unsigned long before = allocations;
	for (size_t i = 0; i < COUNT(loads); i++) {
		fputs(i > 0 ? "," : "", stdout);
		ok = measure(&loads[i]) && ok;
	}
	unsigned long allocated = allocations - before;
	ok = ok && allocated == 0;
	printf("],\"allocations\":%lu,\"limits_met\":%s}\n", allocated, ok ? "true" : "false");
	return ok ? 0 : 1;
}

static int run_one(const char *name, unsigned long times)
{
	for (size_t i = 0; i < COUNT(loads); i++) {
		if (strcmp(loads[i].name, name) != 0)
			continue;
		for (unsigned long n = 0; n < times; n++)
			loads[i].run((unsigned)n);
		return 0;
	}
	return 2;
}

int main(int argc, char **argv)
{
	int rc = 2;

	judge_config_init(&config);
	if (arena_init(&arena, 1 << 16, 1 << 20) != 0)
		return 3;
	if (argc == 1)
		rc = measure_all();
	else if (argc == 3)
		rc = run_one(argv[1], strtoul(argv[2], NULL, 10));
	if (rc == 2)
		fputs("usage: bench_parsers [NAME N]\n", stderr);
	arena_release(&arena);
	return rc;
}

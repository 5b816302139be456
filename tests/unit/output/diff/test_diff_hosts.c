/* What happened at an MX host between two visits, and that hosts of two runs are compared. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output/diff/diff_hosts.h"
#include "output/diff/diff_print.h"
#include "tests/support/scratch.h"

struct seen {
	int tls, tlsa, dane;
	const char *cert, *key, *version;
	const char *records[3];
};

static void host_of(const struct seen *s, struct span records[3], struct record_mx_host *h)
{
	record_mx_host_init(h);
	h->host = SPAN_LIT("mx.example");
	h->tls = s->tls;
	h->tlsa = s->tlsa;
	h->dane = s->dane;
	h->probe.cert_sha256 = span_str(s->cert);
	h->probe.spki_sha256 = span_str(s->key);
	h->probe.tls_version = span_str(s->version);
	h->tlsa_records = records;
	while (h->tlsa_records_n < 3 && s->records[h->tlsa_records_n] != NULL) {
		records[h->tlsa_records_n] = span_str(s->records[h->tlsa_records_n]);
		h->tlsa_records_n++;
	}
}

#define OK MX_TLS_OK
#define BIT(event) (1u << (event))

#define TLS(tls)                                                                                   \
	{                                                                                          \
		tls, -1, -1, NULL, NULL, NULL,                                                     \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}
#define CERT(tls, cert, key, version)                                                              \
	{                                                                                          \
		tls, -1, -1, cert, key, version,                                                   \
		{                                                                                  \
			NULL                                                                       \
		}                                                                                  \
	}
#define DANE(tls, tlsa, dane, cert, key, ...)                                                      \
	{                                                                                          \
		tls, tlsa, dane, cert, key, NULL,                                                  \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct {
	struct seen before, after;
	uint32_t events;
	enum diff_direction direction;
	bool known;
} visits[] = {
	{TLS(OK), TLS(OK), 0, DIFF_OTHER, true},
	{TLS(OK), TLS(MX_TLS_NO_STARTTLS), BIT(HOST_STARTTLS_LOST), DIFF_WORSE, true},
	{TLS(MX_TLS_EXPIRED), TLS(MX_TLS_NO_STARTTLS), BIT(HOST_STARTTLS_LOST), DIFF_WORSE, true},
	{TLS(MX_TLS_NO_STARTTLS), TLS(OK), BIT(HOST_STARTTLS_GAINED), DIFF_BETTER, true},
	{TLS(OK), TLS(MX_TLS_BLOCKED), 0, DIFF_OTHER, false},
	{TLS(-1), TLS(MX_TLS_NO_STARTTLS), 0, DIFF_OTHER, false},
	{CERT(OK, "a", "k", NULL), CERT(MX_TLS_EXPIRED, "a", "k", NULL), BIT(HOST_CERT_DEGRADED),
	 DIFF_WORSE, true},
	{CERT(MX_TLS_EXPIRED, "a", "k", NULL), CERT(OK, "b", "k", NULL),
	 BIT(HOST_CERT_REPAIRED) | BIT(HOST_CERT_RENEWED), DIFF_BETTER, true},
	{CERT(OK, "a", "k", NULL), CERT(OK, "b", "k", NULL), BIT(HOST_CERT_RENEWED), DIFF_OTHER,
	 true},
	{CERT(OK, "a", "k", NULL), CERT(OK, "b", "l", NULL),
	 BIT(HOST_CERT_RENEWED) | BIT(HOST_KEY_CHANGED), DIFF_OTHER, true},
	{CERT(OK, "a", "k", NULL), TLS(MX_TLS_TIMEOUT), 0, DIFF_OTHER, false},
	{CERT(OK, "a", "k", "TLSv1.2"), CERT(OK, "a", "k", "TLSv1.3"), BIT(HOST_TLS_VERSION),
	 DIFF_OTHER, true},
	{DANE(OK, 1, DANE_OK, "a", "k", "3 1 1 k"), DANE(OK, 1, DANE_MISMATCH, "b", "l", "3 1 1 k"),
	 BIT(HOST_ROLLOVER_BROKEN) | BIT(HOST_CERT_RENEWED) | BIT(HOST_KEY_CHANGED), DIFF_WORSE,
	 true},
	{DANE(OK, 1, DANE_OK, "a", "k", "3 1 1 k"), DANE(OK, 1, DANE_MISMATCH, "a", "k", "3 1 1 x"),
	 BIT(HOST_DANE_BROKEN) | BIT(HOST_TLSA_CHANGED), DIFF_WORSE, true},
	{DANE(OK, 1, DANE_OK, "a", "k", "3 1 1 k"),
	 DANE(MX_TLS_NO_STARTTLS, 1, DANE_NO_TLS, NULL, NULL, "3 1 1 k"),
	 BIT(HOST_DANE_BROKEN) | BIT(HOST_STARTTLS_LOST), DIFF_WORSE, true},
	{DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 k"), DANE(OK, 0, DANE_NONE, NULL, NULL, NULL),
	 BIT(HOST_DANE_LOST), DIFF_WORSE, true},
	{DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 k"), DANE(OK, -1, DANE_ERROR, NULL, NULL, NULL), 0,
	 DIFF_OTHER, true},
	{DANE(OK, 0, DANE_NONE, NULL, NULL, NULL), DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 k"),
	 BIT(HOST_DANE_GAINED), DIFF_BETTER, true},
	{DANE(OK, 1, DANE_MISMATCH, NULL, NULL, "3 1 1 k"),
	 DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 l"),
	 BIT(HOST_DANE_REPAIRED) | BIT(HOST_TLSA_CHANGED), DIFF_BETTER, true},
	{DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 k"),
	 DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 l", "3 1 1 k"), BIT(HOST_TLSA_ROLLED), DIFF_OTHER,
	 true},
	{DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 k", "3 1 1 l"),
	 DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 l", "3 1 1 k"), 0, DIFF_OTHER, true},
	{DANE(OK, 1, DANE_OK, NULL, NULL, "3 1 1 k"),
	 DANE(MX_TLS_TIMEOUT, 1, DANE_UNPROVEN, NULL, NULL, "3 1 1 k"), 0, DIFF_OTHER, true},
};

Test(diff_hosts, what_happened)
{
	for (unsigned i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
		struct record_mx_host a, b;
		struct span records[2][3];
		struct host_change c;
		host_of(&visits[i].before, records[0], &a);
		host_of(&visits[i].after, records[1], &b);
		cr_expect_eq(host_compare(&a, &b, &c), visits[i].known, "row %u", i);
		cr_expect_eq(c.events, visits[i].events, "row %u: %x", i, c.events);
		cr_expect_eq(c.direction, visits[i].direction, "row %u", i);
	}
}

/* A change as each format tells it: what was first, what is now second. */
Test(diff_hosts, is_told_in_order)
{
	static const char *const want[] = {
		[DIFF_TEXT] = "mx.example  (3 names)\n  dane_rollover_broken\n",
		[DIFF_CSV] = "mx.example,,host_changed,probe.cert_sha256,a,b,worse\n"
			     "mx.example,,host_changed,probe.spki_sha256,k,l,worse\n",
		[DIFF_NDJSON] = "{\"key\":\"probe.cert_sha256\",\"old\":\"a\",\"new\":\"b\"},"
				"{\"key\":\"probe.spki_sha256\",\"old\":\"k\",\"new\":\"l\"}",
	};
	static const struct seen before = DANE(OK, 1, DANE_OK, "a", "k", "3 1 1 k"),
				 after = DANE(OK, 1, DANE_MISMATCH, "b", "l", "3 1 1 k");
	struct record_mx_host a, b;
	struct span records[2][3];
	struct host_change c;

	host_of(&before, records[0], &a);
	host_of(&after, records[1], &b);
	cr_assert(host_compare(&a, &b, &c));
	c.names = 3;
	for (enum diff_format f = DIFF_TEXT; f <= DIFF_NDJSON; f++) {
		struct diff_printer p;
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		struct diff_totals totals = {0};
		struct host_totals hosts = {
			.compared = true, .changed = 1, .directions = {[DIFF_WORSE] = 1}};
		struct remarks remarks = {0};
		static const char *const runs[2] = {"old", "new"};
		if (want[f] == NULL) {
			fclose(out);
			free(text);
			continue;
		}
		cr_assert_eq(diff_print_begin(&p, out, f), 0);
		diff_print_host(&p, &c);
		diff_print_totals(&p, runs, &totals, &hosts, &remarks);
		cr_assert_eq(diff_print_end(&p), 0);
		fclose(out);
		cr_expect_not_null(strstr(text, want[f]), "%s", text);
		if (f == DIFF_TEXT)
			cr_expect_not_null(strstr(text, "a -> b\n"), "%s", text);
		free(text);
	}
}

Test(diff_hosts, every_event_happens)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < sizeof(visits) / sizeof(visits[0]); i++)
		all |= visits[i].events;
	cr_expect_eq(all, BIT(HOST_EVENT_COUNT) - 1);
}

/* ---- two runs ---------------------------------------------------------------------------- */

static void count_one(void *owner, const struct host_change *c)
{
	*(unsigned *)owner += c->events != 0;
}

static void write_in(const char *dir, const char *name, const char *text)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *out = fopen(path, "w");
	cr_assert_not_null(out);
	fputs(text, out);
	fclose(out);
}

static void remove_in(const char *dir)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/results.ndjson", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/hosts.ndjson.zst", dir);
	unlink(path);
	rmdir(dir);
}

static void in_both(size_t memory)
{
	char dirs[2][128];
	const char *runs[] = {dirs[0], dirs[1]};
	struct remarks remarks = {0};
	struct errmsg err = {""};
	struct host_totals t;
	unsigned told = 0;

	for (unsigned i = 0; i < 2; i++) {
		snprintf(dirs[i], sizeof(dirs[i]), "%s-%u", scratch_dir(), i);
		cr_assert_eq(mkdir(dirs[i], 0700), 0);
		write_in(dirs[i], "results.ndjson", "");
	}
	write_in(
		dirs[0], "hosts.ndjson.zst",
		"{\"host\":\"b.example\",\"tls\":\"ok\"}\n{\"host\":\"a.example\",\"tls\":\"ok\"}\n"
		"{\"host\":\"a.example\",\"tls\":\"expired\"}\n{\"host\":\"c.example\",\"tls\":"
		"\"ok\"}\n"
		"{\"host\":\"d.example\",\"tls\":\"ok\"}\n");
	cr_expect_eq(diff_hosts(runs, memory, count_one, &told, &t, &remarks, &err), DIFF_DONE);
	cr_expect(!t.compared);
	cr_expect_eq(remarks.n, 1, "one run visited none");
	write_in(dirs[1], "hosts.ndjson.zst",
		 "{\"host\":\"a.example\",\"tls\":\"no_starttls\"}\n{\"host\":\"b.example\","
		 "\"tls\":\"ok\"}\n"
		 "{\"host\":\"c.example\",\"tls\":\"timeout\"}\n{\"host\":\"e.example\",\"tls\":"
		 "\"ok\"}\n");
	cr_expect_eq(diff_hosts(runs, memory, count_one, &told, &t, &remarks, &err), DIFF_DONE);
	cr_expect(t.compared);
	cr_expect_eq(told, 1);
	cr_expect_eq(t.hosts[0], 4, "one twice: the first line counts");
	cr_expect_eq(t.hosts[1], 4);
	cr_expect_eq(t.both, 3);
	cr_expect_eq(t.same, 1);
	cr_expect_eq(t.unknown, 1);
	cr_expect_eq(t.changed, 1);
	cr_expect_eq(t.only_old, 1);
	cr_expect_eq(t.only_new, 1);
	cr_expect_eq(t.events[HOST_STARTTLS_LOST], 1);
	cr_expect_eq(t.directions[DIFF_WORSE], 1);
	remarks_release(&remarks);
	remove_in(dirs[0]);
	remove_in(dirs[1]);
}

Test(diff_hosts, runs)
{
	in_both(DIFF_MEMORY);
	in_both(1u << 16);
}

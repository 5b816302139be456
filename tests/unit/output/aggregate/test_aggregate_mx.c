/* MX hosts in the numbers of a report: those of names, and each one of hosts.ndjson.zst. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#include "output/aggregate/aggregate_mx.h"
#include "output/run/host_rows.h"
#include "tests/support/scratch.h"

#define HOSTS "hosts.ndjson.zst"
#define PROBE                                                                                      \
	"\"probe\":{\"how\":\"direct\",\"at\":\"2026-11-01T00:00:00.000Z\",\"banner\":\"hi\","     \
	"\"tls_version\":\"TLSv1.3\",\"cert_issuer\":\"R3\",\"cert_sha256\":\"ab\","               \
	"\"cert_key_bits\":256,\"cert_ec\":true,\"cert_not_after\":\"2026-11-11T00:00:00.000Z\","  \
	"\"addresses_tried\":2,\"took_ms\":1}"

static const char lines[] =
	"{\"schema\":1,\"pace_key\":\"a.test\",\"names\":7,\"host\":\"mx1.a.test\",\"tls\":\"ok\","
	"\"tlsa\":true,\"dane\":\"ok\",\"tlsa_records\":[\"3 1 1 00\",\"2 1 1 00\"]," PROBE "}\n"
	"{\"pace_key\":\"a.test\",\"names\":2,\"host\":\"mx2.a.test\",\"tls\":\"expired\","
	"\"tls_reasons\":[\"expired\",\"name_mismatch\"],\"tlsa\":true,\"dane\":\"mismatch\"," PROBE
	"}\n"
	"{\"pace_key\":\"b.test\",\"names\":1,\"host\":\"mx.b.test\",\"tls\":\"no_starttls\","
	"\"tlsa\":true,\"dane\":\"unusable\"}\n"
	"{\"pace_key\":\"b.test\",\"names\":1,\"host\":\"mx3.b.test\",\"tls\":\"blocked\","
	"\"tls_reasons\":[\"expired\"],\"tlsa\":true,\"dane\":\"unproven\"}\n"
	"{\"pace_key\":\"c.test\",\"names\":1,\"host\":\"mx.c.test\",\"tls\":\"timeout\","
	"\"tlsa\":false,\"dane\":\"none\"}\n";

static struct aggregate *read_twice(const char *text, uint64_t *damaged)
{
	struct aggregate *a = aggregate_new();
	struct errmsg err = {""};

	scratch_write(HOSTS, text, strlen(text));
	*damaged = 0;
	for (unsigned i = 0; i < 2; i++)
		cr_assert_eq(aggregate_add_hosts(a, scratch_dir(), damaged, &err), 0, "%s",
			     err.text);
	return a;
}

Test(aggregate_mx, each_host_counts_once)
{
	uint64_t damaged;
	struct aggregate *a = read_twice(lines, &damaged);
	const struct aggregate_counts *c = &a->counts;
	const struct mx_counts *h = &c->mx_hosts;

	cr_expect_eq(damaged, 0);
	cr_expect_eq(c->host_rows, 5);
	cr_expect_eq(c->host_names, 12);
	cr_expect_eq(c->host_tried, 4);
	cr_expect_eq(c->host_greeted, 2);
	cr_expect_eq(h->probed, 5);
	cr_expect_eq(h->known, 3, "blocked and timeout say nothing");
	cr_expect_eq(h->starttls_every, 2);
	cr_expect_eq(h->starttls_none, 1);
	cr_expect_eq(h->refused, 2);
	cr_expect_eq(h->tls[MX_TLS_BLOCKED], 1);
	cr_expect_eq(h->reason[TLS_EXPIRED], 1, "not that of the host that turned us away");
	cr_expect_eq(h->reason[TLS_NAME_MISMATCH], 1);
	cr_expect_eq(h->version[FACTS_TLS_13], 2);
	cr_expect_eq(h->key[HOST_KEY_EC_256], 2);
	cr_expect_eq(h->cert_days[2], 2, "ten days");
	cr_expect_eq(h->certs, 2);
	cr_expect_eq(a->host_issuer.rows, 2);
	cr_expect_eq(tally_keys(&a->host_operator), 3);
	aggregate_free(a);
}

Test(aggregate_mx, dane_of_hosts)
{
	uint64_t damaged;
	struct aggregate *a = read_twice(lines, &damaged);
	const struct mx_counts *h = &a->counts.mx_hosts;

	cr_expect_eq(h->asked, 5);
	cr_expect_eq(h->secure, 4);
	cr_expect_eq(h->dane_known, 3, "one is unproven");
	cr_expect_eq(h->dane_ok, 1);
	cr_expect_eq(h->dane_refused, 1);
	cr_expect_eq(h->dane_unusable, 1);
	cr_expect_eq(h->kinds[22], 1);
	cr_expect_eq(h->kinds[16], 1);
	aggregate_free(a);
}

Test(aggregate_mx, what_is_no_host_is_passed_over_and_counted)
{
	uint64_t damaged;
	struct aggregate *a = read_twice("{\"host\":\"mx.d.test\",\"tls\":\"ok\"}\nnonsense\n"
					 "{\"names\":3}\n",
					 &damaged);

	cr_expect_eq(a->counts.host_rows, 1);
	cr_expect_eq(damaged, 4, "two lines, read twice");
	aggregate_free(a);
	scratch_remove_file(HOSTS);
	a = aggregate_new();
	struct errmsg err = {""};
	cr_expect_eq(aggregate_add_hosts(a, scratch_dir(), &damaged, &err), 0, "a run without");
	cr_expect_eq(aggregate_add_hosts(a, "/dev/null", &damaged, &err), 0, "a file of records");
	cr_expect_eq(a->counts.host_rows, 0);
	aggregate_free(a);
}

Test(aggregate_mx, many_hosts)
{
	static char text[4000 * 40];
	size_t n = 0;
	uint64_t damaged;

	for (unsigned i = 0; i < 4000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "{\"host\":\"m%u.test\"}\n", i);
	struct aggregate *a = read_twice(text, &damaged);
	cr_expect_eq(a->counts.host_rows, 4000);
	aggregate_free(a);
}

/* ---- names ------------------------------------------------------------------------------- */

struct said {
	int tls, tlsa, dane;
};

static struct facts *facts_of(const struct said *said, unsigned n, enum verdict verdict)
{
	static struct record_mx_host hosts[4];
	static struct facts f;
	struct record r;

	record_init(&r);
	r.domain = SPAN_LIT("example.test");
	r.verdict = verdict;
	r.mx.dns = DNS_OK;
	r.mx.null_mx = 0;
	r.mx.hosts = hosts;
	r.mx.hosts_n = n;
	for (unsigned i = 0; i < n; i++) {
		record_mx_host_init(&hosts[i]);
		hosts[i].host =
			i % 2 == 0 ? SPAN_LIT("mx1.other.test") : SPAN_LIT("mx2.other.test");
		hosts[i].tls = said[i].tls;
		hosts[i].tlsa = said[i].tlsa;
		hosts[i].dane = said[i].dane;
	}
	facts_from_record(&r, &f);
	return &f;
}

Test(aggregate_mx, names_that_dane_senders_turn_away_from)
{
	static const struct {
		struct said hosts[2];
		unsigned n;
		enum name_dane want;
	} rows[] = {
		{{{-1, 1, DANE_OK}, {-1, 1, DANE_OK}}, 2, NAME_DANE_OK},
		{{{-1, 1, DANE_OK}, {-1, 0, DANE_NONE}}, 2, NAME_DANE_OK},
		{{{-1, 1, DANE_OK}, {-1, 1, DANE_MISMATCH}}, 2, NAME_DANE_REFUSED},
		{{{-1, 1, DANE_NO_TLS}, {-1, 0, DANE_NONE}}, 2, NAME_DANE_EVERY},
		{{{-1, 1, DANE_OK}, {-1, 1, DANE_UNUSABLE}}, 2, NAME_DANE_UNUSABLE},
		{{{-1, 1, DANE_UNPROVEN}, {-1, 1, DANE_UNUSABLE}}, 2, NAME_DANE_NULL},
		{{{-1, 1, DANE_OK}, {-1, 1, DANE_UNPROVEN}}, 2, NAME_DANE_NULL},
		{{{-1, 1, DANE_MISMATCH}, {-1, 1, DANE_UNPROVEN}}, 2, NAME_DANE_REFUSED},
		{{{-1, 0, DANE_INSECURE}}, 1, NAME_DANE_NULL},
		{{{-1, -1, DANE_ERROR}}, 1, NAME_DANE_NULL},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(aggregate_dane(facts_of(rows[i].hosts, rows[i].n, VERDICT_ABSENT)),
			     rows[i].want, "row %u", i);
}

Test(aggregate_mx, names_by_what_their_hosts_showed)
{
	const struct said hosts[][2] = {
		{{MX_TLS_OK, 1, DANE_OK}, {MX_TLS_NO_STARTTLS, 0, DANE_NONE}},
		{{MX_TLS_TIMEOUT, -1, DANE_ERROR}, {MX_TLS_BLOCKED, -1, -1}},
		{{MX_TLS_EXPIRED, 1, DANE_MISMATCH}, {MX_TLS_TIMEOUT, -1, -1}}};
	struct aggregate *a = aggregate_new();
	const struct mx_counts *n = &a->counts.mx_names;

	cr_assert_eq(aggregate_add(a, facts_of(hosts[0], 2, VERDICT_ENFORCE)), 0);
	cr_assert_eq(aggregate_add(a, facts_of(hosts[1], 2, VERDICT_ENFORCE)), 0);
	cr_assert_eq(aggregate_add(a, facts_of(hosts[2], 2, VERDICT_TESTING)), 0);
	cr_expect_eq(n->probed, 3);
	cr_expect_eq(n->known, 2);
	cr_expect_eq(n->starttls_every, 1, "of the hosts that are known");
	cr_expect_eq(n->starttls_none, 0);
	cr_expect_eq(n->refused, 2);
	cr_expect_eq(n->refused_every, 0, "a host that is not known is none that is refused");
	cr_expect_eq(a->counts.mode_known[0], 1);
	cr_expect_eq(a->counts.mode_bad_any[1], 1);
	cr_expect_eq(n->asked, 2);
	cr_expect_eq(n->secure, 2);
	cr_expect_eq(n->dane_ok, 1);
	cr_expect_eq(n->dane_refused, 1);
	cr_expect_eq(a->counts.all[GROUP_DANE_KNOWN], 2);
	cr_expect_eq(a->counts.sts_dane[VERDICT_TESTING][3], 1);
	cr_expect_eq(tally_keys(&a->mx_operator_bad), 1);
	cr_expect_eq(a->mx_operator_bad.rows, 2);
	aggregate_free(a);
}

Test(aggregate_mx, copied_hosts_are_the_same)
{
	struct errmsg err = {""};
	const char *runs[] = {scratch_dir(), "/nowhere"};
	char to[128], path[160];
	struct aggregate *a = aggregate_new();
	uint64_t damaged = 0;

	snprintf(to, sizeof(to), "%s-copy", scratch_dir());
	snprintf(path, sizeof(path), "%s/" HOSTS, to);
	cr_assert_eq(mkdir(to, 0700), 0);
	scratch_remove_file(HOSTS);
	cr_expect_eq(host_rows_copy(runs, 2, to, &err), 0, "%s", err.text);
	cr_expect_neq(access(path, F_OK), 0, "no hosts, no file");
	scratch_write(HOSTS, lines, strlen(lines));
	cr_expect_eq(host_rows_copy(runs, 2, to, &err), 0, "%s", err.text);
	cr_expect_eq(aggregate_add_hosts(a, to, &damaged, &err), 0, "%s", err.text);
	cr_expect_eq(a->counts.host_rows, 5);
	aggregate_free(a);
	unlink(path);
	rmdir(to);
}

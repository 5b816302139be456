/* Facts: the same from the network's bytes as from the stored line; packed rows trust nothing. */
#include <criterion/criterion.h>

#include "tests/support/guard.h"
#include "output/aggregate/facts.h"
#include "output/aggregate/host_words.h"
#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "tests/support/sample.h"
#include "tests/support/wild.h"

static size_t packed(const struct record *r, uint8_t out[FACTS_PACKED_MAX])
{
	static struct facts f;
	facts_from_record(r, &f);
	return facts_pack(&f, out);
}

static void check_stored(struct record *r)
{
	static uint8_t a[FACTS_PACKED_MAX], b[FACTS_PACKED_MAX];
	static struct record_reader reader;
	struct buf line;
	struct arena arena;
	struct record back;
	buf_init(&line, RECORD_LINE_MAX);
	record_reader_init(&reader);
	cr_assert_eq(arena_init(&arena, 65536, 1u << 24), 0);
	cr_assert_eq(record_emit_once(r, &line), 0);
	cr_assert_eq(record_read(&reader, span_of(line.p, line.n - 1), &arena, &back),
		     RECORD_READ_OK);
	size_t n = packed(r, a);
	cr_assert_eq(packed(&back, b), n);
	cr_assert_arr_eq(a, b, n);
	buf_release(&line);
	arena_release(&arena);
}

Test(facts, same_from_the_network_and_from_the_disk)
{
	struct arena arena;
	struct record r;
	cr_assert_eq(arena_init(&arena, 65536, 1u << 22), 0);
	for (uint64_t line = 1; line < 2000; line++) {
		arena_reset(&arena);
		sample_record(&r, &arena, 11, line, 600);
		check_stored(&r);
	}
	arena_release(&arena);
}

/* Bytes that are no text, at and around the lengths where strings are cut. */
Test(facts, hostile_strings_count_under_the_same_key)
{
	static char bytes[300], mail[320];
	struct record r;
	for (unsigned n = 80; n < 140; n++) {
		for (unsigned at = 70; at < n; at += 3) {
			memset(bytes, 'a', sizeof(bytes));
			memcpy(bytes + at, "\xf0\x9f\x98\x80\xff\x00\xe2\x82", 8);
			memcpy(mail, "mailto:x@", 9);
			memcpy(mail + 9, bytes, 300);
			struct span rua = {mail, n + 9};
			record_init(&r);
			r.line = 1;
			r.verdict = VERDICT_ENFORCE;
			r.sts.valid = r.tlsrpt.valid = true;
			r.tag = span_of(bytes, n + 130);
			r.policy.stage = STAGE_OK;
			r.policy.cert_issuer = r.policy.content_type = span_of(bytes, n);
			r.provider_policy = span_of(bytes, n);
			r.tlsrpt.rua = &rua;
			r.tlsrpt.rua_n = 1;
			check_stored(&r);
		}
	}
}

/* The judge and the report read a report's address alike. */
Test(facts, reports_go_to_the_host)
{
	static const char *const rows[][2] = {
		{"mailto:a@b.example", "b.example"},
		{"https://u@h.example/", "h.example"},
		{"https://u@h.example:8443/x@y.z", "h.example"},
		{"https://[2001:db8::1]/", NULL},
	};
	static struct facts f;
	struct record r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span rua = span_str(rows[i][0]);
		record_init(&r);
		r.verdict = VERDICT_ENFORCE;
		r.tlsrpt.valid = true;
		r.tlsrpt.rua = &rua;
		r.tlsrpt.rua_n = 1;
		facts_from_record(&r, &f);
		cr_expect(rows[i][1] == NULL ? f.rua_first.p == NULL
					     : span_eq(f.rua_first, span_str(rows[i][1])),
			  "%s: %.*s", rows[i][0], (int)f.rua_first.n, f.rua_first.p);
	}
}

Test(facts, packing_keeps_everything)
{
	static uint8_t a[FACTS_PACKED_MAX], b[FACTS_PACKED_MAX];
	static struct facts f;
	struct arena arena;
	struct record r;
	cr_assert_eq(arena_init(&arena, 65536, 1u << 22), 0);
	for (uint64_t line = 1; line < 500; line++) {
		arena_reset(&arena);
		sample_record(&r, &arena, 12, line, 700);
		size_t n = packed(&r, a);
		struct guard g = guard_copy(a, n);
		cr_assert_eq(facts_unpack(&f, (const uint8_t *)g.p, n), n);
		cr_assert_eq(facts_pack(&f, b), n);
		cr_assert_arr_eq(a, b, n);
		guard_free(&g);
	}
	arena_release(&arena);
}

/* Every cut and every changed byte is either refused or gives a row that packs again (its asserts
 * hold). */
Test(facts, unpacking_trusts_nothing)
{
	static uint8_t a[FACTS_PACKED_MAX], again[FACTS_PACKED_MAX];
	static struct facts f;
	struct arena arena;
	struct record r;
	cr_assert_eq(arena_init(&arena, 65536, 1u << 22), 0);
	sample_record(&r, &arena, 3, 17, 1000);
	size_t n = packed(&r, a);
	unsigned refused = 0;
	for (size_t cut = 0; cut < n; cut++) {
		struct guard g = guard_copy(a, cut);
		cr_assert_eq(facts_unpack(&f, (const uint8_t *)g.p, cut), 0);
		guard_free(&g);
	}
	for (size_t at = 0; at < n; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			a[at] ^= (uint8_t)(1u << bit);
			struct guard g = guard_copy(a, n);
			if (facts_unpack(&f, (const uint8_t *)g.p, n) == 0)
				refused++;
			else
				cr_assert_gt(facts_pack(&f, again), 0);
			guard_free(&g);
			a[at] ^= (uint8_t)(1u << bit);
		}
	}
	cr_assert_gt(refused, 100);
	arena_release(&arena);
}

static struct facts *of(struct record *r)
{
	static struct facts f;
	facts_from_record(r, &f);
	return &f;
}

Test(facts, id_forms)
{
	static const struct {
		const char *id;
		enum facts_id_form form;
	} ids[] = {{"20240131", FACTS_ID_DATE},
		   {"20240131T120000", FACTS_ID_OTHER},
		   {"20240131120000", FACTS_ID_DATE},
		   {"2024013101", FACTS_ID_DATE},
		   {"1706700000", FACTS_ID_UNIX},
		   {"1706700000123", FACTS_ID_UNIX},
		   {"1", FACTS_ID_DIGITS},
		   {"9999999999", FACTS_ID_DIGITS},
		   {"0123456789abcdef", FACTS_ID_HEX},
		   {"0123456789ABCDEF0123456789abcdef", FACTS_ID_HEX},
		   {"abcdef", FACTS_ID_OTHER},
		   {"v1", FACTS_ID_OTHER}};
	struct record r;
	for (unsigned i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		record_init(&r);
		r.verdict = VERDICT_ENFORCE;
		r.sts.id = span_str(ids[i].id);
		cr_expect_eq(of(&r)->id_form, ids[i].form, "%s", ids[i].id);
	}
}

Test(facts, who_runs_what)
{
	struct record r;
	struct span cname[2] = {SPAN_LIT("a.example.com"), SPAN_LIT("_mta-sts.tutanota.de")};
	struct record_mx_host host;
	record_mx_host_init(&host);
	host.host = SPAN_LIT("mx1.tutanota.com");
	record_init(&r);
	r.domain = r.registrable = SPAN_LIT("example.com");
	r.verdict = VERDICT_ENFORCE;
	r.policy.stage = STAGE_OK;
	r.policy.cname = cname;
	r.policy.cname_n = 1;
	r.mx.dns = DNS_OK;
	r.mx.hosts = &host;
	r.mx.hosts_n = 1;
	cr_expect_eq(of(&r)->policy_entity, FACTS_ENTITY_SELF, "a CNAME inside the own domain");
	r.policy.cname_n = 2;
	cr_expect_eq(of(&r)->policy_entity, FACTS_ENTITY_PROVIDER);
	cr_expect(span_eq(of(&r)->policy_operator, SPAN_LIT("tutanota.de")));
	cr_expect(span_eq(of(&r)->mx_operator, SPAN_LIT("tutanota.com")));
	cr_expect_eq(of(&r)->same_provider, 1, "the same label under another TLD");
	r.provider_policy = SPAN_LIT("PowerDMARC");
	cr_expect_eq(of(&r)->same_provider, 0);
	host.host = SPAN_LIT("mail.example.com");
	cr_expect_eq(of(&r)->mx_entity, FACTS_ENTITY_SELF);
	/* The domain itself and what is below it are its own; what only ends alike is not. */
	host.host = SPAN_LIT("example.com");
	cr_expect_eq(of(&r)->mx_entity, FACTS_ENTITY_SELF);
	host.host = SPAN_LIT("notexample.com");
	cr_expect_eq(of(&r)->mx_entity, FACTS_ENTITY_PROVIDER);
	cr_expect(span_eq(of(&r)->mx_operator, host.host));
	host.host = SPAN_LIT("mail.example.com");
	cr_expect_eq(of(&r)->same_provider, -1);
}

Test(facts, temporary_failures_are_not_absence)
{
	struct record r;
	record_init(&r);
	r.domain = SPAN_LIT("example.com");
	r.verdict = VERDICT_INCONCLUSIVE;
	r.sts.answer.dns = r.tlsrpt.answer.dns = r.mx.dns = DNS_TIMEOUT;
	cr_expect_eq(of(&r)->sts_known, 0);
	cr_expect_eq(of(&r)->tlsrpt_known, 0);
	cr_expect_eq(of(&r)->mx, FACTS_MX_UNKNOWN);
	r.verdict = VERDICT_ABSENT;
	r.sts.answer.dns = r.tlsrpt.answer.dns = DNS_NXDOMAIN;
	cr_expect_eq(of(&r)->sts_known, 1);
	cr_expect_eq(of(&r)->sts_record, 0);
	cr_expect_eq(of(&r)->tlsrpt_known, 1);
}

/* Whole days, as a person counts them: of a day that has begun to be over, too. */
Test(facts, days_that_a_certificate_has_left)
{
	static const struct {
		int64_t ends, at_ms, days;
	} rows[] = {
		{86400, 0, 1},
		{86399, 0, 0},
		{0, 0, 0},
		{-1, 0, -1},
		{-86400, 0, -1},
		{-86401, 0, -2},
		{86400, 999, 1},
		{86400, 1000, 0},
		{1796126400, 1790000000000, 70}, /* 70.9 */
		{1790000000, 1796126400000, -71},
		{1ll << 60, 0, 100000},
		{-(1ll << 60), 0, -100000},
		{0, INT64_MAX, -100000},
		{100000ll * 86400, 0, 100000},
		{99999ll * 86400, 0, 99999},
		{INT64_MIN, 0, FACTS_CERT_DAYS_NONE},
	};
	struct record r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record_init(&r);
		r.verdict = VERDICT_ENFORCE;
		r.policy.stage = STAGE_OK;
		r.policy.cert_not_after = rows[i].ends;
		r.scanned_at_ms = rows[i].at_ms;
		cr_expect_eq(of(&r)->cert_days, rows[i].days, "row %zu: %lld", i,
			     (long long)of(&r)->cert_days);
	}
}

Test(facts, who_counts_as_a_name)
{
	for (int verdict = 0; verdict <= VERDICT_EXCLUDED; verdict++) {
		struct record r;
		record_init(&r);
		r.verdict = (enum verdict)verdict;
		cr_expect_eq(of(&r)->named,
			     verdict == VERDICT_ABSENT || verdict == VERDICT_ENFORCE ||
				     verdict == VERDICT_TESTING || verdict == VERDICT_NONE ||
				     verdict == VERDICT_BROKEN || verdict == VERDICT_INCONCLUSIVE,
			     "%d", verdict);
	}
}

/* Which sums of hosts there are, and those of a record's hosts worked out one after the other. */
#define HOST_SUMS(X)                                                                               \
	X(mx_hosts, h->host.n > 0 && !span_eq(h->host, SPAN_LIT(".")))                             \
	X(mx_unmatched, h->matched == 0)                                                           \
	X(mx_tlsa, h->tlsa == 1)                                                                   \
	X(mx_tlsa_asked, h->tlsa != -1)                                                            \
	X(mx_dane_ok, h->tlsa == 1 && host_dane_state(h) == HOST_GOOD)                             \
	X(mx_dane_refused, h->tlsa == 1 && host_dane_state(h) == HOST_REFUSED)                     \
	X(mx_probed, h->tls != -1)                                                                 \
	X(mx_tls_bad, h->tls != -1 && host_sts_state(h) == HOST_REFUSED)                           \
	X(mx_tls_known, h->tls != -1 && host_starttls_known(h))                                    \
	X(mx_starttls, h->tls != -1 && host_starttls(h))

static void host_sums(const struct record *r, unsigned met[32])
{
	const struct facts *f = of((struct record *)(uintptr_t)r);
	int64_t tls = 0, dane = 0, reasons = 0, keys = 0, days = FACTS_CERT_DAYS_NONE;
	unsigned k = 0;

#define SUM(name, of_host)                                                                         \
	{                                                                                          \
		int64_t sum = 0;                                                                   \
		for (unsigned i = 0; i < r->mx.hosts_n; i++) {                                     \
			const struct record_mx_host *h = &r->mx.hosts[i];                          \
			sum += (of_host);                                                          \
		}                                                                                  \
		cr_expect_eq(f->name, sum, #name ": %lld for %lld", (long long)f->name,            \
			     (long long)sum);                                                      \
		met[k++] += sum > 1;                                                               \
	}
	HOST_SUMS(SUM)
#undef SUM
	for (unsigned i = 0; i < r->mx.hosts_n; i++) {
		const struct record_mx_host *h = &r->mx.hosts[i];
		if (h->dane != -1)
			dane |= 1ll << h->dane;
		if (h->tls == -1)
			continue;
		int64_t left = host_cert_days(&h->probe);
		tls |= 1ll << h->tls;
		if (host_key_of(&h->probe) != HOST_KEY_NULL)
			keys |= 1ll << host_key_of(&h->probe);
		reasons |= host_sts_state(h) == HOST_REFUSED ? h->tls_reasons : 0;
		if (left != INT32_MIN && (days == FACTS_CERT_DAYS_NONE || left < days))
			days = left;
	}
	cr_expect(f->mx_dane == dane && f->mx_tls == tls && f->mx_reasons == reasons &&
			  f->mx_keys == keys,
		  "%llx %llx %llx %llx", (long long)dane, (long long)tls, (long long)reasons,
		  (long long)keys);
	cr_expect_eq(f->mx_cert_days, days);
	met[k++] += __builtin_popcountll((uint64_t)dane) > 1;
	met[k++] += __builtin_popcountll((uint64_t)tls) > 1;
	met[k++] += __builtin_popcountll((uint64_t)keys) > 1;
	met[k++] += reasons != 0;
	met[k++] += days != FACTS_CERT_DAYS_NONE;
}

Test(facts, sums_of_hosts)
{
	unsigned met[32] = {0}, sums = 5;
	struct arena arena;
	struct record r;

#define COUNT(name, of_host) sums++;
	HOST_SUMS(COUNT)
#undef COUNT
	cr_assert_eq(arena_init(&arena, 65536, 1u << 24), 0);
	for (uint64_t line = 1; line < 3000; line++) {
		arena_reset(&arena);
		wild_record(&r, &arena, 5, line);
		host_sums(&r, met);
	}
	for (unsigned i = 0; i < sums; i++)
		cr_expect_gt(met[i], 0, "sum %u was never of two hosts", i);
	arena_release(&arena);
}

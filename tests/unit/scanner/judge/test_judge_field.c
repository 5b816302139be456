/* Verdicts that hold in the field: situations of one kind beside each other, each with what must be
 * said and what must not. */
#include <criterion/criterion.h>

#include "tests/support/evidence.h"

#define DAY 86400
#define HOUR 3600

struct situation {
	const char *title;
	struct evidence evidence;
	unsigned cert_days;
	const char *said, *unsaid; /* codes; NULL: any */
};

static bool has(const struct record *r, const char *code)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (strcmp(issue_info(r->issues[i].code)->code, code) == 0)
			return true;
	return false;
}

static void check_all(const struct situation *rows, size_t n)
{
	struct judge_config config;
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	for (size_t i = 0; i < n; i++) {
		const struct situation *s = &rows[i];
		struct record r;
		judge_config_init(&config);
		config.cert_days = s->cert_days;
		evidence_record(&a, &s->evidence, &r);
		cr_assert_eq(judge(&config, &a, &r), 0);
		cr_expect(s->said == NULL || has(&r, s->said), "%s: no %s", s->title, s->said);
		cr_expect(s->unsaid == NULL || !has(&r, s->unsaid), "%s: %s", s->title, s->unsaid);
		arena_reset(&a);
	}
	arena_release(&a);
}

#define CHECK(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

/* What "soon" is depends on how long a certificate lives. */
Test(judge_field, certificates_that_end_soon)
{
	static const char soon[] = "policy_cert_expires_soon";
	static const struct situation rows[] = {
		{"six days, a moment old", {.age = 1, .not_after = 160 * HOUR}, 0, NULL, soon},
		{"six days, on the third day",
		 {.age = 72 * HOUR, .not_after = 88 * HOUR},
		 0,
		 NULL,
		 soon},
		{"six days, on the last day",
		 {.age = 140 * HOUR, .not_after = 20 * HOUR},
		 0,
		 soon,
		 NULL},
		{"45 days, ten left", {.age = 35 * DAY, .not_after = 10 * DAY}, 0, NULL, soon},
		{"45 days, six left", {.age = 39 * DAY, .not_after = 6 * DAY}, 0, soon, NULL},
		{"90 days, twenty left", {.age = 70 * DAY, .not_after = 20 * DAY}, 0, NULL, soon},
		{"90 days, twelve left", {.age = 78 * DAY, .not_after = 12 * DAY}, 0, soon, NULL},
		{"a year, twenty left", {.age = 345 * DAY, .not_after = 20 * DAY}, 0, NULL, soon},
		{"a year, twelve left", {.age = 353 * DAY, .not_after = 12 * DAY}, 0, soon, NULL},
		{"asked for 30", {.age = 70 * DAY, .not_after = 20 * DAY}, 30, soon, NULL},
		{"asked for 3", {.age = 78 * DAY, .not_after = 12 * DAY}, 3, NULL, soon},
		{"six days, asked for 1",
		 {.age = 72 * HOUR, .not_after = 88 * HOUR},
		 1,
		 NULL,
		 soon},
	};

	CHECK(rows);
}

Test(judge_field, media_types)
{
	static const char invalid[] = "policy_content_type_invalid",
			  charset[] = "policy_content_type_charset";
	static const struct situation rows[] = {
		{"several, the first is right",
		 {.content_type = "text/plain", .content_types = 2},
		 0,
		 "policy_content_type_several",
		 invalid},
		{"several, the first is wrong",
		 {.content_type = "text/html", .content_types = 2},
		 0,
		 invalid,
		 NULL},
		{"upper case", {.content_type = "TEXT/PLAIN; Charset=UTF-8"}, 0, NULL, invalid},
		{"another parameter",
		 {.content_type = "text/plain; x-charset=latin1"},
		 0,
		 NULL,
		 charset},
		{"the charset behind another",
		 {.content_type = "text/plain; format=flowed; charset=latin1"},
		 0,
		 charset,
		 NULL},
		{"two types in one header",
		 {.content_type = "text/plain, text/html"},
		 0,
		 invalid,
		 NULL},
	};

	CHECK(rows);
}

#define POLICY_OF(mx) "version: STSv1\nmode: enforce\n" mx "max_age: 1209600\n"

/* The zone lacks the final dot: the MX records are wrong, not the policy. */
Test(judge_field, mx_without_the_final_dot)
{
	static const char dot[] = "mx_final_dot_missing", other[] = "mx_mismatch_domain";
	static const struct situation rows[] = {
		{"all of them",
		 {.mx = "10 mx1.mail.example.example.com|20 mx2.mail.example.example.com",
		  .body = POLICY_OF("mx: mx1.mail.example\nmx: mx2.mail.example\n")},
		 0,
		 dot,
		 other},
		{"one of two",
		 {.mx = "10 mx1.mail.example|20 mx2.mail.example.example.com",
		  .body = POLICY_OF("mx: *.mail.example\n")},
		 0,
		 dot,
		 other},
		{"a pattern that only the wrong one uses is in use",
		 {.mx = "10 mx1.mail.example.example.com",
		  .body = POLICY_OF("mx: mx1.mail.example\n")},
		 0,
		 dot,
		 "policy_mx_not_in_dns"},
		{"a host of the domain itself",
		 {.mx = "10 mail.example.com.example.com",
		  .body = POLICY_OF("mx: mail.example.com\n")},
		 0,
		 dot,
		 "mx_wildcard_depth"},
		{"a known service, whatever the policy says",
		 {.mx = "1 aspmx.l.google.com.example.com",
		  .body = POLICY_OF("mx: mail.example.com\n")},
		 0,
		 dot,
		 NULL},
		{"a known service and its policy, said once",
		 {.mx = "1 aspmx.l.google.com.example.com",
		  .body = POLICY_OF("mx: *.l.google.com\n")},
		 0,
		 dot,
		 other},
		{"another host",
		 {.mx = "10 mx.other.example.example.com",
		  .body = POLICY_OF("mx: mx1.mail.example\n")},
		 0,
		 NULL,
		 dot},
		{"a host with the domain at its end",
		 {.mx = "10 mx1.mail.example.com", .body = POLICY_OF("mx: mail.example.com\n")},
		 0,
		 NULL,
		 dot},
	};

	CHECK(rows);
}

/* An alias to a name that does not exist is a wildcard's only if both names are aliases of it. */
Test(judge_field, aliases_to_nowhere)
{
	static const char dangling[] = "sts_record_cname_dangling",
			  wildcard[] = "sts_record_wildcard_cname";
	static const struct situation rows[] = {
		{"only _mta-sts",
		 {.sts_dns = GIVEN(DNS_NXDOMAIN), .sts_cname = "gone.example"},
		 0,
		 dangling,
		 wildcard},
		{"_smtp._tls does not exist",
		 {.sts_dns = GIVEN(DNS_NXDOMAIN),
		  .sts_cname = "gone.example",
		  .tlsrpt_dns = GIVEN(DNS_NXDOMAIN)},
		 0,
		 dangling,
		 wildcard},
		{"_smtp._tls is an alias of another name",
		 {.sts_dns = GIVEN(DNS_NXDOMAIN),
		  .sts_cname = "gone.example",
		  .tlsrpt_dns = GIVEN(DNS_NXDOMAIN),
		  .tlsrpt_cname = "lost.example"},
		 0,
		 dangling,
		 wildcard},
		{"both are aliases of it",
		 {.sts_dns = GIVEN(DNS_NXDOMAIN),
		  .sts_cname = "gone.example",
		  .tlsrpt_dns = GIVEN(DNS_NXDOMAIN),
		  .tlsrpt_cname = "gone.example"},
		 0,
		 wildcard,
		 dangling},
		{"the target exists, without a record",
		 {.sts_dns = GIVEN(DNS_NODATA),
		  .sts_cname = "www.example",
		  .tlsrpt_dns = GIVEN(DNS_NODATA)},
		 0,
		 wildcard,
		 dangling},
		{"_smtp._tls is not known",
		 {.sts_dns = GIVEN(DNS_NXDOMAIN),
		  .sts_cname = "gone.example",
		  .tlsrpt_dns = GIVEN(DNS_SERVFAIL)},
		 0,
		 wildcard,
		 dangling},
		{"only _smtp._tls",
		 {.tlsrpt_dns = GIVEN(DNS_NXDOMAIN), .tlsrpt_cname = "gone.example"},
		 0,
		 "tlsrpt_cname_dangling",
		 NULL},
		{"the policy host",
		 {.stage = GIVEN(STAGE_DNS),
		  .policy_dns = GIVEN(DNS_NXDOMAIN),
		  .policy_cname = "gone.example"},
		 0,
		 "policy_host_cname_dangling",
		 NULL},
	};

	CHECK(rows);
}

/* More MX records than are kept: what was seen is not told as all of them. */
Test(judge_field, mx_records_that_were_not_kept)
{
	static const struct situation rows[] = {
		{"none of those seen is covered",
		 {.mx = "10 mx.other.example", .mx_dropped = 3},
		 0,
		 "mx_partial_match",
		 "mx_none_match"},
		{"all of those seen are covered",
		 {.mx_dropped = 3},
		 0,
		 "mx_not_all_judged",
		 "mx_partial_match"},
		{"the best preference may be among the others",
		 {.mx = "10 mx.other.example|20 mail.example.com", .mx_dropped = 3},
		 0,
		 NULL,
		 "mx_unmatched_lowest_pref"},
		{"a pattern may cover one of the others",
		 {.mx = "10 mail.example.com",
		  .mx_dropped = 3,
		  .body = POLICY_OF("mx: mail.example.com\nmx: b.example.com\n")},
		 0,
		 NULL,
		 "policy_mx_not_in_dns"},
		{"all are seen",
		 {.mx = "10 mx.other.example"},
		 0,
		 "mx_none_match",
		 "mx_not_all_judged"},
	};

	CHECK(rows);
}

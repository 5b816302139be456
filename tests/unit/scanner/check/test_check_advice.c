/* What the advice of `check` holds back, keeps and names: where following it blindly could harm. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/check/check_advice.h"
#include "scanner/check/check_view.h"
#include "tests/support/evidence.h"

static struct judge_config config;
static struct arena arena;
static struct record record;
static struct advice advice;

static void setup(void)
{
	cr_assert_eq(arena_init(&arena, 1 << 16, 1 << 20), 0);
	judge_config_init(&config);
}

static void teardown(void)
{
	arena_release(&arena);
}

TestSuite(check_advice, .init = setup, .fini = teardown);

static const struct advice *advise(const struct evidence *e)
{
	arena_reset(&arena);
	evidence_record(&arena, e, &record);
	cr_assert_eq(judge(&config, &arena, &record), 0);
	advice_make(&record, EVIDENCE_NOW_S, &advice);
	return &advice;
}

static bool found(enum issue code)
{
	for (unsigned i = 0; i < record.issues_n; i++)
		if (record.issues[i].code == code)
			return true;
	return false;
}

/* No mx line is advised that a policy cannot hold, and no id for a policy that is not to change. */
Test(check_advice, hosts_that_no_policy_can_list)
{
	static const char *const hosts[] = {"10 ma_il.example.com", "10 192.0.2.1", "10 mail",
					    "0 localhost"};

	for (unsigned i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		const struct advice *a = advise(&(struct evidence){.mx = hosts[i]});
		cr_expect(a->mx_nameless, "%s", hosts[i]);
		cr_expect(!a->policy && !a->record_new, "%s", hosts[i]);
		for (unsigned k = 0; k < record.issues_n; k++) {
			struct span detail = record.issues[k].detail;
			cr_expect(detail.n == 0 || memmem(detail.p, detail.n, "mx: ", 4) == NULL,
				  "%s: %.*s", hosts[i], (int)detail.n, detail.p);
		}
	}
	const struct advice *a = advise(&(struct evidence){.mx = "10 mx.example.net"});
	cr_expect(!a->mx_nameless && a->policy && a->record_new);
}

Test(check_advice, a_null_mx_among_others_is_no_host)
{
	advise(&(struct evidence){.mx = "0 .|10 mail.example.com"});
	cr_expect(found(ISSUE_mx_null_malformed));
	cr_expect(!found(ISSUE_mx_partial_match) && !found(ISSUE_mx_unmatched_lowest_pref));
	cr_expect_eq(record.mx.hosts[0].matched, -1);
	cr_expect_eq(record.mx.hosts[1].matched, 1);
	advise(&(struct evidence){.mx = "0 .|10 mail.example.com|20 mx.example.net"});
	cr_expect(found(ISSUE_mx_partial_match));
}

/* No MX record, and whether the domain has an address could not be found out. */
Test(check_advice, where_mail_goes_is_not_known)
{
	arena_reset(&arena);
	evidence_record(&arena,
			&(struct evidence){.mx_dns = GIVEN(DNS_NODATA),
					   .body = EVIDENCE_MX("mx: example.com\nmode: enforce")},
			&record);
	record.mx.implicit = -1;
	cr_assert_eq(judge(&config, &arena, &record), 0);
	advice_make(&record, EVIDENCE_NOW_S, &advice);
	cr_expect(advice.mx_unknown && !advice.mx_nameless && !advice.policy);
}

/* More patterns than a policy is advised with: what the rest covered has a line of its own. */
Test(check_advice, no_mx_host_is_lost_among_many_patterns)
{
	static char body[16384], hosts[16384];
	size_t n = (size_t)sprintf(body, "version: STSv1\nmode: enforce\n");
	size_t at = 0;

	for (unsigned i = 0; i < MX_HOST_MAX - 1; i++) {
		n += (size_t)sprintf(body + n, "mx: m%u.example.com\n", i);
		at += (size_t)sprintf(hosts + at, "10 m%u.example.com|", i);
	}
	sprintf(body + n, "mx: *.example.com\nmx: z.example.org\nmax_age: 3000\n");
	sprintf(hosts + at, "20 z.example.org");
	advise(&(struct evidence){.body = body, .mx = hosts});
	cr_assert(advice.policy);
	cr_expect(strstr(advice.policy_text, "mx: z.example.org\n") != NULL);
}

Test(check_advice, no_policy_for_mx_hosts_that_were_not_kept)
{
	arena_reset(&arena);
	evidence_record(&arena, &(struct evidence){.mx = "10 mail.example.com|20 mx.example.net"},
			&record);
	record.mx.hosts_dropped = 6;
	cr_assert_eq(judge(&config, &arena, &record), 0);
	advice_make(&record, EVIDENCE_NOW_S, &advice);
	cr_expect(advice.mx_many && !advice.policy);
}

Test(check_advice, hosts_of_the_present_policy_that_are_left_out)
{
	advise(&(struct evidence){.body = EVIDENCE_MX("mx: new.example.com\nmx: mail.example.com\n"
						      "mx: MAIL.example.com\nmode: enforce")});
	cr_assert(advice.policy);
	cr_expect(strstr(advice.policy_text, "new.example.com") == NULL);
	cr_expect(advice_leaves_out(&record, 0));
	cr_expect(!advice_leaves_out(&record, 1));
	cr_expect(!advice_leaves_out(&record, 2), "the same name in other letters stays");
	advise(&(struct evidence){.body = EVIDENCE_MX("mx: *.com\nmx: mail.example.com")});
	cr_assert(advice.policy);
	cr_expect(strstr(advice.policy_text, "*.com") == NULL);
	cr_expect(!advice_leaves_out(&record, 0), "too broad to be kept");
	advise(&(struct evidence){.mx_dns = GIVEN(DNS_NODATA),
				  .implicit = GIVEN(1),
				  .body = EVIDENCE_MX("mx: example.com\nmx: old.example.com\n"
						      "mx: old.example.com\nmode: enforce")});
	cr_expect(!advice_leaves_out(&record, 0), "the domain itself");
	cr_expect(advice_leaves_out(&record, 1));
	cr_expect(!advice_leaves_out(&record, 2), "said already");
}

Test(check_advice, report_addresses_that_work_stay)
{
	static const char record_text[] =
		"v=TLSRPTv1; rua=mailto:a@example.com,mailto:b@example.com!10m,https://x.example/r";

	advise(&(struct evidence){.tlsrpt = record_text});
	cr_assert(advice.tlsrpt);
	cr_expect_str_eq(advice.tlsrpt_text,
			 "v=TLSRPTv1; rua=mailto:a@example.com,https://x.example/r");
	advise(&(struct evidence){.tlsrpt = "v=TLSRPTv1; rua=mailto:b@example.com!10m"});
	cr_expect_str_eq(advice.tlsrpt_text, "v=TLSRPTv1; rua=mailto:tls-reports@example.com");
}

/* "It was not possible to see whether a policy is there" is said only where that is so. */
Test(check_advice, what_could_be_seen)
{
	const struct {
		struct evidence e;
		bool unseen, kept;
	} rows[] = {
		{{.stage = GIVEN(STAGE_TCP), .refused = true}, true, false},
		{{.stage = GIVEN(STAGE_HTTP), .status = 404, .body = "no"}, false, false},
		{{.stage = GIVEN(STAGE_HTTP), .status = 410, .body = "no"}, false, false},
		{{.stage = GIVEN(STAGE_HTTP), .status = 403, .body = "no"}, true, false},
		{{.stage = GIVEN(STAGE_TLS), .tls_reason = GIVEN(TLS_EXPIRED)}, false, true},
		{{.stage = GIVEN(STAGE_HTTP), .http_error = "body shorter than announced"},
		 false,
		 false},
		{{.sts = "v=STSv1; id=", .stage = GIVEN(STAGE_NONE), .body = "-"}, true, false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		advise(&rows[i].e);
		cr_expect_eq(record.verdict, VERDICT_BROKEN, "row %u", i);
		cr_expect_eq(advice.unseen, rows[i].unseen, "row %u: unseen", i);
		cr_expect_eq(advice.kept, rows[i].kept, "row %u: kept", i);
	}
}

/* Behind a certificate that is refused: the file stays as it is when nothing is wrong in it. */
Test(check_advice, a_file_that_is_fine_stays)
{
	static const struct {
		const char *body;
		bool kept;
	} rows[] = {
		{EVIDENCE_POLICY, true},
		{EVIDENCE_MX("mx: *.example.com"), true},
		{EVIDENCE_MX("mx: mail.example.com\nmx: *.com"), false},
		{EVIDENCE_MX("mx: mail.example.com\nmx: 192.0.2.1"), false},
		{EVIDENCE_MX("mx: mail.example.com\nmx: mail"), false},
		{EVIDENCE_MX("mx: mx.example.net"), false},
		{EVIDENCE_MX("mx: mail.example.com\nmode: enforce"), false},
		{"version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 86400\n", false},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		advise(&(struct evidence){.stage = GIVEN(STAGE_TLS),
					  .tls_reason = GIVEN(TLS_EXPIRED),
					  .body = rows[i].body});
		cr_expect_eq(advice.kept, rows[i].kept, "%s", rows[i].body);
	}
}

/* A service that answers with a certificate for the name, be it expired, knows the customer. */
Test(check_advice, services_that_do_not_know_the_domain)
{
	static const struct {
		enum tls_reason reason;
		bool unknown;
	} rows[] = {
		{TLS_ALERT, true},	    {TLS_NAME_MISMATCH, true},	   {TLS_EXPIRED, false},
		{TLS_NOT_YET_VALID, false}, {TLS_INCOMPLETE_CHAIN, false}, {TLS_UNTRUSTED, false}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		advise(&(struct evidence){.stage = GIVEN(STAGE_TLS),
					  .tls_reason = GIVEN(rows[i].reason),
					  .policy_cname = "a.uriports.com"});
		cr_expect_eq(found(ISSUE_provider_not_onboarded), rows[i].unknown, "%s",
			     tls_reason_name(rows[i].reason));
	}
	advise(&(struct evidence){
		.stage = GIVEN(STAGE_TCP), .refused = true, .policy_cname = "a.uriports.com"});
	cr_expect(!found(ISSUE_provider_not_onboarded));
	advise(&(struct evidence){.stage = GIVEN(STAGE_DNS),
				  .policy_dns = GIVEN(DNS_NXDOMAIN),
				  .policy_cname = "a.uriports.com"});
	cr_expect(found(ISSUE_provider_not_onboarded));
}

/* ---- what is said ---------------------------------------------------------------------- */

static const char *first_of(const struct evidence *e)
{
	static char first[CHECK_SENTENCE_MAX];

	advise(e);
	check_recommend_first(&record, EVIDENCE_NOW_S, true, first);
	return first;
}

/* How often the recommendations say it, wherever their lines end. */
static unsigned times_said(const char *words)
{
	static char said[65536];
	struct text page;
	size_t n = 0;
	unsigned times = 0;

	text_init(&page, false, CHECK_WIDTH_MAX, CHECK_TEXT_MAX);
	check_view(&page, &record, &(struct check_page){.now = EVIDENCE_NOW_S, .version = "1"});
	const char *at = memmem(page.out.p, page.out.n, "\nRecommendations\n", 17);
	cr_assert_not_null(at);
	for (; at < page.out.p + page.out.n && n < sizeof(said) - 1; at++)
		if ((*at != ' ' && *at != '\n') || (n > 0 && said[n - 1] != ' '))
			said[n++] = *at == '\n' ? ' ' : *at;
	said[n] = '\0';
	text_release(&page);
	for (at = said; (at = strstr(at, words)) != NULL; at += strlen(words))
		times++;
	return times;
}

/* A good policy that no record tells of: the record is all there is to publish. */
Test(check_advice, a_good_policy_lacks_its_record_alone)
{
	static const struct evidence rows[] = {
		{.sts_dns = GIVEN(DNS_NODATA)},
		{.sts_dns = GIVEN(DNS_NXDOMAIN), .sts_cname = "_mta-sts.example.net"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *first = first_of(&rows[i]);
		cr_expect(advice.kept && !advice.policy && advice.record_new, "row %u", i);
		cr_expect(strstr(first, "Publish the TXT record") != NULL, "row %u: %s", i, first);
		cr_expect_eq(times_said("Serve this"), 0, "row %u", i);
	}
}

Test(check_advice, one_of_several_records_stays)
{
	static const struct {
		const char *sts, *first;
	} rows[] = {
		{"v=STSv1; id=20240101|v=STSv1; id=20230101", "\"v=STSv1; id=20230101\""},
		{"v=STSv1; id=9|v=STSv1; id=10", "\"v=STSv1; id=9\""},
		{"v=STSv1; id=|v=STSv1; id=1", "\"v=STSv1; id=\""},
		{"v=STSv1; id=1|v=STSv1; id=2|v=STSv1; id=3", "Delete the other TXT records"},
		{"v=STSv1; id=|v=STSv1; id=?", "Publish the TXT record"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *first = first_of(&(struct evidence){.sts = rows[i].sts});
		cr_expect(strstr(first, rows[i].first) != NULL, "%s: %s", rows[i].sts, first);
	}
}

/* The latest of those in which nothing but a remark can be found, wherever in them it stands. */
Test(check_advice, which_of_several_records_stays)
{
	static const struct {
		const char *sts;
		int stays;
	} rows[] = {
		{"v=STSv1; id=1|v=STSv1; id=2", 1},
		{"v=STSv1; id=2|v=STSv1; id=1", 0},
		{"v=STSv1; id=1|v=STSv1; id=2; x=y", 1},
		{"v=STSv1; id=1|v=STSv1; id=2; x=y; z=y", 1},
		{"v=STSv1; id=1|v=STSv1; id=2; mode=enforce", 0},
		{"v=STSv1; id=1|v=STSv1; id=2; x=y; mode=enforce", 0},
		{"v=STSv1; id=1|v=STSv1; id=2; x=y; z=y; id=3", 0},
		{"v=STSv1; id=1; x=y|v=STSv1; id=2; x=y; ID=3", 0},
		{"v=STSv1; id=1; x=y|v=STSv1 ; id=2; x=y", 0},
		{"v=STSv1; id=2; x=y; mode=none|v=STSv1; id=1; x=y", 1},
		{"v=STSv1; id=1; mode=none|v=STSv1; id=2; x=y; mode=none", -1},
		{"v=STSv1; id=10; x=y|v=STSv1; id=9|v=STSv1; id=11; x=y; id=12", 0},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		advise(&(struct evidence){.sts = rows[i].sts});
		cr_expect_eq(advice.strays ? (int)advice.stays : -1, rows[i].stays, "%s: %u",
			     rows[i].sts, advice.stays);
	}
}

Test(check_advice, one_of_several_tlsrpt_records_stays)
{
	static const char two[] = "v=TLSRPTv1; rua=mailto:a@example.com|"
				  "v=TLSRPTv1; rua=mailto:b@example.com";

	const char *first = first_of(&(struct evidence){.tlsrpt = two});
	cr_expect(strstr(first, "Delete the TXT record \"v=TLSRPTv1; rua=mailto:b@example.com\" at "
				"_smtp._tls.example.com (step 1).") != NULL,
		  "%s", first);
	cr_expect(advice.tlsrpt_strays && !advice.tlsrpt);
	cr_expect_eq(times_said("mailto:tls-reports@"), 0);
	cr_expect_eq(times_said("\"v=TLSRPTv1; rua=mailto:a@example.com\" stays:"), 1);
	first_of(&(struct evidence){.tlsrpt = "v=TLSRPTv1; rua=mailto:b@example.com|"
					      "v=TLSRPTv1; rua=mailto:a@example.com"});
	cr_expect_eq(advice.tlsrpt_stays, 1, "the same one in whatever order they come");
	first_of(&(struct evidence){.tlsrpt = "v=TLSRPTv1; rua=mailto:a@example.com,mailto:b@"
					      "example.com|v=TLSRPTv1; rua=mailto:a@example.com"});
	cr_expect_eq(advice.tlsrpt_stays, 1, "the shorter one of two that begin alike");
	first_of(&(struct evidence){.tlsrpt = "v=TLSRPTv1; rua=mailto:a@example.com|v=TLSRPTv1; "
					      "rua=mailto:a@example.com,mailto:b@example.com"});
	cr_expect_eq(advice.tlsrpt_stays, 0, "the shorter one of two that begin alike");
	first_of(&(struct evidence){.tlsrpt = "v=TLSRPTv1; rua=|"
					      "v=TLSRPTv1; rua=mailto:b@example.com"});
	cr_expect(advice.tlsrpt_strays && advice.tlsrpt_stays == 1);
	first_of(&(struct evidence){.tlsrpt = "v=TLSRPTv1; rua=|v=TLSRPTv1; rua=b"});
	cr_expect(!advice.tlsrpt_strays && advice.tlsrpt, "none of them can be used");
	first_of(&(struct evidence){.tlsrpt = "v=TLSRPTv1; rua=mailto:a@example.com"});
	cr_expect(!advice.tlsrpt_strays && !advice.tlsrpt);
}

/* Two more weeks are more than two that have gone. */
Test(check_advice, two_more_weeks_follow_two)
{
	static const char short_life[] = "version: STSv1\nmode: enforce\nmx: mail.example.com\n"
					 "max_age: 86400\n";

	advise(&(struct evidence){.mx = "10 mail.example.com|20 mx.example.net",
				  .body = short_life});
	cr_assert(advice.raise > 0 && advice.mode == MODE_ENFORCE);
	cr_expect_eq(times_said("two weeks"), 1);
	cr_expect_eq(times_said("two more weeks"), 0);
	advise(&(struct evidence){.body = "-", .stage = GIVEN(STAGE_HTTP), .status = 404});
	cr_assert(advice.raise > 0 && advice.mode == MODE_TESTING);
	cr_expect_eq(times_said("After two weeks"), 1);
	cr_expect_eq(times_said("two more weeks"), 1);
}

/* Whoever has several hosts hears which one. */
Test(check_advice, a_step_names_its_hosts)
{
	static const struct evidence one = {.mx = "10 a.example.com|20 b.example.com",
					    .body = EVIDENCE_MX("mx: *.example.com"),
					    .host_dns = GIVEN(DNS_OK),
					    .host_dns2 = GIVEN(DNS_NXDOMAIN)};

	const char *first = first_of(&one);
	cr_assert(found(ISSUE_mx_unresolvable));
	cr_expect(strstr(first, "remove the MX record. (MX \"b.example.com\")") != NULL, "%s",
		  first);
	cr_expect_eq(times_said("remove the MX record. (MX \"b.example.com\")"), 1);
	static char line[CHECK_SENTENCE_MAX];
	check_recommend_first(&record, EVIDENCE_NOW_S, false, line);
	cr_expect(strchr(line, '(') == NULL, "in a list what is alike is said alike: %s", line);
}

/* What asks for nothing is no step. */
Test(check_advice, a_file_that_stays_is_no_step)
{
	const char *first = first_of(&(struct evidence){.sts = "v=STSv1; id=2026-01-02;"});

	cr_expect(strstr(first, "(step 1)") != NULL, "%s", first);
	cr_expect_eq(times_said("Nothing is wrong with the policy file"), 1);
	cr_expect_eq(times_said("1. Leave") + times_said("2. Leave"), 0);
	cr_expect_eq(times_said("1. Publish this one TXT record"), 1);
}

Test(check_advice, a_policy_host_needs_a_certificate)
{
	static const enum dns_outcome rows[] = {DNS_NXDOMAIN, DNS_NODATA};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		advise(&(struct evidence){.stage = GIVEN(STAGE_DNS), .policy_dns = GIVEN(rows[i])});
		cr_expect_eq(times_said("a web server with a certificate for this name"), 1);
	}
}

/* What nobody looked at is not told as the domain's fault: the record alone is to be repaired. */
Test(check_advice, a_policy_that_was_not_asked_for_is_not_judged)
{
	static const struct {
		struct evidence e;
		const char *first;
	} rows[] = {
		{{.sts = "v=STSv1; id=2026-01-02;", .stage = GIVEN(STAGE_NONE), .body = "-"},
		 "Publish the TXT record"},
		{{.sts = "v=STSv2; id=1", .stage = GIVEN(STAGE_NONE), .body = "-"},
		 "Publish the TXT record"},
		{{.sts = "v=STSv1; id=1|v=STSv1; id=2", .stage = GIVEN(STAGE_NONE), .body = "-"},
		 "Delete the TXT record \"v=STSv1; id=1\""},
		{{.sts_dns = GIVEN(DNS_NXDOMAIN),
		  .sts_cname = "_mta-sts.example.net",
		  .stage = GIVEN(STAGE_NONE),
		  .body = "-"},
		 "Publish the TXT record"},
		{{.sts = "v=STSv1; id=2026-01-02;",
		  .mx_dns = GIVEN(DNS_SERVFAIL),
		  .stage = GIVEN(STAGE_NONE),
		  .body = "-"},
		 "Publish the TXT record"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *first = first_of(&rows[i].e);
		cr_expect(strncmp(first, rows[i].first, strlen(rows[i].first)) == 0, "row %u: %s",
			  i, first);
		cr_expect(advice.unasked && !advice.policy && !advice.host, "row %u", i);
		cr_expect_eq(times_said("web server") + times_said("Serve") + times_said("enforce"),
			     0, "row %u", i);
		cr_expect_eq(times_said("no policy can be written down"), 0, "row %u", i);
		cr_expect_eq(times_said("remove the record instead"),
			     rows[i].e.mx_dns == GIVEN(DNS_SERVFAIL), "row %u", i);
		cr_expect_eq(times_said("1. See to the policy at https://mta-sts.example.com/"), 1,
			     "row %u", i);
		cr_expect_str_eq(strstr(first, " See to"),
				 " See to the policy before: it was not looked at.", "row %u", i);
		/* One to serve where there is none, if it is known what has to be in it. */
		bool known = rows[i].e.mx_dns != GIVEN(DNS_SERVFAIL);
		cr_expect_eq(advice.policy_maybe, known, "row %u", i);
		cr_expect_eq(times_said("If none is there, serve this one"), known, "row %u", i);
		cr_expect_eq(times_said("version: STSv1 mode: testing mx: "), known, "row %u", i);
	}
	first_of(&(struct evidence){
		.sts_dns = GIVEN(DNS_NODATA), .stage = GIVEN(STAGE_NONE), .body = "-"});
	cr_expect(advice.policy && !advice.unasked, "nothing is there that could be repaired");
	cr_expect_eq(times_said("not looked at, and what is good may stay"), 1);
	first_of(&(struct evidence){.sts = "v=STSv1; id=2026-01-02;", .body = EVIDENCE_POLICY});
	cr_expect(!advice.unasked && advice.kept, "it was looked at");
}

/* Mode none in a file that no sender sees: nobody begins again for its owner. */
Test(check_advice, a_withdrawal_is_not_undone_unasked)
{
	static const char none[] = "version: STSv1\nmode: none\nmax_age: 86400\n";
	static const struct evidence rows[] = {
		{.sts = "v=STSv1; id=1|v=STSv1; id=2", .body = none},
		{.sts = "v=STSv1; id=", .body = none},
		{.stage = GIVEN(STAGE_TLS), .tls_reason = GIVEN(TLS_EXPIRED), .body = none},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *first = first_of(&rows[i]);
		cr_expect(advice.withdrawn && !advice.policy, "row %u", i);
		cr_expect(strstr(first, "policy") == NULL, "row %u: %s", i, first);
		cr_expect_eq(times_said("If that is meant"), 1, "row %u", i);
		cr_expect_eq(times_said("If it is not meant"), 1, "row %u", i);
	}
	advise(&(struct evidence){.sts = "v=STSv1; id=1|v=STSv1; id=2",
				  .body = "\xef\xbb\xbfversion: STSv1\nmode: none\n"
					  "max_age: 86400\n"});
	cr_expect(advice.policy);
	cr_expect_eq(times_said("withdraws MTA-STS"), 1, "said beside the policy that replaces it");
	advise(&(struct evidence){.stage = GIVEN(STAGE_SYNTAX),
				  .body = "version: STSv1\nmode: none\n"});
	cr_expect(advice.policy);
	cr_expect_eq(times_said("withdraws MTA-STS"), 1);
}

/* Each host's fault has its remark; of what is told of all of them, none is left. */
Test(check_advice, one_remark_a_fault)
{
	advise(&(struct evidence){.mx = "10 a.example.com|20 b.example.com",
				  .body = EVIDENCE_MX("mx: *.example.com"),
				  .mx_tls = GIVEN(MX_TLS_NO_STARTTLS)});
	cr_expect(found(ISSUE_mx_none_usable) && found(ISSUE_mx_starttls_missing));
	cr_expect_eq(times_said("STARTTLS"), 1);
	advise(&(struct evidence){.mx_tls = GIVEN(MX_TLS_EXPIRED)});
	cr_expect(found(ISSUE_mx_none_usable) && found(ISSUE_mx_cert_expired));
	cr_expect_eq(times_said("Repair STARTTLS"), 0);
	cr_expect_eq(times_said("Renew the certificate"), 1);
}

/* No policy is advised that we would remark on ourselves, but where a change has to wait. */
Test(check_advice, a_policy_to_try_out_lives_a_week)
{
	static const char *const ages[] = {"0", "1", "3000", "86400", "604799", "9999999"};
	char body[160];

	for (unsigned i = 0; i < sizeof(ages) / sizeof(*ages); i++) {
		snprintf(body, sizeof(body),
			 "version: STSv1\nmode: testing\nmx: mx.example.net\n"
			 "max_age: %s\n",
			 ages[i]);
		advise(&(struct evidence){.body = body});
		cr_assert(advice.policy, "%s", ages[i]);
		cr_expect(strstr(advice.policy_text, "max_age: 604800\n") != NULL, "%s: %s",
			  ages[i], advice.policy_text);
	}
	advise(&(struct evidence){.mx = "10 mail.example.com|20 mx.example.net",
				  .body = "version: STSv1\nmode: enforce\nmx: mail.example.com\n"
					  "max_age: 86400\n"});
	cr_expect(strstr(advice.policy_text, "max_age: 86400\n") != NULL);
	cr_expect_gt(advice.raise, 604800, "a life that stays short for now is raised in the end");
}

static struct span detail_of(enum issue code)
{
	for (unsigned i = 0; i < record.issues_n; i++)
		if (record.issues[i].code == code)
			return record.issues[i].detail;
	return SPAN_NULL;
}

/* mx2 is compared with the pattern for mx2, and every stale line is named. */
Test(check_advice, patterns_of_a_former_operator)
{
	advise(&(struct evidence){.mx = "10 mx1.new.example|20 mx2.new.example|30 mx3.new.example",
				  .body = EVIDENCE_MX("mx: mx1.former-operator.example\n"
						      "mx: mx2.former-operator.example\n"
						      "mx: mx3.former-operator.example")});
	for (unsigned i = 0; i < record.mx.hosts_n; i++)
		cr_expect(record.mx.hosts[i].suggestion.n > 3 &&
				  memcmp(record.mx.hosts[i].suggestion.p, record.mx.hosts[i].host.p,
					 4) == 0,
			  "%.*s: %.*s", (int)record.mx.hosts[i].host.n, record.mx.hosts[i].host.p,
			  (int)record.mx.hosts[i].suggestion.n, record.mx.hosts[i].suggestion.p);
	struct span detail = detail_of(ISSUE_policy_mx_not_in_dns);
	cr_expect(span_eq(detail,
			  SPAN_LIT("line 3: \"mx1.former-operator.example\"; also line 4, line 5")),
		  "%.*s", (int)detail.n, detail.p);
}

/* Conditions on records. */
#include <criterion/criterion.h>

#include "output/run/select.h"

static struct record *example(void)
{
	static const char txt0[] = "v=STSv1; id=1;";
	static struct span txt[1];
	static struct record_issue issues[2];
	static struct record_mx_host hosts[2];
	static struct record r;
	record_init(&r);
	txt[0] = span_str(txt0);
	issues[0] = (struct record_issue){.code = ISSUE_domain_syntax_invalid,
					  .severity = SEVERITY_ERROR};
	issues[1] = (struct record_issue){
		.code = ISSUE_domain_syntax_invalid, .severity = SEVERITY_INFO, .root = true};
	r.line = 7;
	r.rank = 1000;
	r.verdict = VERDICT_BROKEN;
	r.impact = IMPACT_UNPROTECTED;
	r.senders_refusing = 1u << SENDER_HALON;
	r.sts.answer.txt = txt;
	r.sts.answer.txt_n = 1;
	r.policy.stage = STAGE_TLS;
	r.policy.tls_verified = 0;
	r.policy.tls_reason = TLS_EXPIRED;
	r.policy.cert_not_after = 1790000000 + 10 * 86400;
	r.scanned_at_ms = INT64_C(1790000000000) - 3600000;
	r.tag = SPAN_LIT("customer-7");
	fields_silence(fields_mx_host(), &hosts[0]);
	fields_silence(fields_mx_host(), &hosts[1]);
	hosts[0].host = SPAN_LIT("a\"b");
	hosts[1].host = SPAN_LIT("c\\d, or e");
	hosts[1].mismatch = MISMATCH_TLD;
	r.mx.hosts = hosts;
	r.mx.hosts_n = 2;
	r.issues = issues;
	r.issues_n = 2;
	return &r;
}

static bool matches(const char *text)
{
	struct select q;
	struct errmsg err;
	cr_assert_eq(select_parse(&q, text, 1790000000, &err), 0, "%s: %s", text, err.text);
	return select_matches(&q, example());
}

Test(select, conditions_that_hold)
{
	static const char *const yes[] = {"",
					  "verdict=broken",
					  "verdict!=enforce",
					  "impact=unprotected,policy.stage=tls",
					  "policy.tls_reason=expired",
					  "policy.tls_verified=false",
					  "policy.mode=null",
					  "policy.url=null",
					  "policy.http_status=null",
					  "policy.evidence.tls_reasons!=expired",
					  "rank<1001",
					  "rank>999",
					  "rank=1000",
					  "line!=8",
					  "tag=customer-7",
					  "senders_refusing=halon",
					  "senders_refusing!=mox",
					  "senders_refusing!=null",
					  "policy.mx=null",
					  "tag=\"customer-7\"",
					  "rank=\"1000\" , verdict = \"broken\"",
					  "tag=\"a, b\" or tag=\"x or y\" or tag=\"customer-7\"",
					  "severity!=warning",
					  "severity!=warning,severity=info,root=true",
					  "code!=mx_none_match",
					  "severity!=null",
					  "mx.hosts.host!=a.example",
					  "mx.hosts.host=a\"b",
					  "mx.hosts.host=\"a\\\"b\"",
					  "mx.hosts.host=\"c\\\\d, or e\"",
					  "mx.hosts.mismatch!=null",
					  "mx.hosts.mismatch=null",
					  "sts.txt=v=STSv1; id=1;",
					  "issues.severity=error",
					  "issues.severity=info,issues.root=true",
					  "verdict=enforce or verdict=broken",
					  "verdict=enforce,rank=1 or rank=1000, tag = customer-7",
					  "severity=warning or severity=error",
					  "cert_not_after<+11d",
					  "policy.cert_not_after > +9d",
					  "cert_not_after>+1w,cert_not_after<+2w",
					  "cert_not_after<2027-01-01",
					  "cert_not_after>2026-09-30T23:59:59Z",
					  "policy.evidence.cert_not_before=null",
					  "cert_not_after<1790864001",
					  "scanned_at<now",
					  "scanned_at>-2h"};
	for (unsigned i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		cr_expect(matches(yes[i]), "%s", yes[i]);
}

Test(select, conditions_that_do_not_hold)
{
	static const char *const no[] = {"verdict=enforce",
					 "verdict=broken,rank=1",
					 "rank<1000",
					 "rank>1000",
					 "tag=customer",
					 "tag=null",
					 "policy.max_age<10",
					 "policy.max_age>0",
					 "policy.mode=enforce",
					 "senders_refusing=mox",
					 "senders_refusing!=halon",
					 "senders_refusing=null",
					 "policy.mx!=null",
					 "tag=\"customer-7 \"",
					 "tag=\"customer-\"",
					 "tag=\"null\"",
					 "policy.url=\"null\"",
					 "severity!=error",
					 "severity!=info",
					 "code!=domain_syntax_invalid",
					 "severity=info,severity!=error",
					 "severity=null",
					 "mx.hosts.host!=a\"b",
					 "mx.hosts.host!=\"c\\\\d, or e\"",
					 "mx.hosts.mismatch!=tld",
					 "issues.severity=warning",
					 "issues.severity=error,issues.root=true",
					 "verdict=enforce or verdict=testing",
					 "verdict=broken,rank=1 or verdict=enforce,rank=1000",
					 "severity=warning or severity=error,root=true",
					 "cert_not_after<+10d",
					 "cert_not_after>+10d",
					 "cert_not_after>2027-01-01",
					 "policy.evidence.cert_not_before<+99999d",
					 "policy.evidence.cert_not_before>-99999d",
					 "scanned_at<-2h",
					 "scanned_at>now"};
	for (unsigned i = 0; i < sizeof(no) / sizeof(*no); i++)
		cr_expect_not(matches(no[i]), "%s", no[i]);
}

Test(select, slips_are_told)
{
	static const char *const bad[] = {"verdict",
					  "=x",
					  "nokey=1",
					  "policy=1",
					  "policy.no=1",
					  "verdict=brokn",
					  "rank<x",
					  "tag!x",
					  "verdict.x=1",
					  "issues=1",
					  "a.b.c.d.e.f=1",
					  "policy.stage.x=tls",
					  "dns=ok",
					  "hosts.host=x",
					  "cert_not_after=+1d",
					  "cert_not_after<+1x",
					  "cert_not_after<+d",
					  "cert_not_after<2026-13-01",
					  "cert_not_after<2026-12-01x",
					  "rank<+30d",
					  "rank=1 or ",
					  " or rank=1",
					  "rank=1 or or rank=2",
					  "tag=\"Acme",
					  "tag=\"Acme\\\"",
					  "tag=\"",
					  "tag=\"Acme\" Inc.",
					  "tag=Acme, Inc.",
					  "code=NO_SUCH_CODE",
					  "code!=no_such_code",
					  "interoperable=yes",
					  "tls_verified!=maybe"};
	struct select q;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct errmsg err = {""};
		cr_expect_eq(select_parse(&q, bad[i], 1790000000, &err), -1, "%s", bad[i]);
		cr_expect_gt(strlen(err.text), 10);
	}
}

/* What is said of a slip names what was meant. */
Test(select, the_nearest_word)
{
	static const struct {
		const char *text, *says;
	} slips[] = {
		{"verdict=brokn", "did you mean 'broken'?"},
		{"severity!=errors", "did you mean 'error'?"},
		{"impact=mail", "did you mean 'mail_loss'?"},
		{"mode=Enforce", "did you mean 'enforce'?"},
		{"code=mx_non_match", "did you mean 'mx_none_match'?"},
		{"code=NO_SUCH_CODE", "'mtasweep explain' has all"},
		{"interoperable=yes", "true or false, or null"},
		{"tag=Acme, Inc.", "in double quotes: 'tag=\"Acme, Inc.\"'"},
		{"tag=\"Acme", "no closing quote"},
		{"tag=\"Acme\" Inc.", "behind the closing quote"},
	};
	struct select q;
	for (unsigned i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
		struct errmsg err = {""};
		cr_expect_eq(select_parse(&q, slips[i].text, 1790000000, &err), -1);
		cr_expect(strstr(err.text, slips[i].says) != NULL, "%s", err.text);
	}
}

/* Of a name that has what was asked for, which findings are. */
Test(select, findings)
{
	static const struct {
		const char *text;
		bool first, second;
	} of[] = {
		{"verdict=broken", true, true},	   {"severity=error", true, false},
		{"severity!=warning", true, true}, {"severity!=warning,severity=info", false, true},
		{"severity!=error", false, false},
	};
	const struct record *r = example();
	struct select q;
	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		cr_assert_eq(select_parse(&q, of[i].text, 1790000000, NULL), 0);
		cr_expect_eq(select_finding(&q, r, &r->issues[0]), of[i].first, "%s", of[i].text);
		cr_expect_eq(select_finding(&q, r, &r->issues[1]), of[i].second, "%s", of[i].text);
	}
}

/* Several texts: each way of the one with each way of the other. */
Test(select, all_of_several_texts)
{
	static const struct {
		struct select_texts texts;
		bool holds;
		unsigned ways, n;
	} of[] = {
		{{{NULL}, 0}, true, 1, 0},
		{{{"", "verdict=broken"}, 2}, true, 1, 1},
		{{{"verdict=broken", "rank=1"}, 2}, false, 1, 2},
		{{{"rank=1 or rank=1000", "verdict=enforce or verdict=broken"}, 2}, true, 4, 8},
		{{{"rank=1 or rank=1000", "verdict=enforce or verdict=none"}, 2}, false, 4, 8},
		{{{"tag=\"x or y\" or rank=1000,line=7", "verdict=broken", "line=7"}, 3},
		 true,
		 2,
		 7},
		{{{"severity=error", "root=true"}, 2}, false, 1, 2}, /* of one finding */
	};
	struct errmsg err = {""};
	struct select q;
	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		cr_assert_eq(select_parse_all(&q, &of[i].texts, 1790000000, &err), 0, "%s",
			     err.text);
		cr_expect_eq(select_matches(&q, example()), of[i].holds, "%u", i);
		cr_expect_eq(q.ways, of[i].ways, "%u", i);
		cr_expect_eq(q.n, of[i].n, "%u", i);
	}
	static const char six[] = "rank=1 or rank=2 or rank=3 or rank=4 or rank=5 or rank=6";
	const struct select_texts slip = {{"rank=1", "rank=1 or "}, 2}, many = {{six, six}, 2};
	cr_expect_eq(select_parse_all(&q, &slip, 1790000000, &err), -1);
	cr_expect_eq(select_parse_all(&q, &many, 1790000000, &err), -1);
	cr_expect(strstr(err.text, "more than 32 conditions") != NULL, "%s", err.text);
}

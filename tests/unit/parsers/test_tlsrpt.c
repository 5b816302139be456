/* test_tlsrpt.c - one value, its places and URIs; the choice among several; where reports go. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "parsers/tlsrpt.h"
#include "parsers/tlsrpt_uri.h"
#include "tests/support/guard.h"

Test(tlsrpt, places)
{
	static const struct {
		const char *text;
		enum issue root;
		uint32_t offset;
		unsigned rua_n; /* the best reading */
	} cases[] = {
		{"v=TLSRPTv1; rua=a@b.c", ISSUE_tlsrpt_rua_no_scheme, 16, 1},
		{"v=TLSRPTv1; rua=mailto:a@b.c,,mailto:d@b.c", ISSUE_tlsrpt_rua_trailing_comma, 29,
		 2},
		{"v=TLSRPTv1; rua=mailto:a@b.c, http://b.c", ISSUE_tlsrpt_rua_scheme, 30, 2},
		{"v=TLSRPTv1; rua=mailto:a@b.c!10m", ISSUE_tlsrpt_rua_size_suffix, 16, 1},
		{"v=TLSRPTv1; rua=mailto:a(b@b.c", ISSUE_tlsrpt_rua_mailto_invalid, 16, 1},
		{"v=TLSRPTv1; rua=mailto:a%2@b.c", ISSUE_tlsrpt_rua_unencoded, 24, 1},
		{"v=TLSRPTv1; rua=mailto:a@b.c; mailto:d@b.c", ISSUE_tlsrpt_rua_separator, 30, 1},
		{"v=TLSRPTv1; rua=mailto:a@b.c mailto:d@b.c", ISSUE_tlsrpt_rua_separator, 28, 1},
		{"v=TLSRPTv1; rua=mailto:a..b@b.c", ISSUE_tlsrpt_rua_mailto_invalid, 16, 1},
		{"v=TLSRPTv1; rua=https://", ISSUE_tlsrpt_rua_https_invalid, 16, 1},
		{"v=TLSRPTv1; rua=https://b.c:99999/", ISSUE_tlsrpt_rua_https_invalid, 16, 1},
		{"v=TLSRPTv1; rua=https://[::1/", ISSUE_tlsrpt_rua_https_invalid, 16, 1},
		{"v=TLSRPTv1", ISSUE_tlsrpt_no_delimiter, 0, 0},
		{"v=TLSRPTv1;", ISSUE_tlsrpt_rua_missing, 11, 0},
		{"", ISSUE_tlsrpt_version_invalid, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard g = guard_copy(cases[i].text, strlen(cases[i].text));
		struct findings f;
		struct tlsrpt r;
		tlsrpt_parse(span_of(g.p, g.n), &f, &r);
		cr_expect_not(r.valid, "%s", cases[i].text);
		const struct finding *root = &f.v[f.root];
		cr_expect(root->code == cases[i].root && root->offset == cases[i].offset,
			  "%s: %s at %u", cases[i].text, issue_info(root->code)->code,
			  root->offset);
		cr_expect_eq(r.rua_n, cases[i].rua_n, "%s: %u", cases[i].text, r.rua_n);
		guard_free(&g);
	}
}

/* What stands behind "https://": a host or an address, and a port. */
Test(tlsrpt, hosts_and_ports)
{
	static const struct {
		const char *authority;
		bool valid, odd;
	} cases[] = {
		{"b.example", true, false},
		{"b.example:0", true, true},
		{"b.example:65535", true, true},
		{"b.example:65536", false, false},
		{"b.example:065535", false, false}, /* no more than five digits */
		{"b.example:8x", false, false},
		{"b.example:", true, true}, /* RFC 3986 3.2.3: the port may be empty */
		{"u@b.example", true, true},
		{"", false, false},
		{"[::]", true, false},
		{"[::1]:8443", true, true},
		{"[::1]8443", false, false},
		{"[]", false, false},
		{"[1]", false, false},
		/* The longest one, and one more digit. */
		{"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]", true, false},
		{"[ffff:ffff:ffff:ffff:ffff:ffff:0255.255.255.255]", false, false},
		{"[192.0.2.1]", false, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];
		struct findings f;
		struct tlsrpt r;
		bool odd = false;
		snprintf(text, sizeof(text), "v=TLSRPTv1; rua=https://%s/", cases[i].authority);
		tlsrpt_parse(span_str(text), &f, &r);
		for (unsigned k = 0; k < f.n; k++)
			odd = odd || f.v[k].code == ISSUE_tlsrpt_https_userinfo_or_port;
		cr_expect_eq(r.valid, cases[i].valid, "%s", text);
		cr_expect_eq(odd, cases[i].odd, "%s", text);
	}
}

Test(tlsrpt, uris_are_bounded)
{
	static const char first[] = "v=TLSRPTv1; rua=mailto:a@b.c", next[] = ",mailto:a@b.c";
	char text[4096];
	size_t n = sizeof(first) - 1;
	struct findings f;
	struct tlsrpt r;

	memcpy(text, first, n);
	for (int i = 0; i < 100; i++, n += sizeof(next) - 1)
		memcpy(text + n, next, sizeof(next) - 1);
	tlsrpt_parse(span_of(text, n), &f, &r);
	cr_expect(r.valid);
	cr_expect_eq(r.rua_n, TLSRPT_RUA_MAX);
	cr_expect_eq(r.rua_n + r.rua_dropped, 101);
}

Test(tlsrpt, domains)
{
	static const char *const cases[][2] = {
		{"mailto:a@b.example", "b.example"},
		{"MAILTO:a@b.example?subject=x@y.z", "b.example"},
		{"https://b.example/x", "b.example"},
		{"https://u@b.example:8443/x@y.z", "b.example"},
		{"https://[2001:db8::1]/", NULL},
		{"mailto:a", NULL},
		{"ftp://b.example", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span domain = tlsrpt_rua_domain(span_str(cases[i][0]));
		cr_expect(cases[i][1] == NULL ? domain.p == NULL
					      : span_eq(domain, span_str(cases[i][1])),
			  "%s: %.*s", cases[i][0], (int)domain.n, domain.p);
	}
}

Test(tlsrpt, choice)
{
	struct span two[] = {SPAN_LIT("v=TLSRPTv1;rua=mailto:a@b.c"),
			     SPAN_LIT("v=TLSRPTv1;rua=mailto:d@b.c")};
	struct span spaced[] = {SPAN_LIT("x"), SPAN_LIT("v=TLSRPTv1 ;rua=mailto:a@b.c")};
	struct tlsrpt_choice c;

	tlsrpt_choose(two, 2, &c);
	cr_expect_eq(c.set, TLSRPT_SET_MULTIPLE);
	tlsrpt_choose(two, 1, &c);
	cr_expect_eq(c.set, TLSRPT_SET_ONE);
	tlsrpt_choose(spaced, 2, &c);
	cr_expect_eq(c.set, TLSRPT_SET_DISCARDED);
	cr_expect_eq(c.chosen, 1);
	tlsrpt_choose(spaced, 1, &c);
	cr_expect_eq(c.set, TLSRPT_SET_NONE);
}

/* The grammar's field is %s"rua": a name in another case is an extension (RFC 8460 3). */
Test(tlsrpt, rua_in_another_case_beside_it)
{
	static const struct {
		const char *text;
		bool valid;
		unsigned rua_n;
	} cases[] = {
		{"v=TLSRPTv1; rua=mailto:a@b.example; rUa=x", true, 1},
		{"v=TLSRPTv1; RUA=mailto:x@y.example; rua=mailto:a@b.example;", true, 1},
		{"v=TLSRPTv1; rua=mailto:a@b.example; Rua=mailto:c@d.example; RUA=z", true, 1},
		{"v=TLSRPTv1; rua=mailto:a@b.example; rUa=", false, 1}, /* no extension, either */
		{"v=TLSRPTv1; rua=mailto:a@b.example; rUa=a b", false, 1},
		{"v=TLSRPTv1; RUA=mailto:a@b.example; Rua=mailto:c@d.example", false, 2},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct findings f;
		struct tlsrpt r;
		tlsrpt_parse(span_str(cases[i].text), &f, &r);
		cr_expect_eq(r.valid, cases[i].valid, "%s", cases[i].text);
		cr_expect_eq(r.rua_n, cases[i].rua_n, "%s: %u", cases[i].text, r.rua_n);
	}
}

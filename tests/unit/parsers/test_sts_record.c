/* test_sts_record.c - one value, its places and best reading; the choice among several. */
#include <criterion/criterion.h>

#include "parsers/sts_record.h"
#include "tests/support/guard.h"

Test(sts_record, places)
{
	static const struct {
		const char *text;
		enum issue root;
		uint32_t offset;
		const char *id; /* the best reading; NULL none */
	} cases[] = {
		{"v=STSv1; id=2024-01", ISSUE_sts_record_id_charset, 16, "2024-01"},
		{"v=STSv1; id = 1", ISSUE_sts_record_ws_around_equals, 9, "1"},
		{"v=STSv1; id=1;;", ISSUE_sts_record_empty_field, 14, "1"},
		{"v=STSv1; id=1 ", ISSUE_sts_record_trailing_ws, 13, "1"},
		{"\tv=STSv1; id=1", ISSUE_sts_record_leading_ws, 0, "1"},
		{"v=STSv1 id=1", ISSUE_sts_record_no_delimiter, 0, "1"},
		{"v=STSv1", ISSUE_sts_record_no_delimiter, 0, NULL},
		{"v=STSv1;", ISSUE_sts_record_id_missing, 8, NULL},
		{"id=1; v=STSv1", ISSUE_sts_record_version_not_first, 0, "1"},
		{"v=STSv2; id=1", ISSUE_sts_record_version_invalid, 0, "1"},
		{"\"v=STSv1; id=1\"", ISSUE_sts_record_quoted, 0, "1"},
		{"v=STSv1\\; id=1\\;", ISSUE_sts_record_quoted, 0, "1"},
		{"\xe2\x80\x9cv=STSv1; id=1;\xe2\x80\x9d", ISSUE_sts_record_quoted, 0, "1"},
		{"v=STSv1; ID=1", ISSUE_sts_record_id_case, 9, "1"},
		{"v=STSv1; id=1; mx: a.b", ISSUE_sts_record_policy_line_in_txt, 15, "1"},
		{"", ISSUE_sts_record_version_invalid, 0, NULL},
		{"\xff", ISSUE_sts_record_version_invalid, 0, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard g = guard_copy(cases[i].text, strlen(cases[i].text));
		struct findings f;
		struct sts_record r;
		sts_record_parse(span_of(g.p, g.n), &f, &r);
		cr_expect_not(r.valid, "%s", cases[i].text);
		const struct finding *root = &f.v[f.root];
		cr_expect(root->code == cases[i].root && root->offset == cases[i].offset,
			  "%s: %s at %u", cases[i].text, issue_info(root->code)->code,
			  root->offset);
		cr_expect(cases[i].id == NULL ? r.id.p == NULL
					      : span_eq(r.id, span_str(cases[i].id)),
			  "%s: id %.*s", cases[i].text, (int)r.id.n, r.id.p);
		guard_free(&g);
	}
}

/* The grammar's field is %s"id": a name in another case is an extension (RFC 8461 3.1). */
Test(sts_record, id_in_another_case_beside_it)
{
	static const struct {
		const char *text, *id;
		bool valid;
	} cases[] = {
		{"v=STSv1; Id=1; id=2;", "2", true},
		{"v=STSv1; id=2; ID=1", "2", true},
		{"v=STSv1; iD=not-an-id; ID=x:y; id=2", "2", true},
		{"v=STSv1; ID=; id=2", "2", false}, /* no extension, either */
		{"v=STSv1; ID=a=b; id=2", "2", false},
		{"v=STSv1; ID=1; Id=2", "1", false},
		{"v=STSv1; ID=1; idx=2", "1", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct findings f;
		struct sts_record r;
		sts_record_parse(span_str(cases[i].text), &f, &r);
		cr_expect_eq(r.valid, cases[i].valid, "%s", cases[i].text);
		cr_expect(span_eq(r.id, span_str(cases[i].id)), "%s: %.*s", cases[i].text,
			  (int)r.id.n, r.id.p);
	}
}

Test(sts_record, first_id_counts)
{
	struct findings f;
	struct sts_record r;

	sts_record_parse(SPAN_LIT("v=STSv1; id=1; id=2"), &f, &r);
	cr_expect(r.valid && span_eq(r.id, SPAN_LIT("1")));
	cr_expect_eq(f.n, 1);
}

Test(sts_record, choice)
{
	static const struct {
		const char *txt[3];
		enum sts_set set;
		unsigned chosen, candidates, others;
	} cases[] = {
		{{"v=STSv1; id=1"}, STS_SET_ONE, 0, 1, 0},
		{{"v=spf1 -all", "v=STSv1; id=1"}, STS_SET_ONE, 1, 1, 1},
		{{"v=STSv1; id=1", "v=STSv1; id=2"}, STS_SET_MULTIPLE, 0, 2, 0},
		{{"v=STSv1;", "x", "v=STSv1; id=2"}, STS_SET_MULTIPLE, 0, 2, 1},
		{{"v=spf1 -all", "x"}, STS_SET_NONE, 0, 0, 2},
		{{"v=STSv1 ;id=1"}, STS_SET_ONE, 0, 0, 0},
		{{"x", "v=STSv1 ;id=1"}, STS_SET_DISCARDED, 1, 0, 1},
		{{"x", "v=STSv2; id=1"}, STS_SET_ONE, 1, 0, 1},
		{{"v=stsv1; id=1", "v=STSv1; id=1"}, STS_SET_ONE, 1, 1, 1},
		{{"v=DMARC1; p=none; rua=mailto:stsv1@x"}, STS_SET_NONE, 0, 0, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span txt[3];
		struct sts_choice c;
		unsigned n = 0;
		for (; n < 3 && cases[i].txt[n] != NULL; n++)
			txt[n] = span_str(cases[i].txt[n]);
		sts_record_choose(txt, n, &c);
		cr_expect(c.set == cases[i].set && c.candidates == cases[i].candidates &&
				  c.others == cases[i].others &&
				  (c.set == STS_SET_NONE || c.chosen == cases[i].chosen),
			  "%zu: set %d chosen %u candidates %u others %u", i, c.set, c.chosen,
			  c.candidates, c.others);
	}
	struct sts_choice none;
	sts_record_choose(NULL, 0, &none);
	cr_expect_eq(none.set, STS_SET_NONE);
}

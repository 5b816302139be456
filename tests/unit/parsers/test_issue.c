/* The catalogue of findings and the words of the terms: columns make sense to who asks them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "parsers/issue.h"

#define BITS(group) (1u << ISSUE_GROUP_##group)

static bool ends_in(const char *s, char c)
{
	size_t n = strlen(s);

	return n > 0 && s[n - 1] == c;
}

Test(issue, every_row_is_complete)
{
	enum issue_group last = 0;

	for (unsigned i = 0; i < ISSUE_COUNT; i++) {
		const struct issue_info *info = issue_info((enum issue)i);
		cr_expect_eq(issue_parse(span_str(info->code)), (int)i, "%s", info->code);
		cr_expect(info->title[0] != '\0' && !ends_in(info->title, '.'), "%s", info->code);
		cr_expect(ends_in(info->why, '.') && ends_in(info->fix, '.'), "%s", info->code);
		cr_expect(info->group >= last, "%s: in the block of another group", info->code);
		cr_expect(info->impact == IMPACT_NONE || info->severity == SEVERITY_ERROR,
			  "%s: costs something, but is no error", info->code);
		last = info->group;
	}
	cr_expect_eq(issue_parse(SPAN_LIT("no_such_code")), -1);
}

/* A trait is asked of some groups only: on another's row it would do nothing. */
Test(issue, traits_stand_where_they_are_asked)
{
	static const struct {
		enum issue_trait trait;
		unsigned groups;
	} asked[] = {
		{ISSUE_OF_SERVER, BITS(MX) | BITS(DANE)},
		{ISSUE_NO_POLICY, BITS(POLICY) | BITS(HOST)},
		{ISSUE_SAID, BITS(LIFE) | BITS(PROVIDER) | BITS(DOMAIN) | BITS(HOST)},
		{ISSUE_SAID_BY_POLICY, BITS(HOST)},
		{ISSUE_SHORTER, BITS(HOST)},
		{ISSUE_UNFINISHED, BITS(HOST)},
		{ISSUE_DANGLING, BITS(STS) | BITS(TLSRPT)},
		{ISSUE_WILDCARD, BITS(STS) | BITS(TLSRPT)},
		{ISSUE_OURS, BITS(HOST) | BITS(MX)},
		{ISSUE_MX_WRONG, BITS(DOMAIN)},
		{ISSUE_OF_AGE, BITS(LIFE)},
		{ISSUE_STRAYS, BITS(STS) | BITS(TLSRPT)},
		{ISSUE_OF_VISIT, BITS(MX) | BITS(DANE)},
		{ISSUE_SUMS_UP, BITS(MX) | BITS(DANE)},
		{ISSUE_OF_RECORD, BITS(LIFE)},
		{ISSUE_UNREADY, BITS(MX)},
	};
	unsigned known = 0;

	for (unsigned t = 0; t < sizeof(asked) / sizeof(asked[0]); t++) {
		unsigned rows = 0;
		known |= (unsigned)asked[t].trait;
		for (unsigned i = 0; i < ISSUE_COUNT; i++) {
			if (!issue_has((enum issue)i, asked[t].trait))
				continue;
			rows++;
			cr_expect(asked[t].groups >> issue_info((enum issue)i)->group & 1, "%s",
				  issue_info((enum issue)i)->code);
		}
		cr_expect(rows > 0, "trait %x is nobody's", (unsigned)asked[t].trait);
	}
	for (unsigned i = 0; i < ISSUE_COUNT; i++)
		cr_expect_eq(issue_info((enum issue)i)->traits & ~known, 0u, "%s",
			     issue_info((enum issue)i)->code);
}

Test(issue, groups_agree_with_their_lookups)
{
	for (unsigned g = 0; g < ISSUE_GROUP_COUNT; g++) {
		const struct issue_group_info *info = issue_group_info((enum issue_group)g);
		cr_expect(info->title[0] != '\0');
		cr_expect(!info->needs_record || info->list == ISSUE_LIST_STS, "%s", info->title);
		cr_expect((info->touches == ISSUE_TOUCHES_REPORTS) ==
				  (info->list == ISSUE_LIST_TLSRPT),
			  "%s", info->title);
	}
}

Test(issue, consequence)
{
	static const struct {
		enum issue code;
		enum severity severity;
		enum impact impact;
		const char *text;
	} rows[] = {
		{ISSUE_mx_none_match, SEVERITY_ERROR, IMPACT_MAIL_LOSS, "mail is lost"},
		{ISSUE_policy_http_404, SEVERITY_ERROR, IMPACT_UNPROTECTED, "mail is unprotected"},
		{ISSUE_policy_http_404, SEVERITY_INFO, IMPACT_UNPROTECTED, "mail is unprotected"},
		{ISSUE_mx_partial_match, SEVERITY_ERROR, IMPACT_NONE,
		 "some mail may be late or lost"},
		{ISSUE_mx_partial_match, SEVERITY_WARNING, IMPACT_NONE, ""},
		{ISSUE_tlsrpt_multiple, SEVERITY_ERROR, IMPACT_NONE, "nobody reports failures"},
		{ISSUE_domain_syntax_invalid, SEVERITY_ERROR, IMPACT_NONE, ""},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(issue_consequence(rows[i].code, rows[i].severity, rows[i].impact,
						   VERDICT_ENFORCE),
				 rows[i].text, "row %u", i);
}

Test(issue, what_only_an_enforced_policy_does)
{
	cr_expect_str_eq(issue_consequence(ISSUE_mx_starttls_missing, SEVERITY_ERROR, IMPACT_NONE,
					   VERDICT_TESTING),
			 "some mail would be late or lost in mode enforce");
	cr_expect_str_eq(issue_consequence(ISSUE_mx_starttls_missing, SEVERITY_ERROR, IMPACT_NONE,
					   VERDICT_ABSENT),
			 "");
	cr_expect_str_eq(
		issue_consequence(ISSUE_dane_mismatch, SEVERITY_ERROR, IMPACT_NONE, VERDICT_ABSENT),
		"some mail may be late or lost");
}

/* Who says so in words counts the same names. */
Test(issue, delays_where_some_host_is_out_of_reach)
{
	for (enum issue code = 0; code < ISSUE_COUNT; code++)
		for (enum severity severity = 0; severity < severity_count; severity++)
			cr_expect_eq(issue_delays(code, severity, VERDICT_ENFORCE),
				     strcmp(issue_consequence(code, severity, IMPACT_NONE,
							      VERDICT_ENFORCE),
					    "some mail may be late or lost") == 0,
				     "%s", issue_info(code)->code);
	cr_expect(issue_delays(ISSUE_mx_partial_match, SEVERITY_ERROR, VERDICT_ENFORCE));
	cr_expect_not(issue_delays(ISSUE_mx_starttls_missing, SEVERITY_ERROR, VERDICT_TESTING));
	cr_expect(issue_delays(ISSUE_dane_mismatch, SEVERITY_ERROR, VERDICT_ABSENT));
}

/* A trend shows 30 characters of a label. */
Test(issue, stakes_are_short)
{
	for (unsigned i = 0; i < impact_count; i++)
		cr_expect_leq(strlen(impact_stake((enum impact)i)), 30);
}

/* The README tells verdicts in the words of the report. */
Test(issue, readme_knows_the_verdicts)
{
	static char readme[1 << 17];
	FILE *f = fopen(SOURCE_DIR "/README.md", "r");

	cr_assert(f != NULL);
	readme[fread(readme, 1, sizeof(readme) - 1, f)] = '\0';
	fclose(f);
	for (unsigned v = 0; v < verdict_count; v++) {
		char row[128];
		snprintf(row, sizeof(row), "\n| `%s` | %s |\n", verdict_name((enum verdict)v),
			 verdict_label((enum verdict)v));
		cr_expect(strstr(readme, row) != NULL, "no row%s", row);
	}
}

/* ---- sightings --------------------------------------------------------------------------- */

/* Findings of different codes, so that no code has more than its share. */
static void fill(struct findings *f, const char *text, unsigned n)
{
	findings_init(f, text);
	for (unsigned i = 0; i < n; i++)
		findings_add(f, (enum issue)(i % ISSUE_COUNT), span_of(text + i, 1));
}

Test(issue, findings_beyond_the_limit_are_counted)
{
	static const char text[FINDINGS_MAX + 20];
	static struct findings f;

	fill(&f, text, FINDINGS_MAX);
	cr_expect_eq(f.n, FINDINGS_MAX);
	cr_expect_eq(f.dropped, 0);
	cr_expect_null(findings_add(&f, (enum issue)FINDINGS_MAX, SPAN_NULL));
	cr_expect_eq(f.n, FINDINGS_MAX);
	cr_expect_eq(f.dropped, 1);
	for (unsigned i = 0; i < FINDINGS_MAX; i++) {
		cr_expect_eq(f.v[i].code, i);
		cr_expect_eq(f.v[i].offset, i);
		cr_expect_not(f.v[i].breaks);
	}
	cr_expect_eq(f.root, -1);
	/* The first that breaks is worth more than the last remark; the second is counted. */
	struct finding *one = findings_break(&f, (enum issue)60, span_of(text + 7, 1));
	cr_assert_not_null(one);
	cr_expect_eq(one, &f.v[FINDINGS_MAX - 1]);
	cr_expect(one->breaks && one->code == 60 && one->offset == 7);
	cr_expect_eq(f.root, FINDINGS_MAX - 1);
	cr_expect_eq(f.n, FINDINGS_MAX);
	cr_expect_eq(f.dropped, 2);
	cr_expect_null(findings_break(&f, (enum issue)61, SPAN_NULL));
	cr_expect_eq(f.dropped, 3);
	cr_expect_eq(f.v[FINDINGS_MAX - 1].code, 60);
}

Test(issue, one_code_has_its_share)
{
	static struct findings f;

	findings_init(&f, NULL);
	for (unsigned i = 0; i < FINDINGS_PER_CODE; i++)
		cr_expect_not_null(findings_add(&f, (enum issue)3, SPAN_NULL));
	cr_expect_null(findings_add(&f, (enum issue)3, SPAN_NULL));
	cr_expect_not_null(findings_add(&f, (enum issue)4, SPAN_NULL));
	cr_expect_eq(f.n, FINDINGS_PER_CODE + 1);
	cr_expect_eq(f.dropped, 1);
	cr_expect_not_null(findings_break(&f, (enum issue)3, SPAN_NULL),
			   "the cause is always kept");
	cr_expect_eq(f.root, (int)f.n - 1);
}

/* test_providers.c - the operators of datasets/providers.tsv: whole labels, the longest suffix,
 * enough of them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/judge/providers.h"

static bool is(const char *found, const char *want)
{
	return want == NULL ? found == NULL : found != NULL && strcmp(found, want) == 0;
}

Test(providers, found_by_whole_labels)
{
	cr_expect(is(provider_of_mx(SPAN_LIT("aspmx.l.google.com")), "Google"));
	cr_expect(is(provider_of_mx(SPAN_LIT("google.com")), "Google"));
	cr_expect(is(provider_of_mx(SPAN_LIT("notgoogle.com")), NULL));
	cr_expect(is(provider_of_mx(SPAN_LIT("google.com.example")), NULL));
	cr_expect(is(provider_of_mx(SPAN_LIT("a-b.mail.protection.outlook.com")), "Microsoft"));
	cr_expect(is(provider_of_mx(SPAN_LIT("")), NULL));
	cr_expect(is(provider_of_policy(SPAN_LIT("a-com.mta-sts.dmarcinput.com")), "DMARCReport"));
	cr_expect(is(provider_of_policy(SPAN_LIT("aspmx.l.google.com")), NULL));
	cr_expect(is(provider_of_hosting(SPAN_LIT("someone.github.io")), "GitHub Pages"));
	cr_expect(is(provider_of_parking(SPAN_LIT("pixie.porkbun.com")), "Porkbun"));
	cr_expect(provider_is_broad(SPAN_LIT("google.com")));
	cr_expect_not(provider_is_broad(SPAN_LIT("aspmx.l.google.com")));
}

/* FIELD's eight policy hosts with the form of name their customers use. */
Test(providers, the_policy_hosts_of_the_literature)
{
	static const char *const hosts[][2] = {
		{"_mta-sts.tutanota.de", "Tutanota"},
		{"a-com.mta-sts.dmarcinput.com", "DMARCReport"},
		{"a-com._mta.mta-sts.tech", "PowerDMARC"},
		{"a_com__mta_sts.easydmarc.pro", "EasyDMARC"},
		{"a.com._mta-sts.mailhardener.com", "Mailhardener"},
		{"a-com._mta-sts.uriports.com", "URIports"},
		{"a.com._mta-sts.sdmarc.net", "Sendmarc"},
		{"_mta-sts.a.com._mta-sts.smart.ondmarc.com", "OnDMARC"},
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		cr_expect(is(provider_of_policy(span_str(hosts[i][0])), hosts[i][1]), "%s",
			  hosts[i][0]);
}

/* Who the tables of a kind say operates the suffix itself; "" for a broad one. */
static const char *row_of(const char *kind, struct span suffix)
{
	if (strcmp(kind, "policy") == 0)
		return provider_of_policy(suffix);
	if (strcmp(kind, "hosting") == 0)
		return provider_of_hosting(suffix);
	if (strcmp(kind, "mx") == 0)
		return provider_of_mx(suffix);
	if (strcmp(kind, "parking") == 0)
		return provider_of_parking(suffix);
	return strcmp(kind, "broad") == 0 && provider_is_broad(suffix) ? "" : NULL;
}

/* The tables are searched by halves: one row out of order would hide others. */
Test(providers, every_row_is_found_and_mx_operators_are_enough)
{
	FILE *f = fopen(SOURCE_DIR "/datasets/providers.tsv", "r");
	const char *seen[256];
	char line[512], kind[16], suffix[128], name[128];
	unsigned operators = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#' || strncmp(line, "kind\t", 5) == 0)
			continue;
		cr_assert_eq(sscanf(line, "%15[^\t]\t%127[^\t]\t%127[^\t]", kind, suffix, name), 3,
			     "%s", line);
		const char *found = row_of(kind, span_str(suffix));
		cr_assert(is(found, strcmp(kind, "broad") == 0 ? "" : name), "%s", line);
		if (strcmp(kind, "mx") != 0)
			continue;
		unsigned i = 0;
		while (i < operators && strcmp(seen[i], found) != 0)
			i++;
		if (i == operators && operators < 256)
			seen[operators++] = found;
	}
	fclose(f);
	fprintf(stderr, "%u operators of MX hosts\n", operators);
	cr_expect_geq(operators, 30);
}

/* test_providers.c - the operators of datasets/providers.tsv: whole labels, the longest suffix,
 * enough of them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/providers.h"

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

Test(providers, enough_mx_operators)
{
	FILE *f = fopen(SOURCE_DIR "/datasets/providers.tsv", "r");
	const char *seen[256];
	char line[512];
	unsigned operators = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *suffix = strchr(line, '\t'), *end;
		if (strncmp(line, "mx\t", 3) != 0 || suffix == NULL)
			continue;
		end = strchr(++suffix, '\t');
		cr_assert_not_null(end, "%s", line);
		const char *found = provider_of_mx(span_of(suffix, (size_t)(end - suffix)));
		cr_assert_not_null(found, "%s", line);
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

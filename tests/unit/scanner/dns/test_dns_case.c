/* Letters at random: which bytes of a question change, and what is learnt of the resolver. */
#include <criterion/criterion.h>
#include <string.h>

#include "parsers/dnsmsg.h"
#include "parsers/limits.h"
#include "scanner/dns/dns_case.h"

static size_t question(uint8_t packet[DNS_QUERY_MAX], const char *name)
{
	size_t n = dnsmsg_query(packet, DNS_QUERY_MAX, 0, span_str(name), DNS_TYPE_TXT, true);

	cr_assert(n > 0, "%s", name);
	return n;
}

Test(dns_case, changes_the_letters_of_the_name_and_nothing_else)
{
	uint8_t plain[DNS_QUERY_MAX], mixed[DNS_QUERY_MAX];
	size_t n = question(plain, "_mta-sts.a1z-@[`{.example");

	memcpy(mixed, plain, n);
	cr_expect(dns_case_mix(mixed, n, UINT64_MAX));
	cr_expect(memcmp(mixed, plain, 12) == 0, "the header");
	cr_expect(memcmp(mixed + 12, "\10_MTA-STS\10A1Z-@[`{\7EXAMPLE", 26) == 0);
	cr_expect(memcmp(mixed + 38, plain + 38, n - 38) == 0, "type, class and EDNS");
	cr_expect(dns_case_mix(mixed, n, UINT64_MAX));
	cr_expect(memcmp(mixed, plain, n) == 0);
}

Test(dns_case, takes_a_bit_a_letter)
{
	uint8_t plain[DNS_QUERY_MAX], mixed[DNS_QUERY_MAX];
	char name[128];

	for (unsigned i = 0; i < 127; i++)
		name[i] = i == 63 ? '.' : 'a';
	name[127] = '\0';
	size_t n = question(plain, name);
	memcpy(mixed, plain, n);
	cr_expect(!dns_case_mix(mixed, n, 0));
	cr_expect(memcmp(mixed, plain, n) == 0);
	for (unsigned i = 0; i < 64; i++) {
		memcpy(mixed, plain, n);
		cr_expect(dns_case_mix(mixed, n, 1ull << i));
		size_t at = 13 + i + (i >= 63); /* a length between the labels */
		for (size_t k = 0; k < n; k++)
			cr_expect_eq(mixed[k] != plain[k], k == at, "bit %u, byte %zu", i, k);
	}
	n = question(plain, "1.2");
	cr_expect(!dns_case_mix(plain, n, UINT64_MAX), "no letters");
}

Test(dns_case, is_off_until_started_and_learns)
{
	struct dns_case c = {DNS_CASE_OFF, 0, 0, 0};

	dns_case_learn(&c, true);
	dns_case_answer(&c, false);
	cr_expect_eq(c.state, DNS_CASE_OFF);
	dns_case_start(&c);
	for (unsigned i = 0; i < 7; i++)
		dns_case_learn(&c, true);
	for (unsigned i = 0; i < 100; i++)
		dns_case_answer(&c, true);
	cr_expect_eq(c.state, DNS_CASE_LEARNING, "nothing is strange yet");
	dns_case_learn(&c, true);
	cr_expect_eq(c.state, DNS_CASE_KEPT);
	dns_case_learn(&c, false);
	cr_expect_eq(c.state, DNS_CASE_KEPT, "asked before it was known");
	dns_case_start(&c);
	for (unsigned i = 0; i < 7; i++)
		dns_case_learn(&c, true);
	dns_case_learn(&c, false);
	cr_expect_eq(c.state, DNS_CASE_OFF);
}

static struct dns_case kept(void)
{
	struct dns_case c;

	dns_case_start(&c);
	for (unsigned i = 0; i < 8; i++)
		dns_case_learn(&c, true);
	return c;
}

Test(dns_case, bears_a_quarter_of_strange_answers)
{
	struct dns_case c = kept();

	for (unsigned i = 0; i < 10000; i++)
		dns_case_answer(&c, i % 4 == 0);
	cr_expect_eq(c.state, DNS_CASE_KEPT);
	c = kept();
	for (unsigned i = 0; i < 64; i++)
		dns_case_answer(&c, i < 17);
	cr_expect_eq(c.state, DNS_CASE_OFF);
	c = kept();
	for (unsigned i = 0; i < 128; i++)
		dns_case_answer(&c, i >= 48 && i < 80);
	cr_expect_eq(c.state, DNS_CASE_KEPT, "sixteen in each of two runs of sixty-four");
}

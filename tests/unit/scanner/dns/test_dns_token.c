/* The token of a question: the same for the same question, another for any other. */
#include <criterion/criterion.h>
#include <string.h>

#include "parsers/dnsmsg.h"
#include "parsers/limits.h"
#include "scanner/dns/dns_token.h"

#define KEY 0x0123456789abcdefu

static struct dns_token token_of(const char *name, uint16_t type, uint64_t key)
{
	uint8_t packet[DNS_QUERY_MAX];
	struct dns_token t;
	size_t n = dnsmsg_query(packet, sizeof(packet), 7, span_str(name), type, false);

	cr_assert(n > 0 && dns_token_of(&t, packet, n, key, false) == 0, "%s", name);
	cr_assert_eq(strlen(t.label), DNS_TOKEN_LABEL);
	return t;
}

static bool same(struct dns_token a, struct dns_token b)
{
	return a.type == b.type && strcmp(a.label, b.label) == 0;
}

Test(dns_token, differs_with_name_type_and_key)
{
	struct dns_token t = token_of("_mta-sts.example.com", DNS_TYPE_TXT, KEY);

	cr_expect(same(t, token_of("_mta-sts.example.com", DNS_TYPE_TXT, KEY)));
	cr_expect(same(t, token_of("_MTA-sts.Example.COM", DNS_TYPE_TXT, KEY)), "RFC 4343");
	cr_expect_not(same(t, token_of("_mta-sts.example.con", DNS_TYPE_TXT, KEY)));
	cr_expect_not(same(t, token_of("_mta-sts.example.com", DNS_TYPE_MX, KEY)));
	cr_expect_not(same(t, token_of("_mta-sts.example.com", DNS_TYPE_TXT, KEY + 1)));
}

/* '@' and '[' stand before 'A' and after 'Z'; with bit 5 they would be other characters. */
Test(dns_token, only_letters_have_a_case)
{
	cr_expect_not(same(token_of("a@b", DNS_TYPE_A, KEY), token_of("a`b", DNS_TYPE_A, KEY)));
	cr_expect_not(same(token_of("a[b", DNS_TYPE_A, KEY), token_of("a{b", DNS_TYPE_A, KEY)));
	cr_expect(same(token_of("aZb", DNS_TYPE_A, KEY), token_of("azb", DNS_TYPE_A, KEY)));
	cr_expect(
		same(token_of("\xc3\x81", DNS_TYPE_A, KEY), token_of("\xc3\x81", DNS_TYPE_A, KEY)));
	cr_expect_not(
		same(token_of("\xc3\x81", DNS_TYPE_A, KEY), token_of("\xc3\xa1", DNS_TYPE_A, KEY)));
}

/* Every length up to the longest: what lies behind the question does not count. */
Test(dns_token, holds_for_names_of_any_length)
{
	char name[NAME_TEXT_MAX + 1];

	for (unsigned n = 1; n <= NAME_TEXT_MAX; n++) {
		for (unsigned i = 0; i < n; i++)
			name[i] = i % 64 == 63 ? '.' : 'x';
		name[n] = '\0';
		if (name[n - 1] == '.')
			continue;
		struct dns_token t = token_of(name, DNS_TYPE_TXT, KEY);
		cr_expect(same(t, token_of(name, DNS_TYPE_TXT, KEY)));
		name[n - 1] = 'y';
		cr_expect_not(same(t, token_of(name, DNS_TYPE_TXT, KEY)), "%u", n);
	}
}

Test(dns_token, is_a_message_of_one_question)
{
	struct dns_token t = token_of("example.com", DNS_TYPE_MX, KEY);
	uint8_t query[DNS_TOKEN_N], answer[DNS_TOKEN_N];
	char asked[DNS_NAME_TEXT_MAX], answered[DNS_NAME_TEXT_MAX];
	struct dnsmsg q, a;

	dns_token_write(&t, 0x1234, DNS_TOKEN_QUERY, query);
	dns_token_write(&t, 0x1234, DNS_TOKEN_ANSWER, answer);
	cr_assert_eq(dnsmsg_parse(&q, query, sizeof(query)), 0);
	cr_assert_eq(dnsmsg_parse(&a, answer, sizeof(answer)), 0);
	cr_expect(!q.qr && q.rd && a.qr && a.rcode == DNS_RCODE_NOTIMP);
	cr_expect(q.id == 0x1234 && q.qtype == t.type && q.qclass == 1);
	cr_expect(a.id == q.id && a.qtype == q.qtype && a.qclass == q.qclass);
	cr_expect_gt(dnsmsg_name(&q, q.qname, asked), 0);
	cr_expect_gt(dnsmsg_name(&a, a.qname, answered), 0);
	cr_expect_str_eq(answered, asked);
}

Test(dns_token, needs_exactly_one_question)
{
	static const uint8_t none[12] = {0};
	struct dns_token t;

	cr_expect_eq(dns_token_of(&t, none, sizeof(none), KEY, false), -1);
	cr_expect_eq(dns_token_of(&t, none, 3, KEY, false), -1);
	cr_expect_eq(dns_token_of(&t, NULL, 0, KEY, false), -1);
}

/* test_hostname.c - the grammar of host names, their parts and their distance. */
#include <criterion/criterion.h>
#include <stdint.h>

#include "parsers/hostname.h"
#include "tests/support/guard.h"

Test(hostname, check)
{
	static const struct {
		const char *name;
		enum hostname_fault fault;
		size_t at;
	} cases[] = {
		{"a", HOSTNAME_OK, 0},
		{"mail.example.com", HOSTNAME_OK, 0},
		{"xn--mnchen-3ya.example", HOSTNAME_OK, 0},
		{"1.2.3.4", HOSTNAME_OK, 0},
		{"", HOSTNAME_EMPTY, 0},
		{"a..b", HOSTNAME_LABEL_EMPTY, 2},
		{".a", HOSTNAME_LABEL_EMPTY, 0},
		{"a.", HOSTNAME_LABEL_EMPTY, 2},
		{"a_b.c", HOSTNAME_CHARACTER, 1},
		{"a b", HOSTNAME_CHARACTER, 1},
		{"*.a", HOSTNAME_CHARACTER, 0},
		{"a.-b", HOSTNAME_HYPHEN, 2},
		{"a-.b", HOSTNAME_HYPHEN, 1},
		{"a-", HOSTNAME_HYPHEN, 1},
		{"m\xc3\xbc", HOSTNAME_CHARACTER, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard g = guard_copy(cases[i].name, strlen(cases[i].name));
		size_t at;
		enum hostname_fault fault = hostname_check(span_of(g.p, g.n), &at);
		cr_expect_eq(fault, cases[i].fault, "%s: %d", cases[i].name, fault);
		cr_expect(fault == HOSTNAME_OK || at == cases[i].at, "%s: at %zu", cases[i].name,
			  at);
		guard_free(&g);
	}
}

Test(hostname, lengths)
{
	char label[64 + 1], name[300];
	size_t at;

	memset(label, 'a', sizeof(label));
	cr_expect_eq(hostname_check(span_of(label, 63), &at), HOSTNAME_OK);
	cr_expect_eq(hostname_check(span_of(label, 64), &at), HOSTNAME_LABEL_LONG);
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	cr_expect_eq(hostname_check(span_of(name, 253), &at), HOSTNAME_OK);
	cr_expect_eq(hostname_check(span_of(name, 255), &at), HOSTNAME_LONG);
	cr_expect_eq(hostname_check(span_of(name, 254), &at), HOSTNAME_LONG);
}

Test(hostname, parts)
{
	struct span name = SPAN_LIT("a.b.example.com");

	cr_expect(span_eq(hostname_tail(name, 2), SPAN_LIT("example.com")));
	cr_expect(span_eq(hostname_tail(name, 9), name));
	cr_expect(span_eq(hostname_parent(name), SPAN_LIT("b.example.com")));
	cr_expect_null(hostname_parent(SPAN_LIT("com")).p);
	cr_expect_eq(hostname_labels(name), 4);
	cr_expect(hostname_under(name, SPAN_LIT("EXAMPLE.com")));
	cr_expect(hostname_under(name, name));
	cr_expect_not(hostname_under(SPAN_LIT("badexample.com"), SPAN_LIT("example.com")));
	cr_expect(hostname_has_label(SPAN_LIT("x.MTA-STS.y"), SPAN_LIT("mta-sts")));
	cr_expect_not(hostname_has_label(SPAN_LIT("x.amta-sts.y"), SPAN_LIT("mta-sts")));
	cr_expect(hostname_is_ipv4(SPAN_LIT("192.0.2.255")));
	cr_expect_not(hostname_is_ipv4(SPAN_LIT("192.0.2.256")));
	cr_expect_not(hostname_is_ipv4(SPAN_LIT("192.0.2")));
	cr_expect_not(hostname_is_ipv4(SPAN_LIT("192.0.2.1.")));
}

/* The band against the textbook's full table. */
static unsigned distance_full(const char *a, const char *b)
{
	unsigned d[24][24];
	size_t n = strlen(a), m = strlen(b);

	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
			d[i][j] = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
		}
	return d[n][m];
}

Test(hostname, distance_agrees_with_the_full_table)
{
	uint32_t seed = 1;
	char a[12], b[12];
	unsigned near = 0;

	for (int round = 0; round < 200000; round++) {
		char *text[] = {a, b};
		for (int t = 0; t < 2; t++) {
			seed = seed * 1103515245 + 12345;
			size_t n = seed >> 20 & 7;
			for (size_t i = 0; i < n; i++) {
				seed = seed * 1103515245 + 12345;
				text[t][i] = (char)('a' + (seed >> 22) % 3);
			}
			text[t][n] = '\0';
		}
		unsigned want = distance_full(a, b);
		for (unsigned max = 0; max <= HOSTNAME_DISTANCE_MAX; max++) {
			unsigned got = hostname_distance(span_str(a), span_str(b), max);
			unsigned capped = want <= max ? want : max + 1;
			cr_assert_eq(got, capped, "%s %s max %u: %u, wanted %u", a, b, max, got,
				     capped);
			near += want <= max;
		}
	}
	cr_assert_gt(near, 1000);
}

/* Any byte may stand in a span: NUL ends nothing, and only letters have a case. */
Test(span, compares_without_case)
{
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char x[3] = {'\0', (char)a, 'Z'}, y[3] = {'\0', (char)b, 'z'};
			bool letters =
				((a | 0x20) >= 'a' && (a | 0x20) <= 'z') && a < 128 && b < 128;
			bool want = a == b || (letters && (a ^ b) == 0x20);
			cr_assert_eq(span_ieq(span_of(x, 3), span_of(y, 3)), want, "%02x %02x", a,
				     b);
		}
}

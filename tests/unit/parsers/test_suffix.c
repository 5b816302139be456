/* Public suffixes and registrable domains, from the list the system ships. */
#include <criterion/criterion.h>

#include "parsers/suffix.h"

Test(suffix, table)
{
	static const struct {
		const char *name, *registrable; /* NULL: none */
		bool public_suffix;
	} rows[] = {
		{"com", NULL, true},
		{"co.uk", NULL, true},
		{"example.com", "example.com", false},
		{"a.b.example.com", "example.com", false},
		{"a.example.co.uk", "example.co.uk", false},
		{"github.io", NULL, true}, /* the list's private part counts */
		{"user.github.io", "user.github.io", false},
		{"foo.ck", NULL, true}, /* a wildcard, and its exception */
		{"www.ck", "www.ck", false},
		{"xn--55qx5d.cn", NULL, true},
		{"shop.xn--55qx5d.cn", "shop.xn--55qx5d.cn", false},
		{"nosuchtld", NULL, true},
		{"host.nosuchtld", "host.nosuchtld", false},
		{"", NULL, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span found = suffix_registrable(span_str(rows[i].name));
		cr_expect(rows[i].registrable == NULL
				  ? found.p == NULL
				  : span_eq(found, span_str(rows[i].registrable)),
			  "%s: %.*s", rows[i].name, (int)found.n, found.p ? found.p : "");
		cr_expect_eq(suffix_is_public(span_str(rows[i].name)), rows[i].public_suffix, "%s",
			     rows[i].name);
	}
}

Test(suffix, what_is_no_name_has_none)
{
	char text[300];

	memset(text, 'a', sizeof(text));
	cr_expect_null(suffix_registrable(span_of(text, sizeof(text))).p);
	cr_expect_null(suffix_registrable(SPAN_LIT("a\0.example.com")).p);
	cr_expect_null(suffix_registrable(SPAN_NULL).p);
}

/* Whom we may contact: special addresses, our own, what was allowed, what was excluded. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <ifaddrs.h>
#include <stdio.h>

#include "scanner/hosts/reach.h"
#include "tests/support/scratch.h"

static const char *blocked(const struct reach *r, const char *text)
{
	struct netaddr a;

	cr_assert_eq(netaddr_parse(span_str(text), &a), 0, "%s", text);
	return reach_blocked(r, &a);
}

static int exclude(struct reach *r, const char *text, struct errmsg *err)
{
	char path[128];

	scratch_write("exclude", text, strlen(text));
	snprintf(path, sizeof(path), "%s/exclude", scratch_dir());
	return reach_exclude_file(r, path, err);
}

Test(reach, global_addresses_only)
{
	struct reach *r = reach_new();

	cr_expect_null(blocked(r, "8.8.8.8"));
	cr_expect_null(blocked(r, "2606:4700::1111"));
	cr_expect_not_null(blocked(r, "127.0.0.1"));
	cr_expect_not_null(blocked(r, "169.254.169.254"));
	cr_expect_not_null(blocked(r, "::ffff:10.0.0.1"));
	cr_expect_not_null(blocked(r, "64:ff9b::a00:1"));
	reach_free(r);
}

static bool is_own(const struct reach *r, const char *text)
{
	const char *why = blocked(r, text);

	return why != NULL && strcmp(why, "our own") == 0;
}

/* Those of every interface, loopback's among them, whatever they are otherwise. */
Test(reach, interface_addresses)
{
	struct reach *r = reach_new(), *without = reach_new();
	struct ifaddrs *list = NULL;
	struct errmsg err;
	unsigned seen = 0;

	reach_allow_own(without);
	cr_assert_eq(getifaddrs(&list), 0);
	for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL)
			continue;
		int family = i->ifa_addr->sa_family;
		char text[INET6_ADDRSTRLEN];
		const void *bytes =
			&((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
		if (family == AF_INET)
			bytes = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
		if ((family != AF_INET && family != AF_INET6) ||
		    inet_ntop(family, bytes, text, sizeof(text)) == NULL)
			continue;
		seen++;
		cr_expect(is_own(r, text), "%s", text);
		cr_expect(!is_own(without, text), "%s", text);
	}
	freeifaddrs(list);
	cr_expect_gt(seen, 0);
	cr_expect(is_own(r, "127.0.0.1") && !is_own(r, "8.8.8.8"));
	cr_expect(is_own(r, "64:ff9b::127.0.0.1"), "inside of NAT64");
	cr_assert_eq(reach_allow(r, "127.0.0.0/8", &err), 0);
	cr_expect_null(blocked(r, "127.0.0.1"), "a lab says so");
	reach_free(r);
	reach_free(without);
}

Test(reach, allowed_and_excluded)
{
	struct reach *r = reach_new();
	struct errmsg err;

	cr_assert_eq(reach_allow(r, "127.0.0.0/8", &err), 0);
	cr_assert_eq(reach_allow(r, "10.1.2.3", &err), 0);
	cr_expect_null(blocked(r, "127.5.5.5"));
	cr_expect_null(blocked(r, "10.1.2.3"));
	cr_expect_not_null(blocked(r, "10.1.2.4"));
	cr_expect_not_null(blocked(r, "::1"), "the other family's loopback was not named");
	cr_assert_eq(exclude(r, "127.0.0.5\n9.9.9.0/24 # a request\n2001:4860::/32", &err), 0);
	cr_expect_str_eq(blocked(r, "127.0.0.5"), "excluded", "exclusion beats --allow-net");
	cr_expect_str_eq(blocked(r, "9.9.9.9"), "excluded");
	cr_expect_str_eq(blocked(r, "64:ff9b::9.9.9.9"), "excluded", "inside of NAT64");
	cr_expect_str_eq(blocked(r, "2001:4860:4860::8888"), "excluded");
	cr_expect_null(blocked(r, "9.9.10.9"));
	reach_free(r);
}

static const char *chosen(const struct reach *r, const char *text)
{
	struct netaddr a;

	cr_assert_eq(netaddr_parse(span_str(text), &a), 0, "%s", text);
	const char *why = reach_chosen(r, &a);
	cr_expect(why == NULL || reach_blocked(r, &a) != NULL, "%s is chosen, but not blocked",
		  text);
	return why != NULL ? why : "not";
}

/* What is our choice alone must not be told as the domain's fault, nor the other way round. */
Test(reach, choice_and_fault)
{
	struct reach *r = reach_new();
	struct errmsg err;

	cr_assert_eq(reach_allow(r, "127.0.0.0/8", &err), 0);
	cr_assert_eq(exclude(r, "9.9.9.0/24\n127.0.0.5\n10.0.0.0/8\n2001:4860::/32", &err), 0);
	cr_expect_str_eq(chosen(r, "9.9.9.9"), "excluded");
	cr_expect_str_eq(chosen(r, "64:ff9b::9.9.9.9"), "excluded");
	cr_expect_str_eq(chosen(r, "2001:4860::1"), "excluded");
	cr_expect_str_eq(chosen(r, "127.0.0.5"), "excluded", "allowed, so no fault");
	cr_expect_str_eq(chosen(r, "10.1.2.3"), "not", "nobody can reach it, excluded or not");
	cr_expect_str_eq(chosen(r, "192.168.1.1"), "not");
	cr_expect_str_eq(chosen(r, "8.8.8.8"), "not");
	reach_free(r);
}

Test(reach, names_with_everything_below_them)
{
	struct reach *r = reach_new();
	struct errmsg err;

	cr_assert_eq(exclude(r,
			     "# opted out\n\nExample.ORG.\n  b\xc3\xbc"
			     "cher.example \r\nx.net",
			     &err),
		     0, "%s", err.text);
	cr_expect(reach_excludes_name(r, SPAN_LIT("example.org")));
	cr_expect(reach_excludes_name(r, SPAN_LIT("a.b.example.org")));
	cr_expect(reach_excludes_name(r, SPAN_LIT("xn--bcher-kva.example")));
	cr_expect(reach_excludes_name(r, SPAN_LIT("x.net")), "the last line without its end");
	cr_expect_not(reach_excludes_name(r, SPAN_LIT("notexample.org")));
	cr_expect_not(reach_excludes_name(r, SPAN_LIT("org")));
	cr_expect_not(reach_excludes_name(r, SPAN_LIT("example.org.net")));
	cr_expect_not(reach_excludes_name(r, SPAN_LIT("")));
	reach_free(r);
}

Test(reach, what_cannot_be_read_is_named)
{
	struct reach *r = reach_new();
	struct errmsg err;

	cr_expect_eq(exclude(r, "example.org\nno name at all\n", &err), -1);
	cr_expect_not_null(strstr(err.text, "exclude:2:"), "%s", err.text);
	cr_expect_eq(exclude(r, "10.0.0.0/33\n", &err), -1);
	cr_expect_eq(reach_exclude_file(r, "/nonexistent/list", &err), -1);
	cr_expect_eq(reach_allow(r, "10.0.0.0/33", &err), -1);
	cr_expect_eq(reach_allow(r, "", &err), -1);
	reach_free(r);
}

static void learn(struct reach *r, const char *shown)
{
	struct netaddr a;

	cr_assert_eq(netaddr_parse(span_str(shown), &a), 0, "%s", shown);
	reach_learn_nat64(r, &a);
}

/* The translator of this network carries packets into it. */
Test(reach, behind_the_networks_own_nat64)
{
	struct reach *r = reach_new();
	struct errmsg err;

	cr_expect_null(blocked(r, "2606:4700:64::10.0.0.1"));
	learn(r, "2606:4700:64::192.0.0.170");
	learn(r, "2606:4700:64::192.0.0.171"); /* the same prefix again */
	cr_expect_str_eq(blocked(r, "2606:4700:64::10.0.0.1"), blocked(r, "10.0.0.1"));
	cr_expect_str_eq(chosen(r, "2606:4700:64::10.0.0.1"), "not", "nobody can reach it");
	cr_expect_str_eq(blocked(r, "2606:4700:64::169.254.169.254"),
			 blocked(r, "169.254.169.254"));
	cr_expect_str_eq(blocked(r, "2606:4700:64::127.0.0.1"), "our own");
	cr_expect_null(blocked(r, "2606:4700:64::8.8.8.8"));
	cr_expect_null(blocked(r, "2606:4700:65::10.0.0.1"));
	cr_assert_eq(exclude(r, "9.9.9.0/24", &err), 0);
	cr_expect_str_eq(blocked(r, "2606:4700:64::9.9.9.9"), "excluded");
	cr_expect_str_eq(chosen(r, "2606:4700:64::9.9.9.9"), "excluded");
	/* What shows no prefix teaches nothing, and there is room for some. */
	learn(r, "2606:4700::1");
	for (unsigned i = 0; i < 100; i++)
		learn(r, "2606:4700:66::192.0.0.170");
	cr_expect_null(blocked(r, "2606:4700:67::10.0.0.1"));
	reach_free(r);
}

/* Four prefixes, each shown as often as the network likes; a fifth is one too many. */
Test(reach, so_many_prefixes_and_no_more)
{
	struct reach *r = reach_new();
	char text[64];

	for (unsigned again = 0; again < 3; again++)
		for (unsigned i = 0; i < 4; i++) {
			snprintf(text, sizeof(text), "2606:4700:%u::192.0.0.170", 64 + i);
			learn(r, text);
			if (again == 0 && i == 0)
				learn(r, text);
		}
	learn(r, "2606:4700:68::192.0.0.170");
	for (unsigned i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "2606:4700:%u::10.0.0.1", 64 + i);
		cr_expect_str_eq(blocked(r, text), blocked(r, "10.0.0.1"), "%s", text);
	}
	cr_expect_null(blocked(r, "2606:4700:68::10.0.0.1"));
	reach_free(r);
}

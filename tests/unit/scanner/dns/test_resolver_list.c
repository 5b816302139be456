/* Resolvers from options, files and resolv.conf. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>

#include "scanner/dns/resolver_list.h"
#include "tests/support/scratch.h"

static const char *list_file(const char *text)
{
	static char path[128];

	scratch_write("list", text, strlen(text));
	snprintf(path, sizeof(path), "%s/list", scratch_dir());
	return path;
}

Test(resolver_list, forms_of_an_address)
{
	static const struct {
		const char *text, *name; /* NULL: refused */
	} rows[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1:53", "192.0.2.1"},
		{"192.0.2.1:5300", "192.0.2.1:5300"},
		{"2001:DB8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"[2001:db8::1]:5300", "[2001:db8::1]:5300"},
		{"192.0.2.1:0", NULL},
		{"192.0.2.1:65536", NULL},
		{"192.0.2.1:", NULL},
		{"192.0.2.1:+53", NULL},
		{"192.0.2.1:53x", NULL},
		{"192.0.2.256", NULL},
		{"[2001:db8::1", NULL},
		{"[2001:db8::1]5300", NULL},
		{"fe80::1%eth0", NULL},
		{"resolver.example", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct resolver_list l = {0};
		struct errmsg err;
		int rc = resolver_list_add(&l, rows[i].text, &err);
		cr_expect_eq(rc == 0, rows[i].name != NULL, "%s", rows[i].text);
		if (rc == 0)
			cr_expect_str_eq(l.name[0], rows[i].name);
		resolver_list_release(&l);
	}
}

Test(resolver_list, address_and_port_are_the_socket_s)
{
	struct resolver_list l = {0};
	struct errmsg err;

	cr_assert_eq(resolver_list_add(&l, "192.0.2.1:5300", &err), 0);
	cr_assert_eq(resolver_list_add(&l, "[2001:db8::1]:853", &err), 0);
	const struct sockaddr_in *in = (const void *)&l.address[0];
	const struct sockaddr_in6 *in6 = (const void *)&l.address[1];
	cr_expect_eq(in->sin_family, AF_INET);
	cr_expect_eq(ntohs(in->sin_port), 5300);
	cr_expect_eq(ntohl(in->sin_addr.s_addr), 0xc0000201);
	cr_expect_eq(in6->sin6_family, AF_INET6);
	cr_expect_eq(ntohs(in6->sin6_port), 853);
	cr_expect_eq(in6->sin6_addr.s6_addr[15], 1);
	resolver_list_release(&l);
}

Test(resolver_list, each_once_and_not_too_many)
{
	struct resolver_list l = {0};
	struct errmsg err;
	char text[32];

	for (unsigned i = 0; i < RESOLVER_UPSTREAM_MAX; i++) {
		snprintf(text, sizeof(text), "198.51.100.%u:%u", i % 250, 1000 + i);
		cr_assert_eq(resolver_list_add(&l, text, &err), 0, "%s", err.text);
	}
	cr_expect_eq(resolver_list_add(&l, "198.51.100.0:1000", &err), 0, "it is there already");
	cr_expect_eq(l.n, RESOLVER_UPSTREAM_MAX);
	cr_expect_eq(resolver_list_add(&l, "192.0.2.1", &err), -1);
	resolver_list_release(&l);
}

Test(resolver_list, files)
{
	struct resolver_list l = {0};
	struct errmsg err;

	cr_expect_eq(resolver_list_add_file(
			     &l, list_file("# ours\n\n192.0.2.1 # a\n;b\n 192.0.2.2"), &err),
		     0, "%s", err.text);
	cr_expect_eq(l.n, 2);
	cr_expect_eq(resolver_list_add_file(&l, list_file("192.0.2.3\nnonsense\n"), &err), -1);
	cr_expect_not_null(strstr(err.text, "list:2:"), "%s", err.text);
	resolver_list_release(&l);
	cr_expect_eq(resolver_list_add_file(&l, list_file("# none\n"), &err), -1);
	cr_expect_eq(resolver_list_add_file(&l, "/nonexistent/list", &err), -1);
}

Test(resolver_list, resolv_conf)
{
	struct resolver_list l = {0};
	struct errmsg err;
	const char *path = list_file("search example.org\nnameserver fe80::1%eth0\n"
				     "nameserver 192.0.2.53\noptions edns0\nnameserver\n"
				     "#nameserver 192.0.2.54\n");

	cr_expect_eq(resolver_list_add_system(&l, path, &err), 0, "%s", err.text);
	cr_expect_eq(l.n, 1);
	cr_expect_str_eq(l.name[0], "192.0.2.53");
	resolver_list_release(&l);
	cr_expect_eq(resolver_list_add_system(&l, list_file("search x\n"), &err), -1);
}

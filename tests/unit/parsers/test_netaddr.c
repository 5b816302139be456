/* Which addresses a stranger may make us contact: a table of both sides of every edge. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "parsers/netaddr.h"
#include "tests/support/guard.h"

/* `what` is a word of the expected answer, NULL for a global address. */
static const struct {
	const char *address, *what;
} addresses[] = {
	/* zero, and ordinary neighbours */
	{"0.0.0.0", "this network"},
	{"0.0.0.1", "this network"},
	{"0.255.255.255", "this network"},
	{"1.0.0.0", NULL},
	{"1.1.1.1", NULL},
	{"8.8.8.8", NULL},
	/* private */
	{"9.255.255.255", NULL},
	{"10.0.0.0", "private"},
	{"10.255.255.255", "private"},
	{"11.0.0.0", NULL},
	{"172.15.255.255", NULL},
	{"172.16.0.0", "private"},
	{"172.31.255.255", "private"},
	{"172.32.0.0", NULL},
	{"192.167.255.255", NULL},
	{"192.168.0.0", "private"},
	{"192.168.255.255", "private"},
	{"192.169.0.0", NULL},
	/* shared address space; Alibaba's metadata service lives here */
	{"100.63.255.255", NULL},
	{"100.64.0.0", "CGNAT"},
	{"100.100.100.200", "CGNAT"},
	{"100.127.255.255", "CGNAT"},
	{"100.128.0.0", NULL},
	/* loopback */
	{"126.255.255.255", NULL},
	{"127.0.0.0", "loopback"},
	{"127.0.0.1", "loopback"},
	{"127.255.255.255", "loopback"},
	{"128.0.0.0", NULL},
	/* link-local and cloud metadata */
	{"169.253.255.255", NULL},
	{"169.254.0.0", "link-local"},
	{"169.254.169.253", "link-local"},
	{"169.254.169.254", "metadata"},
	{"169.254.170.2", "link-local"},
	{"169.254.255.255", "link-local"},
	{"169.255.0.0", NULL},
	{"168.63.129.15", NULL},
	{"168.63.129.16", "metadata"},
	{"168.63.129.17", NULL},
	/* protocol assignments; Oracle's metadata service lives here */
	{"191.255.255.255", NULL},
	{"192.0.0.0", "protocol"},
	{"192.0.0.192", "protocol"},
	{"192.0.0.255", "protocol"},
	{"192.0.1.0", NULL},
	/* documentation */
	{"192.0.1.255", NULL},
	{"192.0.2.0", "documentation"},
	{"192.0.2.255", "documentation"},
	{"192.0.3.0", NULL},
	{"198.51.99.255", NULL},
	{"198.51.100.0", "documentation"},
	{"198.51.100.255", "documentation"},
	{"198.51.101.0", NULL},
	{"203.0.112.255", NULL},
	{"203.0.113.0", "documentation"},
	{"203.0.113.255", "documentation"},
	{"203.0.114.0", NULL},
	/* 6to4 relays */
	{"192.88.98.255", NULL},
	{"192.88.99.0", "6to4"},
	{"192.88.99.255", "6to4"},
	{"192.88.100.0", NULL},
	/* benchmarking */
	{"198.17.255.255", NULL},
	{"198.18.0.0", "benchmarking"},
	{"198.19.255.255", "benchmarking"},
	{"198.20.0.0", NULL},
	/* multicast, reserved, broadcast */
	{"223.255.255.255", NULL},
	{"224.0.0.0", "multicast"},
	{"224.0.0.251", "multicast"},
	{"239.255.255.255", "multicast"},
	{"240.0.0.0", "reserved"},
	{"255.255.255.254", "reserved"},
	{"255.255.255.255", "broadcast"},
	/* IPv6: zero, loopback, v4-compatible */
	{"::", "unspecified"},
	{"::1", "loopback"},
	{"::2", "this network"},
	{"::127.0.0.1", "loopback"},
	{"::169.254.169.254", "metadata"},
	{"::8.8.8.8", "v4-compatible"},
	{"::1:0:0", "reserved"},
	/* v4-mapped and v4-translated */
	{"::fffe:8.8.8.8", "reserved"},
	{"::ffff:0.0.0.0", "this network"},
	{"::ffff:127.0.0.1", "loopback"},
	{"::ffff:10.0.0.1", "private"},
	{"::ffff:169.254.169.254", "metadata"},
	{"::ffff:8.8.8.8", "v4-mapped"},
	{"::ffff:255.255.255.255", "broadcast"},
	{"::1:0:0:0", "reserved"},
	{"::ffff:0:192.168.0.1", "private"},
	{"::ffff:0:8.8.8.8", "v4-translated"},
	/* NAT64 */
	{"64:ff9b::8.8.8.8", NULL},
	{"64:ff9b::127.0.0.1", "loopback"},
	{"64:ff9b::10.1.2.3", "private"},
	{"64:ff9b::169.254.169.254", "metadata"},
	{"64:ff9b::100.64.0.1", "CGNAT"},
	{"64:ff9b::100.63.255.255", NULL},
	{"64:ff9b::1:808:808", "reserved"},
	{"64:ff9a:ffff:ffff:ffff:ffff:808:808", "reserved"},
	{"64:ff9b:0:ffff:ffff:ffff:808:808", "reserved"},
	{"64:ff9b:1::8.8.8.8", "local-use"},
	{"64:ff9b:1::10.0.0.1", "private"},
	{"64:ff9b:1:7f00:0:100::", "loopback"},
	{"64:ff9b:1:808:8:800::", "local-use"},
	{"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "broadcast"},
	{"64:ff9b:2::8.8.8.8", "reserved"},
	/* discard */
	{"ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"},
	{"100::", "discard"},
	{"100::ffff:ffff:ffff:ffff", "discard"},
	{"100:0:0:1::", "reserved"},
	/* the edges of global unicast, and of 2001::/23 */
	{"1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"},
	{"2000::", NULL},
	{"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"2001:1::1", "protocol"},
	{"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol"},
	{"2001:200::", NULL},
	{"2001:4860:4860::8888", NULL},
	{"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"3fff:1000::", NULL},
	{"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"4000::", "reserved"},
	{"5f00::1", "segment"},
	{"5f01::1", "reserved"},
	/* Teredo: client 127.0.0.1, client 8.8.8.8 */
	{"2001::", "broadcast"},
	{"2001:0:4136:e378:8000:63bf:80ff:fffe", "loopback"},
	{"2001:0:4136:e378:8000:63bf:f7f7:f7f7", "Teredo"},
	{"2001:1::", "protocol"},
	/* ISATAP */
	{"2a00:1450::5efe:8.8.8.8", NULL},
	{"2a00:1450::200:5efe:8.8.8.8", NULL},
	{"2a00:1450::5efe:127.0.0.1", "loopback"},
	{"2a00:1450::200:5efe:169.254.169.254", "metadata"},
	{"2a00:1450:1:2:100:5efe:10.0.0.1", "private"},
	{"2a00:1450:1:2:300:5efe:10.0.0.1", "private"},
	{"2a00:1450:1:2:400:5efe:10.0.0.1", NULL},
	{"2a00:1450:1:2:0:5eff:10.0.0.1", NULL},
	{"2a00:1450:1:2:1:5efe:10.0.0.1", NULL},
	/* benchmarking, ORCHID */
	{"2001:2::", "benchmarking"},
	{"2001:2:0:ffff:ffff:ffff:ffff:ffff", "benchmarking"},
	{"2001:2:1::", "protocol"},
	{"2001:f:ffff::", "protocol"},
	{"2001:10::", "ORCHID "},
	{"2001:1f:ffff::", "ORCHID "},
	{"2001:20::", "ORCHIDv2"},
	{"2001:2f:ffff::", "ORCHIDv2"},
	{"2001:30::", "protocol"},
	/* documentation */
	{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"2001:db8::", "documentation"},
	{"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
	{"2001:db9::", NULL},
	{"3fff::", "documentation"},
	{"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"},
	/* 6to4 */
	{"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{"2002:808:808::1", NULL},
	{"2002:7f00:1::1", "loopback"},
	{"2002:a9fe:a9fe::1", "metadata"},
	{"2002:c0a8:101::1", "private"},
	{"2002:9ff:ffff::", NULL},
	{"2002:a00::", "private"},
	{"2002::", "this network"},
	{"2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "broadcast"},
	{"2003::", NULL},
	/* unique local; AWS' and Google's IPv6 metadata services live here */
	{"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"},
	{"fc00::", "unique local"},
	{"fd00:ec2::254", "unique local"},
	{"fd20:ce::254", "unique local"},
	{"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique local"},
	{"fe00::", "reserved"},
	/* link-local, site-local, multicast */
	{"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "reserved"},
	{"fe80::", "link-local"},
	{"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"},
	{"fec0::", "site-local"},
	{"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local"},
	{"ff00::", "multicast"},
	{"ff02::1", "multicast"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Static_assert(COUNT(addresses) >= 80, "the table promises at least eighty addresses");

Test(special, table)
{
	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct netaddr a;
		cr_assert_eq(netaddr_parse(span_str(addresses[i].address), &a), 0, "%s",
			     addresses[i].address);
		const char *what = netaddr_special(&a);
		bool right = addresses[i].what == NULL
				     ? what == NULL
				     : what != NULL && strstr(what, addresses[i].what) != NULL;
		cr_expect(right, "%s is %s, not %s", addresses[i].address, what ? what : "global",
			  addresses[i].what ? addresses[i].what : "global");
	}
}

Test(special, what_is_no_address_is_never_contacted)
{
	cr_expect_not_null(netaddr_special(&(struct netaddr){0}));
}

Test(embedded, table)
{
	static const struct {
		const char *address, *v4;
	} rows[] = {
		{"8.8.8.8", NULL},
		{"2001:4860:4860::8888", NULL},
		{"::ffff:1.2.3.4", "1.2.3.4"},
		{"::ffff:0:1.2.3.4", "1.2.3.4"},
		{"::1.2.3.4", "1.2.3.4"},
		{"64:ff9b::1.2.3.4", "1.2.3.4"},
		{"64:ff9b:1::1.2.3.4", "1.2.3.4"},
		{"64:ff9b:1:102:3:400::", "1.2.3.4"},
		{"2002:102:304:ffff::1", "1.2.3.4"},
		{"2001:0:909:909:0:0:fefd:fcfb", "1.2.3.4"},
		{"2a00:1450::5efe:1.2.3.4", "1.2.3.4"},
		{"2a00:1450:1:2:200:5efe:102:304", "1.2.3.4"},
		{"2a00:1450:1:2:200:5efd:102:304", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct netaddr a, v4;
		char text[NETADDR_TEXT_MAX] = "";
		cr_assert_eq(netaddr_parse(span_str(rows[i].address), &a), 0);
		bool has = netaddr_embedded(&a, &v4);
		cr_expect_eq(has, rows[i].v4 != NULL, "%s", rows[i].address);
		if (has && rows[i].v4 != NULL) {
			netaddr_text(&v4, text);
			cr_expect_str_eq(text, rows[i].v4);
		}
	}
}

/* Refused, whatever inet_aton() would make of it: these are the classic ways around filters. */
Test(parse, refuses)
{
	static const char *const bad[] = {
		"",
		"1",
		"127.1",
		"1.2.3",
		"1.2.3.4.",
		"1.2.3.4.5",
		"256.1.1.1",
		"01.2.3.4",
		"0x7f.0.0.1",
		"2130706433",
		" 1.2.3.4",
		"1.2.3.4 ",
		"[::1]",
		"fe80::1%lo",
		":",
		":::",
		"1::2::3",
		"12345::",
		"::g",
		"::1.2.3",
		"1.2.3.-4",
		"1:2:3:4:5:6:7",
		"::1/128",
		"localhost",
		"0000000000:0000000000:0000000000:0000000000:0000000000",
	};
	struct netaddr a;

	for (size_t i = 0; i < COUNT(bad); i++)
		cr_expect_eq(netaddr_parse(span_str(bad[i]), &a), -1, "'%s'", bad[i]);
	cr_expect_eq(netaddr_parse(SPAN_LIT("1.2.3.4\0x"), &a), -1);
	cr_expect_eq(netaddr_parse(SPAN_NULL, &a), -1);
}

Test(parse, text_round_trip)
{
	static const char *const good[] = {"192.0.2.1", "::", "2001:db8::1", "::ffff:1.2.3.4",
					   "1:2:3:4:5:6:7:8"};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct guard g = guard_copy(good[i], strlen(good[i]));
		struct netaddr a;
		char text[NETADDR_TEXT_MAX];
		cr_assert_eq(netaddr_parse(span_of(g.p, g.n), &a), 0);
		netaddr_text(&a, text);
		cr_expect_str_eq(text, good[i]);
		guard_free(&g);
	}
}

Test(cidr, table)
{
	static const struct {
		const char *net;
		int bits; /* -1: refused */
		const char *in, *out;
	} rows[] = {
		{"10.0.0.0/8", 8, "10.255.255.255", "11.0.0.0"},
		{"10.1.2.3/8", 8, "10.0.0.0", "9.255.255.255"},
		{"192.0.2.128/25", 25, "192.0.2.128", "192.0.2.127"},
		{"192.0.2.1", 32, "192.0.2.1", "192.0.2.0"},
		{"192.0.2.1/31", 31, "192.0.2.0", "192.0.2.2"},
		{"0.0.0.0/0", 0, "255.255.255.255", "::"},
		{"::/0", 0, "ffff::", "0.0.0.0"},
		{"2001:db8::/33", 33, "2001:db8:7fff::", "2001:db8:8000::"},
		{"::1", 128, "::1", "::"},
		{"::ffff:10.0.0.0/104", 104, "::ffff:10.9.9.9", "10.9.9.9"},
		{"10.0.0.0/33", -1, NULL, NULL},
		{"::/129", -1, NULL, NULL},
		{"10.0.0.0/", -1, NULL, NULL},
		{"10.0.0.0/-1", -1, NULL, NULL},
		{"10.0.0.0/+8", -1, NULL, NULL},
		{"10.0.0.0/08", -1, NULL, NULL},
		{"10.0.0.0/8 ", -1, NULL, NULL},
		{"10.0.0.0/8/8", -1, NULL, NULL},
		{"10.0.0.0/264", -1, NULL, NULL},
		{"10.0.0.0/4294967304", -1, NULL, NULL},
		{"10.0.0/8", -1, NULL, NULL},
		{"/8", -1, NULL, NULL},
		{"", -1, NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard g = guard_copy(rows[i].net, strlen(rows[i].net));
		struct netaddr_cidr net;
		struct netaddr a;
		int r = netaddr_cidr_parse(span_of(g.p, g.n), &net);
		cr_expect_eq(r, rows[i].bits < 0 ? -1 : 0, "%s", rows[i].net);
		guard_free(&g);
		if (r != 0 || rows[i].bits < 0)
			continue;
		cr_expect_eq(net.bits, rows[i].bits);
		netaddr_parse(span_str(rows[i].in), &a);
		cr_expect(netaddr_in(&a, &net), "%s in %s", rows[i].in, rows[i].net);
		netaddr_parse(span_str(rows[i].out), &a);
		cr_expect_not(netaddr_in(&a, &net), "%s in %s", rows[i].out, rows[i].net);
	}
}

/* RFC 6052 2.4 has these with 192.0.2.33, RFC 7050 has 192.0.0.170 and .171 in their place. */
Test(netaddr, nat64_prefixes_of_a_network)
{
	static const struct {
		const char *shown;
		int bits;
		const char *prefix, *below;
	} rows[] = {
		{"2001:db8:c000:aa::", 32, "2001:db8::", "2001:db8:c000:221::"},
		{"2001:db8:1c0:0:aa::", 40, "2001:db8:100::", "2001:db8:1c0:2:21::"},
		{"2001:db8:122:c000:0:ab00::", 48, "2001:db8:122::", "2001:db8:122:c000:2:2100::"},
		{"2001:db8:122:3c0:0:aa::", 56, "2001:db8:122:300::", "2001:db8:122:3c0:0:221::"},
		{"2001:db8:122:344:c0:0:aa00:0", 64,
		 "2001:db8:122:344::", "2001:db8:122:344:c0:2:2100::"},
		{"2001:db8:122:344::c000:aa", 96,
		 "2001:db8:122:344::", "2001:db8:122:344::192.0.2.33"},
		{"64:ff9b::192.0.0.171", 96, "64:ff9b::", "64:ff9b::192.0.2.33"},
		{"2001:db8:122:344::c000:ac", -1, NULL, NULL},	   /* 192.0.0.172 */
		{"2001:db8:122:344:1c0:0:aa00:0", -1, NULL, NULL}, /* byte 8 is not zero */
		{"2001:db8::", -1, NULL, NULL},
		{"192.0.0.170", -1, NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct netaddr shown, prefix, below, v4, want;
		struct netaddr_cidr net;
		cr_assert_eq(netaddr_parse(span_str(rows[i].shown), &shown), 0);
		int rc = netaddr_nat64_prefix(&shown, &net);
		cr_assert_eq(rc, rows[i].bits < 0 ? -1 : 0, "%s", rows[i].shown);
		if (rc != 0)
			continue;
		netaddr_parse(span_str(rows[i].prefix), &prefix);
		netaddr_parse(span_str(rows[i].below), &below);
		netaddr_parse(SPAN_LIT("192.0.2.33"), &want);
		cr_expect_eq(net.bits, rows[i].bits, "%s: %u", rows[i].shown, net.bits);
		cr_expect_arr_eq(net.base.bytes, prefix.bytes, 16, "%s", rows[i].shown);
		cr_assert(netaddr_behind(&below, &net, &v4), "%s", rows[i].shown);
		cr_expect(v4.family == 4 && memcmp(v4.bytes, want.bytes, 4) == 0, "%s",
			  rows[i].shown);
		netaddr_parse(SPAN_LIT("2001:dead::192.0.2.33"), &below);
		cr_expect_not(netaddr_behind(&below, &net, &v4));
		cr_expect_not(netaddr_behind(&want, &net, &v4));
	}
}

/* Which records of a large RRset are kept. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "parsers/dnsmsg.h"
#include "tests/support/dnsbuild.h"

static enum dnsmsg_chase chase(const struct build *m, struct dnsmsg *msg, uint16_t type,
			       struct dnsmsg_rrset *set)
{
	cr_assert_eq(dnsmsg_parse(msg, m->b, m->n), 0);
	return dnsmsg_chase(msg, type, set);
}

Test(dnsmsg_rrset, drops_and_counts_past_the_limit)
{
	struct build m;
	struct dnsmsg_rrset set;
	struct dnsmsg msg;

	put_header(&m, 0x8180, DNS_RR_MAX + 3, 0, 0);
	put_question(&m, "a", DNS_TYPE_TXT);
	for (unsigned i = 0; i < DNS_RR_MAX + 3; i++)
		put_txt(&m, "@12", "x", i < DNS_RR_MAX ? 500 : 7);
	cr_assert_eq(chase(&m, &msg, DNS_TYPE_TXT, &set), DNSMSG_FOUND);
	cr_expect_eq(set.rr_n, DNS_RR_MAX);
	cr_expect_eq(set.rr_dropped, 3);
	cr_expect_eq(set.ttl, 7);
}

Test(dnsmsg_rrset, strangers_do_not_hide_what_is_asked_for)
{
	static const struct {
		const char *text;
		bool kept;
	} rows[] = {{"v=STSv1; id=1;", true},
		    {"v=TLSRPTv1; rua=", true},
		    {"v=spf1 -all", false},
		    {"v=STSv", false},
		    {"", false}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct build m;
		struct dnsmsg_rrset set;
		struct dnsmsg msg;
		bool kept = false;
		put_header(&m, 0x8180, DNS_RR_MAX + 9, 0, 0);
		put_question(&m, "a", DNS_TYPE_TXT);
		for (unsigned k = 0; k < DNS_RR_MAX + 8; k++)
			put_txt(&m, "@12", "x", 60);
		put_txt(&m, "@12", rows[i].text, 60);
		cr_assert_eq(chase(&m, &msg, DNS_TYPE_TXT, &set), DNSMSG_FOUND);
		for (unsigned k = 0; k < set.rr_n; k++)
			kept = kept || set.rr[k].rdata_n == 1 + strlen(rows[i].text);
		cr_expect_eq(kept, rows[i].kept, "'%s'", rows[i].text);
		cr_expect_eq(set.rr_n, DNS_RR_MAX);
		cr_expect_eq(set.rr_dropped, 9);
	}
}

Test(dnsmsg_rrset, mx_hosts_that_are_tried_first_are_kept)
{
	struct build m;
	struct dnsmsg_rrset set;
	struct dnsmsg msg;
	unsigned sum = 0;

	put_header(&m, 0x8180, DNS_RR_MAX + 5, 0, 0);
	put_question(&m, "a", DNS_TYPE_MX);
	for (unsigned k = DNS_RR_MAX + 5; k-- > 0;)
		put_mx(&m, "@12", k, "b.example", 60);
	cr_assert_eq(chase(&m, &msg, DNS_TYPE_MX, &set), DNSMSG_FOUND);
	cr_expect_eq(set.rr_dropped, 5);
	for (unsigned k = 0; k < set.rr_n; k++)
		sum += (unsigned)set.rr[k].rdata[0] << 8 | set.rr[k].rdata[1];
	cr_expect_eq(sum, DNS_RR_MAX * (DNS_RR_MAX - 1) / 2, "0 to %u, each once", DNS_RR_MAX - 1);
}

static int by_value(const void *a, const void *b)
{
	return (int)(*(const unsigned *)a > *(const unsigned *)b) -
	       (int)(*(const unsigned *)a < *(const unsigned *)b);
}

/* In whatever order they come, and how many of them are alike: the lowest are kept. */
Test(dnsmsg_rrset, the_lowest_of_any_order_are_kept)
{
	enum { MORE = 40, ALL = DNS_RR_MAX + MORE };
	static const unsigned modules[] = {3, 17, 300, 65536};
	unsigned seed = 1, replaced = 0;

	for (unsigned round = 0; round < 24; round++) {
		struct build m;
		struct dnsmsg_rrset set;
		struct dnsmsg msg;
		unsigned all[ALL], kept[DNS_RR_MAX];
		put_header(&m, 0x8180, ALL, 0, 0);
		put_question(&m, "a", DNS_TYPE_MX);
		for (unsigned k = 0; k < ALL; k++) {
			seed = seed * 1103515245u + 12345u;
			all[k] = (seed >> 8) % modules[round % 4];
			/* The worst of all is the first one, the last that has room, or any. */
			if (k == (round % 3 == 0 ? 0u : round % 3 == 1 ? DNS_RR_MAX - 1u : 99u))
				all[k] = 65535;
			put_mx(&m, "@12", all[k], "b", 60);
		}
		cr_assert_eq(chase(&m, &msg, DNS_TYPE_MX, &set), DNSMSG_FOUND);
		cr_assert(set.rr_n == DNS_RR_MAX && set.rr_dropped == MORE);
		for (unsigned k = 0; k < DNS_RR_MAX; k++) {
			kept[k] = (unsigned)set.rr[k].rdata[0] << 8 | set.rr[k].rdata[1];
			replaced += kept[k] != all[k];
		}
		qsort(all, ALL, sizeof(all[0]), by_value);
		qsort(kept, DNS_RR_MAX, sizeof(kept[0]), by_value);
		cr_expect_arr_eq(kept, all, sizeof(kept), "round %u", round);
	}
	cr_expect_gt(replaced, 100, "%u", replaced);
}

/* Of the certificates of a name the one that ends first, wherever it was seen. */
#include <criterion/criterion.h>

#include "output/list/list_expiry.h"

/* A record whose certificates end then; 0: none was seen. */
static struct record ends(struct record_mx_host hosts[3], const int64_t at[4])
{
	static const char *const names[] = {"a.example", "b.example", "c.example"};
	struct record r;

	record_init(&r);
	r.policy.cert_issuer = SPAN_LIT("of the policy host");
	if (at[0] != 0)
		r.policy.cert_not_after = at[0];
	for (unsigned i = 0; i < 3; i++) {
		record_mx_host_init(&hosts[i]);
		hosts[i].host = span_str(names[i]);
		hosts[i].probe.cert_issuer = span_str(names[i]);
		if (at[i + 1] != 0)
			hosts[i].probe.cert_not_after = at[i + 1];
	}
	r.mx.hosts = hosts;
	r.mx.hosts_n = 3;
	return r;
}

static void check_first(const int64_t at[4], int64_t want, const char *host)
{
	struct record_mx_host hosts[3];
	struct record r = ends(hosts, at);
	struct list_expiry e = list_expiry(&r);

	cr_assert_eq(e.at, want);
	if (host == NULL) {
		cr_assert_null(e.host.p);
		cr_assert(span_eq(e.issuer, r.policy.cert_issuer));
	} else {
		cr_assert(span_eq(e.host, span_str(host)));
		cr_assert(span_eq(e.issuer, span_str(host)));
	}
}

Test(list_expiry, the_first_that_ends)
{
	check_first((const int64_t[]){5, 6, 7, 8}, 5, NULL);
	check_first((const int64_t[]){6, 7, 5, 8}, 5, "b.example");
	check_first((const int64_t[]){6, 7, 8, -5}, -5, "c.example");
}

Test(list_expiry, the_policy_host_where_both_end_together)
{
	check_first((const int64_t[]){5, 5, 5, 5}, 5, NULL);
	check_first((const int64_t[]){0, 5, 5, 5}, 5, "a.example");
}

Test(list_expiry, what_was_not_seen_does_not_end)
{
	check_first((const int64_t[]){0, 0, 9, 0}, 9, "b.example");
	check_first((const int64_t[]){9, 0, 0, 0}, 9, NULL);
	check_first((const int64_t[]){0, 0, 0, 0}, INT64_MIN, NULL);
}

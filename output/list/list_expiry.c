/* list_expiry.c - see list_expiry.h. */
#include "output/list/list_expiry.h"

struct list_expiry list_expiry(const struct record *r)
{
	struct list_expiry first = {
		.at = r->policy.cert_not_after, .host = SPAN_NULL, .issuer = r->policy.cert_issuer};

	for (unsigned i = 0; i < r->mx.hosts_n; i++) {
		const struct record_mx_host *h = &r->mx.hosts[i];
		bool seen = h->probe.cert_not_after != INT64_MIN;
		if (seen && (first.at == INT64_MIN || h->probe.cert_not_after < first.at))
			first = (struct list_expiry){.at = h->probe.cert_not_after,
						     .host = h->host,
						     .issuer = h->probe.cert_issuer};
	}
	return first;
}

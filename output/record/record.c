/* record.c - an empty record; see record.h. */
#include "output/record/record.h"

void record_init(struct record *r)
{
	*r = (struct record){
		.rank = -1,
		.verdict = VERDICT_INCONCLUSIVE,
		.interoperable = -1,
		.sts.answer = {.dns = DNS_SKIPPED, .ad = -1, .ttl = -1},
		.tlsrpt.answer = {.dns = DNS_SKIPPED, .ad = -1, .ttl = -1},
		.policy =
			{
				.dns = DNS_SKIPPED,
				.tls_verified = -1,
				.tls_reason = TERM_NULL,
				.cert_not_before = INT64_MIN,
				.cert_not_after = INT64_MIN,
				.newline = TERM_NULL,
				.mode = TERM_NULL,
				.max_age = -1,
				.took_ms = -1,
			},
		.mx = {.dns = DNS_SKIPPED, .null_mx = -1, .implicit = -1},
	};
}

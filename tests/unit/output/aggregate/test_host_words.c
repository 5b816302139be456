/* What a host showed, as words: at the edges of each. */
#include <criterion/criterion.h>

#include "output/aggregate/host_words.h"

static struct record_mx_host host_of(int tls, int dane)
{
	struct record_mx_host h;

	record_mx_host_init(&h);
	h.tls = tls;
	h.dane = dane;
	return h;
}

Test(host_words, what_a_strict_sender_does)
{
	for (int i = 0; i < (int)mx_tls_count; i++) {
		struct record_mx_host h = host_of(i, -1);
		bool good = i == MX_TLS_OK || i == MX_TLS_WEAK;
		bool refused = mx_tls_refused((enum mx_tls)i);
		cr_expect_eq(host_sts_state(&h), good	   ? HOST_GOOD
						 : refused ? HOST_REFUSED
							   : HOST_UNKNOWN);
		cr_expect_eq(host_starttls_known(&h), good || refused);
		cr_expect_eq(host_starttls(&h), (good || refused) && i != MX_TLS_NO_STARTTLS);
	}
	struct record_mx_host h = host_of(-1, -1);
	cr_expect_eq(host_sts_state(&h), HOST_UNKNOWN);
}

Test(host_words, what_a_dane_sender_does)
{
	static const enum host_state states[] = {
		[DANE_NONE] = HOST_UNKNOWN,
		[DANE_INSECURE] = HOST_UNKNOWN,
		[DANE_OK] = HOST_GOOD,
		[DANE_MISMATCH] = HOST_REFUSED,
		[DANE_NAME_MISMATCH] = HOST_REFUSED,
		[DANE_EXPIRED] = HOST_REFUSED,
		[DANE_TA_NOT_SENT] = HOST_REFUSED,
		[DANE_UNUSABLE] = HOST_UNKNOWN,
		[DANE_NO_TLS] = HOST_REFUSED,
		[DANE_ERROR] = HOST_UNKNOWN,
		[DANE_UNPROVEN] = HOST_UNKNOWN,
	};

	cr_assert_eq(sizeof(states) / sizeof(states[0]), dane_count);
	for (int i = 0; i < (int)dane_count; i++) {
		struct record_mx_host h = host_of(-1, i);
		cr_expect_eq(host_dane_state(&h), states[i], "%s", dane_name((enum dane)i));
	}
}

Test(host_words, keys)
{
	static const struct {
		unsigned bits;
		bool ec;
		enum host_key key;
	} rows[] = {{0, false, HOST_KEY_NULL},	      {2047, false, HOST_KEY_RSA_SHORT},
		    {2048, false, HOST_KEY_RSA_2048}, {3071, false, HOST_KEY_RSA_2048},
		    {3072, false, HOST_KEY_RSA_3072}, {4096, false, HOST_KEY_RSA_4096},
		    {8192, false, HOST_KEY_RSA_4096}, {256, true, HOST_KEY_EC_256},
		    {384, true, HOST_KEY_EC_384},     {521, true, HOST_KEY_OTHER}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct record_probe p = {.cert_key_bits = rows[i].bits, .cert_ec = rows[i].ec};
		cr_expect_eq(host_key_of(&p), HOST_KEY_NULL, "no certificate");
		p.cert_sha256 = SPAN_LIT("ab");
		cr_expect_eq(host_key_of(&p), rows[i].key, "%u", rows[i].bits);
	}
}

Test(host_words, days_left_are_of_the_visit)
{
	static const struct {
		int64_t left, days;
	} rows[] = {{0, 0},	  {86399, 0},	{86400, 1},	    {-1, -1},
		    {-86400, -1}, {-86401, -2}, {INT64_MAX, 100000}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct record_probe p = {.at = 1700000000, .cert_not_after = INT64_MAX};
		if (rows[i].left != INT64_MAX)
			p.cert_not_after = p.at + rows[i].left;
		cr_expect_eq(host_cert_days(&p), rows[i].days, "%lld", (long long)rows[i].left);
	}
	struct record_probe none = {.at = 1700000000, .cert_not_after = INT64_MIN};
	cr_expect_eq(host_cert_days(&none), INT32_MIN);
	none = (struct record_probe){.at = INT64_MIN, .cert_not_after = 1700000000};
	cr_expect_eq(host_cert_days(&none), INT32_MIN, "nobody was there");
}

Test(host_words, kinds_of_tlsa_records)
{
	struct span records[] = {SPAN_LIT("0 0 0 ab"),	SPAN_LIT("3 1 1 ab"), SPAN_LIT("3 1 2 ab"),
				 SPAN_LIT("2 0 1 ab"),	SPAN_LIT("3 2 1 ab"), SPAN_LIT("3 1 1"),
				 SPAN_LIT("255 1 1 ab")};
	struct record_mx_host h = host_of(-1, DANE_OK);

	h.tlsa_records = records;
	h.tlsa_records_n = 4;
	cr_expect_eq(tlsa_kinds_of(&h), 0u, "not secure, or not known");
	h.tlsa = 1;
	cr_expect_eq(tlsa_kinds_of(&h), 1u << 0 | 1u << 22 | 1u << 23 | 1u << 13);
	h.tlsa_records = records + 4;
	h.tlsa_records_n = 3;
	cr_expect_eq(tlsa_kinds_of(&h), 1u << (TLSA_KINDS - 1));
}

/* host_words.c - see host_words.h. */
#include "output/aggregate/host_words.h"

TERMS_DEFINE(host_key, HOST_KEYS)

#define TLSA_OTHER (TLSA_KINDS - 1)
#define DAY_S 86400

enum host_state host_sts_state(const struct record_mx_host *h)
{
	if (h->tls < 0)
		return HOST_UNKNOWN;
	if (mx_tls_refused((enum mx_tls)h->tls))
		return HOST_REFUSED;
	return h->tls == MX_TLS_OK || h->tls == MX_TLS_WEAK ? HOST_GOOD : HOST_UNKNOWN;
}

enum host_state host_dane_state(const struct record_mx_host *h)
{
	switch (h->dane) {
	case DANE_OK:
		return HOST_GOOD;
	case DANE_MISMATCH:
	case DANE_NAME_MISMATCH:
	case DANE_EXPIRED:
	case DANE_TA_NOT_SENT:
	case DANE_NO_TLS:
		return HOST_REFUSED;
	default:
		return HOST_UNKNOWN;
	}
}

bool host_starttls_known(const struct record_mx_host *h)
{
	return host_sts_state(h) != HOST_UNKNOWN;
}

bool host_starttls(const struct record_mx_host *h)
{
	return host_starttls_known(h) && h->tls != MX_TLS_NO_STARTTLS;
}

enum host_key host_key_of(const struct record_probe *p)
{
	unsigned bits = p->cert_key_bits;

	if (p->cert_sha256.p == NULL || bits == 0)
		return HOST_KEY_NULL;
	if (p->cert_ec)
		return bits == 256   ? HOST_KEY_EC_256
		       : bits == 384 ? HOST_KEY_EC_384
				     : HOST_KEY_OTHER;
	return bits < 2048   ? HOST_KEY_RSA_SHORT
	       : bits < 3072 ? HOST_KEY_RSA_2048
	       : bits < 4096 ? HOST_KEY_RSA_3072
			     : HOST_KEY_RSA_4096;
}

static int64_t clamp(int64_t v, int64_t most)
{
	return v < -most ? -most : v > most ? most : v;
}

int64_t host_cert_days(const struct record_probe *p)
{
	if (p->cert_not_after == INT64_MIN || p->at == INT64_MIN)
		return INT32_MIN;
	int64_t left = clamp(p->cert_not_after, 1ll << 40) - clamp(p->at, 1ll << 40);
	left = left >= 0 ? left / DAY_S : -((-left + DAY_S - 1) / DAY_S);
	return clamp(left, 100000);
}

/* "3 1 1 hex": three small numbers with a blank behind each. */
static unsigned tlsa_kind_of(struct span record)
{
	static const unsigned most[] = {3, 1, 2};
	unsigned kind = 0;

	if (record.n < 6)
		return TLSA_OTHER;
	for (unsigned i = 0; i < 3; i++) {
		unsigned v = (unsigned)(record.p[2 * i] - '0');
		if (v > most[i] || record.p[2 * i + 1] != ' ')
			return TLSA_OTHER;
		kind = kind * (most[i] + 1) + v;
	}
	return kind;
}

uint32_t tlsa_kinds_of(const struct record_mx_host *h)
{
	uint32_t kinds = 0;

	for (unsigned i = 0; i < h->tlsa_records_n && h->tlsa == 1; i++)
		kinds |= 1u << tlsa_kind_of(h->tlsa_records[i]);
	return kinds;
}

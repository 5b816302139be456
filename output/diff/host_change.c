/* host_change.c - see host_change.h. */
#include "output/diff/host_change.h"

#include <assert.h>

#include "output/aggregate/host_words.h"

const char *host_event_name(enum host_event event)
{
#define NAME(id, word, direction) word,
	static const char *const names[] = {HOST_EVENTS(NAME)};
#undef NAME

	assert((unsigned)event < HOST_EVENT_COUNT);
	return names[event];
}

const char *host_diff_key_name(enum host_diff_key key)
{
#define NAME(id, word) word,
	static const char *const names[] = {HOST_DIFF_KEYS(NAME)};
#undef NAME

	assert((unsigned)key < HOST_DIFF_COUNT);
	return names[key];
}

static bool both_there(struct span a, struct span b)
{
	return a.p != NULL && b.p != NULL;
}

static bool other_text(struct span a, struct span b)
{
	return both_there(a, b) && !span_eq(a, b);
}

/* Whatever their order, which is the resolver's. */
static bool other_records(const struct record_mx_host *a, const struct record_mx_host *b)
{
	bool found = true;

	if (a->tlsa_records_n != b->tlsa_records_n)
		return true;
	for (unsigned i = 0; i < a->tlsa_records_n && found; i++) {
		found = false;
		for (unsigned k = 0; k < b->tlsa_records_n && !found; k++)
			found = span_eq(a->tlsa_records[i], b->tlsa_records[k]);
	}
	return !found;
}

static void put(struct host_change *c, bool is, enum host_event event)
{
	c->events |= is ? 1u << event : 0;
}

static void show(struct host_change *c, bool is, enum host_diff_key key)
{
	c->keys |= is ? 1u << key : 0;
}

static bool compare_tls(const struct record_mx_host *a, const struct record_mx_host *b,
			struct host_change *c)
{
	enum host_state before = host_sts_state(a), after = host_sts_state(b);
	bool lost = b->tls == MX_TLS_NO_STARTTLS, had = a->tls != MX_TLS_NO_STARTTLS;

	if (before == HOST_UNKNOWN || after == HOST_UNKNOWN)
		return false;
	put(c, had && lost, HOST_STARTTLS_LOST);
	put(c, !had && !lost, HOST_STARTTLS_GAINED);
	put(c, before == HOST_GOOD && after == HOST_REFUSED && !lost, HOST_CERT_DEGRADED);
	put(c, before == HOST_REFUSED && after == HOST_GOOD && had, HOST_CERT_REPAIRED);
	show(c, a->tls != b->tls, HOST_DIFF_TLS);
	return true;
}

static bool compare_certificate(const struct record_mx_host *a, const struct record_mx_host *b,
				struct host_change *c)
{
	const struct record_probe *p = &a->probe, *q = &b->probe;
	bool cert = other_text(p->cert_sha256, q->cert_sha256);
	bool key = other_text(p->spki_sha256, q->spki_sha256);
	bool version = other_text(p->tls_version, q->tls_version);

	put(c, cert, HOST_CERT_RENEWED);
	put(c, key, HOST_KEY_CHANGED);
	put(c, version, HOST_TLS_VERSION);
	show(c, cert, HOST_DIFF_CERT);
	show(c, cert && other_text(p->cert_issuer, q->cert_issuer), HOST_DIFF_ISSUER);
	show(c, cert && p->cert_not_after != q->cert_not_after, HOST_DIFF_UNTIL);
	show(c, key, HOST_DIFF_KEY);
	show(c, version, HOST_DIFF_VERSION);
	return both_there(p->cert_sha256, q->cert_sha256);
}

static bool compare_dane(const struct record_mx_host *a, const struct record_mx_host *b,
			 struct host_change *c)
{
	enum host_state before = host_dane_state(a), after = host_dane_state(b);
	bool secure = a->tlsa == 1 && b->tlsa == 1;
	bool records = secure && other_records(a, b);
	bool broken = secure && before == HOST_GOOD && after == HOST_REFUSED;
	bool rollover = broken && b->dane == DANE_MISMATCH && !records &&
			other_text(a->probe.cert_sha256, b->probe.cert_sha256);

	if (a->tlsa < 0 || b->tlsa < 0)
		return false;
	put(c, rollover, HOST_ROLLOVER_BROKEN);
	put(c, broken && !rollover, HOST_DANE_BROKEN);
	put(c, a->tlsa == 1 && b->tlsa == 0, HOST_DANE_LOST);
	put(c, a->tlsa == 0 && b->tlsa == 1, HOST_DANE_GAINED);
	put(c, secure && before == HOST_REFUSED && after == HOST_GOOD, HOST_DANE_REPAIRED);
	put(c, records && before == HOST_GOOD && after == HOST_GOOD, HOST_TLSA_ROLLED);
	put(c, records && (before != HOST_GOOD || after != HOST_GOOD), HOST_TLSA_CHANGED);
	show(c,
	     a->tlsa != b->tlsa ||
		     (before != after && before != HOST_UNKNOWN && after != HOST_UNKNOWN),
	     HOST_DIFF_DANE);
	show(c, records || a->tlsa != b->tlsa, HOST_DIFF_TLSA);
	return true;
}

bool host_compare(const struct record_mx_host *a, const struct record_mx_host *b,
		  struct host_change *c)
{
#define DIRECTION(id, word, direction) direction,
	static const enum diff_direction directions[] = {HOST_EVENTS(DIRECTION)};
#undef DIRECTION
	c->events = c->keys = 0;
	c->before = a;
	c->after = b;
	c->direction = DIFF_OTHER;
	bool tls = compare_tls(a, b, c), cert = compare_certificate(a, b, c);
	bool dane = compare_dane(a, b, c);

	for (unsigned i = 0; i < HOST_EVENT_COUNT; i++)
		if ((c->events >> i & 1) != 0 && directions[i] < c->direction)
			c->direction = directions[i];
	return tls || cert || dane;
}

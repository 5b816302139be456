/* aggregate_mx.c - MX hosts into the counters: those of a name, and each on its own. */
#include "output/aggregate/aggregate_mx.h"

#include <assert.h>
#include <stdlib.h>

#include "output/run/host_rows.h"
#include "output/text/json.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define HOSTS_FIRST 1024u
#define ISSUER_MAX 96u

static_assert(CERT_BUCKETS == 8 && HOST_KEY_OTHER < 8 && FACTS_TLS_OTHER < 6 && DANE_UNPROVEN < 16,
	      "words");

const int64_t aggregate_cert_days_from[CERT_BUCKETS] = {INT64_MIN, 0, 7, 14, 30, 60, 90, 180};

static void add_bits(uint64_t *counts, unsigned n, int64_t bits)
{
	for (unsigned i = 0; i < n; i++)
		counts[i] += (uint64_t)bits >> i & 1;
}

/* ---- names ------------------------------------------------------------------------------- */

enum name_dane aggregate_dane(const struct facts *f)
{
	if (f->mx_tlsa == 0)
		return NAME_DANE_NULL;
	if (f->mx_dane_refused > 0)
		return f->mx_dane_refused == f->mx_tlsa ? NAME_DANE_EVERY : NAME_DANE_REFUSED;
	if (f->mx_dane_ok == f->mx_tlsa)
		return NAME_DANE_OK;
	bool seen = (f->mx_dane >> DANE_UNPROVEN & 1) == 0;
	return seen && (f->mx_dane >> DANE_UNUSABLE & 1) != 0 ? NAME_DANE_UNUSABLE : NAME_DANE_NULL;
}

static void name_tls(struct mx_counts *c, const struct facts *f)
{
	if (f->mx_probed == 0)
		return;
	c->probed++;
	add_bits(c->tls, mx_tls_count, f->mx_tls);
	add_bits(c->version, facts_tls_count, f->mx_versions);
	add_bits(c->key, host_key_count, f->mx_keys);
	c->handshakes += f->mx_versions != 0;
	c->keys += f->mx_keys != 0;
	if (f->mx_cert_days != FACTS_CERT_DAYS_NONE) {
		c->certs++;
		c->cert_days[aggregate_bucket(aggregate_cert_days_from, CERT_BUCKETS,
					      f->mx_cert_days)]++;
	}
	if (f->mx_tls_known == 0)
		return;
	c->known++;
	c->starttls_every += f->mx_starttls == f->mx_tls_known;
	c->starttls_none += f->mx_starttls == 0;
	c->refused += f->mx_tls_bad > 0;
	c->refused_every += f->mx_tls_bad > 0 && f->mx_tls_bad == f->mx_hosts;
	add_bits(c->reason, tls_reason_count, f->mx_reasons);
}

static void name_dane(struct mx_counts *c, const struct facts *f)
{
	enum name_dane dane = aggregate_dane(f);

	c->asked += f->mx_tlsa_asked > 0;
	c->secure += f->mx_tlsa > 0;
	add_bits(c->dane, dane_count, f->mx_dane);
	add_bits(c->kinds, TLSA_KINDS, f->mx_tlsa_kinds);
	c->dane_known += dane != NAME_DANE_NULL;
	c->dane_ok += dane == NAME_DANE_OK;
	c->dane_refused += dane == NAME_DANE_REFUSED || dane == NAME_DANE_EVERY;
	c->dane_every += dane == NAME_DANE_EVERY;
	c->dane_unusable += dane == NAME_DANE_UNUSABLE;
}

/* By who runs the hosts and by what the policy says. */
static void name_groups(struct aggregate_counts *c, const struct facts *f)
{
	enum name_dane dane = aggregate_dane(f);
	unsigned mode = f->verdict == VERDICT_ENFORCE ? 0 : f->verdict == VERDICT_TESTING ? 1 : 2;
	bool any = f->mx_tls_bad > 0, all = any && f->mx_tls_bad == f->mx_hosts;

	if (f->mx_tls_known > 0) {
		c->mx_known[f->mx_entity]++;
		c->mx_bad_any[f->mx_entity] += any;
		c->mx_bad_all[f->mx_entity] += all;
		c->mode_known[mode]++;
		c->mode_bad_any[mode] += any;
		c->mode_bad_all[mode] += all;
		for (unsigned i = 0; i < tls_reason_count; i++)
			c->mode_reason[i][mode] += (uint64_t)f->mx_reasons >> i & 1;
	}
	c->dane_known[f->mx_entity] += dane != NAME_DANE_NULL;
	c->dane_ok[f->mx_entity] += dane == NAME_DANE_OK;
	c->dane_refused[f->mx_entity] += dane == NAME_DANE_REFUSED || dane == NAME_DANE_EVERY;
	c->dane_every[f->mx_entity] += dane == NAME_DANE_EVERY;
	c->dane_unusable[f->mx_entity] += dane == NAME_DANE_UNUSABLE;
	if (f->mx_tlsa_asked == 0)
		return;
	c->tlsa_any += f->mx_tlsa > 0;
	c->tlsa_all += f->mx_tlsa > 0 && f->mx_tlsa == f->mx_hosts;
	c->sts_dane[f->verdict][0]++;
	c->sts_dane[f->verdict][1] += f->mx_tlsa > 0;
	c->sts_dane[f->verdict][2] += dane == NAME_DANE_OK;
	c->sts_dane[f->verdict][3] += dane == NAME_DANE_REFUSED || dane == NAME_DANE_EVERY;
}

int aggregate_add_mx(struct aggregate *a, const struct facts *f)
{
	bool refused = f->mx_tls_bad > 0;
	enum name_dane dane = aggregate_dane(f);
	const uint64_t bad[] = {1, refused && f->mx_tls_bad == f->mx_hosts,
				f->verdict == VERDICT_ENFORCE};
	const uint64_t secure[] = {1, dane == NAME_DANE_OK,
				   dane == NAME_DANE_REFUSED || dane == NAME_DANE_EVERY,
				   dane == NAME_DANE_NULL};

	if (f->mx_probed == 0 && f->mx_tlsa_asked == 0 && f->mx_dane == 0)
		return 0; /* as nearly all are */
	name_tls(&a->counts.mx_names, f);
	name_dane(&a->counts.mx_names, f);
	name_groups(&a->counts, f);
	if (f->mx_operator.p == NULL)
		return 0;
	if (refused && tally_add(&a->mx_operator_bad, f->mx_operator, bad) != 0)
		return -1;
	return f->mx_tlsa > 0 ? tally_add(&a->dane_operator, f->mx_operator, secure) : 0;
}

/* ---- hosts ------------------------------------------------------------------------------- */

static void hosts_put(uint64_t *table, size_t cap, uint64_t hash)
{
	size_t i = hash & (cap - 1);

	while (table[i] != 0)
		i = (i + 1) & (cap - 1);
	table[i] = hash;
}

static int hosts_grow(struct aggregate *a)
{
	size_t cap = a->hosts_cap > 0 ? 2 * a->hosts_cap : HOSTS_FIRST;
	uint64_t *table = calloc(cap, sizeof(*table));

	if (table == NULL)
		return -1;
	for (size_t i = 0; i < a->hosts_cap; i++)
		if (a->hosts[i] != 0)
			hosts_put(table, cap, a->hosts[i]);
	free(a->hosts);
	a->hosts = table;
	a->hosts_cap = cap;
	return 0;
}

/* 1: it is new; 0: it was counted; -1 without memory. */
static int hosts_take(struct aggregate *a, struct span name)
{
	uint64_t hash = XXH3_64bits(name.p, name.n);

	hash = hash != 0 ? hash : 1;
	for (size_t i = hash & (a->hosts_cap - 1); a->hosts_cap > 0 && a->hosts[i] != 0;
	     i = (i + 1) & (a->hosts_cap - 1))
		if (a->hosts[i] == hash)
			return 0;
	if (2 * (a->hosts_n + 1) > a->hosts_cap && hosts_grow(a) != 0)
		return -1;
	hosts_put(a->hosts, a->hosts_cap, hash);
	a->hosts_n++;
	return 1;
}

static void host_tls(struct mx_counts *c, const struct record_mx_host *h)
{
	int version = h->probe.tls_version.p != NULL ? facts_tls_parse(h->probe.tls_version) : 0;
	enum host_key key = host_key_of(&h->probe);
	int64_t days = host_cert_days(&h->probe);
	enum host_state state = host_sts_state(h);

	if (h->tls < 0)
		return;
	c->probed++;
	c->tls[h->tls]++;
	c->handshakes += version != 0;
	c->version[version >= 0 ? version : FACTS_TLS_OTHER] += version != 0;
	c->keys += key != HOST_KEY_NULL;
	c->key[key] += key != HOST_KEY_NULL;
	if (days != FACTS_CERT_DAYS_NONE) {
		c->certs++;
		c->cert_days[aggregate_bucket(aggregate_cert_days_from, CERT_BUCKETS, days)]++;
	}
	c->known += state != HOST_UNKNOWN;
	c->starttls_every += host_starttls(h);
	c->starttls_none += state != HOST_UNKNOWN && !host_starttls(h);
	c->refused += state == HOST_REFUSED;
	c->refused_every += state == HOST_REFUSED;
	if (state == HOST_REFUSED)
		add_bits(c->reason, tls_reason_count, h->tls_reasons);
}

static void host_dane(struct mx_counts *c, const struct record_mx_host *h)
{
	enum host_state state = host_dane_state(h);
	bool secure = h->tlsa == 1, unusable = h->dane == DANE_UNUSABLE;

	c->asked += h->tlsa >= 0;
	c->secure += secure;
	if (h->dane >= 0)
		c->dane[h->dane]++;
	add_bits(c->kinds, TLSA_KINDS, tlsa_kinds_of(h));
	if (!secure)
		return;
	c->dane_known += state != HOST_UNKNOWN || unusable;
	c->dane_ok += state == HOST_GOOD;
	c->dane_refused += state == HOST_REFUSED;
	c->dane_every += state == HOST_REFUSED;
	c->dane_unusable += unusable;
}

/* The key as a report may print it, cut to what a table takes. */
static int add_text(struct tally *t, struct span key, const uint64_t *delta)
{
	char clean[3 * (ISSUER_MAX + 4)];

	if (key.p == NULL)
		return 0;
	key.n = key.n < ISSUER_MAX ? key.n : ISSUER_MAX;
	return tally_add(t, span_of(clean, json_clean(key, clean)), delta);
}

static int add_host(struct aggregate *a, const struct record_host *h)
{
	struct aggregate_counts *c = &a->counts;
	enum host_state state = host_sts_state(&h->mx);
	const uint64_t one = 1;
	const uint64_t of[] = {1, state == HOST_GOOD, state == HOST_REFUSED, state == HOST_UNKNOWN,
			       h->names};
	int fresh = hosts_take(a, h->mx.host);

	if (fresh <= 0)
		return fresh;
	c->host_rows++;
	c->host_names += h->names;
	c->host_tried += h->mx.probe.tried;
	c->host_greeted += h->mx.probe.banner.p != NULL || h->mx.probe.code > 0;
	host_tls(&c->mx_hosts, &h->mx);
	host_dane(&c->mx_hosts, &h->mx);
	if (add_text(&a->host_operator, h->pace_key, of) != 0)
		return -1;
	return add_text(&a->host_issuer, h->mx.probe.cert_issuer, &one);
}

int aggregate_add_hosts(struct aggregate *a, const char *dir, uint64_t *damaged, struct errmsg *err)
{
	struct host_rows *rows;
	struct record_host h;
	struct span line;
	int rc = host_rows_open(&rows, dir, err);

	if (rc != 0 || rows == NULL)
		return rc;
	while ((rc = host_rows_next(rows, &h, &line, err)) == 1)
		if (add_host(a, &h) != 0) {
			rc = errmsg_set(err, "no memory for the hosts of the report");
			break;
		}
	*damaged += host_rows_damaged(rows);
	host_rows_close(rows);
	return rc;
}

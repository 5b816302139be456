/* evidence.c - see evidence.h. */
#include "scanner/job/evidence.h"

#include <assert.h>
#include <string.h>

int evidence_cname(struct arena *a, const struct evidence_answer *answer, const struct span **out,
		   unsigned *n)
{
	char text[DNS_NAME_TEXT_MAX];

	if (answer->set == NULL || answer->set->cname_n == 0)
		return 0;
	struct span *chain = arena_alloc(a, (*n + answer->set->cname_n) * sizeof(*chain));
	if (chain == NULL)
		return -1;
	for (unsigned i = 0; i < *n; i++)
		chain[i] = (*out)[i];
	for (unsigned i = 0; i < answer->set->cname_n; i++) {
		int length = dnsmsg_name(answer->m, answer->set->cname[i], text);
		if (length < 0)
			break;
		chain[*n] = arena_copy(a, span_of(text, (size_t)length));
		if (chain[*n].p == NULL)
			return -1;
		++*n;
	}
	*out = chain;
	return 0;
}

/* One TXT record, its strings joined. A record whose lengths do not add up is left out. */
static int evidence_txt_one(struct arena *a, const struct dns_rr *rr, struct span *text,
			    uint16_t *pieces_out)
{
	unsigned pieces = 0;
	int length = dnsmsg_txt_measure(rr, &pieces);

	if (length < 0)
		return 0;
	char *p = arena_alloc(a, (size_t)length + 1);
	if (p == NULL)
		return -1;
	dnsmsg_txt_join(rr, p);
	p[length] = '\0';
	*text = span_of(p, (size_t)length);
	*pieces_out = (uint16_t)pieces;
	return 1;
}

int evidence_txt(struct arena *a, const struct evidence_answer *answer, struct record_txt *out)
{
	out->dns = answer->outcome;
	out->resolver = answer->resolver;
	if (answer->m == NULL)
		return 0;
	out->ad = answer->m->ad;
	if (evidence_cname(a, answer, &out->cname, &out->cname_n) != 0)
		return -1;
	if (answer->outcome != DNS_OK)
		return 0;
	const struct dnsmsg_rrset *set = answer->set;
	struct span *txt = arena_alloc(a, set->rr_n * sizeof(*txt));
	uint16_t *pieces = arena_alloc(a, set->rr_n * sizeof(*pieces));
	if (txt == NULL || pieces == NULL)
		return -1;
	out->ttl = set->ttl;
	out->txt_dropped = set->rr_dropped;
	assert(set->rr_n > 0 && out->txt_n == 0);
	for (unsigned i = 0; i < set->rr_n; i++) {
		int rc = evidence_txt_one(a, &set->rr[i], &txt[out->txt_n], &pieces[out->txt_n]);
		if (rc < 0)
			return -1;
		out->txt_n += (unsigned)rc;
	}
	out->txt = txt;
	out->txt_pieces = pieces;
	return 0;
}

static bool is_above(struct span zone, struct span name)
{
	if (span_eq(zone, SPAN_LIT(".")))
		return true;
	return zone.n > 0 && zone.n < name.n && name.p[name.n - zone.n - 1] == '.' &&
	       memcmp(zone.p, name.p + name.n - zone.n, zone.n) == 0;
}

int evidence_denier(struct arena *a, const struct evidence_answer *answer, struct span name,
		    struct span *by)
{
	char text[DNS_NAME_TEXT_MAX];

	*by = SPAN_NULL;
	if (answer->outcome != DNS_NXDOMAIN || answer->m == NULL || answer->set->cname_n > 0)
		return 0;
	int length = dnsmsg_soa_owner(answer->m, text);
	if (length < 0 || !is_above(span_of(text, (size_t)length), name))
		return 0;
	*by = arena_copy(a, span_of(text, (size_t)length));
	return by->p != NULL ? 0 : -1;
}

void evidence_txt_denied(const struct evidence_answer *answer, struct span by,
			 struct record_txt *out)
{
	out->dns = DNS_NXDOMAIN;
	out->resolver = answer->resolver;
	out->ad = answer->m->ad;
	out->denied_by = by;
}

static bool mx_precedes(const struct record_mx_host *x, const struct record_mx_host *y)
{
	if (x->preference != y->preference)
		return x->preference < y->preference;
	size_t n = x->host.n < y->host.n ? x->host.n : y->host.n;
	int order = memcmp(x->host.p, y->host.p, n);
	return order < 0 || (order == 0 && x->host.n < y->host.n);
}

/* In place and without memory: they are few, and often in order already. */
static void mx_sort(struct record_mx_host *hosts, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		struct record_mx_host one = hosts[i];
		unsigned at = i;
		for (; at > 0 && mx_precedes(&one, &hosts[at - 1]); at--)
			hosts[at] = hosts[at - 1];
		if (at < i)
			hosts[at] = one;
	}
}

int evidence_mx(struct arena *a, const struct evidence_answer *answer, struct record_mx *out)
{
	char text[DNS_NAME_TEXT_MAX];

	out->dns = answer->outcome;
	out->resolver = answer->resolver;
	if (answer->outcome == DNS_NODATA || answer->outcome == DNS_NXDOMAIN)
		out->null_mx = 0;
	if (answer->m == NULL)
		return 0;
	out->ad = answer->m->ad;
	if (evidence_cname(a, answer, &out->cname, &out->cname_n) != 0)
		return -1;
	if (answer->outcome != DNS_OK)
		return 0;
	const struct dnsmsg_rrset *set = answer->set;
	out->ttl = set->ttl;
	out->hosts = arena_alloc(a, set->rr_n * sizeof(*out->hosts));
	if (out->hosts == NULL)
		return -1;
	out->hosts_dropped = set->rr_dropped;
	for (unsigned i = 0; i < set->rr_n; i++) {
		const struct dns_rr *rr = &set->rr[i];
		uint16_t preference;
		int length = dnsmsg_mx(answer->m, rr, &preference, text);
		if (length < 0)
			continue;
		struct record_mx_host *h = &out->hosts[out->hosts_n++];
		record_mx_host_init(h);
		h->host = arena_copy(a, span_of(text, (size_t)length));
		h->preference = preference;
		if (h->host.p == NULL)
			return -1;
	}
	mx_sort(out->hosts, out->hosts_n);
	/* RFC 7505 3: a single record whose host is the root. */
	out->null_mx = out->hosts_n == 1 && span_eq(out->hosts[0].host, SPAN_LIT("."));
	return 0;
}

unsigned evidence_addresses(const struct evidence_answer *answer, struct netaddr *out, unsigned max)
{
	unsigned n = 0;

	if (answer->outcome != DNS_OK || answer->set == NULL)
		return 0;
	for (unsigned i = 0; i < answer->set->rr_n && n < max; i++) {
		const struct dns_rr *rr = &answer->set->rr[i];
		bool v6 = rr->type == DNS_TYPE_AAAA;
		if (rr->rdata_n != (v6 ? 16 : 4))
			continue;
		out[n] = (struct netaddr){.family = v6 ? 6 : 4};
		memcpy(out[n].bytes, rr->rdata, rr->rdata_n);
		n++;
	}
	return n;
}

enum dns_outcome evidence_address_outcome(enum dns_outcome a, enum dns_outcome aaaa)
{
	if (a == DNS_OK || aaaa == DNS_OK)
		return DNS_OK;
	if (!dns_answered(a))
		return a;
	if (!dns_answered(aaaa))
		return aaaa;
	return a == DNS_NODATA || aaaa == DNS_NODATA ? DNS_NODATA : DNS_NXDOMAIN;
}

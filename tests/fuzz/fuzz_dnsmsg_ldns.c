/*
 * Differential fuzzing of the message parser against ldns.
 *
 * What ldns reads, we must read, and the same; unless one of our stricter rules refuses the message
 * (exactly one question; compression pointers strictly backwards, not into the header, not too
 * many), which a plain walk here finds out on its own. The answer to the question is then computed
 * a second time from ldns' records and compared. (What ldns refuses may be fine with us: it reads
 * the data of every record, we only of those that matter.)
 */
#include <assert.h>
#include <ldns/ldns.h>
#include <stdlib.h>

#include "parsers/dnsmsg.h"

/* ---- our stricter rules, by a plain walk ------------------------------------------------- */

/* Moves *at past the name; true when a pointer breaks our rules. Never leaves the message. */
static bool name_is_odd(const uint8_t *b, size_t n, size_t *at)
{
	size_t here = *at, run = *at;
	unsigned pointers = 0;
	bool jumped = false;

	while (here < n && b[here] != 0) {
		if ((b[here] & 0xc0) == 0) {
			here += 1u + b[here];
			continue;
		}
		if (here + 1 >= n)
			return true;
		size_t target = (b[here] & 0x3fu) << 8 | b[here + 1];
		if (!jumped)
			*at = here + 2;
		jumped = true;
		if (target >= run || target < 12 || ++pointers > 127)
			return true;
		here = run = target;
	}
	if (!jumped)
		*at = here + 1;
	return false;
}

/* Where the data of a record with names in it ends, read the way ldns does; 0 for types not known
 * here. */
static size_t names_end(const uint8_t *b, size_t n, size_t rdata, unsigned type)
{
	size_t at = rdata + (type == LDNS_RR_TYPE_MX ? 2 : 0);

	if (type != LDNS_RR_TYPE_MX && type != LDNS_RR_TYPE_CNAME && type != LDNS_RR_TYPE_SOA)
		return 0;
	if (name_is_odd(b, n, &at))
		return 0;
	if (type != LDNS_RR_TYPE_SOA)
		return at;
	return name_is_odd(b, n, &at) ? 0 : at + 20;
}

/* ldns goes on after the fields it expected, not after RDLENGTH: surplus data becomes its next
 * record. `at` is our place of the fixed part of the record that ldns read as rr. */
static bool ldns_misread(const uint8_t *b, size_t n, size_t at, const ldns_rr *rr)
{
	size_t rdata_n = 0, want = ldns_read_uint16(b + at + 8);
	unsigned type = ldns_read_uint16(b + at);

	if (rr == NULL || ldns_rr_get_type(rr) != (ldns_rr_type)type)
		return true;
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		if (ldns_rdf_get_type(ldns_rr_rdf(rr, i)) == LDNS_RDF_TYPE_DNAME)
			return names_end(b, n, at + 10, type) != at + 10 + want;
		rdata_n += ldns_rdf_size(ldns_rr_rdf(rr, i));
	}
	return rdata_n != want;
}

/* A message on which we may differ from ldns. */
static bool message_is_odd(const uint8_t *b, size_t n, const ldns_pkt *pkt)
{
	ldns_rr_list *all = ldns_pkt_all_noquestion(pkt);
	size_t at = 12, read = 0;
	unsigned count = 0, additional = 0;
	bool odd = n < 12 || b[4] != 0 || b[5] != 1;

	for (int i = 6; i < 12 && !odd; i += 2) {
		additional = count;
		count += ldns_read_uint16(b + i);
	}
	odd = odd || name_is_odd(b, n, &at);
	at += 4;
	for (unsigned i = 0; i < count && !odd; i++) {
		odd = at >= n || name_is_odd(b, n, &at) || at + 10 > n;
		if (odd)
			break;
		/* ldns keeps OPT records of the additional section out of its lists. */
		if (i < additional || ldns_read_uint16(b + at) != LDNS_RR_TYPE_OPT)
			odd = ldns_misread(b, n, at, ldns_rr_list_rr(all, read++));
		at += 10u + ldns_read_uint16(b + at + 8);
	}
	ldns_rr_list_deep_free(all);
	return odd || at > n;
}

/* ---- comparing --------------------------------------------------------------------------- */

/* Our text of a name must be ldns' text, lower case and without the final dot. */
static void same_name(const struct dnsmsg *m, size_t offset, const ldns_rdf *want)
{
	char ours[DNS_NAME_TEXT_MAX];
	ldns_rdf *lower = ldns_rdf_clone(want);

	ldns_dname2canonical(lower);
	char *theirs = ldns_rdf2str(lower);
	int n = dnsmsg_name(m, offset, ours);
	assert(theirs != NULL && n > 0);
	size_t theirs_n = strlen(theirs);
	if (theirs_n > 1)
		theirs[--theirs_n] = '\0';
	if (strcmp(ours, theirs) != 0) {
		fprintf(stderr, "ours %s\nldns %s\n", ours, theirs);
		abort();
	}
	free(theirs);
	ldns_rdf_deep_free(lower);
}

static bool names_equal(const ldns_rdf *a, const ldns_rdf *b)
{
	return ldns_dname_compare(a, b) == 0;
}

static void same_header(const struct dnsmsg *m, const ldns_pkt *pkt)
{
	assert(m->id == ldns_pkt_id(pkt) && m->qr == ldns_pkt_qr(pkt) && m->aa == ldns_pkt_aa(pkt));
	assert(m->tc == ldns_pkt_tc(pkt) && m->rd == ldns_pkt_rd(pkt) && m->ra == ldns_pkt_ra(pkt));
	assert(m->ad == ldns_pkt_ad(pkt) && m->cd == ldns_pkt_cd(pkt));
	assert((m->rcode & 0xf) == ldns_pkt_get_rcode(pkt));
	const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(pkt), 0);
	same_name(m, m->qname, ldns_rr_owner(question));
	assert(m->qtype == ldns_rr_get_type(question) && m->qclass == ldns_rr_get_class(question));
	assert(m->an_count == ldns_rr_list_rr_count(ldns_pkt_answer(pkt)));
}

/* The data of one of our records against ldns' parsed fields. */
static void same_rdata(const struct dnsmsg *m, const struct dns_rr *ours, const ldns_rr *theirs)
{
	uint16_t preference;
	char text[DNS_NAME_TEXT_MAX];

	if (ours->type == DNS_TYPE_MX) {
		assert(dnsmsg_mx(m, ours, &preference, text) > 0);
		assert(preference == ldns_rdf2native_int16(ldns_rr_rdf(theirs, 0)));
		same_name(m, (size_t)(ours->rdata - m->wire) + 2, ldns_rr_rdf(theirs, 1));
	}
	if (ours->type == DNS_TYPE_TXT) {
		unsigned pieces;
		int n = dnsmsg_txt_measure(ours, &pieces);
		assert(n >= 0 && pieces == ldns_rr_rd_count(theirs));
		char *joined = malloc((size_t)n + 1), *at = joined;
		dnsmsg_txt_join(ours, joined);
		for (size_t i = 0; i < pieces; i++) {
			const ldns_rdf *rdf = ldns_rr_rdf(theirs, i);
			size_t piece_n = ldns_rdf_size(rdf) - 1;
			assert(memcmp(at, ldns_rdf_data(rdf) + 1, piece_n) == 0);
			at += piece_n;
		}
		assert(at - joined == n);
		free(joined);
	}
}

/* The chase a second time, over ldns' list. */
static void same_answer(const struct dnsmsg *m, const ldns_pkt *pkt, uint16_t type)
{
	struct dnsmsg_rrset set;
	enum dnsmsg_chase r = dnsmsg_chase(m, type, &set);
	const ldns_rr_list *answer = ldns_pkt_answer(pkt);
	const ldns_rdf *owner = ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(pkt), 0));
	unsigned links = 0;

	if (r == DNSMSG_MALFORMED) /* a name in rdata with an odd pointer */
		return;
	for (;;) {
		const ldns_rr *cname = NULL;
		unsigned found = 0;
		for (size_t i = 0; i < ldns_rr_list_rr_count(answer); i++) {
			const ldns_rr *rr = ldns_rr_list_rr(answer, i);
			if (ldns_rr_get_class(rr) != m->qclass ||
			    !names_equal(ldns_rr_owner(rr), owner))
				continue;
			if (ldns_rr_get_type(rr) == type) {
				/* Of too many TXT records, ours are not the first (rrset_add()). */
				if (found < set.rr_n && set.rr_dropped == 0)
					same_rdata(m, &set.rr[found], rr);
				found++;
			} else if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME && cname == NULL) {
				cname = rr;
			}
		}
		if (found > 0) {
			assert(r == DNSMSG_FOUND && found == set.rr_n + set.rr_dropped);
			assert(links == set.cname_n);
			return;
		}
		if (cname == NULL) {
			assert(r == DNSMSG_EMPTY && links == set.cname_n);
			return;
		}
		if (links == set.cname_n) {
			assert(r == DNSMSG_LOOP);
			return;
		}
		owner = ldns_rr_rdf(cname, 0);
		same_name(m, set.cname[links++], owner);
	}
}

/* ldns 1.8.3 itself leaks on some messages that it refuses. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ldns_pkt *pkt = NULL;
	struct dnsmsg m;

	if (size > DNS_MESSAGE_MAX || ldns_wire2pkt(&pkt, data, size) != LDNS_STATUS_OK)
		return 0;
	bool odd = message_is_odd(data, size, pkt);
	if (dnsmsg_parse(&m, data, size) != 0) {
		assert(odd);
	} else if (!odd) {
		same_header(&m, pkt);
		same_answer(&m, pkt, DNS_TYPE_TXT);
		same_answer(&m, pkt, DNS_TYPE_MX);
		same_answer(&m, pkt, DNS_TYPE_A);
		same_answer(&m, pkt, DNS_TYPE_AAAA);
		same_answer(&m, pkt, DNS_TYPE_CNAME);
	}
	ldns_pkt_free(pkt);
	return 0;
}

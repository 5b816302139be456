/*
 * parse_all.c - every parser over every file that is named, and everything that it finds in words.
 *
 *   parse_all FILE...        a file is one value
 *   parse_all -l FILE...     each line is one value
 *
 * Two machines that print the same have the same parsers: tests/portable.sh compares byte orders
 * and word sizes. Offsets are printed, never addresses. Needs nothing but parsers/ and the C
 * library.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dnsmsg.h"
#include "parsers/hostname.h"
#include "parsers/mxmatch.h"
#include "parsers/name.h"
#include "parsers/netaddr.h"
#include "parsers/policy.h"
#include "parsers/senders.h"
#include "parsers/sts_record.h"
#include "parsers/terms.h"
#include "parsers/tlsrpt.h"
#include "parsers/tlsrpt_uri.h"
#include "parsers/utf8.h"

#define VALUE_MAX (1u << 20)

static void show(const char *label, struct span s)
{
	printf(" %s=", label);
	for (size_t i = 0; i < s.n; i++)
		printf((unsigned char)s.p[i] - 0x21u < 0x5eu ? "%c" : "\\%02x",
		       (unsigned)(unsigned char)s.p[i]);
}

static void show_findings(const struct findings *f)
{
	printf(" root=%d dropped=%u\n", f->root, f->dropped);
	for (unsigned i = 0; i < f->n; i++) {
		const struct finding *one = &f->v[i];
		printf("  %s breaks=%d offset=%u line=%u column=%u n=%zu senders=%x\n",
		       issue_info(one->code)->code, one->breaks, one->offset, one->line,
		       one->column, one->at.n, senders_of(one->code));
	}
}

static void all_sts(struct span value)
{
	struct findings f;
	struct sts_record r;

	sts_record_parse(value, &f, &r);
	printf("sts valid=%d meant=%d", r.valid, sts_record_meant(value));
	show("id", r.id);
	show_findings(&f);
}

static void all_tlsrpt(struct span value)
{
	struct findings f;
	struct tlsrpt r;

	tlsrpt_parse(value, &f, &r);
	printf("tlsrpt valid=%d meant=%d dropped=%u", r.valid, tlsrpt_meant(value), r.rua_dropped);
	for (unsigned i = 0; i < r.rua_n; i++) {
		show("rua", r.rua[i]);
		show("domain", tlsrpt_rua_domain(r.rua[i]));
	}
	show_findings(&f);
}

static void all_policy(struct span value)
{
	struct findings f;
	struct policy p;
	struct span pattern, before = SPAN_NULL;

	policy_parse(value, &f, &p);
	printf("policy valid=%d newline=%d mode=%d max_age=%lld mx=%u", p.valid, p.newline, p.mode,
	       (long long)p.max_age, p.mx_n);
	struct policy_mx it = policy_mx_start(&p);
	for (unsigned i = 0; policy_mx_next(&it, &pattern) && i < 100; i++) {
		show("mx", pattern);
		if (before.p != NULL)
			printf(" match=%d", mxmatch(before, pattern));
		before = pattern;
	}
	show_findings(&f);
}

static void all_names(struct span value)
{
	struct name name;
	struct netaddr address, embedded;
	struct netaddr_cidr net;
	char text[NETADDR_TEXT_MAX];
	size_t at = 0;

	name_normalise(value, &name);
	printf("name status=%d flags=%x", name.status, name.flags);
	show("text", span_of(name.text, name.n));
	enum hostname_fault fault = hostname_check(value, &at);
	printf(" fault=%d at=%zu", fault, fault == HOSTNAME_OK ? 0 : at);
	if (fault == HOSTNAME_OK) {
		printf(" labels=%u ipv4=%d", hostname_labels(value), hostname_is_ipv4(value));
		show("parent", hostname_parent(value));
	}
	printf(" utf8=%zu", utf8_valid_prefix(value));
	if (netaddr_parse(value, &address) == 0) {
		const char *special = netaddr_special(&address);
		netaddr_text(&address, text);
		printf(" address=%s special=%s embedded=%d", text, special != NULL ? special : "no",
		       netaddr_embedded(&address, &embedded));
	}
	if (netaddr_cidr_parse(value, &net) == 0)
		printf(" bits=%u", net.bits);
	printf("\n");
}

static void all_rr(const struct dns_rr *rr)
{
	unsigned pieces = 0;
	int n = dnsmsg_txt_measure(rr, &pieces);

	printf(" rr type=%u class=%u ttl=%u n=%u txt=%d pieces=%u", rr->type, rr->class_, rr->ttl,
	       rr->rdata_n, n, n >= 0 ? pieces : 0);
	char *joined = n > 0 ? malloc((size_t)n) : NULL;
	if (joined != NULL) {
		dnsmsg_txt_join(rr, joined);
		show("is", span_of(joined, (size_t)n));
		free(joined);
	}
}

static void all_dns(struct span value)
{
	static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_MX, DNS_TYPE_TXT, DNS_TYPE_AAAA};
	const uint8_t *wire = (const uint8_t *)value.p;
	struct dnsmsg m;
	struct dnsmsg_rrset set;
	char text[DNS_NAME_TEXT_MAX];
	uint8_t query[DNS_QUERY_MAX];

	printf("dns question=%zu", dnsmsg_question(wire, value.n));
	if (dnsmsg_parse(&m, wire, value.n) == 0) {
		printf(" id=%u qr=%d tc=%d ad=%d rcode=%u ede=%d type=%u an=%u", m.id, m.qr, m.tc,
		       m.ad, m.rcode, m.ede, m.qtype, m.an_count);
		if (dnsmsg_name(&m, m.qname, text) >= 0)
			show("qname", span_str(text));
		for (unsigned t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
			printf(" chase=%d", dnsmsg_chase(&m, types[t], &set));
			printf(" ttl=%u cnames=%u dropped=%u", set.ttl, set.cname_n,
			       set.rr_dropped);
			for (unsigned i = 0; i < set.rr_n && i < 8; i++)
				all_rr(&set.rr[i]);
		}
	}
	size_t n = dnsmsg_query(query, sizeof(query), 0x1234, value, DNS_TYPE_TXT, true);
	show("query", span_of((const char *)query, n));
	printf("\n");
}

static void all(struct span value)
{
	all_sts(value);
	all_tlsrpt(value);
	all_policy(value);
	all_names(value);
	all_dns(value);
}

static int parse_file(const char *path, bool lines)
{
	FILE *f = fopen(path, "rb");
	char *data = malloc(VALUE_MAX);
	size_t n = f != NULL && data != NULL ? fread(data, 1, VALUE_MAX, f) : 0;

	if (f == NULL || data == NULL || ferror(f)) {
		perror(path);
		if (f != NULL)
			fclose(f);
		free(data);
		return -1;
	}
	fclose(f);
	printf("# %s\n", strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path);
	if (!lines)
		all(span_of(data, n));
	for (size_t at = 0; lines && at < n;) {
		const char *lf = memchr(data + at, '\n', n - at);
		size_t length = lf != NULL ? (size_t)(lf - data) - at : n - at;
		all(span_of(data + at, length));
		at += length + 1;
	}
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	bool lines = argc > 1 && strcmp(argv[1], "-l") == 0;
	int rc = 0;

	for (int i = lines ? 2 : 1; i < argc; i++)
		rc |= parse_file(argv[i], lines);
	return rc == 0 && fflush(stdout) == 0 ? 0 : 1;
}

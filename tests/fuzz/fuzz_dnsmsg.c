/* The message parser on arbitrary bytes: everything that can be asked of a message is asked. */
#include <assert.h>
#include <stdlib.h>

#include "parsers/dnsmsg.h"

static void ask(const struct dnsmsg *m, uint16_t type)
{
	struct dnsmsg_rrset set;
	char text[DNS_NAME_TEXT_MAX];
	enum dnsmsg_chase r = dnsmsg_chase(m, type, &set);

	assert((r == DNSMSG_FOUND) == (set.rr_n > 0));
	assert(set.rr_n <= DNS_RR_MAX && set.cname_n <= DNS_CNAME_MAX);
	for (unsigned i = 0; i < set.cname_n; i++)
		assert(dnsmsg_name(m, set.cname[i], text) > 0);
	for (unsigned i = 0; i < set.rr_n; i++) {
		const struct dns_rr *rr = &set.rr[i];
		uint16_t preference;
		unsigned pieces;

		assert(rr->rdata >= m->wire && rr->rdata + rr->rdata_n <= m->wire + m->n);
		assert(dnsmsg_name(m, rr->name, text) > 0);
		if (type == DNS_TYPE_MX)
			assert(dnsmsg_mx(m, rr, &preference, text) > 0);
		if (type == DNS_TYPE_TXT) {
			int n = dnsmsg_txt_measure(rr, &pieces);
			assert(n >= 0 && (size_t)n + pieces == rr->rdata_n);
			char *joined = malloc((size_t)n + 1);
			assert(joined != NULL);
			dnsmsg_txt_join(rr, joined);
			free(joined);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dnsmsg m;
	char text[DNS_NAME_TEXT_MAX];

	size_t question = dnsmsg_question(data, size);
	assert(question <= size && (question == 0 || question >= 12 + 1 + 4));
	if (dnsmsg_parse(&m, data, size) != 0)
		return 0;
	/* What is read alone is read alike (only of the longest messages a bit is left out). */
	assert(size > DNS_MESSAGE_MAX || question == m.answers);
	assert(dnsmsg_name(&m, m.qname, text) > 0);
	static const uint16_t types[] = {DNS_TYPE_A,   DNS_TYPE_AAAA, DNS_TYPE_CNAME, DNS_TYPE_MX,
					 DNS_TYPE_TXT, DNS_TYPE_TLSA, DNS_TYPE_SOA};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ask(&m, types[i]);
	return 0;
}

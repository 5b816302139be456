/* A DNS answer, and what is written of it into a record. */
#include <assert.h>
#include <stdint.h>

#include "parsers/terms.h"
#include "scanner/job/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mx(struct arena *arena, const struct evidence_answer *answer)
{
	struct record r;

	record_init(&r);
	assert(evidence_mx(arena, answer, &r.mx) == 0);
	assert(r.mx.hosts_n <= DNS_RR_MAX);
	for (unsigned i = 0; i < r.mx.hosts_n; i++) {
		assert(r.mx.hosts[i].host.n > 0 && r.mx.hosts[i].host.n < DNS_NAME_TEXT_MAX);
		assert(i == 0 || r.mx.hosts[i].preference >= r.mx.hosts[i - 1].preference);
	}
}

static void check_txt(struct arena *arena, const struct evidence_answer *answer)
{
	struct record r;
	size_t total = 0;

	record_init(&r);
	assert(evidence_txt(arena, answer, &r.sts.answer) == 0);
	assert(r.sts.answer.txt_n <= DNS_RR_MAX && r.sts.answer.cname_n <= DNS_CNAME_MAX);
	for (unsigned i = 0; i < r.sts.answer.txt_n; i++)
		total += r.sts.answer.txt[i].n;
	assert(total <= DNS_MESSAGE_MAX);
}

/* Whoever denies is above the name, and not the name. */
static void check_denier(struct arena *arena, struct evidence_answer answer)
{
	char text[DNS_NAME_TEXT_MAX];
	struct record r;
	struct span by;
	int length = dnsmsg_name(answer.m, answer.m->qname, text);

	assert(length > 0);
	answer.outcome = DNS_NXDOMAIN;
	assert(evidence_denier(arena, &answer, span_of(text, (size_t)length), &by) == 0);
	if (by.p == NULL)
		return;
	assert(span_eq(by, SPAN_LIT(".")) || by.n < (size_t)length);
	record_init(&r);
	evidence_txt_denied(&answer, by, &r.sts.answer);
	assert(r.sts.answer.dns == DNS_NXDOMAIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = {DNS_TYPE_TXT, DNS_TYPE_MX, DNS_TYPE_A, DNS_TYPE_AAAA};
	struct netaddr addresses[8];
	struct dnsmsg_rrset set;
	struct dnsmsg m;
	struct arena arena;

	if (dnsmsg_parse(&m, data, size) != 0 || arena_init(&arena, 4096, 1u << 22) != 0)
		return 0;
	for (unsigned i = 0; i < 4; i++) {
		bool found = dnsmsg_chase(&m, types[i], &set) == DNSMSG_FOUND;
		struct evidence_answer answer = {
			.outcome = found ? DNS_OK : DNS_NODATA,
			.resolver = SPAN_LIT("192.0.2.1"),
			.m = &m,
			.set = &set,
		};
		if (types[i] == DNS_TYPE_TXT) {
			check_txt(&arena, &answer);
		} else if (types[i] == DNS_TYPE_MX) {
			check_mx(&arena, &answer);
			check_denier(&arena, answer);
		} else {
			unsigned n = evidence_addresses(&answer, addresses, 8);
			assert(n <= 8 && (found || n == 0));
			for (unsigned k = 0; k < n; k++)
				assert(addresses[k].family == (types[i] == DNS_TYPE_A ? 4 : 6));
		}
		arena_reset(&arena);
	}
	assert(size < 4 ||
	       evidence_address_outcome((enum dns_outcome)(data[2] % dns_outcome_count),
					(enum dns_outcome)(data[3] % dns_outcome_count)) <
		       dns_outcome_count);
	arena_release(&arena);
	return 0;
}

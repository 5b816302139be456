/* nat64.c - see nat64.h. */
#include "scanner/job/nat64.h"

#include <assert.h>

#include "scanner/base/list.h"
#include "scanner/job/evidence.h"

#define SHOWN_MAX 8u

static void nat64_answered(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			   const struct dnsmsg_rrset *set)
{
	struct nat64 *n = list_owner(q, struct nat64, question);
	const struct evidence_answer a = {.outcome = outcome, .m = m, .set = set};
	struct netaddr shown[SHOWN_MAX];

	assert(n->asked);
	n->asked = false;
	unsigned shown_n = evidence_addresses(&a, shown, SHOWN_MAX);
	for (unsigned i = 0; i < shown_n; i++)
		reach_learn_nat64(n->reach, &shown[i]);
}

void nat64_start(struct nat64 *n, struct resolver *resolver, struct reach *reach)
{
	*n = (struct nat64){.reach = reach};
	if (!reach_has_ipv6(reach))
		return;
	n->asked = true;
	n->question.name = SPAN_LIT("ipv4only.arpa");
	n->question.type = DNS_TYPE_AAAA;
	n->question.answered = nat64_answered;
	resolver_ask(resolver, &n->question);
}

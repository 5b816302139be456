/* ehlo_check.c - see ehlo_check.h. */
#include "scanner/job/ehlo_check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "scanner/base/list.h"
#include "scanner/job/evidence.h"

#define CONSEQUENCE                                                                                \
	"; many mail servers refuse or distrust such visitors, which would look like broken "      \
	"hosts. "                                                                                  \
	"See README, 'Scanning responsibly'"

enum { ASK_A, ASK_AAAA, ASK_PTR };

static struct ehlo_check *check_of(struct question *q)
{
	return list_owner(q - q->tag, struct ehlo_check,
			  questions); /* the tag is its place there */
}

__attribute__((format(printf, 2, 3))) static void warn(struct ehlo_check *c, const char *fmt, ...)
{
	struct errmsg text;
	char line[sizeof(text.text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	errmsg_set(&text, "%s", line); /* a reverse name is anybody's text */
	c->state = EHLO_OVER;
	c->warn(c->user, text.text);
}

static void ask(struct ehlo_check *c, unsigned which, const char *name, uint16_t type,
		void (*answered)(struct question *, enum dns_outcome, const struct dnsmsg *,
				 const struct dnsmsg_rrset *))
{
	struct question *q = &c->questions[which];

	c->outstanding++;
	q->tag = which;
	q->name = span_str(name);
	q->type = type;
	q->answered = answered;
	resolver_ask(c->resolver, q);
}

/* ---- the name's addresses ---------------------------------------------------------------- */

static void answered_address(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			     const struct dnsmsg_rrset *set)
{
	struct ehlo_check *c = check_of(q);
	const struct evidence_answer a = {.outcome = outcome, .m = m, .set = set};

	c->outcome[q->tag] = outcome;
	c->addresses_n += evidence_addresses(&a, c->addresses + c->addresses_n,
					     EHLO_ADDRESSES - c->addresses_n);
	assert(c->outstanding > 0);
	if (--c->outstanding == 0)
		c->state = EHLO_FORWARD_DONE;
}

static bool leads_to(const struct ehlo_check *c, const struct netaddr *own)
{
	unsigned bytes = own->family == 6 ? 16 : 4;

	for (unsigned i = 0; i < c->addresses_n; i++)
		if (c->addresses[i].family == own->family &&
		    memcmp(c->addresses[i].bytes, own->bytes, bytes) == 0)
			return true;
	return false;
}

/* RFC 1035 3.5, RFC 3596 2.5. */
static void reverse_name(const struct netaddr *a, char *out, size_t room)
{
	const uint8_t *b = a->bytes;
	size_t n = 0;

	if (a->family != 6) {
		snprintf(out, room, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
		return;
	}
	for (unsigned i = 16; i-- > 0;)
		n += (size_t)snprintf(out + n, room - n, "%x.%x.", b[i] & 15u, b[i] >> 4u);
	snprintf(out + n, room - n, "ip6.arpa");
}

/* ---- the address's name ------------------------------------------------------------------ */

static void answered_reverse(struct question *q, enum dns_outcome outcome, const struct dnsmsg *m,
			     const struct dnsmsg_rrset *set)
{
	struct ehlo_check *c = check_of(q);

	c->outcome[ASK_PTR] = outcome;
	for (unsigned i = 0; outcome == DNS_OK && !c->confirmed && i < set->rr_n; i++)
		c->confirmed =
			dnsmsg_name(m, (size_t)(set->rr[i].rdata - m->wire), c->found) >= 0 &&
			strcasecmp(c->found, c->name) == 0;
	assert(c->outstanding > 0);
	c->outstanding--;
}

static void look_back(struct ehlo_check *c)
{
	char own[NETADDR_TEXT_MAX];

	if (c->addresses_n == 0) {
		if (dns_answered(c->outcome[ASK_A]) && dns_answered(c->outcome[ASK_AAAA]))
			warn(c, "the name that is said at EHLO, %s, has no address" CONSEQUENCE,
			     c->name);
		else
			c->state = EHLO_OVER; /* DNS does not say: nothing is known */
		return;
	}
	c->asked = c->own.family != 0 ? c->own : c->addresses[0];
	netaddr_text(&c->asked, own);
	if (!leads_to(c, &c->asked)) {
		warn(c,
		     "the name that is said at EHLO, %s, does not lead to %s, the address that we "
		     "come from" CONSEQUENCE,
		     c->name, own);
		return;
	}
	reverse_name(&c->asked, c->reverse, sizeof(c->reverse));
	c->state = EHLO_REVERSE;
	ask(c, ASK_PTR, c->reverse, DNS_TYPE_PTR, answered_reverse);
}

static void conclude(struct ehlo_check *c)
{
	char own[NETADDR_TEXT_MAX];

	netaddr_text(&c->asked, own);
	if (c->confirmed || !dns_answered(c->outcome[ASK_PTR]))
		c->state = EHLO_OVER;
	else
		warn(c,
		     "the reverse name of %s is %s and not %s, the name that is said at "
		     "EHLO" CONSEQUENCE,
		     own, c->found[0] != '\0' ? c->found : "not there", c->name);
}

/* ---- life -------------------------------------------------------------------------------- */

void ehlo_check_start(struct ehlo_check *c)
{
	assert(c->state == EHLO_IDLE);
	if (c->name[0] == '[') {
		warn(c, "%s is said at EHLO: an address is no name (--ehlo gives one)" CONSEQUENCE,
		     c->name);
		return;
	}
	c->state = EHLO_FORWARD;
	ask(c, ASK_A, c->name, DNS_TYPE_A, answered_address);
	ask(c, ASK_AAAA, c->name, DNS_TYPE_AAAA, answered_address);
}

void ehlo_check_turn(struct ehlo_check *c)
{
	if (c->state == EHLO_FORWARD_DONE)
		look_back(c);
	else if (c->state == EHLO_REVERSE && c->outstanding == 0)
		conclude(c);
}

/* dns_answer.c - reads the question, looks the name up in the population, writes the answer. */
#include "datasets/labnet/dns_answer.h"

#include <assert.h>

#include "datasets/labnet/draw.h"
#include "datasets/labnet/estate.h"
#include "datasets/labnet/situations.h"
#include "datasets/labnet/template.h"
#include "parsers/dnsmsg.h"

#define HEADER 12
#define FLAG_AD 0x20
#define FLAG_TC 0x02
#define EDE_BOGUS 6
#define TYPE_NS 2
#define POINTER_QNAME 0xc00c
#define TXT_STRING_MAX 255
#define UDP_PLAIN_MAX 512

/* The answer being written. Sticky: once full, nothing more is written. */
struct answer {
	uint8_t *p;
	size_t n;
	bool full;
	unsigned answers;
	unsigned aliases; /* of the answers */
	unsigned owner;	  /* compression pointer to the owner of the next record */
	uint32_t ttl;
};

struct question {
	struct span name; /* lower case, in text */
	char text[NAME_BUF];
	size_t wire_n; /* of the name */
	uint16_t type;
	bool edns, want_do, want_ad;
	size_t payload;
};

static void put(struct answer *a, const void *p, size_t n)
{
	if (a->full || n > DNS_ANSWER_MAX - a->n) {
		a->full = true;
		return;
	}
	memcpy(a->p + a->n, p, n);
	a->n += n;
}

static void put16(struct answer *a, unsigned v)
{
	put(a, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static void put32(struct answer *a, uint32_t v)
{
	put16(a, v >> 16);
	put16(a, v & 0xffff);
}

/* A name in text form; labels over 63 bytes do not occur in what we make. */
static void put_name(struct answer *a, struct span name)
{
	while (name.n > 0) {
		const char *dot = memchr(name.p, '.', name.n);
		size_t n = dot ? (size_t)(dot - name.p) : name.n;
		uint8_t length = (uint8_t)n;

		assert(n > 0 && n <= NAME_LABEL_MAX);
		put(a, &length, 1);
		put(a, name.p, n);
		name.p += n;
		name.n -= n;
		if (name.n > 0) {
			name.p++;
			name.n--;
		}
	}
	put(a, "", 1);
}

/* Opens a record; close_record fills in its length. Returns where rdata begins. */
static size_t open_record(struct answer *a, unsigned type)
{
	put16(a, a->owner);
	put16(a, type);
	put16(a, 1);
	put32(a, a->ttl);
	put16(a, 0);
	a->answers++;
	return a->n;
}

static void close_record(struct answer *a, size_t rdata)
{
	size_t n = a->n - rdata;

	if (a->full)
		return;
	a->p[rdata - 2] = (uint8_t)(n >> 8);
	a->p[rdata - 1] = (uint8_t)n;
}

static void put_cname(struct answer *a, struct span target)
{
	size_t at = open_record(a, DNS_TYPE_CNAME);

	put_name(a, target);
	close_record(a, at);
	a->owner = 0xc000 | (unsigned)at;
	a->aliases++;
}

static void put_address(struct answer *a, unsigned type, const char *net, unsigned host)
{
	static const uint8_t loopback6[16] = {[15] = 1};
	size_t at = open_record(a, type);
	uint8_t v4[4] = {127, 0, 0, 0};

	if (type == DNS_TYPE_AAAA) {
		put(a, loopback6, sizeof(loopback6));
	} else {
		v4[2] = (uint8_t)(net[6] - '0');
		v4[3] = (uint8_t)host;
		put(a, v4, sizeof(v4));
	}
	close_record(a, at);
}

static void put_estate_address(struct answer *a, unsigned host)
{
	size_t at = open_record(a, DNS_TYPE_A);
	uint8_t v4[4];

	estate_address(host, v4);
	put(a, v4, sizeof(v4));
	close_record(a, at);
}

static void put_side_address(struct answer *a, unsigned kind, unsigned number)
{
	size_t at = open_record(a, DNS_TYPE_A);
	uint8_t v4[4] = {127, ESTATE_SIDE, (uint8_t)kind, (uint8_t)(1 + number % 250)};

	put(a, v4, sizeof(v4));
	close_record(a, at);
}

/* One TXT record; '|' parts its strings, and strings over 255 bytes are parted by force. */
static void put_txt(struct answer *a, const char *p, size_t n)
{
	size_t at = open_record(a, DNS_TYPE_TXT);

	do {
		const char *bar = memchr(p, '|', n);
		size_t piece = bar ? (size_t)(bar - p) : n;
		if (piece > TXT_STRING_MAX)
			piece = TXT_STRING_MAX;
		uint8_t length = (uint8_t)piece;
		put(a, &length, 1);
		put(a, p, piece);
		p += piece;
		n -= piece;
		if (n > 0 && *p == '|') {
			p++;
			n--;
		}
	} while (n > 0);
	close_record(a, at);
}

static void put_soa(struct answer *a)
{
	static const uint8_t rdata[] = {2,    'n', 's', 0xc0, 0x0c, 1,	'h', 0xc0, 0x0c, 0,
					0,    0,   1,	0,    0,    14, 16,  0,	   0,	 3,
					0x84, 0,   9,	0x3a, 0x80, 0,	0,   1,	   0x2c};

	put16(a, a->owner);
	put16(a, DNS_TYPE_SOA);
	put16(a, 1);
	put32(a, 300);
	put16(a, sizeof(rdata));
	put(a, rdata, sizeof(rdata));
}

static void put_opt(struct answer *a, const struct question *q, int ede)
{
	put(a, "", 1);
	put16(a, DNS_TYPE_OPT);
	put16(a, DNS_UDP_PAYLOAD);
	put32(a, q->want_do ? 0x8000 : 0);
	put16(a, ede < 0 ? 0 : 6);
	if (ede >= 0) {
		put16(a, 15);
		put16(a, 2);
		put16(a, (unsigned)ede);
	}
}

/* The question's name as lower-case text. 0 or -1. */
static int read_name(struct question *q, const uint8_t *wire, size_t n)
{
	size_t at = 0, out = 0;

	for (;;) {
		if (at >= n)
			return -1;
		size_t label = wire[at++];
		if (label == 0)
			break;
		if (label > NAME_LABEL_MAX || label > n - at || out + label + 1 > NAME_BUF)
			return -1;
		for (size_t i = 0; i < label; i++, at++) {
			uint8_t c = wire[at];
			if (c == '.' || c == '\0')
				return -1; /* legal (RFC 2181 11), but no host has it */
			q->text[out++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		}
		q->text[out++] = '.';
	}
	q->wire_n = at;
	q->name = span_of(q->text, out ? out - 1 : 0);
	return 0;
}

/* 0 or -1. Only an OPT record directly after the question is seen: that is what clients send. */
static int read_question(struct question *q, const uint8_t *query, size_t n)
{
	if (n < HEADER || (query[2] & 0xf8) != 0 || query[4] != 0 || query[5] != 1)
		return -1;
	q->want_ad = query[3] & FLAG_AD;
	q->edns = q->want_do = false;
	q->payload = UDP_PLAIN_MAX;
	if (read_name(q, query + HEADER, n - HEADER) != 0 || n - HEADER < q->wire_n + 4)
		return -1;
	const uint8_t *p = query + HEADER + q->wire_n;
	q->type = (uint16_t)(p[0] << 8 | p[1]);
	p += 4;
	if ((size_t)(query + n - p) >= 11 && p[0] == 0 && p[1] == 0 && p[2] == DNS_TYPE_OPT) {
		q->edns = true;
		q->payload = (size_t)(p[3] << 8 | p[4]);
		if (q->payload < UDP_PLAIN_MAX)
			q->payload = UDP_PLAIN_MAX;
		q->want_do = p[7] & 0x80;
	}
	return 0;
}

struct span dns_policy_domain(struct span host)
{
	struct span prefix = SPAN_LIT("mta-sts.");

	if (!span_starts(host, prefix) || host.n == prefix.n)
		return SPAN_NULL;
	return span_of(host.p + prefix.n, host.n - prefix.n);
}

/* ---- what stands at a name --------------------------------------------------------------- */

/* Everything one question needs; `act` is what befalls it. */
struct task {
	const struct dns_context *c;
	const struct question *q;
	struct situation s;
	enum act act;
	struct answer *a;
};

static void cname_by_template(struct task *t, const char *text)
{
	char name[NAME_BUF];

	put_cname(t->a, span_of(name, template_expand(text, &t->s, name, NAME_TEXT_MAX)));
}

static void txt_by_template(struct task *t, const char *text)
{
	char value[1024];
	size_t n = template_expand(text, &t->s, value, sizeof(value) - 1);
	char *end = value + n, *p = value;

	if (t->s.multi_string && n > 6 && n < sizeof(value)) {
		memmove(value + 7, value + 6, n - 6);
		value[6] = '|';
		end++;
	}
	while (p < end) {
		char *newline = memchr(p, '\n', (size_t)(end - p));
		char *stop = newline ? newline : end;
		put_txt(t->a, p, (size_t)(stop - p));
		p = stop + (newline != NULL);
	}
}

static void answer_sts(struct task *t)
{
	if (t->q->type != DNS_TYPE_TXT)
		return;
	if (t->s.record_cname)
		cname_by_template(t, t->s.operator_->record);
	txt_by_template(t, t->s.kind->record);
}

static void answer_rpt(struct task *t)
{
	if (t->q->type != DNS_TYPE_TXT)
		return;
	if (!t->s.rpt) { /* a wildcard answers here too */
		txt_by_template(t, t->s.kind->record);
		return;
	}
	if (t->act == ACT_CNAME)
		cname_by_template(t, "r%i.tlsrpt.reports.example");
	t->s.multi_string = false;
	txt_by_template(t, t->s.rpt->record);
}

static void answer_policy_host(struct task *t)
{
	unsigned type = t->q->type;

	if (type != DNS_TYPE_A && type != DNS_TYPE_AAAA)
		return;
	bool ipv6 = t->c->ipv6 && (t->s.ipv6 || t->act == ACT_IPV6_ONLY);
	if (t->s.operator_)
		cname_by_template(t, t->s.operator_->host);
	if (type == DNS_TYPE_AAAA) {
		if (ipv6 && (t->act == ACT_OK || t->act == ACT_IPV6_ONLY))
			put_address(t->a, type, NULL, 0);
		return;
	}
	if (t->act == ACT_PRIVATE) {
		size_t at = open_record(t->a, DNS_TYPE_A);
		put(t->a, (uint8_t[]){10, 1, 2, 3}, 4);
		close_record(t->a, at);
	} else if (t->act == ACT_CLOSED) {
		put_address(t->a, type, LAB_CLOSED_ADDRESS, 1);
	} else if (t->act == ACT_DROPPED) {
		put_address(t->a, type, LAB_DROPPED_ADDRESS, 2);
	} else if (t->act != ACT_IPV6_ONLY || !ipv6) {
		/* An operator's customers share its few addresses. */
		uint32_t host = t->s.operator_ ? (uint32_t)(t->s.operator_ - operators)
					       : draw(t->s.hash, DRAW_WEB);
		put_address(t->a, type, LAB_WEB_NET, 1 + host % LAB_WEB_HOSTS);
	}
}

static void answer_mx(struct task *t)
{
	char host[NAME_BUF];
	size_t at;

	if (t->s.mail->form == MAIL_NULL_MX) {
		at = open_record(t->a, DNS_TYPE_MX);
		put(t->a, "\0\0", 3);
		close_record(t->a, at);
	}
	for (unsigned i = 0; i < t->s.mx_n; i++) {
		size_t n = population_mx_host(&t->s, i, host);
		at = open_record(t->a, DNS_TYPE_MX);
		put16(t->a, 10 * (i + 1));
		/* Hosts of the domain itself end in a pointer to the question. */
		size_t own = n > t->s.domain.n ? n - t->s.domain.n : 0;
		if (own > 0 && host[own - 1] == '.' &&
		    memcmp(host + own, t->s.domain.p, t->s.domain.n) == 0) {
			uint8_t label = (uint8_t)(own - 1);
			put(t->a, &label, 1);
			put(t->a, host, label);
			put16(t->a, POINTER_QNAME);
		} else {
			put_name(t->a, span_of(host, n));
		}
		close_record(t->a, at);
	}
}

/* A host's address: every name of a zone that exists has one, unless it wants no mail at all. */
static void answer_host(struct task *t)
{
	unsigned type = t->q->type;

	if (type != DNS_TYPE_A)
		return;
	const struct mail_host *h = population_mail_host(t->c->population, t->q->name);
	unsigned host = estate_find(t->c->population->estate, t->q->name);
	unsigned estate = t->c->population->estate;
	if (host != ESTATE_NONE)
		put_estate_address(t->a, host);
	else if (estate > 0)
		put_side_address(t->a, (unsigned)(h - mail_hosts),
				 draw(draw_hash(1, t->q->name.p, t->q->name.n), DRAW_MAIL_ADDRESS));
	else if (t->act == ACT_CLOSED)
		put_address(t->a, type, LAB_CLOSED_ADDRESS, 1);
	else if (h != &mail_hosts[MAIL_HOST_fine])
		put_address(t->a, type, LAB_MAIL_NET, LAB_MAIL_FINE + (unsigned)(h - mail_hosts));
	else
		put_address(t->a, type, LAB_MAIL_NET,
			    1 + draw_below(t->s.hash, DRAW_MAIL_ADDRESS, LAB_MAIL_FINE));
}

/* An MX host is as its kind says; any other name has an address where its situation says so. */
static enum act host_act(const struct task *t)
{
	const struct population *p = t->c->population;
	enum act act = population_mail_host(p, t->q->name)->act;

	if (population_is_mx_host(p, t->q->name))
		return act;
	if (t->s.kind->zone)
		return t->s.kind->record_act;
	if (t->s.mail->form == MAIL_NOTHING)
		return ACT_NODATA;
	return act == ACT_CLOSED ? ACT_CLOSED : ACT_OK;
}

/* The root always exists; a resolver that denies it lies. */
static void answer_root(struct task *t)
{
	t->act = ACT_OK;
	t->a->ttl = 86400;
	if (t->q->type != TYPE_NS)
		return;
	size_t at = open_record(t->a, TYPE_NS);
	put_name(t->a, SPAN_LIT("a.root-servers.net"));
	close_record(t->a, at);
}

/* Sends the question to what it is about. */
static void dispatch(struct task *t)
{
	struct span name = t->q->name, sts = SPAN_LIT("_mta-sts."), rpt = SPAN_LIT("_smtp._tls.");
	struct span domain = SPAN_NULL;
	const struct population *p = t->c->population;
	void (*answer)(struct task *) = answer_host;

	if (name.n == 0) {
		answer_root(t);
		return;
	}
	if (span_starts(name, sts) && name.n > sts.n) {
		domain = span_of(name.p + sts.n, name.n - sts.n);
		answer = answer_sts;
	} else if (span_starts(name, rpt) && name.n > rpt.n) {
		domain = span_of(name.p + rpt.n, name.n - rpt.n);
		answer = answer_rpt;
	} else if (t->q->type == DNS_TYPE_MX) {
		domain = name;
		answer = answer_mx;
	} else if (dns_policy_domain(name).p) {
		domain = dns_policy_domain(name);
		answer = answer_policy_host;
	}
	population_look(p, domain.p ? domain : name, &t->s);
	const struct kind *k = t->s.kind;
	if (answer == answer_host)
		t->act = host_act(t);
	else if (k->zone)
		t->act = k->record_act;
	else if (answer == answer_sts)
		t->act = k->record_act;
	else if (answer == answer_rpt)
		t->act = t->s.rpt			  ? t->s.rpt->act
			 : k == &kinds[KIND_wildcard_txt] ? ACT_OK
							  : ACT_NXDOMAIN;
	else if (answer == answer_policy_host)
		t->act = k->host_act;
	else
		t->act = t->s.mail->act;
	t->a->ttl = t->s.ttl;
	if (t->act == ACT_LOOP || t->act == ACT_DANGLING)
		cname_by_template(t, "gone%i._mta-sts.former-operator.example");
	else if (act_outcome(t->act) == DNS_OK || t->act == ACT_MALFORMED)
		answer(t);
	if (t->act == ACT_LOOP)
		put_cname(t->a, t->q->name);
}

static unsigned act_rcode(enum act act)
{
	switch (act) {
	case ACT_NXDOMAIN:
	case ACT_DANGLING:
		return DNS_RCODE_NXDOMAIN;
	case ACT_SERVFAIL:
	case ACT_BOGUS:
		return DNS_RCODE_SERVFAIL;
	case ACT_REFUSED:
		return DNS_RCODE_REFUSED;
	default:
		return DNS_RCODE_NOERROR;
	}
}

/* A lying resolver has an answer for every name: its owner's search page. */
static void lie(struct task *t)
{
	t->act = ACT_OK;
	if (t->q->type == DNS_TYPE_A)
		put_address(t->a, DNS_TYPE_A, LAB_WEB_NET, 1);
	else if (t->q->type == DNS_TYPE_TXT)
		put_txt(t->a, "v=spf1 ~all", 11);
}

/* Header, records written so far, SOA, OPT. */
static void finish(struct task *t, const uint8_t *query, bool tcp, size_t question_end)
{
	struct answer *a = t->a;
	const struct question *q = t->q;
	unsigned rcode = act_rcode(t->act), authority = 0;

	/* Behind aliases it is the zone of the last target that denies (RFC 2308 2.1, 2.2). */
	if (a->answers == a->aliases && t->act != ACT_LOOP &&
	    (rcode == DNS_RCODE_NXDOMAIN || rcode == DNS_RCODE_NOERROR)) {
		put_soa(a);
		authority = 1;
	}
	if (q->edns)
		put_opt(a, q, t->act == ACT_BOGUS ? EDE_BOGUS : -1);
	bool tc =
		!tcp && (a->full || a->n > q->payload || t->act == ACT_TC || t->act == ACT_TC_ONLY);
	if (tc) {
		a->n = question_end;
		a->full = false;
		a->answers = authority = 0;
		if (q->edns)
			put_opt(a, q, -1);
	}
	bool ad = t->s.ad && (q->want_ad || q->want_do) && rcode != DNS_RCODE_SERVFAIL;
	a->p[2] = (uint8_t)(0x80 | (query[2] & 1) | (tc ? FLAG_TC : 0));
	a->p[3] = (uint8_t)(0x80 | (ad ? FLAG_AD : 0) | rcode);
	a->p[7] = (uint8_t)a->answers;
	a->p[9] = (uint8_t)authority;
	a->p[11] = q->edns;
	if (t->act == ACT_MALFORMED && a->answers > 0)
		a->p[question_end + 10] = 0x7f; /* rdata length beyond the message */
}

static size_t format_error(const uint8_t *query, uint8_t *out)
{
	memset(out, 0, HEADER);
	memcpy(out, query, 2);
	out[2] = 0x80;
	out[3] = 0x80 | DNS_RCODE_FORMERR;
	return HEADER;
}

size_t dns_answer(const struct dns_context *c, enum dns_mood mood, bool tcp, const uint8_t *query,
		  size_t n, uint8_t *out)
{
	struct question q;
	struct answer a = {.p = out, .owner = POINTER_QNAME};
	struct task t = {.c = c, .q = &q, .a = &a};

	if (n < HEADER || query[2] & 0x80)
		return 0;
	if (read_question(&q, query, n) != 0)
		return format_error(query, out);
	memcpy(out, query, HEADER + q.wire_n + 4);
	memset(out + 6, 0, 6);
	size_t question_end = a.n = HEADER + q.wire_n + 4;
	dispatch(&t);
	if (mood == DNS_MOOD_SLIP && t.act != ACT_SILENT && t.act != ACT_TC_ONLY) {
		t.act = ACT_TC;
	} else if (mood != DNS_MOOD_HONEST && mood != DNS_MOOD_SLIP && mood != DNS_MOOD_LYING) {
		t.act = mood == DNS_MOOD_SERVFAIL  ? ACT_SERVFAIL
			: mood == DNS_MOOD_REFUSED ? ACT_REFUSED
						   : ACT_NXDOMAIN;
		a.n = question_end;
		a.answers = a.aliases = 0;
		a.owner = POINTER_QNAME;
	} else if (mood == DNS_MOOD_LYING && act_rcode(t.act) == DNS_RCODE_NXDOMAIN) {
		a.n = question_end;
		a.answers = a.aliases = 0;
		a.owner = POINTER_QNAME;
		lie(&t);
	}
	if (t.act == ACT_SILENT || (t.act == ACT_TC_ONLY && tcp))
		return 0;
	finish(&t, query, tcp, question_end);
	return a.n;
}

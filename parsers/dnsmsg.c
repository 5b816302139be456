/*
 * dnsmsg.c - DNS messages, read in place; see dnsmsg.h.
 *
 * Two things keep hostile messages harmless. Reads go through a cursor with a sticky error: a read
 * past the end yields zero, and one check after a group of reads is enough. And there is one
 * function that walks names, label_next(); its rules (pointers strictly backwards, a bounded number
 * of them, 255 bytes of labels) end every walk early.
 */
#include "parsers/dnsmsg.h"

#include <assert.h>

#include "parsers/dnsmsg_parts.h"

enum {
	/* More pointers than a name can have labels serve only to waste our time. */
	POINTERS_MAX = 127,
	EDNS_OPTION_EDE = 15, /* RFC 8914 */
	/* The shortest record is the root's, without data. */
	ANSWERS_MAX = DNS_MESSAGE_MAX / 11,
};

static_assert(DNS_NAME_WIRE_MAX * 4 + 1 <= DNS_NAME_TEXT_MAX,
	      "an escaped name must fit its buffer");

/* ---- cursor ------------------------------------------------------------------------------ */

struct cursor {
	const uint8_t *p;
	size_t n, at; /* at <= n */
	bool bad;     /* sticky: a read went past the end, or a name was unreadable */
};

static const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	if (c->bad || n > c->n - c->at) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return c->p + (c->at - n);
}

static uint16_t get_u16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 2);

	return b != NULL ? get_u16(b) : 0;
}

/* ---- names ------------------------------------------------------------------------------- */

/* A walk over one name. `run` is where the current run of labels began: the next pointer must lead
 * to before it, so that every hop shortens what is left of the message. */
struct walk {
	const uint8_t *wire;
	size_t n, at, run;
	size_t end;	 /* offset after the name in its own place; 0 until known */
	unsigned wire_n; /* bytes of the uncompressed name so far */
	unsigned pointers;
};

static struct walk walk_at(const uint8_t *wire, size_t n, size_t offset)
{
	return (struct walk){.wire = wire, .n = n, .at = offset, .run = offset};
}

/* The next label, not copied: 1 a label, 0 the root (end of the name), -1 unreadable. */
static int label_next(struct walk *w, const uint8_t **label, unsigned *label_n)
{
	for (;;) {
		if (w->at >= w->n)
			return -1;
		unsigned b = w->wire[w->at];
		if (b <= NAME_LABEL_MAX) {
			if (w->n - w->at < 1u + b || w->wire_n + 1 + b > DNS_NAME_WIRE_MAX)
				return -1;
			*label = w->wire + w->at + 1;
			*label_n = b;
			w->at += 1u + b;
			w->wire_n += 1 + b;
			if (b == 0 && w->end == 0)
				w->end = w->at;
			return b != 0;
		}
		if (b < 0xc0 || w->n - w->at < 2 || ++w->pointers > POINTERS_MAX)
			return -1;
		size_t target = (b & 0x3f) << 8 | w->wire[w->at + 1];
		if (w->end == 0)
			w->end = w->at + 2;
		if (target >= w->run || target < DNS_HEADER_N)
			return -1;
		w->at = w->run = target;
	}
}

static uint8_t ascii_lower(uint8_t b)
{
	return b >= 'A' && b <= 'Z' ? (uint8_t)(b + 'a' - 'A') : b;
}

/* Whether a name is nothing but a pointer to the one at `target`. */
static bool points_at(const uint8_t *wire, size_t n, size_t name, size_t target)
{
	return n - name >= 2 && wire[name] == (0xc0 | target >> 8) &&
	       wire[name + 1] == (target & 0xff);
}

/* Moves past a name, checking all of it. */
static void cursor_name(struct cursor *c)
{
	const uint8_t *label;
	unsigned label_n;
	int more;

	if (c->bad)
		return;
	/* Most owners are the question's name, which was checked before any record. */
	if (c->at > DNS_HEADER_N && points_at(c->p, c->n, c->at, DNS_HEADER_N)) {
		c->at += 2;
		return;
	}
	/* Labels in their own place, nearly all there are, need no look but at their lengths; an
	 * excess is found at the end. */
	size_t at = c->at;
	while (at < c->n && c->p[at] != 0 && c->p[at] <= NAME_LABEL_MAX)
		at += 1u + c->p[at];
	if (at < c->n && c->p[at] == 0 && at - c->at < DNS_NAME_WIRE_MAX) {
		c->at = at + 1;
		return;
	}
	struct walk w = walk_at(c->p, c->n, c->at);
	w.at = at;
	w.wire_n = (unsigned)(at - c->at);
	do {
		more = label_next(&w, &label, &label_n);
	} while (more > 0);
	if (more < 0)
		c->bad = true;
	else
		c->at = w.end;
}

/* RFC 4343: ASCII case does not count. Unreadable names are equal to nothing. */
static bool name_equal(struct walk a, struct walk b)
{
	for (;;) {
		const uint8_t *label_a, *label_b;
		unsigned n_a, n_b;
		int more_a = label_next(&a, &label_a, &n_a);
		int more_b = label_next(&b, &label_b, &n_b);

		if (more_a < 0 || more_a != more_b || n_a != n_b)
			return false;
		if (more_a == 0)
			return true;
		/* Compressed names mostly end in the very same bytes. */
		if (a.wire == b.wire && a.at == b.at)
			return true;
		for (unsigned i = 0; i < n_a; i++)
			if (ascii_lower(label_a[i]) != ascii_lower(label_b[i]))
				return false;
	}
}

static char *put_escaped(char *out, uint8_t b)
{
	if (b <= ' ' || b >= 0x7f) {
		*out++ = '\\';
		*out++ = (char)('0' + b / 100);
		*out++ = (char)('0' + b / 10 % 10);
		*out++ = (char)('0' + b % 10);
		return out;
	}
	if (b == '.' || b == '\\' || b == ';' || b == '(' || b == ')')
		*out++ = '\\';
	*out++ = (char)ascii_lower(b);
	return out;
}

int dnsmsg_name(const struct dnsmsg *m, size_t offset, char *out)
{
	struct walk w = walk_at(m->wire, m->n, offset);
	const uint8_t *label;
	unsigned label_n;
	char *at = out;
	int more;

	while ((more = label_next(&w, &label, &label_n)) > 0) {
		if (at > out)
			*at++ = '.';
		for (unsigned i = 0; i < label_n; i++)
			at = put_escaped(at, label[i]);
	}
	if (at == out)
		*at++ = '.';
	*at = '\0';
	assert(at - out < DNS_NAME_TEXT_MAX);
	return more < 0 ? -1 : (int)(at - out);
}

/* ---- messages ---------------------------------------------------------------------------- */

/* What follows the owner's name in a record; nothing of rr counts when c->bad. */
static void cursor_rr_fixed(struct cursor *c, struct dns_rr *rr)
{
	const uint8_t *b = cursor_take(c, 10);

	if (b == NULL) {
		*rr = (struct dns_rr){0};
		return;
	}
	rr->type = get_u16(b);
	rr->class_ = get_u16(b + 2);
	rr->ttl = (uint32_t)get_u16(b + 4) << 16 | get_u16(b + 6);
	if (rr->type != DNS_TYPE_OPT && rr->ttl > INT32_MAX)
		rr->ttl = 0;
	rr->rdata_n = get_u16(b + 8);
	rr->rdata = cursor_take(c, rr->rdata_n);
}

/* The record at the cursor; check c->bad before using it. */
static void cursor_rr(struct cursor *c, struct dns_rr *rr)
{
	rr->name = c->at;
	cursor_name(c);
	cursor_rr_fixed(c, rr);
}

/* RFC 6891 6.1.3 and RFC 8914. Options that do not add up are passed over. */
static void parse_opt(struct dnsmsg *m, const struct dns_rr *rr)
{
	struct cursor c = {.p = rr->rdata, .n = rr->rdata_n};

	m->rcode |= rr->ttl >> 24 << 4;
	while (c.at < c.n) {
		unsigned code = cursor_u16(&c);
		unsigned n = cursor_u16(&c);
		const uint8_t *value = cursor_take(&c, n);
		if (value == NULL)
			return;
		if (code != EDNS_OPTION_EDE || n < 2)
			continue;
		int ede = value[0] << 8 | value[1];
		if (m->ede < 0)
			m->ede = ede;
		if (ede < 32)
			m->edes |= 1u << ede;
	}
}

static void parse_flags(struct dnsmsg *m, unsigned flags)
{
	m->qr = flags & DNS_FLAG_QR;
	m->aa = flags & DNS_FLAG_AA;
	m->tc = flags & DNS_FLAG_TC;
	m->rd = flags & DNS_FLAG_RD;
	m->ra = flags & DNS_FLAG_RA;
	m->ad = flags & DNS_FLAG_AD;
	m->cd = flags & DNS_FLAG_CD;
	m->opcode = (uint8_t)(flags >> 11 & 0xf);
	m->rcode = flags & 0xf;
}

bool dnsmsg_filtered(const struct dnsmsg *m)
{
	return (m->edes & (1u << 4 | 0xfu << 15)) != 0;
}

bool dnsmsg_bogus(const struct dnsmsg *m)
{
	return (m->edes & 0x7fu << 6) != 0;
}

size_t dnsmsg_question(const uint8_t *wire, size_t n)
{
	struct cursor c = {.p = wire, .n = n};

	cursor_take(&c, 4); /* id, flags */
	unsigned questions = cursor_u16(&c);
	cursor_take(&c, 6); /* the other counts */
	cursor_name(&c);
	cursor_take(&c, 4); /* type, class */
	return c.bad || questions != 1 ? 0 : c.at;
}

int dnsmsg_parse(struct dnsmsg *m, const uint8_t *wire, size_t n)
{
	struct cursor c = {.p = wire, .n = n < DNS_MESSAGE_MAX ? n : DNS_MESSAGE_MAX};
	bool have_opt = false;

	*m = (struct dnsmsg){.wire = wire, .n = c.n, .ede = -1, .qname = DNS_HEADER_N};
	m->id = cursor_u16(&c);
	parse_flags(m, cursor_u16(&c));
	unsigned questions = cursor_u16(&c);
	unsigned answers = cursor_u16(&c);
	unsigned authority = cursor_u16(&c);
	unsigned records = answers + authority + cursor_u16(&c);
	cursor_name(&c);
	m->qtype = cursor_u16(&c);
	m->qclass = cursor_u16(&c);
	if (c.bad || questions != 1)
		return -1;

	m->answers = c.at;
	for (unsigned i = 0; i < records; i++) {
		struct dns_rr rr;
		cursor_rr(&c, &rr);
		if (c.bad)
			return m->tc ? 0 : -1;
		if (i == answers)
			m->authority = rr.name;
		if (i < answers)
			m->an_count++;
		else if (i < answers + authority)
			m->ns_count++;
		if (i >= answers && i < answers + authority && rr.type == DNS_TYPE_SOA)
			m->soa = true;
		if (i >= answers + authority && rr.type == DNS_TYPE_OPT && !have_opt) {
			have_opt = true;
			parse_opt(m, &rr);
		}
	}
	return 0;
}

int dnsmsg_soa_owner(const struct dnsmsg *m, char *out)
{
	struct cursor c = {.p = m->wire, .n = m->n, .at = m->authority};
	struct dns_rr rr;
	size_t owner = 0;

	for (unsigned i = 0; i < m->ns_count; i++) {
		cursor_rr(&c, &rr);
		assert(!c.bad); /* dnsmsg_parse() has been here */
		if (rr.type != DNS_TYPE_SOA || rr.class_ != m->qclass)
			continue;
		if (owner != 0)
			return -1;
		owner = rr.name;
	}
	return owner != 0 ? dnsmsg_name(m, owner, out) : -1;
}

/* ---- the answer -------------------------------------------------------------------------- */

/* Whether a name starts `skip` bytes into the record's data and ends exactly with it. */
static bool rdata_is_name(const struct dnsmsg *m, const struct dns_rr *rr, size_t skip)
{
	assert(rr->rdata >= m->wire && rr->rdata + rr->rdata_n <= m->wire + m->n);
	size_t end = (size_t)(rr->rdata - m->wire) + rr->rdata_n;
	struct cursor c = {.p = m->wire, .n = m->n, .at = end - rr->rdata_n + skip};

	if (rr->rdata_n <= skip)
		return false;
	cursor_name(&c);
	return !c.bad && c.at == end;
}

static bool rdata_ok(const struct dnsmsg *m, const struct dns_rr *rr)
{
	switch (rr->type) {
	case DNS_TYPE_A:
		return rr->rdata_n == 4;
	case DNS_TYPE_AAAA:
		return rr->rdata_n == 16;
	case DNS_TYPE_CNAME:
	case DNS_TYPE_PTR:
		return rdata_is_name(m, rr, 0);
	case DNS_TYPE_MX:
		return rdata_is_name(m, rr, 2);
	case DNS_TYPE_TXT:
		return dnsmsg_txt_measure(rr, NULL) >= 0;
	default:
		return true;
	}
}

/*
 * Where the answers are, and a hash of each owner's name: a chain is followed by comparing hashes,
 * so that a message of thousands of long, deeply compressed names costs one walk over them and not
 * one a link.
 */
struct chase {
	const struct dnsmsg *m;
	uint16_t name[ANSWERS_MAX], fixed[ANSWERS_MAX]; /* offsets: owner, and what follows it */
	uint32_t hash[ANSWERS_MAX];
	uint32_t hash_qname;
};

/* FNV-1a over the labels in lower case. The id, which nobody but the resolver knows, makes it hard
 * to prepare names of equal hash; they would cost time, nothing else. *end is behind the name's own
 * place. */
static uint32_t name_hash(const struct dnsmsg *m, size_t offset, size_t *end)
{
	struct walk w = walk_at(m->wire, m->n, offset);
	uint32_t hash = 2166136261u ^ (uint32_t)m->id << 8;
	const uint8_t *label;
	unsigned label_n;

	while (label_next(&w, &label, &label_n) > 0) {
		hash = (hash ^ label_n) * 16777619u;
		for (unsigned i = 0; i < label_n; i++)
			hash = (hash ^ ascii_lower(label[i])) * 16777619u;
	}
	*end = w.end;
	return hash;
}

static void chase_index(struct chase *x, const struct dnsmsg *m)
{
	struct cursor c = {.p = m->wire, .n = m->n, .at = m->answers};

	x->m = m;
	x->hash_qname = name_hash(m, m->qname, &(size_t){0});
	assert(m->an_count <= ANSWERS_MAX);
	for (unsigned i = 0; i < m->an_count; i++) {
		struct dns_rr rr;
		x->name[i] = (uint16_t)c.at;
		if (points_at(m->wire, m->n, c.at, m->qname)) {
			x->hash[i] = x->hash_qname;
			c.at += 2;
		} else {
			x->hash[i] = name_hash(m, c.at, &c.at);
		}
		x->fixed[i] = (uint16_t)c.at;
		cursor_rr_fixed(&c, &rr);
		assert(!c.bad); /* dnsmsg_parse() has been here */
	}
}

/* Whether a TXT record's text, strings joined, begins with this. */
static bool txt_begins(const struct dns_rr *rr, const char *text)
{
	size_t next = 0; /* where the next string's length is */

	for (size_t at = 0; *text != '\0'; at++) {
		while (at == next && at < rr->rdata_n)
			next += 1u + rr->rdata[at++];
		if (at >= rr->rdata_n || rr->rdata[at] != (uint8_t)*text++)
			return false;
	}
	return true;
}

static bool txt_is_wanted(const struct dns_rr *rr)
{
	return txt_begins(rr, "v=STSv1") || txt_begins(rr, "v=TLSRPTv1");
}

/* How little a record would be missed. Thousands of other TXT records must not hide the one that
 * counts (RFC 8461 3.1: they are to be discarded); of MX, senders try low preferences first. */
static unsigned rr_rank(const struct dns_rr *rr)
{
	if (rr->type == DNS_TYPE_TXT)
		return txt_is_wanted(rr) ? 0 : 1;
	if (rr->type == DNS_TYPE_MX)
		return (unsigned)rr->rdata[0] << 8 | rr->rdata[1];
	return 0;
}

/* Keeps what there is room for, and of what there is none for the best. */
static void rrset_add(struct dnsmsg_rrset *out, const struct dns_rr *rr)
{
	if (out->rr_n < DNS_RR_MAX) {
		out->rr[out->rr_n++] = *rr;
		return;
	}
	unsigned worst = DNS_RR_MAX - 1;
	for (unsigned i = DNS_RR_MAX - 1; i-- > 0;)
		if (rr_rank(&out->rr[i]) > rr_rank(&out->rr[worst]))
			worst = i;
	if (rr_rank(rr) < rr_rank(&out->rr[worst]))
		out->rr[worst] = *rr;
	out->rr_dropped++;
}

/* Takes the records of `type` that `owner` has, finds its first CNAME. False when one of them
 * cannot be read. */
static bool chase_owner(const struct chase *x, size_t owner, uint16_t type,
			struct dnsmsg_rrset *out, struct dns_rr *cname)
{
	const struct dnsmsg *m = x->m;
	uint32_t hash = owner == m->qname ? x->hash_qname : name_hash(m, owner, &(size_t){0});

	*cname = (struct dns_rr){.rdata = NULL};
	for (unsigned i = 0; i < m->an_count; i++) {
		struct cursor c = {.p = m->wire, .n = m->n, .at = x->fixed[i]};
		struct dns_rr rr = {.name = x->name[i]};
		if (x->hash[i] != hash)
			continue;
		cursor_rr_fixed(&c, &rr);
		if ((rr.type != type && rr.type != DNS_TYPE_CNAME) || rr.class_ != m->qclass)
			continue;
		if (!points_at(m->wire, m->n, rr.name, owner) &&
		    !name_equal(walk_at(m->wire, m->n, rr.name), walk_at(m->wire, m->n, owner)))
			continue;
		if (!rdata_ok(m, &rr))
			return false;
		if (rr.type != type) {
			if (cname->rdata == NULL)
				*cname = rr;
			continue;
		}
		if (rr.ttl < out->ttl)
			out->ttl = rr.ttl;
		rrset_add(out, &rr);
	}
	return true;
}

/* Whether the chain has already been at this name. */
static bool chase_seen(const struct dnsmsg *m, const struct dnsmsg_rrset *out, size_t name)
{
	struct walk here = walk_at(m->wire, m->n, name);

	if (name_equal(here, walk_at(m->wire, m->n, m->qname)))
		return true;
	for (unsigned i = 0; i < out->cname_n; i++)
		if (name_equal(here, walk_at(m->wire, m->n, out->cname[i])))
			return true;
	return false;
}

static enum dnsmsg_chase chase_follow(const struct dnsmsg *m, uint16_t type,
				      struct dnsmsg_rrset *out)
{
	size_t owner = m->qname;
	struct dns_rr cname;
	struct chase x;

	chase_index(&x, m);
	for (;;) {
		if (!chase_owner(&x, owner, type, out, &cname)) {
			out->rr_n = 0;
			return DNSMSG_MALFORMED;
		}
		if (out->rr_n > 0)
			return DNSMSG_FOUND;
		if (cname.rdata == NULL)
			return DNSMSG_EMPTY;
		owner = (size_t)(cname.rdata - m->wire);
		if (chase_seen(m, out, owner) || out->cname_n == DNS_CNAME_MAX)
			return DNSMSG_LOOP;
		out->cname[out->cname_n++] = owner;
		if (cname.ttl < out->ttl)
			out->ttl = cname.ttl;
	}
}

enum dnsmsg_chase dnsmsg_chase(const struct dnsmsg *m, uint16_t type, struct dnsmsg_rrset *out)
{
	out->rr_n = out->rr_dropped = out->cname_n = 0;
	out->ttl = UINT32_MAX;
	/* Most answers have no record; that spares them the pages of struct chase. */
	enum dnsmsg_chase found = m->an_count == 0 ? DNSMSG_EMPTY : chase_follow(m, type, out);
	if (found != DNSMSG_FOUND)
		out->ttl = 0;
	assert((found == DNSMSG_FOUND) == (out->rr_n > 0));
	assert(out->rr_dropped == 0 || out->rr_n == DNS_RR_MAX || found == DNSMSG_MALFORMED);
	assert(out->ttl <= INT32_MAX); /* RFC 2181 8 */
	return found;
}

int dnsmsg_mx(const struct dnsmsg *m, const struct dns_rr *rr, uint16_t *preference, char *out)
{
	assert(rr->type == DNS_TYPE_MX);
	if (!rdata_is_name(m, rr, 2))
		return -1;
	*preference = (uint16_t)(rr->rdata[0] << 8 | rr->rdata[1]);
	return dnsmsg_name(m, (size_t)(rr->rdata - m->wire) + 2, out);
}

int dnsmsg_txt_measure(const struct dns_rr *rr, unsigned *pieces)
{
	unsigned count = 0;
	int joined = 0;

	for (size_t at = 0; at < rr->rdata_n; at += 1u + rr->rdata[at]) {
		if (rr->rdata[at] >= rr->rdata_n - at)
			return -1;
		joined += rr->rdata[at];
		count++;
	}
	if (pieces != NULL)
		*pieces = count;
	return joined;
}

void dnsmsg_txt_join(const struct dns_rr *rr, char *out)
{
	for (size_t at = 0; at < rr->rdata_n; at += 1u + rr->rdata[at]) {
		size_t n = rr->rdata[at];
		assert(n < rr->rdata_n - at); /* dnsmsg_txt_measure() has been here */
		memcpy(out, rr->rdata + at + 1, n);
		out += n;
	}
}

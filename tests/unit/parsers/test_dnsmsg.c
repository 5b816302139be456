/* DNS messages: what is read, what is refused, and that no read leaves the message. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "parsers/dnsmsg.h"
#include "tests/support/dnsbuild.h"
#include "tests/support/guard.h"
#include "tests/support/sanitized.h"

/* The built message against a guard page. */
static struct guard guarded(const struct build *m)
{
	return guard_copy(m->b, m->n);
}

static int parse(struct dnsmsg *out, const struct guard *g)
{
	return dnsmsg_parse(out, (const uint8_t *)g->p, g->n);
}

static enum dnsmsg_chase chase(const struct build *m, uint16_t type, struct dnsmsg_rrset *set)
{
	struct guard g = guarded(m);
	struct dnsmsg msg;

	cr_assert_eq(parse(&msg, &g), 0);
	enum dnsmsg_chase r = dnsmsg_chase(&msg, type, set);
	guard_free(&g);
	return r;
}

/* ---- queries ----------------------------------------------------------------------------- */

Test(query, is_what_the_rfc_says)
{
	static const uint8_t want[] =
		{
			0xbe, 0xef, 0x01, 0x20, 0,    1,   0,	0,    0,   0, 0,
			1, /* RD, AD; one question, OPT */
			8,    '_',  'm',  't',	'a',  '-', 's', 't',  's', 2, 'e',
			'x',  0,						 /* name */
			0,    16,   0,	  1,					 /* TXT IN */
			0,    0,    41,	  0x04, 0xd0, 0,   0,	0x80, 0,   0, 0, /* OPT 1232, DO */
		};
	uint8_t q[DNS_QUERY_MAX];
	size_t n = dnsmsg_query(q, sizeof(q), 0xbeef, SPAN_LIT("_mta-sts.ex."), DNS_TYPE_TXT, true);

	cr_assert_eq(n, sizeof(want));
	cr_assert_arr_eq(q, want, sizeof(want));
	cr_assert_eq(dnsmsg_query(q, n, 1, SPAN_LIT("_mta-sts.ex"), DNS_TYPE_TXT, true), n);
	cr_assert_eq(dnsmsg_query(q, n - 1, 1, SPAN_LIT("_mta-sts.ex"), DNS_TYPE_TXT, true), 0);
	cr_assert_eq(dnsmsg_query(q, sizeof(q), 1, SPAN_LIT("."), DNS_TYPE_MX, false),
		     12 + 1 + 4 + 11);
}

Test(query, refuses_names_that_cannot_be_encoded)
{
	uint8_t q[DNS_QUERY_MAX];
	char label64[65], name[300];

	static const char *const bad[] = {"", "..", "a..b", ".a", "a..", "..a"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(dnsmsg_query(q, sizeof(q), 1, span_str(bad[i]), 1, false), 0, "%s",
			     bad[i]);

	memset(label64, 'a', 64);
	cr_expect_eq(dnsmsg_query(q, sizeof(q), 1, span_of(label64, 64), 1, false), 0);
	cr_expect_neq(dnsmsg_query(q, sizeof(q), 1, span_of(label64, 63), 1, false), 0);
	for (int i = 0; i < 300; i++)
		name[i] = i % 64 == 63 ? '.' : 'x';
	cr_expect_neq(dnsmsg_query(q, sizeof(q), 1, span_of(name, 253), 1, false), 0);
	cr_expect_eq(dnsmsg_query(q, sizeof(q), 1, span_of(name, 254), 1, false), 0);
	name[253] = '.';
	cr_expect_neq(dnsmsg_query(q, sizeof(q), 1, span_of(name, 254), 1, false), 0);
}

/* ---- parsing ----------------------------------------------------------------------------- */

Test(parse, reads_header_and_edns)
{
	struct build m;
	struct dnsmsg msg;

	put_header(&m, 0x8000 | 0x0400 | 0x0100 | 0x0080 | 0x0020 | 0x0010 | 0x2800 | 6, 0, 0, 1);
	put_question(&m, "example.com", DNS_TYPE_TXT);
	size_t at = rr_begin(&m, "", DNS_TYPE_OPT, 0x01008000);
	put16(&m, 10); /* a cookie comes first */
	put16(&m, 3);
	put_bytes(&m, "abc", 3);
	put16(&m, 15);
	put16(&m, 6);
	put16(&m, 9);
	put_bytes(&m, "text", 4);
	rr_end(&m, at);
	struct guard g = guarded(&m);
	cr_assert_eq(parse(&msg, &g), 0);
	cr_expect_eq(msg.id, 0x1234);
	cr_expect(msg.qr && msg.aa && !msg.tc && msg.rd && msg.ra && msg.ad && msg.cd);
	cr_expect_eq(msg.opcode, 5);
	cr_expect_eq(msg.rcode, 0x16);
	cr_expect_eq(msg.ede, 9);
	cr_expect_eq(msg.qtype, DNS_TYPE_TXT);
	cr_expect_eq(msg.qclass, 1);
	cr_expect_eq(msg.an_count, 0);
	guard_free(&g);
}

Test(parse, passes_over_broken_edns_options)
{
	struct build m;
	struct dnsmsg msg;

	put_header(&m, 0x8180, 0, 0, 2);
	put_question(&m, "a", 1);
	size_t at = rr_begin(&m, "", DNS_TYPE_OPT, 0);
	put16(&m, 15);
	put16(&m, 60000);
	rr_end(&m, at);
	at = rr_begin(&m, "", DNS_TYPE_OPT, 0xff000000); /* a second OPT counts for nothing */
	rr_end(&m, at);
	struct guard g = guarded(&m);
	cr_assert_eq(parse(&msg, &g), 0);
	cr_expect_eq(msg.ede, -1);
	cr_expect_eq(msg.rcode, 0);
	guard_free(&g);
}

/* Every prefix of a good message is refused, and reads nothing behind its end. */
Test(parse, refuses_every_prefix)
{
	struct build m;
	struct dnsmsg msg;

	put_header(&m, 0x8180, 2, 1, 1);
	put_question(&m, "www.example", DNS_TYPE_TXT);
	size_t question_end = m.n;
	put_cname(&m, "@12", "x@16", 60);
	put_txt(&m, "x@16", "v=STSv1; id=1;", 30);
	put_txt(&m, "@16", "authority", 30);
	size_t at = rr_begin(&m, "", DNS_TYPE_OPT, 0);
	rr_end(&m, at);

	for (size_t n = 0; n <= m.n; n++) {
		struct guard g = guard_copy(m.b, n);
		cr_expect_eq(parse(&msg, &g), n == m.n ? 0 : -1, "%zu bytes", n);
		cr_expect_eq(dnsmsg_question((const uint8_t *)g.p, g.n),
			     n >= question_end ? question_end : 0, "%zu bytes", n);
		guard_free(&g);
	}
	m.b[2] |= 0x02; /* truncated: the question must be whole, the rest may end anywhere */
	for (size_t n = 0; n <= m.n; n++) {
		struct guard g = guard_copy(m.b, n);
		struct dnsmsg_rrset set;
		int r = parse(&msg, &g);
		cr_expect_eq(r, n >= question_end ? 0 : -1, "%zu bytes, tc", n);
		if (r == 0) {
			cr_expect_leq(msg.an_count, 2);
			dnsmsg_chase(&msg, DNS_TYPE_TXT, &set);
		}
		guard_free(&g);
	}
	cr_expect_eq(msg.an_count, 2);
}

Test(parse, wants_exactly_one_question)
{
	for (unsigned count = 0; count < 4; count++) {
		struct build m;
		struct dnsmsg msg;
		put_header(&m, 0x8180, 0, 0, 0);
		m.b[5] = (uint8_t)count;
		for (unsigned i = 0; i < (count > 0 ? count : 1); i++)
			put_question(&m, "a.b", 1);
		struct guard g = guarded(&m);
		cr_expect_eq(parse(&msg, &g), count == 1 ? 0 : -1);
		cr_expect_eq(dnsmsg_question((const uint8_t *)g.p, g.n), count == 1 ? g.n : 0);
		guard_free(&g);
	}
}

/* ---- names ------------------------------------------------------------------------------- */

/* A message whose one answer is owned by the name in `wire`, placed at offset 17+. */
static int parse_owner(const void *wire, size_t n, char *text)
{
	struct build m;
	struct dnsmsg msg;

	put_header(&m, 0x8180, 1, 0, 0);
	put_dname(&m, "q.example");
	put16(&m, 1);
	put16(&m, 1);
	size_t at = m.n;
	put_bytes(&m, wire, n);
	for (int i = 0; i < 10; i++) /* type, class, ttl, no data */
		put8(&m, 0);
	struct guard g = guarded(&m);
	int r = parse(&msg, &g);
	if (r == 0)
		r = dnsmsg_name(&msg, at, text);
	guard_free(&g);
	return r;
}

#define OWNER(bytes, text) parse_owner(bytes, sizeof(bytes) - 1, text)

Test(name, text)
{
	char text[DNS_NAME_TEXT_MAX];

	cr_expect_eq(OWNER("\0", text), 1);
	cr_expect_str_eq(text, ".");
	cr_expect_eq(OWNER("\3WwW\300\14", text), 13);
	cr_expect_str_eq(text, "www.q.example");
	cr_expect_eq(OWNER("\300\16", text), 7);
	cr_expect_str_eq(text, "example");
	cr_expect_gt(OWNER("\7a.b\\;()\0", text), 0);
	cr_expect_str_eq(text, "a\\.b\\\\\\;\\(\\)");
	cr_expect_gt(OWNER("\6\0\37 \177\377~\0", text), 0);
	cr_expect_str_eq(text, "\\000\\031\\032\\127\\255~");
}

Test(name, refuses_bad_compression)
{
	char text[DNS_NAME_TEXT_MAX];

	/* The owner stands at offset 12 + 11 + 4 = 27. */
	cr_expect_eq(OWNER("\300\33", text), -1, "to itself");
	cr_expect_eq(OWNER("\1a\300\33", text), -1, "to its own start");
	cr_expect_eq(OWNER("\1a\300\35", text), -1, "to this very pointer");
	cr_expect_eq(OWNER("\300\36\0", text), -1, "forward");
	cr_expect_eq(OWNER("\377\377", text), -1, "outside");
	cr_expect_eq(OWNER("\300\0", text), -1, "into the header");
	cr_expect_eq(OWNER("\300\13", text), -1, "into the header's last byte");
	cr_expect_eq(OWNER("\100a\0", text), -1, "reserved 01 label");
	cr_expect_eq(OWNER("\200a\0", text), -1, "reserved 10 label");
	cr_expect_eq(OWNER("\300\14", text), 9, "and a good one is good");
}

Test(name, length_limits)
{
	char text[DNS_NAME_TEXT_MAX];
	char wire[300];

	/* 127 one-byte labels and the root: 255 bytes, the longest name. */
	for (int i = 0; i < 127; i++)
		memcpy(wire + 2 * i, "\1\377", 2);
	wire[254] = 0;
	cr_expect_eq(parse_owner(wire, 255, text), 127 * 4 + 126);
	memcpy(wire + 254, "\1a", 3);
	cr_expect_eq(parse_owner(wire, 257, text), -1);
	/* 63-63-63-61 is 255 too; its text is the longest there is. */
	memset(wire, 1, sizeof(wire));
	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	wire[254] = 0;
	cr_expect_eq(parse_owner(wire, 255, text), 250 * 4 + 3);
	wire[192] = 62;
	wire[255] = 0;
	cr_expect_eq(parse_owner(wire, 256, text), -1);
	/* Compression does not get around the limit: "q.example" is 11 more bytes. */
	for (int n = 51; n <= 52; n++) {
		memset(wire, 1, sizeof(wire));
		wire[0] = wire[64] = wire[128] = 63;
		wire[192] = (char)n;
		memcpy(wire + 193 + n, "\300\14", 2);
		int want = n == 51 ? (3 * 63 + 51) * 4 + 4 + 9 : -1;
		cr_expect_eq(parse_owner(wire, 195 + (size_t)n, text), want);
	}
}

Test(name, length_limit_of_a_name_that_is_passed_over)
{
	uint8_t message[12 + 256 + 4] = {[5] = 1 /* question */};
	uint8_t *wire = message + 12;

	wire[0] = wire[64] = wire[128] = 63;
	wire[192] = 61;
	cr_expect_eq(dnsmsg_question(message, 12 + 255 + 4), 12 + 255 + 4);
	wire[192] = 62;
	cr_expect_eq(dnsmsg_question(message, sizeof(message)), 0);
}

Test(name, pointer_chains_are_bounded)
{
	/* 200 pointers, each to the one before: all strictly backwards, none of use. */
	struct build m;
	struct dnsmsg msg;

	for (unsigned hops = 126; hops <= 200; hops += hops == 127 ? 73 : 1) {
		put_header(&m, 0x8180, 2, 0, 0);
		put_question(&m, "a", 1);
		size_t at = rr_begin(&m, "", 99, 0);
		put16(&m, 0xc00c);
		for (unsigned i = 1; i < hops; i++)
			put16(&m, 0xc000u | (unsigned)(m.n - 2));
		rr_end(&m, at);
		put16(&m, 0xc000u | (unsigned)(m.n - 2));
		for (int i = 0; i < 10; i++)
			put8(&m, 0);
		struct guard g = guarded(&m);
		cr_expect_eq(parse(&msg, &g), hops < 127 ? 0 : -1, "%u hops", hops + 1);
		guard_free(&g);
	}
}

/* ---- chase ------------------------------------------------------------------------------- */

Test(chase, follows_the_chain_in_any_order)
{
	for (int reversed = 0; reversed < 2; reversed++) {
		struct build m;
		struct dnsmsg_rrset set;
		put_header(&m, 0x8180, 5, 0, 0);
		put_question(&m, "a.example", DNS_TYPE_TXT);
		if (reversed) {
			put_txt(&m, "c.example", "one", 300);
			put_cname(&m, "b.EXAMPLE", "c.example", 20);
			put_cname(&m, "A.example", "b.example", 30);
		} else {
			put_cname(&m, "@12", "b.example", 30);
			put_cname(&m, "b@14", "c@14", 20);
			put_txt(&m, "c@14", "one", 300);
		}
		put_txt(&m, "C.example", "two", 400);
		put_txt(&m, "spoof.example", "extra", 1);
		cr_assert_eq(chase(&m, DNS_TYPE_TXT, &set), DNSMSG_FOUND);
		cr_expect_eq(set.rr_n, 2);
		cr_expect_eq(set.cname_n, 2);
		cr_expect_eq(set.ttl, 20);
		cr_expect_eq(set.rr_dropped, 0);
	}
}

Test(chase, ignores_what_does_not_belong)
{
	struct build m;
	struct dnsmsg_rrset set;

	put_header(&m, 0x8180, 3, 1, 0);
	put_question(&m, "a.example", DNS_TYPE_TXT);
	put_txt(&m, "b.example", "other owner", 1);
	size_t at = rr_begin(&m, "@12", DNS_TYPE_A, 1);
	put_bytes(&m, "\177\0\0\1", 4);
	rr_end(&m, at);
	put_txt(&m, "@12", "class CH", 1);
	m.b[m.n - 8 - 2 - 1 - 4 - 1] = 3; /* class of the record just written */
	put_txt(&m, "@12", "authority", 1);
	cr_expect_eq(chase(&m, DNS_TYPE_TXT, &set), DNSMSG_EMPTY);
	cr_expect_eq(set.rr_n, 0);
	cr_expect_eq(set.ttl, 0);
}

struct hashed {
	uint32_t hash;
	unsigned number;
};

static int by_hash(const void *a, const void *b)
{
	const struct hashed *one = a, *other = b;

	return one->hash < other->hash ? -1 : one->hash > other->hash;
}

/* As names are told apart at first: FNV-1a over labels, from the message's id on. */
static uint32_t hash_of(unsigned number)
{
	char label[16];
	int n = snprintf(label, sizeof(label), "%x", number);
	uint32_t hash = (2166136261u ^ 0x1234u << 8 ^ (uint32_t)n) * 16777619u;

	for (int i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)label[i]) * 16777619u;
	return hash;
}

/* Names that have the same hash are two names. */
Test(chase, ignores_owners_that_only_hash_alike)
{
	enum { NAMES = 300000 };
	static struct hashed h[NAMES];
	unsigned pairs = 0;

	for (unsigned i = 0; i < NAMES; i++)
		h[i] = (struct hashed){hash_of(i * 2654435761u), i * 2654435761u};
	qsort(h, NAMES, sizeof(h[0]), by_hash);
	for (unsigned i = 1; i < NAMES; i++) {
		struct dnsmsg_rrset set;
		struct build m;
		char one[16], other[16];
		if (h[i].hash != h[i - 1].hash)
			continue;
		pairs++;
		snprintf(one, sizeof(one), "%x", h[i].number);
		snprintf(other, sizeof(other), "%x", h[i - 1].number);
		put_header(&m, 0x8180, 1, 0, 0);
		put_question(&m, one, DNS_TYPE_A);
		size_t rr = rr_begin(&m, other, DNS_TYPE_A, 60);
		put_bytes(&m, "\1\2\3\4", 4);
		rr_end(&m, rr);
		cr_expect_eq(chase(&m, DNS_TYPE_A, &set), DNSMSG_EMPTY, "%s is taken for %s", other,
			     one);
	}
	cr_expect_gt(pairs, 1);
}

Test(chase, loops_and_long_chains)
{
	struct build m;
	struct dnsmsg_rrset set;
	char from[16], to[16];

	put_header(&m, 0x8180, 1, 0, 0);
	put_question(&m, "a.example", DNS_TYPE_TXT);
	put_cname(&m, "@12", "A.example", 1);
	cr_expect(chase(&m, DNS_TYPE_TXT, &set) == DNSMSG_LOOP && set.cname_n == 0, "to itself");

	put_header(&m, 0x8180, 3, 0, 0);
	put_question(&m, "a.example", DNS_TYPE_TXT);
	put_cname(&m, "@12", "b.example", 1);
	put_cname(&m, "b.example", "c.example", 1);
	put_cname(&m, "c.example", "b.example", 1);
	cr_expect(chase(&m, DNS_TYPE_TXT, &set) == DNSMSG_LOOP && set.cname_n == 2, "later");

	for (unsigned links = DNS_CNAME_MAX; links <= DNS_CNAME_MAX + 1; links++) {
		put_header(&m, 0x8180, links + 1, 0, 0);
		put_question(&m, "n0", DNS_TYPE_TXT);
		for (unsigned i = 0; i < links; i++) {
			snprintf(from, sizeof(from), "n%u", i);
			snprintf(to, sizeof(to), "n%u", i + 1);
			put_cname(&m, from, to, 1);
		}
		put_txt(&m, to, "end", 1);
		cr_expect_eq(chase(&m, DNS_TYPE_TXT, &set),
			     links == DNS_CNAME_MAX ? DNSMSG_FOUND : DNSMSG_LOOP);
		cr_expect_eq(set.cname_n, DNS_CNAME_MAX);
	}
}

Test(chase, asks_for_a_cname_itself)
{
	struct build m;
	struct dnsmsg_rrset set;

	put_header(&m, 0x8180, 1, 0, 0);
	put_question(&m, "a.example", DNS_TYPE_CNAME);
	put_cname(&m, "@12", "b.example", 1);
	cr_expect_eq(chase(&m, DNS_TYPE_CNAME, &set), DNSMSG_FOUND);
	cr_expect_eq(set.cname_n, 0);
}

Test(chase, ttl_with_the_top_bit_is_zero)
{
	struct build m;
	struct dnsmsg_rrset set;

	put_header(&m, 0x8180, 1, 0, 0);
	put_question(&m, "a", DNS_TYPE_TXT);
	put_txt(&m, "@12", "x", 0x80000000u);
	cr_assert_eq(chase(&m, DNS_TYPE_TXT, &set), DNSMSG_FOUND);
	cr_expect_eq(set.ttl, 0);
	cr_expect_eq(set.rr[0].ttl, 0);
}

Test(chase, malformed_data)
{
	static const struct {
		unsigned type, n;
		const char *data;
		bool good;
	} rows[] = {
		{DNS_TYPE_A, 4, "\1\2\3\4", true},
		{DNS_TYPE_A, 3, "\1\2\3", false},
		{DNS_TYPE_A, 5, "\1\2\3\4\5", false},
		{DNS_TYPE_AAAA, 16, "0123456789abcdef", true},
		{DNS_TYPE_AAAA, 4, "0123", false},
		{DNS_TYPE_MX, 3, "\0\12\0", true},
		{DNS_TYPE_MX, 6, "\0\12\1a\300\14", true},
		{DNS_TYPE_MX, 2, "\0\12", false},
		{DNS_TYPE_MX, 0, "", false},
		{DNS_TYPE_MX, 4, "\0\12\0\0", false},
		{DNS_TYPE_MX, 4, "\0\12\1a", false},
		{DNS_TYPE_TXT, 0, "", true},
		{DNS_TYPE_TXT, 1, "\0", true},
		{DNS_TYPE_TXT, 4, "\3abc", true},
		{DNS_TYPE_TXT, 4, "\2abc", false},
		{DNS_TYPE_TXT, 4, "\4abc", false},
		{DNS_TYPE_TLSA, 4, "\3\1\1x", true},
		{DNS_TYPE_TLSA, 3, "\3\1\1", true}, /* tlsa.h says what is wrong with it */
		{DNS_TYPE_TLSA, 0, "", true},
		{DNS_TYPE_CNAME, 3, "\1b\0", true},
		{DNS_TYPE_CNAME, 0, "", false},
		{DNS_TYPE_CNAME, 4, "\1b\0\0", false},
		{DNS_TYPE_CNAME, 2, "\1b", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct build m;
		struct dnsmsg_rrset set;
		put_header(&m, 0x8180, 2, 0, 0);
		put_question(&m, "a", rows[i].type);
		size_t at =
			rr_begin(&m, "z", rows[i].type, 1); /* the same for a stranger: ignored */
		put_bytes(&m, rows[i].data, rows[i].n);
		rr_end(&m, at);
		at = rr_begin(&m, "@12", rows[i].type, 1);
		put_bytes(&m, rows[i].data, rows[i].n);
		rr_end(&m, at);
		cr_expect_eq(chase(&m, (uint16_t)rows[i].type, &set),
			     rows[i].good ? DNSMSG_FOUND : DNSMSG_MALFORMED, "row %zu", i);
		cr_expect_eq(set.rr_n, rows[i].good);
	}
}

Test(rdata, mx_and_txt)
{
	struct build m;
	struct dnsmsg msg;
	struct dnsmsg_rrset set;
	char text[DNS_NAME_TEXT_MAX], joined[16];
	uint16_t preference;
	unsigned pieces;

	put_header(&m, 0x8180, 2, 0, 0);
	put_question(&m, "a", DNS_TYPE_MX);
	size_t at = rr_begin(&m, "@12", DNS_TYPE_MX, 1);
	put_bytes(&m, "\1\2\2MX\300\14", 7);
	rr_end(&m, at);
	at = rr_begin(&m, "@12", DNS_TYPE_TXT, 1);
	put_bytes(&m, "\3v=S\0\5TSv1;", 11);
	rr_end(&m, at);
	struct guard g = guarded(&m);
	cr_assert_eq(parse(&msg, &g), 0);
	cr_assert_eq(dnsmsg_chase(&msg, DNS_TYPE_MX, &set), DNSMSG_FOUND);
	cr_expect_eq(dnsmsg_mx(&msg, &set.rr[0], &preference, text), 4);
	cr_expect_str_eq(text, "mx.a");
	cr_expect_eq(preference, 258);
	cr_assert_eq(dnsmsg_chase(&msg, DNS_TYPE_TXT, &set), DNSMSG_FOUND);
	cr_expect_eq(dnsmsg_txt_measure(&set.rr[0], &pieces), 8);
	cr_expect_eq(pieces, 3);
	dnsmsg_txt_join(&set.rr[0], joined);
	cr_expect_arr_eq(joined, "v=STSv1;", 8);
	guard_free(&g);
}

/* A name of 126 labels that differs from its kind in the last of them. */
static unsigned put_long_name(struct build *m, char last)
{
	unsigned at = (unsigned)m->n;

	for (int i = 0; i < 125; i++)
		put_bytes(m, "\1a", 2);
	put8(m, 1);
	put8(m, (unsigned)last);
	put8(m, 0);
	return at;
}

static void put_pointer(struct build *m, unsigned target)
{
	put16(m, 0xc000u | target);
}

/* type, class, ttl, length */
static void put_fixed(struct build *m, unsigned type, unsigned rdata_n)
{
	put16(m, type);
	put16(m, 1);
	put16(m, 0);
	put16(m, 60);
	put16(m, rdata_n);
}

/*
 * The worst message we can think of: the longest chain there may be, its links in reverse, and five
 * thousand records whose owners are deep in pointers and equal to those of the chain up to the last
 * label. Each link by a walk over all names takes half a second a message.
 */
Test(chase, hostile_message_is_cheap)
{
	static struct build m;
	static struct dnsmsg_rrset set;
	unsigned count = 1, at[DNS_CNAME_MAX + 1];

	put_header(&m, 0x8180, 0, 0, 0);
	at[0] = put_long_name(&m, 'A');
	put16(&m, DNS_TYPE_TXT);
	put16(&m, 1);
	size_t begin = rr_begin(&m, "", 99, 0);
	for (unsigned i = 1; i <= DNS_CNAME_MAX; i++)
		at[i] = put_long_name(&m, (char)('A' + i));
	unsigned deep = put_long_name(&m, 'z');
	for (int i = 0; i < 120; i++) {
		unsigned here = (unsigned)m.n;
		put_pointer(&m, deep);
		deep = here;
	}
	rr_end(&m, begin);
	for (unsigned i = DNS_CNAME_MAX; i-- > 0; count++) {
		put_pointer(&m, at[i]);
		put_fixed(&m, DNS_TYPE_CNAME, 2);
		put_pointer(&m, at[i + 1]);
	}
	for (; m.n < sizeof(m.b) - 12; count++) {
		put_pointer(&m, deep);
		put_fixed(&m, DNS_TYPE_TXT, 0);
	}
	m.b[6] = (uint8_t)(count >> 8);
	m.b[7] = (uint8_t)count;
	clock_t begun = clock(); /* CPU time */
	for (int i = 0; i < 20; i++) {
		cr_assert_eq(chase(&m, DNS_TYPE_TXT, &set), DNSMSG_EMPTY);
		cr_assert_eq(set.cname_n, DNS_CNAME_MAX);
	}
	double ms = (double)(clock() - begun) * 1000 / CLOCKS_PER_SEC / 20;
	cr_expect_lt(ms, SANITIZED ? 1000 : 100, "%f ms a message", ms);
}

/* ---- who denies -------------------------------------------------------------------------- */

static int soa_owner(unsigned answers, unsigned authority, const char *const *owners, char *out)
{
	struct build m;
	struct dnsmsg msg;

	put_header(&m, 0x8183, answers, authority, 0);
	put_question(&m, "a.example.com", DNS_TYPE_MX);
	for (unsigned i = 0; i < answers + authority; i++) {
		bool soa = owners[i][0] != '-';
		rr_end(&m, rr_begin(&m, owners[i] + !soa, soa ? DNS_TYPE_SOA : DNS_TYPE_NS, 300));
	}
	struct guard g = guarded(&m);
	cr_assert_eq(parse(&msg, &g), 0);
	return dnsmsg_soa_owner(&msg, out);
}

Test(denial, the_soa_of_the_authority_section_and_no_other)
{
	char text[DNS_NAME_TEXT_MAX];

	cr_expect_eq(soa_owner(0, 2, (const char *[]){"-com", "ExAmple.com"}, text), 11);
	cr_expect_str_eq(text, "example.com");
	cr_expect_eq(soa_owner(0, 1, (const char *[]){""}, text), 1);
	cr_expect_str_eq(text, ".");
	cr_expect_eq(soa_owner(1, 1, (const char *[]){"example.com", "-com"}, text), -1, "answer");
	cr_expect_eq(soa_owner(0, 2, (const char *[]){"com", "com"}, text), -1, "which of them?");
	cr_expect_eq(soa_owner(0, 0, NULL, text), -1);
}

/* netaddr.c - addresses, networks and the special-purpose registries as two tables; see
 * netaddr.h. */
#include "parsers/netaddr.h"

#include <arpa/inet.h>
#include <assert.h>

/* How an IPv6 block embeds an IPv4 address, and whether the block itself may be contacted. */
enum inside {
	INSIDE_NOTHING,
	INSIDE_LAST,	/* in the last four bytes */
	INSIDE_NAT64_1, /* 64:ff9b:1::/48: RFC 6052 2.2, /96 form or the /48 form */
	INSIDE_6TO4,	/* after the first two bytes (RFC 3056) */
	INSIDE_TEREDO,	/* server after four bytes, client inverted in the last four (RFC 4380) */
};

struct block {
	uint8_t base[16];
	uint8_t bits;
	uint8_t inside;	  /* enum inside */
	const char *what; /* NULL: fine, unless what is inside is not */
};

/* https://www.iana.org/assignments/iana-ipv4-special-registry; the first match counts. */
static const struct block blocks_v4[] = {
	{{0}, 8, 0, "\"this network\" (RFC 791)"},
	{{10}, 8, 0, "private (RFC 1918)"},
	{{100, 64}, 10, 0, "shared (CGNAT, RFC 6598)"},
	{{127}, 8, 0, "loopback"},
	{{168, 63, 129, 16}, 32, 0, "cloud metadata (Azure)"}, /* the one that looks global */
	{{169, 254, 169, 254}, 32, 0, "link-local (cloud metadata)"},
	{{169, 254}, 16, 0, "link-local (RFC 3927)"},
	{{172, 16}, 12, 0, "private (RFC 1918)"},
	{{192, 0, 0}, 24, 0, "protocol assignments (RFC 6890)"},
	{{192, 0, 2}, 24, 0, "documentation (RFC 5737)"},
	{{192, 88, 99}, 24, 0, "6to4 relay anycast (RFC 7526)"},
	{{192, 168}, 16, 0, "private (RFC 1918)"},
	{{198, 18}, 15, 0, "benchmarking (RFC 2544)"},
	{{198, 51, 100}, 24, 0, "documentation (RFC 5737)"},
	{{203, 0, 113}, 24, 0, "documentation (RFC 5737)"},
	{{224}, 4, 0, "multicast"},
	{{255, 255, 255, 255}, 32, 0, "broadcast"},
	{{240}, 4, 0, "reserved (RFC 1112)"},
};

/* https://www.iana.org/assignments/iana-ipv6-special-registry; the first match counts. */
static const struct block blocks_v6[] = {
	{{0}, 128, 0, "unspecified"},
	{{[15] = 1}, 128, 0, "loopback"},
	{{[10] = 0xff, 0xff}, 96, INSIDE_LAST, "v4-mapped (RFC 4291)"},
	{{[8] = 0xff, 0xff}, 96, INSIDE_LAST, "v4-translated (RFC 2765)"},
	{{0}, 96, INSIDE_LAST, "v4-compatible (RFC 4291)"},
	{{0x00, 0x64, 0xff, 0x9b}, 96, INSIDE_LAST, NULL},
	{{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48, INSIDE_NAT64_1, "local-use NAT64 (RFC 8215)"},
	{{0x01}, 64, 0, "discard-only (RFC 6666)"},
	{{0x20, 0x01}, 32, INSIDE_TEREDO, "Teredo (RFC 4380)"},
	{{0x20, 0x01, 0, 2}, 48, 0, "benchmarking (RFC 5180)"},
	{{0x20, 0x01, 0, 0x10}, 28, 0, "ORCHID (RFC 4843)"},
	{{0x20, 0x01, 0, 0x20}, 28, 0, "ORCHIDv2 (RFC 7343)"},
	{{0x20, 0x01}, 23, 0, "protocol assignments (RFC 2928)"},
	{{0x20, 0x01, 0x0d, 0xb8}, 32, 0, "documentation (RFC 3849)"},
	{{0x20, 0x02}, 16, INSIDE_6TO4, NULL},
	{{0x3f, 0xff}, 20, 0, "documentation (RFC 9637)"},
	{{0x20}, 3, 0, NULL}, /* global unicast: all that IANA allocates from */
	{{0x5f}, 16, 0, "segment routing SIDs (RFC 9602)"},
	{{0xfc}, 7, 0, "unique local (RFC 4193)"},
	{{0xfe, 0x80}, 10, 0, "link-local (RFC 4291)"},
	{{0xfe, 0xc0}, 10, 0, "site-local (RFC 3879)"},
	{{0xff}, 8, 0, "multicast"},
	{{0}, 0, 0, "reserved (RFC 4291)"},
};

static bool prefix_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	assert(bits <= 128);
	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

int netaddr_parse(struct span text, struct netaddr *out)
{
	char buf[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof(buf) || memchr(text.p, '\0', text.n) != NULL)
		return -1;
	memcpy(buf, text.p, text.n);
	buf[text.n] = '\0';
	*out = (struct netaddr){.family = memchr(buf, ':', text.n) != NULL ? 6 : 4};
	return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, buf, out->bytes) == 1 ? 0 : -1;
}

int netaddr_cidr_parse(struct span text, struct netaddr_cidr *out)
{
	const char *slash = text.n > 0 ? memchr(text.p, '/', text.n) : NULL;
	struct span address = span_of(text.p, slash != NULL ? (size_t)(slash - text.p) : text.n);
	unsigned bits = 0;

	if (netaddr_parse(address, &out->base) != 0)
		return -1;
	unsigned max = out->base.family == 6 ? 128 : 32;
	if (slash == NULL) {
		out->bits = (uint8_t)max;
		return 0;
	}
	size_t digits = text.n - address.n - 1;
	if (digits == 0 || digits > 3 || (digits > 1 && slash[1] == '0'))
		return -1;
	for (size_t i = 1; i <= digits; i++) {
		if (slash[i] < '0' || slash[i] > '9')
			return -1;
		bits = bits * 10 + (unsigned)(slash[i] - '0');
	}
	if (bits > max)
		return -1;
	out->bits = (uint8_t)bits;
	for (unsigned i = bits; i < max; i++)
		out->base.bytes[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	return 0;
}

void netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT_MAX])
{
	assert(a->family == 4 || a->family == 6);
	const char *done =
		inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->bytes, out, NETADDR_TEXT_MAX);
	assert(done != NULL);
	(void)done;
}

bool netaddr_in(const struct netaddr *a, const struct netaddr_cidr *net)
{
	return a->family == net->base.family && prefix_equal(a->bytes, net->base.bytes, net->bits);
}

static const struct block *block_of(const struct netaddr *a)
{
	const struct block *blocks = a->family == 6 ? blocks_v6 : blocks_v4;
	size_t n = a->family == 6 ? sizeof(blocks_v6) : sizeof(blocks_v4);

	for (size_t i = 0; i < n / sizeof(*blocks); i++)
		if (prefix_equal(a->bytes, blocks[i].base, blocks[i].bits))
			return &blocks[i];
	return NULL;
}

static struct netaddr v4_at(const uint8_t *p)
{
	struct netaddr v4 = {.family = 4};

	memcpy(v4.bytes, p, 4);
	return v4;
}

/* RFC 6052 2.2: with a /48 prefix the address is split around the byte that must be zero; a longer
 * prefix inside the block, as operators commonly choose, has it at the end. */
static struct netaddr v4_nat64_1(const uint8_t *bytes)
{
	static const uint8_t zeros[6];
	struct netaddr v4 = v4_at(bytes + 12);

	if (memcmp(bytes + 6, zeros, sizeof(zeros)) != 0) {
		v4.bytes[0] = bytes[6];
		v4.bytes[1] = bytes[7];
		v4.bytes[2] = bytes[9];
		v4.bytes[3] = bytes[10];
	}
	return v4;
}

/* RFC 6052 2.2: it begins where the prefix ends, and byte 8 is left out. */
bool netaddr_behind(const struct netaddr *a, const struct netaddr_cidr *nat64, struct netaddr *v4)
{
	unsigned at = nat64->bits / 8u;

	if (a->family != 6 || !netaddr_in(a, nat64))
		return false;
	assert(nat64->bits % 8 == 0 && at <= 12);
	*v4 = (struct netaddr){.family = 4};
	for (unsigned i = 0; i < 4; at++)
		if (at != 8)
			v4->bytes[i++] = a->bytes[at];
	return true;
}

int netaddr_nat64_prefix(const struct netaddr *shown, struct netaddr_cidr *out)
{
	static const uint8_t lengths[] = {96, 64, 56, 48, 40, 32};
	static const uint8_t known[] = {192, 0, 0};
	struct netaddr v4;

	for (size_t i = 0; i < sizeof(lengths) && shown->family == 6; i++) {
		*out = (struct netaddr_cidr){.base = *shown, .bits = lengths[i]};
		if (lengths[i] < 96 && shown->bytes[8] != 0)
			continue;
		if (!netaddr_behind(shown, out, &v4) || memcmp(v4.bytes, known, 3) != 0 ||
		    (v4.bytes[3] != 170 && v4.bytes[3] != 171))
			continue;
		memset(out->base.bytes + lengths[i] / 8, 0, 16u - lengths[i] / 8u);
		return 0;
	}
	return -1;
}

/* RFC 5214: in the lower half of any address, whatever network it belongs to. */
static bool is_isatap(const struct netaddr *a)
{
	/* Universal or not, group or not: the two bits are not looked at by who routes it. */
	return (a->bytes[8] & 0xfc) == 0 && a->bytes[9] == 0 && a->bytes[10] == 0x5e &&
	       a->bytes[11] == 0xfe;
}

bool netaddr_embedded(const struct netaddr *a, struct netaddr *v4)
{
	const struct block *block = a->family == 6 ? block_of(a) : NULL;

	if (block == NULL)
		return false;
	switch ((enum inside)block->inside) {
	case INSIDE_NOTHING:
		if (is_isatap(a))
			*v4 = v4_at(a->bytes + 12);
		return is_isatap(a);
	case INSIDE_LAST:
		*v4 = v4_at(a->bytes + 12);
		return true;
	case INSIDE_NAT64_1:
		*v4 = v4_nat64_1(a->bytes);
		return true;
	case INSIDE_6TO4:
		*v4 = v4_at(a->bytes + 2);
		return true;
	case INSIDE_TEREDO:
		*v4 = v4_at(a->bytes + 12);
		for (int i = 0; i < 4; i++)
			v4->bytes[i] ^= 0xff;
		return true;
	}
	return false;
}

const char *netaddr_special(const struct netaddr *a)
{
	struct netaddr v4;

	if (a->family != 4 && a->family != 6)
		return "not an address";
	const struct block *block = block_of(a);
	if (block == NULL) /* only IPv4: the IPv6 table ends in ::/0 */
		return NULL;
	if (netaddr_embedded(a, &v4)) {
		const char *what = netaddr_special(&v4);
		if (what != NULL)
			return what;
	}
	return block->what;
}

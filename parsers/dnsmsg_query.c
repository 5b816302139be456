/* dnsmsg_query.c - writes a question; see dnsmsg.h. */
#include <assert.h>
#include <string.h>

#include "parsers/dnsmsg.h"
#include "parsers/dnsmsg_parts.h"

#define EDNS_DO 0x8000u

static_assert(DNS_HEADER_N + DNS_NAME_WIRE_MAX + 4 + 11 <= DNS_QUERY_MAX,
	      "a query must fit its buffer");

static uint8_t *put_u16(uint8_t *out, unsigned v)
{
	*out++ = (uint8_t)(v >> 8);
	*out++ = (uint8_t)v;
	return out;
}

/* The name in wire form, at most DNS_NAME_WIRE_MAX bytes; NULL when it has none. */
static uint8_t *put_name(uint8_t *out, struct span name)
{
	if (name.n == 1 && name.p[0] == '.')
		name.n = 0;
	else if (name.n == 0)
		return NULL;
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n > NAME_TEXT_MAX)
		return NULL;
	if (name.n > 0) {
		/* The text, moved by a byte: where a dot was goes the length of what follows. */
		uint8_t *end = out + 1 + name.n;
		memcpy(out + 1, name.p, name.n);
		*end = '.';
		for (uint8_t *at = out + 1; at <= end; at++) {
			if (*at != '.')
				continue;
			size_t n = (size_t)(at - out) - 1;
			if (n == 0 || n > NAME_LABEL_MAX)
				return NULL;
			*out = (uint8_t)n;
			out = at;
		}
	}
	*out++ = 0;
	return out;
}

size_t dnsmsg_query(uint8_t *buf, size_t cap, uint16_t id, struct span name, uint16_t type,
		    bool want_do)
{
	uint8_t query[DNS_QUERY_MAX];
	uint8_t *at = put_u16(query, id);

	at = put_u16(at, DNS_FLAG_RD | DNS_FLAG_AD);
	at = put_u16(at, 1); /* questions */
	at = put_u16(at, 0);
	at = put_u16(at, 0);
	at = put_u16(at, 1); /* additional: OPT */
	at = put_name(at, name);
	if (at == NULL)
		return 0;
	at = put_u16(at, type);
	at = put_u16(at, DNS_CLASS_IN);
	*at++ = 0; /* OPT: root, type, payload, extended rcode and version, flags, no options */
	at = put_u16(at, DNS_TYPE_OPT);
	at = put_u16(at, DNS_UDP_PAYLOAD);
	at = put_u16(at, 0);
	at = put_u16(at, want_do ? EDNS_DO : 0);
	at = put_u16(at, 0);

	size_t n = (size_t)(at - query);
	assert(n <= sizeof(query));
	if (n > cap)
		return 0;
	memcpy(buf, query, n);
	return n;
}

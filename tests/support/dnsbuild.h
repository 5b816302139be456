/* dnsbuild.h - DNS messages byte by byte: every count and length is whatever the test says. */
#ifndef MTASWEEP_TEST_DNSBUILD_H
#define MTASWEEP_TEST_DNSBUILD_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dnsmsg.h"

struct build {
	uint8_t b[DNS_MESSAGE_MAX];
	size_t n;
};

static inline void put8(struct build *m, unsigned v)
{
	cr_assert_lt(m->n, sizeof(m->b));
	m->b[m->n++] = (uint8_t)v;
}

static inline void put16(struct build *m, unsigned v)
{
	put8(m, v >> 8);
	put8(m, v & 0xff);
}

static inline void put_bytes(struct build *m, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put8(m, ((const uint8_t *)p)[i]);
}

/* "a.b" in wire form; "@N" at the end is a pointer to offset N. */
static inline void put_dname(struct build *m, const char *text)
{
	while (*text != '\0' && *text != '@') {
		size_t n = strcspn(text, ".@");
		put8(m, (unsigned)n);
		put_bytes(m, text, n);
		text += n + (text[n] == '.');
	}
	if (*text == '@')
		put16(m, 0xc000u | (unsigned)strtoul(text + 1, NULL, 10));
	else
		put8(m, 0);
}

static inline void put_header(struct build *m, unsigned flags, unsigned an, unsigned ns,
			      unsigned ar)
{
	m->n = 0;
	put16(m, 0x1234);
	put16(m, flags);
	put16(m, 1);
	put16(m, an);
	put16(m, ns);
	put16(m, ar);
}

static inline void put_question(struct build *m, const char *name, unsigned type)
{
	put_dname(m, name);
	put16(m, type);
	put16(m, 1);
}

/* Starts a record; put the data, then rr_end(). */
static inline size_t rr_begin(struct build *m, const char *owner, unsigned type, uint32_t ttl)
{
	put_dname(m, owner);
	put16(m, type);
	put16(m, 1);
	put16(m, ttl >> 16);
	put16(m, ttl & 0xffff);
	put16(m, 0);
	return m->n;
}

static inline void rr_end(struct build *m, size_t begin)
{
	m->b[begin - 2] = (uint8_t)((m->n - begin) >> 8);
	m->b[begin - 1] = (uint8_t)(m->n - begin);
}

static inline void put_cname(struct build *m, const char *owner, const char *target, uint32_t ttl)
{
	size_t at = rr_begin(m, owner, DNS_TYPE_CNAME, ttl);
	put_dname(m, target);
	rr_end(m, at);
}

static inline void put_mx(struct build *m, const char *owner, unsigned preference, const char *host,
			  uint32_t ttl)
{
	size_t at = rr_begin(m, owner, DNS_TYPE_MX, ttl);
	put16(m, preference);
	put_dname(m, host);
	rr_end(m, at);
}

static inline void put_txt(struct build *m, const char *owner, const char *text, uint32_t ttl)
{
	size_t at = rr_begin(m, owner, DNS_TYPE_TXT, ttl);
	put8(m, (unsigned)strlen(text));
	put_bytes(m, text, strlen(text));
	rr_end(m, at);
}

#endif

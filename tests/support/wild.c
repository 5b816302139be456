/* wild.c - see wild.h. */
#include "tests/support/wild.h"

#include <assert.h>
#include <string.h>

#define LIST_MAX 5u
#define TEXT(key, ...)                                                                             \
	{                                                                                          \
		key,                                                                               \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

struct dice {
	uint64_t state;
};

/* splitmix64. */
static uint64_t roll(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static unsigned upto(struct dice *d, unsigned n)
{
	return (unsigned)(roll(d) % n);
}

/* Texts that code looks into, by key. Every other key gets one of `any`. */
static const struct pool {
	const char *key, *texts[12];
} pools[] = {
	TEXT("tld", "com", "net", "de", "se", "museum"),
	TEXT("tls_version", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3", "SSLv3"),
	TEXT("http_version", "1.0", "1.1", "2", "3", "0.9"),
	TEXT("content_type", "text/plain", "text/plain; charset=utf-8", "TEXT/HTML",
	     "application/json;", ";", "text/plain ; x"),
	TEXT("rua", "mailto:a@reports.example", "mailto:b@Other.example!10m",
	     "https://collect.example/v1", "https://u@h.example/", "ftp://old.example/x",
	     "mailto:nobody", "HTTPS://[2001:db8::1]/"),
	TEXT("txt", "v=STSv1; id=20261124T120000;", "v=STSv1; id=1",
	     "v=TLSRPTv1; rua=mailto:a@reports.example", "v=spf1 -all", "v=STSv1;id=\xff"),
	TEXT("id", "20261124", "20261124120000Z", "1790000000", "1790000000000", "12345",
	     "0123456789abcdef", "0123456789abcdeg", "a", "19691231", "99999999"),
	TEXT("mx", "*.example.net", "mail.example.net", "mx1.example.org", "*.host3.example"),
	TEXT("host", "mail.example.net", "mx1.example.org", "mx2.example.org", ".", "",
	     "mx.host3.example"),
	TEXT("cert_issuer", "Let's Encrypt", "Example CA", "\xc3\xa9t\xc3\xa9 CA", "ZeroSSL"),
	TEXT("policy", "Google", "Microsoft 365", "Mailhardener"),
	TEXT("resolver", "192.0.2.53:53", "[2001:db8::53]:53", "198.51.100.1:5353"),
	TEXT("address", "192.0.2.1", "192.0.2.2", "2001:db8::2", "10.0.0.1"),
	TEXT("body", "version: STSv1\n", "\xff\xfe raw", "\xe2\x82", "",
	     "<html>"), /* with txt, all that keeps its bytes */
	TEXT("tag", "acme", "customer-7", "", "=1+1", "a,b", "\"quoted\"\n"),
};
static const char *const any[] = {
	"a",	     "some words",   "\xe2\x82\xac 3",	"two\nlines",
	"tab\there", "\"quoted\\\"", "\xe2\x80\xaetxt", "\xf0\x9f\x98\x80",
	"\x01",	     "v=STSv1"};

static struct span text(struct dice *d, const char *key)
{
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		if (strcmp(pools[i].key, key) != 0)
			continue;
		unsigned n = 0;
		while (n < 12 && pools[i].texts[n] != NULL)
			n++;
		return span_str(pools[i].texts[upto(d, n)]);
	}
	return span_str(any[upto(d, sizeof(any) / sizeof(any[0]))]);
}

/* Each field has dice of its own, so that a new field changes no other. */
static struct dice dice_of(const struct dice *parent, const char *key)
{
	uint64_t h = parent->state ^ 0xcbf29ce484222325u;

	for (const char *p = key; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	return (struct dice){h};
}

/* Every word as likely as another, and the same one when others are added to the vocabulary: the
 * one whose dice fall highest. */
static int word(const struct dice *d, const struct field_words *words)
{
	uint64_t highest = 0;
	int best = 0;

	for (unsigned v = 0; v < words->count; v++) {
		struct dice own = dice_of(d, words->word(v));
		uint64_t fell = roll(&own);
		best = fell >= highest ? (int)v : best;
		highest = fell >= highest ? fell : highest;
	}
	return best;
}

static void put(char *base, uint32_t at, const void *value, size_t n)
{
	memcpy(base + at, value, n);
}

static int64_t integer(struct dice *d, const struct field *f)
{
	static const int64_t ages[] = {300,	86399,	 86400,	   604799,   604800,
				       1209600, 2592000, 15552000, 31536000, 31557600};
	static const int64_t statuses[] = {200, 204, 301, 404, 403, 429, 500, 503, 99, 999};

	if (f->nullable && f->kind != FIELD_TRI && upto(d, 5) == 0)
		return f->kind == FIELD_TIME_S ? INT64_MIN : f->null_value;
	if (strcmp(f->key, "max_age") == 0)
		return ages[upto(d, 10)];
	if (strcmp(f->key, "http_status") == 0)
		return statuses[upto(d, 10)];
	if (f->kind == FIELD_TIME_MS)
		return 1790000000000 + upto(d, 1000000);
	if (f->kind == FIELD_TIME_S)
		return 1790000000 + 86400ll * ((int64_t)upto(d, 400) - 100);
	if (f->kind == FIELD_TRI)
		return (int)upto(d, f->nullable ? 3 : 2) - f->nullable;
	if (f->kind == FIELD_U32 || f->kind == FIELD_U16)
		return upto(d, 6);
	unsigned top = upto(d, 2) == 0 ? 100 : 2000000;
	return 1 + upto(d, top);
}

static void object(const struct dice *d, struct arena *a, const struct object *o, char *base);

static void list(struct dice *d, struct arena *a, const struct field *f, char *base)
{
	unsigned n = upto(d, LIST_MAX);
	size_t size = f->kind == FIELD_OBJECTS ? f->object->size : sizeof(struct span);
	char *items = arena_zalloc(a, (n + 1) * size);

	assert(items != NULL);
	for (unsigned i = 0; i < n; i++) {
		struct dice each = {roll(d)};
		if (f->kind == FIELD_OBJECTS)
			object(&each, a, f->object, items + i * size);
		else
			((struct span *)(void *)items)[i] = text(d, f->key);
	}
	put(base, f->at, &items, sizeof(items));
	put(base, f->at_n, &n, sizeof(n));
}

static void pieces(struct dice *d, struct arena *a, const struct field *f, char *base)
{
	unsigned n;

	memcpy(&n, base + f->at_n, sizeof(n));
	uint16_t *p = arena_alloc(a, (n + 1) * sizeof(*p));
	assert(p != NULL);
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint16_t)(1 + upto(d, 300));
	put(base, f->at, &p, sizeof(p));
}

static void member(struct dice *d, struct arena *a, const struct field *f, char *base)
{
	int64_t v = 0;
	struct span s = SPAN_NULL;

	switch ((enum field_kind)f->kind) {
	case FIELD_SCHEMA:
	case FIELD_RAW: /* another form of a member that has its key already */
	case FIELD_RAWS:
		return;
	case FIELD_OBJECT:
		object(d, a, f->object, base + f->at);
		return;
	case FIELD_OBJECTS:
	case FIELD_STRS:
		list(d, a, f, base);
		return;
	case FIELD_PIECES:
		pieces(d, a, f, base);
		return;
	case FIELD_STR:
		s = f->nullable && upto(d, 5) == 0 ? SPAN_NULL : text(d, f->key);
		put(base, f->at, &s, sizeof(s));
		return;
	case FIELD_BOOL:
		put(base, f->at, &(bool){upto(d, 2)}, sizeof(bool));
		return;
	case FIELD_WORD:
		v = f->nullable && upto(d, 5) == 0 ? -1 : word(d, f->words);
		if (strcmp(f->key, "dns") == 0 && upto(d, 2) == 0)
			v = DNS_OK; /* without it there is little to see */
		put(base, f->at, &(int){(int)v}, sizeof(int));
		return;
	case FIELD_WORDS:
		for (unsigned i = 0; i < f->words->count; i++)
			v |= (int64_t)(upto(d, 4) == 0) << i;
		put(base, f->at, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
		return;
	default:
		break;
	}
	v = integer(d, f);
	if (f->kind == FIELD_U16)
		put(base, f->at, &(uint16_t){(uint16_t)v}, sizeof(uint16_t));
	else if (f->kind == FIELD_INT || f->kind == FIELD_TRI || f->kind == FIELD_U32)
		put(base, f->at, &(int){(int)v}, sizeof(int));
	else
		put(base, f->at, &v, sizeof(v));
}

static void object(const struct dice *d, struct arena *a, const struct object *o, char *base)
{
	if (o->present != NULL && !o->present(base))
		return;
	for (unsigned i = 0; i < o->n; i++) {
		struct dice own = dice_of(d, o->fields[i].key);
		member(&own, a, &o->fields[i], base);
	}
}

void wild_record(struct record *r, struct arena *a, uint64_t seed, uint64_t line)
{
	struct dice d = {(seed * 1000003 + line) * 0x2545f4914f6cdd1du};

	record_init(r);
	object(&d, a, fields_record(), (char *)r);
	r->line = line;
	if (r->verdict == VERDICT_INVALID_INPUT)
		r->domain = SPAN_NULL;
	else
		r->domain = arena_printf(a, "n%llu.example", (unsigned long long)line);
	if (r->policy.stage == STAGE_NONE)
		r->policy.body = SPAN_NULL;
	if (r->mx.null_mx == 1 && r->mx.hosts_n > 0)
		r->mx.null_mx = 0;
	for (unsigned i = 0; i < r->mx.hosts_n && r->mx.hosts[i].host.p == NULL; i++)
		r->mx.hosts[i].host = SPAN_LIT("mx.example");
}

bool wild_written(const struct field *f, const void *base)
{
	return f->kind != FIELD_OBJECT || f->object->present == NULL || f->object->present(base);
}

static bool span_same(struct span a, struct span b)
{
	return (a.p == NULL) == (b.p == NULL) && a.n == b.n &&
	       (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool lists_same(const struct field *f, const char *a, const char *b)
{
	unsigned n, m;
	const struct span *p, *q;

	memcpy(&n, a + f->at_n, sizeof(n));
	memcpy(&m, b + f->at_n, sizeof(m));
	memcpy(&p, a + f->at, sizeof(p));
	memcpy(&q, b + f->at, sizeof(q));
	bool same = n == m;
	for (unsigned i = 0; i < n && same; i++) {
		if (f->kind == FIELD_PIECES)
			same = ((const uint16_t *)(const void *)p)[i] ==
			       ((const uint16_t *)(const void *)q)[i];
		else if (f->kind == FIELD_STRS)
			same = span_same(p[i], q[i]);
		else
			same = wild_differs(f->object, (const char *)p + i * f->object->size,
					    (const char *)q + i * f->object->size) == NULL;
	}
	return same;
}

static size_t size_of(const struct field *f)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_BOOL:
		return sizeof(bool);
	case FIELD_U16:
		return sizeof(uint16_t);
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_TRI:
	case FIELD_WORD:
	case FIELD_WORDS:
		return sizeof(int);
	default:
		return sizeof(int64_t);
	}
}

const char *wild_differs(const struct object *o, const void *a, const void *b)
{
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		const char *x = (const char *)a + f->at, *y = (const char *)b + f->at;
		struct span s, t;
		if (f->kind == FIELD_SCHEMA || f->kind == FIELD_RAW || f->kind == FIELD_RAWS ||
		    !wild_written(f, x))
			continue;
		bool same;
		if (f->kind == FIELD_OBJECT) {
			const char *inner = wild_differs(f->object, x, y);
			if (inner != NULL)
				return inner;
			continue;
		}
		if (f->kind == FIELD_STR) {
			memcpy(&s, x, sizeof(s));
			memcpy(&t, y, sizeof(t));
			same = span_same(s, t);
		} else if (f->kind == FIELD_STRS || f->kind == FIELD_PIECES ||
			   f->kind == FIELD_OBJECTS) {
			same = lists_same(f, a, b);
		} else {
			same = memcmp(x, y, size_of(f)) == 0;
		}
		if (!same)
			return f->key;
	}
	return NULL;
}

/* dns_fault.c - see dns_fault.h. */
#include "datasets/labnet/dns_fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/labnet/draw.h"

#define REORDER_MS 20

static int parse_share(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out >= 0 && *out <= 1 ? 0 : -1;
}

/* "20" or "5..50", milliseconds. */
static int parse_delay(const char *text, struct dns_fault_profile *p)
{
	char *end;
	unsigned long low = strtoul(text, &end, 10), high = low;

	if (end == text)
		return -1;
	if (strncmp(end, "..", 2) == 0) {
		text = end + 2;
		high = strtoul(text, &end, 10);
		if (end == text)
			return -1;
	}
	if (*end != '\0' || high < low || high > DNS_DELAY_MAX_MS)
		return -1;
	p->delay_ms = (unsigned)low;
	p->delay_max_ms = (unsigned)high;
	return 0;
}

static int parse_limit(const char *text, struct dns_fault_profile *p)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || v == 0 || v > 100000000)
		return -1;
	p->qps = (unsigned)v;
	return 0;
}

static int parse_item(struct dns_fault_profile *p, const char *key, const char *value)
{
	const struct {
		const char *name;
		double *out;
	} shares[] = {{"loss", &p->loss},
		      {"dup", &p->duplicate},
		      {"reorder", &p->reorder},
		      {"servfail", &p->servfail},
		      {"burst", &p->burst}};
	const struct {
		const char *name;
		bool *out;
	} flags[] = {{"drop", &p->drop},
		     {"slip", &p->slip},
		     {"lying", &p->lying},
		     {"denying", &p->denying},
		     {"dead", &p->dead}};

	if (!value) {
		for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (strcmp(key, flags[i].name) == 0) {
				*flags[i].out = true;
				return 0;
			}
		return strcmp(key, "good") == 0 ? 0 : -1;
	}
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (strcmp(key, shares[i].name) == 0)
			return parse_share(value, shares[i].out);
	if (strcmp(key, "delay") == 0)
		return parse_delay(value, p);
	return strcmp(key, "qps") == 0 ? parse_limit(value, p) : -1;
}

int dns_fault_parse(struct dns_fault_profile *p, const char *text)
{
	char copy[256], *save;

	p->reorder_ms = REORDER_MS;
	if (strlen(text) >= sizeof(copy))
		return -1;
	memcpy(copy, text, strlen(text) + 1);
	for (char *key = strtok_r(copy, ",", &save); key; key = strtok_r(NULL, ",", &save)) {
		char *value = strchr(key, '=');
		if (value)
			*value++ = '\0';
		if (parse_item(p, key, value) != 0)
			return -1;
	}
	return 0;
}

bool dns_fault_any(const struct dns_fault_profile *p)
{
	return p->loss > 0 || p->duplicate > 0 || p->reorder > 0 || p->servfail > 0 ||
	       p->burst > 0 || p->delay_max_ms > 0 || p->qps > 0 || p->lying || p->denying ||
	       p->dead;
}

void dns_fault_init(struct dns_fault *f, const struct dns_fault_profile *p, uint64_t seed)
{
	*f = (struct dns_fault){.profile = *p, .random = draw_mix(seed + 1)};
}

static double next(struct dns_fault *f)
{
	f->random += 0x9e3779b97f4a7c15u;
	return (double)(draw_mix(f->random) >> 11) / 9007199254740992.0;
}

static bool over_limit(struct dns_fault *f, uint32_t client, int64_t now_ms)
{
	int64_t second = now_ms / 1000;

	if (second != f->second) {
		memset(f->count, 0, sizeof(f->count));
		f->second = second;
	}
	return ++f->count[draw_mix(client) % DNS_CLIENTS] > f->profile.qps;
}

struct dns_fate dns_fault_decide(struct dns_fault *f, uint32_t client, int64_t now_ms)
{
	const struct dns_fault_profile *p = &f->profile;
	struct dns_fate fate = {.mood = p->lying     ? DNS_MOOD_LYING
					: p->denying ? DNS_MOOD_DENYING
						     : DNS_MOOD_HONEST};

	if (p->dead || (p->loss > 0 && next(f) < p->loss)) {
		fate.lost = true;
		return fate;
	}
	if (p->qps > 0 && over_limit(f, client, now_ms)) {
		fate.lost = p->drop;
		fate.mood = p->slip ? DNS_MOOD_SLIP : DNS_MOOD_REFUSED;
		return fate;
	}
	/* A second is bad or good for everyone. */
	bool bad = p->burst > 0 && (double)(draw_mix((uint64_t)(now_ms / 1000)) >> 11) <
					   p->burst * 9007199254740992.0;
	if (bad || (p->servfail > 0 && next(f) < p->servfail))
		fate.mood = DNS_MOOD_SERVFAIL;
	if (p->delay_max_ms > 0)
		fate.delay_ms =
			p->delay_ms + (unsigned)(next(f) * (p->delay_max_ms - p->delay_ms + 1));
	if (p->reorder > 0 && next(f) < p->reorder)
		fate.delay_ms += p->reorder_ms;
	fate.twice = p->duplicate > 0 && next(f) < p->duplicate;
	return fate;
}

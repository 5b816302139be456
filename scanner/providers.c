/* providers.c - see providers.h. */
#include "scanner/providers.h"

#include "parsers/hostname.h"

enum provider_kind {
	PROVIDER_POLICY,
	PROVIDER_HOSTING,
	PROVIDER_MX,
	PROVIDER_PARKING,
	PROVIDER_BROAD
};

static const struct {
	enum provider_kind kind;
	struct span suffix;
	const char *operator;
} providers[] = {
#include "providers_table.h"
};

/* A cheap look before the comparison: the dot (or the start) before the suffix, and its last byte.
 */
static bool provider_ends_alike(struct span name, struct span suffix)
{
	if (name.n < suffix.n || name.p[name.n - 1] != suffix.p[suffix.n - 1])
		return false;
	return name.n == suffix.n || name.p[name.n - suffix.n - 1] == '.';
}

static const char *provider_find(enum provider_kind kind, struct span name)
{
	size_t best = 0;
	const char *found = NULL;

	if (name.n == 0)
		return NULL;
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (providers[i].kind == kind && providers[i].suffix.n > best &&
		    provider_ends_alike(name, providers[i].suffix) &&
		    hostname_under(name, providers[i].suffix)) {
			best = providers[i].suffix.n;
			found = providers[i].operator;
		}
	return found;
}

const char *provider_of_policy(struct span target)
{
	return provider_find(PROVIDER_POLICY, target);
}

const char *provider_of_hosting(struct span target)
{
	return provider_find(PROVIDER_HOSTING, target);
}

const char *provider_of_mx(struct span host)
{
	return provider_find(PROVIDER_MX, host);
}

const char *provider_of_parking(struct span host)
{
	return provider_find(PROVIDER_PARKING, host);
}

bool provider_is_broad(struct span domain)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (providers[i].kind == PROVIDER_BROAD && span_ieq(providers[i].suffix, domain))
			return true;
	return false;
}

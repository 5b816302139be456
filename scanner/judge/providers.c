/* providers.c - see providers.h. */
#include "scanner/judge/providers.h"

struct provider {
	struct span suffix;
	const char *operator;
};

#include "providers_table.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The order of the tables: most rows are passed over by their length alone. */
static int provider_compare(struct span a, struct span b)
{
	return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : memcmp(a.p, b.p, a.n);
}

/* The row of exactly this name. */
static const struct provider *provider_row(const struct provider *rows, size_t n, struct span name)
{
	for (size_t low = 0, high = n; low < high;) {
		size_t middle = low + (high - low) / 2;
		int order = provider_compare(rows[middle].suffix, name);
		if (order == 0)
			return &rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The longest suffix counts: the whole name, then without its first label, and so on; none is a
 * single label (providers.cmake). */
static const char *provider_find(const struct provider *rows, size_t n, struct span name)
{
	const char *dot;

	while (name.n > 0 && (dot = memchr(name.p, '.', name.n)) != NULL) {
		const struct provider *row = provider_row(rows, n, name);
		if (row != NULL)
			return row->operator;
		name.n -= (size_t)(dot + 1 - name.p);
		name.p = dot + 1;
	}
	return NULL;
}

const char *provider_of_policy(struct span target)
{
	return provider_find(providers_policy, COUNT(providers_policy), target);
}

const char *provider_of_hosting(struct span target)
{
	return provider_find(providers_hosting, COUNT(providers_hosting), target);
}

const char *provider_of_mx(struct span host)
{
	return provider_find(providers_mx, COUNT(providers_mx), host);
}

const char *provider_of_parking(struct span host)
{
	return provider_find(providers_parking, COUNT(providers_parking), host);
}

/* A pattern's domain, in the case in which it was published. */
bool provider_is_broad(struct span domain)
{
	for (size_t i = 0; i < COUNT(providers_broad); i++)
		if (span_ieq(providers_broad[i].suffix, domain))
			return true;
	return false;
}

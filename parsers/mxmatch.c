/* mxmatch.c - see mxmatch.h. */
#include "parsers/mxmatch.h"

#include <assert.h>

enum mxmatch mxmatch(struct span pattern, struct span host)
{
	if (host.n > 0 && host.p[host.n - 1] == '.')
		host.n--;
	if (pattern.n > 0 && pattern.p[pattern.n - 1] == '.')
		pattern.n--;
	if (host.n == 0 || pattern.n == 0)
		return MXMATCH_NO;
	/* RFC 8461 4.1 compares as RFC 6125 6.4.3 does, with the "*" as the whole first label only;
	 * "m*.example.com" is no pattern, and what is no pattern covers nothing. */
	if (!span_starts(pattern, SPAN_LIT("*.")))
		return span_ieq(pattern, host) ? MXMATCH_YES : MXMATCH_NO;

	struct span dotted = span_of(pattern.p + 1, pattern.n - 1); /* ".x" */
	if (dotted.n <= 1)
		return MXMATCH_NO;
	if (host.n == dotted.n - 1)
		return span_ieq(host, span_of(dotted.p + 1, dotted.n - 1)) ? MXMATCH_APEX
									   : MXMATCH_NO;
	if (!span_iends(host, dotted))
		return MXMATCH_NO;
	size_t first = host.n - dotted.n; /* bytes before ".x" */
	if (first == 0)
		return MXMATCH_NO;
	assert(first < host.n && host.p[first] == '.');
	return memchr(host.p, '.', first) == NULL ? MXMATCH_YES : MXMATCH_DEEP;
}

bool mxmatch_any(struct span names, struct span domain)
{
	while (names.n > 0) {
		const char *comma = memchr(names.p, ',', names.n);
		size_t n = comma == NULL ? names.n : (size_t)(comma - names.p);
		if (mxmatch(span_of(names.p, n), domain) == MXMATCH_YES)
			return true;
		size_t skip = n + 2 < names.n ? n + 2 : names.n;
		names = span_of(names.p + skip, names.n - skip);
	}
	return false;
}

/*
 * fuzz_mxmatch.c - pattern, newline, host. Matching against the RFC's sentence taken literally, and
 * the edit distance against its symmetry.
 */
#include <assert.h>
#include <stdint.h>

#include "parsers/hostname.h"
#include "parsers/mxmatch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Equal, or "*." stands for one label that is not empty. */
static bool matches(struct span pattern, struct span host)
{
	if (!span_starts(pattern, SPAN_LIT("*.")))
		return span_ieq(pattern, host);
	struct span rest = hostname_parent(host);
	return rest.p != NULL && rest.n > 0 && rest.p - host.p > 1 &&
	       span_ieq(rest, span_of(pattern.p + 2, pattern.n - 2));
}

static struct span without_dot(struct span s)
{
	return s.n > 0 && s.p[s.n - 1] == '.' ? span_of(s.p, s.n - 1) : s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *lf = size == 0 ? NULL : memchr(text, '\n', size);

	if (lf == NULL)
		return 0;
	struct span pattern = span_of(text, (size_t)(lf - text));
	struct span host = span_of(lf + 1, size - pattern.n - 1);
	enum mxmatch m = mxmatch(pattern, host);
	struct span p = without_dot(pattern), h = without_dot(host);
	assert((m == MXMATCH_YES) == (p.n > 0 && h.n > 0 && matches(p, h)));

	unsigned there = hostname_distance(pattern, host, HOSTNAME_DISTANCE_MAX);
	unsigned back = hostname_distance(host, pattern, HOSTNAME_DISTANCE_MAX);
	assert(there == back && (there == 0) == span_ieq(pattern, host));
	if (hostname_under(host, pattern))
		assert(pattern.n <= host.n &&
		       span_ieq(span_of(host.p + (host.n - pattern.n), pattern.n), pattern));
	size_t at;
	if (hostname_check(host, &at) != HOSTNAME_OK)
		assert(at <= host.n);
	return 0;
}

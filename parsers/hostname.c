/* hostname.c - see hostname.h. */
#include "parsers/hostname.h"

#include <assert.h>

static bool hostname_letdig(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

enum hostname_fault hostname_check(struct span name, size_t *at)
{
	size_t start = 0; /* of the label */

	*at = 0;
	if (name.n == 0)
		return HOSTNAME_EMPTY;
	if (name.n > NAME_TEXT_MAX) {
		*at = NAME_TEXT_MAX;
		return HOSTNAME_LONG;
	}
	for (size_t i = 0; i <= name.n; i++) {
		*at = i;
		if (i < name.n && hostname_letdig(name.p[i]))
			continue;
		if (i < name.n && name.p[i] == '-') {
			if (i == start)
				return HOSTNAME_HYPHEN;
			continue;
		}
		if (i < name.n && name.p[i] != '.')
			return HOSTNAME_CHARACTER;
		if (i == start)
			return HOSTNAME_LABEL_EMPTY;
		if (i - start > NAME_LABEL_MAX)
			return HOSTNAME_LABEL_LONG;
		if (name.p[i - 1] == '-') {
			*at = i - 1;
			return HOSTNAME_HYPHEN;
		}
		start = i + 1;
	}
	assert(*at == name.n);
	return HOSTNAME_OK;
}

bool hostname_is_ipv4(struct span name)
{
	unsigned fields = 0, value = 0, digits = 0;

	for (size_t i = 0; i <= name.n; i++) {
		if (i < name.n && name.p[i] >= '0' && name.p[i] <= '9') {
			value = value * 10 + (unsigned)(name.p[i] - '0');
			if (++digits > 3)
				return false;
		} else if (i == name.n || name.p[i] == '.') {
			if (digits == 0 || value > 255)
				return false;
			fields++;
			value = digits = 0;
		} else {
			return false;
		}
	}
	return fields == 4;
}

unsigned hostname_labels(struct span name)
{
	unsigned n = name.n > 0;

	for (size_t i = 0; i < name.n; i++)
		n += name.p[i] == '.';
	return n;
}

struct span hostname_parent(struct span name)
{
	const char *dot = name.n == 0 ? NULL : memchr(name.p, '.', name.n);

	if (dot == NULL)
		return SPAN_NULL;
	return span_of(dot + 1, name.n - (size_t)(dot + 1 - name.p));
}

struct span hostname_tail(struct span name, unsigned n)
{
	size_t i = name.n;

	assert(n > 0);
	while (i > 0) {
		if (name.p[i - 1] == '.' && --n == 0)
			break;
		i--;
	}
	return span_of(name.p + i, name.n - i);
}

bool hostname_under(struct span name, struct span suffix)
{
	return span_ieq(name, suffix) ||
	       (name.n > suffix.n && name.p[name.n - suffix.n - 1] == '.' &&
		span_iends(name, suffix));
}

bool hostname_has_label(struct span name, struct span prefix)
{
	for (struct span rest = name; rest.p != NULL; rest = hostname_parent(rest))
		if (rest.n >= prefix.n && span_ieq(span_of(rest.p, prefix.n), prefix))
			return true;
	return false;
}

static unsigned hostname_least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

unsigned hostname_distance(struct span a, struct span b, unsigned max)
{
	enum { BAND = 2 * HOSTNAME_DISTANCE_MAX + 1 };
	/* row[k] is the distance of a[0..i) and b[0..i + k - max); cells outside count as "far". */
	unsigned row[BAND + 2];
	unsigned band = 2 * max + 1, far = max + 1;

	assert(max <= HOSTNAME_DISTANCE_MAX);
	if ((a.n > b.n ? a.n - b.n : b.n - a.n) > max)
		return far;
	for (unsigned k = 0; k <= band; k++)
		row[k] = k >= max && k < band ? k - max : far;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned left = far;
		for (unsigned k = 0; k < band; k++) {
			unsigned cell = far;
			if (i + k >= max && i + k - max <= b.n) {
				size_t j = i + k - max;
				cell = hostname_least(left + 1, row[k + 1] + 1, far);
				if (j == 0)
					cell = i < far ? (unsigned)i : far;
				else if (span_ieq(span_of(a.p + i - 1, 1), span_of(b.p + j - 1, 1)))
					cell = hostname_least(cell, row[k], far);
				else
					cell = hostname_least(cell, row[k] + 1, far);
			}
			row[k] = left = cell;
		}
		row[band] = far;
	}
	assert(row[b.n + max - a.n] <= far);
	return row[b.n + max - a.n];
}

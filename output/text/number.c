/* number.c - see number.h. */
#include "output/text/number.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

struct number number_grouped(uint64_t v)
{
	struct number out;
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, v);
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out.s[at++] = ',';
		out.s[at++] = digits[i];
	}
	out.s[at] = '\0';
	return out;
}

struct number number_names(uint64_t n)
{
	struct number out, count = number_grouped(n);

	snprintf(out.s, sizeof(out.s), "%.28s %s", count.s, number_word(n, "name", "names"));
	return out;
}

/* Decimals with which a share of that size has three digits or so. */
static int percent_digits(double p)
{
	return p == 0 || p >= 99.9995 ? 0 : p >= 10 ? 1 : p >= 1 ? 2 : p >= 0.01 ? 3 : 5;
}

struct number number_percent(double share)
{
	struct number out;
	double p = 100 * share;

	snprintf(out.s, sizeof(out.s), "%.*f %%", percent_digits(p), p);
	return out;
}

struct number number_share_end(double share, uint64_t of)
{
	struct number out;
	double p = 100 * share, rest = p > 50 ? 100 - p : p;
	int most = percent_digits(p), digits = 0;

	assert(of > 0);
	while (digits < most && pow(10, -digits - 1) * (double)of > 99.99)
		digits++;
	/* Rounded away it would be none, or all. */
	while (rest > 0 && rest <= pow(10, -digits) / 2 && digits < 8)
		digits++;
	snprintf(out.s, sizeof(out.s), "%.*f %%", digits, p);
	return out;
}

struct number number_share(uint64_t n, uint64_t of)
{
	return number_share_end((double)n / (double)of, of);
}

struct number number_percent_done(double share)
{
	struct number out;
	unsigned permille = (unsigned)(share * 1000);

	snprintf(out.s, sizeof(out.s), "%u.%u %%", permille / 10, permille % 10);
	return out;
}

struct number number_rate(double per_second)
{
	struct number out;

	if (per_second < 10)
		snprintf(out.s, sizeof(out.s), "%.1f", per_second > 0 ? per_second : 0);
	else
		out = number_grouped(per_second < 1e15 ? (uint64_t)(per_second + 0.5) : 0);
	return out;
}

struct number number_bytes(uint64_t v)
{
	struct number out;

	if (v < 1024)
		snprintf(out.s, sizeof(out.s), "%" PRIu64 " B", v);
	else if (v < 1024 * 1024)
		snprintf(out.s, sizeof(out.s), "%.1f KiB", (double)v / 1024);
	else
		snprintf(out.s, sizeof(out.s), "%.1f MiB", (double)v / (1024 * 1024));
	return out;
}

struct number number_duration(uint64_t ms)
{
	struct number out;
	uint64_t s = ms / 1000;

	if (s < 60)
		snprintf(out.s, sizeof(out.s), "%u s", (unsigned)s);
	else if (s < 3600)
		snprintf(out.s, sizeof(out.s), "%u min %02u s", (unsigned)(s / 60),
			 (unsigned)(s % 60));
	else if (s < 48 * 3600)
		snprintf(out.s, sizeof(out.s), "%u h %02u min", (unsigned)(s / 3600),
			 (unsigned)(s / 60 % 60));
	else
		snprintf(out.s, sizeof(out.s), "%" PRIu64 " d %02u h", s / 86400,
			 (unsigned)(s / 3600 % 24));
	return out;
}

struct number number_lifetime(int64_t seconds)
{
	static const struct {
		int64_t size;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	struct number out;
	unsigned u = 0;

	while (u < 3 && seconds < units[u].size)
		u++;
	int64_t n = seconds / units[u].size;
	const char *about = n * units[u].size == seconds ? "" : "about ";
	snprintf(out.s, sizeof(out.s), "%s%" PRId64 " %s%s", about, n, units[u].name,
		 n == 1 ? "" : "s");
	return out;
}

static struct number number_seconds(int64_t unix_s)
{
	struct number out;

	snprintf(out.s, sizeof(out.s), "%" PRId64, unix_s);
	return out;
}

struct number number_date(int64_t unix_s)
{
	struct number out;
	time_t when = (time_t)unix_s;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || strftime(out.s, sizeof(out.s), "%Y-%m-%d", &tm) == 0)
		return number_seconds(unix_s);
	return out;
}

struct number number_time(int64_t unix_s)
{
	struct number out;
	time_t when = (time_t)unix_s;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(out.s, sizeof(out.s), "%Y-%m-%d %H:%M UTC", &tm) == 0)
		return number_seconds(unix_s);
	return out;
}

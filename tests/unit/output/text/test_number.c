/* Figures for people: one form and one rounding, at their edges. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "output/text/number.h"

Test(number, grouped)
{
	cr_expect_str_eq(number_grouped(0).s, "0");
	cr_expect_str_eq(number_grouped(999).s, "999");
	cr_expect_str_eq(number_grouped(1000).s, "1,000");
	cr_expect_str_eq(number_grouped(UINT64_MAX).s, "18,446,744,073,709,551,615");
}

Test(number, percent)
{
	cr_expect_str_eq(number_percent(0).s, "0 %");
	cr_expect_str_eq(number_percent(1).s, "100 %");
	cr_expect_str_eq(number_percent(0.296).s, "29.6 %");
	cr_expect_str_eq(number_percent(0.0123).s, "1.23 %");
	cr_expect_str_eq(number_percent(0.0007).s, "0.070 %");
	cr_expect_str_eq(number_percent_done(0.99999).s, "99.9 %");
	cr_expect_str_eq(number_percent_done(1).s, "100.0 %");
}

/* No digit finer than what one of them makes; none for nothing, and all for all, alone. */
Test(number, share)
{
	static const struct {
		uint64_t n, of;
		const char *text;
	} want[] = {{0, 20, "0 %"},
		    {20, 20, "100 %"},
		    {1, 3, "33 %"},
		    {230, 916, "25 %"},
		    {230, 1000, "23.0 %"},
		    {230000, 916000, "25.1 %"},
		    {4, 3000, "0.1 %"},
		    {1, 3000, "0.03 %"},
		    {2, 916, "0.2 %"},
		    {915, 916, "99.9 %"},
		    {999999, 1000000, "99.9999 %"},
		    {28, 363192, "0.008 %"},
		    {96, 10000, "0.96 %"},
		    {960, 100000, "0.960 %"},
		    {0, UINT64_MAX, "0 %"}};

	for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		cr_expect_str_eq(number_share(want[i].n, want[i].of).s, want[i].text, "%s, not %s",
				 number_share(want[i].n, want[i].of).s, want[i].text);
	cr_expect_str_eq(number_share_end(0.00128, 3000).s, "0.1 %");
}

/* Where another number of digits, unit or word begins: the last of one, the first of the other. */
Test(number, borders)
{
	static const struct {
		double share;
		const char *text;
	} percents[] = {{0.99999, "100.0 %"}, {0.999995, "100 %"}, {0.9999949, "100.0 %"},
			{0.1, "10.0 %"},      {0.0999, "9.99 %"},  {0.01, "1.00 %"},
			{0.00999, "0.999 %"}, {0.0001, "0.010 %"}, {0.000099, "0.00990 %"}};
	static const struct {
		uint64_t ms;
		const char *text;
	} durations[] = {{0, "0 s"},
			 {999, "0 s"},
			 {1000, "1 s"},
			 {59999, "59 s"},
			 {60000, "1 min 00 s"},
			 {3599999, "59 min 59 s"},
			 {3660000, "1 h 01 min"},
			 {86400000, "24 h 00 min"},
			 {172799999, "47 h 59 min"},
			 {176400000, "2 d 01 h"},
			 {259199999, "2 d 23 h"}};
	static const struct {
		int64_t s;
		const char *text;
	} lives[] = {{2, "2 seconds"},	     {59, "59 seconds"},     {60, "1 minute"},
		     {61, "about 1 minute"}, {120, "2 minutes"},     {3599, "about 59 minutes"},
		     {3600, "1 hour"},	     {7200, "2 hours"},	     {86399, "about 23 hours"},
		     {86400, "1 day"},	     {86401, "about 1 day"}, {172800, "2 days"}};
	static const struct {
		uint64_t n;
		const char *text;
	} bytes[] = {{0, "0 B"},
		     {1024, "1.0 KiB"},
		     {1048575, "1024.0 KiB"},
		     {1048576, "1.0 MiB"},
		     {1073741824, "1024.0 MiB"}};

	for (unsigned i = 0; i < sizeof(percents) / sizeof(*percents); i++)
		cr_expect_str_eq(number_percent(percents[i].share).s, percents[i].text, "%s",
				 number_percent(percents[i].share).s);
	for (unsigned i = 0; i < sizeof(durations) / sizeof(*durations); i++)
		cr_expect_str_eq(number_duration(durations[i].ms).s, durations[i].text, "%s",
				 number_duration(durations[i].ms).s);
	for (unsigned i = 0; i < sizeof(lives) / sizeof(*lives); i++)
		cr_expect_str_eq(number_lifetime(lives[i].s).s, lives[i].text, "%s",
				 number_lifetime(lives[i].s).s);
	for (unsigned i = 0; i < sizeof(bytes) / sizeof(*bytes); i++)
		cr_expect_str_eq(number_bytes(bytes[i].n).s, bytes[i].text);
	cr_expect_str_eq(number_percent_done(0).s, "0.0 %");
	cr_expect_str_eq(number_percent_done(0.0019).s, "0.1 %");
	cr_expect_str_eq(number_percent_done(0.0101).s, "1.0 %");
}

/* A share is never rounded to none or to all, nor told in more digits than one of them makes. */
Test(number, shares_of_all_sizes)
{
	for (uint64_t of = 1; of <= 2000000; of = of * 3 + 1) {
		for (uint64_t n = 0; n <= of; n += 1 + of / 97) {
			const uint64_t both[] = {n, of - n};
			for (unsigned i = 0; i < 2; i++) {
				struct number text = number_share(both[i], of);
				double told = strtod(text.s, NULL);
				const char *point = strchr(text.s, '.');
				size_t digits = point != NULL ? strcspn(point + 1, " ") : 0;
				cr_assert_eq(told == 0, both[i] == 0, "%s", text.s);
				cr_assert_eq(told == 100, both[i] == of, "%s", text.s);
				cr_assert_float_eq(told, 100.0 * (double)both[i] / (double)of,
						   0.5000001 * pow(10, -(double)digits));
				cr_assert(digits == 0 || pow(10, (double)digits) < (double)of,
					  "%s of %llu", text.s, (unsigned long long)of);
			}
		}
	}
}

Test(number, rate)
{
	cr_expect_str_eq(number_rate(0).s, "0.0");
	cr_expect_str_eq(number_rate(9.94).s, "9.9");
	cr_expect_str_eq(number_rate(10).s, "10");
	cr_expect_str_eq(number_rate(10.5).s, "11");
	cr_expect_str_eq(number_rate(999.4).s, "999");
	cr_expect_str_eq(number_rate(-1).s, "0.0");
	cr_expect_str_eq(number_rate(0.25).s, "0.2");
	cr_expect_str_eq(number_rate(8204.4).s, "8,204");
	cr_expect_str_eq(number_rate(1e300).s, "0");
}

Test(number, bytes)
{
	cr_expect_str_eq(number_bytes(1023).s, "1023 B");
	cr_expect_str_eq(number_bytes(65536).s, "64.0 KiB");
	cr_expect_str_eq(number_bytes(3u << 19).s, "1.5 MiB");
}

Test(number, durations)
{
	cr_expect_str_eq(number_duration(52999).s, "52 s");
	cr_expect_str_eq(number_duration(69000).s, "1 min 09 s");
	cr_expect_str_eq(number_duration(3600000).s, "1 h 00 min");
	cr_expect_str_eq(number_duration(48ull * 3600000).s, "2 d 00 h");
	cr_expect_str_eq(number_lifetime(0).s, "0 seconds");
	cr_expect_str_eq(number_lifetime(1).s, "1 second");
	cr_expect_str_eq(number_lifetime(3601).s, "about 1 hour");
	cr_expect_str_eq(number_lifetime(604800).s, "7 days");
	cr_expect_str_eq(number_lifetime(INT64_MAX).s, "about 106751991167300 days");
}

Test(number, calendar)
{
	cr_expect_str_eq(number_date(1764445500).s, "2025-11-29");
	cr_expect_str_eq(number_time(1764445500).s, "2025-11-29 19:45 UTC");
	cr_expect_str_eq(number_date(-1).s, "1969-12-31");
	cr_expect_str_eq(number_date(INT64_MAX).s, "9223372036854775807");
}

Test(number, one_is_not_many)
{
	cr_expect_str_eq(number_names(0).s, "0 names");
	cr_expect_str_eq(number_names(1).s, "1 name");
	cr_expect_str_eq(number_names(1234).s, "1,234 names");
	cr_expect_str_eq(number_names(UINT64_MAX).s, "18,446,744,073,709,551,615 names");
}

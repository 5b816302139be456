/* Figures for people: one form and one rounding, at their edges. */
#include <criterion/criterion.h>

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

Test(number, rate)
{
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

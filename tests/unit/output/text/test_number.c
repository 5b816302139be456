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

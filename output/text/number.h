/*
 * number.h - figures for people: one form and one rounding for terminal, report and check page.
 *
 * By value, so that one sentence may hold several: printf("%s of %s", number_grouped(a).s, ...).
 * The text lives to the end of that expression, or as long as the struct. Programs read plain
 * integers instead (json.h).
 */
#ifndef MTASWEEP_NUMBER_H
#define MTASWEEP_NUMBER_H

#include <stdint.h>

#define NUMBER_MAX 39

struct number {
	char s[NUMBER_MAX + 1]; /* printable ASCII, NUL-terminated */
};

/* "1,234,567" */
struct number number_grouped(uint64_t v);

/* "1 name", "1,234 names"; of what has another plural, or is longer, print the word that
 * number_word() chooses. */
struct number number_names(uint64_t n);
static inline const char *number_word(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/*
 * "12.3 %" of n among `of`, which is not 0. Three digits at most, and none finer than what a single
 * one of them makes: 230 of 916 are 25 %, 230,000 of 916,000 are 25.1 %. The first digit that is
 * not 0 stays, and what is not all is not 100 %: 4 of 3,000 are 0.1 %, 2 of 916 are 0.2 %, 915 of
 * them 99.9 %.
 */
struct number number_share(uint64_t n, uint64_t of);
/* The same of a share from 0 to 1 that was computed of so many, such as the end of an interval. */
struct number number_share_end(double share, uint64_t of);
/* "12.3 %" of a share that is no count's, such as a tick of an axis. */
struct number number_percent(double share);
/* One digit, rounded down, so that "100.0 %" means done and nothing less. */
struct number number_percent_done(double share);

/* "8,204", below ten "0.5"; what is negative or no rate is none. */
struct number number_rate(double per_second);

/* "1023 B", "1.8 KiB", "64.0 MiB" */
struct number number_bytes(uint64_t v);

/* How long something took: "52 s", "1 min 09 s", "3 h 07 min", "2 d 01 h"; rounded down. */
struct number number_duration(uint64_t ms);
/* A time to live in words: "1 day", "about 2 hours"; "about" when it is not that exactly. */
struct number number_lifetime(int64_t seconds);

/* UTC of seconds since 1970: "2026-11-29", "2026-11-29 19:45 UTC"; past what the calendar of the
 * system knows, the number of seconds. */
struct number number_date(int64_t unix_s);
struct number number_time(int64_t unix_s);

#endif

/* What is left, and what is said of it, where a rate of questions is all that is waited for. */
#include <criterion/criterion.h>
#include <string.h>

#include "scanner/progress/progress.h"

static char text[PROGRESS_TEXT_MAX];

/* All names are begun before the first is done, and then many at a time: what is left follows from
 * the questions. */
Test(share, by_the_rate_of_questions)
{
	struct progress_data d = {.names_total = 12000,
				  .names_read = 2000,
				  .dns_rate = 100,
				  .questions_each = 3,
				  .questions = 2000,
				  .questions_per_s = 99};

	d.questions_each = 2;
	cr_expect_eq(progress_left_ms(&d), 240000, "two, with --lean");
	d.questions_each = 3;
	cr_expect_eq(progress_left_ms(&d), 360000, "three questions a name, six minutes");
	progress_line(&d, text);
	cr_expect(strstr(text, ", held back by --dns-rate: 100 questions a second,"), "%s", text);
	progress_block(&d, 79, false, text);
	cr_expect(strstr(text, "\nheld back by --dns-rate: 100 questions a second\n"), "%s", text);
	cr_expect(strstr(text, "  at least 6 min 00 s left\n"), "%s", text);
	progress_line(&d, text);
	cr_expect(strstr(text, ", at least 6 min 00 s left,"), "%s", text);
	d.names_per_s = 5000;
	d.names_done = 3000;
	d.names_before = 1000;
	d.questions = 7000;
	cr_expect_eq(progress_left_ms(&d), 270000, "not as fast as in the last burst");
	d.questions = 4000;
	cr_expect_eq(progress_left_ms(&d), 180000, "many are denied by their registry: two a name");
	d.names_total = 40000;
	d.names_done = 21000;
	d.questions = 80000;
	cr_expect_eq(progress_left_ms(&d), 760000, "every third was asked again: four a name");
	progress_line(&d, text);
	cr_expect(strstr(text, ", 12 min 40 s left,"), "%s", text);
	d.names_total = 0;
	d.names_done = d.names_before = 0;
	d.bytes_total = 3000;
	d.bytes_done = 1000;
	d.questions = 2000;
	cr_expect_eq(progress_left_ms(&d), 180000, "6,000 names, as the bytes let expect");
	d.questions_per_s = 50;
	cr_expect_eq(progress_left_ms(&d), -1, "the resolver is what is slow");
	progress_line(&d, text);
	cr_expect(strstr(text, "--dns-rate") == NULL, "%s", text);
	d.dns_rate = 0;
	cr_expect_eq(progress_left_ms(&d), -1);
}

/* Questions go out evenly, and names are done 200 at a time, every six seconds: what is shown goes
 * down all the same, and to the right end. */
Test(meter, what_is_left_does_not_jump)
{
	struct progress_meter m = {0};
	struct progress_data d = {
		.names_total = 40000, .names_read = 40000, .dns_rate = 100, .questions_each = 3};
	int64_t before = 0, climbed = 0, raw_before = 0, raw_climbed = 0;

	for (uint64_t s = 0; s < 1200; s++) {
		d.elapsed_ms = s * 1000;
		d.questions = s * 100;
		d.names_done = s / 6 * 200;
		progress_meter_update(&m, &d, 5000 + d.elapsed_ms);
		int64_t left = progress_left_ms(&d), truth = (int64_t)(1200 - s) * 1000;
		d.steady_ms = 0;
		int64_t raw = progress_left_ms(&d);
		if (s > 60) {
			climbed = left - before > climbed ? left - before : climbed;
			raw_climbed =
				raw - raw_before > raw_climbed ? raw - raw_before : raw_climbed;
			cr_assert(left > truth * 9 / 10 - 10000 && left < truth * 11 / 10 + 10000,
				  "%lld of %lld", (long long)left, (long long)truth);
		}
		before = left;
		raw_before = raw;
	}
	cr_expect(raw_climbed > 1000, "%lld", (long long)raw_climbed);
	cr_expect(climbed < raw_climbed / 2, "%lld, %lld", (long long)climbed,
		  (long long)raw_climbed);
	d.names_total = 9011;
	d.names_done = 9001;
	progress_meter_update(&m, &d, 5000 + 1202 * 1000);
	cr_expect_eq(d.steady_ms, 0, "near its end it is what it is");
}

/* At the border between a rate that binds and one that does not, every estimate is another one. */
Test(meter, at_the_border_of_the_rate)
{
	struct progress_meter m = {0};
	struct progress_data d = {
		.names_total = 40000, .names_read = 40000, .dns_rate = 1000, .questions_each = 3};
	unsigned climbed = 0, turned = 0, least_before = 0;
	int64_t before = 0;

	for (uint64_t at = 0; at < 55000; at += 200) {
		d.elapsed_ms = at;
		/* 880 or 920 a second, and all are asked again: nobody knows yet. */
		d.questions += (at / 4000) % 2 == 0 ? 176 : 184;
		d.names_done = d.questions / 6;
		progress_meter_update(&m, &d, 5000 + at);
		progress_line(&d, text);
		unsigned least = strstr(text, "at least") != NULL;
		turned += at > 10000 && least != least_before;
		least_before = least;
		climbed += at > 20000 && progress_left_ms(&d) > before + 500;
		before = progress_left_ms(&d);
	}
	cr_expect_leq(turned, 2, "%u", turned);
	cr_expect_leq(climbed, 2, "%u", climbed);
}

/* The last names wait for something of their own. */
Test(left, the_last_names)
{
	struct progress_data d = {.elapsed_ms = 60000,
				  .names_done = 59990,
				  .names_total = 60000,
				  .names_per_s = 1000};

	progress_line(&d, text);
	cr_expect(strstr(text, ", waiting for the last 10 names,"), "%s", text);
	progress_block(&d, 79, false, text);
	cr_expect(strstr(text, "  waiting for the last 10 names\n"), "%s", text);
	d.names_done = 59999;
	progress_line(&d, text);
	cr_expect(strstr(text, ", waiting for the last name,"), "%s", text);
	d.names_done = 57000;
	progress_line(&d, text);
	cr_expect(strstr(text, ", 3 s left,"), "%s", text);
	d.names_total = 58000; /* more than one in a hundred */
	progress_line(&d, text);
	cr_expect(strstr(text, ", 1 s left,"), "%s", text);
}

/* While no resolver answers, how fast it was before says nothing. */
Test(progress, nobody_answers)
{
	struct progress_resolver resolvers[2] = {{.name = "a", .state = "silent"}, {.name = "b"}};
	struct progress_data d = {.elapsed_ms = 60000,
				  .names_done = 1000,
				  .names_total = 2000,
				  .names_per_s = 100,
				  .resolvers = resolvers,
				  .resolvers_n = 2};

	cr_expect_eq(progress_left_ms(&d), 10000, "one of two");
	resolvers[1].state = "failing";
	cr_expect_eq(progress_left_ms(&d), -1);
	resolvers[0].state = NULL;
	cr_expect_eq(progress_left_ms(&d), 10000);
}

/* The first name of a session that is just done is no pace. */
Test(share, nothing_is_foretold_of_the_first_names)
{
	struct progress_data d = {.names_total = 30000, .names_before = 5000, .names_per_s = 0.25};

	d.elapsed_ms = 4000;
	d.names_done = 5019;
	cr_expect_eq(progress_left_ms(&d), -1);
	d.names_done = 5020;
	cr_expect_eq(progress_left_ms(&d), 24980 * 4000);
	d.names_done = 5001;
	d.elapsed_ms = 10000;
	cr_expect_eq(progress_left_ms(&d), 24999 * 4000);
}

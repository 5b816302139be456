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
	cr_expect_eq(progress_eta_ms(&d), 240000, "two, with --lean");
	d.questions_each = 3;
	cr_expect_eq(progress_eta_ms(&d), 360000, "three questions a name, six minutes");
	progress_line(&d, text);
	cr_expect(strstr(text, ", --dns-rate: 100 questions a second,"), "%s", text);
	progress_block(&d, 79, false, text);
	cr_expect(strstr(text, "\n--dns-rate: 100 questions a second\n"), "%s", text);
	cr_expect(strstr(text, "  at least 6 min 00 s left\n"), "%s", text);
	progress_line(&d, text);
	cr_expect(strstr(text, ", at least 6 min 00 s left,"), "%s", text);
	d.names_per_s = 5000;
	d.names_done = 3000;
	d.names_before = 1000;
	d.questions = 7000;
	cr_expect_eq(progress_eta_ms(&d), 270000, "not as fast as in the last burst");
	d.questions = 4000;
	cr_expect_eq(progress_eta_ms(&d), 180000, "many are denied by their registry: two a name");
	d.names_total = 40000;
	d.names_done = 21000;
	d.questions = 80000;
	cr_expect_eq(progress_eta_ms(&d), 760000, "every third was asked again: four a name");
	progress_line(&d, text);
	cr_expect(strstr(text, ", 12 min 40 s left,"), "%s", text);
	d.names_total = 0;
	d.names_done = d.names_before = 0;
	d.bytes_total = 3000;
	d.bytes_done = 1000;
	d.questions = 2000;
	cr_expect_eq(progress_eta_ms(&d), 180000, "6,000 names, as the bytes let expect");
	d.questions_per_s = 50;
	cr_expect_eq(progress_eta_ms(&d), -1, "the resolver is what is slow");
	progress_line(&d, text);
	cr_expect(strstr(text, "--dns-rate") == NULL, "%s", text);
	d.dns_rate = 0;
	cr_expect_eq(progress_eta_ms(&d), -1);
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

	cr_expect_eq(progress_eta_ms(&d), 10000, "one of two");
	resolvers[1].state = "failing";
	cr_expect_eq(progress_eta_ms(&d), -1);
	resolvers[0].state = NULL;
	cr_expect_eq(progress_eta_ms(&d), 10000);
}

/* The first name of a session that is just done is no pace. */
Test(share, nothing_is_foretold_of_the_first_names)
{
	struct progress_data d = {.names_total = 30000, .names_before = 5000, .names_per_s = 0.25};

	d.elapsed_ms = 4000;
	d.names_done = 5019;
	cr_expect_eq(progress_eta_ms(&d), -1);
	d.names_done = 5020;
	cr_expect_eq(progress_eta_ms(&d), 24980 * 4000);
	d.names_done = 5001;
	d.elapsed_ms = 10000;
	cr_expect_eq(progress_eta_ms(&d), 24999 * 4000);
}

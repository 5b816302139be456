/* A trend on a terminal and as a page: runs of one day are told apart, and no line is too long. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "output/trend/trend_print.h"

#define START 1796040000000 /* 2026-11-30 12:00 UTC */
#define HOUR 3600000ll

static char *printed(int (*print)(FILE *, const struct trend *, const struct remarks *),
		     const int64_t *began, unsigned n, struct remarks *remarks)
{
	struct trend *t = trend_new();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_not_null(t);
	t->runs_n = n;
	for (unsigned i = 0; i < n; i++)
		t->runs[i] = (struct trend_run){
			.name = "run", .started_at_ms = START + began[i], .complete = true};
	struct trend_table *table = trend_table(t, "x", SPAN_LIT("x"), false);
	struct trend_row *row = trend_row(t, table, SPAN_LIT("r"), SPAN_LIT("r"));
	for (unsigned i = 0; i < n; i++)
		row->v[i] = (struct trend_value){.n = 1 + i, .known = true};
	cr_assert_eq(print(out, t, remarks), 0);
	fclose(out);
	trend_free(t);
	return text;
}

Test(trend_print, runs_of_one_day_have_their_time)
{
	static const int64_t twice[] = {-30 * 24 * HOUR, 0, 2 * HOUR};
	struct remarks none = {0};
	char *text = printed(trend_text, twice, 3, &none), *page;

	cr_expect_not_null(strstr(text, "    2026    2026    2026        \n"), "%s", text);
	cr_expect_not_null(strstr(text, "   10-31   11-30   11-30        \n"), "%s", text);
	cr_expect_not_null(strstr(text, "           12:00   14:00  change\n"), "%s", text);
	cr_expect_not_null(strstr(text, "2026-11-30 14:00"), "%s", text);
	free(text);
	page = printed(trend_html, twice, 3, &none);
	cr_expect_not_null(strstr(page, "class=n>2026-10-31<"));
	cr_expect_not_null(strstr(page, "class=n>2026-11-30 12:00<"));
	cr_expect_not_null(strstr(page, "class=n>2026-11-30 14:00<"));
	free(page);
	text = printed(trend_text, twice, 2, &none);
	cr_expect_null(strstr(text, ":00"), "%s", text);
	free(text);
}

Test(trend_print, remarks_wrap)
{
	static const int64_t began[] = {0, 24 * HOUR};
	struct remarks remarks = {0};

	remarks_add(&remarks, "%s %s %s", "a long one, which says what may be wrong with these",
		    "numbers in more words than a line of a terminal has room for, so that",
		    "it goes on in the next one");
	char *text = printed(trend_text, began, 2, &remarks);
	cr_expect_not_null(strstr(text, "\n! a long one"));
	cr_expect_null(strstr(text, "mtasweep trend: a long"));
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
		cr_expect_leq(strcspn(line, "\n"), 80, "%s", line);
	free(text);
	remarks_release(&remarks);
}

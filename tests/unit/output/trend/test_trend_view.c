/* What people read beside the values of a trend: the change, and of how many the shares are. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/trend/trend_view.h"

#define RUNS 3

/* A trend of two rows over three runs; a value that is given as {0} is not known. */
struct made {
	struct trend t;
	struct trend_table table;
	struct trend_row rows[2];
	struct trend_value v[2][RUNS];
};

static struct made *made(bool share)
{
	struct made *m = calloc(1, sizeof(*m));

	m->t.runs_n = RUNS;
	m->table = (struct trend_table){.key = "k", .share = share, .rows_n = 2, .rows = m->rows};
	for (unsigned i = 0; i < 2; i++)
		m->rows[i].v = m->v[i];
	return m;
}

static void put(struct made *m, unsigned row, unsigned run, uint64_t n, uint64_t of)
{
	m->v[row][run] = (struct trend_value){.known = true, .n = n, .of = of};
}

static void change_is(struct made *m, const char *text)
{
	struct number change = trend_change(&m->t, &m->table, &m->rows[0]);

	cr_assert_str_eq(change.s, text, "%s, not %s", change.s, text);
}

Test(trend_view, change_of_shares_is_in_points)
{
	struct made *m = made(true);

	change_is(m, "-"); /* nobody knows */
	put(m, 0, 0, 10, 1000);
	change_is(m, "-"); /* one run alone */
	put(m, 0, 2, 225, 10000);
	change_is(m, "+1.25");
	put(m, 0, 2, 100, 10000);
	change_is(m, "0.00");
	put(m, 0, 2, 5, 10000);
	change_is(m, "-0.95");
	put(m, 0, 2, 3, 0); /* nothing to count in: as if not known */
	change_is(m, "-");
	put(m, 0, 1, 1000, 1000);
	change_is(m, "+99.00");
	put(m, 0, 0, 0, 1000);
	change_is(m, "+100");
	free(m);
}

Test(trend_view, change_of_counts_is_in_per_cent)
{
	struct made *m = made(false);

	put(m, 0, 0, 0, 0); /* nothing grew from nothing: the first that is not 0 counts */
	put(m, 0, 1, 200, 0);
	change_is(m, "-");
	put(m, 0, 2, 225, 0);
	change_is(m, "+12.5%");
	put(m, 0, 2, 200, 0);
	change_is(m, "0.0%");
	put(m, 0, 2, 150, 0);
	change_is(m, "-25.0%");
	put(m, 0, 2, 600, 0);
	change_is(m, "+200%");
	put(m, 0, 2, 2000000000, 0);
	change_is(m, "+99999%");
	free(m);
}

Test(trend_view, shares_of_one_number_have_it)
{
	struct made *m = made(true);

	cr_assert(!trend_has_of(&m->t, &m->table));
	put(m, 0, 0, 1, 100);
	put(m, 1, 0, 99, 100);
	put(m, 0, 1, 1, 100);
	put(m, 1, 1, 1, 100);
	put(m, 0, 2, 0, 0);
	put(m, 1, 2, 7, 70); /* what is of nothing says nothing */
	cr_assert_eq(trend_of(&m->table, 0), 100);
	cr_assert_eq(trend_of(&m->table, 1), 100);
	cr_assert_eq(trend_of(&m->table, 2), 70);
	cr_assert(trend_has_of(&m->t, &m->table));
	cr_assert_str_eq(trend_of_label(&m->t, &m->table), "of how many");
	put(m, 1, 1, 1, 101); /* of different ones */
	cr_assert_eq(trend_of(&m->table, 1), 101);
	cr_assert_str_eq(trend_of_label(&m->t, &m->table), "of at most");
	m->table.share = false;
	cr_assert_eq(trend_of(&m->table, 0), 0);
	free(m);
}

Test(trend_view, a_row_is_empty_when_no_run_has_any)
{
	struct made *m = made(false);

	cr_assert(trend_row_empty(&m->t, &m->rows[0]));
	put(m, 0, 1, 0, 0);
	cr_assert(trend_row_empty(&m->t, &m->rows[0]));
	put(m, 0, 2, 1, 0);
	cr_assert(!trend_row_empty(&m->t, &m->rows[0]));
	m->v[0][2].known = false;
	cr_assert(trend_row_empty(&m->t, &m->rows[0]));
	free(m);
}

Test(trend_view, a_story_of_what_both_ends_know)
{
	struct trend *t = trend_new();
	char story[TREND_STORY];

	cr_assert_not_null(t);
	t->runs_n = 3;
	trend_story(t, story);
	cr_expect_str_empty(story);
	struct trend_table *impact = trend_table(t, "impact", SPAN_LIT("Impact"), true);
	struct trend_row *loss = trend_row(t, impact, SPAN_LIT("mail_loss"), SPAN_LIT("mail"));
	loss->v[0] = (struct trend_value){.known = true, .n = 5, .of = 900};
	loss->v[1] = (struct trend_value){.known = true, .n = 7, .of = 900};
	trend_story(t, story);
	cr_expect_str_empty(story); /* the last does not know */
	loss->v[2] = (struct trend_value){.known = true, .n = 1206, .of = 9000};
	trend_story(t, story);
	cr_expect_str_eq(story, "Names that lose mail: 5, now 1,206.", "%s", story);
	struct trend_table *adoption = trend_table(t, "adoption", SPAN_LIT("Adoption"), true);
	struct trend_row *sts = trend_row(t, adoption, SPAN_LIT("mta_sts"), SPAN_LIT("r"));
	sts->v[0] = (struct trend_value){.known = true, .n = 288, .of = 900};
	sts->v[2] = (struct trend_value){.known = true, .n = 2790, .of = 9000};
	trend_story(t, story);
	cr_expect_str_eq(story,
			 "Names with an MTA-STS record: 32 %, now 31.0 %. Names that lose mail: 5, "
			 "now 1,206.",
			 "%s", story);
	trend_free(t);
}

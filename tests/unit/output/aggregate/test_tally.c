/* Counts by key: exact while they fit, order-independent always. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/aggregate/tally.h"

static void count(struct tally *t, const char *key, uint64_t second)
{
	const uint64_t delta[2] = {1, second};
	cr_assert_eq(tally_add(t, span_str(key), delta), 0);
}

Test(tally, exact_while_the_keys_fit)
{
	struct tally t;
	struct tally_row rows[10];
	tally_init(&t, 2, 256);
	for (unsigned i = 0; i < 256; i++) {
		char key[16];
		snprintf(key, sizeof(key), "k%u", i);
		for (unsigned n = 0; n <= i; n++)
			count(&t, key, n % 2);
	}
	cr_assert_eq(tally_keys(&t), 256);
	cr_assert_eq(tally_error(&t), 0);
	cr_assert_eq(tally_top(&t, rows, 10), 10);
	for (unsigned i = 0; i < 10; i++) {
		cr_expect_eq(rows[i].v[0], 256 - i);
		cr_expect_eq(rows[i].v[1], (256 - i) / 2);
	}
	cr_expect(span_eq(rows[0].key, SPAN_LIT("k255")));
	tally_release(&t);
}

Test(tally, ties_are_broken_by_the_key)
{
	struct tally t;
	struct tally_row rows[4];
	tally_init(&t, 2, 64);
	count(&t, "b", 0);
	count(&t, "", 0);
	count(&t, "ab", 0);
	count(&t, "a", 0);
	cr_assert_eq(tally_top(&t, rows, 3), 3);
	cr_expect_eq(rows[0].key.n, 0);
	cr_expect(span_eq(rows[1].key, SPAN_LIT("a")));
	cr_expect(span_eq(rows[2].key, SPAN_LIT("ab")));
	tally_release(&t);
}

#define ROWS 200000u

/* Row i of a skewed stream: key k has about 1 / (k + 1) of the weight, and a long tail of
 * singles. */
static void skewed(char key[16], unsigned i)
{
	uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z ^= z >> 27;
	if (z % 3 == 0) {
		snprintf(key, 16, "tail%u", i);
		return;
	}
	unsigned k = 0;
	for (z /= 3; k < 20 && z % 2 == 0; z /= 2)
		k++;
	snprintf(key, 16, "head%u", k);
}

static void check_same(const struct tally *a, const struct tally *b)
{
	static struct tally_row x[64], y[64];
	unsigned n = tally_top(a, x, 64);
	cr_assert_gt(n, 3);
	cr_assert_eq(tally_top(b, y, 64), n);
	cr_assert_eq(tally_error(a), tally_error(b));
	cr_assert_eq(tally_keys(a), tally_keys(b));
	for (unsigned i = 0; i < n; i++) {
		cr_assert(span_eq(x[i].key, y[i].key));
		cr_assert_eq(x[i].v[0], y[i].v[0]);
		cr_assert_eq(x[i].v[1], y[i].v[1]);
	}
}

Test(tally, overflowing_it_does_not_depend_on_the_order)
{
	struct tally forward, backward, sharded;
	char key[16];
	tally_init(&forward, 2, 1024);
	tally_init(&backward, 2, 1024);
	tally_init(&sharded, 2, 1024);
	for (unsigned i = 0; i < ROWS; i++) {
		skewed(key, i);
		count(&forward, key, i % 2);
		skewed(key, ROWS - 1 - i);
		count(&backward, key, (ROWS - 1 - i) % 2);
	}
	for (unsigned k = 4; k-- > 0;) /* one shard after the other, as `report` reads them */
		for (unsigned i = k; i < ROWS; i += 4) {
			skewed(key, i);
			count(&sharded, key, i % 2);
		}
	cr_assert_gt(tally_error(&forward), 0);
	check_same(&forward, &backward);
	check_same(&forward, &sharded);
	tally_release(&forward);
	tally_release(&backward);
	tally_release(&sharded);
}

Test(tally, estimates_are_never_too_low_and_keep_their_bound)
{
	static uint64_t truth[32], truth2[32];
	static struct tally_row rows[64];
	struct tally t;
	char key[16];
	tally_init(&t, 2, 1024);
	for (unsigned i = 0; i < ROWS; i++) {
		skewed(key, i);
		count(&t, key, i % 3);
		if (key[0] == 'h') {
			truth[strtoul(key + 4, NULL, 10)]++;
			truth2[strtoul(key + 4, NULL, 10)] += i % 3;
		}
	}
	unsigned n = tally_top(&t, rows, 64);
	for (unsigned i = 0; i < n; i++) {
		cr_assert_eq(rows[i].key.p[0], 'h', "no single row among the many");
		uint64_t real = truth[strtoul(rows[i].key.p + 4, NULL, 10)];
		cr_expect_geq(rows[i].v[0], real);
		cr_expect_leq(rows[i].v[0], real + tally_error(&t));
		real = truth2[strtoul(rows[i].key.p + 4, NULL, 10)];
		cr_expect_geq(rows[i].v[1], real, "nor are the other counters");
		cr_expect_leq(rows[i].v[1], real + 2 * tally_error(&t));
	}
	for (unsigned k = 0; k < 8; k++) /* those well above both bounds are all there */
		cr_expect_eq(rows[k].v[0] >= truth[k], true);
	tally_release(&t);
}

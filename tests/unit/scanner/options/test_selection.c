/* All shards together are the input, a name's shard does not hang on how it is written, and a
 * sample is drawn by its seed. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/options/selection.h"

#define NAMES 20000u
#define SHARDS 7u

static struct span name_of(unsigned i, char text[32])
{
	snprintf(text, 32, "n%u.example", i);
	return span_str(text);
}

Test(selection, every_name_is_in_exactly_one_shard)
{
	unsigned each[SHARDS + 1] = {0};
	char text[32];

	for (unsigned i = 0; i < NAMES; i++) {
		unsigned in = 0;
		for (unsigned k = 1; k <= SHARDS; k++) {
			struct scan_options o = {.shard = k, .shards = SHARDS, .sample = 1};
			bool has = selection_has(&o, name_of(i, text));
			in += has;
			each[k] += has;
		}
		cr_assert_eq(in, 1, "%s is in %u shards", text, in);
	}
	for (unsigned k = 1; k <= SHARDS; k++)
		cr_expect(each[k] > NAMES / SHARDS * 9 / 10 && each[k] < NAMES / SHARDS * 11 / 10,
			  "shard %u has %u names", k, each[k]);
}

Test(selection, goes_by_the_name_as_it_is_scanned)
{
	static const char *const ways[] = {"Example.COM.", "example.com", "https://example.com/x",
					   "post@EXAMPLE.com"};
	struct scan_options o = {.shards = 1000, .sample = 1};
	unsigned first = 0;

	for (o.shard = 1; o.shard <= o.shards; o.shard++)
		if (selection_has(&o, span_str(ways[0])))
			first = o.shard;
	o.shard = first;
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		cr_expect(selection_has(&o, span_str(ways[i])), "%s", ways[i]);
}

/* How many of the names are drawn; those that `with` draws, too, are counted in both. */
static unsigned drawn(const struct scan_options *o, const struct scan_options *with, unsigned *both)
{
	unsigned n = 0;
	char text[32];

	*both = 0;
	for (unsigned i = 0; i < NAMES; i++) {
		bool has = selection_has(o, name_of(i, text));
		n += has;
		*both += has && selection_has(with, name_of(i, text));
	}
	return n;
}

Test(selection, a_sample_has_its_share_and_its_seed)
{
	struct scan_options a = {.shards = 1, .shard = 1, .sample = 0.25, .seed = 1};
	struct scan_options b = a, more = a, shard = {.shards = 4, .shard = 1, .sample = 1};
	unsigned both;

	b.seed = 2;
	more.sample = 0.5;
	cr_expect_float_eq(drawn(&a, &a, &both) / (double)NAMES, 0.25, 0.02);
	drawn(&a, &b, &both);
	cr_expect_float_eq(both / (double)NAMES, 0.0625, 0.01, "another seed, other names");
	cr_expect_eq(drawn(&a, &more, &both), both, "a larger sample has those of a smaller one");
	drawn(&a, &shard, &both);
	cr_expect_float_eq(both / (double)NAMES, 0.0625, 0.01, "a sample is not one of the shards");
}

Test(selection, nothing_and_everything)
{
	struct scan_options none = {.shards = 1, .shard = 1, .sample = 0};
	struct scan_options all = {.shards = 1, .shard = 1, .sample = 1};
	unsigned both;

	cr_expect_eq(drawn(&none, &all, &both), 0);
	cr_expect_eq(drawn(&all, &none, &both), NAMES);
}
